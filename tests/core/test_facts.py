"""The facts of an event: exact, joined with what belongs to the lead, and only as many as will be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from clew.core.facts.facts import facts_of_line
from clew.core.facts.related import MOST
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.running import drain
from clew.core.storage.database import database
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace


@pytest.fixture
def firm(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Any:
    return found(any_workspace)


def lead_in(ws: Workspace, **values: Any) -> Lead:
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678", **values}, SYSTEM).lead
    drain(ws)
    return Lead.get_by_id(lead.id)


def facts(ws: Workspace, kind: str = "lead.created", reads: frozenset[str] | None = None) -> dict[str, Any]:
    line = JournalLine.select().where(JournalLine.kind == kind).order_by(JournalLine.seq.desc()).first()
    found = facts_of_line(ws.setting, line, ws.clock.now())
    return {name: found.get(name) for name in (found if reads is None else reads)}


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that passes to the database while the block runs."""
    seen: list[str] = []
    original = type(database.obj).execute_sql

    def execute(self: Any, sql: str, params: Any = None) -> Any:
        seen.append(sql)
        return original(self, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(type(database.obj), "execute_sql", execute)
        yield seen


def test_amounts_stay_exact_those_of_added_fields_too(any_workspace: Workspace, firm: Any) -> None:
    ws = any_workspace
    field = {"kind": "lead", "name": "deposit", "label_zh": "定金", "label_en": "Deposit", "type": "money"}
    ws.door.create("field_definition", {**field, "options": []}, SYSTEM)
    lead_in(ws, budget="860000.01", deposit="0.10")
    found = facts(ws)
    assert found["lead.budget"] == Decimal("860000.01")
    assert found["lead.extra.deposit"] == Decimal("0.10")


def test_the_owner_brings_team_and_manager(any_workspace: Workspace, firm: Any) -> None:
    lead = lead_in(any_workspace)
    found = facts(any_workspace)
    assert found["owner.team"] == found["lead.team"] == lead.team.name
    assert found["owner.manager"] == firm.managers[lead.team.name].name
    assert found["owner.open_leads"] == 1


def test_time_is_counted_in_working_minutes(any_workspace: Workspace, firm: Any) -> None:
    """It is Tuesday, 09:00; people work 09:00-12:00 and 13:30-18:00."""
    ws = any_workspace
    lead = lead_in(ws)
    assert (facts(ws)["lead.in_working_time"], facts(ws)["lead.waiting_working_minutes"]) == (True, 0)
    ws.clock.advance(hours=10)  # type: ignore[attr-defined]
    found = facts(ws)
    assert found["lead.in_working_time"] is False
    assert found["lead.waiting_working_minutes"] == found["lead.working_minutes_since_assigned"] == 450
    assert (found["lead.stage_working_hours"], found["lead.age_hours"]) == (7.5, 10)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM)
    assert "lead.waiting_working_minutes" not in facts(ws), "nobody waits for an answer any more"


def test_a_deadline_is_overdue_from_the_moment_it_is_due(any_workspace: Workspace, firm: Any) -> None:
    ws = any_workspace
    lead_in(ws)
    found = facts(ws, "deadline.created")
    assert (found["deadline.state"], found["deadline.overdue"]) == ("open", False)
    assert isinstance(found["deadline.due_at"], datetime)
    ws.clock.set(found["deadline.due_at"])  # type: ignore[attr-defined]
    assert facts(ws, "deadline.created")["deadline.overdue"] is True


def test_related_records_come_as_rows_the_newest_first_and_never_endlessly(any_workspace: Workspace, firm: Any) -> None:
    ws = any_workspace
    first = lead_in(ws)
    lead = lead_in(ws)
    with ws.door.transaction(SYSTEM) as tx:
        for number in range(MOST + 5):
            values = {"number": f"HT-{number:03}", "amount": f"{number}.50", "customer_id": lead.customer_id}
            tx.create("contract", values)
    found = facts(ws)
    assert len(found["contracts"]) == MOST
    newest = found["contracts"][0]
    assert (newest["number"], newest["amount"]) == (f"HT-{MOST + 4:03}", Decimal(f"{MOST + 4}.50"))
    assert [row["id"] for row in found["leads"]] == [first.id], "the lead itself is none of the others"
    assert [row["name"] for row in found["deadlines"]] == ["first_response"]
    sellers = found["sellers"]
    assert len(sellers) == sum(len(some) for some in firm.sellers.values())
    assert [row["open_leads"] for row in sellers] == sorted(row["open_leads"] for row in sellers)


def test_only_what_is_read_is_asked_for(any_workspace: Workspace, firm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lead_in(any_workspace)
    whole = facts(any_workspace)
    for reads, tables in (
        (frozenset({"lead.budget", "event.kind"}), {"lead"}),
        (frozenset({"customer.grade"}), {"lead", "customer"}),
        (frozenset({"contracts", "lead.budget"}), {"lead", "contract"}),
    ):
        with statements(monkeypatch) as seen:
            found = facts(any_workspace, reads=reads)
        asked = {
            table
            for sql in seen[1:]
            for table in ("lead", "customer", "contract", "users", "team")
            if f'FROM "{table}"' in sql
        }
        assert asked == tables
        assert {name: found.get(name) for name in reads} == {name: whole.get(name) for name in reads}


def test_a_rule_with_conditions_on_related_records_decides_live(any_workspace: Workspace, firm: Any) -> None:
    ws = any_workspace
    words = {"zh": "老客户", "en": "Known customer"}
    rule = {
        "id": "known-customer",
        "title": words,
        "purpose": words,
        "trigger": "lead.created",
        "match": [{"as": "c", "of": "contracts", "where": {"field": "c.amount", "op": ">=", "value": 100000}}],
        "then": [{"create_task": {"title": "老客户 {c.number} 又来了", "assignee": "owner"}}],
    }
    ws.door.create("rule", {"code": "known-customer", "pack": "custom", "version": 1, "document": rule}, SYSTEM)
    lead = lead_in(ws)
    for number, amount in (("HT-小", "1"), ("HT-大", "200000.50")):
        ws.door.create("contract", {"number": number, "amount": amount, "customer_id": lead.customer_id}, SYSTEM)
    ws.clock.advance(minutes=1)  # type: ignore[attr-defined]
    again = lead_in(ws)
    assert "老客户 HT-大 又来了" in [task.title for task in again.tasks]
