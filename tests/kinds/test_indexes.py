"""Lists walk an index, however many records there are: what each statement's plan says, on both databases."""

# ruff: noqa: F811 - fixtures come by their names

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from clew.core.kinds import Customer, Lead
from clew.core.kinds.kept_as_data import DataRecord
from clew.core.storage.database import database, door_opened, is_sqlite
from clew.core.workspace import Workspace

from ..admin.records import desk, ws  # noqa: F401 - fixtures
from .test_over_the_api import call  # noqa: F401 - a fixture

MANY = 5000
_SORTS = ("TEMP B-TREE", "Sort")


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Record every query for whole rows that runs meanwhile."""
    seen: list[tuple[str, Any]] = []
    kept = type(database.obj).execute_sql

    def listening(self: Any, sql: str, params: Any = None) -> Any:
        if sql.startswith("SELECT") and " LIMIT " in sql and "COUNT(" not in sql and "DISTINCT" not in sql:
            seen.append((sql, params))
        return kept(self, sql, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(database.obj), "execute_sql", listening)
        yield seen


def plan(sql: str, params: Any) -> str:
    how = "EXPLAIN QUERY PLAN" if is_sqlite() else "EXPLAIN"
    return "\n".join(str(row[-1]) for row in database.execute_sql(f"{how} {sql}", params).fetchall())


def hold_to(index: str, seen: list[tuple[str, Any]], table: str) -> None:
    """Hold the statements over a table to an index, and to no sorting of more rows than the index finds."""
    plans = [plan(*one) for one in seen if f'FROM "{table}"' in one[0]]
    assert plans
    assert not any(word in plans[0] for word in _SORTS) or "Index Cond" in plans[0], plans[0]
    for one in plans:
        assert index in one, one
        # PostgreSQL may prefer to sort the few rows that one value has.
        assert not any(word in one for word in _SORTS) or "Bitmap Index Scan" in one, one


@pytest.fixture
def many(any_workspace: Workspace, lead: Lead) -> None:
    now = any_workspace.clock.now()
    same = {"kind_name": "sample", "customer_id": lead.customer_id, "created_at": now, "updated_at": now}
    with door_opened(), database.atomic():
        for start in range(0, MANY, 500):
            rows = [
                {"model": f"M{number % 970}", **({"quantity": number % 100} if number % 5 else {})}
                for number in range(start, start + 500)
            ]
            DataRecord.insert_many(
                [{"id": f"{start + place:026d}", "extra": extra, **same} for place, extra in enumerate(rows)]
            ).execute()
    if not is_sqlite():
        database.execute_sql("ANALYZE data_record")


WANTED = (
    ("model=NOPE", "ix_data_record_sample_model"),
    ("quantity=7", "ix_data_record_sample_quantity"),
    ("sort=model", "ix_data_record_sample_model"),
    ("sort=-model", "ix_data_record_sample_model"),
    ("sort=quantity", "ix_data_record_sample_quantity"),
    ("sort=-quantity", "ix_data_record_sample_quantity"),
)


@pytest.mark.slow
@pytest.mark.parametrize(("query", "index"), WANTED)
def test_pages_of_the_api_walk_the_index_of_the_field(call: Any, many: None, query: str, index: str) -> None:
    with statements() as seen:
        page = call("ops", "GET", f"/records/sample?{query}&limit=20").json
        if page["next"]:
            call("ops", "GET", f"/records/sample?{query}&limit=20&after={page['next']}")
    hold_to(index, seen, "data_record")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("model.is=NOPE", "ix_data_record_sample_model"),
        ("sort=model", "ix_data_record_sample_model"),
        ("sort=model&desc=1", "ix_data_record_sample_model"),
        ("sort=quantity", "ix_data_record_sample_quantity"),
        ("sort=quantity&desc=1", "ix_data_record_sample_quantity"),
    ],
)
def test_pages_of_the_console_walk_the_index_of_the_field(
    made: Any, desk: Any, many: None, query: str, index: str
) -> None:
    at = desk(made.user("ops"))
    with statements() as seen:
        for page in ("1", "3"):
            assert at.get(f"/records/sample/?{query}&page={page}").status_code == 200
    hold_to(index, seen, "data_record")


@pytest.mark.slow
def test_every_page_has_its_rows_once_and_in_order(call: Any, many: None, made: Any) -> None:
    for sort, down in (("quantity", False), ("-quantity", True)):
        found: list[tuple[Any, str]] = []
        after: str | None = ""
        while after is not None:
            page = call("ops", "GET", f"/records/sample?sort={sort}&limit=200&after={after}").json
            found += [(one["quantity"], one["id"]) for one in page["items"]]
            after = page["next"]
        assert len(found) == MANY
        with_value = [one for one in found if one[0] is not None]
        assert found[: len(with_value)] == sorted(with_value, reverse=down), "those without a value come last"
        assert found[len(with_value) :] == sorted(found[len(with_value) :], key=lambda one: one[1], reverse=down)


def test_the_list_of_customers_walks_an_index(any_workspace: Workspace, made: Any, desk: Any) -> None:
    now = any_workspace.clock.now()
    rows = [{"id": f"{one:026d}", "name": f"客户 {one}", "created_at": now, "updated_at": now} for one in range(MANY)]
    with door_opened(), database.atomic():
        for start in range(0, MANY, 500):
            Customer.insert_many(rows[start : start + 500]).execute()
    if not is_sqlite():
        database.execute_sql("ANALYZE customer")
    at = desk(made.user("ops"))
    with statements() as seen:
        assert at.get("/customers/").status_code == 200
    hold_to("sqlite_autoindex_customer_1" if is_sqlite() else "customer_pkey", seen, "customer")
