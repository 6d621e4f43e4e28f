"""A decision table in a real browser: by keyboard, with paste, undo, repair and approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from clew.core.journal.origin import Actor, Origin
from clew.core.kinds import User
from clew.core.rulebook.versions import new_draft, open_draft, save_draft

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TABLE: dict[str, Any] = {
    "id": "east",
    "title": {"zh": "华东线索分配", "en": "East leads"},
    "purpose": {"zh": "谁来接新线索。", "en": "Who takes a new lead."},
    "trigger": "lead.created",
    "group": "assignment",
    "priority": 100,
    "hit": "first",
    "when": {"field": "lead.owner_id", "op": "missing"},
    "inputs": [{"field": "lead.industry"}, {"field": "lead.region"}, {"field": "lead.budget"}],
    "outputs": [{"action": "assign", "arg": "team"}],
    "rows": [
        {"id": "r1", "when": ["纺织机械", "浙江", "≥ 80 万"], "then": ["华东一部"]},
        {"id": "r2", "when": ["纺织机械", "浙江", "< 80 万 或 空"], "then": ["华东二部"]},
        {"id": "r3", "when": ["精密加工", "江苏", "≥ 50 万"], "then": ["华东一部"]},
        {"id": "rest", "when": ["-", "-", "-"], "then": ["华北部"]},
    ],
}


class Sheet:
    """The grid as a person works in it."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def one(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def cell(self, row: int, column: int) -> Any:
        return self.one(f'.dt-grid td[data-row="{row - 1}"][data-column="{column}"]')

    def text(self, row: int, column: int) -> str:
        # What only screen readers hear stands on a line of its own.
        return str(self.cell(row, column).text).strip().partition("\n")[0]

    def press(self, *keys: str, held: str = "") -> None:
        chain = ActionChains(self.browser)
        if held:
            chain.key_down(held)
        chain.send_keys(*keys)
        if held:
            chain.key_up(held)
        chain.perform()

    def paste(self, text: str) -> None:
        """Paste into the focused cell, as the browser tells the page of it."""
        script = """const data = new DataTransfer(); data.setData('text/plain', arguments[0]);
            document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))"""
        self.browser.execute_script(script, text)

    def until(self, act: Callable[[], Any], what: str) -> Any:
        """Wait until the page shows something; elements may be drawn anew meanwhile."""
        from selenium.common.exceptions import StaleElementReferenceException

        wait = WebDriverWait(self.browser, 30, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(lambda _: act(), what)

    def saved(self) -> None:
        self.until(lambda: "草稿已自动保存" in self.one('[data-slot="meta"]').text, "the draft is saved")

    def reason(self) -> str:
        return str(self.one("#dt-reason").text)


@pytest.fixture
def sheet(served: Any, visit: Any, company: Any) -> Sheet:
    """The table's page, opened by somebody of operations."""
    ops = company.user("ops")
    new_draft(served.workspace, TABLE, Origin(Actor.of(ops), "console"))
    return Sheet(visit(ops, "/tables/east"))


def draft() -> dict[str, Any]:
    """Return the document on record."""
    found = open_draft("east")
    assert found is not None
    return found.document


def test_a_day_at_the_table(sheet: Sheet, served: Any, company: Any) -> None:
    page = sheet
    assert "没有空缺、重叠和遮挡" in page.one('[data-slot="findings"]').text
    assert page.reason() == ""

    # By keyboard alone: to C2, typed over, Enter. What was typed comes back as the house writes it.
    page.cell(1, 0).click()
    page.press(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.TAB)
    assert page.one('[data-slot="at"]').text == "C2 · 预算"
    page.press("<=200万", Keys.ENTER)
    page.until(lambda: page.text(2, 2) == "≤ 200 万元", "the cell in the house's way")
    assert page.one('[data-slot="at"]').text == "C3 · 预算"

    # The overlap shows in both cells, and is repaired.
    page.until(lambda: "dt-amber" in page.cell(1, 2).get_attribute("class"), "the overlap in amber")
    assert "第 1 行和第 2 行重叠" in page.one(".dt-finding.overlap").text
    repair = page.browser.find_element(By.XPATH, "//button[text()='第 2 行改为 < 80 万元']")
    repair.click()
    page.until(lambda: page.text(2, 2) == "< 80 万元", "the repaired cell")
    page.until(lambda: not page.browser.find_elements(By.CSS_SELECTOR, ".dt-finding.overlap"), "no overlap")

    # Two rows from Excel: the one that is there is overwritten, the rest goes in before the catch-all.
    page.cell(3, 0).click()
    page.paste("精密加工\t江苏\t≥ 50万\t华东二部\n精密加工\t江苏\t< 20万\t华东一部\n")
    page.until(lambda: page.text(4, 2) == "< 20 万元", "the pasted row")
    page.until(lambda: page.browser.find_elements(By.CSS_SELECTOR, "tr.dt-gap"), "the gap as a row")
    assert "≥ 20 万元 且 < 50 万元" in page.one("tr.dt-gap").text
    assert page.reason() == "还有 1 个空缺要补上"
    page.one("[data-act=submit]").click()
    assert not page.one("#dt-submit").is_displayed()

    # Undone and done again; then the gap is filled with one click.
    page.cell(3, 0).click()
    page.press("z", held=Keys.CONTROL)
    page.until(lambda: len(page.browser.find_elements(By.CSS_SELECTOR, ".dt-grid tr[data-row]")) == 4, "undone")
    page.press("y", held=Keys.CONTROL)
    page.until(lambda: page.browser.find_elements(By.CSS_SELECTOR, "tr.dt-gap"), "done again")
    page.one(".dt-finding.gap .button.primary").click()
    page.until(lambda: not page.browser.find_elements(By.CSS_SELECTOR, "tr.dt-gap"), "the gap filled")
    page.until(lambda: page.reason() == "", "nothing in the way")

    # It was all saved meanwhile; now a colleague is asked.
    assert [row["when"][2] for row in draft()["rows"]].count("≥ 20 万 且 < 50 万") == 1
    page.one("[data-act=submit]").click()
    page.one("#dt-note").send_keys("江苏补齐")
    page.one("[data-act=send]").click()
    page.until(lambda: not page.one("#dt-submit").is_displayed() or page.one('[data-slot="refused"]').text, "an answer")
    assert page.one('[data-slot="refused"]').text == ""
    page.until(lambda: "待审批" in page.one('[data-slot="tags"]').text, "in review")
    assert page.reason().startswith("等同事审批")
    version = open_draft("east")
    assert version is not None
    assert (version.state, version.note) == ("review", "江苏补齐")
    assert not [entry for entry in page.browser.get_log("browser") if entry["level"] == "SEVERE"]


def test_rows_and_columns_move_come_and_go(sheet: Sheet) -> None:
    page = sheet
    page.cell(3, 0).click()
    page.press(Keys.ARROW_UP, held=Keys.ALT)
    page.until(lambda: page.text(2, 0) == "精密加工", "the row moved up")
    page.press(Keys.ARROW_RIGHT, held=Keys.ALT)
    page.until(lambda: page.text(2, 1) == "精密加工", "the column moved right")
    page.browser.find_element(By.XPATH, "//div[@data-slot='foot']//button[contains(., '加一行')]").click()
    page.until(lambda: page.text(3, 0) == "任意", "a new row")
    page.browser.find_element(By.XPATH, "//div[@data-slot='foot']//button[contains(., '删除第 3 行')]").click()
    page.browser.find_element(By.XPATH, "//div[@data-slot='foot']//button[contains(., '加一列')]").click()
    page.one("#dt-new-column option[value='field:lead.source']").click()
    page.one("[data-act=add-column]").click()
    page.until(lambda: "D 来源" in page.one(".dt-grid thead").text, "the new column")
    page.saved()
    page.until(lambda: [column["field"] for column in draft()["inputs"]][-1] == "lead.source", "saved")
    assert [column["field"] for column in draft()["inputs"]][:2] == ["lead.region", "lead.industry"]
    assert [row["id"] for row in draft()["rows"]] == ["r1", "r3", "r2", "rest"]

    # The row that catches the rest stays where it is.
    page.cell(4, 0).click()
    page.press(Keys.ARROW_UP, held=Keys.ALT)
    assert page.browser.find_elements(By.CSS_SELECTOR, "tr.dt-last")[0].get_attribute("data-row") == "3"


def test_escape_keeps_and_a_cell_nobody_can_read_is_marked(sheet: Sheet) -> None:
    page = sheet
    page.cell(1, 2).click()
    page.press(Keys.F2)
    page.press("9", Keys.ESCAPE)
    assert page.text(1, 2) == "≥ 80 万元"
    page.press("很多", Keys.ENTER)
    page.until(lambda: "dt-bad" in page.cell(1, 2).get_attribute("class"), "the cell marked")
    assert "C1：「很多」不是数字" in page.one('[data-slot="findings"]').text
    assert page.reason() == "还有 1 处要改正"
    page.press("z", held=Keys.CONTROL)
    page.until(lambda: page.text(1, 2) == "≥ 80 万元", "undone")


def test_who_comes_second_is_told_and_loses_nothing(sheet: Sheet, served: Any, company: Any) -> None:
    version = open_draft("east")
    assert version is not None
    other: User = company.user("admin")
    changed = {**version.document, "owner": "销售运营"}
    save_draft(served.workspace, version.id, changed, Origin(Actor.of(other), "console"), version.revision)
    page = sheet
    page.cell(1, 2).click()
    page.press("≥ 90万", Keys.ENTER)
    page.until(lambda: "在你编辑期间保存了这张表" in page.one('[data-slot="banner"]').text, "the banner")
    page.browser.find_element(By.XPATH, "//button[text()='用我的覆盖']").click()
    page.until(lambda: draft()["rows"][0]["when"][2] == "≥ 90 万", "mine kept")


def test_two_tables_that_assign_the_same_leads_are_held_up(sheet: Sheet, served: Any, company: Any) -> None:
    version = open_draft("east")
    assert version is not None
    alone = {key: value for key, value in version.document.items() if key not in ("group", "priority")}
    ops = Origin(Actor.of(company.user("ops")), "console")
    save_draft(served.workspace, version.id, alone, ops, version.revision)
    sheet.browser.refresh()
    assert "与其他规则冲突" in sheet.one('[data-slot="findings"]').text
    assert "线索分配" in sheet.one('[data-slot="findings"]').text
    assert sheet.reason().startswith("与其他规则有")
    sheet.one("[data-act=settings]").click()
    sheet.one("#dt-group").send_keys("assignment")
    sheet.one("#dt-priority").send_keys(Keys.CONTROL, "a")
    sheet.one("#dt-priority").send_keys("100")
    sheet.one("[data-act=keep-settings]").click()
    sheet.until(lambda: sheet.reason() == "", "no conflict in one group")
    assert (draft()["group"], draft()["priority"]) == ("assignment", 100)


def test_on_a_phone_only_the_grid_scrolls(sheet: Sheet) -> None:
    sheet.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    )
    sheet.browser.refresh()
    assert sheet.browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert sheet.browser.execute_script(
        "const s = document.querySelector('.dt-scroll'); return s.scrollWidth > s.clientWidth"
    )
