"""Who gets a record: somebody who is active, in a team that is there, however it was asked for.

Read under a lock that whoever switches a person off waits for, and who waits for them: so a record never lands with
somebody who is just leaving.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..kinds import Team, User
from ..schema.kind import Kind
from ..storage.database import is_sqlite
from ..storage.statements import read, written

Locked = dict[tuple[type, str], Any]
"""The people and teams that a transaction has locked, as they are until it ends or writes them itself."""


def check_takers(kind: Kind, record: Any, values: Mapping[str, Any], locked: Locked) -> None:
    """Raise Invalid if `values` give open work to somebody who is switched off, or to a retired team.

    `record` is the one that changes, None for a new one; what it has already is not asked about. Whom `locked` holds is
    not read again, so that a thousand records given to one person ask once.
    """
    if kind.in_hand is None:
        return
    name, open_value = kind.in_hand
    if name and values.get(name, getattr(record, name, open_value)) != open_value:
        return
    owner_id = _given(kind.owner, record, values)
    if owner_id and (user := _locked(User, owner_id, locked)) is not None and not user.active:
        words = Text(
            f"「{user.name}」已停用，不能接手；请选一位在用的成员",
            f"{user.name} is switched off: choose somebody who is active",
        )
        raise Invalid([Problem(kind.owner, words)])
    team_id = _given(kind.team, record, values)
    if team_id and (team := _locked(Team, team_id, locked)) is not None and team.retired_at:
        words = Text(
            f"团队「{team.name}」已停用；请选一个在用的团队", f"the team {team.name} is retired: choose another"
        )
        raise Invalid([Problem(kind.team, words)])


def _given(name: str, record: Any, values: Mapping[str, Any]) -> str | None:
    value = values.get(name) if name else None
    return value if value and (record is None or value != getattr(record, name)) else None


def _locked(model: Any, record_id: str, locked: Locked) -> Any:
    def query() -> Any:
        found = model.select().where(model.id == record_id)
        return found if is_sqlite() else found.for_update("FOR KEY SHARE")

    key = (model, record_id)
    if key not in locked:
        locked[key] = next(iter(read(model, written((model, "taker"), query), [record_id])), None)
    return locked[key]
