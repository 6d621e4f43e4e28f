"""Who stands in for whom right now: for a team whose manager is missing, for a person on leave or switched off.

`core/actions/takers.py` says who is asked; this says, in one query, whose place somebody takes, and so what they see
(`core/access/rows.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from peewee import JOIN, SQL, fn

from ..journal.origin import Actor
from ..schema.registry import Kinds
from ..storage.database import database, is_sqlite
from ..storage.reading import read_once
from ..time import clock
from .team import Team
from .user import User

_ME, _NOW = "<me>", "<now>"


@dataclass(frozen=True)
class Standing:
    """The ids of the `teams` that somebody manages or stands in for, and of the `people` whose place they take."""

    teams: tuple[str, ...]
    people: tuple[str, ...]


def standing_of(actor: Actor, kinds: Kinds) -> Standing:
    """Return what an actor manages and whose place they take at this moment.

    A manager is missing who is not named, switched off or on leave. In their place stands whom the leave names, else the
    manager's own deputy, else the team's: the first of them who is active, and nobody but them. In a person's place
    stands whom their leave names while it lasts or, once they are switched off, their deputy. A request asks once.
    """
    return read_once(("standing", actor.id), lambda: _ask(actor, kinds))


def _ask(actor: Actor, kinds: Kinds) -> Standing:
    leave: Any = kinds["leave"].model
    text, places = _written(leave, is_sqlite())
    now = {_ME: actor.id, _NOW: leave.to_at.db_value(clock.now())}
    values = [now.get(one, one) if isinstance(one, str) else one for one in places]
    found = list(database.execute_sql(text, values))
    return Standing(*(tuple(one for what, one in found if what == wanted) for wanted in ("team", "person")))


@cache
def _written(leave: Any, _sqlite: bool) -> tuple[str, tuple[object, ...]]:
    """Return the query's text, and its values with the actor and the moment by their marks."""
    text, places = _query(leave).sql()
    return text, tuple(places)


def _query(leave: Any) -> Any:
    manager = User.alias("manager")
    teams = (
        Team.select(SQL("'team'"), Team.id)
        .join(manager, JOIN.LEFT_OUTER, on=(manager.id == Team.manager_id))
        .where((Team.manager_id == _mark(_ME)) | (Team.retired_at.is_null() & _manages_instead(leave, manager)))
    )
    left = User.select(SQL("'person'"), User.id).where((User.deputy_id == _mark(_ME)) & (User.active == False))  # noqa: E712
    away = leave.select(SQL("'person'"), leave.user).where((leave.deputy == _mark(_ME)) & _current(leave))
    return teams.union_all(left).union_all(away)


def _manages_instead(leave: Any, manager: Any) -> Any:
    """Return the condition that the actor stands in for the manager of a team; see `standing_of` for the order."""
    present = manager.active == True  # noqa: E712
    theirs = leave.select(leave.id).where((leave.user == manager.id) & _current(leave))
    named = leave.alias("named")
    deputy = User.alias("deputy")
    by_leave = (
        named.select(named.id)
        .join(deputy, on=(deputy.id == named.deputy))
        .where((named.user == manager.id) & _current(named) & (deputy.active == True))  # noqa: E712
    )
    own = User.alias("own")
    own_deputy = own.select(own.id).where((own.id == manager.deputy_id) & (own.active == True))  # noqa: E712
    mine = manager.deputy_id == _mark(_ME)
    of_team = (Team.deputy_id == _mark(_ME)) & ~fn.EXISTS(own_deputy)
    by_leave_me = fn.EXISTS(by_leave.where(named.deputy == _mark(_ME)))
    missing = manager.id.is_null() | (manager.active == False) | (fn.EXISTS(theirs) & ~fn.EXISTS(by_leave))  # noqa: E712
    return (present & by_leave_me) | (missing & (mine | of_team))


def _current(leave: Any) -> Any:
    return (leave.from_at <= _mark(_NOW)) & (leave.to_at > _mark(_NOW)) & (leave.cancelled == False)  # noqa: E712


def _mark(name: str) -> Any:
    return SQL(database.param, [name])
