"""Which version's effects are meant when a rule's effects are to be undone: what each did, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from peewee import fn

from ...hooks.text import Text
from ...rules.language.errors import RulesError
from ..kinds import RuleRecord, RuleVersion
from ..storage.queries import pairs
from ..storage.system_tables import JournalLine
from .documents import ids_of, rules_of
from .overview import versions_of

Standing = Literal["in_force", "rolled_back", "replaced"]
STANDINGS: dict[Standing, Text] = {
    "in_force": Text("生效中", "In force"),
    "rolled_back": Text("已回滚", "Rolled back"),
    "replaced": Text("已被替代", "Replaced"),
}
_PART = 400


@dataclass(frozen=True)
class VersionEffects:
    """What one version did while it was in force, from `since` until `until` (None: it still is).

    `records` counts the records that it made or changed itself, seen by whoever asks or not. `meant` is the version
    whose effects one most likely means to undo: the one that was rolled back, else the one in force, else the last.
    """

    number: int
    since: datetime
    until: datetime | None
    standing: Standing
    records: int
    meant: bool


def version_effects(code: str) -> list[VersionEffects]:
    """Return what each version that ever was in force did, the newest first; none for a rule that never was."""
    published = _published(code)
    found = _standings(code, published)
    counts = _records_of(code, published)
    return [replace(one, records=counts.get(str(one.number), 0)) for one in found]


def meant_of(found: Iterable[VersionEffects]) -> VersionEffects | None:
    """Return the version whose effects one most likely means to undo."""
    return next((one for one in found if one.meant), None)


def versions_meant(code: str) -> list[VersionEffects]:
    """Return the versions as `version_effects` does, without counting what they did."""
    return _standings(code, _published(code))


def _published(code: str) -> list[RuleVersion]:
    return [one for one in versions_of(code) if one.published_at is not None]


def _standings(code: str, published: list[RuleVersion]) -> list[VersionEffects]:
    record = RuleRecord.get_or_none(RuleRecord.code == code)
    current = record.version if record is not None and record.retired_at is None else None
    back = _rolled_back(published)
    meant = next((one for one, by in back.items() if by == current), current)
    if meant is None and published:
        meant = published[0].number
    found = []
    for one in published:
        standing: Standing = "rolled_back" if one.number in back else "replaced"
        if one.number == current:
            standing = "in_force"
        until = None if standing == "in_force" else one.retired_at
        found.append(VersionEffects(one.number, one.published_at, until, standing, 0, one.number == meant))
    return found


def _rolled_back(published: list[RuleVersion]) -> dict[int, int]:
    """Return the versions that were rolled back, each with the version that put an earlier one's content in its place."""
    return {
        one.base: one.number
        for one in published
        if one.restores is not None and one.base is not None and one.base != one.restores
    }


def _records_of(code: str, published: list[RuleVersion]) -> dict[str, int]:
    """Return how many records each version made or changed itself, by its number as the journal has it."""
    names = {code}
    for one in published:
        try:
            names |= ids_of(rules_of(one.document))
        except RulesError:  # Written for an older Clew: a single rule's id is its code.
            continue
    listed = sorted(names)
    found: dict[str, int] = {}
    for start in range(0, len(listed), _PART):
        query = JournalLine.select(JournalLine.cause_version, fn.COUNT(JournalLine.record_id.distinct())).where(
            JournalLine.cause_rule.in_(listed[start : start + _PART])
        )
        for version, count in pairs(query.group_by(JournalLine.cause_version)):
            found[version] = found.get(version, 0) + count
    return found
