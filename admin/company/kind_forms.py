"""The form of a kind of record: what was typed into it as values to publish, and what it offers."""

from __future__ import annotations

from typing import Any

from ...core.company.kind_publishing import present_values
from ...core.kinds import KindDefinition
from ...core.schema.kind import Kind
from ...core.workspace import Workspace
from ..records.served import is_served

ICONS: dict[str, tuple[str, str]] = {
    "file-text": ("文件", "Paper"),
    "archive": ("箱子", "Box"),
    "building": ("楼", "Building"),
    "calendar": ("日历", "Calendar"),
    "checklist": ("清单", "List"),
    "message": ("对话", "Talk"),
    "phone": ("电话", "Phone"),
    "target": ("目标", "Target"),
    "route": ("路线", "Route"),
    "steering-wheel": ("方向盘", "Wheel"),
}
_CLOSEST = ("contract", "lead", "customer")
"""Of the bundled kinds that a record can belong to, the closest first."""


def chosen_of(form: Any) -> dict[str, Any]:
    """Return what a form holds, as values of a kind."""
    zh, en = form.get("title_zh", "").strip(), form.get("title_en", "").strip()
    return {
        "title_zh": zh,
        "title_en": en or zh,
        "plural_en": form.get("plural_en", "").strip(),
        "belongs_to": form.getlist("belongs_to"),
        "owned": form.get("owned", "1") == "1",
        "icon": form.get("icon", "") if form.get("icon") in ICONS else "file-text",
        "active": form.get("active", "1") == "1",
        "staged": form.get("staged") == "1",
    }


def values_of(form: Any, row: KindDefinition | None) -> dict[str, Any]:
    """Return the values that a form would publish: of a kind that is there, those that differ and may."""
    given = chosen_of(form)
    del given["staged"]
    if row is None:
        return given
    present = present_values(row)
    return {
        name: value for name, value in given.items() if value != present[name] and name not in ("belongs_to", "owned")
    }


def named_parents(ws: Workspace, name: str) -> list[Kind]:
    """Return the kinds that records of a kind can belong to, the closest first."""
    own = [one for one in ws.kinds.values() if one.data and is_served(one) and one.name != name and not one.plugin]
    return [*own, *(ws.kinds[one] for one in _CLOSEST)]
