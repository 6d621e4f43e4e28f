"""Who calls: the token's user, and where the call comes from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, request

from ..errors import ClewError
from ..journal.origin import Actor, Origin
from ..people import sign_in as auth
from ..workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])
PAGE = 50
CONFIRM = "confirm"


class NoToken(ClewError):
    """The call carries no token, or one that is not valid."""

    status = 401
    code = "token"


def workspace() -> Workspace:
    """Return the workspace this application serves."""
    ws: Workspace = current_app.extensions["clew"]
    return ws


def token_needed(view: F) -> F:
    """Let a view run only for a valid bearer token."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        user = auth.user_of_token(key.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise NoToken(
                "请在 Authorization 里带上有效的令牌：Bearer clew_…",
                "send a valid token: Authorization: Bearer clew_… (clew token create)",
            )
        g.actor = Actor.of(user)
        return view(*args, **kwargs)

    return checked  # type: ignore[return-value]


def actor() -> Actor:
    """Return who calls."""
    found: Actor = g.actor
    return found


def origin() -> Origin:
    """Return where the change comes from; `confirm: true` in the body says yes to what a rule wants confirmed."""
    return Origin(actor(), "api", request.remote_addr or "", confirmed=_sent().get(CONFIRM) is True)


def key() -> str | None:
    """Return the idempotency key of this call, made the caller's own; None if it has none."""
    given = request.headers.get("Idempotency-Key", "").strip()
    return f"api:{actor().id}:{given[:120]}" if given else None


def revision() -> int | None:
    """Return the revision the caller saw, from If-Match."""
    given = request.headers.get("If-Match", "").strip('" W/')
    return int(given) if given.isdigit() else None


def body() -> dict[str, Any]:
    """Return the JSON object that was sent, without `confirm`, which is said of the call and not of the record."""
    if not isinstance(request.get_json(silent=True), dict):
        raise ClewError("请求体应为 JSON 对象。", "the body should be a JSON object")
    return {name: value for name, value in _sent().items() if name != CONFIRM}


def _sent() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def page(query: Any, column: Any, show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return one page, newest first, with the cursor of the next: rows that come meanwhile shift nothing."""
    limit = max(1, min(200, request.args.get("limit", PAGE, type=int)))
    if after := request.args.get("after"):
        query = query.where(column < after)
    rows = list(query.order_by(column.desc()).limit(limit + 1))
    more = len(rows) > limit
    return {
        "items": [show(row) for row in rows[:limit]],
        "next": str(getattr(rows[limit - 1], column.name)) if more else None,
    }
