"""What an action acts on: the record that rules mean on an event, and the records around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..access.naming import name_of
from ..schema.kind import Kind, Store, Values
from ..schema.registry import Kinds


@dataclass(frozen=True)
class Subject:
    """The record that an action acts on. `own` is the event's own one: the contract, where `record` is its lead."""

    kind: Kind
    record: Any
    own_kind: Kind
    own: Any

    @property
    def owner_id(self) -> str | None:
        """The id of who owns the record, None if nobody does."""
        found: str | None = getattr(self.record, self.kind.owner, None) if self.kind.owner else None
        return found

    @property
    def team_id(self) -> str | None:
        """The id of the team that owns the record."""
        found: str | None = getattr(self.record, self.kind.team, None) if self.kind.team else None
        return found

    @property
    def title(self) -> str:
        """What people call the record, as anybody may read it."""
        return name_of(self.kind, self.record, False).zh

    def references(self) -> Values:
        """Return what a task, a deadline or a message about the record refers to."""
        lead_id = self.record.id if self.kind.name == "lead" else getattr(self.record, "lead_id", None)
        return {
            "about_kind": self.kind.name,
            "about_id": self.record.id,
            "lead_id": lead_id,
            "customer_id": self.kind.customer_of(self.record),
        }


def subject_of(kinds: Kinds, store: Store, kind: str, record: Any) -> Subject:
    """Return what actions act on when an event is about this record: what its kind declares, else the record itself."""
    here = kinds[kind]
    about_kind = getattr(record, "about_kind", None)
    if about_kind and about_kind in kinds:
        about = store.get(about_kind, record.about_id)
        if about is not None:
            return Subject(kinds[about_kind], about, here, record)
    if here.acts_on:
        reference = next(field.name for field in here.parents if field.to == here.acts_on)
        parent = store.get(here.acts_on, getattr(record, reference))
        if parent is not None:
            return Subject(kinds[here.acts_on], parent, here, record)
    return Subject(here, record, here, record)
