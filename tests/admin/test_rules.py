"""The rule pages: the list and its filters, a rule's own page, comparing, approving, rolling back, undoing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.rules import rules_group
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, RuleRecord, RuleVersion, Task
from clew.core.rulebook.overview import in_words
from clew.core.rulebook.publishing import approve, rollback
from clew.core.rulebook.version_effects import version_effects
from clew.core.rulebook.versions import begin_draft, new_draft, numbered_version, open_draft, save_draft, submit
from clew.core.running import run_until
from clew.core.storage.system_tables import JournalLine, RuleTrouble
from clew.rules.packs.reading import load_pack

from ..app import app_of

CODE = "quality-unreachable"
MADE = "greet-machining"


@pytest.fixture
def enter(workspace: Any, company: Any) -> Callable[[str], Any]:
    """A function that returns a client signed in as somebody of a role."""
    app = app_of(workspace, csrf=False)

    def sign_in(role: str) -> Any:
        client = app.test_client()
        answer = client.post(
            "/sign-in", data={"name": company.user(role).email, "password": company.password}, follow_redirects=True
        )
        assert answer.status_code == 200
        return client

    return sign_in


@pytest.fixture
def origin(company: Any) -> Callable[[str], Origin]:
    return lambda role: Origin(Actor.of(company.user(role)), "console")


def _submitted(ws: Any, by: Origin, note: str = "请看", **changes: Any) -> RuleVersion:
    version = begin_draft(ws, CODE, by)
    save_draft(ws, version.id, {**version.document, **changes}, by)
    return submit(ws, version.id, note, by)


def _published(ws: Any, author: Origin, reviewer: Origin, **changes: Any) -> RuleVersion:
    return approve(ws, _submitted(ws, author, **changes).id, reviewer)


def _text(answer: Any) -> str:
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def _title(code: str = CODE) -> str:
    return str(RuleRecord.get(RuleRecord.code == code).document["title"]["zh"])


def test_the_list_says_first_what_is_in_force_and_what_waits(enter: Any, workspace: Any, origin: Any) -> None:
    count = RuleRecord.select().count()
    page = enter("ops").get("/rules/")
    assert f"{count} 条规则生效中" in _text(page)
    assert "条等审批" not in _text(page)
    _submitted(workspace, origin("ops"), title={"zh": "联系不上就补全", "en": "Complete it"})
    assert "1 条等审批" in _text(enter("ops").get("/rules/"))
    assert "等同事审批" in _text(enter("ops").get("/approvals/"))


def test_the_list_reads_each_rule_as_a_sentence_in_both_languages(enter: Any, workspace: Any) -> None:
    client = enter("ops")
    document = RuleRecord.get(RuleRecord.code == CODE).document
    words = in_words(workspace, document)
    assert words.zh.endswith("。")
    assert words.zh in client.get("/rules/?q=" + CODE).text.replace("&#34;", '"')
    client.post("/language", data={"locale": "en"})
    english = _text(client.get("/rules/"))
    assert "rules are in force" in english
    assert document["title"]["en"] in english


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("q=" + CODE, True),
        ("state=published", True),
        ("state=retired", False),
        ("state=draft", False),
        ("q=没有这样的规则", False),
    ],
)
def test_the_filters_are_in_the_address(enter: Any, workspace: Any, query: str, listed: bool) -> None:
    page = enter("ops").get(f"/rules/?{query}")
    assert (f'data-href="/rules/{CODE}"' in page.text) is listed
    if "没有" in query:
        assert f"去掉全部筛选可以看到 {RuleRecord.select().count()} 条" in _text(page)


def test_a_rule_that_does_not_load_is_shown_with_its_reason_and_what_stands_in(enter: Any, workspace: Any) -> None:
    row = RuleRecord.get(RuleRecord.code == CODE)
    broken = {**row.document, "then": [{"launch_rocket": {}}], "version": 2}
    workspace.door.change("rule", row.id, {"document": {**broken, "when": {"op": "?"}}, "version": 2}, SYSTEM)
    workspace.refresh()
    trouble = RuleTrouble.get_by_id(CODE)
    for path in ("/rules/", f"/rules/{CODE}"):
        page = _text(enter("ops").get(path))
        assert "第 2 版加载不了，暂由第 1 版代替" in page
        assert trouble.zh.split("：")[0] in page


def test_switching_is_for_who_may_edit_and_says_what_it_did(enter: Any, workspace: Any) -> None:
    page = enter("ops").post(f"/rules/{CODE}/switch", data={"on": "0"}, follow_redirects=True)
    assert f"「{_title()}」已停用" in _text(page)
    assert "v1 已停用" in _text(page)
    assert not RuleRecord.get(RuleRecord.code == CODE).enabled
    assert enter("manager").post(f"/rules/{CODE}/switch", data={"on": "1"}).status_code == 403
    assert not RuleRecord.get(RuleRecord.code == CODE).enabled


def test_a_rules_page_shows_the_draft_beside_what_is_in_force(enter: Any, workspace: Any, origin: Any) -> None:
    version = begin_draft(workspace, CODE, origin("ops"))
    save_draft(workspace, version.id, {**version.document, "priority": 77}, origin("ops"))
    page = enter("manager").get(f"/rules/{CODE}")
    assert "第 2 版草稿" in _text(page)
    assert "改动 1 处" in _text(page)
    assert "77" in _text(page)
    assert f'href="/rules/{CODE}/compare?a=1&b=2"' in page.text.replace("&amp;", "&")
    assert "/edit" not in page.text, "a manager may approve, not edit"


def test_a_rule_without_versions_has_nothing_to_compare(enter: Any, workspace: Any, origin: Any) -> None:
    document = RuleRecord.get(RuleRecord.code == CODE).document
    values = {"code": "bare", "pack": "own", "version": 1, "document": {**document, "id": "bare"}}
    workspace.door.create("rule", values, SYSTEM)
    page = enter("manager").get("/rules/bare/compare")
    assert (page.status_code, "还没有版本可比" in page.text) == (404, True)


def test_two_versions_are_compared_in_words_and_side_by_side(enter: Any, workspace: Any, origin: Any) -> None:
    _published(workspace, origin("ops"), origin("manager"), priority=77)
    page = enter("manager").get(f"/rules/{CODE}/compare?a=1&b=2")
    assert f"「{_title()}」第 1 版到第 2 版改了 1 处" in _text(page)
    assert re.search(r'class="come">.*priority: 77', page.text)
    assert "说的一样" in _text(enter("manager").get(f"/rules/{CODE}/compare?a=2&b=2"))
    assert enter("manager").get(f"/rules/{CODE}/compare?a=1&b=9").status_code == 404


def test_the_document_is_downloaded_as_yaml_that_reads_back(enter: Any) -> None:
    answer = enter("manager").get(f"/rules/{CODE}/yaml")
    assert answer.headers["Content-Disposition"].endswith(f'{CODE}-v1.yaml"')
    pack = "id: p\ntitle: {zh: 包, en: Pack}\nrules:\n" + "".join(
        f"  {'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(answer.text.splitlines())
    )
    assert load_pack(pack).documents == (RuleRecord.get(RuleRecord.code == CODE).document,)


def test_a_colleague_approves_and_the_author_is_told_why_not(enter: Any, workspace: Any, origin: Any) -> None:
    version = _submitted(workspace, origin("ops"), priority=77)
    mine = enter("ops").get(f"/approvals/{version.id}")
    assert "这份草稿是你写的，须由同事批准" in _text(mine)
    assert enter("ops").post(f"/approvals/{version.id}/approve", data={"when": "now"}).status_code == 403
    manager = enter("manager")
    assert "1 个规则版本等你审批" in _text(manager.get("/approvals/"))
    assert '<span class="waits">1' in manager.get("/").text, "the rail counts it"
    page = manager.get(f"/approvals/{version.id}")
    assert "改了 1 处" in _text(page)
    stale = manager.post(f"/approvals/{version.id}/approve", data={"when": "now", "revision": version.revision - 1})
    assert stale.status_code == 409
    assert RuleRecord.get(RuleRecord.code == CODE).version == 1
    done = manager.post(
        f"/approvals/{version.id}/approve", data={"when": "now", "revision": version.revision}, follow_redirects=True
    )
    assert "第 2 版已生效" in _text(done)
    assert RuleRecord.get(RuleRecord.code == CODE).version == 2


def test_what_waits_too_long_is_red_on_the_rail(enter: Any, workspace: Any, origin: Any) -> None:
    _submitted(workspace, origin("ops"), priority=77)
    run_until(workspace, workspace.clock.now() + timedelta(days=1, minutes=1))
    assert '<span class="waits late">1' in enter("manager").get("/").text


def test_a_version_is_approved_from_a_moment_on_and_cancelled_again(enter: Any, workspace: Any, origin: Any) -> None:
    version = _submitted(workspace, origin("ops"), priority=77)
    manager = enter("manager")
    bad = manager.post(f"/approvals/{version.id}/approve", data={"when": "later", "effective_at": "bald"})
    assert bad.status_code == 422
    assert "不是时间" in _text(bad)
    manager.post(f"/approvals/{version.id}/approve", data={"when": "later", "effective_at": "2026-11-25T00:00"})
    assert RuleVersion.get_by_id(version.id).effective_at.isoformat() == "2026-11-24T16:00:00+00:00"
    assert "明天 00:00起" in _text(manager.get("/approvals/"))
    empty = manager.post(f"/approvals/{version.id}/reject", data={"note": " "})
    assert empty.status_code == 422
    assert "请写明退回的原因" in _text(empty)
    manager.post(f"/approvals/{version.id}/reject", data={"note": "先等月底"})
    assert RuleVersion.get_by_id(version.id).state == "draft"
    assert "先等月底" in _text(enter("ops").get(f"/rules/{CODE}"))


def test_rolling_back_takes_one_click_and_a_stale_one_is_explained(enter: Any, workspace: Any, origin: Any) -> None:
    _published(workspace, origin("ops"), origin("manager"), priority=77)
    manager = enter("manager")
    assert "回滚到第 1 版" in _text(manager.get(f"/rules/{CODE}?tab=versions"))
    done = manager.post(f"/rules/{CODE}/rollback", data={"to": 1, "note": "改错了"}, follow_redirects=True)
    assert "已回滚到第 1 版的内容" in _text(done)
    row = RuleRecord.get(RuleRecord.code == CODE)
    assert (row.version, "priority" in row.document) == (3, False)
    again = manager.post(f"/rules/{CODE}/rollback", data={"to": 3}, follow_redirects=True)
    assert "就是现行版本" in _text(again)


def test_retiring_wants_the_rules_name(enter: Any, workspace: Any) -> None:
    manager = enter("manager")
    wrong = manager.post(f"/rules/{CODE}/retire", data={"name": "别的"}, follow_redirects=True)
    assert "请输入规则的名字" in _text(wrong)
    assert RuleRecord.get(RuleRecord.code == CODE).enabled
    manager.post(f"/rules/{CODE}/retire", data={"name": _title()})
    assert RuleRecord.get(RuleRecord.code == CODE).retired_at is not None
    assert "v1 已退役" in _text(manager.get(f"/rules/{CODE}"))
    assert enter("sales").post(f"/rules/{CODE}/retire", data={"name": _title()}).status_code == 403


def test_an_older_version_starts_a_new_draft_unless_one_is_on_its_way(enter: Any, workspace: Any, origin: Any) -> None:
    _published(workspace, origin("ops"), origin("manager"), priority=77)
    ops = enter("ops")
    made = ops.post(f"/rules/{CODE}/draft", data={"from": 1})
    assert made.headers["Location"].endswith(f"/rules/{CODE}/edit")
    draft = open_draft(CODE)
    assert draft is not None
    assert "priority" not in draft.document, "as in version 1"
    again = ops.post(f"/rules/{CODE}/draft", data={"from": 2}, follow_redirects=True)
    assert "已经有一份在途的版本" in _text(again)
    gone = ops.post(f"/rules/{CODE}/discard", data={"revision": draft.revision}, follow_redirects=True)
    assert "草稿已放弃" in _text(gone)
    assert open_draft(CODE) is None


def _greeting(ws: Any, author: Origin, reviewer: Origin) -> list[Lead]:
    """Put a wrong rule in force, and let three leads meet it."""
    document = {
        "id": MADE,
        "title": {"zh": "精密加工归华南", "en": "Machining goes south"},
        "purpose": {"zh": "错误的规则", "en": "A wrong rule"},
        "trigger": "lead.assigned",
        "priority": -500,
        "when": {
            "all": [
                {"field": "lead.industry", "op": "==", "value": "精密加工"},
                {"field": "lead.team", "op": "==", "value": "华东一部"},
            ]
        },
        "then": [{"assign": {"team": "华南部"}}, {"create_task": {"title": "当天致电", "assignee": "owner"}}],
    }
    draft = new_draft(ws, document, author)
    approve(ws, submit(ws, draft.id, "", author).id, reviewer)
    values = {"industry": "精密加工", "region": "江苏", "phone": ""}
    leads = [
        intake.take(ws, {**values, "company": f"{name}有限公司", "email": f"a{n}@a{n}.example"}, SYSTEM).lead
        for n, name in enumerate(("恒锐精密", "远达机械", "华晨精工"))
    ]
    run_until(ws, ws.clock.now() + timedelta(minutes=5))
    return leads


def _hidden(page: Any) -> dict[str, str]:
    found = dict(
        re.findall(r'name="(token|version|since|until)" value="([^"]*)"', page.text.rpartition("data-typed=")[2])
    )
    assert set(found) == {"token", "version", "since", "until"}
    return found


def test_firings_show_what_the_rule_saw_and_decided(enter: Any, workspace: Any, origin: Any) -> None:
    _greeting(workspace, origin("ops"), origin("manager"))
    page = _text(enter("ops").get(f"/rules/{MADE}?tab=firings"))
    assert "恒锐精密有限公司" in page
    assert "华南部" in page
    seen = _text(enter("manager").get(f"/rules/{MADE}?tab=firings"))
    assert "恒锐精密" not in seen, "a manager sees the leads of the own team only"
    assert "触发最多" in _text(enter("ops").get("/rules/"))


def test_the_checks_tab_runs_every_test_case(enter: Any, workspace: Any, origin: Any) -> None:
    case = {
        "title": {"zh": "没有联系方式", "en": "No contact"},
        "event": "lead.created",
        "facts": {"contact.has_phone": True},
        "expect": {"fires": True},
    }
    version = begin_draft(workspace, CODE, origin("ops"))
    save_draft(workspace, version.id, {**version.document, "tests": [case]}, origin("ops"))
    page = _text(enter("ops").get(f"/rules/{CODE}?tab=checks"))
    assert "没有联系方式" in page
    assert "没有通过" in page
    assert "查的是第 2 版" in page


def test_effects_are_previewed_then_undone_part_by_part(enter: Any, workspace: Any, origin: Any, company: Any) -> None:
    leads = _greeting(workspace, origin("ops"), origin("manager"))
    manager = enter("ops")
    preview = manager.get(f"/rules/{MADE}/undo?version=1&since=&until=")
    assert "可以撤销第 1 版的" in _text(preview)
    assert "负责人" in _text(preview)
    assert "恒锐精密有限公司" in _text(preview)
    given = _hidden(preview)
    wrong = manager.post(f"/rules/{MADE}/undo", data={**given, "name": "别的"})
    assert wrong.status_code == 422
    begun = manager.post(f"/rules/{MADE}/undo", data={**given, "name": "精密加工归华南", "note": "规则写错了"})
    result = begun.headers["Location"]
    far, start = {"done": 0, "all": 1}, 0
    while far["done"] < far["all"]:
        far = manager.post(f"{result}/part", data={"start": start}).json
        assert far["done"] > start
        start = far["done"]
    assert "项影响" in _text(manager.get(result))
    assert "规则写错了" in _text(manager.get(result))
    home = company.teams["华东一部"].id
    assert {Lead.get_by_id(lead.id).team_id for lead in leads} == {home}
    assert {task.state for task in Task.select().where(Task.title == "当天致电")} == {"cancelled"}
    again = manager.get(f"/rules/{MADE}/undo?version=1&since=&until=")
    assert "没有可以撤销的影响" in _text(again)
    assert f'href="{result}"' in again.text, "the undo is found again"
    repeated = manager.post(f"{result}/part", data={"start": 0}).json
    assert repeated["undone"] == 0


def test_after_a_rollback_the_effects_of_the_version_rolled_back_are_meant(
    enter: Any, workspace: Any, origin: Any
) -> None:
    leads = _greeting(workspace, origin("ops"), origin("manager"))
    better = begin_draft(workspace, MADE, origin("ops"))
    never = {**better.document, "when": {"field": "lead.industry", "op": "==", "value": "教育"}}
    save_draft(workspace, better.id, never, origin("ops"))
    approve(workspace, submit(workspace, better.id, "", origin("ops")).id, origin("manager"))
    workspace.clock.advance(hours=1)
    wrong = begin_draft(workspace, MADE, origin("ops"))
    tasks = {
        **wrong.document,
        "trigger": "lead.changed",
        "then": [{"create_task": {"title": "错", "assignee": "owner"}}],
    }
    tasks["when"] = {"field": "lead.budget", "op": "present"}
    save_draft(workspace, wrong.id, tasks, origin("ops"))
    approve(workspace, submit(workspace, wrong.id, "", origin("ops")).id, origin("manager"))
    for lead in leads[:2]:
        workspace.door.change("lead", lead.id, {"budget": 5}, SYSTEM)
    run_until(workspace, workspace.clock.now() + timedelta(minutes=5))
    rollback(workspace, MADE, 2, origin("manager"))
    found = version_effects(MADE)
    assert [(one.number, one.standing, one.meant) for one in found] == [
        *((4, "in_force", False), (3, "rolled_back", True)),
        *((2, "replaced", False), (1, "replaced", False)),
    ]
    assert [one.records for one in found][:3] == [0, 2, 0]
    ops = enter("ops")
    page = ops.get(f"/rules/{MADE}/undo").text
    assert re.search(r'value="3"\s+checked', page)
    assert "动过 2 条记录" in page
    assert "第 3 版已经回滚" in _text(ops.get(f"/rules/{MADE}?tab=versions"))
    preview = ops.get(f"/rules/{MADE}/undo?since=&until=")
    assert "可以撤销第 3 版的 2 项影响" in _text(preview)
    line = JournalLine.select().where(JournalLine.kind == "rule_version.created").order_by(JournalLine.seq.desc()).get()
    assert (line.after["restores"], line.after["base"]) == (2, 3), "the journal says what was rolled back to"
    assert _hidden(preview)["version"] == "3"
    said = CliRunner().invoke(rules_group, ["undo", MADE], obj=lambda: workspace, input="n\n").output
    assert re.search(r"→ +v3", said), said
    assert re.search("第 3 版.*可以撤销 2 项|version 3.*2 effects can be undone", said), said
    other = ops.get(f"/rules/{MADE}/undo?version=1&since=&until=")
    assert "可以撤销第 1 版的" in _text(other)
    # Once a version with content of its own is in force, its effects are the ones meant.
    anew = begin_draft(workspace, MADE, origin("ops"))
    save_draft(workspace, anew.id, {**anew.document, "priority": -400}, origin("ops"))
    approve(workspace, submit(workspace, anew.id, "", origin("ops")).id, origin("manager"))
    assert [one.number for one in version_effects(MADE) if one.meant] == [5]
    assert version_effects("nothing") == []


def test_a_version_written_back_by_hand_is_no_rollback(enter: Any, workspace: Any, origin: Any) -> None:
    _greeting(workspace, origin("ops"), origin("manager"))
    first = numbered_version(MADE, 1).document
    for document in ({**first, "when": {"field": "lead.industry", "op": "==", "value": "教育"}}, first):
        draft = begin_draft(workspace, MADE, origin("ops"))
        save_draft(workspace, draft.id, {**document, "version": draft.number}, origin("ops"))
        approve(workspace, submit(workspace, draft.id, "", origin("ops")).id, origin("manager"))
    assert [one.standing for one in version_effects(MADE)] == ["in_force", "replaced", "replaced"]


def test_a_plan_that_changed_is_previewed_again_kindly(enter: Any, workspace: Any, origin: Any) -> None:
    _greeting(workspace, origin("ops"), origin("manager"))
    manager = enter("ops")
    given = _hidden(manager.get(f"/rules/{MADE}/undo?version=1&since=&until="))
    task = Task.get(Task.title == "当天致电")
    workspace.door.change("task", task.id, {"state": "done"}, origin("ops"))
    answer = manager.post(f"/rules/{MADE}/undo", data={**given, "name": "精密加工归华南"})
    assert answer.status_code == 409
    assert "什么都没有撤销" in _text(answer)
    assert "已完成" in _text(answer)
    assert _hidden(answer)["token"] != given["token"]


def test_only_who_may_approve_undoes(enter: Any, workspace: Any, origin: Any) -> None:
    _greeting(workspace, origin("ops"), origin("manager"))
    sales = enter("sales")
    for path in (f"/rules/{MADE}/undo", f"/rules/{MADE}/compare", f"/rules/{MADE}/yaml", "/approvals/"):
        assert sales.get(path).status_code == 403, path
    assert enter("legal").post(f"/rules/{MADE}/undo", data={}).status_code == 403
    backwards = enter("manager").get(f"/rules/{MADE}/undo?version=1&since=2026-11-24T12:00&until=2026-11-24T11:00")
    assert "结束须晚于开始" in _text(backwards)
