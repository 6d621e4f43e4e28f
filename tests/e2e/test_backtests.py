"""Backtests in a real browser: asked for, watched, stopped, read down to the record, approved."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from clew.core import backtest
from clew.core.intake import take as intake
from clew.core.journal.origin import Actor, Origin
from clew.core.kinds import RuleRecord, RuleVersion
from clew.core.rulebook.versions import begin_draft, save_draft, submit
from clew.core.running import run_until
from clew.core.storage.system_tables import Backtest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def draft(workspace: Any, company: Any) -> RuleVersion:
    """Some silent leads, and a draft of operations that waits for approval: five minutes instead of thirty."""
    ws = workspace
    for number in range(4):
        values = {
            "company": f"客户{number}有限公司",
            "phone": f"1380000000{number}",
            "industry": "精密加工",
            "region": "江苏",
        }
        intake.take(ws, values, Origin(Actor("public", name="官网"), "form"))
        run_until(ws, ws.clock.now() + timedelta(minutes=40))
        lead = backtest_lead(number)
        if number % 2:
            talk = {"lead_id": lead.id, "way": "phone", "content": "约了演示"}
            ws.door.create("follow_up", talk, Origin(Actor.of(lead.owner), "console"))
    run_until(ws, ws.clock.now() + timedelta(days=1))
    author = Origin(Actor.of(company.user("ops")), "console")
    version = begin_draft(ws, "first-response-start", author)
    then = [{"start_deadline": {"name": "first_response", "working_minutes": 5}}]
    document = {**version.document, "then": then, "tests": []}
    version = save_draft(ws, version.id, document, author)
    return submit(ws, version.id, "想让主管早点知道", author)


def backtest_lead(number: int) -> Any:
    from clew.core.kinds import Lead

    return Lead.get(Lead.company == f"客户{number}有限公司")


def test_a_reviewer_asks_watches_reads_and_approves(
    visit: Any, served: Any, draft: RuleVersion, company: Any, await_: Callable[..., Any]
) -> None:
    ws = served.workspace
    page = visit(company.user("manager"), f"/backtests/?version={draft.id}")
    assert page.find_element(By.CSS_SELECTOR, "input[name=version]").is_selected()
    page.find_element(By.CSS_SELECTOR, "input[value=week]").click()
    page.find_element(By.CSS_SELECTOR, "form[data-backtest] button[type=submit]").click()
    bar = WebDriverWait(page, 20).until(lambda p: p.find_element(By.CSS_SELECTOR, "[data-running] progress"))
    assert bar.get_attribute("aria-label") == "回测进度"
    row = await_(lambda: Backtest.select().first(), "the backtest")

    backtest.run(ws, row.id)
    table = WebDriverWait(page, 30).until(lambda p: p.find_element(By.CSS_SELECTOR, ".bt-table"))
    heading = page.find_element(By.TAG_NAME, "h1").text
    assert "若用" in heading
    assert "升级" in heading
    assert "华东一部" in table.text
    page.find_element(By.CSS_SELECTOR, ".bt-table tbody a").click()
    first = WebDriverWait(page, 20).until(lambda p: p.find_element(By.CSS_SELECTOR, ".bt-difference"))
    first.find_element(By.TAG_NAME, "summary").click()
    assert "超时未响应则升级" in first.find_element(By.CSS_SELECTOR, ".bt-why").text
    assert "客户" in first.find_element(By.CSS_SELECTOR, ".bt-what a").text
    assert not [one for one in page.get_log("browser") if one["level"] == "SEVERE"]

    page.find_element(By.CSS_SELECTOR, ".bt-answer .primary").click()
    await_(lambda: RuleVersion.get_by_id(draft.id).state == "published", "the rule to be in force")
    assert RuleRecord.get(RuleRecord.code == draft.code).document["then"][0]["start_deadline"]["working_minutes"] == 5


def test_one_that_is_running_can_be_stopped(
    visit: Any, served: Any, draft: RuleVersion, company: Any, await_: Callable[..., Any]
) -> None:
    ws = served.workspace
    page = visit(company.user("ops"), "/backtests/")
    page.find_element(By.CSS_SELECTOR, "input[value=week]").click()
    page.find_element(By.CSS_SELECTOR, "form[data-backtest] button[type=submit]").click()
    WebDriverWait(page, 20).until(lambda p: p.find_element(By.CSS_SELECTOR, "[data-running]"))
    row = await_(lambda: Backtest.select().first(), "the backtest")
    held = threading.Event()

    def work() -> None:
        while parts := backtest.due(ws, row.id):
            backtest.run_part(ws, parts[0], between=lambda: held.wait(60))

    worker = threading.Thread(target=work)
    worker.start()
    await_(lambda: Backtest.get_by_id(row.id).state == "running", "the worker to begin")
    page.find_element(By.CSS_SELECTOR, "[data-running] button").click()
    await_(lambda: Backtest.get_by_id(row.id).stop_asked, "the stop")
    held.set()
    worker.join(60)
    # The page loads itself anew: what was found a moment ago may be of the page before.
    WebDriverWait(page, 30, ignored_exceptions=[StaleElementReferenceException]).until(
        lambda p: (
            "停止" in p.find_element(By.ID, "main").text and not p.find_elements(By.CSS_SELECTOR, "[data-running]")
        )
    )
    assert Backtest.get_by_id(row.id).state == "stopped"
