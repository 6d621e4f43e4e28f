"""What the page of a process knows of its kind: fields, roles, facts and comparisons to choose from; and what it sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...core.company.named_in_records import by_stage
from ...core.errors import Invalid, Problem
from ...core.roles import book
from ...core.schema.kind import Kind
from ...core.schema.validator import unstorable
from ...core.workspace import Workspace
from ...hooks.text import Text
from ...rules.language.operators import OPERATORS

FINAL_WORDS: dict[str, tuple[str, str]] = {
    "": ("不结束", "It goes on"),
    "won": ("赢单", "Won"),
    "lost": ("输单", "Lost"),
    "done": ("办完", "Done"),
}
_OPERATORS: dict[str, tuple[str, str]] = {
    "present": ("已填", "is given"),
    "missing": ("为空", "is empty"),
    "==": ("是", "is"),
    "!=": ("已填但不是", "is given but not"),
    ">=": ("至少", "is at least"),
    "<=": ("至多", "is at most"),
    ">": ("超过", "is above"),
    "<": ("不到", "is below"),
    "contains": ("含有", "contains"),
}


def document_of(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the process document that a page sent. Raises Invalid for what is none."""
    bad = Invalid([Problem("document", Text("流程读不出来；请刷新后再改", "the process can't be read: reload"))])
    try:
        found = json.loads(form.get("document", ""))
    except (ValueError, RecursionError):
        raise bad from None
    if not isinstance(found, dict) or any(unstorable(found)):
        raise bad
    return found


def blank(kind: Kind) -> dict[str, Any]:
    """Return the document of a new process of a kind: one stage to begin with."""
    stage = {"name": "begun", "zh": "开始", "en": "Begun", "role": "sales", "required": []}
    title = {"zh": f"{kind.title.zh}流程", "en": f"{kind.title.en} process"}
    return {"name": f"{kind.name}_process", "title": title, "stages": [stage], "transitions": []}


def state_of(ws: Workspace, kind: Kind, name: str, document: Mapping[str, Any], present: Any) -> dict[str, Any]:
    """Return what the script of the page works with; titles as [Chinese, English]."""
    shown = {"name": name, **{key: document[key] for key in ("title", "stages", "transitions") if key in document}}
    return {
        "document": shown,
        "kind": kind.name,
        "present": [stage.name for stage in present.stages] if present is not None else [],
        "needed": {stage.name: list(stage.required) for stage in present.stages} if present is not None else {},
        "counts": dict(by_stage(ws, name)),
        "fields": [[one.name, one.label.zh, one.label.en] for one in kind.fields if _can_be_needed(one)],
        "roles": [[role, words.zh, words.en] for role, words in book().titles.items()],
        "finals": [
            [value, *words]
            for value, words in FINAL_WORDS.items()
            if "outcome" in kind.by_name or value in ("", "done")
        ],
        "facts": _facts(ws, kind),
        "operators": [[op, *words, sorted(OPERATORS[op].kinds)] for op, words in _OPERATORS.items()],
    }


def _can_be_needed(one: Any) -> bool:
    return (one.form or one.parent or one.name == "owner_id") and one.type != "json" and not one.along


def _facts(ws: Workspace, kind: Kind) -> list[list[Any]]:
    groups = {*ws.kinds.groups(kind.name)} if kind.ruled else {kind.name}
    return [
        [
            name,
            known.title[0] or name,
            known.title[1] or name,
            known.kind,
            [[v, *known.labels.get(v, (v, v))] for v in known.options],
        ]
        for name, known in ws.configuration.vocabulary.fields.items()
        if name.partition(".")[0] in groups
    ]
