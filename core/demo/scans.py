"""Contracts of the demo as files: two pages with the clauses that legal reads."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from html import escape

_STYLE = """
@page { size: A4; margin: 25mm 22mm }
body { font: 12pt/1.9 "Noto Serif CJK SC", "SimSun", serif }
h1 { font-size: 18pt; text-align: center; margin: 0 0 8mm }
.sign { display: flex; margin-top: 20mm } .sign div { width: 50% }
.seal { color: #c62828; border: 2px solid #c62828; border-radius: 50%; width: 30mm; height: 30mm; text-align: center;
  line-height: 30mm; font-size: 10pt; transform: rotate(-9deg) }
.next { page-break-before: always }
"""


def contract_as_pdf(number: str, customer: str, amount: Decimal, at: datetime) -> bytes:
    """Return a contract of the demo as PDF."""
    from weasyprint import HTML

    day = f"{at.year}年{at.month}月{at.day}日"
    body = f"""<h1>设备购销合同</h1>
<p>合同编号：{escape(number)}<br>甲方（买方）：{escape(customer)}<br>乙方（卖方）：远川工业股份有限公司</p>
<p>一、标的：YC-85 数控转台，总价 ¥{amount:,.2f}，含税 13%。</p>
<p>三、付款：合同生效付 30%，发货前付 40%，验收后付 30%，每次付款前开具等额发票。</p>
<p>五、交货：合同生效后 25 日内送达甲方工厂。</p>
<p>八、违约：逾期交货每日按未交部分 0.05% 计，累计不超过 5%。</p>
<p>十一、争议：提交甲方所在地人民法院诉讼解决。</p>
<div class="sign"><div>甲方（盖章）：<br>{day}<div class="seal">合同专用章</div></div><div>乙方（盖章）：<br>年　月　日</div></div>
<p class="next">十二、质保：自验收之日起 24 个月，易损件除外。</p>
<p>十三、附件：《技术协议》《验收标准》与本合同同等效力。</p>"""
    return bytes(HTML(string=f"<meta charset='utf-8'><style>{_STYLE}</style>{body}").write_pdf())
