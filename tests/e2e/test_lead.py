"""A seller's lead from the day it comes in to the day it is paid, on its own page."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.intake.numbers import next_number
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contract, FollowUp, Lead, Task, User
from clew.core.people.roster import save_person
from clew.core.running import drain

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORDS = {
    "zh": {
        "just": "刚进入「首次接触」",
        "logged": "跟进已记下",
        "refused": "不是金额",
        "meant": "改成 ¥864,000",
        "stage": "阶段已更新",
        "contract": "合同已保存",
        "quote": "报价已保存",
        "answered": "报价已更新",
        "draw_up": "按报价 Q-2026-001 起草合同",
        "paid": "已到「回款确认」",
        "won": "已赢单",
        "undone": "已撤销",
        "closed": "线索已结束",
        "missing": "请补充预算，再进入「方案演示」",
    },
    "en": {
        "just": "has just entered First contact",
        "logged": "Follow-up saved",
        "refused": "is not an amount",
        "meant": "Change to ¥864,000",
        "stage": "Stage updated",
        "contract": "Contract saved",
        "quote": "Quote saved",
        "answered": "Quote updated",
        "draw_up": "Draw up the contract of quote Q-2026-001",
        "paid": "is in Payment now",
        "won": "is won",
        "undone": "Undone",
        "closed": "This lead is closed",
        "missing": "fill in “Budget” before Demo",
    },
}


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_lead_from_its_entry_to_its_payment(visit: Any, served: Any, company: Any, await_: Any, locale: str) -> None:
    ws, say = served.workspace, WORDS[locale]
    for user in User.select():
        save_person(ws, user.id, {"locale": locale}, SYSTEM)
    page = visit(company.user("sales"), "/leads/new")
    walk = Walk(page, await_)
    for name, value in (("company", "苏州恒锐精密"), ("contact_name", "高建明"), ("phone", "13812345678")):
        walk.type(f"[name={name}]", value)
    walk.type("[name=industry]", "精密加工")
    walk.type("[name=region]", "江苏")
    walk.leave_by("main button[type=submit]")
    drain(ws)
    lead = Lead.get()
    path = f"/leads/{lead.id}"
    owner = User.get_by_id(lead.owner_id)
    page = visit(owner, path)
    walk.reads(say["just"])

    walk.click(".lead-head a[href='#content']")
    assert page.switch_to.active_element.get_attribute("id") == "content"
    walk.type("#content", "要看样机")
    walk.type("[name=next_step]", "约演示")
    walk.date("[name=next_at]", "2026-11-26T10:00")
    walk.leave_by("form.follow button[type=submit]")
    walk.reads(say["logged"])
    assert (FollowUp.select().count(), Task.select().where(Task.title == "约演示").count()) == (1, 1)
    drain(ws)
    page.refresh()

    walk.leave_by("form:has([value=diagnosis]) button")
    walk.reads(say["stage"])
    drain(ws)
    page.refresh()
    walk.reads(say["missing"])
    # With the keyboard alone: Enter opens the value and saves it, Esc puts it back.
    budget = "[data-name=budget]"
    walk.one(f"{budget} button.shown").send_keys(Keys.ENTER)
    page.switch_to.active_element.send_keys("1", Keys.ESCAPE)
    assert page.switch_to.active_element.get_attribute("class") == "shown"
    page.switch_to.active_element.send_keys(Keys.ENTER)
    page.switch_to.active_element.send_keys("86.4万上下", Keys.ENTER)
    walk.reads(say["refused"])
    walk.reads(say["meant"])
    assert page.find_element(By.ID, "f-budget").get_attribute("value") == "86.4万上下"
    walk.click(f"{budget} .offer")
    walk.reads("¥864,000")
    await_(lambda: Lead.get_by_id(lead.id).budget == 864_000, "the budget")
    drain(ws)
    page.refresh()
    for stage in ("demo", "negotiation", "signing"):
        walk.leave_by(f"form:has([value={stage}]) button")
        walk.reads(say["stage"])
        drain(ws)
        page.refresh()

    walk.leave_by(".lead-head a[href*='quote/new']")
    walk.type("#f-number", "Q-2026-001")
    walk.type("#f-amount", "850000")
    walk.leave_by("main form button[type=submit]")
    walk.reads(say["quote"])
    for answer in ("sent", "accepted"):
        walk.leave_by(f".acts button[value={answer}]")
        walk.reads(say["answered"])
    walk.reads(say["draw_up"])
    walk.leave_by(".next-step a.button")
    walk.type("#f-number", "SALES-2026-001")
    walk.leave_by("main form button[type=submit]")
    walk.reads(say["contract"])
    assert path in page.current_url
    walk.reads("SALES-2026-001")
    contract = Contract.get()
    assert (contract.lead_id, contract.amount) == (lead.id, 850_000), "as the accepted quote says"
    assert next_number(ws.kinds["contract"], ws.clock.now(), ws.settings.zone) == "SALES-2026-002"
    ws.door.change("contract", contract.id, {"status": "signed"}, SYSTEM)

    # Finance confirms the payment, on the contract: the process says who.
    page = visit(company.user("finance"), f"/contracts/{contract.id}")
    walk.leave_by(".lead-head button[value=payment]")
    walk.reads(say["paid"])
    drain(ws)
    page = visit(owner, path)
    walk.leave_by("button[name=outcome][value=won]")
    walk.leave_by(".toast .undo")
    walk.reads(say["undone"])
    assert Lead.get_by_id(lead.id).outcome == "open"
    assert Task.select().where(Task.state == "open").exists()
    walk.leave_by("button[name=outcome][value=won]")
    walk.reads(say["won"])
    assert (Lead.get_by_id(lead.id).stage, Lead.get_by_id(lead.id).outcome) == ("payment", "won")
    assert not Task.select().where(Task.state == "open").exists()
    walk.told(f"a lead from its entry to its payment ({locale})")


@pytest.mark.parametrize(("locale", "theme"), [("zh", "light"), ("en", "dark")])
def test_the_page_of_a_lead_is_accessible_with_everything_open(
    visit: Any, served: Any, company: Any, await_: Any, locale: str, theme: str
) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    from clew.core.intake import take as intake

    ws = served.workspace
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678", "region": "江苏"}, SYSTEM).lead
    drain(ws)
    team = Lead.get_by_id(lead.id).team_id
    manager = next(one for one in company.managers.values() if one.team_id == team)
    save_person(ws, manager.id, {"locale": locale}, SYSTEM)
    page = visit(manager, f"/leads/{lead.id}")
    page.execute_script("localStorage.setItem('clew-theme', arguments[0])", theme)
    page.refresh()
    walk = Walk(page, await_)
    walk.click("[data-name=budget] button.shown")
    page.switch_to.active_element.send_keys("86.4万上下", Keys.ENTER)
    walk.one("[data-name=budget] .offer")
    walk.click("#add-task summary")

    def faults() -> Any:
        return page.execute_async_script(
            "const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => v.id + ': ' + "
            "v.nodes.map((n) => n.html).join(' '))))"
        )

    page.execute_script(AXE_SCRIPT)
    assert faults() == []
    walk.click("[data-dialog=reassign]")
    assert faults() == [], "with the dialog open"
    page.execute_script("document.querySelector('#reassign').close()")
    for width in (390, 768, 1440):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), width
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
