"""Who takes over what would else be nobody's: one answer for assigning, messages, and what a company lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ..roles import book
from ..schema.kind import Calendar, Store

Away = Callable[[str], str | None]
"""Says who stands in for somebody on leave: a person's id, "" if the leave names nobody; None who is on duty."""
_MANAGES, _MENDS, _ADMINISTERS = "manages", "dead_letters", "roles"
_HIGHEST = 20


def away_at(calendar: Calendar, moment: datetime) -> Away:
    """Return who stands in for those who are on leave at a moment."""

    def found(user_id: str) -> str | None:
        leave = calendar.away(user_id, moment)
        return None if leave is None else leave[2] or ""

    return found


def in_charge(store: Store, team_id: str | None, away: Away = lambda _: None) -> Any:
    """Return who answers for a team: its manager or who stands in, else of the team above it; None if nobody does.

    What that person sees because of it, `core/kinds/standing_in.py` says in the same order.
    """
    return next(_of_team(store, team_id, away), None)


def takes_over(store: Store, team_id: str | None = None, away: Away = lambda _: None) -> Any:
    """Return who takes what nobody in a team (None: nowhere) can: who is in charge of it, else operations or an admin.

    Without a team any manager comes first. None where nobody active has one of these roles.
    """
    if team_id is not None:
        found = in_charge(store, team_id, away)
        return found if found is not None else next(iter([*operations(store), *_with(store, _MANAGES)]), None)
    return next(iter([*_with(store, _MANAGES), *operations(store)]), None)


def operations(store: Store) -> list[Any]:
    """Return those who see to what goes wrong, by id: operations, or the administrators where there are none."""
    mending, admin = _with(store, _MENDS), {one.id for one in _with(store, _ADMINISTERS)}
    return [one for one in mending if one.id not in admin] or mending


def acts_for(store: Store, user_id: str | None, team_id: str | None = None) -> Any:
    """Return a person if they are active, else who acts for them: their deputy, who is in charge of their team, operations.

    `team_id` is the team where they have none. None for nobody's id, and where nobody is left.
    """
    person = store.get("user", user_id)
    if person is None or person.active is not False:
        return person
    deputy = _active(store, getattr(person, "deputy_id", None))
    return deputy if deputy is not None else takes_over(store, person.team_id or team_id or "")


def _of_team(store: Store, team_id: str | None, away: Away) -> Iterator[Any]:
    seen: set[str] = set()
    while team_id and team_id not in seen and len(seen) < _HIGHEST:
        seen.add(team_id)
        team = store.get("team", team_id)
        if team is None:
            return
        manager = store.get("user", team.manager_id)
        deputies = (getattr(manager, "deputy_id", None), getattr(team, "deputy_id", None))
        leave = away(team.manager_id) if _active(store, team.manager_id) is not None else None
        in_turn = (team.manager_id, *deputies) if leave is None else (leave, *deputies, team.manager_id)
        for one in in_turn:
            if (found := _active(store, one)) is not None:
                yield found
        team_id = getattr(team, "parent_id", None)


def _active(store: Store, user_id: str | None) -> Any:
    found = store.get("user", user_id) if user_id else None
    return found if found is not None and found.active is not False else None


def _with(store: Store, permission: str) -> list[Any]:
    """Return the active people of whose roles one carries a permission, by id."""
    roles = book().carrying(permission)
    active: list[Any] = store.related("user", active=True)
    return sorted((one for one in active if roles & set(one.roles or ())), key=lambda one: one.id)
