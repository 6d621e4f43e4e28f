"""Sizes: what choosing one does is told first, the company's own rules stay, and another choice undoes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clew.core.company.portable.applying import apply
from clew.core.company.portable.reading import read
from clew.core.company.portable.writing import export
from clew.core.company.presets import preset as folder
from clew.core.company.presets.choosing import choose, plan
from clew.core.company.presets.preset import SIZES, bundled, presets
from clew.core.company.progress import company
from clew.core.errors import Forbidden, Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import RuleRecord
from clew.core.rulebook.checks import check_all
from clew.core.rulebook.documents import same
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

_FOLDER = Path(folder.__file__).parent


@pytest.fixture
def ops(workspace: Workspace) -> Origin:
    values = {"email": "ops@a.example", "name": "沈可", "roles": ["ops"]}
    return Origin(Actor.of(workspace.door.create("user", values, SYSTEM).record), "console")


def rules() -> dict[str, tuple[Any, bool]]:
    """Return what the rules say and whether they are on, by code, whatever their versions are called."""
    return {row.code: ({**row.document, "version": 0}, row.enabled) for row in RuleRecord.select()}


@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_in_force_as_its_folder_says_without_errors(workspace: Workspace, ops: Origin, size: str) -> None:
    choose(workspace, size, ops)
    for code, document in presets()[size].documents.items():
        row = RuleRecord.get(RuleRecord.code == code)
        assert same(row.document, document)
        assert row.enabled is (code not in presets()[size].off)
    assert [one for one in check_all(workspace) if one.level == "error"] == []
    assert company().size == size
    assert plan(size, size) == []


def test_another_size_undoes_the_last_whoever_chose_it(workspace: Workspace, ops: Origin) -> None:
    for size in SIZES:
        choose(workspace, size, ops)
        there = rules()
        for other in SIZES:
            choose(workspace, other, ops)
        choose(workspace, size, ops)
        assert rules() == there


def test_done_twice_it_writes_nothing(workspace: Workspace, ops: Origin) -> None:
    choose(workspace, "large", ops)
    lines = JournalLine.select().count()
    assert choose(workspace, "large", ops) == []
    assert JournalLine.select().count() == lines


def test_the_plan_says_what_choosing_does(workspace: Workspace, ops: Origin) -> None:
    told = plan("small", "")
    assert {(step.code, step.act) for step in told} >= {("first-response-start", "changed"), ("sop-demo", "off")}
    assert JournalLine.select().where(JournalLine.actor_id == ops.actor.id).count() == 0
    assert choose(workspace, "small", ops) == told


@pytest.mark.parametrize("how", ["changed", "off", "retired"])
def test_the_companys_own_rules_stay_unless_they_are_named(workspace: Workspace, ops: Origin, how: str) -> None:
    ws, code = workspace, "first-response-start"
    row = RuleRecord.get(RuleRecord.code == code)
    document = {**row.document, "then": [{"start_deadline": {"name": "first_response", "working_minutes": 25}}]}
    values = {
        "changed": {"document": document, "version": 2},
        "off": {"enabled": False},
        "retired": {"enabled": False, "retired_at": ws.clock.now()},
    }[how]
    own = ws.door.change("rule", row.id, values, SYSTEM)
    (step,) = [one for one in plan("small", "") if one.code == code]
    assert step.own
    assert code not in {one.code for one in choose(ws, "small", ops)}
    kept = RuleRecord.get(RuleRecord.code == code)
    assert (kept.document, kept.enabled, kept.retired_at) == (own.document, own.enabled, own.retired_at)
    choose(ws, "small", ops, also=[code])
    taken = RuleRecord.get(RuleRecord.code == code)
    assert same(taken.document, presets()["small"].documents[code])
    assert (taken.enabled, taken.retired_at) == (True, None)


def test_a_size_that_there_is_not_and_who_may_not_choose(workspace: Workspace, ops: Origin) -> None:
    with pytest.raises(Invalid):
        choose(workspace, "huge", ops)
    values = {"email": "s@a.example", "name": "甲", "roles": ["sales"]}
    seller = Origin(Actor.of(workspace.door.create("user", values, SYSTEM).record), "console")
    before = rules()
    with pytest.raises(Forbidden):
        choose(workspace, "large", seller)
    assert rules() == before


def test_every_size_speaks_of_the_same_rules_and_follows_those_that_come_with_clew() -> None:
    """What a size does not mean to change is word for word what comes with Clew, so that neither drifts."""
    codes = {frozenset(one.documents) for one in presets().values()}
    assert len(codes) == 1
    meant = {"first-response-start", "first-response-escalate"}
    for preset in presets().values():
        for code, document in bundled().items():
            if code not in meant:
                assert same(preset.documents[code], document), (preset.name, code)


@pytest.mark.parametrize("size", SIZES)
def test_a_presets_folder_is_a_companys_folder(workspace: Workspace, size: str) -> None:
    """`clew company import` takes it as it is, and an export of the company has the same rules."""
    apply(workspace, read(workspace, _FOLDER / size), SYSTEM)
    there = {
        code: same(row, RuleRecord.get(RuleRecord.code == code).document)
        for code, row in presets()[size].documents.items()
    }
    assert all(there.values())
    names = {name for name in export(workspace) if name.startswith("rules/")}
    assert names == {f"rules/{path.name}" for path in (_FOLDER / size / "rules").iterdir()}
