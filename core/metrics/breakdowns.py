"""Metrics broken down: by stage, by source, by person and over time. Each row is one metric of the registry.

While the metric is suspended its parts show no figure either: the counts answer None.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from peewee import fn

from ..kinds import Contract, Lead, User
from ..process.processes import Process
from ..roles import book
from ..storage.queries import Query, pairs
from .registry import Measure, measure, overdue, suspension_of
from .scope import Period, Scope
from .stalled import stalled

DAYS_SHOWN_SINGLY = 45
WEEKS_UP_TO_DAYS = 200


def funnel(scope: Scope, period: Period, process: Process) -> list[int] | None:
    """Count how many leads received in the period came at least as far as each stage; a won lead went all the way.

    A lead that was moved back counts up to where it stands now. None while leads_received is suspended.
    """
    if suspension_of("leads_received") is not None:
        return None
    counts = [0] * len(process.stages)
    received = scope.leads().where((Lead.received_at >= period.since) & (Lead.received_at < period.until))
    grouped = (
        received.select(Lead.stage, Lead.outcome, fn.COUNT(Lead.id))
        .where(Lead.process == process.name)
        .group_by(Lead.stage, Lead.outcome)
        .tuples()
    )
    for stage, outcome, n in grouped:
        last = len(counts) - 1 if outcome == "won" else process.index(stage)
        for at in range(last + 1):
            counts[at] += n
    return counts


def reached(leads: Query, process: Process, stage: str) -> Query:
    """Narrow `leads` to those of a process that came at least as far as a stage, as `funnel` counts them."""
    as_far = [one.name for one in process.stages[process.index(stage) :]]
    return leads.where((Lead.process == process.name) & ((Lead.outcome == "won") | Lead.stage.in_(as_far)))


def by_source(scope: Scope, period: Period) -> dict[str, int] | None:
    """Count the leads received in the period by source; "" stands for none given. Adds up to leads_received."""
    if suspension_of("leads_received") is not None:
        return None
    received = scope.leads().where((Lead.received_at >= period.since) & (Lead.received_at < period.until))
    rows = received.select(Lead.source, fn.COUNT(Lead.id)).group_by(Lead.source).tuples()
    counts: dict[str, int] = {}
    for source, n in rows:
        counts[source or ""] = counts.get(source or "", 0) + n
    return counts


def holders(scope: Scope, period: Period) -> list[User | None]:
    """Return everybody who holds a lead of the scope that is open, or came, closed or was signed in the period.

    With them the scope's active sellers who hold none, and None at the end if some lead has no owner:
    so that the rows of a table by person add up to the scope's own figures.
    """
    signed = Contract.select(Contract.lead).where(
        Contract.lead.is_null(False) & (Contract.signed_at >= period.since) & (Contract.signed_at < period.until)
    )
    within = (
        (Lead.outcome == "open")
        | ((Lead.received_at >= period.since) & (Lead.received_at < period.until))
        | ((Lead.closed_at >= period.since) & (Lead.closed_at < period.until))
        | Lead.id.in_(signed)
    )
    ids = {owner for (owner,) in scope.leads().select(Lead.owner).where(within).distinct().tuples()}
    people: list[User | None] = []
    selling = book().carrying("sells")
    for user in User.select().order_by(User.name, User.id):
        seller = user.active and bool(selling & set(user.roles))
        in_scope = (scope.teams is None or user.team_id in scope.teams) and scope.owner in (None, user.id)
        if user.id in ids or (seller and in_scope):
            people.append(user)
    return [*people, None] if None in ids else people


def open_by_owner(scope: Scope) -> dict[str | None, int] | None:
    """Return how many open leads each person holds in the scope; adds up to open_leads."""
    if suspension_of("open_leads") is not None:
        return None
    rows = scope.leads().select(Lead.owner, fn.COUNT(Lead.id)).where(Lead.outcome == "open").group_by(Lead.owner)
    return dict(pairs(rows))


def overdue_by_owner(scope: Scope) -> dict[str | None, int] | None:
    """Return how many overdue leads each person holds in the scope; adds up to overdue_leads."""
    if suspension_of("overdue_leads") is not None:
        return None
    rows = overdue(scope.leads()).select(Lead.owner, fn.COUNT(Lead.id)).group_by(Lead.owner)
    return dict(pairs(rows))


def stalled_by_owner(scope: Scope, period: Period) -> dict[str | None, int] | None:
    """Return how many leads of each person in the scope stand still; adds up to stalled_leads."""
    if suspension_of("stalled_leads") is not None:
        return None
    rows = stalled(scope.leads(), period).select(Lead.owner, fn.COUNT(Lead.id)).group_by(Lead.owner)
    return dict(pairs(rows))


def response_median_by_owner(scope: Scope, period: Period, owners: Collection[str]) -> dict[str, float] | None:
    """Return first_response_median for each of some people who answered a lead, in working minutes, with one statement."""
    if suspension_of("first_response_median") is not None:
        return None
    answered = (
        scope.leads()
        .select(Lead.owner, Lead.response_minutes)
        .where((Lead.received_at >= period.since) & (Lead.received_at < period.until))
        .where(Lead.response_minutes.is_null(False) & Lead.owner.in_(list(owners)))
    )
    minutes: dict[str, list[int]] = {}
    for owner, took in pairs(answered) if owners else ():
        minutes.setdefault(owner, []).append(took)
    return {owner: statistics.median(each) for owner, each in minutes.items()}


def over_time(name: str, scope: Scope, period: Period, zone: ZoneInfo) -> list[tuple[Period, Measure]]:
    """Return a metric by day (up to 45 days), by week from Monday (up to 200), or by calendar month."""
    return [(part, measure(name, scope, part)) for part in parts(period, zone)]


def parts(period: Period, zone: ZoneInfo) -> Iterator[Period]:
    """Cut a period at midnights, Mondays or firsts of the month of `zone`, by its length."""
    days, at = (period.until - period.since).days, period.since
    while at < period.until:
        end = min(_next_cut(at.astimezone(zone).date(), days, zone), period.until)
        yield replace(period, since=at, until=end)
        at = end


def _next_cut(day: date, days: int, zone: ZoneInfo) -> datetime:
    if days <= DAYS_SHOWN_SINGLY:
        cut = day + timedelta(days=1)
    elif days <= WEEKS_UP_TO_DAYS:
        cut = day + timedelta(days=7 - day.weekday())
    else:
        cut = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(cut, time(), zone)
