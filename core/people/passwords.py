"""Passwords: what a new one has to be, and the hash that is kept of it."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Iterator

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..schema.validator import unstorable

SHORTEST, LONGEST = 10, 200
RULES = Text(
    f"至少 {SHORTEST} 个字符；不要用自己的姓名、邮箱、工号，也不要用常见的密码。一句只有自己会想到的话最好记。",
    f"{SHORTEST} characters or more; not your name, e-mail or staff number, and none of the common ones. "
    "A phrase that only you would think of is easiest to remember.",
)
"""What a new password has to be, in words: stands beside each field for one."""

_OWN_LEFT, _DISTINCT_LEAST = 6, 5
_LEET = str.maketrans("013457@$!", "oleastasi")
_ROWS = (
    *(
        "01234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    ),
    *("!@#$%^&*()", "qazwsxedcrfvtgbyhnujm", "147258369"),
)
_COMMON = frozenset(
    [
        "abc",
        "access",
        "admin",
        "administrator",
        "adminadmin",
        "asdf",
        "baseball",
        "changeme",
        "china",
        "clew",
        "company",
        "computer",
        "default",
        "demo",
        "dragon",
        "football",
        "guest",
        "hello",
        "huawei",
        "iloveyou",
        "iloveyouforever",
        "internet",
        "jesus",
        "lenovo",
        "letmein",
        "login",
        "loveyou",
        "master",
        "michael",
        "monkey",
        "monkeymonkey",
        "mypassword",
        "mustang",
        "nihao",
        "passpass",
        "passwd",
        "password",
        "passwordpassword",
        "pass",
        "princess",
        "qwe",
        "qwer",
        "qwert",
        "qwerty",
        "qwertyqwerty",
        "root",
        "sales",
        "secret",
        "shadow",
        "shanghai",
        "starwars",
        "sunshine",
        "superman",
        "superuser",
        "supervisor",
        "system",
        "tencent",
        "test",
        "tester",
        "testtest",
        "trustno",
        "user",
        "wangyut",
        "welcome",
        "welcometo",
        "whatever",
        "windows",
        "woaini",
        "woainima",
        "woaiwojia",
        "zaq",
        "zhang",
        "zxc",
        "zxcv",
    ]
)
_hasher = PasswordHasher()


def problems_of(password: str, own: Iterable[str | None] = ()) -> Iterator[Text]:
    """Yield what is wrong with a new password, the plainest first; `own` are the person's name, e-mail and the like."""
    if any(unstorable(password)):
        yield Text("含有不能保存的字符，请换一个密码", "holds a character that can't be saved: choose another")
    elif len(password) < SHORTEST:
        yield Text(f"密码至少 {SHORTEST} 个字符", f"a password has {SHORTEST} characters or more")
    elif len(password) > LONGEST:
        yield Text(f"密码最多 {LONGEST} 个字符", f"a password has {LONGEST} characters or fewer")
    elif _is_own(password, own):
        yield Text(
            "密码里主要是你的姓名、邮箱或工号，容易被猜到；请换一个",
            "this is mostly your name, e-mail or staff number, which is easy to guess: choose another",
        )
    elif _is_common(password):
        yield Text(
            "这个密码太常见，容易被猜到；请换一个", "this password is a common one, easy to guess: choose another"
        )


def hash_password(password: str, own: Iterable[str | None] = ()) -> str:
    """Return the argon2id hash of a new password. Raises Invalid (field `password`) for one that is easy to guess."""
    problems = [Problem("password", text) for text in problems_of(password, own)]
    if problems:
        raise Invalid(problems)
    return _hasher.hash(password)


def own_words(user: object) -> tuple[str | None, ...]:
    """Return what of a person's record must not make up their password."""
    return tuple(getattr(user, name, None) for name in ("email", "name", "staff_no"))


def matches(stored: str, password: str) -> bool:
    """Say whether a password is the one whose hash is stored; for none stored it takes as long, and none matches."""
    try:
        return _hasher.verify(stored or NOBODY, password) and bool(stored)
    except (VerifyMismatchError, InvalidHashError, UnicodeEncodeError):
        return False


def _nobody() -> str:
    """Return a hash of no password, shaped like a real one: to make a real one would delay each start."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


NOBODY = _nobody()
"""Verified where there is no such person, or they have no password: so that an answer takes as long."""


def _is_own(password: str, own: Iterable[str | None]) -> bool:
    left = password.casefold()
    words = [word.casefold() for word in own if word]
    words += [word.partition("@")[0] for word in words if "@" in word]
    mine = sorted({word for word in words if len(word) >= 2}, key=len, reverse=True)
    for word in mine:
        left = left.replace(word, "")
    return left != password.casefold() and len(left) < _OWN_LEFT


def _is_common(password: str) -> bool:
    plain = password.casefold()
    if len(set(plain)) < _DISTINCT_LEAST:
        return True
    # password2026!, P@ssw0rd!: what is added before and after, and digits for letters, help nobody.
    stem = plain.strip("0123456789!@#$%^&*()-_=+.,?~ ")
    letters = re.sub(r"[\W\d_]+", "", plain)
    if _COMMON & {letters, re.sub(r"[\W\d_]+", "", stem.translate(_LEET))}:
        return True
    return _is_run(plain)


def _is_run(plain: str) -> bool:
    """Say whether a password is made of runs along the keyboard, the alphabet or the digits, or of one part repeated."""
    if re.fullmatch(r"(.{1,5}?)\1+", plain):
        return True
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    at = runs = 0
    while at < len(plain):
        length = next((n for n in range(len(plain) - at, 2, -1) if any(plain[at : at + n] in row for row in rows)), 0)
        if not length:
            return False
        at, runs = at + length, runs + 1
    return True
