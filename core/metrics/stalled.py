"""Leads that stand still: longer in their stage than nine of ten that moved on from it took.

What is usual comes from the company's own moves, never from a number of ours: a stage that few have left has no limit.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from peewee import SQL

from ..kinds import Lead
from ..storage.queries import Query, among, tuples
from ..storage.reading import read_once
from ..storage.system_tables import JournalLine

NEWEST = 1000
"""So many of the newest moves are looked at, of all stages together: what it costs does not grow with the journal."""
FEWEST = 10
"""Fewer moves out of a stage can't tell what nine of ten took."""
_TENTHS = 10


@dataclass(frozen=True)
class StageLimit:
    """How long nine of ten stayed in a stage before they moved on, told from so many `moves`; real time, not working time."""

    longest: timedelta
    moves: int


def stage_limits() -> dict[tuple[str, str], StageLimit]:
    """Return the limit of each stage that enough leads have left, by process and stage. A request reads them once."""
    return read_once("stage limits", _read_limits)


def _read_limits() -> dict[tuple[str, str], StageLimit]:
    moves = (
        JournalLine.select(JournalLine.record_id, JournalLine.at, JournalLine.before, JournalLine.channel)
        .where(JournalLine.kind == "lead.stage_changed")
        .order_by(JournalLine.at.desc())
        .limit(NEWEST)
    )
    # An import tells when a stage was written down, not when the lead moved; a lead put into another process left none.
    left = [
        (lead_id, at, before)
        for lead_id, at, before, channel in tuples(moves)
        if channel != "import" and "stage_since" in before and "process" not in before
    ]
    ids = sorted({lead_id for lead_id, _, _ in left})
    processes = dict(tuples(Lead.select(Lead.id, Lead.process).where(among(Lead.id, ids)))) if ids else {}
    stays: dict[tuple[str, str], list[float]] = {}
    for lead_id, at, before in left:
        if lead_id in processes and before["stage_since"] and before.get("stage"):
            stay = at - datetime.fromisoformat(before["stage_since"])
            stays.setdefault((processes[lead_id], before["stage"]), []).append(max(0.0, stay.total_seconds()))
    return {
        stage: StageLimit(timedelta(seconds=statistics.quantiles(each, n=_TENTHS, method="inclusive")[-1]), len(each))
        for stage, each in stays.items()
        if len(each) >= FEWEST
    }


def stalled(leads: Query, now: datetime) -> Query:
    """Narrow `leads` to those that stand still at a moment: open, answered, and in their stage for longer than its limit."""
    limits = stage_limits()
    # Each branch says that the lead is open, so that each can use the index over open leads.
    longer = [
        (Lead.outcome == "open")
        & (Lead.stage == stage)
        & (Lead.process == process)
        & (Lead.stage_since < now - limit.longest)
        for (process, stage), limit in limits.items()
    ]
    if not longer:
        return leads.where(SQL("1 = 0"))
    return leads.where(Lead.first_response_at.is_null(False) & reduce(or_, longer))
