"""Records as the API shows them: by the field registry, masked by the one policy."""

from __future__ import annotations

from typing import Any

from ..access import masking
from ..access import policy as access
from ..access.rows import is_in_hand
from ..journal.lines import plain
from ..kinds import Contact, Customer, Lead
from ..schema.kind import Kind
from ..storage.records import Record
from ..storage.system_tables import JournalLine
from .caller import actor, lead_rows, workspace
from .schemas import HIDDEN, shown_fields


def record(kind: str, row: Record, whole: bool = False) -> dict[str, Any]:
    """Return a record's values, with id, revision and moments; masked unless `whole`."""
    kinds = workspace().kinds
    values = {name: plain(getattr(row, name)) for name in sorted(kinds[kind].columns - HIDDEN)}
    shown = values if whole else access.masked(kinds, kind, values)
    return {
        "id": row.id,
        "revision": row.revision,
        "created_at": plain(row.created_at),
        "updated_at": plain(row.updated_at),
        **shown,
    }


def shown(kind: Kind, row: Any) -> dict[str, Any]:
    """Return what the paths of a kind show of a record: its fields by name, wherever they are kept.

    Personal data is whole for the owner and the team's manager of a record that has them.
    """
    owner, team = (getattr(row, name) if name else None for name in (kind.owner, kind.team))
    kept = getattr(row, "extra", None) or {}
    values = {
        one.name: plain(kept.get(one.name) if one.extra else getattr(row, one.name)) for one in shown_fields(kind)
    }
    if not (kind.owner and access.sees_whole(actor(), owner, team, lead_rows(), in_hand=is_in_hand(kind, row))):
        values = access.masked(workspace().kinds, kind.name, values)
        # What is no text has no masked form of its type: it is left empty.
        values = {name: None if value == masking.HIDDEN else value for name, value in values.items()}
    moments = {"created_at": plain(row.created_at), "updated_at": plain(row.updated_at)}
    return {"id": row.id, "revision": row.revision, **moments, **values}


def lead(row: Lead) -> dict[str, Any]:
    """Return a lead."""
    return record("lead", row)


def lead_in_full(row: Lead) -> dict[str, Any]:
    """Return a lead with its contact, whole for its owner and the team's manager."""
    whole = access.sees_whole(actor(), row.owner_id, row.team_id, in_hand=row.outcome == "open")
    contact = Contact.get_or_none(Contact.id == row.contact_id) if row.contact_id else None
    return {**record("lead", row, whole), "contact": access.shown_contact(workspace().kinds, contact, whole)}


def customer(row: Customer) -> dict[str, Any]:
    """Return a customer."""
    return record("customer", row)


def line(row: JournalLine) -> dict[str, Any]:
    """Return a journal line, its values masked."""
    fields = workspace().kinds
    names = ("seq", "kind", "record_kind", "record_id", "customer_id", "actor_kind", "actor_name", "channel", "reason")
    cause = {"seq": row.cause_seq, "rule": row.cause_rule, "version": row.cause_version, "plugin": row.cause_plugin}
    return {
        **{name: getattr(row, name) for name in names},
        "at": plain(row.at),
        "cause": cause if any(cause.values()) else None,
        "before": access.masked(fields, row.record_kind, row.before),
        "after": access.masked(fields, row.record_kind, row.after),
    }
