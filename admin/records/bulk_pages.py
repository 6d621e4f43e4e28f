"""The pages of a bulk action: what it would do to each record, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from ...core.access.owners import candidates
from ...core.errors import Forbidden
from ...core.write.prewrite import NeedsConfirmation
from ..session import english, locale, origin, t
from . import bulk
from .export import TYPES
from .export_pages import send_file
from .model_view import RecordModelView
from .served import is_id


def do_bulk(view: RecordModelView) -> Any:
    """Answer a bulk action: as a file, with a look at what it would do, or by doing it."""
    action = request.form.get("action", "")
    rows, left = _chosen(view)
    back = view._get_list_url(view._get_list_extra_args())
    if not rows:
        flash(t("先选中要处理的行。", "Choose rows first."), "error")
        return redirect(back)
    if action.startswith("export.") and action.removeprefix("export.") in TYPES:
        chosen = view.get_query().where(view.model.id.in_([row.id for row in rows]))
        query = view.exported(chosen).order_by(view.model.id.desc())
        return send_file(view, action.removeprefix("export."), view.lines_of(query), len(rows))
    if action not in bulk.actions_of(view.ws, view.actor, view.kind):
        raise Forbidden(
            "你的角色不能做这件事；需要的话请找管理员授权。", "your role may not do this; ask an administrator"
        )
    target = request.form.get("target", "")
    values = bulk.values_for(view.ws, view.kind, action, target) if target else {}
    if values and request.form.get("do") == "1":
        return _done(view, action, target, rows, values, back)
    view.prepare(rows)
    return view.show(
        "records_bulk",
        action=action,
        target=target,
        targets=_targets(view, action),
        lines=[_foreseen(view, action, row, values) for row in rows],
        left=left,
        back=back,
    )


def _chosen(view: RecordModelView) -> tuple[list[Any], int]:
    """Return the records chosen, and how many more were than can be done at once."""
    if request.form.get("scope") == "all":
        args = view.whole_args()
        query = view.narrowed(args.search, args.filters)
        count = query.count()
    else:
        ids = {one for one in request.form.getlist("rowid") if is_id(one)}
        query, count = view.get_query().where(view.model.id.in_(sorted(ids)[: bulk.MOST])), len(ids)
    rows = list(query.order_by(view.model.id.desc()).limit(bulk.MOST))
    return rows, max(0, count - bulk.MOST)


def _targets(view: RecordModelView, action: str) -> list[tuple[str, str]]:
    if action == "assign":
        return [(user.id, user.name) for user in candidates(view.kind)]
    locale = "en" if english() else "zh"
    return [(stage.name, stage.title.for_locale(locale)) for stage in bulk.stages_of(view.ws, view.kind)]


def _before(view: RecordModelView, action: str, row: Any) -> str:
    field = view.kind.by_name.get(view.kind.owner if action == "assign" else "stage")
    return view.words.text(row, field) if field is not None else ""


def _foreseen(view: RecordModelView, action: str, row: Any, values: dict[str, Any]) -> bulk.Line:
    refused = bulk.foreseen(view.ws, view.actor, view.kind, row, values or _anything(view, action), english())
    return bulk.Line(row, _before(view, action, row), refused, bool(values) and bulk.is_same(row, values))


def _anything(view: RecordModelView, action: str) -> dict[str, Any]:
    """Return a change that only a lock refuses: before a target is chosen, that is what can be told."""
    return {view.kind.owner: None} if action == "assign" else {"process": ""}


def _done(
    view: RecordModelView, action: str, target: str, rows: list[Any], values: dict[str, Any], back: str
) -> tuple[str, int]:
    view.prepare(rows)
    before = {row.id: _before(view, action, row) for row in rows}
    there = {row.id for row in rows if bulk.is_same(row, values)}
    called = {row.id: view.words.title(row) for row in rows}
    seen = {row.id: request.form.get(f"revision-{row.id}", type=int) for row in rows}
    told = {one: revision for one, revision in seen.items() if revision is not None}
    changing = [row for row in rows if row.id not in there]
    results = bulk.run(view.ws, view.kind, changing, values, origin(), told)
    refused = [
        (row, called[row.id], error.text.for_locale(locale()), isinstance(error, NeedsConfirmation))
        for row, error in results
        if error is not None
    ]
    page = view.show(
        "records_bulk_done",
        action=action,
        target=dict(_targets(view, action)).get(target, target),
        done=[(row, called[row.id], before[row.id]) for row, error in results if error is None],
        refused=refused,
        same=len(there),
        back=back,
    )
    return page, 200
