"""Deadlines that tell the truth: paused, handed over, reopened, answered late; leave, holidays, backtests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clew.core import backtest
from clew.core.actions import CannotApply, apply, subject_of
from clew.core.company import calendars as keeping
from clew.core.errors import Conflict, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Calendar, Deadline, Lead, Notification, Pause, RuleRecord, User
from clew.core.outbox.recounting import moving
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import BacktestDifference, JournalLine
from clew.core.timeline.derivation import derivation_of
from clew.core.workspace import Workspace
from clew.rules.language.errors import RulesError
from clew.rules.packs.reading import rules_from_document


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def take(ws: Workspace, moment: str = "2026-11-24 09:00", name: str = "恒锐精密", **more: Any) -> Lead:
    run_until(ws, at(moment))
    values = {"company": name, "industry": "精密加工", "region": "江苏", **more}
    lead = intake.take(ws, values, SYSTEM).lead
    drain(ws)
    found: Lead = Lead.get_by_id(lead.id)
    return found


def only(lead: Lead) -> Deadline:
    (found,) = Deadline.select().where(Deadline.lead == lead)
    return found  # type: ignore[no-any-return]


def start(ws: Workspace, lead: Lead, name: str, **args: Any) -> Deadline:
    with ws.door.transaction(SYSTEM) as tx:
        apply(tx, "start_deadline", {"name": name, **args}, subject_of(tx.kinds, tx.store, "lead", lead), name)
    drain(ws)
    found: Deadline = Deadline.get((Deadline.lead == lead) & (Deadline.name == name))
    return found


def of(user: User) -> Origin:
    return Origin(Actor.of(user), "console")


def organisation() -> Calendar:
    found: Calendar = Calendar.get(Calendar.scope == "organisation")
    return found


def answer(ws: Workspace, lead: Lead) -> None:
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "已联系"}, SYSTEM)
    drain(ws)


def test_paused_it_stands_still_and_goes_on_with_what_is_left(any_workspace: Workspace, found: Any) -> None:
    ws, company = any_workspace, found(any_workspace)
    lead = take(ws)
    deadline = only(lead)
    run_until(ws, at("2026-11-24 09:20"))
    owner = User.get_by_id(lead.owner_id)
    ws.door.create("pause", {"deadline_id": deadline.id, "reason": "waiting_customer"}, of(owner))
    run_until(ws, at("2026-11-24 17:55"))
    assert (only(lead).state, only(lead).paused_for, Lead.get_by_id(lead.id).escalated_at) == (
        *("paused", "waiting_customer"),
        None,
    )
    with pytest.raises(Conflict):
        ws.door.create("pause", {"deadline_id": deadline.id, "reason": "waiting_customer"}, of(owner))
    pause = keeping.running_pause(deadline.id)
    ws.door.change("pause", pause.id, {"to_at": ws.clock.now()}, of(owner))
    assert (only(lead).state, only(lead).due_at) == ("open", at("2026-11-25 09:05"))
    told = derivation_of(ws, only(lead))
    assert [(one.what, one.counted, one.total) for one in told.steps] == [
        *(("start", None, 0), ("window", 20, 20), ("pause", None, 20), ("window", 5, 25), ("window", 5, 30)),
        ("end", None, 30),
    ]
    assert told.notes == ()
    run_until(ws, at("2026-11-25 09:06"))
    assert only(lead).state == "missed"
    assert company is not None


def test_answered_while_paused_it_is_met_and_the_wait_is_what_was_counted(workspace: Workspace, company: Any) -> None:
    lead = take(workspace)
    run_until(workspace, at("2026-11-24 09:10"))
    workspace.door.create("pause", {"deadline_id": only(lead).id, "reason": "waiting_customer"}, SYSTEM)
    run_until(workspace, at("2026-11-24 11:00"))
    answer(workspace, lead)
    assert (only(lead).state, Lead.get_by_id(lead.id).response_minutes) == ("met", 10)
    assert Pause.get().to_at == at("2026-11-24 11:00")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": "lunch"}, "没有暂停原因"),
        ({"reason": "waiting_customer", "from_at": "2026-11-01 09:00"}, "不能补记"),
        ({"reason": "waiting_customer", "to_at": "2026-11-30 09:00"}, "不能补记"),
        ({"reason": ["x"]}, ""),
        ({"reason": "\x00"}, ""),
    ],
)
def test_a_pause_that_says_nothing_true_is_refused(workspace: Workspace, company: Any, values: Any, said: str) -> None:
    lead = take(workspace)
    with pytest.raises(Invalid) as refused:
        workspace.door.create("pause", {"deadline_id": only(lead).id, **values}, of(company.user("ops")))
    assert said in refused.value.text.zh
    assert Pause.select().count() == 0


def test_handed_over_it_is_one_deadline_that_goes_on_by_the_new_owners_calendar(
    workspace: Workspace, company: Any
) -> None:
    ws, lead = workspace, take(workspace)
    first = only(lead)
    other = company.sellers["华南部"][0]
    keeping.make(
        ws, {"name": "华南部", "scope": "team", "of_id": other.team_id, "week": {"tue": ["14:00-18:00"]}}, SYSTEM
    )
    run_until(ws, at("2026-11-24 09:10"))
    ws.door.change("lead", lead.id, {"owner_id": other.id, "team_id": other.team_id}, SYSTEM)
    drain(ws)
    second = only(lead)
    assert (second.id, second.owner_id, second.started_at, second.due_at) == (
        *(first.id, other.id, first.started_at),
        at("2026-11-24 14:20"),
    )
    assert [one.what for one in derivation_of(ws, second).steps] == [
        *("start", "window", "handed_over", "window", "end")
    ]
    run_until(ws, at("2026-11-24 14:10"))
    answer(ws, lead)
    assert (only(lead).state, Lead.get_by_id(lead.id).response_minutes) == ("met", 20)


def test_answered_late_it_stays_missed_and_says_when(workspace: Workspace, company: Any) -> None:
    lead = take(workspace)
    run_until(workspace, at("2026-11-24 10:00"))
    answer(workspace, lead)
    found = only(lead)
    assert (found.state, found.closed_at, found.met_at) == (
        *("missed", at("2026-11-24 09:30")),
        at("2026-11-24 10:00"),
    )
    assert Lead.get_by_id(lead.id).response_minutes == 60


def test_late_and_handed_over_it_is_late_with_whoever_has_it_now(workspace: Workspace, company: Any) -> None:
    lead = take(workspace)
    run_until(workspace, at("2026-11-24 10:00"))
    other = next(one for one in company.sellers["华东一部"] if one.id != lead.owner_id)
    workspace.door.change("lead", lead.id, {"owner_id": other.id}, SYSTEM)
    drain(workspace)
    assert only(lead).state == "missed"


def test_closed_unanswered_it_was_not_met_and_reopened_it_goes_on(workspace: Workspace, company: Any) -> None:
    ws, lead = workspace, take(workspace)
    run_until(ws, at("2026-11-24 09:10"))
    ws.door.change("lead", lead.id, {"outcome": "lost", "lost_reason": "重复"}, SYSTEM)
    drain(ws)
    assert (only(lead).state, only(lead).closed_because) == ("cancelled", "record_ended")
    run_until(ws, at("2026-11-24 15:00"))
    ws.door.change("lead", lead.id, {"outcome": "open"}, SYSTEM)
    drain(ws)
    assert (only(lead).state, only(lead).due_at, only(lead).closed_at) == ("open", at("2026-11-24 15:20"), None)
    run_until(ws, at("2026-11-24 15:21"))
    assert only(lead).state == "missed"


@pytest.mark.parametrize(
    ("args", "due"),
    [
        ({"working_minutes": 45}, "2026-11-24 09:45"),
        ({"working_hours": 12}, "2026-11-25 15:00"),
        ({"working_hours": 1.5}, "2026-11-24 10:30"),
        ({"working_days": 3}, "2026-11-27 18:00"),
    ],
)
def test_it_counts_minutes_hours_or_working_days(workspace: Workspace, company: Any, args: Any, due: str) -> None:
    assert start(workspace, take(workspace), "报价", **args).due_at == at(due)


def test_working_days_with_a_pause_count_days_that_are_worked_to_their_end(workspace: Workspace, company: Any) -> None:
    ws, lead = workspace, take(workspace)
    deadline = start(ws, lead, "报价", working_days=3)
    run_until(ws, at("2026-11-25 10:00"))
    ws.door.create("pause", {"deadline_id": deadline.id, "reason": "waiting_customer"}, SYSTEM)
    run_until(ws, at("2026-11-27 11:00"))
    ws.door.change("pause", keeping.running_pause(deadline.id).id, {"to_at": ws.clock.now()}, SYSTEM)
    assert Deadline.get_by_id(deadline.id).due_at == at("2026-12-01 18:00")  # Friday, Monday, Tuesday
    told = derivation_of(ws, Deadline.get_by_id(deadline.id))
    assert (told.unit, told.steps[-1].total) == ("days", 3)


@pytest.mark.parametrize(
    "args",
    [
        {"working_minutes": 10**12},
        {"working_hours": 10**9},
        {"working_days": 10**12},
        {"working_days": 0},
        {"working_days": 1.5},
        {"working_minutes": 5, "warn": 10**15},
        {"working_minutes": 5, "working_days": 5},
        {},
    ],
)
def test_a_rule_with_an_amount_out_of_range_is_refused_where_it_is_written(workspace: Workspace, args: Any) -> None:
    document = {
        "id": "long",
        "title": {"zh": "长", "en": "Long"},
        "purpose": {"zh": "长", "en": "Long"},
        "trigger": "lead.created",
        "then": [{"start_deadline": {"name": "x", **args}}],
    }
    with pytest.raises(RulesError):
        rules_from_document(document, workspace.configuration.vocabulary)


def test_what_reaches_the_action_all_the_same_is_refused_in_words(workspace: Workspace, company: Any) -> None:
    with pytest.raises(CannotApply) as refused:
        start(workspace, take(workspace), "报价", working_minutes=10**12)
    assert "600,000" in refused.value.text.zh


def test_a_holiday_declared_under_running_deadlines_moves_them_and_tells_once(
    any_workspace: Workspace, found: Any
) -> None:
    ws, company = any_workspace, found(any_workspace)
    lead = take(ws)
    deadline = start(ws, lead, "报价", working_hours=12)
    days = [keeping.DayGiven(datetime(2026, 11, day, tzinfo=UTC).date(), False, "停电") for day in (25, 26)]
    row = organisation()
    preview = keeping.preview(ws, keeping.proposed(ws, row, days=days))
    assert (preview.moved, preview.later) == (1, timedelta(days=2))
    assert Deadline.get_by_id(deadline.id).due_at == at("2026-11-25 15:00")
    assert keeping.set_days(ws, row, days, of(company.user("ops"))) == 2
    drain(ws)
    assert Deadline.get_by_id(deadline.id).due_at == at("2026-11-27 15:00")
    line = JournalLine.get(JournalLine.kind == "deadline.recounted")
    assert JournalLine.get_by_id(line.cause_seq).record_kind == "calendar_day"
    mine = Notification.select().where(Notification.user == lead.owner_id)
    assert [one.title for one in mine if "重新计算" in one.title] == ["工作日历或请假改了，你有 1 个时限重新计算"]
    assert list(moving(ws, ws.calendar)) == []
    keeping.remove_day(ws, row, days[0].day, of(company.user("ops")))
    keeping.remove_day(ws, row, days[1].day, of(company.user("ops")))
    drain(ws)
    assert Deadline.get_by_id(deadline.id).due_at == at("2026-11-25 15:00")


def test_a_calendar_that_never_opens_leaves_deadlines_as_they_are(workspace: Workspace, company: Any) -> None:
    ws, lead = workspace, take(workspace)
    due = only(lead).due_at
    week = {name: [] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    assert keeping.preview(ws, keeping.proposed(ws, organisation(), week=week)).never == 1
    keeping.save(ws, organisation().id, {"week": week}, of(company.user("ops")))
    drain(ws)
    assert only(lead).due_at == due


def test_leave_without_a_deputy_stops_the_clock_with_one_it_runs_on(workspace: Workspace, company: Any) -> None:
    ws, lead = workspace, take(workspace)
    deadline = start(ws, lead, "报价", working_hours=6, warn=60)
    leave = {"user_id": lead.owner_id, "from_at": "2026-11-24 13:30", "to_at": "2026-11-24 15:00", "kind": "personal"}
    made = ws.door.create("leave", leave, of(company.user("ops"))).record
    drain(ws)
    assert Deadline.get_by_id(deadline.id).due_at == at("2026-11-24 18:00")
    assert "leave" in [one.what for one in derivation_of(ws, Deadline.get_by_id(deadline.id)).steps]
    deputy = next(one for one in company.sellers["华东一部"] if one.id != lead.owner_id)
    values = {"deputy_id": deputy.id, "to_at": "2026-11-24 18:00"}
    ws.door.change("leave", made.id, values, of(company.user("ops")))
    drain(ws)
    assert Deadline.get_by_id(deadline.id).due_at == at("2026-11-24 16:30")
    run_until(ws, at("2026-11-24 15:31"))
    warned = Notification.select().where(Notification.title.contains("时限还剩"))
    assert [one.user_id for one in warned] == [deputy.id]


def test_who_is_on_leave_gets_no_lead_here_and_in_a_backtest(workspace: Workspace, company: Any) -> None:
    ws = workspace
    away, there = company.sellers["华东一部"]
    leave = {"user_id": away.id, "from_at": "2026-11-24 08:00", "to_at": "2026-11-25 08:00"}
    ws.door.create("leave", leave, of(company.user("ops")))
    owners = [take(ws, f"2026-11-24 09:0{n}", f"线索 {n}").owner_id for n in range(3)]
    assert set(owners) == {there.id}
    paused = Deadline.select().first()
    ws.door.create("pause", {"deadline_id": paused.id, "reason": "waiting_customer"}, of(there))
    keeping.set_days(
        ws, organisation(), [keeping.DayGiven(at("2026-11-25 12:00").date(), False)], of(company.user("ops"))
    )
    drain(ws)
    back = take(ws, "2026-11-26 09:00", "线索 9")
    assert back.owner_id == away.id
    run_until(ws, at("2026-11-26 10:00"))
    ws.door.change("pause", keeping.running_pause(paused.id).id, {"to_at": ws.clock.now()}, of(there))
    run_until(ws, at("2026-11-26 18:00"))
    document = RuleRecord.get(RuleRecord.code == "first-response-start").document
    row = backtest.start(ws, [{**document, "version": 9}], since=at("2026-11-24 08:30"), origin=SYSTEM)
    found = backtest.run(ws, row.id)
    assert found.state == "done", found.error
    assert list(BacktestDifference.select().where(BacktestDifference.backtest_id == row.id).dicts()) == []


def test_a_team_counts_by_its_calendar_and_facts_of_rules_do_too(workspace: Workspace, company: Any) -> None:
    ws, team = workspace, company.teams["华东一部"]
    week = {"tue": ["20:00-02:00"], "wed": []}
    keeping.make(ws, {"name": "夜班", "scope": "team", "of_id": team.id, "week": week}, of(company.user("ops")))
    lead = take(ws, "2026-11-24 19:00")
    assert only(lead).due_at == at("2026-11-24 20:30")
    run_until(ws, at("2026-11-24 20:10"))
    from clew.core.facts.facts import facts_of_line

    line = JournalLine.get((JournalLine.record_id == lead.id) & (JournalLine.kind == "lead.assigned"))
    facts = facts_of_line(ws.setting, line, ws.clock.now())
    assert (facts["lead.waiting_working_minutes"], facts["lead.in_working_time"]) == (10, True)


def test_a_calendar_is_one_of_each_and_its_words_are_checked(workspace: Workspace, company: Any) -> None:
    ops, team = of(company.user("ops")), company.teams["华东一部"]
    values = {"name": "一部", "scope": "team", "of_id": team.id}
    keeping.make(workspace, values, ops)
    with pytest.raises(Conflict):
        keeping.make(workspace, values, ops)
    for bad in (
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"week": {"mon": ["x"]}},
        {"week": []},
        {"week": 7},
    ):
        with pytest.raises(Invalid):
            keeping.save(workspace, organisation().id, bad, ops)
    with pytest.raises(Invalid):
        keeping.save(workspace, organisation().id, {"active": False}, ops)


def test_leave_is_on_record_once_for_any_moment(any_workspace: Workspace, found: Any) -> None:
    ws, company = any_workspace, found(any_workspace)
    person, ops = company.sellers["华东一部"][0], of(company.user("ops"))
    days = {"user_id": person.id, "from_at": "2026-12-01 09:00", "to_at": "2026-12-02 18:00"}
    made = ws.door.create("leave", days, ops).record
    for clashing in (days, {**days, "from_at": "2026-12-02 17:59", "to_at": "2026-12-05 18:00"}):
        with pytest.raises(Invalid, match="2026-12-01 09:00 to 2026-12-02 18:00"):
            ws.door.create("leave", clashing, ops)
    after = {**days, "from_at": "2026-12-02 18:00", "to_at": "2026-12-03 18:00"}
    next_ = ws.door.create("leave", after, ops).record
    with pytest.raises(Invalid, match="on record for part"):
        ws.door.change("leave", next_.id, {"from_at": "2026-12-02 09:00"}, ops)
    ws.door.change("leave", made.id, {"cancelled": True}, ops)
    again = ws.door.create("leave", days, ops).record
    with pytest.raises(Invalid, match="on record for part"):
        ws.door.change("leave", made.id, {"cancelled": False}, ops)
    ws.door.change("leave", again.id, {"reason": "改了说明"}, ops)


def test_steps_add_up_though_the_calendar_changed_after_a_pause(workspace: Workspace, company: Any) -> None:
    ws, lead = workspace, take(workspace)
    ops = of(company.user("ops"))
    deadline = start(ws, lead, "报价", working_hours=8)
    ws.clock.advance(hours=2)  # type: ignore[attr-defined]
    ws.door.create("pause", {"deadline_id": deadline.id, "reason": "waiting_customer"}, ops)
    ws.clock.advance(hours=1)  # type: ignore[attr-defined]
    (pause,) = Pause.select()
    ws.door.change("pause", pause.id, {"to_at": ws.clock.now()}, ops)
    week = {name: ["10:00-11:00", "14:00-19:00"] for name in ("mon", "tue", "wed", "thu", "fri")}
    keeping.save(ws, organisation().id, {"week": week}, ops)
    drain(ws)
    found = derivation_of(ws, Deadline.get_by_id(deadline.id))
    total = 0
    for step in found.steps:
        total += step.counted or 0
        assert step.total == total, step
    assert total == 8 * 60
    assert any("changed since" in step.note.en for step in found.steps)
