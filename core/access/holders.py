"""Who holds a permission: the people of whose roles one carries it, by the roles in force or tried."""

from __future__ import annotations

from ..kinds import User
from ..roles import book


def holders(permission: str) -> list[User]:
    """Return the active people who have a permission, by id."""
    carrying = book().carrying(permission)
    people = User.select().where(User.active).order_by(User.id)
    return [user for user in people if carrying & set(user.roles)]
