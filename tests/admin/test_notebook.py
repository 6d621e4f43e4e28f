"""The notebook's face shows what the console shows, and what docs/notebook.md shows runs."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import clew
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, Task
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

DOC = Path(__file__).parents[2] / "docs" / "notebook.md"
LEAD = {"company": "苏州恒锐精密机械有限公司", "contact_name": "高建明", "phone": "13812345678", "region": "江苏"}


@pytest.fixture
def lead(workspace: Workspace, company: Any) -> Lead:
    """A lead that came in, was assigned, and was escalated."""
    made = intake.take(workspace, {**LEAD, "industry": "精密加工", "budget": 860000}, SYSTEM).lead
    drain(workspace)
    run_until(workspace, workspace.clock.now() + timedelta(minutes=31))
    return Lead.get_by_id(made.id)


def run(code: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does: what its last expression gives is its output."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None


def test_every_cell_of_the_document_runs(workspace: Workspace, lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEW_DATABASE_URL", workspace.settings.database_url)
    before = JournalLine.select().count()
    names: dict[str, Any] = {}
    cells = re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), re.S)
    outputs = [run(cell, names) for cell in cells]
    chain, owner, judged, verdict, tried = outputs[1:]
    assert chain.title.startswith("为什么是")
    assert owner.title == f"Why: Owned by {lead.owner.name}"
    assert judged.title == "线索分配 v2"
    assert verdict == ("condition_failed", [("负责人为空", True), ("预算 ≥ 100 万元", False)])
    assert tried.title == "「大额机加工提醒运营」会触发"
    assert JournalLine.select().count() == before
    names["ws"].close()


def test_a_chain_shows_itself_in_jupyter_markdown_and_text(workspace: Workspace, lead: Lead) -> None:
    shown = clew.why(workspace, lead)
    assert f"分配给{lead.owner.name}" in shown._repr_html_()
    assert shown._repr_html_().count("<div") == len(shown.rows) + 1
    assert f"- ● **分配给{lead.owner.name}**" in shown._repr_markdown_()
    assert repr(shown).splitlines()[0] == shown.title
    assert "  ✓ 时限是首次响应（首次响应）" in repr(shown).splitlines()
    assert [row.mark for row in shown.rows].count("link") == len(shown.answer.links)


def test_records_come_as_themselves_or_by_kind_and_id(workspace: Workspace, lead: Lead) -> None:
    workspace.door.change("lead", lead.id, {"stage": "diagnosis"}, Origin(Actor.of(lead.owner), "console"))
    drain(workspace)
    task = Task.get(Task.lead == lead.id)
    assert repr(clew.why(workspace, task)) == repr(clew.why(workspace, "task", task.id))
    assert repr(clew.why_not(workspace, "assign", lead)) == repr(clew.why_not(workspace, "assign", lead.company))


def test_what_people_wrote_is_text_and_never_markup(workspace: Workspace, company: Any) -> None:
    values = {**LEAD, "company": "<script>alert(1)</script> *粗* [链](http://x)"}
    lead = intake.take(workspace, values, SYSTEM).lead
    drain(workspace)
    shown = clew.why(workspace, lead)
    assert "<script>" not in shown._repr_html_()
    assert "&lt;script&gt;" in shown._repr_html_()
    assert r"\*粗\* \[链\]" in shown._repr_markdown_()


def test_a_rule_that_would_not_fire_says_which_clause(workspace: Workspace, lead: Lead) -> None:
    rule = {
        "id": "elsewhere",
        "version": 1,
        "title": {"zh": "北京", "en": "Beijing"},
        "purpose": {"zh": "北京", "en": "Beijing"},
        "trigger": "lead.created",
        "when": {"field": "lead.region", "op": "==", "value": "北京"},
        "then": [{"notify": {"to": "owner", "title": "北京来的"}}],
    }
    shown = clew.try_rule(workspace, rule, lead, language="en")
    assert shown.title == "“Beijing” would not fire"
    assert [(row.mark, "江苏" in row.text) for row in shown.rows] == [("no", True)]
