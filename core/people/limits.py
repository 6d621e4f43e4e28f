"""How often something may be tried: counted in the database, so that any number of processes count together.

Each limit lets a few attempts through at once, and one more whenever its pause has passed: who was wrong too often
is slowed down, and nobody is locked out for good. An attempt is counted before it is looked at, in one statement.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ..storage.database import database, is_sqlite, write_transaction
from ..storage.system_tables import AttemptLimit

# What is free is due before `now`; a cost more must not lead further ahead than the attempts that go at once.
_TAKE = """
INSERT INTO attempt_limit (key, due) VALUES ({0}, {0})
ON CONFLICT (key) DO UPDATE
SET due = CASE WHEN attempt_limit.due > {0} THEN attempt_limit.due ELSE {0} END + {0}
WHERE CASE WHEN attempt_limit.due > {0} THEN attempt_limit.due ELSE {0} END + {0} <= {0}
RETURNING due
"""
_PURGE = 5000


class Limit(NamedTuple):
    """What is counted by itself: `burst` attempts at once, and one more after each pause."""

    key: str
    burst: int
    pause: timedelta

    @property
    def cost(self) -> int:
        """What one attempt costs, in ms."""
        return int(self.pause / timedelta(milliseconds=1))


class TooMany(Exception):
    """The attempt may not be looked at before `wait` has passed."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"again in {wait}")
        self.wait = wait


def take(limits: Sequence[Limit], now: datetime) -> int:
    """Count one attempt in every limit and return how many more the last one lets through at once.

    Raises TooMany, and then counts nothing. Limits are given in one order by all who share some, so that two never
    wait for each other.
    """
    at, due = _ms(now), 0
    _look(limits, at)
    with write_transaction():
        for limit in limits:
            values = (limit.key, at + limit.cost, at, at, limit.cost, at, at, limit.cost, at + limit.burst * limit.cost)
            row = database.execute_sql(_TAKE.format(database.param), values).fetchone()
            if row is None:
                _look([limit], at)
                raise TooMany(limit.pause)
            due = int(row[0])
    return (limits[-1].burst * limits[-1].cost - (due - at)) // limits[-1].cost if limits else 0


def give_back(limits: Sequence[Limit]) -> None:
    """Count an attempt no more, as it was right; of the last limit, none of those before either."""
    with write_transaction():
        for limit in limits[:-1]:
            back = AttemptLimit.update(due=AttemptLimit.due - limit.cost)
            back.where(AttemptLimit.key == limit.key).execute()
        forget(limits[-1])


def forget(limit: Limit) -> None:
    """Let every attempt of a limit be free again."""
    AttemptLimit.delete().where(AttemptLimit.key == limit.key).execute()


def purge(now: datetime) -> int:
    """Delete some counts that hold nobody up any more; return how many."""
    old = AttemptLimit.select(AttemptLimit.key).where(AttemptLimit.due < _ms(now)).limit(_PURGE)
    if not is_sqlite():
        old = old.for_update(skip_locked=True)  # Who counts meanwhile goes first.
    return int(AttemptLimit.delete().where(AttemptLimit.key.in_(old)).execute())


def digest(*parts: str) -> str:
    """Return what stands for a name in a key: what people type as their name may be their password."""
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:40]


def network_of(ip: str) -> str:
    """Return what one party at an address has: the address itself, of IPv6 its /64."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _look(limits: Sequence[Limit], at: int) -> None:
    """Raise TooMany if a limit lets nothing through just now: a flood then takes no turn at writing."""
    due = {row.key: row.due for row in AttemptLimit.select().where(AttemptLimit.key.in_([one.key for one in limits]))}
    waits = [due.get(one.key, 0) + one.cost - one.burst * one.cost - at for one in limits]
    if (longest := max(waits, default=0)) > 0:
        raise TooMany(timedelta(milliseconds=longest))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
