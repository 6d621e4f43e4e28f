"""Signing in, and API tokens: hashes only, attempts counted, all of it in the journal."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

from ..errors import ClewError
from ..journal.origin import Actor, Origin
from ..kinds import ApiToken, User
from ..workspace import Workspace

ATTEMPTS = 5
LOCK = timedelta(minutes=15)
_hasher = PasswordHasher()


def _nobody() -> str:
    """Return a hash of no password, shaped like a real one: to make a real one would delay each start."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


# Verified when there is no such user, so that an answer takes as long for a name nobody has.
_NOBODY = _nobody()


class SignInRefused(ClewError):
    """Wrong e-mail or password, or the account is locked or off."""

    status = 401
    code = "sign_in_refused"


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password. Raises ClewError if it is shorter than 10 characters."""
    if len(password) < 10:
        raise ClewError("密码至少 10 个字符。", "a password has 10 characters or more")
    return _hasher.hash(password)


def sign_in(ws: Workspace, name: str, password: str, ip: str) -> User:
    """Return the user whose e-mail or staff number and password these are. Raises SignInRefused."""
    name = name.strip()
    user = User.get_or_none((User.email == name.lower()) | (User.staff_no == name))
    now = ws.clock.now()
    right = _matches(user.password_hash if user else _NOBODY, password)
    if user is None or not user.active:
        raise SignInRefused("工号、邮箱或密码不对。", "wrong name or password")
    origin = Origin(Actor("system", user.id, user.name), "console", ip)
    if user.locked_until and user.locked_until > now:
        minutes = int((user.locked_until - now).total_seconds() // 60) + 1
        raise SignInRefused(f"账号已锁定，{minutes} 分钟后再试。", f"this account is locked for {minutes} more minutes")
    if not right:
        failed = user.failed_sign_ins + 1
        locked = failed >= ATTEMPTS
        values = {"failed_sign_ins": 0 if locked else failed, "locked_until": now + LOCK if locked else None}
        ws.door.change("user", user.id, values, origin.because("sign-in refused"))
        if locked:
            raise SignInRefused(
                "密码不对，账号已锁定 15 分钟。", "wrong password; the account is locked for 15 minutes"
            )
        left = ATTEMPTS - failed
        raise SignInRefused(
            f"密码不对，还可以试 {left} 次，之后锁定 15 分钟。",
            f"wrong password; {left} more tries, then the account is locked for 15 minutes",
        )
    with ws.door.transaction(origin) as tx:
        if user.failed_sign_ins or user.locked_until:
            tx.change("user", user.id, {"failed_sign_ins": 0, "locked_until": None})
        tx.note("user.signed_in", "user", user.id)
    return user


def issue_token(ws: Workspace, user: User, name: str, origin: Origin) -> str:
    """Create an API token for `user` and return the key, which is not kept and can't be shown again."""
    key = f"clew_{secrets.token_urlsafe(32)}"
    ws.door.create("api_token", {"user_id": user.id, "name": name, "token_hash": _hash(key)}, origin)
    return key


def user_of_token(key: str) -> User | None:
    """Return the active user whose token `key` is, or None."""
    token = ApiToken.get_or_none((ApiToken.token_hash == _hash(key)) & ApiToken.revoked_at.is_null())
    return token.user if token and token.user.active else None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
