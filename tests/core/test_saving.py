"""Rules that judge a record before it is written: they block it for everybody, or want a person to confirm it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clew.core.errors import Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Lead
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch, Firing, JournalLine
from clew.core.workspace import Workspace
from clew.core.write.prewrite import NeedsConfirmation

from ..app import app_of

CAR_LEAD = {"company": "恒锐精密", "phone": "13812345678", "region": "江苏"}


@pytest.fixture
def firm(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Any:
    return found(any_workspace)


@pytest.fixture
def put(any_workspace: Workspace, firm: Any) -> Callable[..., None]:
    """A function that puts one judging rule in force."""

    def make(code: str, trigger: str, then: dict[str, Any], when: Any, version: int = 1) -> None:
        words = {"zh": f"{code}规则", "en": code}
        document = {"id": code, "version": version, "title": words, "purpose": words, "trigger": trigger}
        document |= {"then": [then], "when": when}
        values = {"code": code, "pack": "custom", "version": version, "document": document}
        any_workspace.door.create("rule", values, SYSTEM)

    return make


def by(user: Any) -> Origin:
    return Origin(Actor.of(user), "console")


def lead_in(ws: Workspace) -> Lead:
    lead = intake.take(ws, CAR_LEAD, SYSTEM).lead
    drain(ws)
    return Lead.get_by_id(lead.id)


NO_BUDGET_CUT = {
    "all": [
        {"field": "event.changed", "op": "contains", "value": "budget"},
        {"field": "lead.budget", "op": "<", "value": 1000},
    ]
}


def test_a_blocked_change_is_refused_with_the_rules_words_and_nothing_is_written(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("floor", "lead.saving", {"block": {"message": "「{lead.company}」预算不能低于 1000 元"}}, NO_BUDGET_CUT, 7)
    lead = lead_in(ws)
    owner = by(firm.user("sales").get_by_id(lead.owner_id))
    lines = JournalLine.select().count()
    with pytest.raises(Invalid) as refused:
        ws.door.change("lead", lead.id, {"budget": "999"}, owner)
    assert refused.value.text.zh == "「恒锐精密」预算不能低于 1000 元（规则「floor规则」floor v7）"
    assert JournalLine.select().count() == lines
    assert Lead.get_by_id(lead.id).budget is None
    ws.door.change("lead", lead.id, {"budget": "1000"}, owner)
    ws.door.change("lead", lead.id, {"note": "别的字段不问"}, owner)


def test_a_new_record_is_judged_too_and_by_what_it_would_be(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    mars = {"all": [{"field": "lead.region", "op": "==", "value": "火星"}]}
    put("no-mars", "lead.saving", {"block": {"message": "我们不去火星"}}, mars)
    with pytest.raises(Invalid, match="no-mars v1"):
        intake.take(ws, {**CAR_LEAD, "region": "火星"}, SYSTEM)
    assert not Lead.select().exists(), "and the customer made for it is gone with it"
    large = {"all": [{"field": "contract.amount", "op": ">", "value": 100}]}
    put(
        "too-large", "contract.saving", {"block": {"message": "{contract.number} 金额 {contract.amount} 元过大"}}, large
    )
    lead = lead_in(ws)
    values = {"number": "HT-9", "amount": "100.01", "lead_id": lead.id, "customer_id": lead.customer_id}
    with pytest.raises(Invalid, match=r"HT-9 金额 100\.01 元过大"):
        ws.door.create("contract", values, SYSTEM)
    ws.door.create("contract", {**values, "amount": "100"}, SYSTEM)


def test_a_person_confirms_what_a_rule_asks_and_the_confirmed_firing_is_kept(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("sure", "lead.saving", {"require_confirmation": {"message": "预算 {lead.budget} 元，确定？"}}, NO_BUDGET_CUT, 2)
    lead = lead_in(ws)
    owner = by(firm.user("sales").get_by_id(lead.owner_id))
    with pytest.raises(NeedsConfirmation) as asked:
        ws.door.change("lead", lead.id, {"budget": "5"}, owner)
    assert [(q.message, q.rule, q.version) for q in asked.value.questions] == [("预算 5 元，确定？", "sure", 2)]
    assert not Firing.select().where(Firing.rule == "sure").exists()
    ws.door.change("lead", lead.id, {"budget": "5"}, replace(owner, confirmed=True))
    line = JournalLine.select().order_by(JournalLine.seq.desc()).get()
    kept = Firing.get(Firing.rule == "sure")
    assert (kept.seq, kept.version, kept.record_id) == (line.seq, 2, lead.id)
    assert kept.decisions == [{"action": "require_confirmation", "args": {"message": "预算 5 元，确定？"}}]


def test_rules_need_not_confirm_but_are_blocked_and_the_dead_letter_says_why(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    words = {"zh": "改", "en": "set"}
    writer = {"id": "writer", "title": words, "purpose": words, "trigger": "follow_up.created"}
    writer |= {"then": [{"set_field": {"field": "lead.budget", "value": 5}}]}
    ws.door.create("rule", {"code": "writer", "pack": "custom", "version": 1, "document": writer}, SYSTEM)
    put("sure", "lead.saving", {"require_confirmation": {"message": "确定？"}}, NO_BUDGET_CUT)
    lead = lead_in(ws)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM)
    drain(ws)
    assert Lead.get_by_id(lead.id).budget == 5
    ws.door.change("lead", lead.id, {"budget": "5000"}, SYSTEM)
    put("floor", "lead.saving", {"block": {"message": "预算不能低于 1000 元"}}, NO_BUDGET_CUT)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "再聊"}, SYSTEM)
    drain(ws)
    dead = Dispatch.get(Dispatch.state == "dead")
    assert (dead.kind, dead.consumer) == ("follow_up.created", "rule:writer")
    assert "预算不能低于 1000 元" in dead.error
    assert "floor v1" in dead.error
    assert Lead.get_by_id(lead.id).budget == 5000


def test_stages_moved_from_and_to_are_facts_of_a_judged_change(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    moved = {
        "all": [
            {"field": "event.from_stage", "op": "==", "value": "first_contact"},
            {"field": "event.to_stage", "op": "==", "value": "diagnosis"},
            {"not": {"field": "lead.answered", "op": "==", "value": True}},
        ]
    }
    put("talk-first", "lead.saving", {"block": {"message": "先联系上客户"}}, moved)
    lead = lead_in(ws)
    ws.door.change("lead", lead.id, {"industry": "汽车"}, SYSTEM)
    with pytest.raises(Invalid, match="先联系上客户"):
        ws.door.change("lead", lead.id, {"stage": "diagnosis"}, SYSTEM)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM)
    ws.door.change("lead", lead.id, {"stage": "diagnosis"}, SYSTEM)


def test_a_message_shows_personal_data_only_to_who_may_see_it(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("sure", "lead.saving", {"require_confirmation": {"message": "问过 {contact.name} 了吗？"}}, NO_BUDGET_CUT)
    lead = intake.take(ws, {**CAR_LEAD, "contact_name": "高建明"}, SYSTEM).lead
    drain(ws)
    owner = firm.user("sales").get_by_id(Lead.get_by_id(lead.id).owner_id)
    for user, message in ((owner, "问过 高建明 了吗？"), (firm.user("ops"), "问过 高*明 了吗？")):
        with pytest.raises(NeedsConfirmation) as asked:
            ws.door.change("lead", lead.id, {"budget": "5"}, by(user))
        assert asked.value.questions[0].message == message


def test_the_api_asks_to_confirm_and_takes_confirm_in_the_body(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    from clew.core.people import sign_in as auth

    ws = any_workspace
    put("sure", "lead.saving", {"require_confirmation": {"message": "确定？"}}, NO_BUDGET_CUT)
    lead = lead_in(ws)
    token = auth.issue_token(ws, firm.user("ops"), "test", SYSTEM)
    client = app_of(ws).test_client()

    def patch(**values: Any) -> Any:
        head = {"Authorization": f"Bearer {token}"}
        return client.patch(f"/api/v1/leads/{lead.id}", json=values, headers=head)

    asked = patch(budget="5")
    assert (asked.status_code, asked.json["code"]) == (409, "needs_confirmation")
    assert asked.json["questions"] == [{"message": "确定？", "rule": "sure", "version": 1}]
    assert patch(budget="5", confirm="yes").status_code == 409, "only true says yes"
    assert patch(budget="5", confirm=True).json["budget"] == "5.00"


def test_contracts_change_over_the_api_within_their_locks(any_workspace: Workspace, firm: Any) -> None:
    from clew.core.kinds.locking import locking
    from clew.core.people import sign_in as auth

    ws = any_workspace
    lead = lead_in(ws)
    values = {"number": "HT-1", "amount": "100", "lead_id": lead.id, "customer_id": lead.customer_id}
    contract = ws.door.create("contract", values, SYSTEM).record
    ws.door.change("contract", contract.id, locking("法务终审中", "r", "1"), SYSTEM)
    client = app_of(ws).test_client()

    def call(role: str, method: str, path: str, **json: Any) -> Any:
        token = auth.issue_token(ws, firm.user(role), "test", SYSTEM)
        head = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1/contracts/{contract.id}{path}", method=method, json=json, headers=head)

    locked = call("legal", "PATCH", "", amount="5")
    assert (locked.status_code, locked.json["code"]) == (423, "locked")
    assert call("legal", "POST", "/unlock").status_code == 403
    assert call("ops", "POST", "/unlock").json["locked"] is False
    assert call("legal", "PATCH", "", amount="5").json["amount"] == "5.00"
    assert call("legal", "PATCH", "", locked=True).status_code == 400
    assert Contract.get_by_id(contract.id).amount == 5
