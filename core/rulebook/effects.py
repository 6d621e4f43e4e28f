"""What a version of a rule did between two moments: its journal lines, and all that followed from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ...rules.language.errors import RulesError
from ..kinds import RuleVersion
from ..storage.queries import tuples
from ..storage.system_tables import JournalLine
from .documents import ids_of, rules_of

_PART = 400


def lines_of(version: RuleVersion, since: datetime, until: datetime) -> dict[int, bool]:
    """Return the numbers of the lines this version led to in [since, until): whether each is a follow-on.

    A follow-on was caused by one of the version's lines: another rule's answer, a deadline that a rule
    started and that was then missed. What a person did afterwards is none, whatever moved them.
    """
    try:
        names = sorted(ids_of(rules_of(version.document)) | {version.code})
    except RulesError:  # Written for an older Clew: a single rule's id is its code.
        names = [version.code]
    own = JournalLine.select(JournalLine.seq).where(
        JournalLine.cause_rule.in_(names)
        & (JournalLine.cause_version == str(version.number))
        & (JournalLine.at >= since)
        & (JournalLine.at < until)
    )
    found = {seq: False for (seq,) in tuples(own.order_by(JournalLine.seq))}
    frontier = list(found)
    while frontier:
        fresh = [seq for seq in _caused_by(frontier) if seq not in found]
        found |= dict.fromkeys(fresh, True)
        frontier = fresh
    return dict(sorted(found.items()))


def _caused_by(seqs: list[int]) -> list[int]:
    found: set[int] = set()
    for part in _parts(seqs):
        rows = JournalLine.select(JournalLine.seq).where(
            JournalLine.cause_seq.in_(part) & (JournalLine.actor_kind != "user")
        )
        found |= {seq for (seq,) in tuples(rows)}
        # A missed deadline names no cause: it leads back through the deadline's own record.
        made = JournalLine.select(JournalLine.record_id).where(
            JournalLine.seq.in_(part) & (JournalLine.kind == "deadline.created")
        )
        missed = JournalLine.select(JournalLine.seq).where(
            (JournalLine.record_kind == "deadline")
            & JournalLine.record_id.in_(made)
            & (JournalLine.kind == "deadline.missed")
        )
        found |= {seq for (seq,) in tuples(missed)}
    return sorted(found)


def read(seqs: Iterable[int]) -> Iterator[JournalLine]:
    """Yield the lines of these numbers, oldest first."""
    for part in _parts(sorted(seqs)):
        yield from JournalLine.select().where(JournalLine.seq.in_(part)).order_by(JournalLine.seq)


def _parts(seqs: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(seqs), _PART):
        yield seqs[start : start + _PART]
