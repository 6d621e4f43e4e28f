"""A week's windows changed by keys, by dragging and in words; what it does to deadlines is said before it is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Calendar, Deadline
from clew.core.people.roster import save_person
from clew.core.running import drain

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_week_is_changed_by_keys_and_by_hand(visit: Any, company: Any, served: Any, await_: Any) -> None:
    ws = served.workspace
    intake.take(ws, {"company": "恒锐精密", "industry": "精密加工", "region": "江苏"}, SYSTEM)
    drain(ws)
    due = Deadline.get().due_at
    row = Calendar.get(Calendar.scope == "organisation")
    browser = visit(company.user("ops"), f"/calendars/{row.id}")

    def bars() -> list[Any]:
        return browser.find_elements(By.CSS_SELECTOR, '.cal-track[data-day="tue"] .cal-bar')

    def text() -> str:
        return str(browser.find_element(By.ID, "win-tue").get_attribute("value"))

    bars()[0].send_keys(Keys.ALT, Keys.ARROW_RIGHT)
    assert text() == "09:15-12:15, 13:30-18:00"
    browser.switch_to.active_element.send_keys(Keys.ALT, Keys.SHIFT, Keys.ARROW_RIGHT)
    assert text() == "09:15-12:30, 13:30-18:00"
    track = browser.find_element(By.CSS_SELECTOR, '.cal-track[data-day="tue"]')
    hour = track.size["width"] / 24
    ActionChains(browser).click_and_hold(bars()[1]).move_by_offset(round(hour), 0).release().perform()
    assert text() == "09:15-12:30, 14:30-19:00"
    said = browser.find_element(By.CSS_SELECTOR, "[data-said]")
    await_(lambda: "1 个在计的时限会变" in said.text, "what the change would do")
    browser.find_element(By.CSS_SELECTOR, '#week button[value="save"]').click()
    await_(lambda: Calendar.get_by_id(row.id).week["tue"] == ["09:15-12:30", "14:30-19:00"], "the week saved")
    drain(ws)
    assert Deadline.get().due_at > due
    assert not [line for line in browser.get_log("browser") if line["level"] == "SEVERE"]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_holiday_is_declared_under_running_deadlines(
    visit: Any, company: Any, served: Any, await_: Any, locale: str
) -> None:
    ws, english, ops = served.workspace, locale == "en", company.user("ops")
    save_person(ws, ops.id, {"locale": locale}, SYSTEM)
    for name in ("恒锐精密", "云织纺织机"):
        intake.take(ws, {"company": name, "industry": "精密加工", "region": "江苏"}, SYSTEM)
    drain(ws)
    due = {row.id: row.due_at for row in Deadline.select()}
    assert {one.date().isoformat() for one in due.values()} == {"2026-11-24"}, "they are due today"
    row = Calendar.get(Calendar.scope == "organisation")

    page = visit(ops, f"/calendars/{row.id}")
    walk = Walk(page, await_)
    walk.click("[data-dialog=exception]")
    walk.date("#day", "2026-11-24")
    walk.type("#day_name", "Founding day" if english else "店庆")
    walk.leave_by("#exception button[value=preview]")
    walk.reads("2 running deadlines" if english else "2 个在计的时限会变")
    walk.reads("Nothing is saved yet" if english else "还没有保存")
    assert {row.id: row.due_at for row in Deadline.select()} == due
    walk.leave_by("#exception button[value=save]")
    walk.reads("1 day on record" if english else "登记了 1 天")
    drain(ws)
    moved = {row.id: row.due_at for row in Deadline.select()}
    assert all(moved[one] - due[one] == timedelta(days=1) for one in due), "each is due as late tomorrow"
    page.get(f"{served.url}/deadlines/{min(due)}")
    walk.reads("Founding day" if english else "店庆")
    walk.told(f"a holiday is declared ({locale})")
