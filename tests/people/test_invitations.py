"""One-time links: a person sets a password by one, once, in time, and nobody else learns the key."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.errors import Conflict, Forbidden, Invalid, NotFound
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import ApiToken, Invitation, User
from clew.core.people import invitations
from clew.core.people.invitations import LinkRefused, accept, invite, open_link, reset
from clew.core.people.passwords import hash_password, problems_of
from clew.core.people.tokens import issue_token
from clew.core.storage.system_tables import JournalLine

GOOD = "一句只有我会想到的话"


def _new(ws: Any, **more: Any) -> User:
    values = {"email": "fang.ming@test.example", "name": "方铭", "staff_no": "A1024", "roles": ["sales"]}
    return ws.door.create("user", values | more, SYSTEM).record


def _by(company: Any, role: str) -> Origin:
    return Origin(Actor.of(company.user(role)), "console", "192.0.2.7")


def _key(path: str) -> str:
    assert path.startswith("/join/")
    return path.removeprefix("/join/")


def test_an_invited_person_sets_a_password_and_is_signed_in(app: Any, workspace: Any, company: Any) -> None:
    person = _new(workspace)
    path = invite(workspace, person.id, _by(company, "admin"))
    client = app.test_client()
    for _ in range(2):  # A messenger's preview opens it first.
        page = client.get(path)
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        assert "方铭，请设置密码" in page.text
    assert client.get("/tasks/").status_code == 302
    refused = client.post(path, data={"password": "password2026"})
    assert refused.status_code == 422
    assert "太常见" in refused.text
    assert client.post(path, data={"password": GOOD}).location == "/"
    assert client.get("/tasks/").status_code == 200

    again = app.test_client()
    assert again.post("/sign-in", data={"name": "A1024", "password": GOOD}).status_code == 302
    used = app.test_client().get(path)
    assert used.status_code == 410
    assert "已经用过" in used.text
    assert app.test_client().post(path, data={"password": GOOD + "2"}).status_code == 410


def test_neither_the_database_nor_the_journal_holds_the_key(workspace: Any, company: Any) -> None:
    path = invite(workspace, _new(workspace).id, _by(company, "admin"))
    accept(workspace, _key(path), GOOD, "192.0.2.1")
    lines = list(JournalLine.select().where(JournalLine.record_kind.in_(["invitation", "user"])))
    kept = [str(row.__data__) for row in [*Invitation.select(), *lines]]
    assert not [text for text in kept if _key(path) in text]
    assert [line.kind for line in lines if line.record_kind == "invitation"] == [
        "invitation.created",
        "invitation.used",
    ]
    made = next(line for line in lines if line.kind == "invitation.created")
    assert (made.actor_name, made.ip) == ("admin 同事", "192.0.2.7")
    assert made.after["key_hash"] == "[set]"


@pytest.mark.parametrize(("make", "days"), [(invite, 7), (reset, 1)])
def test_a_link_holds_for_its_time(workspace: Any, company: Any, make: Any, days: int) -> None:
    key = _key(make(workspace, _new(workspace).id, _by(company, "admin")))
    workspace.clock.advance(minutes=days * 24 * 60 - 1)
    assert open_link(workspace, key).user.name == "方铭"
    workspace.clock.advance(minutes=1)
    with pytest.raises(LinkRefused, match="past its time"):
        accept(workspace, key, GOOD, "")


def test_a_newer_link_revokes_the_earlier(workspace: Any, company: Any) -> None:
    person = _new(workspace)
    first, second = (_key(invite(workspace, person.id, _by(company, "admin"))) for _ in range(2))
    with pytest.raises(LinkRefused, match="revoked"):
        accept(workspace, first, GOOD, "")
    assert accept(workspace, second, GOOD, "").id == person.id


def test_a_link_ends_with_another_password_and_with_its_person(workspace: Any, company: Any) -> None:
    one, other = _new(workspace), _new(workspace, email="su.qi@test.example", staff_no="A1025")
    keys = [_key(reset(workspace, person.id, _by(company, "admin"))) for person in (one, other)]
    workspace.door.change("user", one.id, {"password_hash": hash_password(GOOD)}, SYSTEM)
    workspace.door.change("user", other.id, {"active": False}, SYSTEM)
    workspace.door.change("user", other.id, {"active": True}, SYSTEM)
    for key in keys:
        with pytest.raises(LinkRefused, match="revoked"):
            accept(workspace, key, GOOD, "")


def test_who_may_make_a_link(workspace: Any, company: Any) -> None:
    person, admin = _new(workspace), _new(workspace, email="second@test.example", staff_no=None, roles=["admin"])
    assert invite(workspace, person.id, _by(company, "ops"))
    for role in ("sales", "manager", "legal"):
        with pytest.raises(Forbidden):
            invite(workspace, person.id, _by(company, role))
        with pytest.raises(Forbidden):
            reset(workspace, company.user("sales").id, _by(company, role))
    assert reset(workspace, company.user("sales").id, _by(company, "ops"))
    for make in (invite, reset):  # Whoever holds a link can become that person.
        with pytest.raises(Forbidden, match="may do more than you"):
            make(workspace, admin.id, _by(company, "ops"))
    with pytest.raises(Conflict, match="reset it"):
        invite(workspace, company.user("sales").id, _by(company, "admin"))
    with pytest.raises(NotFound):
        invite(workspace, "nobody", _by(company, "admin"))
    workspace.door.change("user", person.id, {"active": False}, SYSTEM)
    with pytest.raises(Conflict, match="switched off"):
        invite(workspace, person.id, _by(company, "admin"))


@pytest.mark.parametrize("key", ["", "x", "%00", "x" * 5000, "\udcff"])
def test_what_is_no_link_is_refused_in_words(workspace: Any, company: Any, key: str) -> None:
    with pytest.raises(LinkRefused, match="perhaps cut off"):
        open_link(workspace, key)


def test_switching_off_revokes_tokens_for_good(workspace: Any, company: Any) -> None:
    person = company.user("legal")
    issue_token(workspace, person, "erp", SYSTEM)
    for active in (False, True):
        workspace.door.change("user", person.id, {"active": active}, SYSTEM)
    token = ApiToken.get()
    assert token.revoked_at == workspace.clock.now()
    line = JournalLine.get(JournalLine.kind == "api_token.revoked")
    assert JournalLine.get_by_id(line.cause_seq).record_id == person.id


def test_of_two_who_use_a_link_one_sets_the_password(workspace: Any, company: Any) -> None:
    key = _key(invite(workspace, _new(workspace).id, _by(company, "admin")))
    found = open_link(workspace, key)
    accept(workspace, key, GOOD, "")
    # The other looked before and comes after.
    with pytest.raises(Conflict), workspace.door.transaction(SYSTEM) as tx:
        tx.change("invitation", found.id, {"used_at": tx.now}, found.revision)
    with pytest.raises(LinkRefused, match="used before"):
        accept(workspace, key, GOOD, "")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "10 characters or more"),
        ("x" * 201, "200 characters or fewer"),
        ("password123", "common"),
        ("P@ssw0rd2024!", "common"),
        ("1234567890", "common"),
        ("qwertyuiop", "common"),
        ("abcabcabcabc", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("abcdefg1234567", "common"),
        ("fang.ming2026", "your name"),
        ("方铭方铭方铭1234", "your name"),
        ("A1024A1024!!", "your name"),
        ("half \ud800 character", "can't be saved"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str, words: str) -> None:
    own = ("fang.ming@test.example", "方铭", "A1024")
    assert words in next(text.en for text in problems_of(password, own))
    with pytest.raises(Invalid) as refused:
        hash_password(password, own)
    assert [problem.field for problem in refused.value.problems] == ["password"]


@pytest.mark.parametrize(
    "password", [GOOD, "correct horse battery", "clew-demo-2026", "clew-test-2026", "Xk3!vv-9qLmz"]
)
def test_a_good_password_is_taken(password: str) -> None:
    assert not list(problems_of(password, ("fang.ming@test.example", "方铭", None)))
    assert invitations.hash_password(password)
