"""Who calls: the token's user, and where the call comes from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, request
from peewee import DataError, IntegerField, IntegrityError

from ...hooks.text import Text
from ..access import policy as access
from ..access.rows import Rows
from ..errors import Invalid, NotFound, Problem
from ..journal.origin import Actor, Origin
from ..people import tokens
from ..schema.fields import Field
from ..schema.kind import Kind
from ..schema.reserved import CONFIRM
from ..schema.validator import unstorable
from ..workspace import Workspace
from ..write.refusals import refusal_of
from .scopes import check_scope
from .sent import limit_of, refuse_parameters

F = TypeVar("F", bound=Callable[..., Any])
_LONGEST_KEY = 120
_REVISION = re.compile(r'(?:W/)?"?([0-9]{1,18})"?')


def workspace() -> Workspace:
    """Return the workspace this application serves."""
    ws: Workspace = current_app.extensions["clew"]
    return ws


def token_needed(view: F) -> F:
    """Let a view run only for a valid bearer token."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        given = key.strip() if scheme.lower() == "bearer" else ""
        g.token = tokens.find_token(workspace(), given, request.remote_addr or "")
        check_scope(g.token, view, request)
        g.actor = Actor.of(g.token.user)
        refuse_parameters(view)
        _check_path()
        try:
            return view(*args, **kwargs)
        except (DataError, IntegrityError) as error:  # What is only read is no part of the door's transactions.
            raise refusal_of(error) from None

    return checked  # type: ignore[return-value]


def actor() -> Actor:
    """Return who calls."""
    found: Actor = g.actor
    return found


def lead_rows() -> Rows:
    """Return what the caller is asked about for each lead that is shown, made once a call."""
    if "lead_rows" not in g:
        g.lead_rows = access.lead_rows(g.actor)
    found: Rows = g.lead_rows
    return found


def _check_path() -> None:
    """Raise NotFound for an address that no record can have."""
    for value in (request.view_args or {}).values():
        if any(unstorable(value)):
            raise NotFound("没有这个地址。", "nothing at this address")


def origin() -> Origin:
    """Return where the change comes from; `confirm: true` in the body says yes to what a rule wants confirmed."""
    confirmed = g.get("sent", {}).get(CONFIRM) is True
    return Origin(actor(), "api", request.remote_addr or "", confirmed=confirmed)


def key() -> str | None:
    """Return the idempotency key of this call, made the caller's own; None if it has none."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if len(given) > _LONGEST_KEY:
        given = hashlib.sha256(given.encode()).hexdigest()
    return f"api:{actor().id}:{given}" if given else None


def revision() -> int | None:
    """Return the revision the caller saw, from If-Match; None if it does not matter. Raises Invalid."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    found = _REVISION.fullmatch(given)
    if found is None:
        zh, en = (
            f'If-Match 应为读到的 ETag，例："3"，而不是 {given}',
            f'If-Match is the ETag you read, e.g. "3", not {given}',
        )
        raise Invalid([Problem("If-Match", Text(zh, en))])
    return int(found[1])


def moment_in(given: Mapping[str, Any], name: str) -> datetime | None:
    """Return the moment a call gives as `name`, in the workspace's zone if it names none. Raises Invalid."""
    if not (text := given.get(name)):
        return None
    found: datetime = workspace().configuration.validator.typed(Field(name, Text(name, name), "moment"), text)
    return found


def values_of(given: dict[str, Any]) -> dict[str, Any]:
    """Return the values that were sent, without `confirm`, which is said of the call and not of the record."""
    return {name: value for name, value in given.items() if name != CONFIRM}


def reason_of(kind: Kind, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the values of a move, and the reason that was given for it; a kind's own field `reason` is a value."""
    if "reason" in kind.by_name:
        return values, ""
    return {name: value for name, value in values.items() if name != "reason"}, str(values.get("reason") or "")


def etag(row: Any) -> dict[str, str]:
    """Return the header that names a record's revision."""
    return {"ETag": f'"{row.revision}"'}


def page(
    query: Any, column: Any, show: Callable[[Any], dict[str, Any]], given: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return one page, newest first, with the cursor of the next: rows that come meanwhile shift nothing."""
    given = request.args if given is None else given
    limit = limit_of(given)
    if after := given.get("after"):
        query = query.where(column < (_number(after) if isinstance(column, IntegerField) else after))
    rows = list(query.order_by(column.desc()).limit(limit + 1))
    more = len(rows) > limit
    return {
        "items": [show(row) for row in rows[:limit]],
        "next": str(getattr(rows[limit - 1], column.name)) if more else None,
    }


def _number(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid([Problem("after", Text("after 应是上一页的 next", "`after` is the `next` of the page before"))])
    return int(after)
