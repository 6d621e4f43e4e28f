"""The world as it was: rebuilt from the journal alone, it gives every rule the very facts it saw then."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from clew.core.demo import company as demo
from clew.core.demo.story import Story
from clew.core.errors import NotFound
from clew.core.facts.facts import facts_of_line
from clew.core.intake import duplicates
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead
from clew.core.replay.history import evaluation_point, historical_state
from clew.core.rulebook.trial import plain_facts
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch, Firing, JournalLine
from clew.core.workspace import Workspace

COLLECTIONS = ("contracts", "leads", "follow_ups", "tasks", "deadlines", "sellers")


def told(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as rules read them: what is empty is missing."""
    return {name: None if value in ("", []) else value for name, value in plain_facts(facts).items()}


@pytest.mark.slow
def test_every_firing_of_two_lived_weeks_saw_what_the_journal_tells_today(any_workspace: Workspace) -> None:
    ws = any_workspace
    demo.found(ws)
    Story(ws, leads=24).play(ws.clock.now() + timedelta(days=14))
    fired = list(Firing.select().order_by(Firing.id))
    assert len({row.rule for row in fired}) > 5
    for row in fired:
        seen = {name: value for name, value in row.facts.items() if not name.startswith("derived.")}
        past = historical_state(ws.configuration, evaluation_point(row.seq), seen)
        assert told(past.facts(seen)) == told(seen), (row.rule, row.seq)
        assert past.point.at == row.at
        assert not past.gaps
    # A rule may ask for more than these: at the journal's end the past is the present, whole.
    for kind in ("lead.assigned", "follow_up.created", "contract.created", "deadline.missed", "task.changed"):
        line = JournalLine.select().where(JournalLine.kind == kind).order_by(JournalLine.seq.desc()).first()
        live = dict(facts_of_line(ws.setting, line, ws.clock.now()))
        assert set(COLLECTIONS) <= set(live)
        now = historical_state(ws.configuration, _present(ws, line), live)
        assert told(now.facts(live)) == told(live), kind


def _present(ws: Workspace, line: JournalLine) -> Any:
    last = JournalLine.select().order_by(JournalLine.seq.desc()).first().seq
    return type(evaluation_point(line.seq))(line, ws.clock.now(), last, "decided")


def test_counts_are_those_of_then(workspace: Workspace, company: Any) -> None:
    ws, leads = workspace, []
    for number in range(4):
        values = {"company": f"上海第{number}精密机械有限公司", "phone": f"1380000000{number}", "region": "上海"}
        leads.append(intake.take(ws, {**values, "industry": "精密加工"}, SYSTEM).lead)
        drain(ws)
    first = Lead.get_by_id(leads[0].id)
    for lead in leads:
        ws.door.change("lead", lead.id, {"owner_id": first.owner_id}, SYSTEM)
    ws.door.change("lead", leads[1].id, {"outcome": "lost", "lost_reason": "预算取消"}, SYSTEM)
    drain(ws)
    counts = []
    for lead in leads:
        line = JournalLine.get((JournalLine.record_id == lead.id) & (JournalLine.kind == "lead.assigned"))
        counts.append(
            historical_state(ws.configuration, evaluation_point(line.seq), ["owner.open_leads"]).facts(
                ["owner.open_leads"]
            )
        )
    assert [one["owner.open_leads"] for one in counts] == [1, 1, 2, 2]  # two sellers took turns
    last = JournalLine.select().where(JournalLine.kind == "lead.outcome_changed").get()
    assert historical_state(ws.configuration, evaluation_point(last.seq), ["owner.open_leads"]).facts(
        ["owner.open_leads"]
    ) == {"owner.open_leads": 3}


def test_holidays_are_those_of_then(workspace: Workspace, company: Any) -> None:
    ws = workspace
    lead = intake.take(ws, {"company": "上海恒锐有限公司", "phone": "13800000001"}, SYSTEM).lead
    drain(ws)
    before = _newest("lead.created")
    ws.door.create("calendar_day", {"day": date(2026, 11, 24), "working": False, "name": "停电"}, SYSTEM)
    ws.door.change("lead", lead.id, {"budget": 5}, SYSTEM)
    drain(ws)
    asked = ["lead.in_working_time"]
    assert historical_state(ws.configuration, evaluation_point(before), asked).facts(asked) == {
        "lead.in_working_time": True
    }
    assert historical_state(ws.configuration, evaluation_point(_newest("lead.changed")), asked).facts(asked) == {
        "lead.in_working_time": False
    }


def _newest(kind: str) -> int:
    return JournalLine.select().where(JournalLine.kind == kind).order_by(JournalLine.seq.desc()).first().seq


def test_a_merged_customer_keeps_its_leads_past(workspace: Workspace, company: Any) -> None:
    ws = workspace
    ops = Origin(Actor.of(company.user("ops")), "console")
    old = intake.take(ws, {"company": "上海云织有限公司", "phone": "13800000001", "industry": "纺织"}, SYSTEM)
    new = intake.take(ws, {"company": "云织上海公司", "phone": "13800000002"}, SYSTEM)
    drain(ws)
    line = JournalLine.get((JournalLine.record_id == new.lead.id) & (JournalLine.kind == "lead.created")).seq
    with ws.door.transaction(ops) as tx:
        duplicates.merge(tx, new.customer.id, old.customer.id)
    drain(ws)
    names = ["customer.name", "customer.industry", "lead.company"]
    then = historical_state(ws.configuration, evaluation_point(line), names).facts(names)
    assert then["customer.name"] == "云织上海公司"
    assert then["customer.industry"] in (None, "")
    moved = JournalLine.select().where(JournalLine.record_id == new.lead.id).order_by(JournalLine.seq.desc()).first()
    assert (
        historical_state(ws.configuration, evaluation_point(moved.seq), names).facts(names)["customer.name"]
        == "上海云织有限公司"
    )


def test_an_event_not_decided_yet_says_so(workspace: Workspace, company: Any) -> None:
    lead = intake.take(workspace, {"company": "上海恒锐有限公司", "phone": "13800000001"}, SYSTEM).lead
    seq = JournalLine.get((JournalLine.record_id == lead.id) & (JournalLine.kind == "lead.created")).seq
    assert evaluation_point(seq).state == "waiting"
    drain(workspace)
    assert evaluation_point(seq).state == "decided"
    Dispatch.update(state="dead").where(Dispatch.seq == seq).execute()
    assert evaluation_point(seq).state == "dead"
    person = JournalLine.select().where(JournalLine.kind == "user.created").first()
    assert evaluation_point(person.seq).state == "unheard"
    with pytest.raises(NotFound):
        evaluation_point(10**9)


def test_what_the_journal_does_not_hold_is_named(workspace: Workspace, company: Any) -> None:
    ws = workspace
    lead = intake.take(ws, {"company": "上海恒锐有限公司", "phone": "13800000001"}, SYSTEM).lead
    drain(ws)
    # An older installation's journal may begin after a record did: such a line is all there is of it.
    ghost = Lead.get_by_id(lead.id)
    ghost.id = "01NOTHINGBEGANTHISRECORD00"
    with ws.door.transaction(SYSTEM) as tx:
        tx.touch("lead", ghost)
    past = historical_state(
        ws.configuration,
        evaluation_point(JournalLine.select().order_by(JournalLine.seq.desc()).first().seq),
        ["lead.budget"],
    )
    assert past.gaps == [f"lead {ghost.id}"]
    assert past.record is None
