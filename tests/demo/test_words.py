"""No page that a login's rail leads to shows what only machines read, in Chinese or in English."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urljoin

import pytest

from clew.core.demo import company

_RAIL = re.compile(r'<a class="item[^"]*"[^>]*href="([^"]*)"')
_ROW = re.compile(r'href="(/(?:leads|customers|contracts|records/\w+|rules)/[^"?#]+)"')
_UNREAD = re.compile(r"(?s)<(script|style|template|svg|code|pre|textarea|datalist)\b.*?</\1>|<!--.*?-->")
_BLOCK = re.compile(r"</?(?:div|p|li|tr|td|th|h\d|section|option|dt|dd|br|header|label|button|a|span)\b[^>]*>")
_MACHINES = {
    "an ISO moment": re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d"),
    "an id": re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b"),
    "a name in code": re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b"),
    "an amount without separators": re.compile(r"(?:预算|金额|budget|amount)\D{0,6}\d{5,}"),
    "a value of Python": re.compile(r"\bNone\b(?! yet|:)|\bundefined\b|Markup\("),
    "one of many": re.compile(
        r"(?<![\d.,–-])\b1 (?:leads|things|rules|hours|records|contracts|tasks|rows|people|payments|plugins|customers)\b"
    ),
}
_HALF_WIDTH = re.compile(r"[一-鿿][,;:!?](?=[一-鿿])")
_OF_MACHINES = ("/journal/", "/dead-letters/", "/tables/")
"""Pages about the names themselves, for who looks after the system."""


def lines_of(page: str) -> list[str]:
    """Return what a page says, a piece of text a line."""
    text = re.sub(r"<[^>]+>", "", _BLOCK.sub("\n", _UNREAD.sub(" ", page)))
    return [line.strip() for line in html.unescape(text).splitlines() if line.strip()]


@pytest.mark.slow
@pytest.mark.parametrize("login", [login for login, _, _ in company.LOGINS])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_say_everything_in_words(sign_in: Any, login: str, language: str) -> None:
    client = sign_in(login)
    client.post("/language", data={"locale": language})
    start = client.get("/").text
    assert f'lang="{language}' in start
    rail = [one for one in dict.fromkeys(map(html.unescape, _RAIL.findall(start))) if one not in _OF_MACHINES]
    assert len(rail) > 4
    wrong: list[str] = []
    seen: set[str] = set()
    for path in rail:
        page = client.get(path).text
        rows = [one for one in dict.fromkeys(_ROW.findall(page)) if urljoin(path, one) not in seen][:1]
        for here, shown in ((path, page), *((row, client.get(row).text) for row in rows)):
            seen.add(here)
            for line in lines_of(shown):
                wrong += [f"{here}: {name}: {line}" for name, one in _MACHINES.items() if one.search(line)]
                if _HALF_WIDTH.search(line):
                    wrong.append(f"{here}: half-width: {line}")
    assert not wrong
