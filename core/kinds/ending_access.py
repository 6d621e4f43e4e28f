"""What ends a person's access at once, however they are changed: a new password, and being switched off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..schema.kind import Change, Consequence, Lifecycle, LifecycleContext, Values


def _ended_sessions(user: Any, values: Values, context: LifecycleContext) -> Values:
    """Return the epoch that ends every session, if `values` set another password or switch the person off."""
    if not (_other_password(user, values) or _switched_off(user, values)):
        return {}
    return {"session_epoch": (user.session_epoch or 0) + 1}


def _other_password(user: Any, values: Values) -> bool:
    return "password_hash" in values and values["password_hash"] != user.password_hash


def _switched_off(user: Any, values: Values) -> bool:
    return values.get("active") is False and bool(user.active)


def _revoked(user: Any, changed: Values | None, context: LifecycleContext) -> Iterable[Consequence]:
    """Revoke links that are still open, and the API tokens of who is switched off: coming back revives none.

    With other roles links end, too: who made one may have less power than the person has now.
    """
    if changed is None or not ({"password_hash", "roles"} & changed.keys() or changed.get("active") is False):
        return
    yield from end_links(context, user.id)
    if changed.get("active") is False:
        yield from _open(context, "api_token", user.id)


def end_links(context: LifecycleContext, user_id: str) -> Iterator[Change]:
    """Yield the changes that revoke the links of a person that are still open."""
    return _open(context, "invitation", user_id, "used_at")


def _open(context: LifecycleContext, kind: str, user_id: str, *ended: str) -> Iterator[Change]:
    for one in context.store.related(kind, user_id=user_id):
        if not any(getattr(one, name) for name in (*ended, "revoked_at")):
            yield Change(kind, one.id, {"revoked_at": context.now})


ENDING_ACCESS = Lifecycle(derive_changes=_ended_sessions, follow_ups=_revoked)
