"""A person leaves: everything in hand goes over as previewed, in one batch, and nothing is left behind or lost."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from clew.core.errors import Conflict, Invalid, NotFound
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import (
    ApiToken,
    Customer,
    Deadline,
    Lead,
    Notification,
    PersonnelChange,
    RuleVersion,
    Task,
    Team,
    User,
)
from clew.core.people import batches, roster
from clew.core.people import tokens as auth
from clew.core.people.leaving import LeavePlan, leave, plan_leave, reactivate
from clew.core.rulebook.versions import new_draft
from clew.core.running import drain
from clew.core.storage.database import database
from clew.core.storage.system_tables import Dispatch, JournalLine

from ..own_kinds import make_both

RULE = {
    "id": "to-the-leaver",
    "title": {"zh": "给他", "en": "To them"},
    "purpose": {"zh": "给他", "en": "To them"},
    "trigger": "lead.created",
    "then": [{"assign": {"user": "华东一部销售a"}}],
}


def admin(company: Any, reason: str = "离职") -> Origin:
    return Origin(Actor.of(company.user("admin")), "console", reason=reason)


def give(ws: Any, owner: User, number: int = 1, **more: Any) -> list[Lead]:
    made = []
    with ws.door.transaction(SYSTEM) as tx:
        customer = tx.create("customer", {"name": "客户", "owner_id": more.pop("customer_owner", None)}).record
        for n in range(number):
            values = {"company": f"公司{n}", "customer_id": customer.id, "owner_id": owner.id, "team_id": owner.team_id}
            made.append(tx.create("lead", {**values, **more}).record)
    return made


def left(ws: Any, plan: LeavePlan, asked: Origin, **more: Any) -> PersonnelChange:
    return leave(ws, plan.user.id, asked, plan.token, **more)


def test_everything_in_hand_goes_over_and_comes_back(any_workspace: Any, found: Any) -> None:
    ws = any_workspace
    company = found(ws)
    leaver, colleague = company.sellers["华东一部"]
    manager, asked = company.managers["华东一部"], admin(company)
    first, second = give(ws, leaver, 2, customer_owner=leaver.id)
    give(ws, leaver, outcome="won")
    drain(ws)
    lists = Task.select().where((Task.assignee == leaver.id) & (Task.state == "open")).count()
    with ws.door.transaction(SYSTEM) as tx:
        tx.create("task", {"title": "寄样品", "lead_id": first.id, "assignee_id": leaver.id})
        tx.create("task", {"title": "团建", "assignee_id": leaver.id})
        tx.change("lead", second.id, {"escalated_to_id": leaver.id})
        tx.change("team", company.teams["华南部"].id, {"manager_id": leaver.id})
        tx.change("team", company.teams["华东二部"].id, {"deputy_id": leaver.id})
        tx.change("user", colleague.id, {"deputy_id": leaver.id})
    running = {row.id: row.due_at for row in Deadline.select().where(Deadline.state == "open")}
    assigned = {row.id: row.assigned_at for row in Lead.select()}
    ws.clock.advance(minutes=7)
    choices = {"teams": manager.id, "escalations": "manager"}
    plan = plan_leave(ws, leaver.id, asked, choices)
    assert {one.group.name: len(one.rows) for one in plan.groups} == {
        "leads": 2,
        "tasks": lists + 2,
        "kind:customer": 1,
        "escalations": 1,
        "teams": 1,
        "deputies": 2,
    }
    assert plan.open == 0
    seen = JournalLine.select().count()
    change = left(ws, plan, asked, choices=choices)
    assert not User.get_by_id(leaver.id).active
    assert {row.owner_id for row in Lead.select().where(Lead.outcome == "open")} == {colleague.id}
    assert Lead.select().where((Lead.owner == leaver.id) & (Lead.outcome == "won")).count() == 1
    assert Task.get(Task.title == "寄样品").assignee_id == colleague.id
    assert Task.get(Task.title == "团建").assignee_id == manager.id
    assert Customer.select().where(Customer.owner == leaver.id).count() == 0
    assert Lead.get_by_id(second.id).escalated_to_id == manager.id
    assert Team.get(Team.name == "华南部").manager_id == manager.id
    assert Team.get(Team.name == "华东二部").deputy_id is None
    assert User.get_by_id(colleague.id).deputy_id is None
    # One reason, one cause: the line that began the batch.
    lines = list(JournalLine.select().where(JournalLine.seq > seen).order_by(JournalLine.seq))
    began = lines[0]
    assert (began.kind, began.actor_id, began.reason) == ("personnel_change.created", company.user("admin").id, "离职")
    assert {line.reason for line in lines} == {"离职"}
    assert all(line.cause_seq for line in lines[1:])
    # Deadlines run on: no rule answers, and what they have waited since assigned counts on.
    drain(ws)
    assert {row.id: row.due_at for row in Deadline.select().where(Deadline.state == "open")} == running
    assert {row.id: row.assigned_at for row in Lead.select()} == assigned
    told = {row.user_id: row.body for row in Notification.select() if "接手" in row.title}
    assert set(told) == {colleague.id, manager.id}
    assert told[colleague.id].startswith(f"2 条线索、{lists + 1} 个任务")
    done = batches.undo(ws, change.id, asked)
    assert not done.kept
    assert User.get_by_id(leaver.id).active
    assert {row.owner_id for row in Lead.select()} == {leaver.id}
    assert Team.get(Team.name == "华南部").manager_id == leaver.id
    assert User.get_by_id(colleague.id).deputy_id == leaver.id


def test_what_changed_since_stays_when_a_batch_is_undone(workspace: Any, company: Any) -> None:
    ws, asked = workspace, admin(company)
    leaver, colleague = company.sellers["华东一部"]
    one, two = give(ws, leaver, 2)
    change = left(ws, plan_leave(ws, leaver.id, asked), asked)
    other = company.sellers["华南部"][0]
    ws.door.change("lead", one.id, {"owner_id": other.id, "team_id": other.team_id}, SYSTEM)
    done = batches.undo(ws, change.id, asked)
    assert [(kind, record_id) for kind, record_id, _ in done.kept] == [("lead", one.id)]
    assert Lead.get_by_id(one.id).owner_id == other.id
    assert Lead.get_by_id(two.id).owner_id == leaver.id
    assert colleague.active


def test_a_batch_is_undone_for_thirty_days(workspace: Any, company: Any) -> None:
    asked, leaver = admin(company), company.sellers["华东一部"][0]
    change = left(workspace, plan_leave(workspace, leaver.id, asked), asked)
    workspace.clock.advance(days=30, seconds=1)
    with pytest.raises(Conflict, match="30 days"):
        batches.undo(workspace, change.id, asked)


def test_a_lead_assigned_between_preview_and_confirming(workspace: Any, company: Any) -> None:
    """Nothing is done; the new preview has it, and who was shown for the others stays."""
    ws, asked = workspace, admin(company)
    leaver = company.sellers["华东一部"][0]
    give(ws, leaver)
    plan = plan_leave(ws, leaver.id, asked)
    shown = {row.key: row.to for row in plan.rows}
    (late,) = give(ws, leaver)
    with pytest.raises(batches.PlanChanged):
        left(ws, plan, asked, takers=shown)
    assert User.get_by_id(leaver.id).active
    again = plan_leave(ws, leaver.id, asked, {}, shown)
    assert {row.key: row.to for row in again.rows}.items() >= shown.items()
    left(ws, again, asked, takers={row.key: row.to for row in again.rows})
    assert Lead.get_by_id(late.id).owner_id != leaver.id
    assert Lead.select().where(Lead.owner == leaver.id).count() == 0


def test_open_work_goes_to_nobody_who_has_left(workspace: Any, company: Any) -> None:
    ws, asked = workspace, admin(company)
    leaver, colleague = company.sellers["华东一部"]
    (lead,) = give(ws, colleague)
    left(ws, plan_leave(ws, leaver.id, asked), asked)
    for origin in (SYSTEM, asked, Origin(Actor("import", name="x"), "import"), Origin(Actor("rule"), "rule")):
        with pytest.raises(Invalid, match="switched off"):
            ws.door.change("lead", lead.id, {"owner_id": leaver.id, "team_id": leaver.team_id}, origin)
        with pytest.raises(Invalid, match="switched off"):
            ws.door.create("task", {"title": "x", "assignee_id": leaver.id}, origin)
    # What is over may name them: history is brought in as it was.
    give(ws, leaver, outcome="lost", lost_reason="价格")


@pytest.mark.postgres
@pytest.mark.slow
def test_assigning_and_leaving_at_the_same_moment(postgres_workspace: Any, found: Any) -> None:
    """Leads are given to somebody from three sides while they are switched off: none is left with them."""
    ws, company = postgres_workspace, found(postgres_workspace)
    leaver, colleague = company.sellers["华东一部"]
    leads, asked = give(ws, colleague, 60), admin(company)
    begin, outcomes = threading.Barrier(4), []

    def assign(some: list[Lead]) -> None:
        begin.wait(10)
        for lead in some:
            try:
                ws.door.change("lead", lead.id, {"owner_id": leaver.id, "team_id": leaver.team_id}, SYSTEM)
            except Invalid:
                outcomes.append("refused")
            except Conflict:
                outcomes.append("conflict")
        database.close()

    def go() -> None:
        begin.wait(10)
        for _ in range(200):
            plan = plan_leave(ws, leaver.id, asked)
            try:
                left(ws, plan, asked)
            except batches.PlanChanged:
                continue
            outcomes.append("left")
            break
        database.close()

    threads = [threading.Thread(target=assign, args=(leads[n::3],)) for n in range(3)]
    threads.append(threading.Thread(target=go))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes.count("left") == 1
    assert not User.get_by_id(leaver.id).active
    assert Lead.select().where(Lead.owner == leaver.id).count() == 0
    assert Lead.select().where(Lead.owner == colleague.id).count() == 60


@pytest.mark.postgres
def test_two_hand_over_at_once(postgres_workspace: Any, found: Any) -> None:
    """Each hands over to the other: one succeeds, the other is asked again, and nothing is lost."""
    ws, company = postgres_workspace, found(postgres_workspace)
    one, two = company.sellers["华东一部"]
    give(ws, one, 5)
    give(ws, two, 5)
    asked, begin, outcomes = admin(company), threading.Barrier(2), []

    def go(who: User, to: User) -> None:
        plan = plan_leave(ws, who.id, asked, {"leads": to.id})
        begin.wait(10)
        try:
            left(ws, plan, asked, choices={"leads": to.id})
        except (Conflict, Invalid) as error:
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("left")
        database.close()

    threads = [threading.Thread(target=go, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes)[-1] == "left"
    assert outcomes.count("left") == 1
    active = {row.id for row in User.select().where(User.active)}
    assert {row.owner_id for row in Lead.select().where(Lead.outcome == "open")} <= active
    assert Lead.select().where(Lead.owner.in_([one.id, two.id])).count() == 10


def test_the_last_administrator_stays(workspace: Any, company: Any) -> None:
    ws, asked, last = workspace, admin(company), company.user("admin")
    plan = plan_leave(ws, last.id, asked)
    with pytest.raises(Conflict, match="last active administrator"):
        left(ws, plan, asked)
    with pytest.raises(Conflict, match="last active administrator"):
        roster.save_person(ws, last.id, {"roles": ["ops"]}, asked)
    with pytest.raises(Conflict):
        ws.door.change("user", last.id, {"active": False}, SYSTEM)
    roster.save_person(ws, company.user("ops").id, {"roles": ["ops", "admin"]}, asked)
    left(ws, plan_leave(ws, last.id, asked), asked)
    assert not User.get_by_id(last.id).active


@pytest.mark.postgres
def test_two_administrators_switch_each_other_off_at_once(postgres_workspace: Any, found: Any) -> None:
    ws, company = postgres_workspace, found(postgres_workspace)
    one, two = company.user("admin"), company.user("ops")
    roster.save_person(ws, two.id, {"roles": ["admin"]}, admin(company))
    begin, refused = threading.Barrier(2), []

    def off(who: User, by: User) -> None:
        asked = Origin(Actor.of(User.get_by_id(by.id)), "console")
        plan = plan_leave(ws, who.id, asked)
        begin.wait(10)
        try:
            left(ws, plan, asked)
        except Conflict as error:
            refused.append(error)
        database.close()

    threads = [threading.Thread(target=off, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    assert User.select().where(User.id.in_([one.id, two.id]) & User.active).count() == 1


def test_access_ends_at_once(workspace: Any, company: Any) -> None:
    ws, asked, leaver = workspace, admin(company), company.sellers["华东一部"][0]
    auth.issue_token(ws, leaver, "脚本", SYSTEM)
    epoch = User.get_by_id(leaver.id).session_epoch
    left(ws, plan_leave(ws, leaver.id, asked), asked)
    assert User.get_by_id(leaver.id).session_epoch == epoch + 1
    assert ApiToken.get(ApiToken.user == leaver.id).revoked_at is not None
    assert User.get_by_id(leaver.id).left_at == ws.clock.now()
    reactivate(ws, leaver.id, asked)
    assert User.get_by_id(leaver.id).left_at is None
    with pytest.raises(NotFound):
        plan_leave(ws, "nobody", asked)


def test_a_group_without_a_taker_holds_everything_up(workspace: Any, company: Any) -> None:
    ws, asked = workspace, admin(company)
    alone = ws.door.create("user", {"email": "a@test.example", "name": "单人", "roles": ["sales"]}, SYSTEM).record
    ws.door.create("task", {"title": "x", "assignee_id": alone.id}, SYSTEM)
    plan = plan_leave(ws, alone.id, asked)
    assert plan.open == 1
    with pytest.raises(Invalid) as refused:
        left(ws, plan, asked)
    assert refused.value.problems[0].field == "choices.tasks"
    assert User.get_by_id(alone.id).active
    for taker, field in (
        ("nobody", "choices.tasks"),
        (alone.id, "choices.tasks"),
        ("load", "choices.tasks"),
    ):
        with pytest.raises(Invalid) as refused:
            plan_leave(ws, alone.id, asked, {"tasks": taker})
        assert refused.value.problems[0].field == field
    with pytest.raises(Invalid):
        plan_leave(ws, alone.id, asked, {"nothing": "load"})


def test_leads_go_to_nobody_whose_role_does_not_work_on_them(workspace: Any, company: Any) -> None:
    ws, asked, leaver = workspace, admin(company), company.sellers["华东一部"][0]
    (lead,) = give(ws, leaver)
    legal = company.user("legal").id
    with pytest.raises(Invalid) as refused:
        plan_leave(ws, leaver.id, asked, {"leads": legal})
    assert refused.value.problems[0].field == "choices.leads"
    with pytest.raises(Invalid):
        plan_leave(ws, leaver.id, asked, {}, {f"lead:{lead.id}:owner_id": legal})


def test_drafts_go_to_somebody_who_drafts_rules_and_rules_that_name_the_leaver_are_shown(
    workspace: Any, company: Any
) -> None:
    ws, ops, asked = workspace, company.user("ops"), admin(company)
    new_draft(ws, RULE, Origin(Actor.of(ops), "console"))
    plan = plan_leave(ws, ops.id, asked, {"drafts": company.user("admin").id})
    left(ws, plan, asked, choices={"drafts": company.user("admin").id})
    assert RuleVersion.get(RuleVersion.code == RULE["id"]).author_id == company.user("admin").id
    ws.door.create("rule", {"code": RULE["id"], "version": 1, "document": RULE, "pack": "custom"}, SYSTEM)
    named = plan_leave(ws, company.sellers["华东一部"][0].id, asked)
    assert [use.code for use in named.uses] == [RULE["id"]]


def test_records_of_a_kind_made_here_go_along(workspace: Any, found: Any) -> None:
    ws, company = workspace, found(workspace)
    asked = admin(company)
    make_both(ws, Origin(Actor.of(company.user("ops")), "console"))
    leaver, colleague = company.sellers["华东一部"]
    (lead,) = give(ws, leaver)
    values = {"lead_id": lead.id, "owner_id": leaver.id, "team_id": leaver.team_id, "place": "上海"}
    visit = ws.door.create("visit", values, SYSTEM).record
    plan = plan_leave(ws, leaver.id, asked)
    assert [one.choice for one in plan.groups if one.group.name == "kind:visit"] == ["with_lead"]
    left(ws, plan, asked)
    model = ws.kinds["visit"].model
    assert model.get_by_id(visit.id).owner_id == colleague.id


@pytest.mark.slow
def test_a_thousand_leads_in_one_batch(workspace: Any, company: Any) -> None:
    """Nothing is asked once a row to make the plan, and rules hear of none of it."""
    ws, asked, leaver = workspace, admin(company), company.sellers["华东一部"][0]
    give(ws, leaver, 1000)
    drain(ws)
    asking, execute = [], database.obj.execute_sql

    def counted(sql: Any, *more: Any, **also: Any) -> Any:
        asking.append(sql)
        return execute(sql, *more, **also)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database.obj, "execute_sql", counted)
        plan = plan_leave(ws, leaver.id, asked)
    counts = {one.group.name: len(one.rows) for one in plan.groups}
    assert counts["leads"] == 1000
    assert len(asking) < 60, asking
    shown = {row.key: row.to for row in plan.rows}
    change = left(ws, plan, asked, takers=shown)
    assert Lead.select().where(Lead.owner == leaver.id).count() == 0
    waiting = Dispatch.select().where((Dispatch.consumer == "rules") & Dispatch.state.in_(("pending", "running")))
    assert waiting.count() == 0
    assert batches.undo(ws, change.id, asked).undone == len(plan.rows) + 1


def test_who_is_on_leave_gets_nothing_by_load_and_their_deputy_is_asked_for(workspace: Any, company: Any) -> None:
    ws, asked = workspace, admin(company)
    leaver, colleague = company.sellers["华东一部"]
    manager = company.managers["华东一部"]
    give(ws, leaver)
    now = ws.clock.now()
    days = {"from_at": now, "to_at": now + timedelta(days=2)}
    away = ws.door.create("leave", {"user_id": colleague.id, "deputy_id": leaver.id, **days}, SYSTEM).record
    plan = plan_leave(ws, leaver.id, asked)
    groups = {one.group.name: one for one in plan.groups}
    assert groups["leads"].choice == "manager"  # Nobody of the team is on duty.
    assert {row.to for row in groups["leads"].rows} == {manager.id}
    assert [row.item.kind for row in groups["deputies"].rows] == ["leave"]
    left(ws, plan_leave(ws, leaver.id, asked, {"deputies": manager.id}), asked, choices={"deputies": manager.id})
    assert type(away).get_by_id(away.id).deputy_id == manager.id


def test_a_thing_handed_over_costs_the_same_few_statements_however_many_there_are(
    any_workspace: Any, found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    company = found(ws)
    asked, real, counted = admin(company), type(database.obj).execute_sql, 0

    def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal counted
        counted += 1
        return real(self, *args, **kwargs)

    def statements(leaver: User, leads: int) -> int:
        nonlocal counted
        made = give(ws, leaver, leads)
        with ws.door.transaction(SYSTEM) as tx:
            for lead in made:
                tx.create("task", {"title": "寄样品", "lead_id": lead.id, "assignee_id": leaver.id})
            tx.let_rules_pass()
        plan = plan_leave(ws, leaver.id, asked)
        assert len(plan.rows) == 2 * leads
        with monkeypatch.context() as patched:
            patched.setattr(type(database.obj), "execute_sql", counting)
            counted = 0
            left(ws, plan, asked)
        return counted

    few = statements(company.sellers["华东一部"][0], 10)
    many = statements(company.sellers["华东二部"][0], 40)
    # Read under a lock, its deadlines, written, journalled; of a lead whoever hears of it, too.
    assert (many - few) / (2 * 40 - 2 * 10) < 5
