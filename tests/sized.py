"""A company of any size: a tree of teams with fifty sellers, and as many leads as are asked for, with all that hangs on them.

Rows are put into the tables as they are, past the door, so that 100,000 leads take a minute and not a day; the search
index is made by the same function that `clew init` calls.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from clew.core.finding.terms import rebuild
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import (
    Contact,
    Contract,
    Customer,
    Deadline,
    FollowUp,
    Invoice,
    Lead,
    Notification,
    Payment,
    Quote,
    Task,
    Team,
    User,
)
from clew.core.storage.database import database, door_opened, is_sqlite
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

REGIONS, SELLERS, OPEN_EACH, LATE_EACH = 10, 50, 100, 3
_PLACES = ("江苏", "浙江", "上海", "广东", "山东")
_TRADES = ("电子", "精密加工", "医药", "食品", "物流")
_STAGES = ("first_contact", "needs", "quote", "negotiation")
_STATES = ("archived", "archived", "archived", "archived", "signed", "legal_review", "revising", "draft")
_serial = itertools.count(1)


class Sized:
    """Who is who in such a company."""

    def __init__(self, managers: list[User], sellers: list[User]) -> None:
        self.managers, self.sellers = managers, sellers


def found(ws: Workspace, password_hash: str) -> Sized:
    """Make a centre, a region each with a manager and a seller, two teams below each region with two sellers each."""
    managers, sellers = [], []
    with ws.door.transaction(SYSTEM) as tx:
        centre = tx.create("team", {"name": "销售中心"}).record

        def person(login: str, role: str, team: Team) -> User:
            values = {"email": f"{login}@test.example", "name": login, "roles": [role], "team_id": team.id}
            made: User = tx.create("user", {**values, "password_hash": password_hash}).record
            return made

        for number in range(REGIONS):
            region = tx.create("team", {"name": f"{number} 区", "parent_id": centre.id}).record
            managers.append(person(f"region{number}", "manager", region))
            tx.change("team", region.id, {"manager_id": managers[-1].id})
            sellers.append(person(f"direct{number}", "sales", region))
            for which in "ab":
                team = tx.create("team", {"name": f"{number}{which} 部", "parent_id": region.id}).record
                sellers += [person(f"s{number}{which}{one}", "sales", team) for one in "12"]
        tx.let_rules_pass()
    return Sized(managers, sellers)


def fill(
    ws: Workspace, company: Sized, leads: int, open_each: int = OPEN_EACH, *, first: int = 0, found: bool = True
) -> None:
    """Put so many leads into the tables, an equal number for each seller, over the year before now.

    `first` is the number of the oldest. Where none is open, all were done with more than a year ago. Without `found`
    they are in no search index, which takes longest to make.
    """
    rows = _Rows(company, leads, open_each, ws.clock.now(), first)
    with door_opened(), database.atomic():
        for model in (Customer, Contact, Lead, Deadline, FollowUp, Task, Quote, Contract):
            _put(model, rows.of(model))
        for model in (Invoice, Payment, Notification, JournalLine):
            _put(model, rows.of(model))
    if found:
        rebuild(ws.kinds)
    database.execute_sql("ANALYZE")


class _Rows:
    """The rows of each table, made while they are written."""

    def __init__(self, company: Sized, leads: int, open_each: int, now: datetime, first: int) -> None:
        self._sellers, self._first, self._leads, self._now = company.sellers, first, first + leads, now
        self._newest = now - timedelta(hours=1) - (timedelta(0) if open_each else timedelta(days=400))
        self._first_open = self._leads - open_each * len(company.sellers)
        self._late_from = self._leads - min(LATE_EACH, open_each) * len(company.sellers)
        self._step = timedelta(days=365) / leads

    def of(self, model: Any) -> Iterator[dict[str, Any]]:
        made = getattr(self, f"_{model._meta.table_name}")
        for number in range(self._first, self._leads):
            yield from made(number)

    def _base(self, kind: str, number: int, at: datetime | None = None) -> dict[str, Any]:
        at = at or self._at(number)
        return {"id": _id(kind, number), "revision": 1, "created_at": at, "updated_at": at}

    def _at(self, number: int) -> datetime:
        return self._newest - self._step * (self._leads - number)

    def _owner(self, number: int) -> User:
        return self._sellers[number % len(self._sellers)]

    def _is_open(self, number: int) -> bool:
        return number >= self._first_open

    def _is_late(self, number: int) -> bool:
        return number >= self._late_from

    def _customer(self, n: int) -> Iterator[dict[str, Any]]:
        name = f"{_PLACES[n % 5]}{_TRADES[n // 5 % 5]}第{n:06d}有限公司"
        owner = self._owner(n).id if n % 10 == 0 else None
        about = {"region": _PLACES[n % 5], "industry": _TRADES[n // 5 % 5], "grade": "ABC"[n % 3]}
        yield {**self._base("C", n), "name": name, "name_key": name, "owner": owner, **about}

    def _contact(self, n: int) -> Iterator[dict[str, Any]]:
        reached = {"phone": f"+86138{n:08d}", "email": f"c{n}@customer.example"}
        yield {**self._base("K", n), "customer": _id("C", n), "name": f"联系人{n}", **reached}

    def _lead(self, n: int) -> Iterator[dict[str, Any]]:
        owner, at, is_open = self._owner(n), self._at(n), self._is_open(n)
        answered = None if self._is_late(n) else at + timedelta(minutes=20)
        yield {
            **self._base("L", n),
            "customer": _id("C", n),
            "contact": _id("K", n),
            "company": f"{_PLACES[n % 5]}{_TRADES[n // 5 % 5]}第{n:06d}有限公司",
            "source": ("phone", "exhibition", "web_form")[n % 3],
            "industry": _TRADES[n // 5 % 5],
            "region": _PLACES[n % 5],
            "budget": 50_000 + n % 900 * 1_000,
            "stage": _STAGES[n // 7 % 4],
            "outcome": "open" if is_open else ("won" if n % 3 == 0 else "lost"),
            "owner": owner.id,
            "team": owner.team_id,
            "received_at": at,
            "assigned_at": at,
            "stage_since": at,
            "first_response_at": answered,
            "response_minutes": None if answered is None else 20,
            "closed_at": None if is_open else at + timedelta(days=20),
            "lost_reason": "" if is_open or n % 3 == 0 else "预算不够",
        }

    def _deadline(self, n: int) -> Iterator[dict[str, Any]]:
        at, late = self._at(n), self._is_late(n)
        about = {"about_kind": "lead", "about_id": _id("L", n), "lead": _id("L", n), "customer": _id("C", n)}
        ends = {"started_at": at, "working_minutes": 30, "due_at": at + timedelta(minutes=30)}
        state = {"state": "missed" if late else "met", "closed_at": at + timedelta(minutes=30 if late else 20)}
        yield {**self._base("D", n), "name": "first_response", **about, **ends, **state}

    def _follow_up(self, n: int) -> Iterator[dict[str, Any]]:
        for which in range(0 if self._is_late(n) else 2):
            at = self._at(n) + timedelta(minutes=20 + which)
            of = {"lead": _id("L", n), "customer": _id("C", n), "by": self._owner(n).id, "way": "phone"}
            later = self._now + timedelta(days=n % 9 - 1) if which and n % 4 == 0 and self._is_open(n) else None
            yield {**self._base("F", 2 * n + which, at), **of, "content": "问过预算和交期", "at": at, "next_at": later}

    def _task(self, n: int) -> Iterator[dict[str, Any]]:
        is_open = self._is_open(n) and n % 2 == 0
        of = {"lead": _id("L", n), "customer": _id("C", n), "assignee": self._owner(n).id}
        due = self._now + timedelta(days=n % 12 - 1) if is_open else self._at(n)
        state = {"state": "open" if is_open else "done", "due_at": due, "done_at": None if is_open else due}
        yield {**self._base("T", n), "title": f"寄样品 {n}", **of, **state}

    def _quote(self, n: int) -> Iterator[dict[str, Any]]:
        if n % 4 == 0:
            of = {"customer": _id("C", n), "lead": _id("L", n), "amount": 100_000 + n}
            yield {**self._base("Q", n), "number": f"Q-{n:06d}", **of, "status": ("sent", "accepted", "draft")[n % 3]}

    def _contract(self, n: int) -> Iterator[dict[str, Any]]:
        if n % 4 == 0:
            status = self._status(n)
            of = {"customer": _id("C", n), "lead": _id("L", n), "amount": 100_000 + n, "status": status}
            signed = self._at(n) + timedelta(days=3) if status in ("archived", "signed") else None
            yield {**self._base("H", n), "number": f"H-{n:06d}", **of, "signed_at": signed}

    def _status(self, n: int) -> str:
        return _STATES[n // 4 % 8] if self._is_open(n) else "archived"

    def _invoice(self, n: int) -> Iterator[dict[str, Any]]:
        if n % 4 == 0 and self._status(n) == "archived":
            of = {"contract": _id("H", n), "customer": _id("C", n), "amount": 100_000 + n}
            yield {**self._base("I", n), "number": f"I-{n:06d}", **of, "issued_at": self._at(n) + timedelta(days=4)}

    def _payment(self, n: int) -> Iterator[dict[str, Any]]:
        if n % 4 == 0 and self._status(n) == "archived":
            of = {"contract": None if self._is_open(n) else _id("H", n), "customer": _id("C", n), "amount": 100_000 + n}
            yield {**self._base("P", n), "number": f"P-{n:06d}", **of, "paid_at": self._at(n) + timedelta(days=9)}

    def _notification(self, n: int) -> Iterator[dict[str, Any]]:
        if n % 4 == 1:
            of = {"user": self._owner(n).id, "about_kind": "lead", "about_id": _id("L", n), "lead": _id("L", n)}
            read = {"state": "read", "read_at": self._at(n)} if not self._is_open(n) else {"state": "sent"}
            yield {**self._base("N", n), "title": "线索已分配给你", **of, "customer": _id("C", n), **read}

    def _journal(self, n: int) -> Iterator[dict[str, Any]]:
        at, owner = self._at(n), self._owner(n)
        by = {"actor_kind": "user", "actor_id": owner.id, "actor_name": owner.name, "channel": "console"}
        own = {"lead": "L", "customer": "C", "contact": "K", "follow_up": "F", "contract": "H"}
        for kind, before, after in (
            ("customer.created", {}, {"name": f"第{n:06d}"}),
            ("contact.created", {}, {"name": f"联系人{n}"}),
            ("lead.created", {}, {"company": f"第{n:06d}", "stage": "first_contact"}),
            ("lead.assigned", {"owner_id": None}, {"owner_id": owner.id}),
            ("follow_up.created", {}, {"content": "问过预算和交期", "way": "phone"}),
            ("lead.stage_changed", {"stage": "first_contact", "stage_since": at.isoformat()}, {"stage": "needs"}),
        ):
            record_kind = kind.partition(".")[0]
            number = 2 * n if record_kind == "follow_up" else n
            about = {"kind": kind, "record_kind": record_kind, "record_id": _id(own[record_kind], number)}
            said = {"before": before, "after": after, "digest": "", "record_revision": 1}
            line = f"J{next(_serial):025d}"
            yield {"id": line, "at": at + timedelta(days=1), "customer_id": _id("C", n), **about, **by, **said}


def _id(kind: str, number: int) -> str:
    return f"0{kind}{number:024d}"


def _put(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as fast as each database takes them."""
    meta = model._meta
    fields = [one for one in meta.sorted_fields if one.name != "seq"]
    kept = [
        (one, "" if one.default is None else one.default() if callable(one.default) else one.default) for one in fields
    ]
    names = ", ".join(f'"{one.column_name}"' for one in fields)

    def values() -> Iterator[tuple[Any, ...]]:
        for row in rows:
            yield tuple(one.db_value(row.get(one.name, None if one.null else default)) for one, default in kept)

    if is_sqlite():
        marks = ", ".join("?" * len(fields))
        given = (tuple(str(one) if isinstance(one, datetime) else one for one in row) for row in values())
        database.connection().executemany(f'INSERT INTO "{meta.table_name}" ({names}) VALUES ({marks})', given)
        return
    with database.connection().cursor().copy(f'COPY "{meta.table_name}" ({names}) FROM STDIN') as copy:
        for row in values():
            copy.write_row(row)
