"""Sign-in, the rail's pages and the inner pages below pass axe (WCAG 2.1 AA, best practices), in both themes and languages."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from clew.core.demo import company
from clew.core.kinds import Calendar, Contract, Customer, Deadline, Lead, RuleVersion, User

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ASK = """
const done = arguments[arguments.length - 1];
const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
axe.run(document, { runOnly, resultTypes: ["violations"] }).then(({ violations }) => done(
  violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`))));
"""


def _faults(page: Any) -> list[str]:
    if not page.execute_script("return 'axe' in window"):
        page.execute_script(AXE)
    return [re.sub(r"\s+", " ", one) for one in page.execute_async_script(ASK)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing(served: Any, browser: Any, enter: Any, language: str) -> None:
    browser.get(served.url + "/sign-in")
    assert _faults(browser) == [], "on the sign-in page"
    page = enter(f"hanxu@{company.DOMAIN}", company.PASSWORD)
    if language == "en":
        page.find_element(By.CSS_SELECTOR, "button[name=locale][value=en]").click()
        WebDriverWait(page, 20).until(lambda _: page.find_elements(By.CSS_SELECTOR, "html[lang=en]"))
    lead = Lead.select().where(Lead.outcome == "open").order_by(Lead.id.desc()).first()
    contract = Contract.select().first()
    review = RuleVersion.get(RuleVersion.state == "review")
    seller = lead.owner
    rails = [one.get_attribute("href") for one in page.find_elements(By.CSS_SELECTOR, ".rail a.item")]
    assert len(rails) > 12
    paths = [
        "/inbox/",
        "/me/",
        f"/accounts/{User.select().first().id}",
        "/leads/new",
        f"/leads/{lead.id}",
        f"/customers/{Customer.select().first().id}",
        f"/records/customer/{Customer.select().first().id}/edit",
        "/records/contract/?amount.from=1000&sort=amount&desc=1",
        "/records/contract/?q=nothing",
        "/records/contract/new",
        f"/records/contract/{contract.id}",
        f"/records/contract/{contract.id}/edit",
        f"/why/lead/{lead.id}?rule=quality-unreachable",
        "/rules/first-response-escalate",
        "/rules/first-response-escalate?tab=firings",
        "/rules/first-response-escalate/compare",
        "/rules/first-response-escalate/undo",
        "/rules/first-response-start/edit",
        "/tables/assign",
        f"/calendars/{Calendar.get(Calendar.scope == 'organisation').id}",
        f"/deadlines/{Deadline.select().first().id}",
        f"/approvals/{review.id}",
        f"/people/{seller.id}",
        f"/people/{seller.id}/edit",
        f"/people/{seller.id}/leave",
        f"/people/?team={seller.team_id}",
        "/people/?q=nothing",
        "/people/new",
        "/people/changes/",
        "/teams/new",
        f"/teams/{seller.team_id}",
        f"/teams/{seller.team_id}/split?name=x&people={seller.id}",
        f"/teams/{seller.team_id}/merge",
        f"/merging/customer/{lead.customer_id}",
        f"/merging/customer/{lead.customer_id}?into_id={contract.customer_id}",
        f"/merging/customer/{lead.customer_id}/split",
        "/records/lead/bulk/",
        "/nowhere",
    ]
    wrong = {}
    for url in rails + [served.url + path for path in paths]:
        page.get(url)
        for theme in ("light", "dark"):
            page.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
            if found := _faults(page):
                wrong[f"{url.removeprefix(served.url)} {theme}"] = found
    assert wrong == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_while_dialogs_and_menus_are_open(
    served: Any, browser: Any, enter: Any, language: str
) -> None:
    page = enter(f"linlan@{company.DOMAIN}", company.PASSWORD)
    if language == "en":
        page.find_element(By.CSS_SELECTOR, "button[name=locale][value=en]").click()
        WebDriverWait(page, 20).until(lambda _: page.find_elements(By.CSS_SELECTOR, "html[lang=en]"))
    manager = User.get(User.email == f"linlan@{company.DOMAIN}")
    lead = Lead.select().where((Lead.team == manager.team_id) & (Lead.outcome == "open")).first()
    contract = Contract.select().join(Lead).where(Lead.team == manager.team_id).first()
    paths = ["/", "/leads/", f"/leads/{lead.id}", f"/customers/{lead.customer_id}", f"/contracts/{contract.id}"]
    wrong, opened = {}, 0
    for path in paths:
        page.get(served.url + path)
        page.execute_script("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        for number in range(-1, len(page.find_elements(By.CSS_SELECTOR, "dialog"))):
            if number >= 0:
                page.execute_script("document.querySelectorAll('dialog')[arguments[0]].showModal()", number)
                opened += 1
            for theme in ("light", "dark"):
                page.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
                if found := _faults(page):
                    wrong[f"{path} dialog {number} {theme}"] = found
            if number >= 0:
                page.execute_script("document.querySelectorAll('dialog')[arguments[0]].close()", number)
    assert opened >= 2 * len(paths)
    assert wrong == {}
