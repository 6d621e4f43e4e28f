"""The vocabulary as the rule editor's pickers need it: facts in groups, operators by type, actions with arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.rulebook.documents import vocabulary_of
from ...core.workspace import Workspace
from ...rules.language.operators import COMPARING, OPERATORS
from ...rules.language.vocabulary import ActionSpec, FieldType, Vocabulary
from ..session import english

Title = tuple[str, str]

_GROUPS: dict[str, Title] = {
    "lead": ("线索", "Lead"),
    "contact": ("联系人", "Contact"),
    "customer": ("客户", "Customer"),
    "owner": ("负责人", "Owner"),
    "contract": ("合同", "Contract"),
    "follow_up": ("跟进", "Follow-up"),
    "task": ("任务", "Task"),
    "deadline": ("时限", "Deadline"),
    "event": ("事件", "Event"),
}
_OPERATORS: dict[str, Title] = {
    "==": ("是", "is"),
    "!=": ("不是", "is not"),
    ">=": ("大于等于", "at least"),
    "<=": ("小于等于", "at most"),
    ">": ("大于", "more than"),
    "<": ("小于", "less than"),
    "in": ("是其中之一", "is one of"),
    "not_in": ("不在其中", "is none of"),
    "contains": ("包含", "contains"),
    "starts_with": ("开头是", "starts with"),
    "matches": ("匹配正则", "matches pattern"),
    "between": ("介于", "between"),
    "before": ("早于", "before"),
    "after": ("晚于", "after"),
    "within_hours": ("在最近几小时内", "within the last hours"),
    "older_than_hours": ("距今超过几小时", "longer ago than hours"),
    "missing": ("为空", "is empty"),
    "present": ("已填", "is filled in"),
}
_FOR_NUMBERS: dict[str, Title] = {"==": ("等于", "equals"), "!=": ("不等于", "differs from")}
_FIRST = (">=", "==", "<=", ">", "<", "between", "!=", "in", "not_in", "contains")


def vocabulary_json(ws: Workspace) -> dict[str, Any]:
    """Return everything the pickers offer, titles in the viewer's language."""
    known = vocabulary_of(ws)
    return {
        "fields": [_field(name, one, known) for name, one in known.fields.items()],
        "open": list(known.open_prefixes),
        "derived": sorted(_derived(ws)),
        "triggers": [
            {"name": name, "title": _pick(known.trigger_titles.get(name, ("", "")), name)}
            for name in [*known.trigger_titles, *sorted(known.triggers - set(known.trigger_titles))]
        ],
        "operators": {kind: _operators(kind) for kind in ("text", "number", "bool", "datetime", "list", "any")},
        "comparing": list(COMPARING),
        "collections": [
            {
                "name": name,
                "title": _pick(one.title, name),
                "fields": [_type(field, kind) for field, kind in one.fields.items()],
            }
            for name, one in known.collections.items()
        ],
        "actions": [_action(name, spec) for name, spec in known.actions.items()],
    }


def _pick(title: Title, name: str) -> str:
    return (title[1] if english() else title[0]) or title[0] or name


def _labels(labels: Mapping[str, Title]) -> dict[str, str]:
    return {value: _pick(title, value) for value, title in labels.items()}


def _field(name: str, known: FieldType, vocabulary: Vocabulary) -> dict[str, Any]:
    group, _, rest = name.partition(".")
    title = _GROUPS.get(group, (group, group))
    if rest.startswith("extra."):
        title = (f"{title[0]} · 自定义", f"{title[1]} · added")
    return {**_type(name, known), "group": _pick(title, group)}


def _type(name: str, known: FieldType) -> dict[str, Any]:
    return {
        "name": name,
        "title": _pick(known.title, name),
        "kind": known.kind,
        "options": list(known.options),
        "labels": _labels(known.labels),
        "suggestions": list(known.suggestions),
        "unit": _pick(known.unit, "") if any(known.unit) else "",
    }


def _operators(kind: str) -> list[dict[str, Any]]:
    fitting = [one for one in OPERATORS.values() if kind == "any" or kind in one.kinds]
    if kind == "number":
        fitting.sort(key=lambda one: _FIRST.index(one.name) if one.name in _FIRST else len(_FIRST))
    own = _FOR_NUMBERS if kind == "number" else {}
    return [
        {
            "name": one.name,
            "title": _pick(own.get(one.name, _OPERATORS.get(one.name, (one.name, one.name))), one.name),
            "takes_value": one.takes_value,
        }
        for one in fitting
    ]


def _action(name: str, spec: ActionSpec) -> dict[str, Any]:
    return {
        "name": name,
        "title": _pick(spec.title, name),
        "one_of": [list(some) for some in spec.one_of],
        "args": [
            {
                "name": arg,
                "title": _pick(one.title, arg),
                "kind": one.kind,
                "required": one.required,
                "options": list(one.options),
                "prefixes": list(one.prefixes),
                "labels": _labels(one.labels),
                "suggestions": list(one.suggestions),
            }
            for arg, one in spec.args.items()
        ],
    }


def _derived(ws: Workspace) -> Iterable[str]:
    """Return the names of the facts that rules in force derive."""
    return {
        name
        for some in ws.loader.rules.by_code(ws.configuration.plugins).values()
        for rule in some
        for name, _ in rule.derive
    }
