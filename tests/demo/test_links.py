"""No link of the console leads nowhere: each role follows all of them, as far as they go."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from clew.core.demo import company
from clew.core.kinds import RuleVersion

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')
# A record's id, a line's number, a rule's code: what comes after these words differs, and the page is of one kind.
_NAMED = re.compile(r"(?<=/)[0-9A-Z]{26}(?=/|$)|(?<=/line/)\d+|(?<=^/rules/)(?!new$)[\w-]+|(?<=^/tables/)[\w-]+")
MOST_OF_A_KIND = 3


@pytest.mark.parametrize("login", [login for login, _, _ in company.LOGINS])
def test_no_link_leads_nowhere(sign_in: Any, login: str) -> None:
    client = sign_in(login)
    to_do, seen, kinds = [("/", "the start")], {"/"}, {}  # type: ignore[var-annotated]
    wrong: list[str] = []
    while to_do:
        page, on = to_do.pop(0)
        answer = client.get(page)
        if answer.status_code not in (200, 302):
            wrong.append(f"{page} on {on} answers {answer.status_code}")
        if answer.mimetype != "text/html":
            continue
        for link in _LINK.findall(answer.text):
            target = urljoin(page, unescape(link)).partition("#")[0]
            if urlsplit(target).scheme or target in seen:
                continue
            seen.add(target)
            kind = _kind(target)
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= MOST_OF_A_KIND:
                to_do.append((target, page))
    assert not wrong
    assert len(kinds) > 5


def _kind(link: str) -> str:
    path, _, query = link.partition("?")
    return _NAMED.sub("*", path) + "?" + "&".join(sorted(part.partition("=")[0] for part in query.split("&")))


@pytest.mark.browser
@pytest.mark.slow
def test_links_that_scripts_make_lead_somewhere(sign_in: Any, served: Any, enter: Any) -> None:
    draft = RuleVersion.get(RuleVersion.state == "review")
    browser, client = enter(f"shenke@{company.DOMAIN}", company.PASSWORD), sign_in("shenke")
    made: set[str] = set()
    for page in ("/tables/assign", f"/rules/{draft.code}/edit"):
        browser.get(served.url + page)
        before = set(_LINK.findall(client.get(page).text))
        found = {a.get_dom_attribute("href") for a in browser.find_elements(By.CSS_SELECTOR, "a[href]")}
        made |= {link for link in found - before if not link.startswith("#")}
    answers = {link: client.get(link).status_code for link in made}
    assert set(answers.values()) == {200}, answers
    browser.find_element(By.CSS_SELECTOR, "[data-act=backtest]").click()
    WebDriverWait(browser, 20).until(lambda _: "/backtests/" in browser.current_url)
    assert browser.find_element(By.CSS_SELECTOR, f"input[name=version][value='{draft.id}']").is_selected()
