"""With no further line, a kind made at run time has what every kind has."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.access import policy
from clew.core.errors import Forbidden, Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Deadline, Lead, Task
from clew.core.running import drain, run_until
from clew.core.storage.database import database, is_sqlite
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace


def as_(user: Any) -> Origin:
    return Origin(Actor.of(user), "console")


def owner_of(lead: Lead) -> Any:
    return type(lead).owner.rel_model.get_by_id(lead.owner_id)


def test_the_door_checks_names_types_required_fields_and_the_process(any_workspace: Workspace, lead: Lead) -> None:
    ws, seller = any_workspace, as_(owner_of(lead))
    with pytest.raises(Invalid, match="Place"):
        ws.door.create("visit", {"lead_id": lead.id}, seller)
    with pytest.raises(Invalid, match="did you mean 'place'"):
        ws.door.create("visit", {"lead_id": lead.id, "plase": "苏州"}, seller)
    with pytest.raises(Invalid, match="amount"):
        ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": "dear"}, seller)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": "1,200.50"}, seller).record
    assert (visit.customer_id, visit.owner_id, visit.stage) == (lead.customer_id, lead.owner_id, "planned")
    assert (visit.place, visit.cost) == ("苏州", "1200.50")
    with pytest.raises(Invalid, match="fill in “Result” before Held"):
        ws.door.change("visit", visit.id, {"stage": "held"}, seller)
    held = ws.door.change("visit", visit.id, {"stage": "held", "result": "有意向"}, seller)
    assert (held.stage, held.result, held.revision) == ("held", "good", 2)
    with pytest.raises(Invalid, match="can't go from Held"):
        ws.door.change("visit", visit.id, {"stage": "planned"}, seller)


def test_rows_are_seen_and_written_by_those_who_see_what_they_belong_to(
    any_workspace: Workspace, made: Any, lead: Lead
) -> None:
    ws = any_workspace
    owner = owner_of(lead)
    stranger = next(one for one in made.sellers["华南部"] if one.id != owner.id)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州"}, as_(owner)).record
    for user, sees in ((owner, True), (stranger, False), (made.user("ops"), True), (made.managers["华南部"], False)):
        assert policy.sees(ws.kinds, Actor.of(user), "visit", visit.id) is sees, user.name
    with pytest.raises(Forbidden):
        ws.door.change("visit", visit.id, {"place": "上海"}, as_(stranger))
    with pytest.raises(Forbidden):
        ws.door.create("visit", {"lead_id": lead.id, "place": "上海"}, as_(stranger))


def test_the_database_filters_and_sorts_what_is_kept_as_data_by_index(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    for quantity in (5, 30, 200):
        ws.door.create(
            "sample", {"customer_id": lead.customer_id, "model": f"M{quantity}", "quantity": quantity}, SYSTEM
        )
    sample = ws.kinds["sample"].model
    found = sample.select().where(sample.quantity > 20).order_by(sample.quantity.desc())
    assert [one.quantity for one in found] == [200, 30]
    assert sample.get(sample.model == "M5").quantity == 5
    assert ws.kinds["visit"].model.select().count() == 0
    sql, values = sample.select().where(sample.model == "M5").sql()
    if is_sqlite():
        plan = "\n".join(str(row) for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values))
        assert "ix_data_record_sample_model" in plan
    else:
        names = {row[0] for row in database.execute_sql("SELECT indexname FROM pg_indexes").fetchall()}
        assert {"ix_data_record_sample_model", "ix_data_record_visit_place"} <= names


def rule(event: str, when: Any, then: list[Any], name: str = "own") -> dict[str, Any]:
    return {
        "id": name,
        "title": {"zh": "自定", "en": "Own"},
        "purpose": {"zh": "试", "en": "Try"},
        "trigger": event,
        "when": when,
        "then": then,
    }


def publish(ws: Workspace, document: dict[str, Any]) -> None:
    ws.door.create("rule", {"code": document["id"], "pack": "own", "version": 1, "document": document}, SYSTEM)


def test_rules_hear_of_it_with_its_facts_collections_deadlines_tasks_and_fields(
    any_workspace: Workspace, lead: Lead
) -> None:
    ws = any_workspace
    publish(
        ws,
        rule(
            "visit.created",
            {
                "all": [
                    {"field": "visit.cost", "op": ">=", "value": 1000},
                    {"field": "lead.industry", "op": "==", "value": "精密加工"},
                    {"field": "owner.open_leads", "op": ">=", "value": 1},
                ]
            },
            [
                {"start_deadline": {"name": "report", "working_minutes": 60}},
                {"create_task": {"title": "写拜访报告：{visit.place}", "assignee": "owner"}},
                {"set_field": {"field": "visit.result", "value": "none"}},
                {"lock": {"reason": "等报告"}},
            ],
        ),
    )
    publish(
        ws,
        rule(
            "deadline.missed",
            {"field": "deadline.name", "op": "==", "value": "report"},
            [{"escalate": {"to": "owner_manager", "message": "{visit.place} 的报告没交"}}],
            "late",
        ),
    )
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": 1500}, as_(owner_of(lead))).record
    drain(ws)
    visit = ws.kinds["visit"].model.get_by_id(visit.id)
    assert (visit.result, visit.locked, visit.lock_rule) == ("none", True, "own")
    deadline = Deadline.get(Deadline.about_id == visit.id)
    assert (deadline.about_kind, deadline.lead_id, deadline.customer_id) == ("visit", lead.id, lead.customer_id)
    task = Task.get(Task.about_id == visit.id)
    assert (task.title, task.assignee_id, task.about_kind) == ("写拜访报告：苏州", lead.owner_id, "visit")
    run_until(ws, deadline.due_at)
    told = JournalLine.get((JournalLine.kind == "notification.created") & (JournalLine.cause_rule == "late"))
    assert told.after["title"] == "苏州 的报告没交"
    assert told.after["about_id"] == visit.id


def test_rules_match_against_the_records_of_it(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    document = rule("lead.changed", {"field": "lead.outcome", "op": "==", "value": "open"}, [])
    document["match"] = [{"as": "v", "of": "visits", "where": {"field": "v.cost", "op": ">", "value": 100}}]
    document["then"] = [{"set_field": {"field": "lead.quality", "value": "已拜访"}}]
    publish(ws, document)
    ws.door.change("lead", lead.id, {"note": "还没去"}, SYSTEM)
    drain(ws)
    assert Lead.get_by_id(lead.id).quality != "已拜访"
    ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": 500}, SYSTEM)
    ws.door.change("lead", lead.id, {"note": "去过了"}, SYSTEM)
    drain(ws)
    assert Lead.get_by_id(lead.id).quality == "已拜访"
