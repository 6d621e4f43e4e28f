"""Rules published while events flow: each event is decided by one version of all rules, none lost, none twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, RuleRecord, Task
from clew.core.storage.system_tables import Dispatch, Firing, JournalLine
from clew.core.workspace import Workspace

PAIR = ("first-of-pair", "second-of-pair")
LEADS, PUBLISHED = 160, 40
pytestmark = [pytest.mark.faults, pytest.mark.slow]


def document(code: str, version: int) -> dict[str, Any]:
    words = {"zh": code, "en": code}
    task = {"create_task": {"title": f"{code} v{version}", "assignee": "owner"}}
    told = {"notify": {"to": "role:ops", "title": f"{code} v{version}", "body": "{lead.company}"}}
    rule = {"id": code, "version": version, "title": words, "purpose": words, "trigger": "lead.created"}
    return {**rule, "then": [task, told]}


def publish(ws: Workspace, version: int) -> None:
    """Put a version of both rules in force at one moment."""
    with ws.door.transaction(SYSTEM) as tx:
        for code in PAIR:
            row = RuleRecord.get_or_none(RuleRecord.code == code)
            values = {"version": version, "document": document(code, version)}
            if row is None:
                tx.create("rule", {"code": code, "pack": "custom", **values})
            else:
                tx.change("rule", row.id, values)


@contextmanager
def two_workers(house: Any, tmp_path: Path) -> Iterator[list[Any]]:
    """Two `clew worker`, each with processes of its own."""
    _, workers = house
    settings = workers.settings
    other = type(workers)(settings, tmp_path / "other.log")
    workers.start()
    other.start()
    try:
        yield [workers, other]
    finally:
        other.kill()
        other.log.close()


def _waiting() -> int:
    return int(Dispatch.select().where(Dispatch.state.in_(("pending", "running"))).count())


def _settled() -> bool:
    return _waiting() == 0


@pytest.mark.parametrize("killed", [False, True], ids=["undisturbed", "killed"])
def test_every_event_is_decided_by_one_version_of_all_rules(
    house: Any, killed: bool, await_: Callable[..., Any], tmp_path: Path
) -> None:
    ws, _ = house
    chance = random.Random(20261125)
    publish(ws, 1)
    published = set(chance.sample(range(1, LEADS), PUBLISHED - 1))
    kills = set(chance.sample(sorted(published), 6)) if killed else set()
    version = 1
    with two_workers(house, tmp_path) as workers:
        for n in range(LEADS):
            # Some wait and some run while the next version comes, all the way.
            await_(lambda: _waiting() < 8, "the workers to keep up", 60)
            intake.take(ws, {"company": f"客户 {n:04}", "external_id": f"L{n}"}, SYSTEM)
            if n in published:
                version += 1
                publish(ws, version)
            if n in kills:
                victim = chance.choice(workers)
                victim.kill()
                victim.start()
        last = intake.take(ws, {"company": "最后一位", "external_id": "last"}, SYSTEM).lead
        await_(_settled, "all events to be done", 240)

    assert not Dispatch.select().where(Dispatch.state != "done").exists()
    leads = {lead.id for lead in Lead.select()}
    assert len(leads) == LEADS + 1
    decided: dict[str, list[tuple[str, int]]] = {lead: [] for lead in leads}
    for firing in Firing.select().where(Firing.rule.in_(PAIR)):
        decided[firing.record_id].append((firing.rule, firing.version))
    for fired in decided.values():
        assert Counter(rule for rule, _ in fired) == dict.fromkeys(PAIR, 1), "lost, or decided twice"
        assert len({number for _, number in fired}) == 1, "decided by two versions"
    versions = {lead: fired[0][1] for lead, fired in decided.items()}
    assert versions[last.id] == version, "what comes after a publish is decided by what was published"
    assert len(set(versions.values())) > PUBLISHED / 4, "many versions decided"

    tasks = Counter((task.lead_id, task.title) for task in Task.select().where(Task.title.contains("-of-pair v")))
    assert tasks == {(lead, f"{code} v{number}"): 1 for lead, number in versions.items() for code in PAIR}
    for line in JournalLine.select().where((JournalLine.kind == "task.created") & JournalLine.cause_rule.in_(PAIR)):
        assert line.after["title"] == f"{line.cause_rule} v{line.cause_version}"


def test_a_process_follows_a_publish_it_was_not_part_of(house: Any, await_: Callable[..., Any], tmp_path: Path) -> None:
    """Nothing but the next look-out tells an idle worker; the event itself is what it compares with."""
    ws, _ = house
    publish(ws, 1)
    with two_workers(house, tmp_path):
        for version in (2, 3, 4):
            publish(ws, version)
            lead = intake.take(ws, {"company": f"客户 {version}", "external_id": f"L{version}"}, SYSTEM).lead
            await_(_settled, "the event to be done", 60)
            fired = Firing.select().where((Firing.record_id == lead.id) & Firing.rule.in_(PAIR))
            assert sorted((one.rule, one.version) for one in fired) == [(code, version) for code in PAIR]
