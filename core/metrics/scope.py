"""Whose leads count, and over which time: what every metric is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..access.policy import may, teams_of
from ..journal.origin import Actor
from ..kinds import Lead
from ..storage.queries import Query
from ..time.calendars import Calendars


@dataclass(frozen=True)
class Period:
    """From `since` up to, but not including, `until`; both aware.

    `now` is the moment of asking: what a metric says of "this moment" is said of it, else of the period's end.
    `calendar` are the working calendars in force, which a metric of working time counts by.
    """

    since: datetime
    until: datetime
    now: datetime | None = None
    calendar: Calendars | None = None

    @property
    def moment(self) -> datetime:
        """The moment that a metric of "this moment" is asked for."""
        return self.now or self.until

    def previous(self) -> Period:
        """Return the period of the same length that ends where this one begins."""
        return replace(self, since=self.since - (self.until - self.since), until=self.since)


@dataclass(frozen=True)
class Scope:
    """Whose leads count: those of some teams, of one owner, of nobody yet, or (nothing given) all."""

    teams: tuple[str, ...] | None = None
    owner: str | None = None
    unowned: bool = False

    def leads(self) -> Query:
        """Return the leads in scope, as a query to narrow further."""
        query = Lead.select().where(Lead.withdrawn_at.is_null())
        if self.owner is not None:
            query = query.where(Lead.owner == self.owner)
        if self.unowned:
            query = query.where(Lead.owner.is_null())
        if self.teams is not None:
            query = query.where(Lead.team.in_(self.teams))
        return query

    def of(self, owner: str | None) -> Scope:
        """Return what of this scope one person holds, or (None) nobody: never more than the scope itself."""
        return replace(self, owner=owner, unowned=owner is None)

    @property
    def everything(self) -> bool:
        """Say whether nothing is left out."""
        return self.teams is None and self.owner is None and not self.unowned


def scope_for(actor: Actor) -> Scope:
    """Return what a viewer's report may hold: all, their teams, or their own leads."""
    if may(actor, "see:all"):
        return Scope()
    if may(actor, "see:team"):
        return Scope(teams=tuple(teams_of(actor)))
    return Scope(owner=actor.id)
