"""What rules may do: lock and unlock, move, award, suspend a metric; each a journalled change with its cause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core import metrics
from clew.core.actions import people, subject_of
from clew.core.actions.metrics import resume
from clew.core.actions.takers import acts_for
from clew.core.errors import Forbidden, Invalid, NotFound
from clew.core.facts.database_store import DatabaseStore
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Badge, Contract, Lead, MetricSuspension, Notification
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.undo import undo
from clew.core.rulebook.undo_plan import undo_preview
from clew.core.rulebook.versions import new_draft, submit
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch, JournalLine, RuleTrouble
from clew.core.workspace import Workspace
from clew.core.write.locks import Locked


def origin(user: Any) -> Origin:
    return Origin(Actor.of(user), "console")


@pytest.fixture
def put(any_workspace: Workspace) -> Callable[..., None]:
    """A function that puts one rule in force."""

    def make(code: str, trigger: str, *then: dict[str, Any], when: Any = None, version: int = 1) -> None:
        words = {"zh": code, "en": code}
        document = {"id": code, "version": version, "title": words, "purpose": words, "trigger": trigger}
        document |= {"then": list(then), **({"when": when} if when else {})}
        any_workspace.door.create(
            "rule", {"code": code, "pack": "custom", "version": version, "document": document}, SYSTEM
        )

    return make


@pytest.fixture
def firm(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Any:
    return found(any_workspace)


def lead_in(ws: Workspace, **values: Any) -> Lead:
    lead = intake.take(
        ws, {"company": "恒锐精密", "phone": "13812345678", "industry": "精密加工", **values}, SYSTEM
    ).lead
    drain(ws)
    return Lead.get_by_id(lead.id)


def contract_of(ws: Workspace, lead: Lead, **values: Any) -> Contract:
    given = {"number": "HT-1", "amount": "1000", "lead_id": lead.id, "customer_id": lead.customer_id, **values}
    made: Contract = ws.door.create("contract", given, SYSTEM).record
    drain(ws)
    return Contract.get_by_id(made.id)


def test_a_locked_lead_refuses_people_and_names_the_reason_and_the_rule(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("lock-large", "lead.created", {"lock": {"reason": "大额线索，等主管核对"}}, version=3)
    lead = lead_in(ws, budget="900000")
    assert (lead.locked, lead.lock_reason, lead.lock_rule, lead.lock_version) == (
        *(True, "大额线索，等主管核对"),
        *("lock-large", "3"),
    )
    line = JournalLine.select().where(JournalLine.cause_rule == "lock-large").get()
    assert line.after["locked"] is True
    owner = firm.user("sales").get_by_id(lead.owner_id)
    with pytest.raises(Locked) as refused:
        ws.door.change("lead", lead.id, {"budget": "1"}, origin(owner))
    assert "大额线索，等主管核对（规则 lock-large v3）" in refused.value.text.zh
    # What follows from a person's follow-up is no edit of the lead.
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, origin(owner))
    assert Lead.get_by_id(lead.id).first_response_at is not None
    ws.door.change("lead", lead.id, {"note": "规则仍可写"}, Origin(Actor("rule", "x", "x"), "rule"))


def test_people_unlock_only_if_they_may_approve_rules_and_never_lock_by_hand(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("lock-all", "lead.created", {"lock": {"reason": "核对"}})
    lead = lead_in(ws)
    owner, ops = firm.user("sales").get_by_id(lead.owner_id), firm.user("ops")
    with pytest.raises(Forbidden):
        ws.door.change("lead", lead.id, {"locked": False}, origin(owner))
    with pytest.raises(Invalid):
        ws.door.change("lead", lead.id, {"locked": False, "budget": "1"}, origin(ops))
    ws.door.change("lead", lead.id, {"locked": False}, origin(ops))
    lead = Lead.get_by_id(lead.id)
    assert (lead.locked, lead.lock_reason, lead.lock_rule) == (False, "", "")
    with pytest.raises(Invalid):
        ws.door.change("lead", lead.id, {"locked": True}, origin(ops))
    ws.door.change("lead", lead.id, {"budget": "5"}, origin(owner))


def test_on_a_contracts_event_lock_and_unlock_mean_the_contract(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    in_review = {"field": "contract.status", "op": "==", "value": "legal_review"}
    put("lock-review", "contract.status_changed", {"lock": {"reason": "法务终审中"}}, when=in_review)
    put("unlock-revising", "contract.status_changed", {"unlock": {}}, when={**in_review, "value": "revising"})
    lead = lead_in(ws)
    contract = contract_of(ws, lead)
    legal = origin(firm.user("legal"))
    for status, locked in (("legal_review", True), ("revising", False)):
        ws.door.change("contract", contract.id, {"status": status}, legal.because("改争议条款"))
        drain(ws)
        assert Contract.get_by_id(contract.id).locked is locked
        if locked:
            with pytest.raises(Locked, match="法务终审中"):
                ws.door.change("contract", contract.id, {"amount": "5"}, legal)
    assert not Lead.get_by_id(lead.id).locked


def test_a_rule_moves_a_lead_only_as_the_process_allows(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("to-diagnosis", "follow_up.created", {"move_stage": {"stage": "diagnosis"}})
    lead = lead_in(ws)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM)
    drain(ws)
    assert Lead.get_by_id(lead.id).stage == "diagnosis"
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "再聊"}, SYSTEM)
    drain(ws)
    assert not Dispatch.select().where(Dispatch.state != "done").exists(), "where it stands already is no move"
    put("to-payment", "contract.created", {"move_stage": {"stage": "payment"}})
    contract_of(ws, lead)
    failed = Dispatch.get(Dispatch.state != "done")
    assert (failed.consumer, failed.kind) == ("rule:to-payment", "contract.created")
    assert "can't go from Diagnosis to Payment" in failed.error


def test_a_badge_is_given_once_told_of_and_leads_back_to_its_rule(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put(
        "star",
        "follow_up.created",
        {"award": {"to": "owner", "badge": "data_champion", "reason": "资料齐全"}},
        version=2,
    )
    lead = lead_in(ws)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM)
    drain(ws)
    badge = Badge.get()
    assert (badge.user_id, badge.badge, badge.reason) == (lead.owner_id, "data_champion", "资料齐全")
    assert (badge.rule, badge.version, badge.lead_id) == ("star", "2", lead.id)
    assert Notification.select().where(Notification.title == "🏅 数据标兵").get().user_id == lead.owner_id
    line = JournalLine.get((JournalLine.record_kind == "badge") & (JournalLine.record_id == badge.id))
    assert (line.cause_rule, line.cause_version) == ("star", "2")


def test_a_suspended_metric_shows_no_figure_until_it_is_taken_up_again(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("stop", "lead.created", {"suspend_metric": {"metric": "leads_received", "reason": "官网表单重复提交"}})
    lead_in(ws)
    lead_in(ws, company="远东包装", phone="13912345678")
    assert MetricSuspension.select().count() == 1
    scope = metrics.scope_for(Actor.of(firm.user("ops")))
    now = ws.clock.now()
    period = metrics.Period(now - timedelta(days=1), now + timedelta(days=1))
    found = metrics.measure("leads_received", scope, period)
    assert (found.value, found.suspended) == (None, True)
    why = metrics.suspended()["leads_received"]
    assert (why.reason, why.rule, why.version) == ("官网表单重复提交", "stop", "1")
    assert metrics.measure("open_leads", scope, period).value == 2
    with ws.door.transaction(origin(firm.user("ops"))) as tx:
        resume(tx, "leads_received")
    assert metrics.measure("leads_received", scope, period).value == 2
    with pytest.raises(NotFound), ws.door.transaction(SYSTEM) as tx:
        resume(tx, "leads_received")


def test_an_action_nobody_brings_is_named_as_a_trouble_and_fails_alone_with_the_reason(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put("ringer", "lead.created", {"ring_bell": {"words": "来了"}}, version=4)
    trouble = RuleTrouble.get_by_id("ringer")
    assert (trouble.version, trouble.stands_in) == (4, 4)
    assert "没有动作「ring_bell」" in trouble.zh
    lead_in(ws)
    failed = Dispatch.get(Dispatch.state != "done")
    assert "rule ringer v4: there is no action 'ring_bell'" in failed.error


def test_locks_badges_and_suspensions_are_undone_with_their_rules_version(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    ops, manager = origin(firm.user("ops")), origin(firm.user("manager"))
    words = {"zh": "误判", "en": "A mistake"}
    document = {
        "id": "mistaken",
        "title": words,
        "purpose": words,
        "trigger": "lead.created",
        "priority": -900,
        "then": [
            {"lock": {"reason": "误锁"}},
            {"award": {"to": "owner", "badge": "data_champion", "reason": "误发"}},
            {"suspend_metric": {"metric": "leads_won", "reason": "误停"}},
        ],
    }
    draft = new_draft(ws, document, ops)
    approve(ws, submit(ws, draft.id, "", ops).id, manager)
    since = ws.clock.now()
    lead = lead_in(ws)
    assert (lead.locked, Badge.get().state, set(metrics.suspended())) == (True, "given", {"leads_won"})
    plan = undo_preview(ws, "mistaken", 1, since, since + timedelta(days=1))
    labels = {item.label.zh for item in plan.items if item.safe}
    assert {"线索「恒锐精密」的锁定", "标兵「数据标兵」", "指标暂停「leads_won」"} <= labels
    undo(ws, plan, ops)
    lead = Lead.get_by_id(lead.id)
    assert (lead.locked, lead.lock_reason, Badge.get().state, metrics.suspended()) == (False, "", "withdrawn", {})


def test_a_message_to_an_owner_who_left_goes_to_who_acts_for_them(any_workspace: Workspace, found: Any) -> None:
    company, ws = found(any_workspace), any_workspace
    seller, manager = company.user("sales"), company.managers["华东一部"]
    lead = intake.take(ws, {"company": "恒锐精密"}, SYSTEM).lead
    lead = ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    store = DatabaseStore(ws.kinds)

    def to(whom: str) -> list[str]:
        with ws.door.transaction(SYSTEM) as tx:
            return people(tx, whom, subject_of(ws.kinds, store, "lead", lead))

    assert (to("owner"), to(seller.id)) == ([seller.id], [seller.id])
    ws.door.change("user", seller.id, {"active": False}, SYSTEM)
    assert (to("owner"), to(seller.id)) == ([manager.id], [manager.id])
    ws.door.change("user", manager.id, {"active": False}, SYSTEM)
    assert (to("owner"), to("owner_manager")) == ([company.user("ops").id], [])
    ws.door.change("user", company.user("ops").id, {"active": False}, SYSTEM)
    assert to("owner") == [company.user("admin").id]
    assert (to("nobody"), acts_for(store, None)) == ([], None)


def test_texts_say_amounts_options_and_stages_in_words_and_what_machines_read_stays(
    any_workspace: Workspace, firm: Any, put: Callable[..., None]
) -> None:
    ws = any_workspace
    put(
        "tell-of-it",
        "lead.created",
        {
            "notify": {
                "to": "role:ops",
                "title": "{lead.company}：预算 {lead.budget}，{lead.source}，{lead.stage}，{lead.received_at}",
                "body": "{lead.company}: a budget of {lead.budget}, {lead.stage}, from {lead.received_at}; {lead.owner}",
            }
        },
        {"notify": {"to": "role:ops", "title": "预算 {lead.budget} 元", "body": "一样"}},
        {"set_field": {"field": "lead.note", "value": "{lead.budget} {lead.stage}"}},
    )
    lead = lead_in(ws, budget="244000.5", source="exhibition")
    first, second = (
        Notification.select().where(Notification.lead == lead.id, Notification.body.startswith(start)).get()
        for start in ("恒锐", "一样")
    )
    at = lead.received_at.astimezone(ws.settings.zone)
    said = f"恒锐精密：预算 ¥244,000.50，展会，首次接触，{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    assert first.title == said
    assert first.body.startswith(
        f"恒锐精密: a budget of ¥244,000.50, First contact, from {at.day} {at:%b %Y} {at:%H:%M}"
    )
    assert second.title == "预算 244,000.50 元", "a text that names the currency is given the digits"
    assert lead.note == f"244000.5 {lead.stage}"
