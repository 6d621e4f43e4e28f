"""我的账号 and 登录与令牌: what people see to themselves, and administrators for others."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from clew.core.api.scopes import kind_of
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import ApiToken, Invitation, Notification, User
from clew.core.people import sessions, tokens
from clew.core.people.tokens import issue_token
from clew.core.running import drain
from clew.core.storage.system_tables import JournalLine, SignInSession

GOOD = "一句只有我会想到的话"
CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"


def _shown_once(page: str) -> str:
    found = re.search(r'<button[^>]*data-copy="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


# ---- One's own


@pytest.mark.parametrize("role", ["sales", "manager", "legal", "admin"])
def test_everybody_has_an_account_and_the_name_above_leads_to_it(company: Any, signed_in: Any, role: str) -> None:
    client = signed_in(company.user(role))
    assert 'href="/me/"' in client.get("/").text
    page = client.get("/me/", headers={"User-Agent": CHROME}).text
    assert "你在 1 处登录，有 0 个令牌在用" in page
    assert company.user(role).email in page


def test_the_language_is_kept_with_the_person(workspace: Any, company: Any, signed_in: Any) -> None:
    client = signed_in(company.user("sales"))
    client.post("/language", data={"locale": "zh"})
    assert client.post("/me/language", data={"locale": "en"}).location == "/me/"
    assert "you are signed in at 1 place" in client.get("/me/").text
    assert "Tasks" in signed_in(company.user("sales")).get("/tasks/").text
    assert client.post("/me/language", data={"locale": "fr"}).status_code == 422


def test_another_password_takes_the_present_one_and_ends_all_others(
    app: Any, workspace: Any, company: Any, signed_in: Any
) -> None:
    user = company.user("sales")
    here, there = signed_in(user, kept="1"), signed_in(user)
    before = here.get_cookie("clew_session").value
    wrong = here.post("/me/password", data={"present": "no", "password": GOOD})
    assert wrong.status_code == 401
    assert "现在的密码不对" in wrong.text
    poor = here.post("/me/password", data={"present": company.password, "password": "password123"})
    assert poor.status_code == 422
    assert "太常见" in poor.text
    same = here.post("/me/password", data={"present": company.password, "password": company.password})
    assert "和现在的一样" in same.text
    assert there.get("/tasks/").status_code == 200

    assert here.post("/me/password", data={"present": company.password, "password": GOOD}).location == "/me/"
    assert "密码已修改" in here.get("/me/").text
    assert there.get("/tasks/").status_code == 302
    assert here.get_cookie("clew_session").max_age == 7 * 24 * 3600
    thief = app.test_client()
    thief.set_cookie("clew_session", before)
    assert thief.get("/tasks/").status_code == 302
    line = JournalLine.get((JournalLine.kind == "user.changed") & (JournalLine.reason == "password changed"))
    assert (line.actor_id, line.after["password_hash"]) == (user.id, "[set]")


def test_who_sits_at_an_open_screen_guesses_no_password(workspace: Any, company: Any, signed_in: Any) -> None:
    client = signed_in(company.user("sales"))
    codes = [client.post("/me/password", data={"present": "no", "password": GOOD}).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]


def test_sessions_are_ended_one_by_one_or_all_others(company: Any, signed_in: Any) -> None:
    user = company.user("sales")
    here, second, third = (signed_in(user) for _ in range(3))
    own = SignInSession.get(SignInSession.key_hash == sessions.hash_of(second.get_cookie("clew_session").value))
    assert here.post(f"/me/sessions/{own.id}/end").location == "/me/"
    assert [one.get("/tasks/").status_code for one in (here, second, third)] == [200, 302, 200]
    here.post("/me/sessions/end")
    assert [one.get("/tasks/").status_code for one in (here, third)] == [200, 302]
    signed_in(company.user("ops"))
    others = SignInSession.get(SignInSession.user_id == company.user("ops").id)
    assert here.post(f"/me/sessions/{others.id}/end").status_code == 404


def test_a_token_is_made_shown_once_and_revoked_by_its_name(workspace: Any, company: Any, signed_in: Any) -> None:
    client = signed_in(company.user("sales"))
    asked = {"name": "财务系统", "scope": "read", "days": "90", "kinds": ["lead", "contract"]}
    made = client.post("/me/tokens", data=asked)
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    key = _shown_once(made.text)
    token = tokens.find_token(workspace, key)
    assert (token.user_id, token.scope, token.kinds) == (company.user("sales").id, "read", ["contract", "lead"])
    page = client.get("/me/").text
    assert key not in page
    assert f"clew_…{token.ends}" in page
    refused = client.post(f"/me/tokens/{token.id}/revoke", data={"typed": "财务"})
    assert refused.status_code == 422
    assert "和令牌的名称不一样" in refused.text
    assert client.post(f"/me/tokens/{token.id}/revoke", data={"typed": "财务系统"}).location == "/me/"
    assert ApiToken.get_by_id(token.id).revoked_at
    others = ApiToken.get(
        ApiToken.token_hash == sessions.hash_of(issue_token(workspace, company.user("ops"), "erp", SYSTEM))
    )
    assert client.post(f"/me/tokens/{others.id}/revoke", data={"typed": "erp"}).status_code == 404


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "请写明用在哪里"),
        ({"name": "erp", "scope": "everything"}, "read 或 write"),
        ({"name": "erp", "days": "forever"}, "天之间"),
        ({"name": "erp", "kinds": ["nothing"]}, "没有「nothing」"),
        ({"name": "x" * 81}, "最多 80 个字"),
    ],
)
def test_a_token_that_can_not_be_is_refused_in_place(
    company: Any, signed_in: Any, given: dict[str, Any], words: str
) -> None:
    answer = signed_in(company.user("sales")).post("/me/tokens", data=given)
    assert answer.status_code == 422
    assert words in answer.text
    assert given["name"] in answer.text
    assert ApiToken.select().count() == 0


class Pager:
    name = "pager"

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, message: Any) -> None:
        self.sent.append(message.title)


def test_people_choose_what_reaches_them_outside_the_inbox(workspace: Any, company: Any, signed_in: Any) -> None:
    pager, seller = Pager(), company.user("sales")
    client = signed_in(seller)
    assert "公司还没有接别的渠道" in client.get("/me/").text
    workspace.channels.register(pager)
    page = client.get("/me/").text
    assert page.count("checked") == page.count('value="escalation:pager" checked') + 5
    client.post("/me/messages", data={"wanted": ["warning:pager", "escalation:pager"]})
    assert User.get_by_id(seller.id).message_settings["rule"] == ["pager"]
    for topic in ("warning", "rule", "escalation", "badge"):
        workspace.door.create("notification", {"user_id": seller.id, "title": topic, "topic": topic}, SYSTEM)
    other = company.user("ops")
    workspace.door.create("notification", {"user_id": other.id, "title": "to ops"}, SYSTEM)
    drain(workspace)
    assert sorted(pager.sent) == ["escalation", "to ops", "warning"]
    assert Notification.select().where(Notification.user == seller.id).count() == 4
    # Who is switched off gets nothing outside any more.
    workspace.door.change("user", other.id, {"active": False}, SYSTEM)
    workspace.door.create("notification", {"user_id": other.id, "title": "too late"}, SYSTEM)
    drain(workspace)
    assert "too late" not in pager.sent


def test_a_channel_that_is_away_keeps_what_was_chosen(workspace: Any, company: Any, signed_in: Any) -> None:
    seller = company.user("sales")
    workspace.door.change("user", seller.id, {"message_settings": {"rule": ["wecom"]}}, SYSTEM)
    workspace.channels.register(Pager())
    wanted = [f"{topic}:pager" for topic in ("rule", "warning", "escalation", "badge", "trouble", "approval")]
    signed_in(seller).post("/me/messages", data={"wanted": [*wanted, "nonsense", ":", "a:b:c"]})
    assert User.get_by_id(seller.id).message_settings == {"rule": ["wecom"]}


# ---- Others


def test_accounts_are_for_administrators(company: Any, signed_in: Any) -> None:
    seller = company.user("sales")
    for role, status in (("sales", 403), ("manager", 403), ("legal", 403), ("ops", 200), ("admin", 200)):
        client = signed_in(company.user(role))
        assert client.get("/accounts/").status_code == status
        assert client.get(f"/accounts/{seller.id}").status_code == status
        assert client.post(f"/accounts/{seller.id}/sessions/end").status_code == (302 if status == 200 else 403)
    assert client.get("/accounts/nobody").status_code == 404


def test_operations_only_look_at_an_administrators_account(workspace: Any, company: Any, signed_in: Any) -> None:
    admin, ops = company.user("admin"), signed_in(company.user("ops"))
    theirs = signed_in(admin)
    issue_token(workspace, admin, "erp", SYSTEM)
    page = ops.get(f"/accounts/{admin.id}").text
    assert "的权限比你多" in page
    assert f"/accounts/{admin.id}/" not in page
    token, session = ApiToken.get(), SignInSession.get(SignInSession.user_id == admin.id)
    for path in ("link", "sessions/end", f"sessions/{session.id}/end", f"tokens/{token.id}/revoke"):
        assert ops.post(f"/accounts/{admin.id}/{path}", data={"typed": "erp"}).status_code == 403, path
    assert theirs.get("/tasks/").status_code == 200
    assert tokens.tokens_of(workspace, admin)


def test_an_administrator_hands_on_a_link_and_ends_what_somebody_has(
    app: Any, workspace: Any, company: Any, signed_in: Any
) -> None:
    admin, seller = signed_in(company.user("admin")), company.user("sales")
    theirs = signed_in(seller)
    key = issue_token(workspace, seller, "erp", SYSTEM)
    page = admin.get(f"/accounts/{seller.id}").text
    assert "在 1 处登录，有 1 个令牌在用" in page
    made = admin.post(f"/accounts/{seller.id}/link")
    address = _shown_once(made.text)
    assert address.startswith("http://localhost/join/")
    assert made.headers["Cache-Control"] == "no-store"
    assert admin.get(f"/accounts/{seller.id}").text.count("/join/") == 0
    person = app.test_client()
    assert person.post(address.removeprefix("http://localhost"), data={"password": GOOD}).location == "/"
    assert theirs.get("/tasks/").status_code == 302
    session = SignInSession.select().order_by(SignInSession.id.desc()).first()
    assert admin.post(f"/accounts/{seller.id}/sessions/{session.id}/end").status_code == 302
    assert person.get("/tasks/").status_code == 302
    token = tokens.find_token(workspace, key)
    assert admin.post(f"/accounts/{seller.id}/tokens/{token.id}/revoke", data={"typed": "erp"}).status_code == 302
    assert ApiToken.get_by_id(token.id).revoked_at


def test_the_list_says_who_can_not_sign_in_yet(workspace: Any, company: Any, signed_in: Any) -> None:
    new = workspace.door.create("user", {"email": "n@test.example", "name": "新人", "roles": ["sales"]}, SYSTEM).record
    admin = signed_in(company.user("admin"))
    page = admin.get("/accounts/").text
    assert "还有 1 人没有设密码" in page
    assert "没有密码" in page
    assert "没有找到这样的成员" in admin.get("/accounts/?q=nobody").text
    assert admin.get("/accounts/?q=新人").text.count('class="strong"') == 1
    admin.post(f"/accounts/{new.id}/link")
    assert Invitation.get().purpose == "invite"
    assert "链接有效至" in admin.get("/accounts/").text
    workspace.door.change("user", new.id, {"active": False}, SYSTEM)
    assert admin.post(f"/accounts/{new.id}/link").status_code == 302
    assert "已停用；请先恢复" in admin.get(f"/accounts/{new.id}").text


def test_the_journal_tells_of_who_came_in_and_who_did_not(app: Any, company: Any, signed_in: Any) -> None:
    for name in (company.user("sales").email, "nobody@test.example"):
        app.test_client().post("/sign-in", data={"name": name, "password": "wrong"})
    admin = signed_in(company.user("admin"))
    refused = admin.get("/journal/?kind=user.sign_in_refused").text
    assert refused.count('title="user.sign_in_refused">登录未成功</td>') == 2
    page = admin.get("/journal/?kind=user.signed_in").text
    assert company.user("admin").name in page
    assert "nobody@test.example" not in page


def test_every_kind_a_token_can_be_narrowed_to_is_known_to_the_scopes() -> None:
    assert kind_of("list_records", {"kind": "visit"}) == "visit"
    assert kind_of("list_rules", {}) is None
