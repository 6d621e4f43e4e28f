"""What a page asks to follow what changes, and what Ctrl K asks: row by row, masked, and at the same cost however much there is."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

from __future__ import annotations

import re
from typing import Any

import pytest

from clew.admin import words
from clew.core.journal import news as journal_news
from clew.core.journal.news import news
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, User
from clew.core.storage.database import database
from clew.core.storage.system_tables import JournalLine, SignInSession

from .records import desk, lead, made, owner, stranger, ws  # noqa: F401 - fixtures


def _at(page: Any) -> tuple[str, str]:
    """Return where the journal stood for a page, and what it asks about."""
    found = re.search(r'data-live-at="([^"]*)" data-live-on="([^"]*)"', page.text)
    assert found
    return found[1], found[2]


def _asked(client: Any, at: str, on: str) -> dict[str, Any]:
    found: dict[str, Any] = client.client.get("/live", query_string={"at": at, "on": on}).json
    return found


def test_who_sees_a_record_hears_who_changed_it_and_nobody_else_does(
    ws: Any, made: Any, lead: Lead, owner: User, stranger: User, desk: Any
) -> None:
    mine, theirs, admin = desk(owner), desk(stranger), made.user("admin")
    at, on = _at(mine.get(f"/leads/{lead.id}"))
    listed, list_on = _at(theirs.get("/leads/"))
    assert (on, list_on) == (f"record/lead/{lead.id}", "list/lead")
    assert _asked(mine, at, on) == {"at": at}

    ws.door.change("lead", lead.id, {"region": "浙江"}, Origin(Actor.of(admin), "console"))

    told = _asked(mine, at, on)
    assert (told["changed"], told["who"]) == (True, admin.name)
    assert {"inbox", "leads", "today"} <= told["waits"].keys()
    assert "changed" in _asked(mine, at, "list/lead")
    assert "changed" in _asked(mine, at, "day")
    assert "changed" not in _asked(mine, at, "list/contract")
    assert _asked(mine, told["at"], on) == {"at": told["at"]}
    for about in (on, "list/lead", "day"):
        assert _asked(theirs, listed, about).keys() == {"at"}


def test_what_one_did_oneself_has_nobodys_name(ws: Any, lead: Lead, owner: User, desk: Any) -> None:
    mine = desk(owner)
    at, on = _at(mine.get(f"/leads/{lead.id}"))

    ws.door.change("lead", lead.id, {"region": "浙江"}, Origin(Actor.of(owner), "console"))

    told = _asked(mine, at, on)
    assert (told["changed"], told["who"]) == (True, "")


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("", "record/lead/x"),
        ("1.", "record//"),
        ("1.1", "list/nothing"),
        ("999999999999999999.1", "day"),
        ("١.١", "record/lead/" + "9" * 400),
        ("1.1\x00", "day"),
        ("1" * 400, "\ud800"),
    ],
)
def test_marks_and_pages_that_are_none_are_answered_all_the_same(made: Any, desk: Any, at: str, on: str) -> None:
    answer = desk(made.user("admin")).client.get("/live", query_string={"at": at, "on": on.encode("utf-8", "replace")})

    assert answer.status_code in (200, 422)
    assert answer.status_code == 422 or "error" not in answer.json


def test_strangers_are_told_that_they_are_signed_out(desk: Any, owner: User) -> None:
    mine = desk(owner)
    mine.post("/sign-out")

    assert mine.get("/live?at=1.1").status_code == 401
    assert mine.get("/find?q=a").status_code == 401


def test_a_page_that_was_left_open_keeps_no_session_alive(ws: Any, owner: User, desk: Any) -> None:
    mine = desk(owner)
    row = SignInSession.get(SignInSession.user_id == owner.id)
    ws.clock.advance(minutes=20)

    mine.get("/live?at=1.1")
    mine.client.get("/", headers={"X-Clew-Live": "1"})
    assert SignInSession.get_by_id(row.id).seen_at == row.seen_at

    mine.get("/")
    assert SignInSession.get_by_id(row.id).seen_at > row.seen_at


def test_a_message_waits_for_the_page_and_is_not_read_by_one_that_follows(lead: Lead, owner: User, desk: Any) -> None:
    mine = desk(owner)
    mine.post(f"/leads/{lead.id}/follow-up", way="phone", content="聊过了", effective="1")

    assert "跟进已记下" not in mine.client.get(f"/leads/{lead.id}", headers={"X-Clew-Live": "1"}).text
    assert "跟进已记下" in mine.get(f"/leads/{lead.id}").text


def test_a_line_that_commits_after_a_later_one_is_news(ws: Any, lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, lines = (int(one) for one in news().mark.split("."))

    assert news(f"{seen}.{lines}").after is None
    assert news(f"{seen}.{lines - 1}").after == max(0, seen - journal_news.BEFORE)
    assert news(f"{seen - 1}.{lines - 1}").after == seen - 1


def test_to_ask_costs_the_same_however_much_there_is(
    ws: Any, made: Any, lead: Lead, owner: User, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = desk(owner)
    at, on = _at(mine.get(f"/leads/{lead.id}"))
    statements: list[str] = []
    execute = type(database.obj).execute_sql

    def noted(self: Any, sql: str, *more: Any) -> Any:
        statements.append(sql)
        return execute(self, sql, *more)

    monkeypatch.setattr(type(database.obj), "execute_sql", noted)
    _asked(mine, at, on)
    quiet = len(statements)
    for _ in range(60):
        ws.door.change("lead", lead.id, {"note": str(JournalLine.select().count())}, SYSTEM)
    statements.clear()
    _asked(mine, at, on)
    after_60 = len(statements)
    for _ in range(60):
        ws.door.change("lead", lead.id, {"note": str(JournalLine.select().count())}, SYSTEM)
    statements.clear()
    _asked(mine, at, on)

    assert quiet <= 5  # The configuration's counters, the session, its person, and where the journal stands.
    assert len(statements) == after_60


def test_ctrl_k_finds_by_page_and_masks_as_everywhere(
    ws: Any, made: Any, lead: Lead, owner: User, stranger: User, desk: Any
) -> None:
    mine, theirs, admin = desk(owner), desk(stranger), desk(made.user("admin"))

    def titles(client: Any, text: str) -> dict[str, list[str]]:
        groups = client.client.get("/find", query_string={"q": text}).json["groups"]
        return {one["title"]: [item["title"] for item in one["items"]] for one in groups}

    assert titles(mine, "恒锐")["线索"] == ["恒锐精密"]
    assert titles(theirs, "恒锐") == {}
    assert "联系人" in titles(mine, "5678")
    assert titles(theirs, "13812345678") == {}
    assert "规则" not in titles(mine, "响应")
    assert titles(admin, "响应")["规则"]
    assert titles(mine, "a\x00") == {}
    found = mine.client.get("/find?q=恒锐").json["groups"][0]["items"][0]
    assert found["path"] == f"/leads/{lead.id}"
    assert titles(mine, "") == {}
    ws.door.change("lead", lead.id, {"region": "浙江"}, Origin(Actor.of(owner), "console"))
    assert titles(mine, "") == {"最近": ["恒锐精密"]}


def test_a_countdown_says_by_what_working_time_it_counts_on(ws: Any, lead: Lead, owner: User, desk: Any) -> None:
    page = desk(owner).get(f"/leads/{lead.id}").text

    left, spans = re.search(r'data-left="(-?\d+)"', page), re.search(r'data-spans="([\d \-]*)"', page)
    assert left is not None
    assert spans is not None
    assert int(left[1]) > 0
    assert all(begin < end for begin, end in (map(int, one.split("-")) for one in spans[1].split()))
    assert [words.minutes(one, False) for one in (59, 75, 450, 562)] == ["59 分", "1 小时 15 分", "1 天", "1.2 天"]
