"""The public web form: no token, few fields, a limit per address, and a trap for robots."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, render_template_string, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..intake import take as intake
from ..journal.origin import Actor, Origin
from ..schema.validator import unstorable
from ..workspace import Workspace
from .caller import workspace
from .problems import locale
from .sent import NotJSON, sent_object

blueprint = Blueprint("form", __name__)
FIELDS = ("company", "contact_name", "phone", "email", "industry", "region", "budget", "note")
PER_MINUTE = 20
THANKS = Text("已收到，我们会尽快联系你。", "Thank you: we will be in touch soon.")
_LABELS = {
    "company": Text("公司名称", "Company"),
    "contact_name": Text("怎么称呼你", "Your name"),
    "phone": Text("手机", "Phone"),
    "email": Text("邮箱", "E-mail"),
    "industry": Text("行业", "Industry"),
    "region": Text("地区", "Region"),
    "budget": Text("预算（元）", "Budget (yuan)"),
    "note": Text("想了解什么", "What would you like to know?"),
}
_PAGE = """<!doctype html><html lang="{{ lang }}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ title }}</title><style>
body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:480px;
margin:40px auto;padding:0 16px;color:#1F2329}label{display:block;margin:12px 0 4px}
input{width:100%;box-sizing:border-box;font:inherit;padding:8px;border:1px solid #868D99;border-radius:6px}
button{margin-top:20px;font:inherit;padding:10px 24px;border:0;border-radius:6px;background:#2456E6;color:#fff}
.trap{position:absolute;left:-9999px}</style></head><body><h1>{{ title }}</h1>
{% if fields %}<form method="post">{% for name, label in fields %}<label for="{{ name }}">{{ label }}</label>
<input id="{{ name }}" name="{{ name }}">{% endfor %}<input class="trap" name="website" tabindex="-1" autocomplete="off"
aria-hidden="true"><button>{{ send }}</button></form>{% endif %}</body></html>"""


def limit(app: Flask, ws: Workspace) -> None:
    """Limit posts per address; over Redis where there are several processes, each by itself while that is gone."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=ws.settings.redis_url or "memory://",
        in_memory_fallback_enabled=True,
    )
    app.view_functions["form.take"] = limiter.limit(f"{PER_MINUTE}/minute", methods=["POST"])(
        app.view_functions["form.take"]
    )


@blueprint.get("/form/leads")
def page() -> str:
    """Show the form, so that it can be tried or linked to."""
    english = locale() == "en"
    return render_template_string(
        _PAGE,
        lang="en" if english else "zh-CN",
        title="Contact us" if english else "联系我们",
        send="Send" if english else "提交",
        fields=[(name, _LABELS[name].for_locale(locale())) for name in FIELDS],
    )


def _sent() -> dict[str, Any]:
    """Return what was sent. Raises Invalid for what is neither a form nor an object of plain values."""
    try:
        sent = sent_object(request) if request.is_json else request.form.to_dict()
    except NotJSON as error:
        raise Invalid([Problem("", error.text)]) from None
    problems = list(unstorable(sent))
    for name in FIELDS:
        if isinstance(sent.get(name), list | dict | bool):
            problems.append(Problem(name, Text("请填写文字", "takes text")))
    if problems:
        raise Invalid(problems)
    return sent


@blueprint.post("/form/leads")
def take() -> Any:
    """Take a lead from the form; a robot that fills the hidden field gets the same thanks, and nothing is kept."""
    sent = _sent()
    if not sent.get("website"):
        values = {name: sent[name] for name in FIELDS if sent.get(name)}
        if not values.get("phone") and not values.get("email"):
            raise Invalid([Problem("phone", Text("请留下手机或邮箱", "leave a phone number or an e-mail address"))])
        ip = request.remote_addr or ""
        origin = Origin(Actor("public", name="官网访客"), "form", ip)
        submission = str(sent.get("submission_id") or "")[:100]
        intake.take(workspace(), {**values, "source": "web_form"}, origin, f"form:{submission}" if submission else None)
    words = THANKS.for_locale(locale())
    if request.is_json:
        return {"message": words}, 201
    return render_template_string(_PAGE, lang="zh-CN" if locale() == "zh" else "en", title=words, fields=[]), 201
