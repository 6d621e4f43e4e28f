"""Inviting somebody, joining by the link, and seeing to one's own account, in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from clew.core.journal.origin import SYSTEM
from clew.core.people import tokens

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GOOD = "correct horse battery"


def _wait(browser: Any, condition: Any) -> Any:
    return WebDriverWait(browser, 20).until(lambda _: condition())


def test_somebody_is_invited_joins_and_makes_a_token(workspace: Any, served: Any, visit: Any, company: Any) -> None:
    new = {"email": "fang.ming@test.example", "name": "方铭", "roles": ["sales"]}
    person = workspace.door.create("user", new, SYSTEM).record
    browser = visit(company.user("admin"), f"/accounts/{person.id}")
    browser.find_element(By.CSS_SELECTOR, ".head button.primary").click()
    link = _wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".once input"))[0].get_attribute("value")
    assert link.startswith(served.url + "/join/")
    browser.find_element(By.CSS_SELECTOR, ".once [data-copy]").click()
    _wait(browser, lambda: "已复制" in browser.find_element(By.CSS_SELECTOR, ".once [data-copy]").text)

    browser.delete_all_cookies()
    browser.get(link)
    button = browser.find_element(By.CSS_SELECTOR, "form.sign button[type=submit]")
    assert button.get_attribute("aria-disabled") == "true"
    browser.find_element(By.ID, "password").send_keys("password2026")
    button.click()
    note = _wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#password-note.error"))[0]
    assert "太常见" in note.text
    assert browser.switch_to.active_element.get_attribute("id") == "password"
    browser.find_element(By.ID, "password").send_keys(GOOD)
    browser.find_element(By.CSS_SELECTOR, "form.sign button[type=submit]").click()
    _wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "a.me"))[0].click()
    _wait(browser, lambda: browser.current_url.endswith("/me/"))
    assert "方铭，你在 1 处登录" in browser.find_element(By.TAG_NAME, "h1").text

    browser.find_element(By.CSS_SELECTOR, "details.new summary").click()
    browser.find_element(By.ID, "token-name").send_keys("官网")
    browser.find_element(By.CSS_SELECTOR, "details.new button[type=submit]").click()
    key = _wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".once input"))[0].get_attribute("value")
    assert tokens.find_token(workspace, key).user_id == person.id
    severe = [one for one in browser.get_log("browser") if one["level"] == "SEVERE" and "422" not in one["message"]]
    assert severe == []


def test_signing_out_is_for_good(served: Any, visit: Any, company: Any) -> None:
    browser = visit(company.user("sales"), "/tasks/")
    kept = browser.get_cookies()
    browser.find_element(By.CSS_SELECTOR, "form[action='/sign-out'] button").click()
    _wait(browser, lambda: "/sign-in" in browser.current_url)
    for cookie in kept:
        browser.add_cookie({"name": cookie["name"], "value": cookie["value"]})
    browser.get(served.url + "/tasks/")
    assert "/sign-in" in browser.current_url
