"""The rule editor's page and the JSON behind it: who may what, nothing lost, no crash on what is broken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, RuleRecord, RuleVersion
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import new_draft, open_draft, version_of
from clew.core.running import drain
from clew.core.storage.system_tables import JournalLine
from clew.rules.packs.bundled import bundled_packs

from .. import own_kinds
from ..app import app_of

CODE = "first-response-start"
LEAD = {"company": "苏州恒锐精密机械有限公司", "contact_name": "高建明", "phone": "13812345678", "industry": "电子"}
NEW: dict[str, Any] = {
    "title": {"zh": "大单提醒", "en": "Large deals"},
    "purpose": {"zh": "大单要有人看着。", "en": "Somebody watches large deals."},
    "trigger": "lead.created",
    "when": {"field": "lead.budget", "op": ">=", "value": 800000},
    "then": [{"notify": {"to": "role:ops", "title": "大单", "body": "{lead.company} 预算 {lead.budget}"}}],
}


class Editor:
    """A browser's part in the editor: pages and JSON calls of one signed-in person."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def page(self, path: str) -> Any:
        return self.client.get(path)

    def state(self, code: str) -> dict[str, Any]:
        text = self.client.get(f"/rules/{code}/edit").text
        found: dict[str, Any] = json.loads(text.split('id="rule-editor-state">')[1].split("</script>")[0])
        return found

    def call(self, code: str, what: str, **body: Any) -> Any:
        return self.client.post(f"/rules/{code}/edit/{what}", json=body)

    def save(self, code: str, document: dict[str, Any], revision: int | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.call(code, "save", document=document, revision=revision).get_json()
        return found


@pytest.fixture
def enter(workspace: Any, company: Any) -> Any:
    """A function that returns the editor as somebody of a role sees it."""
    app = app_of(workspace, csrf=False)

    def as_(role: str) -> Editor:
        client = app.test_client()
        answer = client.post("/sign-in", data={"name": company.user(role).email, "password": company.password})
        assert answer.status_code == 302
        return Editor(client)

    as_.app, as_.ws, as_.company = app, workspace, company  # type: ignore[attr-defined]
    return as_


def _document(code: str = CODE) -> dict[str, Any]:
    return dict(RuleRecord.get(RuleRecord.code == code).document)


def _twenty(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "then": [{"start_deadline": {"name": "first_response", "working_minutes": 20}}]}


@pytest.mark.parametrize(
    ("role", "page", "new", "save"),
    [
        ("ops", 200, 200, 200),
        ("admin", 200, 200, 200),
        ("manager", 200, 403, 403),
        ("sales", 403, 403, 403),
        ("legal", 403, 403, 403),
    ],
)
def test_rules_are_edited_by_whom_it_is_for(enter: Any, role: str, page: int, new: int, save: int) -> None:
    editor = enter(role)
    assert editor.page(f"/rules/{CODE}/edit").status_code == page
    assert editor.page("/rules/new").status_code == new
    assert editor.call(CODE, "save", document=_twenty(_document()), revision=None).status_code == save
    assert editor.call("new", "save", document=NEW).status_code == save
    begun = RuleVersion.select().where(RuleVersion.state == "draft").count()
    assert begun == (2 if save == 200 else 0)


def test_a_manager_reads_and_tries_but_changes_nothing(enter: Any) -> None:
    manager = enter("manager")
    assert manager.state(CODE)["may_edit"] is False
    assert manager.call(CODE, "preview", document=_document()).get_json()["parts"]["zh"]
    enter("ops").save(CODE, _twenty(_document()))
    for what in ("submit", "discard", "rebase"):
        assert manager.call(CODE, what).status_code == 403
    assert open_draft(CODE).state == "draft"


def test_every_call_needs_the_forms_token(enter: Any) -> None:
    editor = enter("ops")
    enter.app.config["WTF_CSRF_ENABLED"] = True
    assert editor.call(CODE, "save", document=_document()).status_code == 400
    page = editor.page(f"/rules/{CODE}/edit").text
    token = page.split('data-csrf="')[1].split('"')[0]
    answer = editor.client.post(
        f"/rules/{CODE}/edit/preview", json={"document": _document()}, headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 200


def test_looking_begins_no_draft_and_the_first_change_does(enter: Any) -> None:
    editor = enter("ops")
    state = editor.state(CODE)
    assert state["version"] is None
    assert state["current"]["version"] == 1
    assert open_draft(CODE) is None
    saved = editor.save(CODE, _twenty(state["document"]))
    assert saved["version"]["number"] == 2
    assert saved["document"]["version"] == 2
    lines = JournalLine.select().where(JournalLine.record_id == saved["version"]["id"])
    assert lines.count() == 1, "a draft is never on record without what its author wrote"
    assert RuleRecord.get(RuleRecord.code == CODE).document["then"] == state["document"]["then"]
    again = editor.state(CODE)
    assert again["document"]["then"][0]["start_deadline"]["working_minutes"] == 20
    assert again["version"]["revision"] == saved["version"]["revision"]


def test_the_page_names_what_the_pickers_offer(enter: Any) -> None:
    vocabulary = enter("ops").state(CODE)["vocabulary"]
    budget = next(one for one in vocabulary["fields"] if one["name"] == "lead.budget")
    assert (budget["title"], budget["kind"], budget["unit"], budget["group"]) == ("预算", "number", "元", "线索")
    assert vocabulary["operators"]["number"][0]["title"] == "大于等于"
    assert {"contracts", "follow_ups"} <= {one["name"] for one in vocabulary["collections"]}
    assign = next(one for one in vocabulary["actions"] if one["name"] == "assign")
    assert "华东一部" in next(one for one in assign["args"] if one["name"] == "team")["suggestions"]


def test_a_sound_draft_reads_as_a_sentence_with_places(enter: Any) -> None:
    editor = enter("ops")
    found = editor.call(CODE, "preview", document=_twenty(_document())).get_json()
    said = "".join(part["text"] for part in found["parts"]["zh"])
    assert "20 个工作分钟" in said
    assert said.startswith("当线索已分配")
    assert {"text": "20 个工作分钟", "path": "then[0].start_deadline.working_minutes"} in found["parts"]["zh"]
    assert "".join(part["text"] for part in found["parts"]["en"]).startswith("When")
    assert found["problems"] == []
    assert found["changes"] == 1


def test_problems_come_with_their_places(enter: Any) -> None:
    document = {**_document(), "when": {"all": [{"field": "lead.bugdet", "op": ">=", "value": 1}]}}
    found = enter("ops").call(CODE, "preview", document=document).get_json()
    assert [one["path"] for one in found["problems"]] == ["when.all[0].field"]
    assert "lead.budget" in found["problems"][0]["text"]
    assert found["parts"] == {}


def test_findings_come_with_a_witness_and_a_repair_of_this_document(enter: Any) -> None:
    never = {
        **_document(),
        "when": {
            "all": [
                {"field": "lead.budget", "op": ">", "value": 500000},
                {"field": "lead.budget", "op": "<", "value": 100000},
            ]
        },
    }
    found = enter("ops").call(CODE, "preview", document=never).get_json()
    assert "never" in " ".join(one["code"] for one in found["findings"])
    assert all(set(one) >= {"level", "text", "path", "witness", "repairs"} for one in found["findings"])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"when": "everything", "then": "nothing"},
        {"trigger": {"a": 1}, "when": {"all": [None, 3, {"not": {"not": {}}}]}, "then": [[], {}, {"x": 1}]},
        {"match": [{"as": "c"}], "derive": [], "tests": [{}], "title": "no"},
        {"when": {"all": [{"field": None, "op": None}]}},
    ],
)
def test_broken_documents_are_answered_kept_and_shown(enter: Any, document: dict[str, Any]) -> None:
    editor = enter("ops")
    broken = {**document, "id": CODE}
    answer = editor.call(CODE, "preview", document=broken)
    assert answer.status_code == 200
    assert answer.get_json()["problems"]
    saved = editor.save(CODE, broken)
    assert editor.page(f"/rules/{CODE}/edit").status_code == 200
    assert editor.state(CODE)["document"] == {**broken, "version": saved["version"]["number"]}
    assert editor.call(CODE, "submit").status_code == 422


def test_the_second_to_save_is_told_and_loses_nothing(enter: Any) -> None:
    one, other = enter("ops"), enter("admin")
    first = one.save(CODE, _twenty(_document()))
    seen = first["version"]["revision"]
    mine = {**first["document"], "priority": 5}
    assert "conflict" not in one.save(CODE, mine, seen)
    theirs = {**first["document"], "owner": "运营部"}
    told = other.save(CODE, theirs, seen)["conflict"]
    assert "ops 同事" in told["text"]
    assert told["document"]["priority"] == 5
    assert any("优先级" in text for text in told["differences"])
    assert open_draft(CODE).document["priority"] == 5
    assert "conflict" not in other.save(CODE, theirs, told["version"]["revision"])
    assert open_draft(CODE).document["owner"] == "运营部"


def test_two_who_begin_at_once_do_not_overwrite_each_other(enter: Any) -> None:
    one, other = enter("ops"), enter("admin")
    one.save(CODE, _twenty(_document()))
    told = other.save(CODE, {**_document(), "priority": 9})
    assert told["conflict"]["document"]["then"] == _twenty({})["then"]
    assert "priority" not in open_draft(CODE).document


def test_a_new_rule_gets_an_id_that_is_free(enter: Any) -> None:
    editor = enter("ops")
    first = editor.save("new", NEW)
    second = editor.save("new", NEW)
    assert (first["code"], second["code"]) == ("large-deals", "large-deals-2")
    third = editor.save("new", {**NEW, "title": {"zh": "中文", "en": "中文"}})
    assert third["code"] == "lead-created-notify"
    assert editor.call("new", "save", document={**NEW, "id": CODE}).status_code == 409


def test_yaml_goes_both_ways_without_loss(enter: Any) -> None:
    editor = enter("ops")
    documents = [rule.document for pack in bundled_packs(bundled_vocabulary()) for rule in pack.rules] + [NEW]
    for document in documents:
        text = editor.call(CODE, "yaml", document=document).get_json()["text"]
        assert editor.call(CODE, "yaml", text=text).get_json()["document"] == document
    odd = {
        "id": "odd",
        "then": [{"x": {"y": ["多\n行", "2025-01-31", True, 1.5, None, "{a}", ": #"]}}],
        "extra": {"k": []},
    }
    text = editor.call(CODE, "yaml", document=odd).get_json()["text"]
    assert editor.call(CODE, "yaml", text=text).get_json()["document"] == odd


@pytest.mark.parametrize("text", ["a: [1", "- just\n- a list", "x: &a [1]\ny: *a", "a: 1\na: 2"])
def test_bad_yaml_says_the_line(enter: Any, text: str) -> None:
    answer = enter("ops").call(CODE, "yaml", text=text)
    assert answer.status_code == 422
    assert "line" in answer.get_json()["problems"][0]["path"]


def test_a_trial_shows_each_clause_and_writes_nothing(enter: Any) -> None:
    ws, editor = enter.ws, enter("ops")
    lead = intake.take(ws, LEAD, SYSTEM).lead
    drain(ws)
    offered = editor.client.get(f"/rules/{CODE}/edit/records?q=恒锐").get_json()["records"]
    assert [one["id"] for one in offered] == [lead.id]
    before = Lead.get_by_id(lead.id).revision
    found = editor.call(CODE, "trial", document=_twenty(_document()), record_id=lead.id).get_json()
    assert found["fired"]
    assert found["mine"] == ["开始首次响应计时（20 个工作分钟）"]
    assert [one["holds"] for one in found["clause"]["items"]] == [True, True]
    assert found["facts"]["contact.name"] == "高*明"
    assert Lead.get_by_id(lead.id).revision == before
    assert open_draft(CODE) is None


def test_messages_are_shown_as_the_record_would_have_them(enter: Any) -> None:
    facts = {"lead.company": "恒锐", "lead.budget": 900000}
    found = enter("ops").call("new", "trial", document=NEW, facts=facts).get_json()
    assert found["rendered"][0]["body"] == "恒锐 预算 900000"
    assert found["fired"]
    less = enter("ops").call("new", "trial", document=NEW, facts={**facts, "lead.budget": 1}).get_json()
    assert not less["fired"]
    assert less["changes"] == [{"name": "预算", "after": "80 万元"}]


def test_related_records_are_counted(enter: Any) -> None:
    where = {"field": "c.amount", "op": ">=", "value": 200000}
    document = {**NEW, "match": [{"as": "c", "of": "contracts", "where": where}]}
    facts = {"lead.budget": 900000, "contracts": [{"number": "A", "amount": 1}, {"number": "B", "amount": 300000}]}
    found = enter("ops").call("new", "trial", document=document, facts=facts).get_json()
    assert found["fired"]
    assert found["match"] == [
        {"words": "客户的合同中有一条（其金额 ≥ 20 万元）", "holds": True, "value": "2 条中 1 条符合"}
    ]


def test_a_lead_is_tried_as_it_stood_then(enter: Any) -> None:
    ws, editor = enter.ws, enter("ops")
    lead = intake.take(ws, {**LEAD, "budget": 900000}, SYSTEM).lead
    drain(ws)
    then = ws.clock.now().isoformat()
    ws.clock.advance(hours=1)
    ws.door.change("lead", lead.id, {"budget": 10}, SYSTEM)
    came = editor.call("new", "trial", document=NEW, record_id=lead.id, list=True).get_json()
    now = editor.call("new", "trial", document=NEW, record_id=lead.id, now=True).get_json()
    before = editor.call("new", "trial", document=NEW, record_id=lead.id, at=then).get_json()
    assert [one["fired"] for one in (came, now, before)] == [True, False, True]
    assert [(one["seq"], one["when"]) for one in came["moments"]] == [(came["seq"], came["when"])]
    assert came["none"] == ""
    won = {**NEW, "trigger": "lead.outcome_changed"}
    never = editor.call("new", "trial", document=won, record_id=lead.id, list=True).get_json()
    assert (never["moments"], never["seq"]) == ([], None)
    assert "还没有发生过" in never["none"]
    for wrong in ({"at": "soon"}, {"seq": "soon"}, {"seq": -1}, {"seq": "１２"}):
        assert editor.call("new", "trial", document=NEW, record_id=lead.id, **wrong).status_code == 422
    assert editor.call("new", "trial", document=NEW, record_id=lead.id, seq=10**17).status_code == 404


def test_a_lead_of_another_team_can_not_be_tried_on(enter: Any) -> None:
    ws, company = enter.ws, enter.company
    lead = intake.take(ws, LEAD, SYSTEM).lead
    other = company.teams["华北部"]
    ws.door.change("lead", lead.id, {"team_id": other.id, "owner_id": company.sellers["华北部"][0].id}, SYSTEM)
    manager = enter("manager")
    assert manager.call(CODE, "trial", document=_document(), record_id=lead.id).status_code == 404
    assert manager.client.get(f"/rules/{CODE}/edit/records?q=").get_json()["records"] == []


def test_records_are_offered_to_which_the_event_came_the_newest_moment_first(enter: Any) -> None:
    ws, editor = enter.ws, enter("ops")
    names = [f"{word}精密" for word in ("甲", "乙", "丙", "丁")]
    leads = {
        name: intake.take(ws, {**LEAD, "company": name, "phone": f"1381234560{number}"}, SYSTEM).lead
        for number, name in enumerate(names)
    }
    for name in ("丙精密", "甲精密"):
        ws.clock.advance(minutes=5)
        ws.door.change("lead", leads[name].id, {"stage": "diagnosis"}, SYSTEM)

    def offered(asked: str) -> list[str]:
        got = editor.client.get(f"/rules/{CODE}/edit/records?{asked}").get_json()["records"]
        return [one["label"] for one in got]

    assert offered("event=lead.stage_changed") == ["甲精密", "丙精密"]
    assert offered("event=lead.stage_changed&q=丙") == ["丙精密"]
    assert offered("event=lead.stage_changed&q=乙") == ["乙精密"], "one it never came to can be tried as it is now"
    assert offered("event=lead.won")[:1] == ["丁精密"], "where it never came the newest are offered"
    ws.clock.advance(minutes=5)
    ws.door.create("follow_up", {"lead_id": leads["乙精密"].id, "way": "phone", "content": "聊了"}, SYSTEM)
    found = offered("event=lead.stage_changed&event=follow_up.created")
    assert found == ["乙精密", "甲精密", "丙精密"]


def test_what_a_rule_is_tried_on_follows_from_its_event(enter: Any) -> None:
    ws, editor = enter.ws, enter("ops")
    lead = intake.take(ws, LEAD, SYSTEM).lead
    own_kinds.make_sample(ws, Origin(Actor.of(enter.company.user("ops")), "console"))
    given = {"customer_id": lead.customer_id, "model": "扫描头 A-1", "quantity": 3}
    sample = ws.door.create("sample", given, SYSTEM).record
    offered = editor.client.get(f"/rules/{CODE}/edit/records?event=sample.created&q=扫描").get_json()
    assert offered["title"] == "样品"
    assert [(one["id"], one["label"]) for one in offered["records"]] == [(sample.id, "扫描头 A-1")]
    assert editor.client.get(f"/rules/{CODE}/edit/records?event=nothing.created").status_code == 422
    when = {"field": "sample.model", "op": "starts_with", "value": "扫描"}
    asked = {"document": {**NEW, "trigger": "sample.created", "when": when}, "record_id": sample.id}
    found = editor.call("new", "trial", **asked).get_json()
    assert found["fired"], found
    assert found["seq"]
    page = editor.client.get(f"/rules/{CODE}/edit?record={lead.id}").text
    assert LEAD["company"] in page


def test_a_trial_kept_becomes_a_test_case_that_runs(enter: Any) -> None:
    ws, editor = enter.ws, enter("ops")
    lead = intake.take(ws, LEAD, SYSTEM).lead
    drain(ws)
    saved = editor.save(CODE, _twenty(_document()))
    tried = editor.call(CODE, "trial", document=saved["document"], record_id=lead.id).get_json()
    asked = {key: tried[key] for key in ("facts", "event", "at")}
    kept = editor.call(CODE, "keep", **asked, title="恒锐", revision=saved["version"]["revision"]).get_json()
    (case,) = kept["document"]["tests"]
    assert case["title"]["zh"] == "恒锐"
    assert case["expect"]["fires"] is True
    found = editor.call(CODE, "preview", document=kept["document"]).get_json()
    assert found["tests"] == [{"passed": True, "title": "恒锐", "text": ""}]
    later = {**kept["document"], "then": [{"start_deadline": {"name": "first_response", "working_minutes": 45}}]}
    assert editor.call(CODE, "preview", document=later).get_json()["tests"][0]["passed"] is False
    stale = editor.call(CODE, "keep", **asked, title="x", revision=saved["version"]["revision"])
    assert stale.status_code == 409


def test_a_draft_is_sent_taken_back_by_a_change_and_given_up(enter: Any) -> None:
    editor = enter("ops")
    saved = editor.save(CODE, _twenty(_document()))
    assert "经理" in "".join(saved["version"]["approvers"])
    assert "ops 同事" not in saved["version"]["approvers"]
    sent = editor.call(CODE, "submit", note="更快响应").get_json()["version"]
    assert (sent["state"], sent["note"]) == ("review", "更快响应")
    back = editor.save(CODE, {**saved["document"], "priority": 3}, sent["revision"])
    assert back["version"]["state"] == "draft"
    assert editor.call(CODE, "discard", revision=back["version"]["revision"]).get_json() == {"to": f"/rules/{CODE}"}
    assert open_draft(CODE) is None
    late = editor.call(CODE, "save", document=saved["document"], revision=back["version"]["revision"])
    assert late.status_code == 409
    assert "刷新" in late.get_json()["error"]


def test_a_draft_that_fell_behind_is_merged(enter: Any) -> None:
    ws, editor = enter.ws, enter("ops")
    saved = editor.save(CODE, _twenty(_document()))
    quick = version_of(saved["version"]["id"])
    editor.call(CODE, "submit", note="")
    manager = Origin(Actor.of(enter.company.user("manager")), "console")
    approve(ws, quick.id, manager)
    behind = editor.save(CODE, {**_document(), "priority": 7})
    ahead = RuleRecord.get(RuleRecord.code == CODE)
    assert behind["version"]["base"] == ahead.version == 2
    assert editor.call(CODE, "rebase").get_json()["document"]["priority"] == 7


def test_a_table_goes_to_its_grid_and_an_unknown_rule_nowhere(enter: Any) -> None:
    editor = enter("ops")
    table = {"id": "routing", "rows": [], "inputs": [], "outputs": []}
    new_draft(enter.ws, table, Origin(Actor.of(enter.company.user("ops")), "console"))
    answer = editor.page("/rules/routing/edit")
    assert answer.status_code == 302
    assert answer.location == "/tables/routing"
    assert editor.page("/rules/no-such-rule/edit").status_code == 404
    assert editor.call("no-such-rule", "submit").status_code == 404
