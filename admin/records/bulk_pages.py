"""The pages of a bulk action: what it would do to each record, how far it is, what came of it, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, json, redirect, request

from ...core.access.owners import candidates
from ...core.errors import Conflict, Forbidden, Invalid
from ...core.outbox.bulk import RUNNING, STOPPED
from ...core.schema.fields import Field
from ...core.storage.system_tables import BulkBatch, BulkRow
from ...core.workbench import acts
from ...core.workbench import bulk as batches
from ...core.workbench.acts import ASSIGN, MOVE, SET, TASK
from ..base import page_of
from ..session import locale, origin, t
from ..words import yuan_exact
from .export import TYPES
from .export_pages import send_chosen, send_list
from .model_view import RecordModelView
from .served import is_id

_REFUSED = (
    "你的角色不能做这件事；需要的话请找管理员授权。",
    "your role may not do this; ask an administrator",
)


@dataclass(frozen=True)
class Line:
    """One record of a bulk action: what it has now, and why it would not or did not change; empty if nothing is."""

    record: Any
    before: str
    refused: str = ""
    same: bool = False


def do_bulk(view: RecordModelView) -> Any:
    """Answer a bulk action: as a file, with a look at what it would do, or by beginning it."""
    action = request.form.get("action", "")
    export_type = action.removeprefix("export.")
    if export_type != action and export_type in TYPES and request.form.get("scope") == "all":
        return send_list(view, export_type)
    rows, left = _chosen(view)
    back = view._get_list_url(view._get_list_extra_args())
    if not rows:
        flash(t("先选中要处理的行。", "Choose rows first."), "error")
        return redirect(back)
    if export_type != action and export_type in TYPES:
        return send_chosen(view, export_type, [row.id for row in rows])
    if action not in acts.actions_of(view.ws, view.actor, view.kind):
        raise Forbidden(*_REFUSED)
    target, name = request.form.get("target", "").strip(), request.form.get("field", "")
    values, error = _values(view, action, target, name)
    if values and request.form.get("do") == "1":
        return _begin(view, action, target, rows, values)
    view.prepare(rows)
    ids = acts.allowed(view.ws, view.actor, view.kind, action, [row.id for row in rows])
    return view.show(
        "records_bulk",
        action=action,
        target=target,
        due=request.form.get("due", ""),
        targets=_targets(view, action),
        fields=acts.settable(view.kind) if action == SET else [],
        field=view.kind.by_name.get(name),
        cleared=acts.CLEARED,
        error=error,
        then=_then(view, action, target, name) if values else "",
        lines=[_foreseen(view, action, row, values, row.id in ids) for row in rows],
        left=left,
        back=back,
    )


def show_batch(view: RecordModelView, batch_id: str) -> Any:
    """Show what came of a batch, or how far it is."""
    batch = batches.batch_of(batch_id, view.kind.name, view.actor)
    counts = batches.counts(batch.id)
    rows, after = page_of(BulkRow.select().where(BulkRow.batch_id == batch.id), BulkRow.id)
    query = view.get_query().where(view.model.id.in_([row.record_id for row in rows]))
    seen: dict[str, Any] = {one.id: one for one in list[Any](query)}
    view.prepare(list(seen.values()))
    return view.show(
        "records_batch",
        batch=batch,
        counts=counts,
        waits=batches.left_of(batch, counts),
        running=batch.state == RUNNING,
        obstacle=batches.obstacle(view.ws, view.actor, batch) if batch.state == STOPPED else None,
        title=_title(view, batch),
        why_not=batches.why_not_undone(view.ws, batch),
        rows=rows,
        after=after,
        seen=seen,
    )


def run_batch(view: RecordModelView, batch_id: str) -> Any:
    """Let a batch that rests go on."""
    batch = batches.batch_of(batch_id, view.kind.name, view.actor)
    return _asked(view, batch, lambda: batches.go_on(view.ws, batch, origin(_title(view, batch))))


def stop_batch(view: RecordModelView, batch_id: str) -> Any:
    """Stop a batch; what is done stands."""
    batch = batches.batch_of(batch_id, view.kind.name, view.actor)
    return _asked(view, batch, lambda: batches.stop(batch, origin()))


def progress(view: RecordModelView, batch_id: str) -> Response:
    """Return how far a batch is, for the page that watches it."""
    batch = batches.batch_of(batch_id, view.kind.name, view.actor)
    left = batches.left_of(batch, batches.counts(batch.id))
    state = "done" if batch.state == RUNNING and not left else batch.state
    if not left:
        _tell(view, batch)
    return Response(json.dumps({"state": state, "left": left, "total": batch.total}), mimetype="application/json")


def undo_batch(view: RecordModelView, batch_id: str) -> Any:
    """Take a batch back: a first part at once, the rest by a worker."""
    batch = batches.batch_of(batch_id, view.kind.name, view.actor)

    def back() -> int:
        batches.undo(view.ws, batch, origin(t("撤销", "Undone")))
        return _carry_on(view, batches.batch_of(batch_id, view.kind.name, view.actor), t("撤销", "Undone"))

    return _asked(view, batch, back)


def list_batches(view: RecordModelView) -> Any:
    """List the viewer's bulk acts on this kind, the newest first."""
    mine = (BulkBatch.kind == view.kind.name) & (BulkBatch.user_id == view.actor.id)
    rows, after = page_of(BulkBatch.select().where(mine), BulkBatch.id)
    titles = {one.id: _title(view, one) for one in rows}
    return view.show("records_batches", rows=rows, after=after, titles=titles)


def batch_url(view: RecordModelView, batch: BulkBatch) -> str:
    """Return where the page of a batch is."""
    return f"{view.base_url}bulk/{batch.id}"


def _begin(view: RecordModelView, action: str, target: str, rows: list[Any], values: dict[str, Any]) -> Any:
    key = request.form.get("key", "")
    seen = [(row.id, request.form.get(f"revision-{row.id}", type=int)) for row in rows]
    words = _then(view, action, target, request.form.get("field", ""))
    act = batches.Act(view.kind.name, action, words, values)
    said = _said(view, action, words, values)
    batch = batches.begin(view.ws, act, seen, origin(said), key if is_id(key) else "")
    _carry_on(view, batch, said)
    return redirect(batch_url(view, batch))


def _carry_on(view: RecordModelView, batch: BulkBatch, said: str) -> int:
    left = batches.carry_on(view.ws, batch, origin(said))
    if not left:
        _tell(view, batch)
    return left


def _asked(view: RecordModelView, batch: BulkBatch, do: Callable[[], object]) -> Any:
    """Do what somebody asked of a batch and return to its page; why it can't be done is said there."""
    try:
        do()
    except (Conflict, Forbidden, Invalid) as error:
        flash(error.text.for_locale(locale()), "error")
    return redirect(batch_url(view, batch))


def _tell(view: RecordModelView, batch: BulkBatch) -> None:
    """Say what came of a batch, with 撤销 while it can be taken back."""
    counts = batches.counts(batch.id)
    if batch.undone_at:
        many = counts.get("undone", 0)
        flash(t(f"已撤销 {many} 条", f"{many} undone"))
    elif many := counts.get("done", 0):
        # The page knows it from a plain text.
        said = (
            t(f"已建 {many} 个任务", f"{many} tasks made")
            if batch.action == TASK
            else t(f"已改 {many} 条", f"{many} changed")
        )
        flash({"text": said, "undo_at": f"{batch_url(view, batch)}/undo"})  # type: ignore[arg-type]


def _title(view: RecordModelView, batch: BulkBatch) -> str:
    """Return what a batch does: 转派给王磊."""
    return _said(view, batch.action, batch.target, batch.values)


def _said(view: RecordModelView, action: str, target: str, values: Mapping[str, Any]) -> str:
    if action == ASSIGN:
        return t(f"转派给{target}", f"Given to {target}")
    if action == MOVE:
        return t(f"移到「{target}」", f"Moved to {target}")
    if action == TASK:
        return t(f"新任务「{target}」", f"New task: {target}")
    name = next(iter(values), "")
    field = view.kind.by_name.get(name)
    # A field that was taken away since is called by its name.
    label = view.label(field) if field is not None else name
    return t(f"「{label}」改为「{target}」", f"{label} set to {target}")


def _values(view: RecordModelView, action: str, target: str, name: str) -> tuple[dict[str, Any], str]:
    """Return what is to be set, and what is wrong with a value that was typed."""
    if not target or (action == SET and not name):
        return {}, ""
    if action in (ASSIGN, MOVE):
        return acts.values_for(view.ws, view.kind, action, target), ""
    try:
        return acts.values_for(view.ws, view.kind, action, target, name, request.form.get("due", "")), ""
    except Invalid as error:
        return {}, "；".join(one.text.for_locale(locale()) for one in error.problems)


def _chosen(view: RecordModelView) -> tuple[list[Any], int]:
    """Return the records chosen, and how many more were than can be done at once."""
    if request.form.get("scope") == "all":
        args = view.whole_args()
        query = view.narrowed(args.search, args.filters)
        count = query.count()
    else:
        ids = {one for one in request.form.getlist("rowid") if is_id(one)}
        query, count = view.get_query().where(view.model.id.in_(sorted(ids)[: batches.MOST])), len(ids)
    rows = list(query.order_by(view.model.id.desc()).limit(batches.MOST))
    return rows, max(0, count - batches.MOST)


def _targets(view: RecordModelView, action: str) -> list[tuple[str, str]]:
    if action == ASSIGN:
        return [(user.id, user.name) for user in candidates(view.kind)]
    if action == MOVE:
        return [(stage.name, stage.title.for_locale(locale())) for stage in acts.stages_of(view.ws, view.kind)]
    return []


def _then(view: RecordModelView, action: str, target: str, name: str) -> str:
    """Return what the records have afterwards, in words."""
    field = view.kind.by_name.get(name)
    if action != SET or field is None:
        return dict(_targets(view, action)).get(target, target)
    if target == acts.CLEARED:
        return t("空", "nothing")
    if field.type == "boolean":
        return t("是", "Yes") if target == "1" else t("否", "No")
    if field.type == "money":
        return yuan_exact(view.ws.configuration.validator.typed(field, target))
    return field.words(target, locale()) if field.options else target


def _field(view: RecordModelView, action: str) -> Field | None:
    name = {ASSIGN: view.kind.owner, MOVE: "stage", TASK: view.kind.owner}.get(action) or request.form.get("field", "")
    return view.kind.by_name.get(name)


def _foreseen(view: RecordModelView, action: str, row: Any, values: dict[str, Any], may: bool) -> Line:
    field = _field(view, action)
    before = view.words.text(row, field) if field is not None else ""
    if not may:
        return Line(row, before, t("你的角色不能改它", "your role may not change it"))
    why = acts.foreseen(view.ws, view.actor, view.kind, row, values or _anything(view, action), action)
    same = bool(values) and action != TASK and acts.is_same(view.kind, row, values)
    return Line(row, before, "" if why is None else why.for_locale(locale()), same)


def _anything(view: RecordModelView, action: str) -> dict[str, Any]:
    """Return a change that only a lock refuses: before a target is chosen, that is what can be told."""
    return {view.kind.owner: None} if action == ASSIGN else {"process": ""} if action == MOVE else {}
