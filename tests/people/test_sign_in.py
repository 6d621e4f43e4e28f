"""Signing in: attempts are counted before they are looked at, answers tell nobody who is there, redirects stay here."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import argon2
import pytest

from clew.core.app import create_app
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import User
from clew.core.people import limits, passwords
from clew.core.people import sign_in as auth
from clew.core.people.sessions import Client
from clew.core.storage.system_tables import AttemptLimit, JournalLine

from ..app import app_of

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def _fail(ws: Any, name: str, ip: str = HOME, device: str = "") -> type[auth.SignInRefused]:
    with pytest.raises(auth.SignInRefused) as refused:
        auth.sign_in(ws, name, "a wrong password", Client(ip, "", device))
    return refused.type


def test_after_five_wrong_passwords_one_more_every_three_minutes(workspace: Any, company: Any) -> None:
    user = company.user("sales")
    assert [_fail(workspace, user.email) for _ in range(7)] == [auth.SignInRefused] * 5 + [auth.SlowDown] * 2
    workspace.clock.advance(minutes=2, seconds=59)
    with pytest.raises(auth.SlowDown, match="try again in 1 seconds"):
        auth.sign_in(workspace, user.email, company.password, HOME)
    workspace.clock.advance(seconds=1)
    assert auth.sign_in(workspace, user.email, company.password, HOME).id == user.id


def test_a_right_password_forgives_the_wrong_ones(workspace: Any, company: Any) -> None:
    user = company.user("sales")
    for _ in range(3):
        assert [_fail(workspace, user.email) for _ in range(4)] == [auth.SignInRefused] * 4
        auth.sign_in(workspace, f" {user.email.upper()} ", company.password, HOME)


def test_no_spelling_of_a_name_gives_more_tries(workspace: Any, company: Any) -> None:
    email = company.user("admin").email
    spellings = [email, email.upper(), f"  {email}\t", f"\0{email}", email.title(), f"{email}\0", email]
    assert [_fail(workspace, one) for one in spellings] == [auth.SignInRefused] * 5 + [auth.SlowDown] * 2


def test_a_stranger_does_not_lock_the_owner_out(workspace: Any, company: Any) -> None:
    admin = company.user("admin")
    for _ in range(3):  # Again and again, from one address.
        while _fail(workspace, admin.email, ELSEWHERE) is auth.SignInRefused:
            pass
        assert auth.sign_in(workspace, admin.email, company.password, HOME).id == admin.id
        workspace.clock.advance(minutes=16)


def test_a_device_that_is_known_is_held_up_by_nobody_else(workspace: Any, company: Any, signed_in: Any) -> None:
    admin = company.user("admin")
    client = signed_in(admin)
    device = client.get_cookie("clew_device").value
    for number in range(60):  # From many addresses, and from the owner's own.
        _fail(workspace, admin.email, f"203.0.113.{number % 30}")
        _fail(workspace, admin.email, "127.0.0.1")
    assert _fail(workspace, admin.email, "203.0.113.99") is auth.SlowDown
    right = {"name": admin.email, "password": company.password}
    stranger = client.application.test_client()
    assert stranger.post("/sign-in", data=right).status_code == 429
    client.post("/sign-out")
    assert client.post("/sign-in", data=right).status_code == 302
    # Who holds the device's cookie guesses no faster.
    assert [_fail(workspace, admin.email, HOME, device) for _ in range(6)].count(auth.SlowDown) == 1


def test_an_address_is_slowed_down_whatever_names_it_tries(workspace: Any, company: Any) -> None:
    counts = Counter(_fail(workspace, f"nobody{number}@test.example") for number in range(70))
    assert counts == {auth.SignInRefused: 60, auth.SlowDown: 10}
    assert _fail(workspace, company.user("sales").email) is auth.SlowDown
    assert auth.sign_in(workspace, company.user("sales").email, company.password, ELSEWHERE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
        ("not an address", "192.0.2.1", False),
    ],
)
def test_who_shares_a_network(one: str, other: str, same: bool) -> None:
    assert (limits.network_of(one) == limits.network_of(other)) is same


@pytest.mark.slow
def test_of_forty_wrong_passwords_at_once_five_are_looked_at(any_workspace: Any, found: Any) -> None:
    company = found(any_workspace)
    app, answers = app_of(any_workspace, csrf=False), Counter[int]()
    begin, held = threading.Barrier(40), threading.Lock()

    def post() -> None:
        client = app.test_client()
        begin.wait()
        status = client.post("/sign-in", data={"name": company.user("admin").email, "password": "wrong"}).status_code
        with held:
            answers[status] += 1

    threads = [threading.Thread(target=post) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {401: 5, 429: 35}


def test_limits_that_are_shared_are_taken_whole_or_not_at_all(any_workspace: Any) -> None:
    now = any_workspace.clock.now()
    wide = limits.Limit("wide", 10, auth.PAUSE)
    narrow = [limits.Limit(f"narrow {number}", 2, auth.PAUSE) for number in range(2)]
    assert [limits.take([wide, narrow[0]], now) for _ in range(2)] == [1, 0]
    for _ in range(20):
        with pytest.raises(limits.TooMany):
            limits.take([wide, narrow[0]], now)
    assert [limits.take([wide, narrow[1]], now) for _ in range(2)] == [1, 0]
    assert AttemptLimit.get_by_id("wide").due == int(now.timestamp() * 1000) + 4 * wide.cost
    any_workspace.clock.advance(hours=2)
    assert limits.purge(any_workspace.clock.now()) == 3


# ---- What an answer tells


def test_a_name_that_somebody_has_and_one_that_nobody_has_are_answered_alike(
    app: Any, workspace: Any, company: Any
) -> None:
    off, new = company.user("legal"), {"email": "new@test.example", "name": "新人", "roles": ["sales"]}
    workspace.door.change("user", off.id, {"active": False}, SYSTEM)
    workspace.door.create("user", new, SYSTEM)
    names = (company.user("admin").email, "nobody@test.example", off.email, "new@test.example", "x" * 5000)

    def told(name: str) -> list[Any]:
        client, found = app.test_client(), []
        for _ in range(7):
            # The one whose account is off, or who has no password yet, types what would be right.
            answer = client.post("/sign-in", data={"name": name, "password": company.password[:-1]})
            text = answer.text.replace(name, "…") if len(name) < 100 else ""
            found.append((answer.status_code, dict(answer.headers).get("Retry-After"), text.count('class="error"')))
            found.append(text.partition('id="error"')[2].partition("</span>")[0] if text else None)
        return found

    first = told(names[0])
    assert first[1]
    assert [status for status, *_ in first[::2]] == [401] * 5 + [429] * 2
    for name in names[1:4]:
        assert told(name) == first, name
    assert [answer[0] for answer in told(names[4])[::2]] == [401] * 5 + [429] * 2


def test_an_answer_takes_as_long_whoever_it_is(workspace: Any, company: Any, monkeypatch: Any) -> None:
    asked: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counting(hasher: Any, stored: str, password: str) -> Any:
        asked.append(stored)
        return verify(hasher, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    new = {"email": "new@test.example", "name": "新人", "roles": ["sales"]}
    workspace.door.create("user", new, SYSTEM)
    for name in (company.user("admin").email, "nobody@test.example", "new@test.example"):
        _fail(workspace, name)
    assert asked == [company.user("admin").password_hash, passwords.NOBODY, passwords.NOBODY]
    refused = list(JournalLine.select().where(JournalLine.kind == "user.sign_in_refused"))
    assert [bool(line.record_id) for line in refused] == [True, False, True]
    assert {line.ip for line in refused} == {HOME}
    # What is verified where there is nobody costs as much as a real one.
    cost = argon2.extract_parameters(passwords.hash_password("一句只有我会想到的话"))
    assert argon2.extract_parameters(passwords.NOBODY) == cost
    least = argon2.profiles.RFC_9106_LOW_MEMORY
    assert cost.type is argon2.Type.ID
    assert (cost.memory_cost, cost.time_cost) >= (least.memory_cost, least.time_cost)


def test_who_is_off_does_not_come_in(workspace: Any, company: Any) -> None:
    user = company.user("legal")
    workspace.door.change("user", user.id, {"active": False}, SYSTEM)
    with pytest.raises(auth.SignInRefused, match="wrong name or password"):
        auth.sign_in(workspace, user.email, company.password, HOME)


def test_nobody_comes_in_without_a_password(workspace: Any, company: Any) -> None:
    workspace.door.create("user", {"email": "new@test.example", "name": "新人", "roles": ["admin"]}, SYSTEM)
    for password in ("", company.password, "x" * 100_000, "\ud800"):
        with pytest.raises(auth.SignInRefused):
            auth.sign_in(workspace, "new@test.example", password, HOME)
        AttemptLimit.delete().execute()


# ---- Where it leads


@pytest.mark.parametrize(
    ("given", "goes"),
    [
        ("/leads/?stage=new", "/leads/?stage=new"),
        ("/customers/a%2Fb", "/customers/a%2Fb"),
        ("", "/"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\t/evil.example", "/"),
        ("/\r\n/evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/ /evil.example", "/"),
        ("\t//evil.example", "/"),
        ("/\x00/evil.example", None),
        ("javascript:alert(1)", "/"),
        ("leads", "/"),
    ],
)
def test_no_address_leads_away(app: Any, company: Any, given: str, goes: str | None) -> None:
    right = {"name": company.user("sales").email, "password": company.password}
    client = app.test_client()
    answer = client.post("/sign-in", query_string={"next": given}, data=right)
    assert answer.headers.get("Location") == goes
    if goes is not None:
        for path in ("/language", "/language"):
            assert client.post(path, data={"next": given, "locale": "zh"}).location == goes


@pytest.mark.parametrize("path", ["/leads", "/records/sample", "/sign-in/../leads"])
def test_a_host_that_the_caller_made_up_is_not_repeated(app: Any, path: str) -> None:
    answer = app.test_client().get(path, headers={"Host": "evil.example"})
    assert "evil.example" not in answer.headers.get("Location", "") + answer.text


# ---- What the server answers to


def _app(ws: Any, monkeypatch: Any, **settings: Any) -> Any:
    from dataclasses import replace

    monkeypatch.setattr(ws, "settings", replace(ws.settings, **settings))
    app = create_app(ws)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def test_without_a_key_of_its_own_it_answers_this_machine_only(workspace: Any, monkeypatch: Any) -> None:
    client = _app(workspace, monkeypatch).test_client()
    assert client.get("/sign-in").status_code == 200
    proxied = ({"X-Forwarded-For": "203.0.113.5"}, {"Forwarded": "for=203.0.113.5"}, {"X-Real-IP": "203.0.113.5"})
    for headers in proxied:
        answer = client.get("/sign-in", headers=headers)
        assert answer.status_code == 503
        assert "CLEW_SECRET_KEY" in answer.text
    away = client.get("/api/v1/leads", environ_overrides={"REMOTE_ADDR": "203.0.113.5"})
    assert (away.status_code, away.json["code"]) == (503, "no_secret_key")


def test_with_a_key_it_answers_all_and_knows_them_by_the_trusted_proxies(
    workspace: Any, company: Any, monkeypatch: Any
) -> None:
    behind = {"X-Forwarded-For": "198.51.100.1, 203.0.113.5"}
    right = {"name": company.user("sales").email, "password": company.password}
    for proxies, seen in ((0, "127.0.0.1"), (1, "203.0.113.5"), (2, "198.51.100.1")):
        client = _app(workspace, monkeypatch, secret_key="k" * 16, trusted_proxies=proxies).test_client()
        assert client.post("/sign-in", data=right, headers=behind).status_code == 302
        line = JournalLine.select().order_by(JournalLine.seq.desc()).first()
        assert (line.kind, line.ip) == ("user.signed_in", seen)


def test_it_answers_to_its_own_names(workspace: Any, monkeypatch: Any) -> None:
    client = _app(workspace, monkeypatch, hosts="crm.example.com, .office.example").test_client()
    for host, status in (("crm.example.com", 200), ("a.office.example:8000", 200), ("evil.example", 421), ("", 421)):
        assert client.get("/sign-in", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200


def test_metrics_are_for_this_machine_or_for_who_has_the_token(workspace: Any, monkeypatch: Any) -> None:
    away = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.5"}}
    client = _app(workspace, monkeypatch, secret_key="k" * 16).test_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", **away).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    client = _app(workspace, monkeypatch, secret_key="k" * 16, metrics_token="scrape").test_client()
    for head, status in (("Bearer scrape", 200), ("Bearer other", 403), ("", 403), ("Bearer ü", 403)):
        assert client.get("/metrics", headers={"Authorization": head}, **away).status_code == status


def test_cookies_are_kept_from_scripts_and_other_sites(app: Any, company: Any) -> None:
    right = {"name": company.user("sales").email, "password": company.password}
    answer = app.test_client().post("/sign-in", data=right)
    cookies = {one.partition("=")[0]: one for one in answer.headers.getlist("Set-Cookie")}
    for name in ("clew_session", "clew_device"):
        assert "HttpOnly" in cookies[name]
        assert "SameSite=Lax" in cookies[name]
    assert User.get_by_id(company.user("sales").id).id not in str(cookies)
