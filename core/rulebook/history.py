"""Which rules were in force at a moment: read from the journal alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...rules.engine.ruleset import Ruleset
from ...rules.language.documents import Rule
from ...rules.language.errors import RulesError
from ..configuration.rules_in_force import compiled
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from .documents import rules_of

_KEPT = 8
"""So many compiled rulesets of the past are kept in a process."""


@dataclass(frozen=True)
class InForce:
    """A rule as it stood at a moment: the version, its document, and the pack it belongs to."""

    code: str
    number: int
    document: Mapping[str, Any]
    pack: str = ""


def documents_at(moment: datetime) -> dict[str, InForce]:
    """Return the rules that were on at `moment`, by code; those of plugins that were off are left out."""
    return _rules_by(moment)[1]


def rules_at(moment: datetime) -> tuple[Rule, ...]:
    """Return the rules in force at `moment` (aware). One that can't be read any more is left out."""
    found: list[Rule] = []
    for _, one in sorted(documents_at(moment).items()):
        try:
            found += rules_of(one.document)
        except RulesError:
            continue
    return tuple(found)


def ruleset_at(ws: Workspace, moment: datetime) -> Ruleset:
    """Return the rules in force at `moment`, compiled; the newest few are kept compiled."""
    seq, _ = _rules_by(moment)
    kept: OrderedDict[int, Ruleset] = ws.past_rulesets
    if seq not in kept:
        kept[seq] = compiled([rules_at(moment)])
        while len(kept) > _KEPT:
            kept.popitem(last=False)  # Frees itself once nobody evaluates with it.
    kept.move_to_end(seq)
    return kept[seq]


def _rules_by(moment: datetime) -> tuple[int, dict[str, InForce]]:
    lines = (
        JournalLine.select(JournalLine.seq, JournalLine.record_kind, JournalLine.record_id, JournalLine.after)
        .where(JournalLine.record_kind.in_(("rule", "plugin")) & (JournalLine.at <= moment))
        .order_by(JournalLine.seq)
    )
    records: dict[tuple[str, str], dict[str, Any]] = {}
    last = 0
    for line in lines.iterator():
        records.setdefault((line.record_kind, line.record_id), {}).update(line.after)
        last = line.seq
    on = {values["name"] for (kind, _), values in records.items() if kind == "plugin" and values.get("enabled")}
    found = {
        values["code"]: InForce(values["code"], values["version"], values["document"], values.get("pack", ""))
        for (kind, _), values in records.items()
        if kind == "rule" and values.get("enabled", True) and (not values.get("plugin") or values["plugin"] in on)
    }
    return last, found
