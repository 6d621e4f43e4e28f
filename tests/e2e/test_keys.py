"""The same days with the keyboard alone: the focus is to be seen all the way, and stays near what was done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.demo.routing import install_contracts
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, FollowUp, Invoice, Lead, Payment, RuleRecord, User
from clew.core.people.roster import save_person
from clew.core.rulebook.versions import begin_draft, save_draft, submit
from clew.core.running import drain

from ..mornings import live_a_morning
from .walks import Walk, is_gone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RULE = "quality-unreachable"
GIVEN = {"company": "苏州恒锐精密", "phone": "13812345678", "industry": "精密加工", "region": "江苏", "budget": 864_000}


@pytest.fixture(params=["zh", "en"])
def locale(request: pytest.FixtureRequest, served: Any, company: Any) -> str:
    for user in User.select():
        save_person(served.workspace, user.id, {"locale": request.param}, SYSTEM)
    return str(request.param)


@pytest.fixture
def begin(visit: Any, await_: Any) -> Any:
    """A function of a user and a path: a walk of theirs, from the top of the page."""
    return lambda user, path="/": Walk(visit(user, path), await_)


def test_a_seller_enters_a_lead_and_brings_it_to_a_contract(
    begin: Any, served: Any, company: Any, scan: Path, locale: str
) -> None:
    ws = served.workspace
    with ws.door.transaction(SYSTEM) as tx:
        install_contracts(tx)
    walk = begin(company.user("sales"))
    page = walk.page
    walk.go_by("g", "l")
    walk.skip()
    walk.reach("main a[href='/leads/new']")
    walk.go_by(Keys.ENTER)
    walk.skip()
    walk.reach("#f-company")
    walk.write("苏州恒锐精密")
    for name, value in (
        ("industry", "精密加工"),
        ("region", "江苏"),
        ("contact_name", "高建明"),
        ("phone", "13812345678"),
    ):
        walk.reach(f"[name={name}]")
        walk.write(value)
    walk.reach("main button[type=submit]")
    walk.go_by(Keys.ENTER)
    walk.told(f"keys: a lead entered ({locale})")
    drain(ws)

    lead = Lead.get()
    owner = User.get_by_id(lead.owner_id)
    walk = begin(owner, f"/leads/{lead.id}")
    walk.skip()
    walk.reach(".lead-head a[href='#content']")
    walk.press(Keys.ENTER)
    walk.focus_is_in("#content")
    walk.write("要看样机")
    walk.reach("form.follow button[type=submit]")
    walk.go_by(Keys.SPACE)
    assert FollowUp.select().count() == 1
    walk.focus_is_in("form.follow")
    drain(ws)
    page.refresh()

    # A value is opened by Enter and put back by Esc; what is refused keeps the focus.
    walk.skip()
    walk.reach("[data-name=budget] button.shown")
    walk.press(Keys.ENTER)
    walk.write("1")
    walk.press(Keys.ESCAPE)
    walk.focus_is_in("[data-name=budget] button.shown")
    walk.press(Keys.ENTER)
    walk.write("86.4万上下")
    walk.press(Keys.ENTER)
    walk.one("[data-name=budget] .offer")
    walk.focus_is_in("#f-budget")
    walk.reach("[data-name=budget] .offer")
    walk.press(Keys.ENTER)
    walk.await_(lambda: Lead.get_by_id(lead.id).budget == 864_000, "the budget")
    walk.focus_is_in("[data-name=budget] button.shown")
    # u is 撤销; done again by the same way.
    walk.one(".toast .undo")
    walk.go_by("u")
    walk.await_(lambda: Lead.get_by_id(lead.id).budget is None, "the budget gone")
    ws.door.change("lead", lead.id, {"budget": 864_000}, SYSTEM)
    for stage in ("diagnosis", "demo", "negotiation", "signing"):
        drain(ws)
        page.refresh()
        walk.skip()
        walk.reach(f"form:has([value={stage}]) button")
        walk.go_by(Keys.ENTER)
        walk.focus_is_in("main")
        assert Lead.get_by_id(lead.id).stage == stage
    drain(ws)
    page.refresh()
    walk.skip()
    walk.reach(".lead-head a[href*='contract/new']")
    walk.go_by(Keys.ENTER)
    walk.skip()
    walk.reach("#f-number")
    walk.write("SALES-1")
    walk.reach("main form button[type=submit]")
    walk.go_by(Keys.ENTER)
    walk.skip()
    walk.reach("main a[href^='/contracts/']")
    walk.go_by(Keys.ENTER)
    # The file is chosen in a dialog of the browser, which is no page of ours: that its field is reached is what counts.
    walk.skip()
    walk.reach("input[type=file]")
    walk.upload("input[type=file]", scan)
    drain(ws)
    assert Contract.get().status == "legal_review"
    walk.told(f"keys: the seller brings it to the contract ({locale})")


def test_a_manager_reminds_takes_over_reassigns_and_approves(
    begin: Any, served: Any, company: Any, locale: str
) -> None:
    ws = served.workspace
    ops = Origin(Actor.of(company.user("ops")), "console")
    version = begin_draft(ws, RULE, ops)
    save_draft(ws, version.id, {**version.document, "priority": 77}, ops)
    submit(ws, version.id, "优先级提前", ops)
    morning = live_a_morning(ws, company)
    walk = begin(morning.manager)
    walk.skip()
    walk.reach("form[action^='/day/remind'] button")
    walk.go_by(Keys.ENTER)
    walk.focus_is_in("[data-live=team]")
    walk.reach("form[action^='/day/take'] button")
    walk.go_by(Keys.ENTER)
    walk.await_(lambda: Lead.select().where(Lead.owner == morning.manager.id).count() == 1, "the lead taken over")
    walk.focus_is_in("[data-live=team]")
    walk.go_by("u")
    walk.await_(lambda: Lead.select().where(Lead.owner == morning.manager.id).count() == 0, "the lead back")
    walk.skip()
    walk.reach(".help button[name=action][value=assign]")
    walk.go_by(Keys.ENTER)
    walk.skip()
    walk.reach("select[name=target]")
    for _ in range(20):
        if walk.one("select[name=target]").get_attribute("value") == morning.colleague.id:
            break
        walk.press(Keys.ARROW_DOWN)
    before = walk.page.find_element(By.TAG_NAME, "html")
    walk.press(Keys.ENTER)
    walk.await_(lambda: is_gone(before), "the preview")
    walk.reach("button[name=do]")
    walk.go_by(Keys.ENTER)
    walk.await_(lambda: Lead.select().where(Lead.owner == morning.colleague.id).count() == 4, "the leads given over")
    walk.reach(".rail a[href='/approvals/']")
    walk.go_by(Keys.ENTER)
    walk.skip()
    walk.reach("main a.button[href^='/approvals/']")
    walk.go_by(Keys.ENTER)
    walk.skip()
    walk.reach("form[action$='/approve'] button[type=submit]")
    walk.go_by(Keys.ENTER)
    walk.await_(lambda: RuleRecord.get(RuleRecord.code == RULE).version == 2, "the rule in force")
    walk.told(f"keys: a manager's morning ({locale})")


def test_legal_and_finance_do_their_part(begin: Any, served: Any, company: Any, locale: str) -> None:
    morning = live_a_morning(served.workspace, company)
    walk = begin(company.user("legal"))
    walk.skip()
    walk.reach(".back summary")
    walk.press(Keys.SPACE)
    walk.reach(".back[open] textarea")
    walk.write("争议条款改成乙方所在地")
    walk.reach(".back[open] button[name=status]")
    walk.go_by(Keys.ENTER)
    assert Contract.get_by_id(morning.to_review[0].id).status == "revising"
    walk.focus_is_in("[data-live=review]")
    walk.page.refresh()
    walk.skip()
    walk.reach(".verdict button[value=signed]")
    walk.go_by(Keys.ENTER)
    assert Contract.get_by_id(morning.to_review[1].id).status == "signed"
    walk.focus_is_in("main")
    walk.told(f"keys: legal's day ({locale})")
    drain(served.workspace)

    walk = begin(company.user("finance"))
    walk.skip()
    walk.reach(".bill .back summary")
    walk.press(Keys.ENTER)
    walk.reach(".back[open] input[name=number]")
    walk.write("FP-1")
    walk.reach(".back[open] button[type=submit]")
    walk.go_by(Keys.ENTER)
    assert Invoice.select().count() == 1
    walk.focus_is_in("[data-live=books]")
    walk.reach("button[name=status][value=archived]")
    walk.go_by(Keys.ENTER)
    walk.focus_is_in("[data-live=books]")
    walk.reach(".match input[name=reason]")
    walk.write("银行手续费")
    walk.reach(".match form button[type=submit]")
    walk.go_by(Keys.ENTER)
    walk.focus_is_in("[data-live=books]")
    assert Payment.select().where(Payment.contract.is_null(False)).count() == 1
    walk.told(f"keys: finance's day ({locale})")


def test_dialogs_hold_the_focus_and_give_it_back(begin: Any, served: Any, company: Any) -> None:
    lead = intake.take(served.workspace, GIVEN, SYSTEM).lead
    drain(served.workspace)
    team = Lead.get_by_id(lead.id).team_id
    manager = next(one for one in company.managers.values() if one.team_id == team)
    walk = begin(manager, f"/leads/{lead.id}")
    walk.skip()
    for name in ("lose", "reassign"):
        walk.reach(f"[data-dialog={name}]")
        walk.press(Keys.ENTER)
        walk.focus_is_in(f"#{name}")
        for _ in range(8):
            walk.press(Keys.TAB)
            where = walk.page.execute_script(
                "const one = document.activeElement; return one === document.body || Boolean(one.closest('dialog[open]'))"
            )
            assert where, "the focus left the dialog for the page behind it"
        walk.press(Keys.ESCAPE)
        walk.focus_is_in(f"[data-dialog={name}]")
    walk.page.execute_script("document.activeElement.blur()")
    walk.press("?")
    walk.focus_is_in("#keys")
    walk.press(Keys.ESCAPE)
    assert not walk.page.find_element(By.ID, "keys").is_displayed()
    # w opens why beside the page, and Esc gives the focus back.
    walk.page.refresh()
    walk.skip()
    walk.reach(".lead-head .why-link")
    walk.press("w")
    walk.focus_is_in("dialog[open]")
    walk.press(Keys.ESCAPE)
    walk.focus_is_in(".why-link")
    walk.told("keys: dialogs of a lead")


def test_a_list_is_filtered_and_changed_by_keys(begin: Any, served: Any, company: Any) -> None:
    for number in range(3):
        intake.take(served.workspace, GIVEN | {"company": f"恒锐{number}", "phone": f"1381234567{number}"}, SYSTEM)
    drain(served.workspace)
    walk = begin(company.user("ops"), "/leads/")
    walk.press("j")
    walk.focus_is_in("tr.at")
    walk.press("x")
    assert walk.page.find_element(By.ID, "bulk").is_displayed()
    walk.press("x")
    walk.press("/")
    walk.focus_is_in("[data-find]")
    walk.write("恒锐1")
    walk.go_by(Keys.ENTER)
    assert [one.text for one in walk.page.find_elements(By.CSS_SELECTOR, "td a.name")] == ["恒锐1"]
    walk.skip()
    walk.reach(".menu.wide summary")
    walk.press(Keys.ENTER)
    walk.reach(".menu.wide .menu-items :is(input, select)")
    walk.press(Keys.ESCAPE)
    walk.focus_is_in(".menu.wide summary")
    assert not walk.page.find_elements(By.CSS_SELECTOR, ".menu.wide[open]")
    walk.page.execute_script("document.activeElement.blur()")
    walk.press("j")
    walk.go_by(Keys.ENTER)
    assert "/leads/" in walk.page.current_url
    walk.go_by("g", "t")
    walk.told("keys: a list")
