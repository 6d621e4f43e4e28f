"""A kind made at run time leaves by every exit that bundled kinds have: timeline, import, why, trials, backtests, merge."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clew.core import backtest
from clew.core.backtest import parts
from clew.core.errors import Forbidden
from clew.core.intake import duplicates
from clew.core.intake import take as intake
from clew.core.intake.importing.importer import import_origin, run_plan
from clew.core.intake.importing.mapping import guess_mapping, source_for
from clew.core.intake.importing.plan import make_plan
from clew.core.intake.importing.tables import read_table
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import Contact, Lead, RuleRecord, Task, User
from clew.core.rulebook.trial import trial
from clew.core.running import drain
from clew.core.storage.system_tables import BacktestDifference, JournalLine
from clew.core.timeline.describer import Describer
from clew.core.timeline.rule_versions import Versions
from clew.core.timeline.viewer import Viewer
from clew.core.why.chain import why
from clew.core.why.whynot import why_not
from clew.core.workspace import Workspace

from .test_made_at_run_time import as_, owner_of, publish, rule

DEAR = rule(
    "visit.created",
    {"field": "visit.cost", "op": ">=", "value": 1000},
    [
        {"create_task": {"title": "写拜访报告", "assignee": "owner"}},
        {"set_field": {"field": "visit.result", "value": "good"}},
    ],
    "dear-visit",
)


def lines_of(record: Any) -> list[JournalLine]:
    return list(JournalLine.select().where(JournalLine.record_id == record.id).order_by(JournalLine.seq))


def test_its_lines_stand_in_words_on_the_customers_timeline(any_workspace: Workspace, lead: Lead) -> None:
    ws, seller = any_workspace, owner_of(lead)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州"}, as_(seller)).record
    ws.door.change("visit", visit.id, {"cost": 80, "place": "昆山"}, as_(seller))
    ws.door.change("visit", visit.id, {"stage": "held", "result": "good"}, as_(seller))
    describer = Describer(Viewer(ws, Actor.of(seller)), Versions())
    lines = lines_of(visit)
    assert {line.customer_id for line in lines} == {lead.customer_id}
    headlines = [describer.headline(line, True) for line in lines]
    assert [one.zh for one in headlines] == ["新建拜访「苏州」", "修改拜访", "拜访进入阶段「已完成」"]
    assert [one.en for one in headlines] == ["Visit created: “苏州”", "Visit changed", "Visit moved to Held"]
    changed = {label.zh: (was.zh, now.zh) for label, was, now in describer.changes(lines[1], True)}
    assert changed["地点"] == ("苏州", "昆山")
    assert changed["费用"][0] == "—"
    assert "80" in changed["费用"][1]
    assert ("结果", "—", "有意向") in [(a.zh, b.zh, c.zh) for a, b, c in describer.changes(lines[2], True)]


def test_files_of_it_are_imported_once_each_row_under_what_it_belongs_to(
    any_workspace: Workspace, lead: Lead, tmp_path: Path
) -> None:
    ws = any_workspace
    path = tmp_path / "samples.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["客户", "型号", "数量", "备注"])
        rows.writerow(["恒锐精密", "M5", "1,200", "不认识的列"])
        rows.writerow(["没有这家", "M6", "3", ""])
        rows.writerow(["恒锐精密", "", "3", ""])
        rows.writerow(["恒锐精密", "M7", "许多", ""])
    table = read_table(path)
    mapping, unknown = guess_mapping(ws, table, "sample")
    assert unknown == ("备注",)
    files = [(table, source_for(mapping, table))]
    plan = make_plan(ws, files)
    said = [one.why.en for one in plan.refused]
    assert [(one.row.line, words) for one, words in zip(plan.refused, said, strict=True)] == [
        (3, "no Customer with the name or id '没有这家'"),
        (4, "“Model” is needed"),
        (5, "“Quantity” '许多' is not a number"),
    ]
    assert run_plan(plan, import_origin("test", str(path))).created == 1
    sample = ws.kinds["sample"].model.get()
    assert (sample.customer_id, sample.model, sample.quantity) == (lead.customer_id, "M5", 1200)
    again = make_plan(ws, files)
    assert (again.known, len(again.pending)) == (1, 0)
    assert lines_of(sample)[0].channel == "import"


def test_its_rules_are_explained_whether_they_fired_or_not(any_workspace: Workspace, made: Any, lead: Lead) -> None:
    ws, seller = any_workspace, owner_of(lead)
    publish(ws, DEAR)
    dear, cheap = (
        ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": cost}, as_(seller)).record
        for cost in (1500, 100)
    )
    drain(ws)
    task = Task.get(Task.about_id == dear.id)
    for found in (why(ws, "visit", dear.id, Actor.of(seller), "result"), why(ws, "task", task.id, Actor.of(seller))):
        assert "dear-visit" in str(found.to_dict("en"))
    fired, silent = (why_not(ws, "dear-visit", Actor.of(seller), one.id, kind="visit") for one in (dear, cheap))
    assert fired.to_dict("en")["verdict"] != silent.to_dict("en")["verdict"]
    assert "1,000" in str(silent.to_dict("en")) or "1000" in str(silent.to_dict("en"))
    stranger = next(one for one in made.sellers["华南部"] if one.id != seller.id)
    for ask in (
        lambda: why(ws, "visit", dear.id, Actor.of(stranger)),
        lambda: why_not(ws, "dear-visit", Actor.of(stranger), cheap.id, kind="visit"),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_drafts_for_it_are_tried_on_real_records_and_on_the_past(any_workspace: Workspace, lead: Lead) -> None:
    ws, seller = any_workspace, owner_of(lead)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": 100}, as_(seller)).record
    drain(ws)
    assert not trial(ws, DEAR, visit.id, kind="visit").fired
    before = ws.clock.now()
    ws.clock.advance(hours=2)  # type: ignore[attr-defined]
    ws.door.change("visit", visit.id, {"cost": 2000}, as_(seller))
    assert trial(ws, DEAR, visit.id, kind="visit").fired
    assert not trial(ws, DEAR, visit.id, kind="visit", at=before).fired


def test_drafts_for_it_are_tested_on_last_months_events(any_workspace: Workspace, lead: Lead) -> None:
    ws, seller = any_workspace, owner_of(lead)
    publish(ws, DEAR)
    for cost in (100, 600, 1500):
        ws.clock.advance(minutes=5)  # type: ignore[attr-defined]
        ws.door.create("visit", {"lead_id": lead.id, "place": f"{cost} 号", "cost": cost}, as_(seller))
        drain(ws)
    ws.clock.advance(days=1)  # type: ignore[attr-defined]
    stored = RuleRecord.get(RuleRecord.code == "dear-visit").document
    when = {"field": "visit.cost", "op": ">=", "value": 500}
    draft = {**stored, "version": 2, "when": when}
    since = ws.clock.now() - timedelta(days=2)
    row = backtest.start(ws, [draft], since=since, origin=SYSTEM)
    # Here, not in processes of their own: those know only plugins that are installed.
    while ids := parts.due(ws, row.id):
        for one in ids:
            parts.run_part(ws, one)
    row = backtest.backtest_of(row.id)
    assert row.state == "done", row.error
    found = BacktestDifference.select().where(BacktestDifference.backtest_id == row.id)
    model = ws.kinds["visit"].model
    visit = model.get(model.place == "600 号")
    assert {(one.kind, one.change, one.rule, one.record_kind, one.record_id, one.after) for one in found} == {
        ("task", "added", "dear-visit", "visit", visit.id, "写拜访报告"),
        ("field", "added", "dear-visit", "visit", visit.id, "good"),
    }
    assert {one.title for one in found} == {"600 号"}
    stranger = next(one for one in User.select() if one.roles == ["sales"] and one.team_id != lead.team_id)
    for who, sees in ((seller, True), (stranger, False)):
        assert (backtest.differences_of(ws, Actor.of(who), row).count() == 2) is sees


def test_it_moves_along_when_customers_are_merged(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    other = intake.take(ws, {"company": "恒锐精密（苏州）", "phone": "13912345678"}, SYSTEM).lead
    drain(ws)
    sample = ws.door.create("sample", {"customer_id": other.customer_id, "model": "M5"}, SYSTEM).record
    visit = ws.door.create("visit", {"lead_id": other.id, "place": "苏州"}, SYSTEM).record
    with ws.door.transaction(SYSTEM) as tx:
        duplicates.merge(tx, other.customer_id, lead.customer_id)
    for name, record in (("sample", sample), ("visit", visit)):
        assert ws.kinds[name].model.get_by_id(record.id).customer_id == lead.customer_id, name
    assert Contact.select().where(Contact.customer_id == other.customer_id).count() == 0
