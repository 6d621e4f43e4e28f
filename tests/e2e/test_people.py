"""A person leaves and a team is split, walked in a real browser, in Chinese and English; clicks and seconds are printed."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, Notification, Team, User
from clew.core.people.roster import save_person
from clew.core.running import drain

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def give(ws: Any, owner: User, *companies: str) -> list[Lead]:
    made = []
    with ws.door.transaction(SYSTEM) as tx:
        customer = tx.create("customer", {"name": "客户"}).record
        for company in companies:
            values = {
                "company": company,
                "customer_id": customer.id,
                "owner_id": owner.id,
                "team_id": owner.team_id,
            }
            made.append(tx.create("lead", values).record)
            tx.create("task", {"title": f"寄样品给{company}", "lead_id": made[-1].id, "assignee_id": owner.id})
    drain(ws)
    return made


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_person_leaves(visit: Any, served: Any, company: Any, await_: Any, locale: str) -> None:
    ws, english = served.workspace, locale == "en"
    admin, (leaver, colleague) = company.user("admin"), company.sellers["华东一部"]
    manager = company.managers["华东一部"]
    save_person(ws, admin.id, {"locale": locale}, SYSTEM)
    give(ws, leaver, "恒锐精密", "云织纺织机")
    page = visit(admin, "/people/")
    walk = Walk(page, await_)
    walk.click(f".tree a[href$='{leaver.team_id}']")
    walk.click(f"a[href='/people/{leaver.id}/leave']")
    walk.reads("Switch " if english else "停用 ")
    button = walk.one(".leave button[type=submit]")
    assert button.get_attribute("aria-disabled") == "true"
    # A choice shows at once what it does, and nothing has changed.
    walk.choose("select[name='how.leads']", manager.id)
    walk.reads(f"{manager.name} 2")
    assert {row.owner_id for row in Lead.select()} == {leaver.id}
    (late,) = give(ws, leaver, "迟到的线索")
    walk.type("#reason", "left" if english else "离职")
    walk.type("#typed", leaver.name)
    assert button.get_attribute("aria-disabled") == "false"
    button.click()
    walk.clicks += 1
    # Somebody gave them a lead meanwhile: nothing was done, and the preview is anew.
    walk.reads("something changed since the preview" if english else "预览之后又有变化")
    assert User.get_by_id(leaver.id).active
    assert walk.one("#typed").get_attribute("value") == leaver.name
    walk.click(".leave button[type=submit]")
    walk.reads("handed over" if english else "已交接")
    assert not User.get_by_id(leaver.id).active
    assert {row.owner_id for row in Lead.select()} == {manager.id}
    assert Lead.get_by_id(late.id).owner_id == manager.id
    assert Notification.select().where(Notification.user == manager.id).count() >= 1
    walk.told(f"a person leaves ({locale})")
    # What was handed over by mistake goes back as a whole.
    walk.click("form[action$='/undo'] button")
    walk.reads("undone" if english else "已撤销")
    assert {row.owner_id for row in Lead.select()} == {leaver.id}
    assert colleague.active


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_team_is_split(visit: Any, served: Any, company: Any, await_: Any, locale: str) -> None:
    ws, english = served.workspace, locale == "en"
    admin, (goes, stays), east = company.user("admin"), company.sellers["华东一部"], company.teams["华东一部"]
    save_person(ws, admin.id, {"locale": locale}, SYSTEM)
    give(ws, goes, "恒锐精密")
    give(ws, stays, "听澜医疗")
    page = visit(admin, f"/people/?team={east.id}")
    walk = Walk(page, await_)
    walk.click(f"a[href='/teams/{east.id}']")
    walk.click(f"a[href='/teams/{east.id}/split']")
    walk.type("#f-name", "苏南组")
    walk.click(f"input[name=people][value='{goes.id}']")
    walk.choose("#f-manager_id", goes.id)
    walk.click("form[method=get] button[type=submit]")
    walk.reads("1 person and 1 open lead to 苏南组" if english else "1 人、1 条在手线索去「苏南组」")
    walk.reads("1 rule naming 华东一部, and none" if english else "1 条规则提到「华东一部」")
    assert Team.select().where(Team.name == "苏南组").count() == 0
    walk.click("form[method=post].card button.primary")
    walk.reads("2 moved" if english else "移动了 2 项")
    walk.reads("No rule names 苏南组 yet" if english else "还没有规则提到「苏南组」")
    made = Team.get(Team.name == "苏南组")
    assert (made.parent_id, made.manager_id) == (None, goes.id)
    assert Lead.get(Lead.company == "恒锐精密").team_id == made.id
    assert Lead.get(Lead.company == "听澜医疗").team_id == east.id
    walk.told(f"a team is split ({locale})")


def test_the_tree_by_keyboard_a_link_copied_and_the_drawer_closed(
    visit: Any, served: Any, company: Any, await_: Any
) -> None:
    page = visit(company.user("admin"), "/people/")
    walk = Walk(page, await_)
    first = walk.one(".tree a[href='/people/']")
    page.execute_script("arguments[0].focus()", first)
    first.send_keys(Keys.ARROW_DOWN)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    await_(lambda: "team=" in page.current_url, "the team")
    walk.click("tbody tr:last-child a[href$='/leave']")
    walk.one("#leave-title")
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    await_(lambda: "/leave" not in page.current_url, "the list")
    page.get(served.url + "/people/new")
    save = walk.one("main button[type=submit]")
    assert save.get_attribute("aria-disabled") == "true"
    walk.type("#f-name", "方铭")
    walk.type("#f-email", "fang@test.example")
    assert save.get_attribute("aria-disabled") == "false"
    save.click()
    walk.reads("只显示这一次")
    walk.click("main [data-copy]")
    walk.reads("已复制")
    walk.told("the tree by keys")


def test_a_branch_is_folded_by_keyboard_and_stays_so(visit: Any, served: Any, company: Any, await_: Any) -> None:
    above, below = company.teams["华东一部"], company.teams["华东二部"]
    served.workspace.door.change("team", below.id, {"parent_id": above.id}, SYSTEM)
    page = visit(company.user("admin"), "/people/")
    walk = Walk(page, await_)
    branch, inner = f".tree a[href$='{above.id}']", f".tree a[href$='{below.id}']"
    fold = walk.one(f"[data-fold='{above.id}']")
    page.execute_script("arguments[0].focus()", walk.one(branch))
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert page.switch_to.active_element == walk.one(inner)
    page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    page.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    assert fold.get_attribute("aria-expanded") == "false"
    assert not walk.one(inner).is_displayed()
    page.refresh()
    assert not walk.one(inner).is_displayed()
    walk.click(f"[data-fold='{above.id}']")
    assert walk.one(inner).is_displayed()
    # Whoever looks at a team below sees where it is, though the branch was folded.
    walk.click(f"[data-fold='{above.id}']")
    page.get(f"{served.url}/people/?team={below.id}")
    assert walk.one(inner).is_displayed()
    walk.told("the tree folded")


def test_on_a_phone_the_drawer_is_the_page(visit: Any, served: Any, company: Any, await_: Any) -> None:
    leaver = company.user("sales")
    give(served.workspace, leaver, "恒锐精密")
    page = visit(company.user("admin"))
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        for path in (
            "/people/",
            f"/people/?team={leaver.team_id}",
            "/people/new",
            f"/people/{leaver.id}",
            f"/people/{leaver.id}/leave",
            f"/teams/{leaver.team_id}",
            f"/teams/{leaver.team_id}/split?name=x&people={leaver.id}",
            f"/teams/{leaver.team_id}/merge?into_id={company.teams['华南部'].id}",
            "/people/changes/",
        ):
            page.get(served.url + path)
            assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), path
            small = page.execute_script(
                """
                return [...document.querySelectorAll("main :is(button, summary, .button, select, .icon-button, label:has(input))")]
                  .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43.5)
                  .map((e) => `${e.outerHTML.slice(0, 80)} ${e.getBoundingClientRect().height}`)"""
            )
            assert small == [], path
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
