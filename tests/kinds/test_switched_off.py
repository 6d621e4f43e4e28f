"""A kind of record is switched off for a while: what waits for it is kept, and nothing passes over it in silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from clew.core.company.switches import switch_plugin
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import FieldDefinition, KindDefinition, Lead, Task
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.undo import undo
from clew.core.rulebook.undo_plan import undo_preview
from clew.core.rulebook.versions import new_draft, submit
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch
from clew.core.workspace import Workspace

from .test_exits import DEAR, as_, owner_of, publish


def _states(ws: Workspace) -> set[tuple[str, str]]:
    rows = Dispatch.select().where(Dispatch.record_kind.in_(("visit", "sample")) & (Dispatch.consumer == "rules"))
    return {(row.record_kind, row.state) for row in rows}


def test_events_wait_and_are_decided_when_it_is_on_again(any_workspace: Workspace, made: Any, lead: Lead) -> None:
    ws, ops = any_workspace, Origin(Actor.of(made.user("ops")), "console")
    publish(ws, DEAR)
    ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": 2000}, as_(owner_of(lead)))
    switch_plugin(ws, "visits", False, SYSTEM)
    drain(ws)
    assert _states(ws) == {("visit", "held")}
    switch_plugin(ws, "visits", True, SYSTEM)
    drain(ws)
    assert _states(ws) == {("visit", "done")}
    assert Task.select().where(Task.about_kind == "visit").count() == 1
    # The same for a kind that operations make.
    publish(
        ws,
        {
            **DEAR,
            "id": "sampled",
            "trigger": "sample.created",
            "when": {"field": "sample.quantity", "op": ">=", "value": 2},
            "then": [{"notify": {"to": "role:ops", "title": "样品", "body": ""}}],
        },
    )
    ws.door.create("sample", {"customer_id": lead.customer_id, "model": "A", "quantity": 3}, ops)
    sample = KindDefinition.get(KindDefinition.name == "sample")
    ws.door.change("kind_definition", sample.id, {"active": False}, ops)
    drain(ws)
    assert ("sample", "held") in _states(ws)
    ws.door.change("kind_definition", sample.id, {"active": True}, ops)
    drain(ws)
    assert _states(ws) == {("visit", "done"), ("sample", "done")}


def test_an_undo_says_what_it_can_not_reach(any_workspace: Workspace, made: Any, lead: Lead) -> None:
    ws, ops = any_workspace, Origin(Actor.of(made.user("ops")), "console")
    draft = new_draft(ws, {**DEAR, "then": [{"set_field": {"field": "visit.result", "value": "good"}}]}, ops)
    approve(ws, submit(ws, draft.id, "", ops).id, Origin(Actor.of(made.user("manager")), "console"))
    begun, end = ws.clock.now(), ws.clock.now() + timedelta(hours=1)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": 2000}, as_(owner_of(lead))).record
    drain(ws)
    assert [(one.label.zh, one.safe) for one in undo_preview(ws, "dear-visit", 1, begun, end).items] == [
        ("拜访「苏州」的结果", True)
    ]
    field = FieldDefinition.get((FieldDefinition.kind == "visit") & (FieldDefinition.name == "result"))
    ws.door.change("field_definition", field.id, {"active": False}, ops)
    (item,) = undo_preview(ws, "dear-visit", 1, begun, end).items
    assert (item.safe, item.reason.en) == (False, "the field result was retired: put it in force to undo this")
    switch_plugin(ws, "visits", False, SYSTEM)
    plan = undo_preview(ws, "dear-visit", 1, begun, end)
    (item,) = plan.items
    assert (item.record_id, item.safe, item.label.zh) == (visit.id, False, f"拜访「{visit.id[-6:]}」")
    assert "停用" in item.reason.zh
    done = undo(ws, plan, ops)
    assert (done.undone, [kept.record_id for kept, _ in done.kept]) == (0, [visit.id])
