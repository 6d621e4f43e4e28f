"""API tokens: narrowed, with an end, noted when used, revoked at once; over the API as on the page."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.api.scopes import ABOUT_THE_CALLER, KINDS, kind_of
from clew.core.errors import Conflict, Forbidden, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import ApiToken, Lead
from clew.core.people import sessions, tokens
from clew.core.people.tokens import issue_token
from clew.core.storage.system_tables import JournalLine, TokenUse
from clew.core.storage.system_tables import SignInSession as SignIn

LEAD = {"company": "恒锐精密", "phone": "13812345678"}


@pytest.fixture
def call(app: Any) -> Any:
    """A function that calls the API with a key and returns status and JSON."""

    def go(key: str, method: str, path: str, **more: Any) -> tuple[int, Any]:
        head = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
        answer = app.test_client().open(f"/api/v1{path}", method=method, headers=head, **more)
        return answer.status_code, answer.json

    return go


def test_a_token_that_reads_does_not_write(workspace: Any, company: Any, call: Any) -> None:
    key = issue_token(workspace, company.user("admin"), "bi", SYSTEM, scope="read")
    assert call(key, "GET", "/leads")[0] == 200
    assert call(key, "POST", "/rule-checks", json={})[0] == 200  # It takes a body and writes nothing.
    status, problem = call(key, "POST", "/leads", json=LEAD)
    assert (status, problem["code"]) == (403, "token_scope")
    assert "'bi' reads only" in problem["title"]
    assert call(key, "POST", "/accounts/me/tokens", json={"name": "more", "scope": "write"})[0] == 403
    assert Lead.select().count() == 0


def test_a_token_for_some_kinds_reaches_no_other(workspace: Any, company: Any, call: Any) -> None:
    lead = intake.take(workspace, LEAD, SYSTEM).lead
    key = issue_token(workspace, company.user("admin"), "form", SYSTEM, kinds=["lead", "follow_up"])
    assert call(key, "POST", "/leads", json={**LEAD, "company": "另一家"})[0] == 201
    assert call(key, "GET", f"/leads/{lead.id}")[0] == 200
    assert call(key, "GET", "/records/lead")[0] == 200
    assert call(key, "GET", "/records/follow_up")[0] == 200
    assert call(key, "GET", "/me")[0] == 200
    for path in (
        *("/customers", f"/customers/{lead.customer_id}", f"/customers/{lead.customer_id}/timeline", "/tasks"),
        *("/records/customer", "/records/task", "/contracts", "/rules", "/journal", "/dead-letters"),
        *(f"/why/lead/{lead.id}", "/accounts/me/tokens", "/accounts/me/sessions"),
    ):
        status, problem = call(key, "GET", path)
        assert (status, problem["code"]) == (403, "token_scope"), path


def test_every_operation_is_about_a_kind_or_closed_to_narrow_tokens(app: Any) -> None:
    names = {app.view_functions[rule.endpoint].__name__ for rule in app.url_map.iter_rules()}
    assert set(KINDS) <= names, "an operation that is no more"
    assert names >= ABOUT_THE_CALLER
    assert {kind_of(name, {"kind": "visit"}) for name in names if name.endswith(("_record", "_records"))} == {"visit"}
    assert not [name for name in names - set(KINDS) if not name.endswith(("_record", "_records")) and kind_of(name, {})]


def test_a_token_past_its_time_says_so(workspace: Any, company: Any, call: Any) -> None:
    key = issue_token(workspace, company.user("ops"), "erp", SYSTEM, days=30)
    workspace.clock.advance(days=30, seconds=-1)
    assert call(key, "GET", "/leads")[0] == 200
    workspace.clock.advance(seconds=1)
    status, problem = call(key, "GET", "/leads")
    assert (status, problem["code"]) == (401, "token")
    assert "past its time" in problem["title"]


def test_a_revoked_token_and_one_of_who_is_off_are_refused(workspace: Any, company: Any, call: Any) -> None:
    ops, legal = company.user("ops"), company.user("legal")
    keys = [issue_token(workspace, user, "erp", SYSTEM) for user in (ops, legal)]
    tokens.revoke(workspace, ApiToken.get(ApiToken.user == ops.id).id, Origin(Actor.of(ops), "console"))
    workspace.door.change("user", legal.id, {"active": False}, SYSTEM)
    for key in keys:
        status, problem = call(key, "GET", "/tasks")
        assert status == 401
        assert "was revoked" in problem["title"]
    for key in ("", "clew_nothing", "a b", "\x7f"):
        assert call(key, "GET", "/tasks")[0] == 401
    with pytest.raises(Conflict, match="switched off"):
        issue_token(workspace, legal, "erp", SYSTEM)


def test_when_a_token_was_used_is_noted_now_and_then(workspace: Any, company: Any, call: Any) -> None:
    key = issue_token(workspace, company.user("ops"), "erp", SYSTEM)
    lines = JournalLine.select().count()
    call(key, "GET", "/leads")
    first = TokenUse.get()
    assert (first.at, first.ip) == (workspace.clock.now(), "127.0.0.1")
    workspace.clock.advance(minutes=4)
    call(key, "GET", "/leads")
    assert TokenUse.get().at == first.at
    workspace.clock.advance(minutes=1)
    call(key, "GET", "/leads")
    assert TokenUse.get().at == workspace.clock.now()
    assert JournalLine.select().count() == lines


def test_a_key_is_kept_as_a_hash(workspace: Any, company: Any) -> None:
    key = issue_token(workspace, company.user("ops"), "erp", SYSTEM)
    token = ApiToken.get()
    assert token.token_hash == sessions.hash_of(key)
    assert key.endswith(token.ends)
    kept = [str(token.__data__), *(str(line.__data__) for line in JournalLine.select())]
    assert not [text for text in kept if key in text]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"kinds": ["lead", "nothing"]}, "kinds"),
        ({"kinds": [["lead"]]}, "kinds"),
        ({"days": 0}, "days"),
        ({"days": 10**9}, "days"),
    ],
)
def test_what_a_token_may_be(workspace: Any, company: Any, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        issue_token(workspace, company.user("ops"), **{"name": "erp", "origin": SYSTEM, **given})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert ApiToken.select().count() == 0


# ---- Over the API


def test_people_see_to_their_own_tokens(workspace: Any, company: Any, call: Any) -> None:
    seller = company.user("sales")
    key = issue_token(workspace, seller, "first", SYSTEM)
    status, made = call(key, "POST", "/accounts/me/tokens", json={"name": "erp", "kinds": ["lead"], "days": 90})
    assert status == 201
    assert (made["token"]["scope"], made["token"]["kinds"]) == ("read", ["lead"])
    assert call(made["key"], "GET", "/leads")[0] == 200
    listed = call(key, "GET", "/accounts/me/tokens")[1]["items"]
    assert [one["name"] for one in listed] == ["erp", "first"]
    assert listed[0]["used_at"]
    path = f"/accounts/me/tokens/{made['token']['id']}/revoke"
    assert [one["name"] for one in call(key, "POST", path, json={})[1]["items"]] == ["first"]
    assert call(made["key"], "GET", "/leads")[0] == 401
    status, me = call(key, "GET", "/me")
    assert (status, me["id"], me["roles"], me["token"]["name"]) == (200, seller.id, ["sales"], "first")
    line = JournalLine.get(JournalLine.kind == "api_token.revoked")
    assert (line.actor_id, line.actor_name) == (seller.id, seller.name)


def test_others_accounts_are_for_who_sees_to_people(workspace: Any, company: Any, call: Any, signed_in: Any) -> None:
    seller = company.user("sales")
    signed_in(seller)
    session = SignIn.get(SignIn.user_id == seller.id)
    theirs = ApiToken.get(ApiToken.token_hash == sessions.hash_of(issue_token(workspace, seller, "erp", SYSTEM)))
    calls = [
        ("GET", f"/accounts/{seller.id}/tokens"),
        ("POST", f"/accounts/{seller.id}/tokens/{theirs.id}/revoke"),
        ("GET", f"/accounts/{seller.id}/sessions"),
        ("POST", f"/accounts/{seller.id}/sessions/{session.id}/end"),
    ]
    for role in ("manager", "legal"):
        key = issue_token(workspace, company.user(role), "own", SYSTEM)
        assert [call(key, *one, json={} if one[0] == "POST" else None)[0] for one in calls] == [404] * 4
        # Nor by the address of one's own account.
        assert call(key, "POST", f"/accounts/me/tokens/{theirs.id}/revoke", json={})[0] == 404
        assert call(key, "POST", f"/accounts/me/sessions/{session.id}/end", json={})[0] == 404
        assert call(key, "POST", f"/accounts/{seller.id}/tokens", json={"name": "x"})[0] == 404
    key = issue_token(workspace, company.user("ops"), "own", SYSTEM)
    assert [call(key, *one, json={} if one[0] == "POST" else None)[0] for one in calls] == [200] * 4
    assert not sessions.of(workspace, seller)
    # A token acts as its person: nobody makes one for somebody else.
    assert call(key, "POST", f"/accounts/{seller.id}/tokens", json={"name": "x"})[0] == 403
    with pytest.raises(Forbidden):
        issue_token(workspace, seller, "erp", Origin(Actor.of(company.user("admin")), "api"))
    # Nor does anybody see to who may do more than they.
    admin = company.user("admin")
    issue_token(workspace, admin, "erp", SYSTEM)
    theirs = ApiToken.get(ApiToken.user == admin.id)
    assert call(key, "POST", f"/accounts/{admin.id}/tokens/{theirs.id}/revoke", json={})[0] == 403
    assert call(key, "POST", f"/accounts/{admin.id}/links", json={"purpose": "reset"})[0] == 403


def test_links_over_the_api(app: Any, workspace: Any, company: Any, call: Any) -> None:
    new = workspace.door.create("user", {"email": "n@test.example", "name": "新", "roles": ["sales"]}, SYSTEM).record
    key = issue_token(workspace, company.user("admin"), "own", SYSTEM)
    status, made = call(key, "POST", f"/accounts/{new.id}/links", json={})
    assert status == 201
    assert app.test_client().get(made["path"]).status_code == 200
    assert call(key, "POST", f"/accounts/{new.id}/links", json={"purpose": "reset"})[0] == 201
    assert app.test_client().get(made["path"]).status_code == 410
    assert call(key, "POST", f"/accounts/{company.user('sales').id}/links", json={})[0] == 409
    assert call(key, "POST", "/accounts/nobody/links", json={})[0] == 404
    assert call(key, "POST", f"/accounts/{new.id}/links", json={"purpose": "steal"})[0] in (201, 422)
    stranger = issue_token(workspace, company.user("sales"), "own", SYSTEM)
    assert call(stranger, "POST", f"/accounts/{new.id}/links", json={})[0] == 403
