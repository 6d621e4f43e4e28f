"""A manager's and a seller's morning in a real browser, in both languages: what they click, and how long it takes."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.kinds import FollowUp, Lead, Task
from clew.core.running import drain

from ..mornings import Morning, live_a_morning
from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ASK = """
const done = arguments[arguments.length - 1];
const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
axe.run(document, { runOnly, resultTypes: ["violations"] }).then(({ violations }) => done(
  violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`))));
"""
WORDS = {
    "zh": (
        "3 条线索超时未响应",
        "先回 3 条超时线索",
        "跟进已记下",
        "2 份合同等终审",
        "1 份合同签署超 5 个工作日未开票",
        "已提醒",
    ),
    "en": (
        "3 leads unanswered in time",
        "First answer 3 late leads",
        "Follow-up saved",
        "2 contracts wait for review",
        "1 contract not invoiced",
        "was reminded",
    ),
}


@pytest.fixture
def morning(workspace: Any, company: Any) -> Morning:
    return live_a_morning(workspace, company)


@pytest.fixture
def speak(visit: Any, workspace: Any) -> Any:
    """A function that opens today for somebody in a language."""

    def go(user: Any, language: str) -> Any:
        page = visit(user, "/")
        if language == "en":
            page.find_element(By.CSS_SELECTOR, "button[name=locale][value=en]").click()
            page.get(page.current_url.split("/?")[0])
        return page

    return go


def clean(page: Any) -> None:
    """Hold the page to axe in both themes, and to no sideways scroll on a phone."""
    page.execute_script(AXE)
    for theme in ("light", "dark"):
        page.execute_script(f"document.documentElement.dataset.theme = '{theme}'")
        assert [re.sub(r"\s+", " ", one) for one in page.execute_async_script(ASK)] == [], theme
    page.set_window_size(500, 900)
    assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    page.set_window_size(1440, 900)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_managers_morning(speak: Any, workspace: Any, morning: Morning, await_: Any, language: str) -> None:
    page = speak(morning.manager, language)
    walk = Walk(page, await_)
    heading = walk.one("h1").text
    assert WORDS[language][0] in heading
    assert morning.seller.name in heading
    clean(page)
    walk.leave_by("form[action^='/day/remind'] button")
    walk.reads(WORDS[language][5])
    walk.leave_by("form[action^='/day/take'] button")
    walk.leave_by("button.undo")
    await_(lambda: Lead.select().where(Lead.owner == morning.manager.id).count() == 0, "the lead back at the seller's")
    walk.leave_by(".help button[name=action][value=assign]")
    walk.choose("select[name=target]", morning.colleague.id)
    walk.leave_by("button[name=do]")
    await_(lambda: Lead.select().where(Lead.owner == morning.colleague.id).count() == 4, "the leads at the colleague's")
    drain(workspace)
    walk.leave_by(".rail a.item[href='/']")
    assert morning.colleague.name in walk.one("h1").text
    walk.leave_by(".card header a[href='/leads/?waits=team_late']")
    assert len(page.find_elements(By.CSS_SELECTOR, "tr[data-href]")) == 3
    walk.told(f"a manager's morning, {language}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sellers_morning_by_keys(speak: Any, morning: Morning, await_: Any, language: str) -> None:
    page = speak(morning.seller, language)
    walk = Walk(page, await_)
    assert WORDS[language][1] in walk.one("h1").text
    body = page.find_element(By.TAG_NAME, "body")
    body.send_keys("j")
    body.send_keys("l")
    walk.one(".item.open textarea").send_keys("要 40 台，问能不能分两批")
    clean(page)
    page.refresh()
    text = page.find_element(By.CSS_SELECTOR, ".item textarea")
    assert text.get_attribute("value") == "要 40 台，问能不能分两批"
    page.find_element(By.TAG_NAME, "body").send_keys("l")
    walk.type(".item.open input[name=next_step]", "发同行案例")
    walk.date(".item.open input[name=next_at]", "2026-11-25T17:00")
    before = page.find_element(By.TAG_NAME, "html")
    walk.one(".item.open textarea").send_keys(Keys.CONTROL, Keys.ENTER)
    await_(lambda: before != page.find_element(By.TAG_NAME, "html"), "the next row")
    walk.reads(WORDS[language][2])
    first, second = morning.late[:2]
    assert FollowUp.get().lead_id == first.id
    assert Task.get(Task.title == "发同行案例").lead_id == first.id
    opened = walk.one(".item.open form.log")
    assert opened.get_attribute("action").endswith(second.id)
    assert walk.one(".item.open textarea").get_attribute("value") == ""
    walk.told(f"a seller's morning, {language}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_legal_finance_and_operations(
    speak: Any, company: Any, morning: Morning, await_: Any, language: str
) -> None:
    page = speak(company.user("legal"), language)
    walk = Walk(page, await_)
    assert WORDS[language][3] in walk.one("h1").text
    walk.click(".back summary")
    clean(page)
    walk.type(".back[open] textarea", "争议条款改成乙方所在地")
    walk.leave_by(".back[open] button[name=status]")
    walk.leave_by(".verdict button[value=signed]")
    walk.told(f"legal, {language}")
    page = speak(company.user("finance"), "zh" if language == "zh" else "en")
    walk = Walk(page, await_)
    assert WORDS[language][4] in walk.one("h1").text
    walk.click(".bill .back summary")
    clean(page)
    walk.type(".back[open] input[name=number]", "FP-2026-1")
    walk.leave_by(".back[open] button[type=submit]")
    walk.told(f"finance, {language}")
    clean(speak(company.user("ops"), language))
