"""What is done with the views of a list: saved, renamed, shared, put in order, deleted; each act through the door."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from flask import flash, redirect, request

from ...core.errors import Conflict, Forbidden, Invalid, NotFound
from ...core.kinds import SavedView
from ..session import locale, origin, t
from ..undo import flash_act
from . import saved
from .model_view import RecordModelView


def do_view(view: RecordModelView) -> Any:
    """Answer the form of a list's views, and return to the list."""
    act = _ACTS.get(request.form.get("do", ""))
    if act is None:
        raise NotFound("没有这个操作。", "no such act")
    try:
        shown = act(view)
    except (Invalid, Conflict, Forbidden) as error:
        problems = error.problems if isinstance(error, Invalid) else []
        words = [one.text.for_locale(locale()) for one in problems] or [error.text.for_locale(locale())]
        flash((", " if locale() == "en" else "，").join(words), "error")
        return redirect(view._get_list_url(view._get_list_extra_args()))
    said = dict(parse_qsl(shown.query)) if shown is not None else {}
    return redirect(view.address({**said, "view": shown.id} if shown is not None else {}))


def _save(view: RecordModelView) -> SavedView:
    form = request.form
    values = {
        "kind": view.kind.name,
        "name": form.get("name", "").strip(),
        "query": saved.query_of(view),
        "share": form.get("share") or "own",
    }
    key = f"console:{view.actor.id}:{form['key'][:40]}" if form.get("key") else None
    made: SavedView = view.ws.door.create("saved_view", values, origin(), key).record
    flash(t(f"已存为「{made.name}」", f"Saved as “{made.name}”"))
    return made


def _here(view: RecordModelView) -> SavedView:
    found = saved.current(view)
    if found is None:
        raise NotFound("没有这个视图，或者它没有共享给你。", "no such view, or it is not shared with you")
    return found


def _change(view: RecordModelView, values: dict[str, Any], said: str) -> SavedView:
    here = _here(view)
    changed: SavedView = view.ws.door.change("saved_view", here.id, values, origin())
    flash_act(said, view.actor, "saved_view", changed, here.revision)
    return changed


def _update(view: RecordModelView) -> SavedView:
    return _change(view, {"query": saved.query_of(view)}, t("视图已更新", "View updated"))


def _rename(view: RecordModelView) -> SavedView:
    values = {"name": request.form.get("name", "").strip(), "share": request.form.get("share") or "own"}
    return _change(view, values, t("视图已保存", "View saved"))


def _retire(view: RecordModelView) -> None:
    name = _here(view).name
    _change(view, {"retired_at": view.ws.clock.now()}, t(f"已删除视图「{name}」", f"View “{name}” deleted"))


def _step(view: RecordModelView, by: int) -> SavedView:
    """Let a view of one's own change places with its neighbour."""
    here = _here(view)
    mine = [one for one in saved.saved_for(view) if one.user_id == view.actor.id]
    at = next((number for number, one in enumerate(mine) if one.id == here.id), None)
    if at is None:
        raise Forbidden("只有存它的人能改这个视图。", "only who saved this view may change it")
    if 0 <= at + by < len(mine):
        mine[at], mine[at + by] = mine[at + by], mine[at]
        with view.ws.door.transaction(origin()) as tx:
            for place, one in enumerate(mine, 1):
                if one.place != place:
                    tx.change("saved_view", one.id, {"place": place})
    return here


_ACTS: dict[str, Any] = {
    "save": _save,
    "update": _update,
    "rename": _rename,
    "retire": _retire,
    "left": lambda view: _step(view, -1),
    "right": lambda view: _step(view, 1),
}
