"""What changes elsewhere appears by itself, nothing typed is touched, and Ctrl K finds what there is."""

from __future__ import annotations

from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.intake import take as intake
from clew.core.intake.follow_ups import NextStep, log_follow_up
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, User
from clew.core.people import sessions
from clew.core.running import drain

from .walks import Walk, is_gone


def _lead(ws: Any, company: str = "恒锐精密") -> Lead:
    given = {"company": company, "phone": "13812345678", "industry": "精密加工", "region": "江苏", "budget": 400_000}
    lead = intake.take(ws, given, SYSTEM).lead
    drain(ws)
    return Lead.get_by_id(lead.id)


def _by(user: Any) -> Origin:
    return Origin(Actor.of(user), "console")


def _ask(page: Any) -> None:
    """Ask now: a page asks every twelve seconds."""
    page.execute_script("document.dispatchEvent(new Event('clew:ask'))")


def test_a_page_follows_what_somebody_else_does_and_keeps_what_is_typed(
    served: Any, company: Any, visit: Any, await_: Any
) -> None:
    ws = served.workspace
    lead = _lead(ws)
    owner, other = User.get_by_id(lead.owner_id), company.user("admin")
    page = visit(owner, f"/leads/{lead.id}")
    walk = Walk(page, await_)
    walk.type("#content", "客户说下周再谈")

    values = {"way": "phone", "content": "约了周三看厂", "effective": True}
    log_follow_up(ws, lead.id, values, NextStep.of("发资料", "2027-01-05T10:00"), _by(other), None)
    ws.door.change("lead", lead.id, {"region": "浙江"}, _by(other))
    _ask(page)

    walk.reads("发资料")
    assert page.find_element(By.ID, "content").get_attribute("value") == "客户说下周再谈"
    assert "浙江" in page.find_element(By.CSS_SELECTOR, "[data-live=data]").text

    # A value that is being edited stays as it is typed; beside it stands what the other made of it.
    walk.click("[data-name=region] button.shown")
    walk.type("[data-name=region] .field :is(input, select)", "江苏")
    ws.door.change("lead", lead.id, {"region": "上海"}, _by(other))
    _ask(page)
    walk.reads(f"{other.name}刚改成「上海」")
    walk.reads(f"{other.name}改了这条记录")
    assert (
        page.find_element(By.CSS_SELECTOR, "[data-name=region] .field :is(input, select)").get_attribute("value")
        == "江苏"
    )
    walk.told("two at one lead")


def test_a_list_says_how_many_are_new_and_moves_no_row(served: Any, company: Any, visit: Any, await_: Any) -> None:
    ws = served.workspace
    lead = _lead(ws)
    page = visit(company.user("admin"), "/leads/")
    walk = Walk(page, await_)
    walk.click("input[name=rowid]")

    _lead(ws, "启明轴承")
    _lead(ws, "大同机械")
    ws.door.change("lead", lead.id, {"company": "恒锐精工"}, _by(company.user("ops")))
    _ask(page)

    walk.reads("2 条新的")
    walk.reads("恒锐精工")
    rows = page.find_elements(By.CSS_SELECTOR, "tr[data-href]")
    assert len(rows) == 1
    assert page.find_element(By.CSS_SELECTOR, "input[name=rowid]").is_selected()
    walk.leave_by(".live-bar button")
    walk.reads("启明轴承")
    walk.told("a list that grows")


def test_today_and_the_rail_follow_and_a_session_that_ended_is_said(
    served: Any, company: Any, visit: Any, await_: Any
) -> None:
    ws = served.workspace
    owner = User.get_by_id(_lead(ws).owner_id)
    page = visit(owner, "/")
    walk = Walk(page, await_)
    page.execute_script("document.querySelector('a.brand').focus()")

    with ws.door.transaction(SYSTEM) as tx:
        tx.create("task", {"title": "带样品去", "assignee_id": owner.id, "due_at": ws.clock.now()})
    _ask(page)

    walk.reads("带样品去")
    assert page.find_element(By.CSS_SELECTOR, "[data-waits=tasks]").text.startswith("1")
    assert page.execute_script("return document.activeElement.className") == "brand"
    sessions.end_all(ws, owner, _by(owner))
    _ask(page)
    walk.reads("登录已结束")
    assert "/sign-in?next=" in walk.one(".live-bar a").get_attribute("href")


def test_ctrl_k_finds_marks_opens_and_gives_the_focus_back(served: Any, company: Any, visit: Any, await_: Any) -> None:
    lead = _lead(served.workspace)
    page = visit(company.user("admin"), "/tasks/")
    walk = Walk(page, await_)
    page.execute_script("document.querySelector('a.brand').focus()")

    def chosen() -> str:
        """What Enter would open; the list is drawn anew with each answer."""
        shown = "document.querySelector('#finder [aria-selected=true]')?.textContent ?? ''"
        return str(page.execute_script(f"return {shown}"))

    page.switch_to.active_element.send_keys(Keys.CONTROL, "k")
    walk.type("#finder input", "恒锐")
    await_(lambda: "恒锐精密" in chosen(), "what was found")
    assert page.execute_script("return document.querySelector('#finder mark').textContent") == "恒锐"
    box = page.find_element(By.CSS_SELECTOR, "#finder input")
    first = box.get_attribute("aria-activedescendant")
    box.send_keys(Keys.ARROW_UP)
    assert box.get_attribute("aria-activedescendant") != first
    box.send_keys(Keys.ESCAPE)
    assert page.execute_script("return document.activeElement.className") == "brand"

    page.switch_to.active_element.send_keys(Keys.CONTROL, "k")
    walk.type("#finder input", "新建线索")
    await_(lambda: "新建线索" in chosen(), "the command")
    before = page.find_element(By.TAG_NAME, "html")
    page.find_element(By.CSS_SELECTOR, "#finder input").send_keys(Keys.ENTER)
    await_(lambda: is_gone(before), "the next page")
    assert page.current_url.endswith("/leads/new")
    assert lead.company == "恒锐精密"
    walk.told("Ctrl K")
