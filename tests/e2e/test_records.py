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
from clew.core.storage.database import living_connection
from clew.core.storage.system_tables import BulkBatch
from clew.core.workbench import bulk

from .walks import Walk

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


def axe(page: Any) -> list[str]:
    from axe_playwright_python.base import AXE_SCRIPT

    page.execute_script(AXE_SCRIPT)
    found: list[str] = page.execute_async_script(
        "const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => v.id + ': ' + "
        "v.nodes.map((n) => n.html).join(' '))))"
    )
    return found


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
    page.find_element(By.NAME, "rowid").click()
    page.execute_script("window.stays = true")
    page.find_element(By.CSS_SELECTOR, ".menu.right summary").click()
    page.find_element(By.CSS_SELECTOR, "[name=cols][value=signed_at]").click()
    page.find_element(By.CSS_SELECTOR, "[data-columns] .button").click()
    await_(lambda: "cols=" in page.current_url, "the columns")
    assert "签署时间" not in page.find_element(By.CSS_SELECTOR, "thead").text
    assert "number.has=HT-1" in page.current_url
    # In place: nothing was loaded anew, what was chosen still is, and menus and keys work on.
    assert page.execute_script("return window.stays")
    assert "已选 1 条" in page.find_element(By.ID, "bulk").text
    assert not page.find_element(By.CSS_SELECTOR, "[data-columns]").is_displayed()
    goes_to = page.execute_script("return document.getElementById('bulk').getAttribute('action')")
    assert goes_to.startswith("/records/contract/bulk?number.has=HT-1&")
    page.find_element(By.TAG_NAME, "body").send_keys("jx")
    assert not page.find_element(By.ID, "bulk").is_displayed()
    page.find_element(By.CSS_SELECTOR, ".menu.right summary").click()
    page.find_element(By.CSS_SELECTOR, "[name=cols][value=signed_at]").click()
    page.find_element(By.CSS_SELECTOR, "[data-columns] .button").click()
    await_(lambda: "签署时间" in page.find_element(By.CSS_SELECTOR, "thead").text, "the column")
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


@pytest.mark.parametrize("width", [1440, 390])
def test_a_view_is_saved_and_a_bulk_act_of_two_parts_is_undone(
    visit: Any, served: Any, company: Any, lead: Lead, await_: Any, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk.run_part, "__defaults__", (2,))
    for n in range(5):
        contract(served, lead, f"HT-{n}")
    page = visit(company.user("ops"), "/records/contract/?status=draft&sort=amount")
    page.set_window_size(width, 900)
    walk = Walk(page, await_)
    walk.click(".views details:last-child summary")
    walk.type("#view-new-name", "草稿合同")
    walk.leave_by("[name=do][value=save]")
    walk.reads("已存为「草稿合同」")
    assert page.find_element(By.CSS_SELECTOR, ".views .tabs [aria-current]").text.split() == ["草稿合同", "5"]
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []
    if width == 1440:
        # By keys alone: the row, and what can be done with it; ? names the keys, and they can be turned off.
        body = page.find_element(By.TAG_NAME, "body")
        body.send_keys("?")
        assert "选中这一行" in page.find_element(By.ID, "keys").text
        walk.click("[data-single-keys]")
        walk.click("#keys [data-do=close]")
        body.send_keys("jx")
        assert not page.find_elements(By.CSS_SELECTOR, "[name=rowid]:checked")
        page.execute_script("document.getElementById('keys').showModal()")
        walk.click("[data-single-keys]")
        walk.click("#keys [data-do=close]")
        walk.click("[data-all]")
    else:
        for one in page.find_elements(By.NAME, "rowid"):
            # The bar of bulk acts lies over the lower rows, and the page goes on below them.
            page.execute_script("arguments[0].scrollIntoView({block: 'center'})", one)
            one.click()
    walk.leave_by("[name=action][value=set]")
    walk.choose("[name=field]", "amount")
    walk.type("[name=target]", "many")
    walk.leave_by("form .filters button:not([name])")
    walk.reads("不是金额")
    walk.type("[name=target]", "90000")
    walk.leave_by("form .filters button:not([name])")
    walk.leave_by("[name=do]")
    walk.reads("还剩 3 条，共 5 条")
    walk.reads("可以离开这一页")
    assert axe(page) == []
    ws = served.workspace
    with living_connection():
        assert bulk.run_bulk(ws, BulkBatch.get().id)
    walk.reads("5 条已改为「¥90,000」")
    assert {int(one.amount) for one in Contract.select()} == {90_000}
    assert axe(page) == []
    walk.leave_by(".toast .undo")
    walk.reads("还剩 3 条，共 5 条")
    with living_connection():
        assert bulk.run_bulk(ws, BulkBatch.get().id)
    walk.reads("已撤销 5 条")
    assert {int(one.amount) for one in Contract.select()} == {10_000}
    assert page.find_elements(By.CSS_SELECTOR, "[data-batch]") == []
    assert not errors(page)
    walk.told(f"a view saved, a field set for five and undone ({width})")
