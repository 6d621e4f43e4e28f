"""The company's own record, and how far its set-up has come: five steps, kept on it."""

from __future__ import annotations

from collections.abc import Mapping

from ..access.policy import may, require
from ..journal.origin import Actor, Origin
from ..kinds import Company, User
from ..storage.turns import SETTING_UP, one_at_a_time
from ..workspace import Workspace
from ..write.transaction import Transaction

STEPS = ("company", "people", "hours", "channels", "ready")


def company() -> Company:
    """Return the company's record, or one that was not saved yet."""
    return Company.get_or_none() or Company()


def is_under_way() -> bool:
    """Say whether the set-up is still to be done: somebody began it, or there is nobody but who does it."""
    found = Company.get_or_none()
    if found is not None and (found.finished or found.steps):
        return not found.finished
    return bool(User.select().where(User.active).count() <= 1)


def is_asked_to_set_up(actor: Actor) -> bool:
    """Say whether signing in leads somebody to the set-up: it is theirs to do, under way, and not put off."""
    return may(actor, "company") and is_under_way() and actor.id not in company().put_off


def save(ws: Workspace, values: Mapping[str, object], origin: Origin, step: str = "") -> None:
    """Keep values of the company, and that a step is done; the last one ends the set-up. Raises Forbidden, Invalid."""
    with ws.door.transaction(origin) as tx:
        save_within(tx, values, step)


def save_within(tx: Transaction, values: Mapping[str, object], step: str = "") -> None:
    """`save` within `tx`."""
    require(tx.origin.actor, "company")
    one_at_a_time(SETTING_UP)
    found = Company.get_or_none()
    known = found.steps if found is not None else []
    steps = [one for one in STEPS if one in known or one == step]
    given = {**values, "steps": steps, "finished": len(steps) == len(STEPS)}
    if found is None:
        tx.create("company", given)
    else:
        tx.change("company", found.id, given)


def put_off(ws: Workspace, origin: Origin) -> None:
    """Note that the asker will set the company up later."""
    known = company().put_off
    if origin.actor.id not in known:
        save(ws, {"put_off": [*known, origin.actor.id]}, origin)
