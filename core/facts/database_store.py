"""Records as the database has them, within the transaction that asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from ..kinds import Lead, Leave, User
from ..roles import book
from ..schema.kind import Load
from ..schema.registry import Kinds
from ..storage.queries import tuples
from ..storage.statements import by_id, count, read, rows, written


class DatabaseStore:
    """A store over the database; see `core.schema.kind.Store`."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def get(self, kind: str, record_id: str | None) -> Any:
        """Return a record, None if there is none."""
        return by_id(self._kinds[kind].model, record_id)

    def related(self, kind: str, /, limit: int | None = None, **equal: Any) -> list[Any]:
        """Return the records of a kind whose fields equal these values, the newest first."""
        here, names = self._kinds[kind], tuple(equal)
        model = here.model
        added = tuple(here.by_name[name].type if name in here.added else "" for name in names)

        def query() -> Any:
            found = model.select()
            for name in names:
                column = here.expression(here.by_name[name]) if name in here.added else getattr(model, name)
                found = found.where(column == "?")
            return found.order_by(model.id.desc())

        text = written((model, "related", names, added), query)
        if limit is not None:
            text += f" LIMIT {int(limit)}"
        return read(model, text, list(equal.values()))

    def count(self, kind: str, **equal: Any) -> int:
        """Return how many records of a kind have these values."""
        model = self._kinds[kind].model
        names = tuple(equal)

        def query() -> Any:
            found = model.select(fn.COUNT(model.id))
            for name in names:
                found = found.where(getattr(model, name) == "?")
            return found

        return count(f"count {model.__name__} by {names}", query, *equal.values())

    def loads(self, team_id: str | None = None, at: datetime | None = None) -> list[Load]:
        """Return the active sellers of a team, or of all teams, with what each has in hand; at a moment, those on duty."""
        away = _on_leave(at) if at is not None else frozenset()
        query = (
            User.select(User.id, User.name, User.roles, User.team, fn.COUNT(Lead.id), fn.MAX(Lead.assigned_at))
            .join(Lead, JOIN.LEFT_OUTER, on=((Lead.owner == User.id) & (Lead.outcome == "open")))
            .where(User.active & ((User.team == team_id) if team_id is not None else True))
            .group_by(User.id, User.name, User.roles, User.team)
        )
        selling = book().carrying("sells")
        return [
            Load(user_id, name, team, load, str(last or ""))
            for user_id, name, roles, team, load, last in tuples(query)
            if selling & set(roles) and user_id not in away
        ]

    def last_assigned(self, user_ids: list[str]) -> dict[str, str]:
        """Return when each person's newest lead, open or closed, was assigned to them."""
        query = (
            Lead.select(Lead.owner, fn.MAX(Lead.assigned_at))
            .where(Lead.owner.in_(user_ids) & Lead.assigned_at.is_null(False))
            .group_by(Lead.owner)
        )
        return {owner: str(last) for owner, last in tuples(query)}


def _on_leave(at: datetime) -> frozenset[str]:
    def query() -> Any:
        return Leave.select(Leave.user).where((Leave.to_at > at) & (Leave.cancelled == False) & (Leave.from_at <= at))  # noqa: E712

    moment = Leave.to_at.db_value(at)
    return frozenset(user_id for (user_id,) in rows("on leave", query, moment, False, moment))
