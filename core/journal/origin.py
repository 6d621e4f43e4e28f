"""Who asks for a change, through which channel, and what caused it: each journal line keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Actor:
    """Who asks. `kind` is user, system, rule, plugin, import or public."""

    kind: str
    id: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset()
    team_id: str | None = None

    @classmethod
    def of(cls, user: Any) -> Actor:
        """Return the actor that `user`, a record of that kind, is."""
        return cls("user", user.id, user.name, frozenset(user.roles), user.team_id)


@dataclass(frozen=True)
class Cause:
    """What led to a change: the journal line, and the rule or plugin version that answered it."""

    seq: int | None = None
    rule: str = ""
    version: str = ""
    plugin: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Origin:
    """Where a change comes from. `channel` is console, api, import, form, plugin, rule, cli or system.

    `confirmed` says that the person was asked what a rule wants confirmed, and said yes.
    """

    actor: Actor
    channel: str
    ip: str = ""
    reason: str = ""
    cause: Cause = field(default_factory=Cause)
    confirmed: bool = False

    def because(self, reason: str) -> Origin:
        """Return the same origin with a reason given."""
        return replace(self, reason=reason)


SYSTEM = Origin(Actor("system", name="Clew"), "system")
