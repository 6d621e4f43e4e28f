"""What an import would do, row by row: planned as it will be written, kept so that pages of it can be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from ....hooks.text import Text, n_of
from ...access.policy import require, visible
from ...journal.lines import plain
from ...journal.origin import Actor
from ...storage.database import write_transaction
from ...storage.queries import tuples
from ...storage.system_tables import ImportRow
from ...workspace import Workspace
from ..importing.items import Item
from ..importing.mapping import BadMapping
from ..importing.plan import make_plan
from . import doubtful
from .existing import EMPTY, NEW, UPDATE, Match, matches
from .keeping import Draft, remember, update_or_new
from .questions import Choice, Question

PLANS = ("new", "fill", "differ", "same", "refused", "asked")
"""What may become of a row: made; empty values filled; values that differ; nothing to do; refused; waits for an answer."""
_PART = 200
_COPY = Text("和前面一行完全一样", "stands in the file once before")
_KNOWN = Text("先前已导入", "came in before")


@dataclass
class Checked:
    """What was found: questions about the file and its rows, what stands in the way of the mapping."""

    questions: list[Question] = field(default_factory=list)
    problems: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    """What is worth saying about the file: sheets that are not read, names that only differ in a number."""

    @property
    def open(self) -> list[Question]:
        """The questions that nobody answered yet."""
        return [one for one in self.questions if one.waits]


def look(ws: Workspace, actor: Actor, draft: Draft) -> Checked:
    """Return what was found when the draft was checked as it stands, checking it now if it was not."""
    kept = draft.row.document.get("checked")
    if kept is None:
        return check(ws, actor, draft)
    about = [*doubtful.questions(draft, kept.get("doubts", {})), *_about_leads(draft, kept["name"], kept["lines"])]
    problems, notes = ([Text(*one) for one in kept.get(name, ())] for name in ("problems", "notes"))
    return Checked([*draft.asked.questions, *about], tuple(problems), tuple(notes))


def check(ws: Workspace, actor: Actor, draft: Draft) -> Checked:
    """Plan every row of a draft anew, and keep the plan. Writes no record."""
    require(actor, "import")
    try:
        source = draft.source(ws)
    except BadMapping as error:
        _keep(draft.row.id, [])
        remember(draft, {"name": "", "lines": [], "problems": [[one.zh, one.en] for one in error.problems]})
        return Checked(draft.asked.questions, error.problems, draft.table.notes)
    plan = make_plan(ws, [(draft.table, source)], among=lambda kind: visible(ws.kinds, actor, kind))
    doubts = doubtful.found(plan.doubts)
    doubtful.apply(draft, plan.doubts)
    rows = [_refused(draft, one.row.line, one.row.cells, one.why) for one in plan.refused]
    items = [*plan.pending, *plan.standing]
    found = _found(ws, actor, draft, items)
    known = {id(item) for item in plan.standing}
    rows += [_planned(draft, item, one, standing=id(item) in known) for item, one in zip(items, found, strict=True)]
    rows += [_row(draft, item, "same", _COPY) for item in plan.copies]
    unsaid = doubtful.held(draft, plan.doubts)
    meant = [item for item, one in zip(items, found, strict=True) if one.open and item.row.line not in unsaid]
    name = str(meant[0].values.get("company") or meant[0].values.get("contact_name") or "") if meant else ""
    lines = [item.row.line for item in meant]
    about = [*doubtful.questions(draft, doubts), *_about_leads(draft, name, lines)]
    _hold_back(draft, rows, about)
    for row in rows:
        if row["plan"] != "asked" and (why := unsaid.get(row["line"])) is not None:
            row.update(plan="refused", zh=why.zh, en=why.en)
    notes = [[one.zh, one.en] for one in plan.notes]
    _keep(draft.row.id, sorted(rows, key=lambda row: int(row["line"])))
    remember(draft, {"name": name, "lines": lines, "problems": [], "doubts": doubts, "notes": notes})
    return Checked([*draft.asked.questions, *about], (), tuple(plan.notes))


def _hold_back(draft: Draft, rows: list[dict[str, Any]], about: list[Question]) -> None:
    """Refuse the rows that an answer refuses, and let those wait that a question is open about."""
    waiting, refused = draft.asked.waiting(), draft.asked.refused()
    asking = {line: one for one in about if one.waits for line in one.lines}
    for row in rows:
        line = row["line"]
        if (said := refused.get(line)) is not None:
            row.update(plan="refused", zh=said.title.zh.partition("，")[0], en=said.title.en.partition(":")[0])
        if (question := waiting.get(line) or asking.get(line)) is not None:
            row.update(plan="asked", zh=question.title.zh, en=question.title.en)


def counts(batch_id: str, column: str = "plan") -> dict[str, int]:
    """Return how many rows there are of each plan, or of each state."""
    by = getattr(ImportRow, column)
    rows = ImportRow.select(by, fn.COUNT(ImportRow.id)).where(ImportRow.batch_id == batch_id).group_by(by)
    return {str(name): int(number) for name, number in tuples(rows)}


def _found(ws: Workspace, actor: Actor, draft: Draft, items: list[Item]) -> list[Match]:
    if draft.goal.name != "lead":
        return [Match() for _ in items]
    return matches(ws, actor, items, update_or_new(draft))


def _about_leads(draft: Draft, name: str, lines: Sequence[int]) -> list[Question]:
    """Return the question what is meant by rows whose customer has an open lead already, if there are such."""
    rows = len(lines)
    if not rows:
        return []
    choices = (
        Choice(
            UPDATE,
            Text("更新那条进行中的线索", "update that open lead"),
            Text(
                f"{rows} 行：空着的补上；已有的值打勾才覆盖",
                f"{n_of(rows, 'row')}: what is empty is filled, the rest by tick",
            ),
        ),
        Choice(
            NEW,
            Text("另建一条新线索", "make a new lead"),
            Text(f"{rows} 行各建一条，挂在原来的客户下", f"new at the customers that are there: {n_of(rows, 'row')}"),
        ),
    )
    title = Text(f"「{name}」等客户已有进行中的线索，怎么办？", f"“{name}” and others have an open lead: what then?")
    return [Question("open", "", title, frozenset(lines), choices, answer=update_or_new(draft))]


def _planned(draft: Draft, item: Item, one: Match, *, standing: bool) -> dict[str, Any]:
    if one.refused is not None:
        return _row(draft, item, "refused", one.refused, one)
    if one.lead_id:
        differs = any(before not in EMPTY for before, _ in one.differences.values())
        return _row(draft, item, "differ" if differs else "fill" if one.differences else "same", None, one)
    return _row(draft, item, "same" if standing else "new", _KNOWN if standing else None, one)


def _row(draft: Draft, item: Item, plan: str, why: Text | None = None, one: Match | None = None) -> dict[str, Any]:
    values = {name: plain(value) for name, value in item.values.items()}
    return {
        **_refused(draft, item.row.line, item.row.cells, why),
        "plan": plan,
        "title": _title(draft, item.values),
        "values": values,
        "key": item.key,
        "external_id": item.external_id[:100],
        "record_id": one.lead_id if one else "",
        "matched": one.by if one else "",
        "differences": {name: list(pair) for name, pair in one.differences.items()} if one else {},
    }


def _refused(draft: Draft, line: int, cells: Mapping[str, str], why: Text | None) -> dict[str, Any]:
    title = next((cells.get(column, "") for column, spec in draft.asked.columns.items() if _names(draft, spec)), "")
    return {
        "batch_id": draft.row.id,
        "line": line,
        "plan": "refused",
        "title": title[:200],
        "cells": dict(cells),
        "values": {},
        "key": "",
        "external_id": "",
        "record_id": "",
        "matched": "",
        "differences": {},
        "zh": why.zh if why else "",
        "en": why.en if why else "",
    }


def _names(draft: Draft, spec: Mapping[str, Any]) -> bool:
    return spec.get("field") in {name for group in draft.goal.needed() for name in group}


def _title(draft: Draft, values: Mapping[str, Any]) -> str:
    names = [name for group in draft.goal.needed() for name in group]
    return next((str(values[name]) for name in names if values.get(name)), "")[:200]


def _keep(batch_id: str, rows: list[dict[str, Any]]) -> None:
    with write_transaction():
        ImportRow.delete().where(ImportRow.batch_id == batch_id).execute()
        for part in _parts(rows):
            ImportRow.insert_many(part).execute()


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _PART):
        yield rows[start : start + _PART]
