"""What people decided about leads: a file with results does not take its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...journal.lines import plain
from ...storage.system_tables import JournalLine

_PART = 100


class Decided(NamedTuple):
    """A field that somebody set and that a file says otherwise."""

    name: str
    before: Any
    after: Any
    who: str


def decided_by_people(leads: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Decided]]:
    """Return for leads, by id, the fields that people set and that a file says otherwise.

    What an import or a rule set may be set anew; what is empty is nobody's decision.
    """
    differing = {
        lead_id: [
            name
            for name, after in values.items()
            if plain(before := value_of(leads[lead_id], name)) != plain(after) and before not in (None, "", [])
        ]
        for lead_id, values in wanted.items()
    }
    asked = sorted(lead_id for lead_id, names in differing.items() if names)
    setters: dict[tuple[str, str], JournalLine] = {}
    columns = (JournalLine.record_id, JournalLine.channel, JournalLine.cause_rule, JournalLine.actor_name)
    for start in range(0, len(asked), _PART):
        lines = (
            JournalLine.select(*columns, JournalLine.after)
            .where((JournalLine.record_kind == "lead") & JournalLine.record_id.in_(asked[start : start + _PART]))
            .order_by(JournalLine.seq)
        )
        for line in lines:
            for name in differing[line.record_id]:
                if name in line.after:
                    setters[line.record_id, name] = line
    found: dict[str, list[Decided]] = {}
    for lead_id in asked:
        for name in differing[lead_id]:
            setter = setters.get((lead_id, name))
            if name == "outcome" and value_of(leads[lead_id], name) == "open":
                continue  # Open is what a lead is until somebody decides.
            if setter is not None and setter.channel != "import" and not setter.cause_rule:
                said = Decided(name, value_of(leads[lead_id], name), wanted[lead_id][name], setter.actor_name)
                found.setdefault(lead_id, []).append(said)
    return found


def value_of(record: Any, name: str) -> Any:
    """Return a record's value, wherever it lies; None without a record."""
    if record is None:
        return None
    return getattr(record, name) if name in record._meta.combined else (record.extra or {}).get(name)
