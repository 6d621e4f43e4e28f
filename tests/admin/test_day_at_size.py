"""The same day at a company twenty times larger: as many statements, and no more read for them than for what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from clew.core.journal.origin import Actor
from clew.core.kinds import User
from clew.core.storage.database import database
from clew.core.workbench.waiting import waiting
from clew.core.workspace import Workspace

from .. import sized
from ..app import app_of
from ..founding import PASSWORD, Company

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.postgres]
FEW, MANY = 1_000, 20_000
OPEN_EACH = 20
"""As much open work in both: what grows is what was done."""
PAGES = ("/", "/leads/", "/tasks/", "/inbox/", "/records/contract/", "/records/quote/", "/records/task/", "/live")
AT_MOST = 2
"""So many times the blocks at most, where there are twenty times as many rows."""
SMALL = 500
"""Fewer blocks than these tell nothing."""
LOOKED_THROUGH = {"team_uninvoiced", "invoice_late", "to_invoice"}
"""What no invoice is there for is found among all contracts that were ever signed."""


@contextmanager
def _counted() -> Iterator[list[str]]:
    seen: list[str] = []
    kept = type(database.obj).execute_sql

    def listening(self: Any, sql: str, params: Any = None) -> Any:
        seen.append(sql)
        return kept(self, sql, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(database.obj), "execute_sql", listening)
        yield seen


def _statements(ws: Workspace, user: User) -> dict[str, int]:
    """Return how many statements each page asks."""
    client = app_of(ws, csrf=False).test_client()
    assert client.post("/sign-in", data={"name": user.email, "password": PASSWORD}).status_code == 302
    found = {}
    for page in PAGES:
        with _counted() as seen:
            assert client.get(page).status_code in (200, 403), page
        found[page] = len(seen)
    return found


def _read(ws: Workspace, user: User) -> dict[str, int]:
    """Return how many blocks the database reads for each thing that waits for somebody."""
    found = {}
    for one in waiting(ws, Actor.of(user)):
        text, values = one.rows.select(one.rows.model._meta.primary_key).sql()
        ((said,),) = database.execute_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", values).fetchall()
        plan = said[0]["Plan"]
        found[one.name] = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return found


@pytest.mark.timeout(1800)
def test_a_day_does_not_grow_with_what_was_done(
    postgres_workspace: Workspace,
    found: Callable[[Workspace], Company],
) -> None:
    ws = postgres_workspace
    others = found(ws).others
    made = sized.found(ws, others["legal"].password_hash)
    people = [made.sellers[0], made.managers[0], others["legal"], others["ops"]]
    sized.fill(ws, made, FEW, OPEN_EACH, first=MANY, found=False)
    asked, before = [_statements(ws, user) for user in people], [_read(ws, user) for user in people]
    sized.fill(ws, made, MANY, open_each=0, found=False)
    for user, statements, few in zip(people, asked, before, strict=True):
        many = _read(ws, user)
        grown = {name: (few[name], many[name]) for name in many.keys() - LOOKED_THROUGH}
        assert all(now <= AT_MOST * max(then, SMALL) for then, now in grown.values()), (user.name, grown)
        assert _statements(ws, user) == statements, user.name
