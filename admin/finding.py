"""What Ctrl K asks: records of every kind and rules, as far as the viewer sees them and may open their pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, request
from flask_login import current_user

from ..core.finding.find import Found, find, recent, searchable
from ..core.journal.origin import Actor
from ..core.process.words import stage_of
from ..core.rulebook.finding import find_rules
from ..core.schema.kind import Kind
from ..core.workspace import Workspace
from .icons import icon
from .records.served import is_served, may_open, record_path
from .session import english, locale, t

blueprint = Blueprint("finding", __name__)
EACH = 5
_LONGEST = 200


@blueprint.get("/find")
def find_all() -> Any:
    """Return what a text finds, by kind; for an empty one what the viewer worked on last."""
    if not current_user.is_authenticated:
        return {"error": "signed_out"}, 401
    ws: Workspace = current_app.extensions["clew"]
    actor, text = current_user.actor, request.args.get("q", "")[:_LONGEST].strip()
    kinds = _kinds(ws, actor)
    stages = stage_of(ws.processes)
    if not text:
        last = recent(ws.kinds, actor, kinds.values(), stages)
        items = [{**_item(one), "kind": one.kind.title.for_locale(locale())} for one in last]
        return {"groups": [{"title": t("最近", "Recent"), "items": items}] if items else []}
    groups: dict[str, dict[str, Any]] = {}
    for one in find(ws.kinds, actor, text, kinds.values(), stages, EACH):
        title = one.kind.plural.en if english() else one.kind.title.zh
        groups.setdefault(one.kind.name, {"title": title, "items": []})["items"].append(_item(one))
    rules = [
        {
            "title": one.title.for_locale(locale()),
            "detail": "" if one.enabled else t("已停用", "Off"),
            "path": f"/{'tables' if one.is_table else 'rules'}/{one.code}",
            "icon": str(icon("table" if one.is_table else "bolt")),
        }
        for one in find_rules(actor, text, EACH)
    ]
    if rules:
        groups["rule"] = {"title": t("规则", "Rules"), "items": rules}
    return {"groups": list(groups.values())}


def _kinds(ws: Workspace, actor: Actor) -> dict[str, Kind]:
    return {kind.name: kind for kind in searchable(ws.kinds) if is_served(kind) and may_open(ws.kinds, actor, kind)}


def _item(one: Found) -> dict[str, str]:
    kind = one.kind
    shown = {"title": one.title.for_locale(locale()), "detail": one.detail.for_locale(locale())}
    return {**shown, "path": record_path(kind, one.id), "icon": str(icon(kind.icon))}
