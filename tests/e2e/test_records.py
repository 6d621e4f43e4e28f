"""Lists and forms of records in a real browser: choosing rows and columns, filtering, picking what a record belongs to."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contract, Lead
from clew.core.running import drain

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def lead(served: Any, company: Any) -> Lead:
    taken = intake.take(served.workspace, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    drain(served.workspace)
    return Lead.get_by_id(taken.id)


def contract(served: Any, lead: Lead, number: str) -> Contract:
    given = {"number": number, "amount": 10_000, "lead_id": lead.id, "customer_id": lead.customer_id}
    return served.workspace.door.create("contract", given, SYSTEM).record


def errors(page: Any) -> list[str]:
    return [one["message"] for one in page.get_log("browser") if one["level"] == "SEVERE"]


def test_rows_columns_and_filters_are_chosen(visit: Any, served: Any, company: Any, lead: Lead, await_: Any) -> None:
    for n in range(3):
        contract(served, lead, f"HT-{n}")
    page = visit(company.user("ops"), "/records/contract/")
    bar = page.find_element(By.ID, "bulk")
    assert not bar.is_displayed()
    top = page.find_element(By.CSS_SELECTOR, "table").location
    page.find_element(By.CSS_SELECTOR, "[data-all]").click()
    assert bar.is_displayed()
    assert "已选 3 条" in bar.text
    assert page.find_element(By.CSS_SELECTOR, "table").location == top
    page.find_element(By.CSS_SELECTOR, "[data-all]").click()
    page.find_element(By.TAG_NAME, "body").send_keys("jx")
    assert "已选 1 条" in bar.text
    page.find_element(By.TAG_NAME, "body").send_keys("x")
    assert not bar.is_displayed()
    page.find_element(By.CSS_SELECTOR, ".menu.wide summary").click()
    page.find_element(By.NAME, "number.has").send_keys("HT-1")
    Select(page.find_element(By.NAME, "status")).select_by_value("draft")
    page.find_element(By.CSS_SELECTOR, ".filter-form .primary").click()
    await_(lambda: "number.has=" in page.current_url, "the address")
    assert page.current_url.partition("?")[2] == "number.has=HT-1&status=draft"
    assert [one.text for one in page.find_elements(By.CSS_SELECTOR, "td a.name")] == ["HT-1"]
    page.find_element(By.CSS_SELECTOR, ".menu.right summary").click()
    page.find_element(By.CSS_SELECTOR, "[name=cols][value=signed_at]").click()
    page.find_element(By.CSS_SELECTOR, "[data-columns] .button").click()
    await_(lambda: "cols=" in page.current_url, "the columns")
    assert "签署时间" not in page.find_element(By.CSS_SELECTOR, "thead").text
    assert "number.has=HT-1" in page.current_url
    assert not errors(page)


def test_a_form_waits_for_what_it_needs_and_finds_what_the_record_belongs_to(
    visit: Any, lead: Lead, await_: Any
) -> None:
    page = visit(lead.owner, "/records/contract/new")
    save = page.find_element(By.CSS_SELECTOR, "main button[type=submit]")
    assert save.get_attribute("aria-disabled") == "true"
    assert "补上合同编号、金额后可以保存" in page.find_element(By.TAG_NAME, "main").text
    page.find_element(By.ID, "f-number").send_keys("HT-9")
    page.find_element(By.ID, "f-amount").send_keys("864000")
    assert save.get_attribute("aria-disabled") == "false"
    named = page.find_element(By.ID, "f-lead_id")
    named.send_keys("恒锐")
    await_(lambda: page.find_elements(By.CSS_SELECTOR, "#f-lead_id-names option"), "the names")
    named.send_keys("精密")
    await_(lambda: page.find_element(By.NAME, "id-lead_id").get_attribute("value"), "the id")
    save.click()
    await_(lambda: "合同已保存" in page.page_source, "the toast")
    assert Contract.get(number="HT-9").customer_id == lead.customer_id
    assert "¥864,000" in page.find_element(By.TAG_NAME, "main").text
    assert not errors(page)


def test_on_a_phone_all_that_is_touched_is_large_enough(visit: Any, served: Any, company: Any, lead: Lead) -> None:
    one = contract(served, lead, "HT-0")
    page = visit(company.user("ops"))
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        for path in (
            "/records/contract/?status=draft",
            "/leads/",
            f"/records/contract/{one.id}",
            "/records/contract/new",
        ):
            page.get(served.url + path)
            assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), path
            small = page.execute_script(
                """
                return [...document.querySelectorAll("main :is(button, summary, .button, select, .chip a, label:has(input))")]
                  .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43.5)
                  .map((e) => `${e.outerHTML.slice(0, 80)} ${e.getBoundingClientRect().height}`)"""
            )
            assert small == [], path
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
