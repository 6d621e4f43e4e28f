"""The pages of people and teams: found, refused beside the field, previewed, done, undone; and for nobody else."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from clew.core.company.readiness import readiness
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Invitation, Lead, PersonnelChange, RuleRecord, RuleVersion, Team, User
from clew.core.rulebook.documents import rules_of
from clew.core.rulebook.named import Named, wanted
from clew.core.rulebook.names_used import uses_of_team
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.replacing import replaced
from clew.core.rulebook.versions import new_draft, submit

from ..app import app_of

RULE = {
    "id": "to-the-leaver",
    "title": {"zh": "都告诉他", "en": "They hear of all"},
    "purpose": {"zh": "都告诉他", "en": "They hear of all"},
    "trigger": "lead.assigned",
    "then": [{"create_task": {"title": "去电", "assignee": "owner"}}],
}
BAD = ("", "x" * 5000, "‮", "‘; --", "10" * 400, "0001-01-01T00:00", "9999-12-31T23:59:59.999999")


@pytest.fixture
def enter(workspace: Any, company: Any) -> Any:
    app = app_of(workspace, csrf=False)

    def as_(role: str) -> Any:
        client = app.test_client()
        answer = client.post("/sign-in", data={"name": company.user(role).email, "password": company.password})
        assert answer.status_code == 302
        return client

    return as_


def lead(ws: Any, owner: User, company: str = "恒锐精密") -> Lead:
    customer = ws.door.create("customer", {"name": company}, SYSTEM).record
    values = {"company": company, "customer_id": customer.id, "owner_id": owner.id, "team_id": owner.team_id}
    return ws.door.create("lead", values, SYSTEM).record


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def test_who_may_not_see_to_people_sees_none_of_it(enter: Any, company: Any) -> None:
    someone, team = company.user("sales"), company.teams["华东一部"]
    paths = (
        *("/people/", "/people/new", "/people/changes/", "/teams/new"),
        *(f"/people/{someone.id}{rest}" for rest in ("", "/edit", "/leave", "/leave?rows=all")),
        *(f"/teams/{team.id}{rest}" for rest in ("", "/split", "/merge")),
    )
    for role in ("sales", "manager", "legal"):
        client = enter(role)
        assert {client.get(path).status_code for path in paths} == {403}
        posts = (f"/people/{someone.id}/leave", f"/people/{someone.id}/invite", f"/teams/{team.id}/merge")
        assert {client.post(path).status_code for path in posts} == {403}
    assert User.get_by_id(someone.id).active


def test_the_list_is_found_filtered_and_paged(enter: Any, workspace: Any, company: Any) -> None:
    with workspace.door.transaction(SYSTEM) as tx:
        for n in range(300):
            tx.create("user", {"email": f"p{n}@test.example", "name": f"成员{n:03}", "roles": ["sales"]})
    client, seen, path = enter("admin"), [], "/people/"
    while path:
        page = client.get(path).text
        seen += re.findall(r'class="name" href="/people/(\w+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == User.select().where(User.active).count()
    assert "320 人在用" in client.get("/people/").text
    east = company.teams["华东一部"]
    assert client.get(f"/people/?team={east.id}").text.count('class="name"') == 3
    assert "成员123" in client.get("/people/?q=成员123").text
    assert client.get("/people/?role=legal").text.count('class="name"') == 1
    assert "没有这样的成员" in client.get("/people/?q=zzz").text
    for bad in BAD:
        for name in ("team", "state", "q", "role", "after"):
            assert client.get("/people/", query_string={name: bad}).status_code == 200, (name, bad)


def test_a_person_joins_by_a_link_shown_once(enter: Any, workspace: Any, company: Any) -> None:
    client, team = enter("admin"), company.teams["华东一部"]
    given = {"name": "方铭", "email": "Fang@Test.example", "roles": "sales", "team_id": team.id, "phone": "13812345678"}
    for name, wrong, said in (
        ("name", "", "请填写姓名"),
        ("email", "not an address", "不是邮箱地址"),
        ("email", company.user("sales").email, "用的就是这个邮箱"),
        ("phone", "12", "不是电话号码"),
        ("team_id", "nowhere", "没有这条团队"),
        ("roles", "emperor", "没有角色"),
    ):
        answer = client.post("/people/new", data={**given, name: wrong})
        assert answer.status_code == 422, name
        assert said in answer.text, name
        assert name == "name" or 'value="方铭"' in answer.text  # What was typed stays.
    answer = client.post("/people/new", data=given)
    made = User.get(User.name == "方铭")
    assert (made.email, made.phone, made.team_id) == ("fang@test.example", "+8613812345678", team.id)
    link = hidden(answer.text.replace('readonly value="', 'name="link" value="'), "link")
    assert "/join/" in link
    assert answer.headers["Cache-Control"] == "no-store"
    assert link not in client.get(f"/people/{made.id}").text
    assert client.get(link[link.index("/join/") :]).status_code == 200
    again = client.post(f"/people/{made.id}/invite")
    assert "/join/" in again.text
    assert Invitation.select().where(Invitation.user == made.id).count() == 2
    # The phone number is masked for everybody else, in the journal, too.
    client.post(f"/people/{made.id}/edit", data={**given, "phone": "13912345678", "revision": made.revision})
    assert "139****5678" in client.get("/journal/").text
    assert "13912345678" not in client.get("/journal/").text


def test_somebody_changed_meanwhile_is_not_overwritten(enter: Any, company: Any) -> None:
    client, someone = enter("admin"), company.user("sales")
    given = {"name": "改名", "email": someone.email, "roles": "sales", "revision": someone.revision}
    assert client.post(f"/people/{someone.id}/edit", data=given).status_code == 302
    answer = client.post(f"/people/{someone.id}/edit", data={**given, "name": "又改"})
    assert answer.status_code == 409
    assert 'value="又改"' in answer.text


def test_leaving_is_previewed_confirmed_by_the_name_and_undone(enter: Any, workspace: Any, company: Any) -> None:
    ws, client = workspace, enter("admin")
    leaver, colleague = company.sellers["华东一部"]
    one = lead(ws, leaver, "恒锐精密")
    path = f"/people/{leaver.id}/leave"
    page = client.get(path).text
    assert "手上 1 件先有人接" in page
    assert colleague.name in page
    part = client.get(f"{path}?part=1&how.leads={company.managers['华东一部'].id}").text
    assert "<html" not in part
    assert "华东一部经理 1" in part
    assert "恒锐精密" in client.get(f"{path}?rows=all&how.leads=load").text
    given = {"token": hidden(page, "token"), "takers": hidden(page, "takers"), "how.leads": "load", "reason": "离职"}
    refused = client.post(path, data={**given, "typed": leaver.name[:-1]})
    assert refused.status_code == 422
    assert "请输入姓名" in refused.text
    assert 'value="离职"' in refused.text
    late = lead(ws, leaver, "迟到的线索")
    changed = client.post(path, data={**given, "typed": leaver.name})
    assert changed.status_code == 409
    assert "预览之后又有变化" in changed.text
    assert "手上 2 件先有人接" in changed.text
    assert User.get_by_id(leaver.id).active
    given |= {"token": hidden(changed.text, "token"), "takers": hidden(changed.text, "takers"), "typed": leaver.name}
    done = client.post(path, data=given, follow_redirects=True)
    assert "已停用，2 件事已交接" in done.text
    assert {Lead.get_by_id(x.id).owner_id for x in (one, late)} == {colleague.id}
    change = PersonnelChange.get()
    assert client.get(path).status_code == 302
    assert "恢复" in client.get("/people/?state=off").text
    assert "恒锐精密" in client.get(f"/leads/?owner_id={colleague.id}&outcome=open").text
    assert "人事变动" in client.get("/people/changes/").text
    undone = client.post(f"/people/changes/{change.id}/undo")
    assert undone.status_code == 200
    assert Lead.get_by_id(one.id).owner_id == leaver.id
    again = client.post(f"/people/changes/{change.id}/undo", follow_redirects=True)
    assert "已由admin 同事撤销" in again.text
    assert client.post(f"/people/{leaver.id}/reactivate").status_code == 302


def test_no_bad_input_breaks_the_pages(enter: Any, workspace: Any, company: Any) -> None:
    client, someone, team = enter("admin"), company.user("sales"), company.teams["华东一部"]
    lead(workspace, someone)
    for bad in (*BAD, '{"a": 1}', "[]", "{", '{"lead:x:owner_id": "\\ud800"}', "[" * 5000):
        for name in ("token", "takers", "how.leads", "how.nothing", "typed", "reason"):
            answer = client.post(f"/people/{someone.id}/leave", data={"typed": someone.name, name: bad})
            assert answer.status_code in (302, 409, 422), (name, bad[:20])
        assert client.get(f"/people/{someone.id}/leave", query_string={"how.leads": bad}).status_code == 200
        for name in ("name", "parent_id", "manager_id", "people", "into_id"):
            assert client.get(f"/teams/{team.id}/split", query_string={name: bad}).status_code in (200, 422)
            assert client.get(f"/teams/{team.id}/merge", query_string={name: bad}).status_code in (200, 422)
            assert client.post(f"/teams/{team.id}/merge", data={name: bad}).status_code in (200, 409, 422)
            assert client.post("/teams/new", data={name: bad}).status_code in (302, 422), (name, bad[:20])
    for path in ("/people/nobody", "/people/nobody/leave", "/teams/none", "/people/changes/none", "/people/%00"):
        assert client.get(path).status_code == 404, path
    assert User.get_by_id(someone.id).active
    assert Team.get_by_id(team.id).retired_at is None


def test_the_tree_is_edited_split_and_merged(enter: Any, workspace: Any, company: Any) -> None:
    ws, client = workspace, enter("admin")
    east, south = company.teams["华东一部"], company.teams["华南部"]
    goes = company.sellers["华东一部"][0]
    lead(ws, goes)
    assert client.post("/teams/new", data={"name": "销售中心"}).status_code == 302
    center = Team.get(Team.name == "销售中心")
    given = {"name": "华东一部", "parent_id": center.id, "manager_id": east.manager_id}
    assert client.post(f"/teams/{east.id}", data=given).status_code == 302
    refused = client.post(f"/teams/{center.id}", data={"name": "销售中心", "parent_id": east.id})
    assert refused.status_code == 422
    assert "上级不能是自己或自己的下级" in refused.text
    assert "已有同名的团队" in client.post("/teams/new", data={"name": "华南部"}).text
    asked = {"name": "苏南组", "people": goes.id, "parent_id": east.id}
    page = client.get(f"/teams/{east.id}/split", query_string=asked).text
    assert "1 人、1 条在手线索去「苏南组」" in page
    assert "1 条规则提到「" in page
    done = client.post(f"/teams/{east.id}/split", data={**asked, "token": hidden(page, "token")})
    assert done.status_code == 302
    made = Team.get(Team.name == "苏南组")
    assert Lead.get().team_id == made.id
    assert "移动了 2 项" in client.get(done.location).text
    page = client.get(f"/teams/{made.id}/merge?into_id={south.id}").text
    sent = {"into_id": south.id, "token": hidden(page, "token"), "typed": "苏南"}
    assert client.post(f"/teams/{made.id}/merge", data=sent).status_code == 422
    assert client.post(f"/teams/{made.id}/merge", data={**sent, "typed": "苏南组"}).status_code == 302
    assert Lead.get().team_id == south.id
    assert Team.get_by_id(made.id).retired_at is not None


def test_rules_that_name_a_renamed_team_are_drafted_and_wait_for_approval(
    enter: Any, workspace: Any, company: Any
) -> None:
    client, east = enter("admin"), company.teams["华东一部"]
    page = client.get(f"/teams/{east.id}").text
    assert "改名会影响 1 条规则" in page
    given = {"name": "华东大区", "manager_id": east.manager_id, "drafts": "1"}
    done = client.post(f"/teams/{east.id}", data=given, follow_redirects=True)
    assert "1 条规则已按新名字起草，等待审批" in done.text, re.findall(
        r'class="toast[^>]*>(.*?)</div>', done.text, re.S
    )
    draft = RuleVersion.get(RuleVersion.state == "review")
    teams = [row["then"][0] for row in draft.document["rows"]]
    assert "华东大区" in teams
    assert "华东一部" not in teams
    assert "华东二部" in teams
    # What is in force stays until somebody approves.
    assert "华东一部" in [row["then"][0] for row in RuleRecord.get(RuleRecord.code == draft.code).document["rows"]]


def test_english(enter: Any, workspace: Any, company: Any) -> None:
    client, leaver = enter("admin"), company.user("sales")
    lead(workspace, leaver)
    client.post("/language", data={"locale": "en", "next": "/people/"})
    for path, said in (
        ("/people/", "20 people in 5 teams"),
        (f"/people/{leaver.id}/leave", "1 thing to be taken over first"),
        (f"/people/{leaver.id}", "has 1 thing in hand"),
        ("/people/new", "Save and make the link"),
        (f"/teams/{leaver.team_id}", "A new name concerns 1 rule"),
        (f"/teams/{leaver.team_id}/merge", "Which team takes over"),
        ("/people/changes/", "Personnel changes"),
    ):
        assert said in client.get(path).text, path


def test_nobody_switches_themselves_off_as_the_last_administrator(enter: Any, company: Any) -> None:
    client, last = enter("admin"), company.user("admin")
    page = client.get(f"/people/{last.id}/leave").text
    sent = {"typed": last.name, "token": hidden(page, "token"), "takers": hidden(page, "takers")}
    answer = client.post(f"/people/{last.id}/leave", data=sent)
    assert answer.status_code == 409
    assert "最后一位在用的管理员" in answer.text


def test_who_was_switched_off_with_leads_is_in_the_headline(enter: Any, workspace: Any, company: Any) -> None:
    client, leaver = enter("admin"), company.user("sales")
    lead(workspace, leaver)
    workspace.door.change("user", leaver.id, {"active": False}, SYSTEM)  # Past the hand-over, as no page does.
    assert "已停用，手上 1 条线索还没有人接" in client.get("/people/").text
    assert "手上 1 件事还没有人接" in client.get(f"/people/{leaver.id}").text.replace("</h1>", "")
    assert "恒锐精密" in client.get(f"/leads/?owner_id={leaver.id}&outcome=open").text


def test_renaming_a_person_replaces_only_where_a_person_is_meant(workspace: Any, company: Any) -> None:
    someone = company.user("sales")
    document = {
        "id": "x",
        "title": {"zh": "试", "en": "Try"},
        "purpose": {"zh": "试", "en": "Try"},
        "owner": someone.email,
        "trigger": "lead.created",
        "when": {
            "all": [
                {"field": "owner.name", "op": "==", "value": someone.name},
                {"field": "lead.company", "op": "==", "value": someone.name},
                {"field": "lead.owner_id", "op": "in", "value": [someone.id, "other"]},
            ]
        },
        "then": [
            {"assign": {"user": someone.name}},
            {"notify": {"to": someone.id, "title": someone.name, "body": "…"}},
        ],
    }
    person = wanted(workspace, Named("person", someone.id))
    assert len(person.places(rules_of(document), document)) == 4
    found = replaced(document, person, {someone.name: "新名", someone.email: "new@test.example"})
    assert found["owner"] == "new@test.example"
    assert found["when"]["all"][0]["value"] == "新名"
    assert found["when"]["all"][1]["value"] == someone.name
    assert found["then"][0] == {"assign": {"user": "新名"}}
    assert found["then"][1] == document["then"][1]


def test_a_second_click_leads_to_what_the_first_one_did(enter: Any, workspace: Any, company: Any) -> None:
    client, leaver = enter("admin"), company.user("sales")
    lead(workspace, leaver)
    path = f"/people/{leaver.id}/leave"
    page = client.get(path).text
    sent = {"token": hidden(page, "token"), "takers": hidden(page, "takers"), "typed": leaver.name}
    first, second = client.post(path, data=sent), client.post(path, data=sent)
    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    assert PersonnelChange.select().count() == 1


def test_the_rules_that_name_a_leaver_are_drafted_with_who_takes_their_place(
    enter: Any, workspace: Any, company: Any
) -> None:
    client, (leaver, colleague) = enter("admin"), company.sellers["华东一部"]
    draft = new_draft(workspace, RULE | {"when": {"field": "owner.name", "op": "==", "value": leaver.name}}, SYSTEM)
    draft = submit(workspace, draft.id, "请看", SYSTEM)
    approve(workspace, draft.id, Origin(Actor.of(company.user("admin")), "console"))
    path = f"/people/{leaver.id}/leave"
    page = client.get(path).text
    assert RULE["title"]["zh"] in page
    sent = {"token": hidden(page, "token"), "takers": hidden(page, "takers"), "typed": leaver.name, "drafts": "1"}
    refused = client.post(path, data=sent | {"instead": "nobody", "reason": "离职"})
    assert refused.status_code == 422
    assert "请选规则里换成谁" in refused.text
    assert 'value="离职"' in refused.text
    assert User.get_by_id(leaver.id).active
    answer = client.post(path, data=sent | {"instead": colleague.id})
    assert answer.status_code == 302
    version = RuleVersion.get((RuleVersion.code == RULE["id"]) & (RuleVersion.state == "review"))
    assert version.document["when"]["value"] == colleague.name


def test_after_a_split_the_page_says_that_no_rule_names_the_new_team(enter: Any, workspace: Any, company: Any) -> None:
    client, team = enter("admin"), company.teams["华东一部"]
    asked = {"name": "昆山组", "people": company.sellers["华东一部"][1].id}
    page = client.get(f"/teams/{team.id}/split", query_string=asked).text
    assert "没有一条提到新团队" in page
    done = client.post(f"/teams/{team.id}/split", data=asked | {"token": hidden(page, "token")})
    assert done.status_code == 302
    page = client.get(done.location).text
    assert "还没有规则提到「昆山组」" in page
    (naming,) = uses_of_team(workspace, team.name)
    assert f'href="{naming.path}"' in page
    lacking = {one.name: one.said.zh for one in readiness(workspace) if not one.ok}
    assert lacking["routing"].startswith("没有规则把线索分给 昆山组")


def test_a_persons_page_says_when_they_work_and_by_which_calendar(enter: Any, workspace: Any, company: Any) -> None:
    ws, client, seller = workspace, enter("admin"), company.user("sales")
    path = f"/people/{seller.id}"
    assert "按全公司的日历" in client.get(path).text
    team = ws.door.create(
        "calendar", {"name": "早班", "scope": "team", "of_id": seller.team_id, "week": {"mon": ["07:00-11:00"]}}, SYSTEM
    ).record
    page = client.get(path).text
    assert "按团队的日历「早班」" in page
    assert "07:00-11:00" in page
    assert f'href="/calendars/{team.id}"' in page
    own = {"name": "小王", "scope": "person", "of_id": seller.id, "week": {"mon": ["20:00-02:00"]}}
    ws.door.create("calendar", own, SYSTEM)
    page = client.get(path).text
    assert "自己的日历「小王」" in page
    assert "20:00-02:00" in page
    assert "07:00-11:00" not in page
