"""Backtests: weeks at a company lived again in memory: the same under the same rules, otherwise under others."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clew.core import backtest
from clew.core.company.switches import switch_plugin
from clew.core.demo import company as yuanchuan
from clew.core.demo.story import Story
from clew.core.errors import Conflict, Invalid
from clew.core.facts.facts import Setting, facts_of_line
from clew.core.journal.lines import plain
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Deadline, Lead, Notification, RuleRecord, Task
from clew.core.opening import open_workspace
from clew.core.replay import lines
from clew.core.replay.history import calendars_of
from clew.core.replay.memory import InMemoryStore, kept_kinds
from clew.core.replay.state import state_before
from clew.core.running import run_until
from clew.core.settings import Settings
from clew.core.storage.database import database
from clew.core.storage.system_tables import Backtest, BacktestDifference, BacktestPart, Firing, JournalLine
from clew.core.time.clock import SimulatedClock
from clew.core.workspace import Workspace
from clew.rules.language.dumping import dump_document

DAYS = 15
_SKIPPED_TABLES = ("backtest", "sqlite_")


@pytest.fixture(scope="module")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks of the demo's story, with its people, rules and a trade's plugin, lived once."""
    path = tmp_path_factory.mktemp("weeks") / "weeks.sqlite3"
    start = SimulatedClock(lines.moment_of("2026-10-26T01:00:00+00:00"))
    ws = open_workspace(settings=Settings(f"sqlite:///{path}"), clock=start, migrate=True)
    yuanchuan.found(ws)
    switch_plugin(ws, "car_dealer", True, SYSTEM)
    Story(ws, 60, staged=False).play(start.now() + timedelta(days=DAYS))
    ws.close()
    return path


@pytest.fixture
def weeks(_lived: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of them; the clock stands at their end."""
    shutil.copytree(_lived.parent, tmp_path, dirs_exist_ok=True)  # With the files of its documents.
    settings = Settings(f"sqlite:///{tmp_path / 'weeks.sqlite3'}")
    clock = SimulatedClock(lines.moment_of("2026-10-26T01:00:00+00:00") + timedelta(days=DAYS))
    ws = open_workspace(settings=settings, clock=clock)
    yield ws
    ws.close()


def _changed(code: str, **parts: Any) -> dict[str, Any]:
    document: dict[str, Any] = RuleRecord.get(RuleRecord.code == code).document
    return {**document, "version": document.get("version", 1) + 1, "tests": [], **parts}


def _run(ws: Workspace, *documents: dict[str, Any], days: float = DAYS - 0.5) -> Backtest:
    since = ws.clock.now() - timedelta(days=days)
    return backtest.run(ws, backtest.start(ws, documents, since=since, origin=SYSTEM).id)


def _differences(row: Backtest, **having: Any) -> list[BacktestDifference]:
    query = BacktestDifference.select().where(BacktestDifference.backtest_id == row.id)
    for name, value in having.items():
        query = query.where(getattr(BacktestDifference, name) == value)
    return list(query.order_by(BacktestDifference.id))


def _fingerprints() -> dict[str, str]:
    """A hash over each table but the backtests' own: whoever writes anything changes one."""
    found = {}
    for table in sorted(database.get_tables()):
        if not table.startswith(_SKIPPED_TABLES):
            rows = sorted(map(str, database.execute_sql(f'SELECT * FROM "{table}"').fetchall()))
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_no_task_is_left_open_on_a_lead_that_is_closed(weeks: Workspace) -> None:
    on_closed = Task.select().join(Lead).where(Lead.outcome != "open")
    assert on_closed.where(Task.state == "open").count() == 0
    assert on_closed.where(Task.closed_because == "record_ended").exists()


def test_the_rules_that_ran_bring_forth_what_really_happened(weeks: Workspace) -> None:
    since = weeks.clock.now() - timedelta(days=DAYS - 0.5)
    row = _run(weeks)

    assert row.state == "done"
    # One rule was published anew on the way: before that moment its messages said less, and nothing else differs.
    own = (JournalLine.record_kind == "rule") & (JournalLine.kind == "rule.changed")
    published = JournalLine.select().where(own).order_by(JournalLine.seq.desc()).get().at
    for one in _differences(row):
        assert (one.kind, one.change, one.rule) == ("message", "changed", "first-response-escalate")
        assert one.at < published
    figures = row.result["figures"]
    by_rule = JournalLine.select().where((JournalLine.at >= since) & (JournalLine.cause_rule != ""))
    for name, kind in (
        ("tasks", "task.created"),
        ("messages", "notification.created"),
        ("escalations", "lead.escalated"),
    ):
        happened = by_rule.where(JournalLine.kind == kind).count()
        assert figures[name] == [happened, happened], name
        assert happened, f"the weeks had no {kind}"
    for one in row.result["rules"]:
        really, again = one["fired"]
        assert really == again, one["rule"]
        assert really == Firing.select().where((Firing.rule == one["rule"]) & (Firing.at >= since)).count()
    assert row.result["runs"]["candidate"]["skipped"] == 0
    assert row.result["runs"]["candidate"]["failed"] == {}


def test_a_period_in_the_middle_starts_from_what_the_journal_says(weeks: Workspace) -> None:
    row = _run(weeks, days=6)  # The rules were the same from here on.
    assert _differences(row) == []
    assert row.result["figures"]["tasks"][1] > 0


def test_every_fact_is_what_the_live_path_reads(weeks: Workspace) -> None:
    store = InMemoryStore(weeks.kinds)
    for line in lines.read(1, 10**9, kept_kinds(weeks.kinds)):
        store.apply(line)
    setting = Setting(weeks.kinds, calendars_of(store, weeks.calendar), store)
    now = weeks.clock.now()
    seen = set()
    for line in lines.read(1, 10**9):
        if line.record_kind not in ("lead", "follow_up", "task", "contract", "deadline") or not line.revision:
            continue
        seen.add(line.record_kind)
        live = dict(facts_of_line(weeks.setting, JournalLine.get_by_id(line.seq), weeks.clock.now()))
        mine = facts_of_line(setting, line, now)
        for name, value in live.items():
            assert _comparable(mine.get(name)) == _comparable(value), (line.kind, name)
    assert seen == {"lead", "follow_up", "task", "contract", "deadline"}


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [{k: _comparable(v) for k, v in one.items()} if isinstance(one, dict) else one for one in value]
    if value in ("", None, []):
        return None
    shown = plain(value)
    try:
        return float(shown) if not isinstance(value, bool) else value
    except (TypeError, ValueError):
        return shown


def test_nothing_outside_is_touched(weeks: Workspace) -> None:
    class Loud:
        name = "loud"

        def send(self, message: Any) -> None:
            raise AssertionError("a backtest sent a message")

    weeks.channels.register(Loud())
    before = _fingerprints()
    row = _run(
        weeks,
        _changed("first-response-start", then=[{"start_deadline": {"name": "first_response", "working_minutes": 5}}]),
    )
    assert row.result["figures"]["messages"][1] > row.result["figures"]["messages"][0]
    assert _fingerprints() == before
    assert before["journal"]


def test_a_shorter_deadline_escalates_more_and_says_where_and_why(weeks: Workspace) -> None:
    draft = _changed(
        "first-response-start", then=[{"start_deadline": {"name": "first_response", "working_minutes": 5}}]
    )
    row = _run(weeks, draft)

    before, after = row.result["figures"]["escalations"]
    happened = JournalLine.select().where((JournalLine.kind == "lead.escalated") & (JournalLine.at >= row.since))
    assert before == happened.count()
    added = _differences(row, kind="escalation", change="added")
    removed = _differences(row, kind="escalation", change="removed")
    assert len(added) - len(removed) == after - before > 0
    assert sum(b - a for a, b in (team["escalations"] for team in row.result["teams"])) == after - before
    assert sum(b - a for a, b in (one["escalations"] for one in row.result["people"])) == after - before
    one = added[0]
    assert one.rule == "first-response-escalate"
    assert one.event == "deadline.missed"
    assert one.facts["lead.answered"] is False
    assert one.record_kind == "lead"
    assert one.title == Lead.get_by_id(one.record_id).company
    assert all(d.after < d.before for d in _differences(row, kind="escalation", change="moved"))
    said = backtest.headline(row, weeks.settings.zone)
    assert f"多 {after - before} 次升级" in said.zh
    assert f"{after - before} more escalations" in said.en


def test_leads_routed_otherwise_change_their_owner(weeks: Workspace) -> None:
    draft = {
        "id": "all-to-the-south",
        "version": 1,
        "title": {"zh": "全给华南", "en": "All to the south"},
        "purpose": {"zh": "试试", "en": "A try"},
        "trigger": "lead.created",
        "priority": -1000,
        "then": [{"assign": {"team": "华南部", "strategy": "round_robin"}}],
    }
    row = _run(weeks, draft)
    changed = _differences(row, kind="owner")
    assert row.result["figures"]["owners"] == len(changed) > 20
    assert {one.rule for one in changed} == {"all-to-the-south"}
    south = next(team["id"] for team in row.result["teams"] if team["name"] == "华南部")
    assert {one.team_id for one in changed} == {south}
    owners = [one.after for one in changed]
    assert len(set(owners)) == 3, "they take turns"
    assert max(map(owners.count, owners)) - min(map(owners.count, owners)) <= len(changed)


def test_what_people_did_with_a_task_that_no_longer_comes_is_left_out_and_counted(weeks: Workspace) -> None:
    ticked = JournalLine.select().where((JournalLine.record_kind == "task") & (JournalLine.actor_kind == "user"))
    ids = {line.record_id for line in ticked}
    mine = {task.id for task in Task.select() if task.sop and task.id in ids}
    made_by = {
        line.cause_rule
        for line in JournalLine.select().where(
            JournalLine.record_id.in_(list(mine)), JournalLine.kind == "task.created"
        )
    }
    code = sorted(made_by - {""})[0]
    lost = [
        line
        for line in ticked
        if JournalLine.get(JournalLine.record_id == line.record_id, JournalLine.kind == "task.created").cause_rule
        == code
    ]
    never = {"field": "lead.company", "op": "==", "value": "没有这家公司"}
    row = _run(weeks, _changed(code, when=never))
    assert row.result["runs"]["candidate"]["skipped"] == len(lost) > 0
    skipped = _differences(row, kind="skipped")
    assert len(skipped) == len(lost)
    assert {one.record_id for one in skipped} <= {lead.id for lead in Lead.select()}
    assert row.result["runs"]["baseline"]["skipped"] == 0


def test_a_rule_that_blocks_refuses_what_people_did(weeks: Workspace) -> None:
    draft = {
        "id": "no-demo",
        "version": 1,
        "title": {"zh": "不许演示", "en": "No demo"},
        "purpose": {"zh": "试试", "en": "A try"},
        "trigger": "lead.saving",
        "when": {"field": "event.to_stage", "op": "==", "value": "demo"},
        "then": [{"block": {"message": "先别演示"}}],
    }
    row = _run(weeks, draft)
    moved = JournalLine.select().where(JournalLine.kind == "lead.stage_changed")
    demos = [line for line in moved if line.after["stage"] == "demo"]
    assert len(_differences(row, kind="skipped")) >= len(demos) > 0
    assert _differences(row, kind="task", change="removed"), "what the demo's checklist made is gone"


def test_rules_that_chase_each_other_are_cut_and_counted(weeks: Workspace) -> None:
    def flip(name: str, old: str, new: str) -> dict[str, Any]:
        words = {"zh": name, "en": name}
        return {
            "id": name,
            "version": 1,
            "title": words,
            "purpose": words,
            "trigger": ["lead.created", "lead.changed"],
            "when": {"not": {"field": "lead.quality", "op": "==", "value": new}},
            "then": [{"set_field": {"field": "lead.quality", "value": new}}],
            "priority": 0 if old else 1,
        }

    row = _run(weeks, flip("to-good", "差", "好"), flip("to-bad", "", "差"), days=3)
    assert row.state == "done"
    assert sum(row.result["runs"]["candidate"]["endless"].values()) > 0


@pytest.mark.parametrize("what", ["draft", "period", "empty"])
def test_what_can_t_be_tested_is_refused_in_words(weeks: Workspace, what: str) -> None:
    now = weeks.clock.now()
    documents = [{"id": "bad", "trigger": "no.such"}] if what == "draft" else []
    since = now + timedelta(days=1) if what == "period" else now - timedelta(days=3)
    until = now - timedelta(days=2, hours=23, minutes=59, seconds=59) if what == "empty" else now
    with pytest.raises(Invalid):
        backtest.start(weeks, documents, since=since, until=until, origin=SYSTEM)
    assert Backtest.select().count() == 0


def test_a_stopped_one_keeps_what_it_has_and_says_how_far_it_reaches(weeks: Workspace) -> None:
    since = weeks.clock.now() - timedelta(days=DAYS - 0.5)
    draft = _changed(
        "first-response-start", then=[{"start_deadline": {"name": "first_response", "working_minutes": 5}}]
    )
    row = backtest.start(weeks, [draft], since=since, origin=SYSTEM)
    told = []

    def after_a_while() -> None:
        told.append(1)
        if len(told) == 2:
            backtest.stop(weeks, row.id, SYSTEM)

    while parts := backtest.due(weeks, row.id):
        backtest.run_part(weeks, parts[0], after_a_while)
    row = Backtest.get_by_id(row.id)
    assert row.state == "stopped"
    assert since < row.covered_until < row.until
    assert 0 < row.done < row.total
    assert all(one.at <= row.covered_until for one in _differences(row))
    with pytest.raises(Conflict):
        backtest.stop(weeks, row.id, SYSTEM)


def test_one_that_nobody_has_begun_stops_at_once(weeks: Workspace) -> None:
    row = backtest.start(weeks, since=weeks.clock.now() - timedelta(days=3), origin=SYSTEM)
    assert backtest.stop(weeks, row.id, SYSTEM).state == "stopped"
    assert backtest.due(weeks, row.id) == []
    assert backtest.run(weeks, row.id).state == "stopped"


def test_a_part_whose_process_died_is_taken_up_again_a_few_times_only(weeks: Workspace) -> None:
    row = backtest.start(weeks, since=weeks.clock.now() - timedelta(days=3), origin=SYSTEM)
    part = backtest.due(weeks, row.id)[0]
    for attempt in range(1, weeks.settings.max_attempts + 1):
        with pytest.raises(KeyboardInterrupt):
            backtest.run_part(weeks, part, _die)
        assert BacktestPart.get_by_id(part).attempts == attempt
        assert not backtest.run_part(weeks, part), "its lease runs"
        weeks.clock.advance(seconds=weeks.settings.lease_seconds + 1)  # type: ignore[attr-defined]
    assert not backtest.run_part(weeks, part)
    row = Backtest.get_by_id(row.id)
    assert row.state == "failed"
    assert str(weeks.settings.max_attempts) in row.error


def _die() -> None:
    raise KeyboardInterrupt


def test_the_same_on_both_databases(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> None:
    from clew.core.intake import take as intake
    from clew.core.journal.origin import Actor, Origin

    ws = any_workspace
    found(ws)
    rule = RuleRecord.get(RuleRecord.code == "first-response-start")
    then = [{"start_deadline": {"name": "first_response", "working_minutes": 30, "warn": 10}}]
    ws.door.change("rule", rule.id, {"document": {**rule.document, "then": then, "tests": []}}, SYSTEM)
    ws.clock.advance(minutes=1)  # type: ignore[attr-defined]
    since = ws.clock.now()
    for number in range(6):
        values = {
            "company": f"客户{number}有限公司",
            "phone": f"1380000000{number}",
            "industry": "精密加工",
            "region": "江苏",
        }
        intake.take(ws, values | {"budget": 400_000 + number}, Origin(Actor("public", name="官网"), "form"))
        run_until(ws, ws.clock.now() + timedelta(minutes=20))
    answered = Lead.select().order_by(Lead.id).first()
    talk = {"lead_id": answered.id, "way": "phone", "content": "约了演示"}
    ws.door.create("follow_up", talk, Origin(Actor.of(answered.owner), "console"))
    run_until(ws, ws.clock.now() + timedelta(days=1))
    assert Notification.select().count()
    assert Deadline.select().where(Deadline.state == "missed").count()

    row = backtest.start(ws, since=since, origin=SYSTEM)
    while parts := backtest.due(ws, row.id):
        backtest.run_part(ws, parts[0])
    row = Backtest.get_by_id(row.id)
    assert row.state == "done", row.error
    assert _differences(row) == []
    assert row.result["figures"]["received"] == 6
    missed = Deadline.select().where(Deadline.state == "missed").count()
    warned = Deadline.select().where(Deadline.warned_at.is_null(False)).count()
    assert row.result["figures"]["escalations"] == [missed, missed]
    assert row.result["figures"]["messages"] == [missed + warned, missed + warned]
    assert warned >= missed > 0


def test_a_period_starts_from_the_records_that_the_journal_from_its_first_line_on_would_lead_to(
    weeks: Workspace,
) -> None:
    since = weeks.clock.now() - timedelta(days=6)
    first, _ = lines.span(since, weeks.clock.now())
    folded = InMemoryStore(weeks.kinds)
    for line in lines.read(1, first - 1, kept_kinds(weeks.kinds)):
        folded.apply(line)
    state = state_before(weeks.kinds, first, since)
    compared = 0
    for kind, held in state.records.items():
        for record_id, row in held.items():
            told = {**folded.records[kind][record_id].__dict__}
            for secret in weeks.kinds[kind].secrets:
                del told[secret]
            assert {name: row.__dict__[name] for name in told} == told, (kind, record_id)
            compared += 1
    # Whoever still matters is there: what has an open lead, or was touched since.
    open_leads = {one for one, row in folded.records["lead"].items() if row.outcome == "open"}
    assert open_leads <= state.records["lead"].keys()
    assert compared > 50


def test_on_the_command_line(weeks: Workspace, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    then = [{"start_deadline": {"name": "first_response", "working_minutes": 5}}]
    draft.write_text(dump_document(_changed("first-response-start", then=then)), encoding="utf-8")
    environment = {"CLEW_DATABASE_URL": weeks.settings.database_url, "LC_ALL": "zh_CN.UTF-8"}
    command = [sys.executable, "-m", "clew.core.cli", "backtest", "--draft", str(draft), "--since", "2026-10-27"]
    done = subprocess.run(
        command, env={**os.environ, **environment}, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "次升级" in done.stdout
    assert "华东一部" in done.stdout
    row = Backtest.select().first()
    assert row.state == "done"
    assert row.id in done.stdout
