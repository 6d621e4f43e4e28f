"""为什么 in a real browser: the drawer opens by click and key, holds the focus, answers "why not?", and gives the focus back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.running import drain, run_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LEAD = {
    "company": "苏州恒锐精密机械有限公司",
    "contact_name": "高建明",
    "phone": "13812345678",
    "industry": "精密加工",
    "region": "江苏",
}
DRAWER = "dialog.why-drawer[open]"


@pytest.fixture
def lead(served: Any, company: Any) -> Lead:
    """A lead that was escalated."""
    ws = served.workspace
    made = intake.take(ws, LEAD, SYSTEM).lead
    drain(ws)
    run_until(ws, ws.clock.now() + timedelta(minutes=31))
    return Lead.get_by_id(made.id)


def drawer(page: Any) -> Any:
    """Wait until the drawer shows a chain, and return it."""
    wait = WebDriverWait(page, 20)
    wait.until(lambda _: page.find_elements(By.CSS_SELECTOR, f"{DRAWER} .why-chain"))
    return page.find_element(By.CSS_SELECTOR, DRAWER)


def gone(page: Any) -> bool:
    return not page.find_elements(By.CSS_SELECTOR, DRAWER)


def severe(page: Any) -> list[str]:
    return [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]


def test_the_key_w_opens_it_and_escape_gives_the_focus_back(visit: Any, lead: Lead) -> None:
    page = visit(lead.owner, f"/leads/{lead.id}")
    link = page.find_element(By.CSS_SELECTOR, f'a[data-why][href="/why/lead/{lead.id}"]')
    page.execute_script("arguments[0].focus()", link)
    page.switch_to.active_element.send_keys("w")
    open_ = drawer(page)
    assert open_.find_element(By.ID, "why-title").text.startswith("为什么是")
    assert page.execute_script("return document.querySelector('dialog.why-drawer').matches(':modal')")
    assert open_.size["width"] == 600
    titles = [one.text for one in open_.find_elements(By.CSS_SELECTOR, ".why-chain h3")]
    assert titles[0].startswith("升级给")
    assert titles[-1].startswith("线索进入")
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    WebDriverWait(page, 10).until(lambda _: gone(page))
    assert page.switch_to.active_element == link
    assert severe(page) == []


def test_the_focus_stays_within(visit: Any, lead: Lead) -> None:
    page = visit(lead.owner, f"/leads/{lead.id}")
    page.find_element(By.TAG_NAME, "body").send_keys("w")
    drawer(page)
    inside = []
    for _ in range(25):
        page.switch_to.active_element.send_keys(Keys.TAB)
        inside.append(
            page.execute_script(
                "const at = document.activeElement; return at === document.body || !!at.closest('dialog.why-drawer')"
            )
        )
    assert all(inside)


def test_keys_rest_while_typing(visit: Any, lead: Lead) -> None:
    page = visit(lead.owner, f"/leads/{lead.id}")
    page.find_element(By.ID, "content").send_keys("www")
    assert page.find_element(By.ID, "content").get_attribute("value") == "www"
    assert gone(page)


def test_in_a_list_it_explains_the_chosen_row(visit: Any, lead: Lead) -> None:
    page = visit(lead.owner, "/leads/")
    page.find_element(By.TAG_NAME, "body").send_keys("w")
    assert gone(page)  # no row is chosen yet
    page.find_element(By.TAG_NAME, "body").send_keys("j")
    page.find_element(By.TAG_NAME, "body").send_keys("w")
    assert drawer(page).find_element(By.ID, "why-title").text.startswith("为什么是")


def test_a_click_on_the_timeline_explains_that_line_and_another_rule_is_judged(visit: Any, lead: Lead) -> None:
    page = visit(lead.owner, f"/leads/{lead.id}")
    page.find_elements(By.CSS_SELECTOR, ".thread a[data-why]")[-1].click()
    open_ = drawer(page)
    select = Select(open_.find_element(By.ID, "why-rule"))
    assert len(select.options) > 3
    select.select_by_value("assign-key-account")
    answer = open_.find_element(By.CSS_SELECTOR, "[data-why-answer]")
    WebDriverWait(page, 20).until(lambda _: "100 万元" in answer.text)
    assert "当时是" in answer.find_element(By.CSS_SELECTOR, ".why-clauses .bad").text
    assert page.current_url.endswith(f"/leads/{lead.id}")  # nothing was reloaded
    assert severe(page) == []


def test_a_link_opened_in_a_new_tab_is_the_page_itself(visit: Any, lead: Lead) -> None:
    page = visit(lead.owner, f"/why/lead/{lead.id}?rule=quality-unreachable")
    assert page.find_element(By.TAG_NAME, "h1").text.startswith("为什么是")
    assert "没有看到这一条" in page.find_element(By.CSS_SELECTOR, ".why-clauses").text
    Select(page.find_element(By.ID, "why-rule")).select_by_value("assign-key-account")
    WebDriverWait(page, 20).until(lambda _: "100 万元" in page.find_element(By.CSS_SELECTOR, ".why-clauses").text)
    assert severe(page) == []


def test_the_smallest_change_is_tried_in_a_draft_on_the_same_lead_as_it_stood_then(
    visit: Any, lead: Lead, company: Any
) -> None:
    page = visit(company.user("ops"), f"/why/lead/{lead.id}?rule=quality-unreachable")
    page.find_element(By.LINK_TEXT, "在草稿里试试").click()
    wait = WebDriverWait(page, 20)
    wait.until(lambda _: page.find_elements(By.CSS_SELECTOR, ".re-verdict"))
    assert page.find_element(By.CSS_SELECTOR, '[data-key="trial:record"]').get_attribute("value") == LEAD["company"]
    moment = Select(page.find_element(By.CSS_SELECTOR, '[data-key="trial:moment"]')).first_selected_option.text
    assert re.search(r"\b09:\d\d", moment), moment
    assert "不会触发" in page.find_element(By.CSS_SELECTOR, ".re-verdict").text
    assert severe(page) == []


def test_what_can_t_be_loaded_is_said_in_the_drawer(visit: Any, served: Any, lead: Lead) -> None:
    page = visit(lead.owner, f"/leads/{lead.id}")
    link = page.find_element(By.CSS_SELECTOR, f'a[data-why][href="/why/lead/{lead.id}"]')
    page.execute_script("arguments[0].href = '/why/lead/none'", link)
    link.click()
    # An element that is still sliding in has no text to the driver.
    WebDriverWait(page, 20).until(
        lambda _: any("没有取到" in one.text for one in page.find_elements(By.CSS_SELECTOR, f"{DRAWER} [role=alert]"))
    )


def test_on_a_phone_it_fills_the_screen_without_sideways_scroll(visit: Any, lead: Lead) -> None:
    page = visit(lead.owner, f"/leads/{lead.id}")
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    page.refresh()
    page.find_element(By.CSS_SELECTOR, f'a[data-why][href="/why/lead/{lead.id}"]').click()
    open_ = drawer(page)
    assert open_.size["width"] == 390
    assert page.execute_script(
        "const at = document.querySelector('.why-scroll'); return at.scrollWidth <= at.clientWidth"
    )
    small = page.execute_script(
        "return [...document.querySelectorAll('dialog.why-drawer :is(button, select)')]"
        ".filter((el) => el.offsetParent && el.offsetHeight < 44).map((el) => el.outerHTML)"
    )
    assert small == []
