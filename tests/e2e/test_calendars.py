"""A week's windows changed by keys, by dragging and in words; what it does to deadlines is said before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Calendar, Deadline
from clew.core.running import drain

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
