"""Rows held against one another and against what is there: whose number it is, and who comes twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....hooks.text import Text, n_of
from ...schema.identity import name_key
from ...workspace import Workspace
from ..duplicates import same_company
from ..identify import Among, find_many
from .items import Item

_REACH = (("phone", "contact"), ("email", "contact"), ("credit_code", "customer"))
_SERIAL = 5
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Doubt:
    """A row of which somebody has to say what is meant: `kind` is OTHER or TWICE, `why` says it of this row."""

    kind: str
    item: Item
    why: Text


OTHER, TWICE = "other", "twice"
"""The phone of one company under the name of another; one customer in more than one row of the files."""


def doubts_of(ws: Workspace, items: Sequence[Item], among: Among) -> list[Doubt]:
    """Return what is doubtful about leads to be made: found again under another name, or there twice in the files."""
    typed = [_reach(ws, item) for item in items]
    there = find_many([(values, _company(item)) for item, values in zip(items, typed, strict=True)], among)
    first: dict[tuple[str, str], Item] = {}
    found: list[Doubt] = []
    for item, values, known in zip(items, typed, there, strict=True):
        company = _company(item)
        if (why := _as_other(item, known)) is not None:
            found.append(Doubt(OTHER, item, why))
            continue
        marks = [(name, str(values[name])) for name in ("phone", "email", "credit_code") if values.get(name)]
        marks += [("company", name_key(company))] if company else []
        earlier = {mark[0]: first[mark] for mark in marks if mark in first}
        other = _other_of_file(item, earlier)
        if other is not None:
            found.append(Doubt(OTHER, item, other))
            continue
        if earlier:
            found.append(Doubt(TWICE, item, _twice_in_file(*next(iter(earlier.items())))))
        for mark in marks:
            first.setdefault(mark, item)
    return found


def serial_note(items: Iterable[Item]) -> Text | None:
    """Return a remark on names that differ in their numbers alone, as a test system gives them."""
    groups: dict[str, list[str]] = defaultdict(list)
    for item in items:
        company = _company(item)
        if company and _DIGITS.search(company):
            groups[_DIGITS.sub("#", name_key(company))].append(company)
    largest = max(groups.values(), key=lambda names: len(set(names)), default=[])
    if len(set(largest)) < _SERIAL:
        return None
    return Text(
        f"{len(largest)} 行的公司名只差编号，例：「{largest[0]}」「{largest[1]}」；按各是一家导入，没有列为疑似重复",
        f"the companies of {n_of(len(largest), 'row')} differ in a number alone, e.g. “{largest[0]}”, “{largest[1]}”: "
        "each comes in as its own, and none as a possible duplicate",
    )


def _company(item: Item) -> str:
    return str(item.values.get("company") or item.values.get("contact_name") or "").strip()


def _reach(ws: Workspace, item: Item) -> dict[str, Any]:
    """Return what tells people and companies apart, in one form; the row was found good before."""
    read = ws.configuration.validator.read
    return {
        name: read(kind, {name: item.values[name]}, whole=False)[name]
        for name, kind in _REACH
        if item.values.get(name) not in (None, "")
    }


def _as_other(item: Item, known: Any) -> Text | None:
    given = str(item.values.get("company") or "").strip()
    if known.customer is None or known.by not in ("phone", "email") or not given:
        return None
    if same_company(given, known.customer.name):
        return None
    label = _LABELS[known.by]
    return Text(
        f"这个{label.zh}是「{known.customer.name}」的联系人的，这一行写的是「{given}」",
        f"this {label.en} is that of a contact of “{known.customer.name}”; the row says “{given}”",
    )


def _other_of_file(item: Item, earlier: Mapping[str, Item]) -> Text | None:
    given = str(item.values.get("company") or "").strip()
    for by in ("phone", "email"):
        other = earlier.get(by)
        theirs = str(other.values.get("company") or "").strip() if other else ""
        if other is not None and given and theirs and not same_company(given, theirs):
            label, line = _LABELS[by], other.row.line
            return Text(
                f"这个{label.zh}在第 {line} 行是「{theirs}」的，这一行写的是「{given}」",
                f"this {label.en} is that of “{theirs}” in line {line}; the row says “{given}”",
            )
    return None


def _twice_in_file(by: str, first: Item) -> Text:
    label = _LABELS[by]
    return Text(
        f"和第 {first.row.line} 行{label.zh}相同",
        f"same {label.en} as line {first.row.line}",
    )


_LABELS = {
    "phone": Text("手机", "phone number"),
    "email": Text("邮箱", "e-mail"),
    "credit_code": Text("信用代码", "credit code"),
    "company": Text("公司", "company"),
}
