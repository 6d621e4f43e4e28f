"""The console in a real browser: what a manager and a seller do in a day."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, User
from clew.core.running import drain

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LEAD = {
    "company": "苏州恒锐精密机械有限公司",
    "contact_name": "高建明",
    "phone": "13812345678",
    "industry": "精密加工",
    "region": "江苏",
}


def _errors(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def test_a_seller_answers_a_lead_and_moves_it_on(visit: Any, served: Any, company: Any, await_: Any) -> None:
    ws = served.workspace
    lead = intake.take(ws, LEAD, SYSTEM).lead
    drain(ws)
    owner = User.get_by_id(Lead.get_by_id(lead.id).owner_id)
    page = visit(owner, f"/leads/{lead.id}")
    assert "13812345678" in page.page_source
    save = page.find_element(By.XPATH, "//button[text()='保存跟进']")
    assert save.get_attribute("aria-disabled") == "true"
    assert "后可以保存" in page.find_element(By.CSS_SELECTOR, "[data-missing]").text
    page.find_element(By.ID, "content").send_keys("客户认可方案，周四演示")
    assert save.get_attribute("aria-disabled") == "false"
    save.click()
    await_(lambda: "跟进已记下" in page.page_source, "the toast")
    drain(ws)
    assert Lead.get_by_id(lead.id).first_response_at is not None
    page.find_element(By.CSS_SELECTOR, "form:has(input[name=stage][value=diagnosis]) button").click()
    await_(lambda: Lead.get_by_id(lead.id).stage == "diagnosis", "the stage")
    drain(ws)
    page.get(page.current_url)
    assert len(page.find_elements(By.CSS_SELECTOR, ".tick")) > 0
    assert not _errors(page)


def test_what_was_typed_survives_a_reload(visit: Any, served: Any, company: Any) -> None:
    page = visit(company.user("sales"), "/leads/new")
    page.find_element(By.NAME, "company").send_keys("没写完的公司")
    page.refresh()
    assert page.find_element(By.NAME, "company").get_attribute("value") == "没写完的公司"


def test_a_lead_taken_in_by_hand_is_assigned(visit: Any, served: Any, company: Any, await_: Any) -> None:
    page = visit(company.user("ops"), "/leads/new")
    page.find_element(By.NAME, "company").send_keys(LEAD["company"])
    page.find_element(By.NAME, "phone").send_keys("12")
    page.find_element(By.CSS_SELECTOR, "main button[type=submit]").click()
    await_(lambda: "不是电话号码" in page.page_source, "the refusal")
    assert page.find_element(By.NAME, "company").get_attribute("value") == LEAD["company"]
    phone = page.find_element(By.NAME, "phone")
    phone.clear()
    phone.send_keys("13812345678")
    page.find_element(By.CSS_SELECTOR, "main button[type=submit]").click()
    await_(lambda: Lead.select().exists(), "the lead")
    drain(served.workspace)
    assert Lead.get().owner_id


def test_filters_stay_in_the_address_and_keys_open_rows(visit: Any, served: Any, company: Any, await_: Any) -> None:
    for n, source in enumerate(("phone", "exhibition")):
        values = {"company": f"厂{n}", "phone": f"1380000000{n}", "source": source}
        intake.take(served.workspace, values, SYSTEM)
    page = visit(company.user("ops"), "/leads/")
    Select(page.find_element(By.NAME, "source")).select_by_value("exhibition")
    await_(lambda: "source=" in page.current_url, "the address")
    rows = page.find_elements(By.CSS_SELECTOR, "tr[data-href]")
    assert [row.find_element(By.CSS_SELECTOR, "a.name").text for row in rows] == ["厂1"]
    page.find_element(By.TAG_NAME, "body").send_keys("j")
    page.find_element(By.TAG_NAME, "body").send_keys("\n")
    await_(lambda: "/leads/0" in page.current_url, "the lead's page")


def test_every_page_speaks_both_languages_and_fits_a_phone(visit: Any, served: Any, company: Any, await_: Any) -> None:
    intake.take(served.workspace, LEAD, SYSTEM)
    drain(served.workspace)
    page = visit(company.user("admin"))
    paths = (
        "/",
        "/leads/",
        "/customers/",
        "/tasks/",
        "/inbox/",
        "/rules/",
        "/report/",
        "/plugins/",
        "/journal/",
        "/dead-letters/",
        "/readiness/",
    )
    for width in (1440, 500):
        page.set_window_size(width, 900)
        for path in paths:
            page.get(served.url + path)
            assert len(page.find_elements(By.TAG_NAME, "h1")) == 1, path
            assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), (
                path,
                width,
            )
    page.set_window_size(1440, 900)
    page.get(served.url + "/")
    assert page.find_element(By.TAG_NAME, "html").get_attribute("lang") == "zh-CN"
    page.find_element(By.CSS_SELECTOR, "button[name=locale]").click()
    await_(lambda: page.execute_script("return document.documentElement.lang") == "en", "the page in English")
    for path in paths:
        page.get(served.url + path)
        rail = page.find_element(By.CSS_SELECTOR, "nav.rail").text
        assert rail.isascii(), path
    assert not _errors(page)


def test_what_was_typed_survives_a_refusal_and_goes_when_it_is_saved(
    visit: Any, served: Any, company: Any, await_: Any
) -> None:
    ws = served.workspace
    lead = intake.take(ws, LEAD, SYSTEM).lead
    drain(ws)
    owner = User.get_by_id(Lead.get_by_id(lead.id).owner_id)
    page = visit(owner, f"/leads/{lead.id}")
    page.find_element(By.ID, "content").send_keys("客户要先看样件")
    page.execute_script("document.querySelector('#content').form.csrf_token.value = 'stale'")
    page.find_element(By.XPATH, "//button[text()='保存跟进']").click()
    await_(lambda: "没有办成" in page.page_source, "the refusal")
    page.get(f"{served.url}/leads/{lead.id}")
    assert page.find_element(By.ID, "content").get_attribute("value") == "客户要先看样件"
    page.find_element(By.XPATH, "//button[text()='保存跟进']").click()
    await_(lambda: "跟进已记下" in page.page_source, "the toast")
    assert page.find_element(By.ID, "content").get_attribute("value") == ""
