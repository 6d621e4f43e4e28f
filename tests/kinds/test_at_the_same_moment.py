"""Definitions changed while records are written, and texts that an index has no room for."""

# ruff: noqa: F811 - fixtures come by their names

from __future__ import annotations

import threading
from typing import Any

import pytest

from clew.core import backtest
from clew.core.backtest import parts
from clew.core.errors import Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead
from clew.core.opening import open_workspace
from clew.core.storage.database import database
from clew.core.storage.json_values import LONGEST_INDEXED
from clew.core.workspace import Workspace

from ..admin.records import desk, ws  # noqa: F401 - fixtures
from .test_made_at_run_time import as_

FIELD = {"kind": "sample", "name": "size", "label_zh": "尺寸", "label_en": "Size", "type": "text"}
WIDE = "\U00020000"
"""A character of four bytes, the most there are."""


def _sample(lead: Lead, **more: Any) -> dict[str, Any]:
    return {"customer_id": lead.customer_id, "model": "A", **more}


@pytest.mark.postgres
def test_a_type_waits_for_what_is_being_written(postgres_workspace: Workspace, made_here: Any) -> None:
    ws, lead, ops = made_here
    field = ws.door.create("field_definition", FIELD, ops).record
    written, refused = threading.Event(), list[str]()

    def turn() -> None:
        written.wait(20)
        try:
            ws.door.change("field_definition", field.id, {"type": "number"}, ops)
        except Invalid as error:
            refused.extend(one.text.en for one in error.problems)
        finally:
            database.close()

    other = threading.Thread(target=turn)
    other.start()
    with ws.door.transaction(ops) as tx:
        tx.create("sample", _sample(lead, size="大"))
        written.set()
        other.join(0.5)  # It waits for this transaction; were it let in, it would end here.
        assert other.is_alive()
    other.join(20)
    assert "records hold a value of “Size”" in refused[0]


def test_a_text_written_as_the_field_became_a_number_stops_no_list(
    any_workspace: Workspace, made: Any, lead: Lead, desk: Any
) -> None:
    ws, ops = any_workspace, as_(made.user("ops"))
    field = ws.door.create("field_definition", {**FIELD, "indexed": True}, ops).record
    behind = open_workspace(settings=ws.settings, clock=ws.clock)
    ws.door.change("field_definition", field.id, {"type": "number"}, ops)
    for size in (5, 12.5, -3):
        ws.door.create("sample", _sample(lead, size=size), ops)
    behind.door.create("sample", _sample(lead, size="大"), ops)  # This process has not followed yet.
    at = desk(made.user("ops"))
    for query in ("sort=size", "sort=size&desc=1", "size.from=1", "size.empty=1", ""):
        assert at.get(f"/records/sample/?cols=model,size&{query}").status_code == 200, query
    assert at.get("/records/sample/?size.from=1&size.to=13").text.partition("tbody")[2].count("12.5") >= 1
    behind.close()


@pytest.fixture
def made_here(postgres_workspace: Workspace, found: Any) -> tuple[Workspace, Lead, Origin]:
    """A workspace on PostgreSQL with samples, a lead, and somebody in operations."""
    from clew.core.intake import take as intake

    from ..own_kinds import make_both

    ops = Origin(Actor.of(found(postgres_workspace).user("ops")), "console")
    make_both(postgres_workspace, ops)
    lead = intake.take(postgres_workspace, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    return postgres_workspace, lead, ops


def test_an_indexed_text_is_no_longer_than_an_index_takes(any_workspace: Workspace, made: Any, lead: Lead) -> None:
    ws, ops = any_workspace, as_(made.user("ops"))
    fits = ws.door.create("sample", _sample(lead) | {"model": WIDE * LONGEST_INDEXED}, ops).record
    assert ws.kinds["sample"].model.get_by_id(fits.id).extra["model"] == WIDE * LONGEST_INDEXED
    with pytest.raises(Invalid, match=f"{LONGEST_INDEXED}"):
        ws.door.create("sample", _sample(lead) | {"model": WIDE * (LONGEST_INDEXED + 1)}, ops)
    field = ws.door.create("field_definition", FIELD, ops).record
    long = ws.door.create("sample", _sample(lead, size="长" * 1200), ops).record
    with pytest.raises(Invalid, match="it can't be indexed"):
        ws.door.change("field_definition", field.id, {"indexed": True}, ops)
    ws.door.change("sample", long.id, {"size": "短"}, ops)
    ws.door.change("field_definition", field.id, {"indexed": True}, ops)


def test_a_reference_to_a_kind_that_is_off_can_be_filtered_by_and_offers_nothing(
    any_workspace: Workspace, made: Any, lead: Lead, desk: Any
) -> None:
    ws, ops = any_workspace, as_(made.user("ops"))
    titles = {"title_zh": "东西", "title_en": "Thing", "belongs_to": []}
    thing = ws.door.create("kind_definition", {"name": "thing", **titles}, ops).record
    favourite = {**FIELD, "kind": "lead", "name": "fav", "type": "reference", "target": "thing"}
    ws.door.create("field_definition", favourite, ops)
    ws.door.change("kind_definition", thing.id, {"active": False}, ops)
    at = desk(made.user("ops"))
    assert f'href="/leads/{lead.id}"' in at.get("/records/lead/").text + at.get("/leads/").text
    for text in ("abc", "1"):
        found = at.get(f"/records/lead/?fav.has={text}")
        assert (found.status_code, lead.id in found.text) == (200, False), "it leads to nothing of such a name"
    for query in (f"fav={lead.id}", "fav=abc", "fav.is=none"):
        assert at.get(f"/records/lead/?{query}").status_code in (200, 302), query
    assert at.get("/records/lead/names?name=fav&query=x").status_code in (200, 404)


@pytest.mark.parametrize("documents", [[5], ["x"], [None], [["ab"]]])
def test_drafts_that_are_no_documents_are_refused(any_workspace: Workspace, made: Any, documents: Any) -> None:
    origin = as_(made.user("ops"))
    with pytest.raises(Invalid, match="each an object"):
        backtest.start(any_workspace, documents, since=any_workspace.clock.now(), origin=origin)


def test_a_backtest_under_which_the_company_is_set_up_anew_fails_and_says_so(
    any_workspace: Workspace, made: Any, lead: Lead
) -> None:
    ws, ops = any_workspace, as_(made.user("ops"))
    since = ws.clock.now()
    ws.clock.advance(minutes=5)  # type: ignore[attr-defined]
    ws.door.create("sample", _sample(lead), ops)
    ws.clock.advance(minutes=5)  # type: ignore[attr-defined]
    words = {"zh": "样品任务", "en": "Task"}
    draft = {"id": "sampled", "title": words, "purpose": words, "trigger": "sample.created"}
    draft |= {"then": [{"create_task": {"title": "寄出", "assignee": "role:ops"}}]}
    row = backtest.start(ws, [draft], since=since, origin=ops)
    first, *_ = parts.due(ws, row.id)
    parts.run_part(ws, first)
    kind = ws.kinds["kind_definition"].model.get(name="sample")
    ws.door.change("kind_definition", kind.id, {"active": False}, ops)
    while waiting := parts.due(ws, row.id):
        for part in waiting:
            parts.run_part(ws, part)
    row = backtest.backtest_of(row.id)
    assert row.state == "failed"
    assert "请重新回测" in row.error
