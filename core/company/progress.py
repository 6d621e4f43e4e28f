"""How far a company's set-up has come: five steps, kept on its record."""

from __future__ import annotations

from collections.abc import Mapping

from ..journal.origin import Origin
from ..kinds import Company, User
from ..workspace import Workspace

STEPS = ("company", "people", "hours", "channels", "ready")


def company() -> Company:
    """Return the company's record, or one that was not saved yet."""
    return Company.get_or_none() or Company(code="company")


def is_under_way() -> bool:
    """Say whether the set-up is still to be done: somebody began it, or there is nobody but who does it."""
    found = Company.get_or_none()
    if found is not None and (found.finished or found.steps):
        return not found.finished
    return bool(User.select().where(User.active).count() <= 1)


def save(ws: Workspace, values: Mapping[str, object], origin: Origin, step: str = "") -> None:
    """Keep values of the company, and that a step is done; the last one ends the set-up."""
    with ws.door.transaction(origin) as tx:
        found = Company.get_or_none()
        steps = list(found.steps) if found is not None else []
        if step and step not in steps:
            steps = [one for one in STEPS if one in (*steps, step)]
        given = {**values, "steps": steps, "finished": len(steps) == len(STEPS)}
        if found is None:
            tx.create("company", given)
        else:
            tx.change("company", found.id, given)
    ws.refresh()
