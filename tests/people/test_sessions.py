"""Sessions live on the server: what ends them ends them at once, everywhere."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from clew.core.errors import Forbidden, NotFound
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.people import devices, sessions
from clew.core.people.passwords import hash_password
from clew.core.storage.system_tables import JournalLine, SignInSession

IN, OUT = 200, 302
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def _status(client: Any) -> int:
    return int(client.get("/tasks/").status_code)


def _origin(user: Any) -> Origin:
    return Origin(Actor.of(user), "console", "192.0.2.7")


def test_the_cookie_holds_a_random_key_and_the_database_its_hash(company: Any, signed_in: Any) -> None:
    key = signed_in(company.user("sales")).get_cookie("clew_session").value
    row = SignInSession.get()
    assert len(key) >= 43
    assert row.key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert key not in str([line.__data__ for line in JournalLine.select()])


def test_a_cookie_is_worth_nothing_after_signing_out(app: Any, company: Any, signed_in: Any) -> None:
    client = signed_in(company.user("sales"))
    key = client.get_cookie("clew_session").value
    other = signed_in(company.user("sales"))
    assert client.post("/sign-out").location == "/sign-in"
    assert client.get_cookie("clew_session") is None
    thief = app.test_client()
    thief.set_cookie("clew_session", key)
    assert (_status(thief), _status(other)) == (OUT, IN)
    ended = JournalLine.get(JournalLine.kind == "user.session_ended")
    assert (ended.record_id, ended.actor_id) == (company.user("sales").id,) * 2


def test_signing_in_again_begins_another_session_and_ends_the_one_before(
    app: Any, company: Any, signed_in: Any
) -> None:
    client = signed_in(company.user("sales"))
    key = client.get_cookie("clew_session").value
    client.post("/sign-in", data={"name": company.user("ops").email, "password": company.password})
    thief = app.test_client()
    thief.set_cookie("clew_session", key)
    assert (_status(client), _status(thief)) == (IN, OUT)
    assert client.get_cookie("clew_session").value != key


def test_switching_off_ends_every_session_and_switching_on_revives_none(
    workspace: Any, company: Any, signed_in: Any
) -> None:
    user = company.user("sales")
    clients = [signed_in(user) for _ in range(2)]
    workspace.door.change("user", user.id, {"active": False}, SYSTEM)
    assert [_status(client) for client in clients] == [OUT, OUT]
    workspace.door.change("user", user.id, {"active": True}, SYSTEM)
    assert [_status(client) for client in clients] == [OUT, OUT]
    assert _status(signed_in(user)) == IN


def test_another_password_ends_every_session(workspace: Any, company: Any, signed_in: Any) -> None:
    user = company.user("sales")
    client = signed_in(user)
    workspace.door.change("user", user.id, {"name": "换了名字"}, SYSTEM)
    assert _status(client) == IN
    workspace.door.change("user", user.id, {"password_hash": hash_password("一句只有我会想到的话")}, SYSTEM)
    assert _status(client) == OUT


def test_another_role_counts_at_once(workspace: Any, company: Any, signed_in: Any) -> None:
    user = company.user("sales")
    client = signed_in(user)
    assert client.get("/report/").status_code == 403
    workspace.door.change("user", user.id, {"roles": ["manager"]}, SYSTEM)
    assert client.get("/report/").status_code == 200
    workspace.door.change("user", user.id, {"roles": []}, SYSTEM)
    assert client.get("/report/").status_code == 403


def test_a_session_ends_by_being_idle_and_by_its_days(workspace: Any, company: Any, signed_in: Any) -> None:
    user = company.user("sales")
    idle, kept = signed_in(user), signed_in(user, kept="1")
    assert idle.get_cookie("clew_session").max_age is None
    assert kept.get_cookie("clew_session").max_age == 7 * 24 * 3600
    for _ in range(3):
        workspace.clock.advance(hours=11)
        assert _status(idle) == IN
    workspace.clock.advance(hours=12)
    assert (_status(idle), _status(kept)) == (OUT, IN)
    workspace.clock.advance(days=6)
    assert _status(kept) == OUT


def test_reading_pages_writes_when_somebody_was_here_only_now_and_then(
    workspace: Any, company: Any, signed_in: Any
) -> None:
    client = signed_in(company.user("sales"))
    began = SignInSession.get().seen_at
    for _ in range(4):
        workspace.clock.advance(minutes=1)
        _status(client)
    assert SignInSession.get().seen_at == began
    workspace.clock.advance(minutes=1)
    before = JournalLine.select().count()
    _status(client)
    assert SignInSession.get().seen_at == workspace.clock.now()
    assert JournalLine.select().count() == before


def test_who_may_end_whose(workspace: Any, company: Any, signed_in: Any) -> None:
    seller, admin = company.user("sales"), company.user("admin")
    here, there = signed_in(seller), signed_in(seller)
    first, second = (
        SignInSession.get(SignInSession.key_hash == sessions.hash_of(client.get_cookie("clew_session").value))
        for client in (here, there)
    )
    for stranger in (company.user("manager"), company.user("legal")):
        with pytest.raises(NotFound):
            sessions.end(workspace, first.id, _origin(stranger))
        with pytest.raises(NotFound):
            sessions.end_all(workspace, seller, _origin(stranger))
    admins = signed_in(admin)
    with pytest.raises(Forbidden, match="may do more than you"):
        sessions.end_all(workspace, admin, _origin(company.user("ops")))
    assert _status(admins) == IN
    sessions.end(workspace, first.id, _origin(seller))
    assert (_status(here), _status(there)) == (OUT, IN)
    assert [row.id for row in sessions.of(workspace, seller)] == [second.id]
    assert sessions.end_all(workspace, seller, _origin(company.user("ops"))) == 1
    assert _status(there) == OUT
    line = JournalLine.select().order_by(JournalLine.seq.desc()).first()
    assert (line.kind, line.record_id, line.actor_name) == ("user.session_ended", seller.id, "ops 同事")


def test_when_people_were_last_here(workspace: Any, company: Any, signed_in: Any) -> None:
    seller, ops = company.user("sales"), company.user("ops")
    signed_in(seller)
    workspace.clock.advance(minutes=30)
    signed_in(seller)
    assert sessions.last_seen([seller.id, ops.id]) == {seller.id: workspace.clock.now()}


def test_old_sessions_are_deleted_and_the_journal_keeps_them(workspace: Any, company: Any, signed_in: Any) -> None:
    signed_in(company.user("sales"))
    workspace.clock.advance(days=90)
    assert sessions.purge(workspace.clock.now()) == 0
    workspace.clock.advance(days=8)
    assert sessions.purge(workspace.clock.now()) == 1
    assert JournalLine.select().where(JournalLine.kind == "user.signed_in").count() == 1


@pytest.mark.parametrize("key", ["", "x", "x" * 3000, "a\x00b", "ü"])
def test_what_is_no_key_opens_nothing(app: Any, workspace: Any, key: str) -> None:
    assert sessions.find(workspace, key) is None
    client = app.test_client()
    client.set_cookie("clew_session", key)
    assert _status(client) == OUT


@pytest.mark.parametrize(
    ("agent", "zh", "en"),
    [
        (CHROME, "Chrome · Windows", "Chrome · Windows"),
        (CHROME + " Edg/140.0", "Edge · Windows", "Edge · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
            "Safari · iPhone",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile wxwork/4.1", "企业微信 · 安卓", "WeCom · Android"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox · Linux",
            "Firefox · Linux",
        ),
        ("", "未知设备", "Unknown device"),
        ("\x00\ud800 odd", "未知设备", "Unknown device"),
    ],
)
def test_a_device_in_plain_words(agent: str, zh: str, en: str) -> None:
    words = devices.in_words(agent)
    assert (words.zh, words.en) == (zh, en)
