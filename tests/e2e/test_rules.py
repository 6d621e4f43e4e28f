"""The rule pages in a real browser: a second person approves, compares, rolls back, and undoes what a rule did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, RuleRecord, RuleVersion, Task
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import begin_draft, new_draft, save_draft, submit
from clew.core.running import run_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CODE = "quality-unreachable"
GREET = {
    "id": "greet-machining",
    "title": {"zh": "精密加工归华南", "en": "Machining goes south"},
    "purpose": {"zh": "错误的规则", "en": "A wrong rule"},
    "trigger": "lead.assigned",
    "priority": -500,
    "when": {
        "all": [
            {"field": "lead.industry", "op": "==", "value": "精密加工"},
            {"field": "lead.team", "op": "==", "value": "华东一部"},
        ]
    },
    "then": [{"assign": {"team": "华南部"}}, {"create_task": {"title": "当天致电", "assignee": "owner"}}],
}


@pytest.fixture
def people(company: Any) -> Callable[[str], Origin]:
    return lambda role: Origin(Actor.of(company.user(role)), "console")


def _button(page: Any, words: str) -> Any:
    found = [one for one in page.find_elements(By.XPATH, f"//button[contains(., '{words}')]") if one.is_displayed()]
    assert found, f"no button 「{words}」 to be seen"
    return found[0]


def _says(page: Any, where: str, words: str) -> None:
    """Wait until a part of the page says so; the page may be on its way to the next one meanwhile."""
    patient = WebDriverWait(page, 30, ignored_exceptions=(NoSuchElementException, StaleElementReferenceException))
    patient.until(lambda _: words in page.find_element(By.CSS_SELECTOR, where).text, f"waited for 「{words}」")


def _errors(page: Any) -> list[str]:
    return [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]


def test_a_second_person_approves_compares_and_rolls_back(visit: Any, served: Any, company: Any, people: Any) -> None:
    ws = served.workspace
    version = begin_draft(ws, CODE, people("ops"))
    save_draft(ws, version.id, {**version.document, "priority": 77}, people("ops"))
    submit(ws, version.id, "优先级提前", people("ops"))
    page = visit(company.user("ops"), f"/approvals/{version.id}")
    assert _button(page, "批准这一版").get_attribute("aria-disabled") == "true"
    _button(page, "批准这一版").click()
    assert RuleVersion.get_by_id(version.id).state == "review"
    assert "四眼原则" in page.find_element(By.ID, "why-not").text
    page = visit(company.user("manager"), "/")
    assert page.find_element(By.CSS_SELECTOR, ".rail .waits").text.startswith("1")
    page.find_element(By.CSS_SELECTOR, ".rail a[href='/approvals/']").click()
    page.find_element(By.LINK_TEXT, "审阅").click()
    assert "优先级提前" in page.find_element(By.TAG_NAME, "main").text
    _button(page, "批准这一版").click()
    _says(page, ".toasts", "第 2 版已生效")
    assert RuleRecord.get(RuleRecord.code == CODE).version == 2
    page.get(f"{served.url}/rules/{CODE}?tab=versions")
    page.find_element(By.LINK_TEXT, "改了什么").click()
    assert "改了 1 处" in page.find_element(By.TAG_NAME, "h1").text
    assert page.find_element(By.CSS_SELECTOR, "td.come").text.endswith("priority: 77")
    page.get(f"{served.url}/rules/{CODE}?tab=versions")
    _button(page, "回滚到第 1 版").click()
    dialog = page.find_element(By.ID, "rb-back-1")
    assert "立即生效" in dialog.text
    dialog.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    _says(page, ".toasts", "已回滚到第 1 版的内容")
    assert RuleRecord.get(RuleRecord.code == CODE).version == 3
    assert not _errors(page)


def test_a_switch_asks_first_and_escape_leaves_it(visit: Any, served: Any, company: Any) -> None:
    page = visit(company.user("ops"), f"/rules/?q={CODE}")
    switch = page.find_element(By.CSS_SELECTOR, "button.toggle")
    switch.click()
    dialog = page.find_element(By.ID, "rb-confirm")
    assert "不再对新事件做决定" in dialog.text
    dialog.find_element(By.XPATH, ".//button[contains(., '取消')]").click()
    assert not dialog.is_displayed()
    assert RuleRecord.get(RuleRecord.code == CODE).enabled
    switch.click()
    _button(page, "停用规则").click()
    _says(page, ".toasts", "已停用")
    assert f"q={CODE}" in page.current_url, "back at the same list"
    assert not RuleRecord.get(RuleRecord.code == CODE).enabled


def test_effects_are_previewed_and_undone_with_progress(visit: Any, served: Any, company: Any, people: Any) -> None:
    ws = served.workspace
    draft = new_draft(ws, GREET, people("ops"))
    approve(ws, submit(ws, draft.id, "", people("ops")).id, people("manager"))
    values = {"industry": "精密加工", "region": "江苏", "phone": ""}
    leads = [
        intake.take(ws, {**values, "company": f"{name}有限公司", "email": f"a{n}@a{n}.example"}, SYSTEM).lead
        for n, name in enumerate(("恒锐精密", "远达机械"))
    ]
    run_until(ws, ws.clock.now() + timedelta(minutes=5))
    page = visit(company.user("ops"), f"/rules/{GREET['id']}")
    page.find_element(By.LINK_TEXT, "撤销影响").click()
    _button(page, "预览").click()
    assert "可以撤销第 1 版的" in page.find_element(By.TAG_NAME, "h1").text
    assert {task.state for task in Task.select().where(Task.title == "当天致电")} == {"open"}, (
        "a preview writes nothing"
    )
    act = _button(page, "撤销这")
    assert act.get_attribute("aria-disabled") == "true"
    page.find_element(By.ID, "undo-note").send_keys("规则写错了")
    page.find_element(By.ID, "undo-name").send_keys("精密加工归华南")
    assert act.get_attribute("aria-disabled") == "false"
    act.click()
    _says(page, "h1", "已撤销")
    assert "规则写错了" in page.find_element(By.TAG_NAME, "main").text
    home = company.teams["华东一部"].id
    assert {Lead.get_by_id(lead.id).team_id for lead in leads} == {home}
    assert {task.state for task in Task.select().where(Task.title == "当天致电")} == {"cancelled"}
    assert not _errors(page)


def test_the_pages_fit_a_phone(visit: Any, served: Any, company: Any, people: Any) -> None:
    version = begin_draft(served.workspace, CODE, people("ops"))
    save_draft(served.workspace, version.id, {**version.document, "priority": 77}, people("ops"))
    submit(served.workspace, version.id, "优先级提前", people("ops"))
    assert RuleVersion.get_by_id(version.id).state == "review"
    page = visit(company.user("manager"), "/rules/")
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for path in (
        "/rules/",
        f"/rules/{CODE}",
        f"/rules/{CODE}?tab=versions",
        f"/rules/{CODE}/compare?a=1&b=2",
        f"/rules/{CODE}/undo?version=1&since=&until=",
        "/approvals/",
        f"/approvals/{version.id}",
    ):
        page.get(served.url + path)
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390, path
