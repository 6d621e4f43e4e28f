"""A contract from its entry to its last payment, each by whose turn it is: seller, legal, finance."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from clew.core.demo.routing import install_contracts
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contract, Document, Invoice, Lead, Payment, User
from clew.core.people.roster import save_person
from clew.core.running import drain

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SAY = {
    "zh": {
        "saved": "合同已保存",
        "review": "法务终审",
        "back": "已退回修改",
        "why": "退回原因：争议条款改成乙方所在地",
        "approved": "终审通过",
        "archived": "已归档",
        "billed": "发票已登记",
        "short": "少 ¥400",
        "matched": "已认领到",
        "stage": "已到「回款确认」",
        "removed": "移除",
    },
    "en": {
        "saved": "Contract saved",
        "review": "Legal review",
        "back": "sent back",
        "why": "Sent back because: 争议条款改成乙方所在地",
        "approved": "approved",
        "archived": "archived",
        "billed": "is entered",
        "short": "¥400 less",
        "matched": "goes to",
        "stage": "is in Payment now",
        "removed": "Removed",
    },
}


def clean(page: Any) -> None:
    """Hold the page to axe in both themes, and to no sideways scroll on a phone."""
    page.execute_script(AXE)
    for theme in ("light", "dark"):
        page.execute_script(f"document.documentElement.dataset.theme = '{theme}'")
        found = page.execute_async_script(
            "const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => v.id + ': ' + "
            "v.nodes.map((n) => n.html).join(' '))))"
        )
        assert [re.sub(r"\s+", " ", one) for one in found] == [], theme
    for width in (390, 1440):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), width
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_contract_from_its_entry_to_its_last_payment(
    visit: Any, served: Any, company: Any, await_: Any, scan: Path, locale: str
) -> None:
    ws, say, seller = served.workspace, SAY[locale], company.user("sales")
    with ws.door.transaction(SYSTEM) as tx:
        install_contracts(tx)
    for user in User.select():
        save_person(ws, user.id, {"locale": locale}, SYSTEM)
    given = {
        "company": "苏州恒锐精密",
        "phone": "13812345678",
        "industry": "精密加工",
        "region": "江苏",
        "budget": 864_000,
    }
    lead = intake.take(ws, given, SYSTEM).lead
    drain(ws)
    values = {"owner_id": seller.id, "team_id": seller.team_id}
    ws.door.change("lead", lead.id, values, SYSTEM)
    for stage in ("diagnosis", "demo", "negotiation", "signing"):
        ws.door.change("lead", lead.id, {"stage": stage}, SYSTEM)
        drain(ws)

    # The seller enters the contract and uploads the scan: that hands it in.
    page = visit(seller, f"/leads/{lead.id}")
    walk = Walk(page, await_)
    walk.leave_by(".lead-head a[href*='contract/new']")
    walk.type("#f-number", "SALES-1")
    walk.leave_by("main form button[type=submit]")
    walk.reads(say["saved"])
    walk.leave_by("a[href^='/contracts/']")
    before = page.find_element(By.TAG_NAME, "html")
    walk.clicks += 1
    page.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(scan))
    await_(lambda: before != page.find_element(By.TAG_NAME, "html"), "the page with the file")
    walk.one(".scan img")
    row = Document.get()
    assert (row.pages, row.lead_id, row.name) == (2, lead.id, scan.name)
    drain(ws)
    page.refresh()
    walk.reads(say["review"])
    contract = Contract.get()
    assert (contract.status, contract.locked) == ("legal_review", True)
    assert page.find_elements(By.CSS_SELECTOR, "[data-name=amount] button") == []
    clean(page)
    walk.told(f"the seller hands a contract in ({locale})")

    # Legal reads the scan beside what was entered, and sends it back with a reason.
    page = visit(company.user("legal"), "/")
    walk = Walk(page, await_)
    picture = walk.one(".scan img")
    await_(lambda: page.execute_script("return arguments[0].naturalWidth > 1000", picture), "the first page, drawn")
    walk.click(".back summary")
    assert walk.one(".back[open] button[type=submit]").get_attribute("aria-disabled") == "true"
    walk.type(".back[open] textarea", "争议条款改成乙方所在地")
    clean(page)
    walk.leave_by(".back[open] button[type=submit]")
    walk.reads(say["back"])
    drain(ws)
    walk.told(f"legal sends it back ({locale})")

    # The seller mends it and hands it in again.
    page = visit(seller, f"/contracts/{contract.id}")
    walk = Walk(page, await_)
    walk.reads(say["why"])
    walk.leave_by(".lead-head button[name=to][value=legal_review]")
    drain(ws)
    walk.told(f"the seller hands it in again ({locale})")
    page = visit(company.user("legal"), "/")
    walk = Walk(page, await_)
    walk.leave_by(".verdict button[value=signed]")
    walk.reads(say["approved"])
    drain(ws)
    walk.told(f"legal approves ({locale})")
    assert (Contract.get().status, Contract.get().locked) == ("signed", False)

    # Finance archives, invoices, and matches what arrived, with the reason for what is missing.
    paid = {"number": "HK-1", "customer_id": contract.customer_id, "amount": 863_600, "paid_at": ws.clock.now()}
    ws.door.create("payment", paid, SYSTEM)
    page = visit(company.user("finance"), "/")
    walk = Walk(page, await_)
    clean(page)
    walk.leave_by("button[name=status][value=archived]")
    walk.reads(say["archived"])
    walk.click(".bill .back summary")
    walk.type(".back[open] input[name=number]", "FP-1")
    walk.leave_by(".back[open] button[type=submit]")
    walk.reads(say["billed"])
    walk.reads(say["short"])
    match = walk.one(".match form button[type=submit]")
    assert match.get_attribute("aria-disabled") == "true"
    walk.type(".match input[name=reason]", "银行手续费")
    walk.leave_by(".match form button[type=submit]")
    walk.reads(say["matched"])
    assert (Invoice.get().contract_id, Payment.get().contract_id) == (contract.id, contract.id)
    walk.told(f"finance archives, invoices and matches ({locale})")

    page = visit(company.user("finance"), f"/contracts/{contract.id}")
    walk = Walk(page, await_)
    clean(page)
    walk.leave_by(".lead-head button[value=payment]")
    walk.reads(say["stage"])
    assert Lead.get_by_id(lead.id).stage == "payment"
    walk.told(f"the payment is confirmed ({locale})")


def test_files_go_up_several_at_once_and_one_that_is_refused_stops_none(
    visit: Any, served: Any, company: Any, await_: Any, scan: Path, tmp_path: Path
) -> None:
    ws, seller = served.workspace, company.user("sales")
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    false = tmp_path / "假的.pdf"
    false.write_bytes(b"MZ\x90\x00")
    page = visit(seller, f"/leads/{lead.id}")
    walk = Walk(page, await_)
    walk.one("input[type=file]").send_keys(f"{scan}\n{false}")
    walk.reads("「合同 扫描件.pdf」已上传")
    walk.reads("「假的.pdf」的内容不是 .pdf 文件")
    walk.leave_by(".sending a")
    walk.leave_by(".files form[action$=retire] button")
    walk.reads("已移除 1 份")
    walk.leave_by(".toast .undo")
    walk.reads("已撤销")
    assert Document.get().retired_at is None
    walk.told("files of a lead")
