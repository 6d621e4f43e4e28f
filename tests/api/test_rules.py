"""The rulebook over the API: the whole way of a rule, who may what, conflicts, trials, undoing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, RuleRecord, RuleVersion, Task, User
from clew.core.people import sign_in as auth
from clew.core.running import drain, run_until

from ..app import app_of

CODE = "quality-unreachable"
GREET = {
    "id": "greet-machining",
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


@pytest.fixture
def call(any_workspace: Any, found: Callable[[Any], Any]) -> Any:
    """A function `call(role, method, path, json, **headers)` on a fresh company."""
    company = found(any_workspace)
    client = app_of(any_workspace).test_client()
    tokens: dict[str, str] = {}

    def ask(who: str, method: str, path: str, json: Any = None, **headers: str) -> Any:
        user: User = company.user(who)
        if user.id not in tokens:
            tokens[user.id] = auth.issue_token(any_workspace, user, "test", SYSTEM)
        head = {"Authorization": f"Bearer {tokens[user.id]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return client.open(f"/api/v1{path}", method=method, json=json, headers=head)

    ask.company, ask.ws = company, any_workspace  # type: ignore[attr-defined]
    return ask


def _draft(call: Any, **changes: Any) -> Any:
    document = call("ops", "GET", f"/rules/{CODE}").json["document"]
    return call("ops", "PUT", f"/rules/{CODE}/draft", {"document": {**document, **changes}})


def test_a_rule_travels_its_whole_way(call: Any) -> None:
    assert _draft(call, priority=77).json["number"] == 2
    assert call("ops", "GET", f"/rules/{CODE}").json["states"] == ["published", "draft"]
    sent = call("ops", "POST", f"/rules/{CODE}/submit", {"note": "请看"})
    assert sent.json["state"] == "review"
    assert call("ops", "POST", f"/rules/{CODE}/approve").status_code == 403, "nobody approves their own"
    assert call("sales", "POST", f"/rules/{CODE}/approve").status_code == 403
    stale = call("manager", "POST", f"/rules/{CODE}/approve", If_Match='"1"')
    assert stale.status_code == 409
    done = call("manager", "POST", f"/rules/{CODE}/approve", If_Match=f'"{sent.json["revision"]}"')
    assert (done.json["state"], done.json["reviewer_name"]) == ("published", "华东一部经理")
    said = call("manager", "GET", f"/rules/{CODE}/compare?a=1&b=2", Accept_Language="en").json["differences"]
    assert [(one["path"], one["after"]) for one in said if one["path"]] == [("priority", 77)]
    back = call("manager", "POST", f"/rules/{CODE}/rollback", {"version": 1, "reason": "改错了"})
    assert (back.json["number"], back.json["note"]) == (3, "改错了")
    states = [one["state"] for one in call("manager", "GET", f"/rules/{CODE}/versions").json["items"]]
    assert states == ["published", "retired", "retired"]
    assert call("manager", "POST", f"/rules/{CODE}/retire").json["states"] == ["retired"]
    assert call("ops", "POST", f"/rules/{CODE}/switch", {"on": True}).status_code == 409


def test_a_version_goes_back_with_a_note_or_waits_for_its_moment(call: Any) -> None:
    _draft(call, priority=77)
    call("ops", "POST", f"/rules/{CODE}/submit")
    later = call("manager", "POST", f"/rules/{CODE}/approve", {"effective_at": "2026-11-25T00:00"})
    assert (later.json["state"], later.json["effective_at"]) == ("approved", "2026-11-24T16:00:00+00:00")
    assert call("manager", "POST", f"/rules/{CODE}/reject", {"note": ""}).status_code == 422
    assert call("manager", "POST", f"/rules/{CODE}/reject", {"note": "等月底"}).json["state"] == "draft"
    assert call("ops", "DELETE", f"/rules/{CODE}/draft").json["state"] == "discarded"
    assert call("ops", "DELETE", f"/rules/{CODE}/draft").status_code == 404


def test_an_outdated_draft_is_refused_with_what_changed_and_can_be_rebased(call: Any) -> None:
    _draft(call, priority=77)
    row = RuleVersion.get(RuleVersion.code == CODE, RuleVersion.state == "draft")
    current = RuleRecord.get(RuleRecord.code == CODE)
    call.ws.door.change(
        "rule", current.id, {"version": 9, "document": {**current.document, "group": "quality", "version": 9}}, SYSTEM
    )
    refused = call("ops", "POST", f"/rules/{CODE}/submit")
    assert (refused.status_code, refused.json["code"]) == (409, "outdated")
    assert [one["path"] for one in refused.json["differences"] if one["path"]] == ["group"]
    moved = call("ops", "POST", f"/rules/{CODE}/draft/rebase").json
    assert (moved["id"], moved["base"], moved["document"]["group"]) == (row.id, 9, "quality")


def test_a_draft_saved_by_somebody_else_meanwhile_is_a_conflict(call: Any) -> None:
    saved = _draft(call, priority=77)
    document = saved.json["document"]
    first = call("admin", "PUT", f"/rules/{CODE}/draft", {"document": {**document, "priority": 78}})
    assert first.status_code == 200
    second = call(
        "ops", "PUT", f"/rules/{CODE}/draft", {"document": {**document, "priority": 79}}, If_Match=saved.headers["ETag"]
    )
    assert second.status_code == 409


def test_the_same_key_begins_a_rule_once(call: Any) -> None:
    first = call("ops", "POST", "/rules", {"document": GREET}, Idempotency_Key="k1")
    again = call("ops", "POST", "/rules", {"document": GREET}, Idempotency_Key="k1")
    other = call("ops", "POST", "/rules", {"document": {**GREET, "priority": 1}}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json["id"] == again.json["id"]
    assert call("ops", "POST", "/rules", {"document": "?"}).status_code == 422
    assert call("manager", "POST", "/rules", {"document": GREET}).status_code == 403


def test_rules_are_listed_in_pages_and_by_state(call: Any) -> None:
    seen: list[str] = []
    after = ""
    while after is not None:
        page = call("manager", "GET", f"/rules?limit=7&after={after}").json
        seen += [one["code"] for one in page["items"]]
        after = page["next"]
    assert sorted(seen) == sorted(row.code for row in RuleRecord.select())
    assert call("manager", "GET", "/rules?state=draft").json["items"] == []
    assert call("sales", "GET", "/rules").status_code == 403
    one = call("manager", "GET", f"/rules/{CODE}").json
    assert one["sentence"]["zh"].endswith("。")
    assert one["sentence"]["en"].endswith(".")
    assert call("manager", "GET", "/rules/none").status_code == 404


def test_a_document_is_checked_with_its_path(call: Any) -> None:
    document = {**GREET, "when": {"field": "lead.industri", "op": "==", "value": "精密加工"}}
    said = call("ops", "POST", "/rule-checks", {"document": document}).json
    assert said["problems"][0]["path"] == "when.field"
    assert "lead.industry" in said["problems"][0]["message"]
    assert call("ops", "POST", "/rule-checks", {"document": GREET}).json["problems"] == []
    assert call("ops", "POST", "/rule-checks").status_code == 200


def test_a_rule_is_tried_on_a_lead_one_may_see_and_writes_nothing(call: Any) -> None:
    lead = intake.take(
        call.ws,
        {"company": "恒锐精密有限公司", "industry": "精密加工", "contact_name": "高建明", "phone": "13812345678"},
        SYSTEM,
    ).lead
    document = {**GREET, "when": GREET["when"]["all"][0]}  # type: ignore[index]
    before = Lead.get_by_id(lead.id).revision
    tried = call("ops", "POST", "/rule-trials", {"document": document, "record_id": lead.id}).json
    assert tried["fired"]
    assert {"assign": {"team": "华南部"}} in tried["decisions"]
    assert tried["facts"]["contact.name"] == "高*明"
    assert Lead.get_by_id(lead.id).revision == before
    asked = {"document": document, "record_id": lead.id}
    assert (tried["seq"], call("ops", "POST", "/rule-trials/moments", asked).json["items"]) == (None, [])
    drain(call.ws)  # Now it is assigned.
    (moment,) = call("ops", "POST", "/rule-trials/moments", asked).json["items"]
    then = call("ops", "POST", "/rule-trials", asked).json
    assert (then["seq"], then["event"]) == (moment["seq"], "lead.assigned")
    assert call("ops", "POST", "/rule-trials", {**asked, "seq": moment["seq"]}).json == then
    assert call("ops", "POST", "/rule-trials", {**asked, "now": True}).json["seq"] is None
    assert call("ops", "POST", "/rule-trials", {**asked, "seq": moment["seq"] + 10_000}).status_code == 404
    for path in ("/rule-trials", "/rule-trials/moments"):
        assert call("manager", "POST", path, asked).status_code == 404
    made_up = call(
        "manager",
        "POST",
        "/rule-trials",
        {"document": document, "facts": {"lead.industry": "电子", "lead.team": "华东一部"}},
    ).json
    assert (made_up["fired"], made_up["decisions"]) == (False, [])
    assert call("manager", "POST", "/rule-trials", {"document": {"id": "x"}, "facts": {}}).status_code == 422
    assert call("manager", "POST", "/rule-trials", {"code": CODE}).status_code == 400


def test_test_cases_run_over_the_api(call: Any) -> None:
    case = {"title": {"zh": "有电话", "en": "Phone"}, "facts": {"contact.has_phone": True}, "expect": {"fires": True}}
    _draft(call, tests=[{**case, "event": "lead.created"}])
    said = call("ops", "GET", f"/rules/{CODE}/tests").json
    assert (said["version"], [one["passed"] for one in said["items"]]) == (2, [False])
    refused = call("ops", "POST", f"/rules/{CODE}/submit")
    assert refused.status_code == 422
    assert "tests[0]" in [one["field"] for one in refused.json["problems"]]


def test_the_vocabulary_and_the_way_are_in_the_openapi_document(call: Any) -> None:
    known = call("ops", "GET", "/rule-vocabulary").json
    assert "lead.industry" in known["fields"]
    assert "assign" in known["actions"]
    assert "lead.created" in known["triggers"]
    paths = call("ops", "GET", "/openapi.json").json["paths"]
    for path in ("/rules", "/rules/{code}/approve", "/rules/{code}/versions/{number}/undo", "/rule-trials"):
        assert f"/api/v1{path}" in paths


def test_effects_are_previewed_and_undone_once(call: Any) -> None:
    call("ops", "POST", "/rules", {"document": GREET})
    sent = call("ops", "POST", "/rules/greet-machining/submit")
    assert sent.status_code == 200, sent.text
    assert call("manager", "POST", "/rules/greet-machining/approve").status_code == 200
    lead = intake.take(
        call.ws,
        {"company": "恒锐精密有限公司", "industry": "精密加工", "region": "江苏", "email": "a@a.example"},
        SYSTEM,
    ).lead
    run_until(call.ws, call.ws.clock.now() + timedelta(minutes=5))
    where = "/rules/greet-machining/versions/1"
    (effects,) = call("ops", "GET", "/rules/greet-machining/effects").json["items"]
    assert (effects["version"], effects["standing"], effects["meant"]) == (1, "in_force", True)
    assert effects["records"] == 3, "the lead, its task, the message to its new owner"
    assert call("ops", "GET", "/rules/nothing/effects").status_code == 404
    plan = call("ops", "GET", f"{where}/effects").json
    assert plan["counts"]["kept"] == 0
    asked = {name: plan[name] for name in ("since", "until", "token")}
    assert call("sales", "POST", f"{where}/undo", asked).status_code == 403
    wrong = call("ops", "POST", f"{where}/undo", {**asked, "token": "0" * 32})
    assert (wrong.status_code, wrong.json["code"]) == (409, "plan_changed")
    done = call("ops", "POST", f"{where}/undo", {**asked, "reason": "规则写错了"}).json
    assert (done["undone"], done["kept"]) == (len(plan["items"]), [])
    assert Lead.get_by_id(lead.id).team_id == call.company.teams["华东一部"].id
    assert Task.get(Task.title == "当天致电").state == "cancelled"
    again = call("ops", "POST", f"{where}/undo", asked).json
    assert again["seq"] == done["seq"]
