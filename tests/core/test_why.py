"""Every effect leads back to its origin, and a rule that did not fire says what kept it from it (law 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew import Notify, Plugin, SetFields, hookimpl
from clew.core.company.switches import switch_plugin, switch_rule
from clew.core.errors import Forbidden, Invalid, NotFound
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Deadline, Lead, Notification, Task
from clew.core.rulebook.history import documents_at
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import begin_draft, new_draft, save_draft, submit
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import Dispatch, JournalLine
from clew.core.why import Why, why, why_not
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover

FORM = Origin(Actor("public", name="官网访客"), "form", ip="115.204.12.27")
LEAD = {"company": "苏州恒锐精密机械有限公司", "contact_name": "高建明", "phone": "13812345678", "region": "江苏"}
SYSTEM_ACTOR = SYSTEM.actor


def take(ws: Workspace, **values: Any) -> Lead:
    lead = intake.take(ws, {**LEAD, **values}, FORM).lead
    drain(ws)
    return Lead.get_by_id(lead.id)


def escalated(ws: Workspace) -> Lead:
    lead = take(ws, industry="精密加工", budget=860000)
    run_until(ws, ws.clock.now() + timedelta(minutes=31))
    return Lead.get_by_id(lead.id)


def steps(found: Why) -> list[str]:
    return [link.kind for link in found.links]


def newest(kind: str, record_id: str | None = None) -> JournalLine:
    query = JournalLine.select().where(JournalLine.kind == kind)
    query = query.where(JournalLine.record_id == record_id) if record_id else query
    return query.order_by(JournalLine.seq.desc()).first()


def publish(ws: Workspace, company: Any, code: str, **changes: Any) -> None:
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = begin_draft(ws, code, ops)
    draft = save_draft(ws, draft.id, {**draft.document, **changes}, ops)
    approve(ws, submit(ws, draft.id, "请看", ops).id, manager)


# ---- Why


def test_an_escalation_leads_back_to_the_form(any_workspace: Workspace, found: Callable[..., Any]) -> None:
    ws = any_workspace
    company = found(ws)
    lead = escalated(ws)
    answer = why(ws, "lead", lead.id, SYSTEM_ACTOR)

    assert steps(answer) == ["lead.escalated", "deadline.missed", "deadline.created", "lead.assigned", "lead.created"]
    owner, manager = lead.owner.name, company.managers[lead.team.name].name
    assert answer.title.zh == f"为什么是{owner}负责，又升级给{manager}？"
    assert answer.title.en == f"Why: Owned by {owner}; escalated to {manager}"
    top, missed, started, assigned, origin = answer.links
    for link, cause in zip(answer.links, answer.links[1:], strict=False):
        assert link.cause_seq == cause.seq
    assert top.who.kind == "rule"
    assert (top.who.rule.code, top.who.rule.version, top.who.rule.author) == ("first-response-escalate", 1, "Clew")
    assert [(one.holds, one.words.zh) for one in top.facts] == [(True, "时限是首次响应"), (True, "线索尚未响应")]
    assert missed.derivation is not None
    assert (missed.derivation.minutes, missed.derivation.due_at - missed.derivation.started_at) == (
        30,
        timedelta(minutes=30),
    )
    assert started.derivation is None  # said once, where it was missed
    assert assigned.who.rule.code == "assign"
    assert assigned.who.rule.row == 2
    assert [one.holds for one in assigned.facts] == [True, True, True]
    assert assigned.note.zh.startswith("考虑过 2 人，在手最少的先接：")
    assert origin.origin
    assert (origin.what.zh, origin.who.ip, origin.who.channel.zh) == ("官网表单提交", "115.***.***.27", "官网表单")


def test_a_deadline_over_lunch_shows_the_minutes_of_each_day(workspace: Workspace, company: Any) -> None:
    run_until(workspace, workspace.clock.now() + timedelta(hours=8, minutes=50))  # 17:50 on Tuesday
    lead = take(workspace, industry="精密加工")
    deadline = Deadline.get(Deadline.lead == lead.id)
    told = why(workspace, "deadline", deadline.id, SYSTEM_ACTOR).links[0].derivation
    assert told is not None
    assert [(day.zh, minutes) for day, minutes in told.days] == [("11月24日 周二", 10), ("11月25日 周三", 20)]
    assert told.calendar.zh == "工作日 09:00–12:00、13:30–18:00"
    assert told.note.zh == ""


@pytest.mark.parametrize("kind", ["owner", "escalation", "stage"])
def test_one_field_can_be_asked_for(workspace: Workspace, company: Any, kind: str) -> None:
    lead = escalated(workspace)
    answer = why(workspace, kind, lead.id, SYSTEM_ACTOR)
    same = why(workspace, "lead", lead.id, SYSTEM_ACTOR, field=kind)
    assert answer == same
    top = {"owner": "lead.assigned", "escalation": "lead.escalated", "stage": "lead.created"}[kind]
    assert steps(answer)[0] == top
    assert answer.command == f"clew why lead {lead.id} --field {kind}"


def test_a_person_s_change_ends_with_the_person(workspace: Workspace, company: Any) -> None:
    lead = take(workspace, industry="精密加工")
    manager = company.managers["华东一部"]
    other = next(one for one in company.sellers["华东一部"] if one.id != lead.owner_id)
    origin = Origin(Actor.of(manager), "console", ip="10.8.0.21", reason="休假交接")
    workspace.door.change("lead", lead.id, {"owner_id": other.id}, origin)
    answer = why(workspace, "owner", lead.id, SYSTEM_ACTOR)
    (link,) = answer.links
    assert (link.who.kind, link.who.name.zh, link.who.role.zh) == ("user", manager.name, "经理")
    assert (link.who.channel.zh, link.who.ip, link.reason) == ("控制台", "10.***.***.21", "休假交接")


def test_tasks_messages_locks_and_badges_are_explained(workspace: Workspace, company: Any) -> None:
    ws = workspace
    lead = escalated(ws)
    message = Notification.get(Notification.lead == lead.id)
    assert steps(why(ws, "message", message.id, SYSTEM_ACTOR))[:2] == ["notification.created", "deadline.missed"]

    ws.door.change("lead", lead.id, {"stage": "diagnosis"}, Origin(Actor.of(lead.owner), "console"))
    drain(ws)
    task = Task.get(Task.lead == lead.id)
    answer = why(ws, "task", task.id, SYSTEM_ACTOR)
    assert steps(answer) == ["task.created", "lead.stage_changed"]
    assert answer.links[0].who.rule.code == "sop-diagnosis"

    lock = {
        "id": "lock-big",
        "version": 1,
        "title": {"zh": "大额线索锁定", "en": "Large leads are locked"},
        "purpose": {"zh": "大额须复核", "en": "Large ones are looked at again"},
        "trigger": "lead.outcome_changed",
        "when": {"field": "lead.budget", "op": ">=", "value": 500000},
        "then": [
            {"lock": {"reason": "大额赢单待复核"}},
            {"award": {"to": "owner", "badge": "data_champion", "reason": "赢下大单"}},
        ],
    }
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = new_draft(ws, lock, ops)
    approve(ws, submit(ws, draft.id, "请看", ops).id, manager)
    ws.door.change("lead", lead.id, {"outcome": "won"}, SYSTEM)
    drain(ws)
    answer = why(ws, "lock", lead.id, SYSTEM_ACTOR)
    assert steps(answer) == ["lead.changed", "lead.outcome_changed"]
    assert answer.title.zh == "为什么锁定：大额赢单待复核？"
    rule = answer.links[0].who.rule
    assert (rule.code, rule.author, rule.reviewer) == ("lock-big", ops.actor.name, manager.actor.name)
    badge = newest("badge.created")
    answer = why(ws, "badge", badge.record_id, SYSTEM_ACTOR)
    assert answer.links[0].what.zh == "授予标兵「数据标兵」"
    assert answer.links[0].facts[0].value.zh == "86 万元"
    assert steps(why(ws, "line", str(badge.seq), SYSTEM_ACTOR)) == steps(answer)


def test_a_warning_leads_back_to_what_started_the_clock(workspace: Workspace, company: Any) -> None:
    start = {"start_deadline": {"name": "first_response", "working_minutes": 30, "warn": 10}}
    publish(workspace, company, "first-response-start", then=[start])
    lead = take(workspace, industry="精密加工")
    run_until(workspace, workspace.clock.now() + timedelta(minutes=21))
    message = Notification.get((Notification.lead == lead.id) & (Notification.user == lead.owner_id))
    answer = why(workspace, "message", message.id, SYSTEM_ACTOR)
    assert steps(answer) == [
        *("notification.created", "deadline.warned", "deadline.created", "lead.assigned", "lead.created")
    ]
    assert answer.links[1].what.zh == "时限将到"
    assert answer.links[1].derivation is not None


def test_what_follows_at_once_leads_to_what_a_person_did(workspace: Workspace, company: Any) -> None:
    lead = take(workspace, industry="精密加工")
    by = Origin(Actor.of(lead.owner), "console")
    workspace.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "要看案例"}, by)
    drain(workspace)
    answer = why(workspace, "lead", lead.id, SYSTEM_ACTOR, field="first_response_at")
    assert steps(answer) == ["lead.answered", "follow_up.created"]
    assert answer.links[1].who.name.zh == lead.owner.name
    closed = why(workspace, "deadline", Deadline.get(Deadline.lead == lead.id).id, SYSTEM_ACTOR)
    assert "follow_up.created" in steps(closed)
    assert "lead.created" in steps(closed)


class Eager(Plugin):
    """Fills a field in and tells the owner."""

    name = "eager"

    @hookimpl
    def on_lead_created(self, event: Any) -> list[Any]:
        return [SetFields({"note": "插件看过"}), Notify("role:ops", "来了新线索")]


def test_a_plugin_s_doing_names_the_plugin_and_its_version(workspace: Workspace, company: Any) -> None:
    workspace.use_plugins(discover(extra=[Eager()]))
    switch_plugin(workspace, "eager", True, SYSTEM)
    lead = take(workspace)
    answer = why(workspace, "lead", lead.id, SYSTEM_ACTOR, field="note")
    assert steps(answer) == ["lead.changed", "lead.created"]
    who = answer.links[0].who
    assert (who.kind, who.version) == ("plugin", Eager.version)
    assert [(a.zh, b.zh, c.zh) for a, b, c in answer.links[0].changes] == [("备注", "—", "插件看过")]


def test_the_version_that_acted_is_named_after_another_was_published(workspace: Workspace, company: Any) -> None:
    lead = escalated(workspace)
    title = {"zh": "新名字", "en": "New name"}
    publish(workspace, company, "first-response-escalate", title=title, purpose=title)
    rule = why(workspace, "escalation", lead.id, SYSTEM_ACTOR).links[0].who.rule
    assert (rule.version, rule.title.zh) == (1, "超时未响应则升级")


def test_nothing_automatic_shows_how_the_record_came(workspace: Workspace, company: Any) -> None:
    lead = take(workspace)
    answer = why(workspace, "customer", lead.customer_id, SYSTEM_ACTOR)
    assert steps(answer) == ["customer.created"]
    assert answer.lead_id is None


def test_what_is_not_there_is_said(workspace: Workspace, company: Any) -> None:
    for kind, record_id in (("lead", "nothing"), ("nonsense", "x"), ("line", "99999"), ("line", "x")):
        with pytest.raises(NotFound):
            why(workspace, kind, record_id, SYSTEM_ACTOR)


# ---- Who may see it


def test_only_who_sees_the_record_may_ask(workspace: Workspace, company: Any) -> None:
    ws = workspace
    lead = escalated(ws)
    message, deadline = Notification.get(Notification.lead == lead.id), Deadline.get(Deadline.lead == lead.id)
    own = [lead.owner, company.managers[lead.team.name], company.user("ops"), company.user("admin")]
    strangers = [company.sellers["华北部"][0], company.managers["华北部"], company.user("legal")]
    asked = (("lead", lead.id), ("owner", lead.id), ("deadline", deadline.id), ("customer", lead.customer_id))
    for kind, record_id in (*asked, ("contact", lead.contact_id), ("line", str(newest("lead.escalated").seq))):
        for user in own:
            assert why(ws, kind, record_id, Actor.of(user)).links
        for user in strangers:
            with pytest.raises(Forbidden):
                why(ws, kind, record_id, Actor.of(user))
            with pytest.raises(Forbidden):
                why_not(ws, "quality-unreachable", Actor.of(user), lead.id)
            with pytest.raises(Forbidden):
                why_not(ws, "assign", Actor.of(user), seq=newest("lead.created", lead.id).seq)
    assert why(ws, "message", message.id, Actor.of(company.managers[lead.team.name])).links
    with pytest.raises(Forbidden):
        why(ws, "message", message.id, Actor.of(lead.owner))
    with pytest.raises(Forbidden):
        why(ws, "line", str(newest("rule.created").seq), Actor.of(lead.owner))


def test_a_task_shows_its_reason_but_not_the_lead(workspace: Workspace, company: Any) -> None:
    """Who got a task about a lead that is not theirs learns which rule made it, and nothing of the lead."""
    ws = workspace
    legal = company.user("legal")
    rule = {
        "id": "ask-legal",
        "version": 1,
        "title": {"zh": "大额须法务看", "en": "Legal looks at large ones"},
        "purpose": {"zh": "大额须法务看", "en": "Legal looks"},
        "trigger": "lead.created",
        "when": {"field": "lead.budget", "op": ">=", "value": 500000},
        "then": [{"create_task": {"title": "看一眼", "assignee": "role:legal"}}],
    }
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = new_draft(ws, rule, ops)
    approve(ws, submit(ws, draft.id, "请看", ops).id, manager)
    lead = take(ws, budget=864000)
    task = Task.get(Task.assignee == legal.id)
    answer = why(ws, "task", task.id, Actor.of(legal))
    assert answer.links[0].who.rule.code == "ask-legal"
    assert answer.links[0].what.zh == "创建任务「看一眼」"
    assert answer.links[0].facts == ()
    assert answer.links[1].what.zh == "你无权查看的一步"
    assert answer.lead_id is None
    said = str(answer.to_dict("zh"))
    assert lead.company not in said
    assert "115." not in said
    assert why(ws, "task", task.id, SYSTEM_ACTOR).links[0].facts[0].value.zh == "86.4 万元"


def test_a_stranger_s_line_is_no_way_around(workspace: Workspace, company: Any) -> None:
    """Naming one's own lead together with another's event shows nothing of the other."""
    ws = workspace
    mine = take(ws, industry="精密加工")
    other = take(ws, company="北京清源教育科技有限公司", phone="13900000009", region="北京", industry="教育")
    assert other.owner_id != mine.owner_id
    with pytest.raises(Forbidden):
        why_not(ws, "assign", Actor.of(mine.owner), mine.id, seq=newest("lead.created", other.id).seq)


def test_personal_data_is_masked_as_elsewhere(workspace: Workspace, company: Any) -> None:
    ws = workspace
    lead = take(ws)
    rule = {
        "id": "greet",
        "version": 1,
        "title": {"zh": "熟人", "en": "Known"},
        "purpose": {"zh": "熟人", "en": "Known"},
        "trigger": "lead.changed",
        "when": {"field": "contact.name", "op": "==", "value": "高建明"},
        "then": [{"set_field": {"field": "lead.industry", "value": "熟人"}}],
    }
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = new_draft(ws, rule, ops)
    approve(ws, submit(ws, draft.id, "请看", ops).id, manager)
    ws.door.change("lead", lead.id, {"budget": 1000}, SYSTEM)
    drain(ws)

    def seen(actor: Actor) -> tuple[str, str]:
        answer = why(ws, "lead", lead.id, actor, field="industry")
        contact = why(ws, "contact", lead.contact_id, actor)
        return answer.links[0].facts[0].value.zh, contact.links[0].what.zh

    assert seen(Actor.of(lead.owner)) == ("高建明", "新增联系人「高建明」")
    assert seen(Actor.of(company.user("ops"))) == ("高*明", "新增联系人「高*明」")
    judged = why_not(ws, "greet", Actor.of(company.user("ops")), lead.id)
    assert judged.verdict == "fired"
    assert judged.clauses[0].value.zh == "高*明"


# ---- Why not


def test_the_clause_that_failed_the_value_then_and_the_smallest_change(any_workspace: Workspace, found: Any) -> None:
    ws = any_workspace
    found(ws)
    lead = take(ws, industry="纺织", budget=151000)
    ws.door.change("lead", lead.id, {"budget": 2000000}, SYSTEM)  # later: the past stays as it was
    drain(ws)
    judged = why_not(ws, "assign-key-account", SYSTEM_ACTOR, lead.id)
    assert judged.verdict == "condition_failed"
    assert [(one.words.zh, one.value.zh, one.holds) for one in judged.clauses] == [
        ("负责人为空", "空", True),
        ("预算 ≥ 100 万元", "15.1 万元", False),
    ]
    assert judged.change.zh == "只要预算 = 100 万元（当时是 15.1 万元），就会触发。"
    assert judged.document == "assign"
    assert judged.line == newest("lead.created", lead.id).seq


def test_later_clauses_were_not_looked_at(workspace: Workspace, company: Any) -> None:
    lead = take(workspace, industry="纺织")
    judged = why_not(workspace, "quality-unreachable", SYSTEM_ACTOR, lead.id)
    assert [one.holds for one in judged.clauses] == [True, False, None, None]
    assert judged.clauses[2].value.zh == "没有看到这一条"


def test_a_table_says_which_row_fired_and_a_row_what_came_before_it(workspace: Workspace, company: Any) -> None:
    lead = take(workspace, industry="精密加工", budget=400000)
    table = why_not(workspace, "assign", SYSTEM_ACTOR, lead.id)
    assert (table.verdict, table.row, table.said.zh) == ("fired", 2, "触发了：第 2 行。")
    row = why_not(workspace, "assign-east-large", SYSTEM_ACTOR, lead.id)
    assert row.verdict == "outranked"
    assert row.by is not None
    assert (row.by.code, row.by.row) == ("assign", 2)


def test_a_rule_that_waits_says_for_what(workspace: Workspace, company: Any) -> None:
    lead = take(workspace)
    judged = why_not(workspace, "sop-diagnosis", SYSTEM_ACTOR, lead.id)
    assert judged.verdict == "no_event"
    assert "线索已换阶段" in judged.said.zh
    assert judged.line is None


def test_an_event_it_does_not_listen_to(workspace: Workspace, company: Any) -> None:
    lead = take(workspace)
    judged = why_not(workspace, "sop-diagnosis", SYSTEM_ACTOR, seq=newest("lead.created", lead.id).seq)
    assert judged.verdict == "not_triggered"


def test_rules_are_those_of_then(workspace: Workspace, company: Any) -> None:
    ws = workspace
    switch_rule(ws, "quality-unreachable", False, SYSTEM)
    ws.clock.advance(minutes=1)
    off = take(ws, phone="", contact_name="")
    ws.clock.advance(minutes=1)
    switch_rule(ws, "quality-unreachable", True, SYSTEM)
    assert why_not(ws, "quality-unreachable", SYSTEM_ACTOR, off.id).verdict == "switched_off"

    before = take(ws, company="上海云织有限公司", phone="13800000002")
    ws.clock.advance(minutes=1)
    rule = {
        "id": "late-comer",
        "version": 1,
        "title": {"zh": "后来的规则", "en": "A later rule"},
        "purpose": {"zh": "后来", "en": "Later"},
        "trigger": "lead.created",
        "valid": {"until": "2026-11-25"},
        "when": {"field": "lead.region", "op": "==", "value": "江苏"},
        "then": [{"set_field": {"field": "lead.industry", "value": "后来"}}],
    }
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = new_draft(ws, rule, ops)
    assert why_not(ws, "late-comer", SYSTEM_ACTOR, before.id).said.zh == "这条规则还没有发布过。"
    approve(ws, submit(ws, draft.id, "请看", ops).id, manager)
    later = why_not(ws, "late-comer", SYSTEM_ACTOR, before.id)
    assert (later.verdict, "才发布" in later.said.zh) == ("not_in_force", True)
    run_until(ws, ws.clock.now() + timedelta(days=2))
    outdated = take(ws, company="上海澜图有限公司", phone="13800000003")
    assert why_not(ws, "late-comer", SYSTEM_ACTOR, outdated.id).said.zh == "那时不在它的有效期内。"


def test_an_event_that_waits_or_failed_is_not_judged(workspace: Workspace, company: Any) -> None:
    lead = intake.take(workspace, LEAD, FORM).lead
    waiting = why_not(workspace, "assign", SYSTEM_ACTOR, lead.id)
    assert (waiting.verdict, "还没有处理" in waiting.said.zh) == ("not_decided", True)
    Dispatch.update(state="dead").where(Dispatch.seq == waiting.line).execute()
    assert "死信" in why_not(workspace, "assign", SYSTEM_ACTOR, lead.id).said.zh


def test_a_draft_is_judged_on_the_facts_of_then(workspace: Workspace, company: Any) -> None:
    ws = workspace
    lead = take(ws, industry="纺织", budget=151000)
    ws.door.change("lead", lead.id, {"region": "北京"}, SYSTEM)
    drain(ws)
    document = dict(documents_at(ws.clock.now())["quality-unreachable"].document)
    document |= {"trigger": "lead.created", "when": {"field": "lead.region", "op": "==", "value": "江苏"}}
    judged = why_not(ws, "quality-unreachable", SYSTEM_ACTOR, lead.id, document=document)
    assert (judged.verdict, judged.draft, judged.said.zh) == ("fired", True, "会触发。")
    document |= {"when": {"field": "lead.region", "op": "in", "value": ["上海", "杭州"]}}
    judged = why_not(ws, "quality-unreachable", SYSTEM_ACTOR, lead.id, document=document)
    assert judged.verdict == "condition_failed"
    assert judged.clauses[0].value.zh == "江苏"


def test_a_rule_about_related_records_says_none_fit(workspace: Workspace, company: Any) -> None:
    ws = workspace
    rule = {
        "id": "returning",
        "version": 1,
        "title": {"zh": "老客户", "en": "A returning customer"},
        "purpose": {"zh": "老客户", "en": "Returning"},
        "trigger": "lead.changed",
        "match": [{"as": "c", "of": "contracts", "where": {"field": "c.amount", "op": ">=", "value": 1000}}],
        "when": {"field": "lead.outcome", "op": "==", "value": "open"},
        "then": [{"set_field": {"field": "lead.industry", "value": "老客户 {c.number}"}}],
    }
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = new_draft(ws, rule, ops)
    approve(ws, submit(ws, draft.id, "请看", ops).id, manager)
    lead = take(ws)
    ws.door.change("lead", lead.id, {"budget": 10}, SYSTEM)
    drain(ws)
    judged = why_not(ws, "returning", SYSTEM_ACTOR, lead.id)
    assert judged.verdict == "condition_failed"
    assert [(one.words.zh, one.value.zh, one.holds) for one in judged.clauses] == [
        ("结果是进行中", "进行中", True),
        ("客户的合同中至少有 1 条符合", "0 条，符合 0 条", False),
    ]
    values = {"number": "C-1", "customer_id": lead.customer_id, "lead_id": lead.id, "amount": 5000}
    ws.door.create("contract", values, SYSTEM)
    assert Contract.select().count() == 1
    ws.door.change("lead", lead.id, {"budget": 20}, SYSTEM)
    drain(ws)
    seqs = [
        line.seq for line in JournalLine.select().where(JournalLine.kind == "lead.changed").order_by(JournalLine.seq)
    ]
    assert why_not(ws, "returning", SYSTEM_ACTOR, seq=seqs[0]).verdict == "condition_failed"
    assert why_not(ws, "returning", SYSTEM_ACTOR, seq=seqs[1]).verdict == "fired"
    answer = why(ws, "lead", lead.id, SYSTEM_ACTOR, field="industry")
    assert [(one.words.zh, one.value.zh, one.holds, one.depth) for one in answer.links[0].facts] == [
        ("结果是进行中", "进行中", True, 0),
        ("客户的合同中至少有 1 条符合", "1 条，符合 1 条", True, 0),
        ("其金额 ≥ 1,000 元", "5,000 元", True, 1),
    ]


def test_without_a_lead_or_a_rule_it_says_so(workspace: Workspace, company: Any) -> None:
    lead = take(workspace)
    with pytest.raises(Invalid):
        why_not(workspace, "assign", SYSTEM_ACTOR)
    with pytest.raises(NotFound):
        why_not(workspace, "no-such-rule", SYSTEM_ACTOR, lead.id)
    with pytest.raises(NotFound):
        why_not(workspace, "assign", SYSTEM_ACTOR, seq=newest("user.created").seq)
