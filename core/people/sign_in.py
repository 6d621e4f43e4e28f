"""Signing in by name and password: attempts are limited, and the answer tells nobody which names there are."""

from __future__ import annotations

from datetime import timedelta

from ..errors import ClewError
from ..journal.origin import Actor, Origin
from ..kinds import User
from ..workspace import Workspace
from . import sessions
from .limits import Limit, TooMany, digest, give_back, network_of, take
from .passwords import hash_password, matches
from .sessions import Client
from .tokens import issue_token

__all__ = [
    "ATTEMPTS",
    "PAUSE",
    "SignInRefused",
    "SlowDown",
    "check_password",
    "hash_password",
    "issue_token",
    "sign_in",
]
ATTEMPTS, PAUSE = 5, timedelta(minutes=3)
"""One name from one address, or from a device that is known: so many wrong passwords, then one more after each pause."""
_OF_A_NAME = 40, timedelta(minutes=3)
_OF_AN_ADDRESS = 60, timedelta(seconds=20)
_LONGEST_NAME, _LONGEST_PASSWORD = 254, 1000


class SignInRefused(ClewError):
    """Wrong name or password, or a person who is switched off: the words are the same."""

    status = 401
    code = "sign_in_refused"


class SlowDown(SignInRefused):
    """Too many attempts: this one was not looked at. `wait` says after how many seconds the next one is."""

    status = 429
    code = "slow_down"

    def __init__(self, wait: timedelta) -> None:
        self.wait = max(1, -int(-wait.total_seconds() // 1))
        zh, en = _span(self.wait)
        super().__init__(
            f"试得太多了，请{zh}后再试。忘了密码的话，请管理员发一个重设链接。",
            f"too many attempts: try again in {en}. If the password is forgotten, ask an administrator for a reset link",
        )


def sign_in(ws: Workspace, name: str, password: str, client: Client | str = "") -> User:
    """Return the active user whose e-mail or staff number and password these are; `client` may be an address.

    Raises SignInRefused, or SlowDown before the password was looked at. Nothing tells a name that somebody has from
    one that nobody has: neither words, nor status, nor time.
    """
    client = Client(client) if isinstance(client, str) else client
    name, now = _readable(name), ws.clock.now()
    user: User | None = User.get_or_none((User.email == name.lower()) | (User.staff_no == name))
    limits = _limits(name, client, known=sessions.knows(user, client.device))
    try:
        left = take(limits, now)
    except TooMany as refused:
        raise SlowDown(refused.wait) from None
    right = matches(user.password_hash if user else "", password[:_LONGEST_PASSWORD])
    if user is not None and user.active and right:
        give_back(limits)
        return user
    origin = Origin(Actor("system", name="Clew"), "console", client.ip)
    with ws.door.transaction(origin) as tx:
        tx.note("user.sign_in_refused", "user", user.id if user else "")
    zh, en = _span(int(PAUSE.total_seconds()))
    if left:
        raise SignInRefused(
            f"工号、邮箱或密码不对；还可以试 {left} 次，之后每{zh}试一次。",
            f"wrong name or password; {left} more tries, then one every {en}",
        )
    raise SignInRefused(
        f"工号、邮箱或密码不对；请{zh}后再试。忘了密码的话，请管理员发一个重设链接。",
        f"wrong name or password; try again in {en}. If the password is forgotten, ask an administrator for a reset link",
    )


def check_password(ws: Workspace, user: User, password: str) -> None:
    """Raise SignInRefused unless this is the password of somebody who is signed in; SlowDown after too many tries."""
    limit = Limit(f"own:{user.id}", ATTEMPTS, PAUSE)
    try:
        take([limit], ws.clock.now())
    except TooMany as refused:
        raise SlowDown(refused.wait) from None
    if not matches(user.password_hash, password[:_LONGEST_PASSWORD]):
        raise SignInRefused("现在的密码不对。", "the present password is wrong")
    give_back([limit])


def _readable(name: str) -> str:
    """Return a name as it is looked for and counted: the same text for both, or a limit would be passed by spelling."""
    return name.replace("\0", "").encode("utf-8", "replace").decode().strip()[:_LONGEST_NAME]


def _limits(name: str, client: Client, *, known: bool) -> list[Limit]:
    """Return what an attempt counts in: a device that is known by itself, so that strangers hold nobody up."""
    typed = name.casefold()
    if known:
        return [Limit(f"device:{digest(client.device, typed)}", ATTEMPTS, PAUSE)]
    network = network_of(client.ip)
    return [
        Limit(f"name:{digest(typed)}", *_OF_A_NAME),
        Limit(f"address:{network}"[:80], *_OF_AN_ADDRESS),
        Limit(f"both:{digest(network, typed)}", ATTEMPTS, PAUSE),
    ]


def _span(seconds: int) -> tuple[str, str]:
    if seconds < 60:
        return f" {seconds} 秒", f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f" {minutes} 分钟", f"{minutes} minute{'s' if minutes > 1 else ''}"
