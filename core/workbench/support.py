"""Who of a team needs help, and why: today's page and the report say the same."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Literal

from peewee import fn

from .. import metrics
from ..kinds import Deadline, Lead, User
from ..storage.queries import pairs, tuples
from ..storage.records import MoneyField, UTCDateTimeField

Why = Literal["late", "unowned", "stalled", "load", ""]
MUCH, AT_LEAST = 2, 10
"""So many times the team's median, and so many open leads at least, are too much for one."""


@dataclass(frozen=True)
class Support:
    """How one person of a team fares; `user` is None for the leads that nobody owns.

    `why` is late, unowned, stalled or load; empty for who needs no help, None where a suspended metric leaves that open.
    Of who has late leads, `since` is since when the first one is late, `budget` the highest among them.
    `stalled` leads are a reason where they are many: so many times the team's median, as with open leads.
    """

    user: User | None
    late: int
    load: int
    usual: float
    why: Why | None
    since: datetime | None = None
    budget: Decimal | None = None
    stalled: int = 0

    @property
    def times(self) -> float:
        """How many times the team's median they hold."""
        return round(self.load / self.usual, 1) if self.usual else 0


def who_needs_support(scope: metrics.Scope, period: metrics.Period) -> list[Support]:
    """Return everybody who holds leads of a scope, or sells in it: who needs help first, the most urgent above."""
    loads, late = metrics.open_by_owner(scope), metrics.overdue_by_owner(scope)
    stalled = metrics.stalled_by_owner(scope, period)
    holders = metrics.holders(scope, period)
    longest = _longest(scope) if any((late or {}).values()) else {}
    usual, usually_stalled = _median(loads, holders), _median(stalled, holders)
    found = []
    for user in holders:
        key = user.id if user else None
        load, n, still = (loads or {}).get(key, 0), (late or {}).get(key, 0), (stalled or {}).get(key, 0)
        why: Why | None = ""
        if n:
            why = "late"
        elif user is None and load:
            why = "unowned"
        elif still and still >= MUCH * usually_stalled:
            why = "stalled"
        elif usual and load >= MUCH * usual and load >= AT_LEAST:
            why = "load"
        elif late is None or loads is None or stalled is None:
            why = None
        since, budget = longest.get(key, (None, None)) if n else (None, None)
        found.append(Support(user, n, load, usual, why, since, budget, still))
    return sorted(found, key=_order)


def _median(counts: Mapping[str | None, int] | None, holders: Sequence[User | None]) -> float:
    each = [(counts or {}).get(user.id, 0) for user in holders if user]
    return statistics.median(each) if each else 0


def _order(one: Support) -> tuple[int, float, int, int, bool, str]:
    since = one.since.timestamp() if one.since is not None else 0
    place = {"late": 0, "unowned": 0, "stalled": 1, "load": 2}.get(one.why or "", 3)
    much = {"stalled": one.stalled, "": 0}.get(one.why or "", one.load)
    return -one.late, since, place, -much, one.user is None, one.user.name if one.user else ""


def _longest(scope: metrics.Scope) -> dict[str | None, tuple[datetime, Decimal | None]]:
    """Return for each owner of late leads since when the first is late, and the highest budget, with one statement."""
    rows = (
        metrics.overdue(scope.leads())
        .select(
            Lead.owner,
            fn.MIN(Deadline.due_at).converter(UTCDateTimeField().python_value),
            fn.MAX(Lead.budget).converter(MoneyField().python_value),
        )
        .join(Deadline, on=(Deadline.lead == Lead.id))
        .where((Deadline.name == "first_response") & (Deadline.state == "missed"))
        .group_by(Lead.owner)
    )
    return {owner: (since, budget) for owner, since, budget in tuples(rows)}


def longest_stalled(scope: metrics.Scope, period: metrics.Period, owners: Sequence[str]) -> dict[str, Lead]:
    """Return for each of some people the lead of theirs that stands still longest, with two statements."""
    still = metrics.stalled(scope.leads(), period).where(Lead.owner.in_(list(owners)))
    first = still.select(Lead.owner, fn.MIN(Lead.stage_since).converter(UTCDateTimeField().python_value))
    since = dict(pairs(first.group_by(Lead.owner))) if owners else {}
    if not since:
        return {}
    each = [(Lead.owner == owner) & (Lead.stage_since == at) for owner, at in since.items()]
    return {lead.owner_id: lead for lead in still.where(reduce(or_, each)).order_by(Lead.id.desc())}


def by_lateness(leads: Any, most: int) -> list[tuple[Lead, datetime]]:
    """Return the leads of a query for late ones that are late longest, each with since when it is."""
    since = fn.MIN(Deadline.due_at)
    rows = (
        leads.select(Lead.id, since.converter(UTCDateTimeField().python_value))
        .join(Deadline, on=(Deadline.lead == Lead.id))
        .where((Deadline.name == "first_response") & (Deadline.state == "missed"))
        .group_by(Lead.id)
        .order_by(since, Lead.id)
        .limit(most)
    )
    found = dict(pairs(rows))
    by_id = {lead.id: lead for lead in Lead.select().where(Lead.id.in_(list(found)))} if found else {}
    return [(by_id[one], at) for one, at in found.items()]
