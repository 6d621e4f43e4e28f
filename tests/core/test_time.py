"""Working time and deadlines: what counts, who hears of it when it is up, and how it is found."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Deadline, Lead, Notification
from clew.core.outbox import deadlines
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import JournalLine
from clew.core.time.holidays import holidays_of
from clew.core.time.windows import Week
from clew.core.time.working_calendar import DayRule, NoWorkingTime, WorkingCalendar
from clew.core.workspace import Workspace

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingCalendar(ZONE, {h.day: DayRule(h.working) for year in (2025, 2026) for h in holidays_of(year)})


def at(text: str) -> datetime:
    """Return the moment of the Shanghai time `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-24 09:00", 30, "2026-11-24 09:30"),
        ("2026-11-24 07:00", 30, "2026-11-24 09:30"),  # before work
        ("2026-11-24 11:50", 30, "2026-11-24 13:50"),  # across lunch
        ("2026-11-24 12:30", 30, "2026-11-24 14:00"),  # in the lunch break
        ("2026-11-24 11:30", 30, "2026-11-24 12:00"),  # up to the break exactly
        ("2026-11-24 17:50", 30, "2026-11-25 09:20"),  # overnight
        ("2026-11-27 17:50", 30, "2026-11-30 09:20"),  # over the weekend
        ("2026-11-28 10:00", 30, "2026-11-30 09:30"),  # on a Saturday
        ("2026-09-30 17:50", 30, "2026-10-08 09:20"),  # over the National Day
        ("2026-10-10 10:00", 30, "2026-10-10 10:30"),  # a Saturday worked instead (调休)
        ("2026-02-14 10:00", 30, "2026-02-14 10:30"),  # and one before the Spring Festival
        ("2025-12-31 17:59", 2, "2026-01-04 09:01"),  # New Year's Day, then a worked Sunday
        ("2026-11-24 09:00", 450, "2026-11-24 18:00"),  # a whole day
        ("2026-11-24 09:00", 451, "2026-11-25 09:01"),
    ],
)
def test_working_minutes_are_counted(start: str, minutes: int, end: str) -> None:
    assert CALENDAR.add_minutes(at(start), minutes) == at(end)
    assert CALENDAR.minutes_between(at(start), at(end)) == minutes


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-24 12:00", "2026-11-24 13:30", 0),
        ("2026-11-28 00:00", "2026-11-30 00:00", 0),
        ("2026-11-24 10:00", "2026-11-24 09:00", 0),
        ("2026-10-01 00:00", "2026-10-08 00:00", 0),
        ("2026-11-23 09:00", "2026-11-30 09:00", 5 * 450),
    ],
)
def test_what_does_not_count(start: str, end: str, minutes: int) -> None:
    assert CALENDAR.minutes_between(at(start), at(end)) == minutes


def test_a_calendar_knows_which_years_it_knows() -> None:
    assert CALENDAR.knows(2026)
    assert not CALENDAR.knows(2030)
    assert holidays_of(2030) == []
    assert CALENDAR.is_open(at("2026-11-24 11:59"))
    assert not CALENDAR.is_open(at("2026-11-24 12:00"))


def test_a_calendar_without_working_days_says_so() -> None:

    never = WorkingCalendar(ZONE, week=Week(((),) * 7))
    with pytest.raises(NoWorkingTime, match="check the windows of its week"):
        never.add_minutes(at("2026-11-24 09:00"), 1)


# ---- Deadlines


def _take(ws: Workspace, moment: str = "2026-11-24 09:00") -> Lead:
    run_until(ws, at(moment))
    lead = intake.take(ws, {"company": "恒锐精密", "industry": "精密加工", "region": "江苏"}, SYSTEM).lead
    drain(ws)
    return Lead.get_by_id(lead.id)


def _answer(ws: Workspace, lead: Lead, **more: Any) -> None:
    values = {"lead_id": lead.id, "way": "phone", "content": "已联系", **more}
    ws.door.create("follow_up", values, SYSTEM)
    drain(ws)


@pytest.mark.parametrize(
    ("assigned", "due"),
    [
        ("2026-11-24 11:50", "2026-11-24 13:50"),
        ("2026-11-27 17:50", "2026-11-30 09:20"),
        ("2026-12-31 17:50", "2027-01-01 09:20"),  # 2027's holidays are not known yet: counted as worked
    ],
)
def test_the_clock_starts_at_assignment_and_sleeps_when_people_do(
    workspace: Workspace, company: Any, assigned: str, due: str
) -> None:
    lead = _take(workspace, assigned)
    assert [(d.name, d.due_at) for d in lead.deadlines] == [("first_response", at(due))]


def test_nobody_answers_and_the_owners_manager_hears_of_it_once(any_workspace: Workspace, found: Any) -> None:
    company = found(any_workspace)
    lead = _take(any_workspace)
    run_until(any_workspace, at("2026-11-24 09:29"))
    assert Lead.get_by_id(lead.id).escalated_at is None
    run_until(any_workspace, at("2026-11-24 18:00"))
    lead = Lead.get_by_id(lead.id)
    manager = company.managers["华东一部"]
    assert (lead.escalated_at, lead.escalated_to_id) == (at("2026-11-24 09:30"), manager.id)
    (message,) = Notification.select().where(Notification.user == manager)
    assert message.title == f"「恒锐精密」超过 30 个工作分钟未响应，负责人：{lead.owner.name}"
    escalation = JournalLine.get(JournalLine.kind == "lead.escalated")
    assert escalation.cause_rule == "first-response-escalate"
    assert JournalLine.get_by_id(escalation.cause_seq).kind == "deadline.missed"


def test_an_answer_in_time_stops_the_clock(workspace: Workspace, company: Any) -> None:
    lead = _take(workspace)
    run_until(workspace, at("2026-11-24 09:20"))
    _answer(workspace, lead)
    run_until(workspace, at("2026-11-24 18:00"))
    lead = Lead.get_by_id(lead.id)
    assert (lead.escalated_at, lead.response_minutes) == (None, 20)
    assert [d.state for d in lead.deadlines] == ["met"]


def test_a_call_nobody_took_is_no_answer(workspace: Workspace, company: Any) -> None:
    lead = _take(workspace)
    _answer(workspace, lead, effective=False)
    run_until(workspace, at("2026-11-24 10:00"))
    assert Lead.get_by_id(lead.id).escalated_at


def test_a_lost_lead_escalates_no_more(workspace: Workspace, company: Any) -> None:
    lead = _take(workspace)
    workspace.door.change("lead", lead.id, {"outcome": "lost", "lost_reason": "重复"}, SYSTEM)
    run_until(workspace, at("2026-11-24 18:00"))
    assert Lead.get_by_id(lead.id).escalated_at is None


def test_a_deadline_is_missed_once(workspace: Workspace, company: Any) -> None:
    _take(workspace)
    workspace.clock.set(at("2026-11-24 10:00"))  # type: ignore[attr-defined]
    (due,) = deadlines.due(workspace)
    assert [deadlines.miss(workspace, due), deadlines.miss(workspace, due)] == [True, False]


def test_what_is_due_is_found_by_index(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "peewee"):
        deadlines.due(workspace)
    sql, params = caplog.records[-1].msg
    plan = workspace.db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()
    assert [row[3] for row in plan] == ["SEARCH t1 USING INDEX deadline_state_due_at (state=? AND due_at<?)"]
    assert Deadline.select().count() == 0
