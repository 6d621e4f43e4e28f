"""API tokens: made for one person, shown once, narrowed to reading or to some kinds, with an end, and revoked."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ...hooks.text import Text
from ..errors import ClewError, Conflict, Forbidden, Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import ApiToken, User
from ..kinds.api_token import SCOPES
from ..roles import TRUSTED
from ..storage.database import in_passing
from ..storage.statements import by_id, update_if
from ..storage.system_tables import TokenUse
from ..workspace import Workspace
from .others import account_of, check_sees_to
from .sessions import SEEN_EVERY, hash_of

READ, WRITE = "read", "write"
MOST, LONGEST_DAYS = 50, 3650


class TokenRefused(ClewError):
    """The key is no token, or one that does not hold any more; the words say which."""

    status = 401
    code = "token"


def issue_token(
    ws: Workspace,
    user: User,
    name: str,
    origin: Origin,
    *,
    scope: str = WRITE,
    kinds: Collection[str] = (),
    days: int | None = None,
) -> str:
    """Create an API token for `user` and return the key, which is not kept and can't be shown again.

    `scope` is read or write, `kinds` the kinds of record it reaches (none: all), `days` how long it holds (None:
    until it is revoked). Raises Invalid, Forbidden for another's (a token acts as its person), or Conflict if the
    person is switched off or has too many.
    """
    if origin.actor.kind not in TRUSTED and origin.actor.id != user.id:
        raise Forbidden("令牌由本人生成。", "people make their tokens themselves")
    problems = list(_problems(ws, name, scope, kinds, days))
    if problems:
        raise Invalid(problems)
    key = f"clew_{secrets.token_urlsafe(32)}"
    values = {
        "user_id": user.id,
        "name": name.strip(),
        "token_hash": hash_of(key),
        "ends": key[-4:],
        "scope": scope,
        "kinds": sorted(set(kinds)),
    }
    with ws.door.transaction(_on_behalf(origin)) as tx:
        person = by_id(User, user.id, lock=True)
        if not person.active:
            raise Conflict(
                f"「{person.name}」已停用，不能有令牌。", f"{person.name} is switched off and can have no token"
            )
        if len(tokens_of(ws, person)) >= MOST:
            raise Conflict(
                f"最多 {MOST} 个令牌；请先收回不用的。", f"at most {MOST} tokens: revoke some that are not used"
            )
        tx.create("api_token", values | ({"expires_at": tx.now + timedelta(days=days)} if days else {}))
    return key


def find_token(ws: Workspace, key: str, ip: str = "") -> ApiToken:
    """Return the token of this key with its active person, and note now and then that it is used. Raises TokenRefused."""
    token: ApiToken | None = ApiToken.get_or_none(ApiToken.token_hash == hash_of(key)) if key else None
    if token is None:
        raise TokenRefused(
            "请在 Authorization 里带上有效的令牌：Bearer clew_…",
            "send a valid token: Authorization: Bearer clew_… (clew token create)",
        )
    now = ws.clock.now()
    if token.revoked_at is not None or not token.user.active:
        raise TokenRefused(
            "这个令牌已收回；请在「我的账号」里生成新的。",
            "this token was revoked: make another on the page of your account",
        )
    if token.expires_at is not None and token.expires_at <= now:
        raise TokenRefused(
            "这个令牌已过期；请在「我的账号」里生成新的。",
            "this token is past its time: make another on the page of your account",
        )
    _note_use(token, now, ip)
    return token


def tokens_of(ws: Workspace, user: User) -> list[ApiToken]:
    """Return a person's tokens that hold, the newest first."""
    now = ws.clock.now()
    open_ = (ApiToken.user == user.id) & ApiToken.revoked_at.is_null()
    open_ &= ApiToken.expires_at.is_null() | (ApiToken.expires_at > now)
    return list(ApiToken.select().where(open_).order_by(ApiToken.id.desc()))


def last_used(tokens: Collection[ApiToken]) -> dict[str, TokenUse]:
    """Return the last use of each token by its id; who was never used is left out."""
    ids = [token.id for token in tokens]
    return {row.token_id: row for row in TokenUse.select().where(TokenUse.token_id.in_(ids))} if ids else {}


def revoke(ws: Workspace, token_id: str, origin: Origin) -> ApiToken:
    """Revoke a token at once: one's own, or with the permission `people` others'. Raises NotFound, Forbidden."""
    token: ApiToken | None = by_id(ApiToken, token_id)
    if token is None:
        raise NotFound("没有这个令牌。", "no such token")
    check_sees_to(origin.actor, account_of(origin.actor, token.user_id))
    if token.revoked_at is not None:
        return token
    with ws.door.transaction(_on_behalf(origin)) as tx:
        return tx.change("api_token", token.id, {"revoked_at": tx.now})  # type: ignore[no-any-return]


def _problems(ws: Workspace, name: str, scope: str, kinds: Collection[str], days: int | None) -> Iterator[Problem]:
    if not name.strip():
        yield Problem("name", Text("请写明用在哪里", "say where it is used"))
    if scope not in dict(SCOPES):
        yield Problem("scope", Text("应为 read 或 write", "is read or write"))
    for kind in kinds:
        if not isinstance(kind, str) or kind not in ws.kinds:
            yield Problem("kinds", Text(f"没有「{kind}」这类记录", f"no kind of record {kind!r}"))
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        yield Problem("days", Text(f"应在 1 到 {LONGEST_DAYS} 天之间", f"lies between 1 and {LONGEST_DAYS} days"))


def _on_behalf(origin: Origin) -> Origin:
    """Return the origin under which Clew writes what it has checked itself: people set up their own tokens."""
    return replace(origin, actor=replace(origin.actor, kind="system"))


def _note_use(token: ApiToken, now: datetime, ip: str) -> None:
    row: TokenUse | None = by_id(TokenUse, token.id)
    with in_passing():  # A reader waits for no writer.
        if row is None:
            TokenUse.insert(token_id=token.id, at=now, ip=ip).on_conflict_ignore().execute()
        elif now - row.at >= SEEN_EVERY:
            update_if(TokenUse, {"at": now, "ip": ip}, {"token_id": row.token_id, "at": row.at})
