"""What the page of one record shows beside its fields: stage, what belongs to it, tasks, deadlines, its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.access import policy as access
from ...core.access.policy import may_write
from ...core.kinds import Deadline, Task
from ...core.schema.kind import Kind
from ...core.storage.system_tables import JournalLine
from ...core.workbench.contracts import rule_title
from ..session import english, locale
from .documents import folder_of
from .forms import is_complete
from .model_view import RecordModelView
from .served import is_served, list_path, may_open, record_path
from .timeline import Thread
from .ways import ways_of
from .wording import RecordWords, titles

SHOWN = 5
_LINES = 60
_APART = ("task", "deadline")


@dataclass(frozen=True)
class Related:
    """Records of one kind that belong to a record: the newest of them, and how many there are."""

    kind: Kind
    total: int
    rows: list[tuple[str, str, str]]
    """Path, what it is called, and a word beside it: its stage, its state or its amount."""
    all_path: str
    new_path: str


def related(view: RecordModelView, record: Any, beside: tuple[str, ...] = ()) -> list[Related]:
    """Return what belongs to a record, by kind, as far as the viewer sees it; `beside` are kinds shown elsewhere."""
    found = []
    for kind in view.ws.kinds.values():
        if not is_served(kind) or kind.name in (*_APART, *beside) or not may_open(view.ws.kinds, view.actor, kind):
            continue
        for field in kind.parents:
            if field.to != view.kind.name:
                continue
            query = access.visible(view.ws.kinds, view.actor, kind.name)
            query = query.where(getattr(kind.model, field.name) == record.id)
            rows = list(query.order_by(kind.model.id.desc()).limit(SHOWN))
            total = query.count() if len(rows) == SHOWN else len(rows)
            may_make = may_write(view.actor, kind) and kind.name != "lead" and is_complete(kind)
            if not rows and not may_make:
                continue
            called = titles(view.ws, view.actor, kind, rows, english())
            words = RecordWords(view.ws, view.actor, kind, rows, english())
            found.append(
                Related(
                    kind,
                    total,
                    [(record_path(kind, row.id), called[row.id], _beside(words, kind, row)) for row in rows],
                    f"{list_path(kind)}?{field.name}={record.id}",
                    f"/records/{kind.name}/new?{field.name}={record.id}" if may_make else "",
                )
            )
    return found


def _beside(words: RecordWords, kind: Kind, row: Any) -> str:
    names = ("stage", "status", "state", "amount")
    field = next((kind.by_name[name] for name in names if name in kind.by_name), None)
    if field is None:
        field = next((one for one in kind.fields if one.type in ("money", "choice")), None)
    return words.text(row, field) if field is not None else ""


def parts_of(view: RecordModelView, record: Any) -> dict[str, Any]:
    """Return everything the page of a record shows."""
    kind, ws = view.kind, view.ws
    lines = JournalLine.select().where((JournalLine.record_kind == kind.name) & (JournalLine.record_id == record.id))
    thread = Thread(ws, english(), view.actor)
    about = Task.about_id == record.id
    tasks = list(Task.select().where(about).order_by(Task.state.desc(), Task.id).limit(30))
    ticked = {one.id for one in access.visible_tasks(view.actor).where(about).limit(30)} if tasks else set()
    locked = bool(kind.lockable and record.locked)
    course = locked and kind.course and bool(access.scopes(view.actor, kind.name, "move"))
    return {
        "record": record,
        "record_title": view.words.title(record),
        "stage": view.stage(record) if kind.staged else None,
        "nexts": ways_of(ws, view.actor, kind, record, english()) if kind.staged and view.may_write else [],
        "locked": locked,
        "lock_title": rule_title(ws, record.lock_rule).for_locale(locale()) if locked and record.lock_rule else "",
        "may_unlock": locked and view.may_write and access.may(view.actor, "rules:approve"),
        "may_edit": view.can_edit and (not locked or course),
        "may_assign": bool(kind.owner) and view.may_write and access.may(view.actor, "assign"),
        "folder": folder_of(view, kind, record),
        "related": related(view, record, ("document",)),
        "tasks": tasks,
        "ticked": ticked,
        "deadlines": list(Deadline.select().where(Deadline.about_id == record.id).order_by(Deadline.due_at).limit(20)),
        "deadline_words": thread.deadline,
        "entries": thread.entries(list(lines.order_by(JournalLine.seq.desc()).limit(_LINES))),
        "now": ws.clock.now(),
    }
