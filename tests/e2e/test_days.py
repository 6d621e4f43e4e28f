"""A lead from its entry to its payment, and a manager's, legal's and finance's day, at a desk and on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.demo.routing import install_contracts
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Invoice, Lead, Payment, RuleRecord, Task, User
from clew.core.people.roster import save_person
from clew.core.rulebook.versions import begin_draft, save_draft, submit
from clew.core.running import drain

from ..mornings import live_a_morning
from .walks import PHONE, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAY = {
    "zh": {
        "just": "刚进入「首次接触」",
        "logged": "跟进已记下",
        "stage": "阶段已更新",
        "saved": "合同已保存",
        "review": "法务终审",
        "approved": "终审通过",
        "back": "已退回修改",
        "archived": "已归档",
        "billed": "发票已登记",
        "short": "少 ¥400",
        "matched": "已认领到",
        "won": "已赢单",
        "reminded": "已提醒",
        "in force": "第 2 版已生效",
    },
    "en": {
        "just": "has just entered First contact",
        "logged": "Follow-up saved",
        "stage": "Stage updated",
        "saved": "Contract saved",
        "review": "Legal review",
        "approved": "approved",
        "back": "sent back",
        "archived": "archived",
        "billed": "is entered",
        "short": "¥400 less",
        "matched": "goes to",
        "won": "is won",
        "reminded": "was reminded",
        "in force": "is in force",
    },
}
RULE = "quality-unreachable"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ASK = """
const done = arguments[arguments.length - 1];
const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
axe.run(document, { runOnly, resultTypes: ["violations"] }).then(({ violations }) => done(
  violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`))));
"""
SMALL = """
return [...document.querySelectorAll(":is(main, .top, .bar, .rail) :is(a, button, summary, select, label:has(> input))")]
  .filter((one) => one.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }))
  .filter((one) => getComputedStyle(one).display !== "inline" && !one.closest(".vh"))
  .map((one) => [one.getBoundingClientRect(), one])
  .filter(([{ width, height }]) => Math.min(width, height) < 43.5)
  .map(([{ width, height }, one]) => `${width} x ${height}: ${one.outerHTML.slice(0, 120)}`);
"""


@dataclass(frozen=True)
class Day:
    """Who works, in which language and how wide, and what the pages then say."""

    ws: Any
    company: Any
    say: dict[str, str]
    begin: Any
    """A function of a user and a path: a walk of theirs."""
    named: str
    narrow: bool


@pytest.fixture(params=["zh", "en"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[1440, PHONE])
def day(
    request: pytest.FixtureRequest, served: Any, company: Any, visit: Any, await_: Any, at_width: Any, locale: str
) -> Day:
    for user in User.select():
        save_person(served.workspace, user.id, {"locale": locale}, SYSTEM)
    at_width(request.param)

    def begin(user: Any, path: str = "/") -> Walk:
        return Walk(visit(user, path), await_)

    return Day(served.workspace, company, SAY[locale], begin, f"{locale}, {request.param} px", request.param == PHONE)


def fits(walk: Walk) -> None:
    """Hold a page to no sideways scroll, and to axe in both themes."""
    page = walk.page
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth"), page.current_url
    page.execute_script(AXE)
    for theme in ("dark", "light"):
        page.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        assert page.execute_async_script(ASK) == [], (page.current_url, theme)


def test_a_lead_from_its_entry_to_its_payment_with_everybodys_part(day: Day, scan: Path) -> None:
    ws, say, company = day.ws, day.say, day.company
    with ws.door.transaction(SYSTEM) as tx:
        install_contracts(tx)
    walk = day.begin(company.user("sales"))
    if day.narrow:
        walk.leave_by(".bar .makes")
    else:
        walk.leave_by(".rail a.item[href='/leads/']")
        walk.leave_by("main a[href='/leads/new']")
    given = {"company": "苏州恒锐精密", "contact_name": "高建明", "phone": "13812345678"}
    given |= {"industry": "精密加工", "region": "江苏", "budget": "864000"}
    for name, value in given.items():
        walk.type(f"[name={name}]", value)
    fits(walk)
    walk.leave_by("main button[type=submit]")
    walk.told(f"a lead entered ({day.named})")
    drain(ws)

    lead = Lead.get()
    path, owner = f"/leads/{lead.id}", User.get_by_id(lead.owner_id)
    walk = day.begin(owner, path)
    walk.reads(say["just"])
    walk.click(".lead-head a[href='#content']")
    walk.type("#content", "要看样机")
    walk.type("[name=next_step]", "约演示")
    walk.date("[name=next_at]", "2026-11-26T10:00")
    walk.leave_by("form.follow button[type=submit]")
    walk.reads(say["logged"])
    assert Task.select().where(Task.title == "约演示").count() == 1
    for stage in ("diagnosis", "demo", "negotiation", "signing"):
        drain(ws)
        walk.page.refresh()
        walk.leave_by(f"form:has([value={stage}]) button")
        walk.reads(say["stage"])
    drain(ws)
    walk.page.refresh()
    fits(walk)
    walk.leave_by(".lead-head a[href*='contract/new']")
    walk.type("#f-number", "SALES-1")
    walk.leave_by("main form button[type=submit]")
    walk.reads(say["saved"])
    walk.leave_by("main a[href^='/contracts/']")
    walk.upload("input[type=file]", scan)
    drain(ws)
    walk.page.refresh()
    walk.reads(say["review"])
    fits(walk)
    walk.told(f"the seller brings it to the contract ({day.named})")

    walk = day.begin(company.user("legal"))
    walk.leave_by(".verdict button[value=signed]")
    walk.reads(say["approved"])
    walk.told(f"legal approves ({day.named})")
    drain(ws)

    contract = Contract.get()
    paid = {"number": "HK-1", "customer_id": contract.customer_id, "amount": 864_000, "paid_at": ws.clock.now()}
    ws.door.create("payment", paid, SYSTEM)
    walk = day.begin(company.user("finance"))
    walk.leave_by("button[name=status][value=archived]")
    walk.reads(say["archived"])
    walk.click(".bill .back summary")
    walk.type(".back[open] input[name=number]", "FP-1")
    walk.leave_by(".back[open] button[type=submit]")
    walk.reads(say["billed"])
    walk.leave_by(".match form button[type=submit]")
    walk.reads(say["matched"])
    walk.told(f"finance archives, invoices and matches ({day.named})")

    drain(ws)
    walk = day.begin(company.user("finance"), f"/contracts/{contract.id}")
    fits(walk)
    walk.leave_by(".lead-head button[value=payment]")
    walk.await_(lambda: Lead.get_by_id(lead.id).stage == "payment", "the stage")
    walk.told(f"finance confirms the payment ({day.named})")
    assert Lead.get_by_id(lead.id).stage == "payment"
    drain(ws)
    walk = day.begin(owner, path)
    walk.leave_by("button[name=outcome][value=won]")
    walk.reads(say["won"])
    walk.told(f"the lead is won ({day.named})")


def test_a_managers_morning(day: Day) -> None:
    ws, say = day.ws, day.say
    ops = Origin(Actor.of(day.company.user("ops")), "console")
    version = begin_draft(ws, RULE, ops)
    save_draft(ws, version.id, {**version.document, "priority": 77}, ops)
    submit(ws, version.id, "优先级提前", ops)
    morning = live_a_morning(ws, day.company)
    walk = day.begin(morning.manager)
    assert morning.seller.name in walk.one("h1").text
    fits(walk)
    walk.leave_by("form[action^='/day/remind'] button")
    walk.reads(say["reminded"])
    walk.leave_by("form[action^='/day/take'] button")
    walk.leave_by("button.undo")
    walk.await_(lambda: Lead.select().where(Lead.owner == morning.manager.id).count() == 0, "the lead back")
    walk.leave_by(".help button[name=action][value=assign]")
    walk.choose("select[name=target]", morning.colleague.id)
    fits(walk)
    walk.leave_by("button[name=do]")
    walk.await_(lambda: Lead.select().where(Lead.owner == morning.colleague.id).count() == 4, "the leads given over")
    walk.leave_by(".bar a[href='/approvals/']" if day.narrow else ".rail a[href='/approvals/']")
    walk.leave_by("main a.button[href^='/approvals/']")
    fits(walk)
    walk.leave_by("form[action$='/approve'] button[type=submit]")
    walk.reads(say["in force"])
    assert RuleRecord.get(RuleRecord.code == RULE).version == 2
    walk.told(f"a manager's morning ({day.named})")


def test_legals_and_finances_day(day: Day) -> None:
    say, company = day.say, day.company
    live_a_morning(day.ws, company)
    walk = day.begin(company.user("legal"))
    fits(walk)
    walk.click(".back summary")
    walk.type(".back[open] textarea", "争议条款改成乙方所在地")
    walk.leave_by(".back[open] button[name=status]")
    walk.reads(say["back"])
    walk.leave_by(".verdict button[value=signed]")
    walk.reads(say["approved"])
    assert sorted(one.status for one in Contract.select()) == ["revising", "revising", "signed", "signed"]
    walk.told(f"legal's day ({day.named})")
    drain(day.ws)

    walk = day.begin(company.user("finance"))
    fits(walk)
    walk.leave_by("button[name=status][value=archived]")
    walk.reads(say["archived"])
    walk.click(".bill .back summary")
    walk.type(".back[open] input[name=number]", "FP-1")
    walk.leave_by(".back[open] button[type=submit]")
    walk.reads(say["billed"])
    walk.reads(say["short"])
    walk.type(".match input[name=reason]", "银行手续费")
    walk.leave_by(".match form button[type=submit]")
    walk.reads(say["matched"])
    assert (Invoice.select().count(), Payment.select().where(Payment.contract.is_null(False)).count()) == (1, 1)
    fits(walk)
    walk.told(f"finance's day ({day.named})")


def test_on_a_phone_what_opens_is_within_reach(
    served: Any, company: Any, visit: Any, await_: Any, at_width: Any, locale: str
) -> None:
    for user in User.select():
        save_person(served.workspace, user.id, {"locale": locale}, SYSTEM)
    at_width(PHONE)
    morning = live_a_morning(served.workspace, company)
    lead = f"/leads/{morning.fresh.id}"
    for user, path, bar in (
        (morning.seller, lead, None),
        (morning.seller, "/", ["/", "/customers/", "/leads/new", "/inbox/", "/me/"]),
        (morning.manager, "/", ["/", "/leads/", "/approvals/", "/report/", "/me/"]),
        (company.user("legal"), "/", ["/", "/tasks/", "/records/contract/", "/inbox/", "/me/"]),
        (company.user("finance"), "/", ["/", "/tasks/", "/records/contract/", "/inbox/", "/me/"]),
    ):
        walk = Walk(visit(user, path), await_)
        page = walk.page
        shown = [one for one in page.find_elements(By.CSS_SELECTOR, ".bar a") if one.is_displayed()]
        places = [one.get_attribute("href").removeprefix(served.url) for one in shown]
        # On the page of a lead its own acts stand there.
        assert places == (bar or [])
        page.execute_script("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        fits(walk)
        assert page.execute_script(SMALL) == [], path
        if bar is None:
            walk.click(".acts-bar [data-do=more]")
            assert page.find_element(By.CSS_SELECTOR, "button[value=won]").is_displayed()
            fits(walk)
            page.switch_to.active_element.send_keys(Keys.ESCAPE)
            assert not page.find_element(By.CSS_SELECTOR, "button[value=won]").is_displayed()
        walk.click(".menu-button")
        fits(walk)
        assert page.execute_script(SMALL) == [], path
        page.switch_to.active_element.send_keys(Keys.ESCAPE)
        assert page.execute_script("return document.activeElement.className").endswith("menu-button")
        walk.click(".top [data-do=find]")
        fits(walk)
        walk.told(f"what opens on a phone ({locale})")
