"""Random conditions, rules, related records and facts, for comparing ways of deciding."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from .building import NOW, document

FIELDS = ["a", "b", "c", "d"]
ROW_FIELDS = ["k", "n", "t"]
VALUES = ["x", "y", "xy", "", True, False, 0, 1, 1.0, 2, 2.5, -3, 1e-7, 2**60, 2**60 + 1, "1", 'q"\\\n华', "True"]
TIMES = [
    "2026-03-02",
    "2026-03-01T09:30:00+08:00",
    (NOW - timedelta(hours=2)).isoformat(),
    "2026-03-02T09:30:01",
    "no",
]
LISTS = [[], ["x"], ["x", "1"], [1], [True], ["xy", "y"]]
SCALARS = [value for value in VALUES if value != ""]
NUMBERS = [value for value in VALUES if isinstance(value, int | float) and not isinstance(value, bool)]
MOMENTS = TIMES[:-1]
PATTERNS = ["x", "^x.?$", "[a-y]+", "(x|y)y", r"\d"]
COMPARING = ["==", "==", "!=", "<", "<=", ">", ">="]
OPERATORS = [
    *("==", "==", "==", "!=", "<", "<=", ">", ">=", "in", "not_in", "contains", "starts_with", "matches"),
    *("missing", "present", "between", "before", "after", "within_hours", "older_than_hours"),
]

Document = dict[str, Any]


def random_leaf(rng: random.Random, names: list[str], fields: list[str]) -> Document:
    """Return one comparison of a fact or of one of the derived `names`, with a value or with another fact."""
    looks: Document = {"field": rng.choice(fields)}
    if names and rng.random() < 0.35:
        looks = {"derived": rng.choice(names)}
    if rng.random() < 0.12:
        than = f"derived.{rng.choice(names)}" if names and rng.random() < 0.3 else rng.choice(fields)
        return looks | {"op": rng.choice(COMPARING), "than": than}
    op = rng.choice(OPERATORS)
    leaf: Document = {"op": op, **looks}
    if op in ("==", "!=", "contains"):
        leaf["value"] = rng.choice(SCALARS)
    elif op in ("<", "<=", ">", ">="):
        leaf["value"] = rng.choice(NUMBERS)
    elif op in ("in", "not_in"):
        leaf["value"] = rng.sample(SCALARS, rng.randint(1, 4))
    elif op == "starts_with":
        leaf["value"] = rng.choice(["x", "xy", "2026"])
    elif op == "matches":
        leaf["value"] = rng.choice(PATTERNS)
    elif op == "between":
        leaf["value"] = sorted(rng.sample(NUMBERS, 2)) if rng.random() < 0.6 else rng.sample(MOMENTS, 2)
    elif op in ("before", "after"):
        leaf["value"] = rng.choice(MOMENTS)
    elif op in ("within_hours", "older_than_hours"):
        leaf["value"] = rng.choice([0, 1, 2, 3.5, 40])
    return leaf


def random_condition(
    rng: random.Random, names: list[str], depth: int = 0, fields: list[str] = FIELDS, deepest: int = 3
) -> Document:
    """Return a condition over facts and derived `names`."""
    shape = rng.choice(["leaf", "leaf", "all", "any", "not"] if depth < deepest else ["leaf"])
    if shape == "leaf":
        return random_leaf(rng, names, fields)
    if shape == "not":
        return {"not": random_condition(rng, names, depth + 1, fields, deepest)}
    return {shape: [random_condition(rng, names, depth + 1, fields, deepest) for _ in range(rng.randint(1, 4))]}


def random_match(rng: random.Random, names: list[str]) -> list[Document]:
    """Return the items of a match: rows alone, rows that speak of rows before them, missing rows and counted ones."""
    items: list[Document] = []
    before: list[str] = []
    for number in range(rng.choice([1, 1, 2, 2, 2, 3])):
        alias = f"m{number}"
        own = [f"{alias}.{field}" for field in ROW_FIELDS]
        parts = [_between_rows(rng, own, before) for _ in range(rng.choice([0, 1, 1, 2])) if before]
        if rng.random() < 0.6:
            parts.append(random_condition(rng, names, 0, own + own + FIELDS, 1))
        if before and rng.random() < 0.2:
            parts.append({"any": [_between_rows(rng, own, before), random_leaf(rng, names, own)]})
        item: Document = {"as": alias, "of": rng.choice(["rows", "rows", "others"])}
        if parts:
            item["where"] = parts[0] if len(parts) == 1 else {"all": parts}
        kind = rng.random()
        if kind < 0.15:
            item["none"] = True
        elif kind < 0.3:
            item["at_least"] = rng.randint(1, 3)
        else:
            before += own
        items.append(item)
    return items


def _between_rows(rng: random.Random, own: list[str], before: list[str]) -> Document:
    pair = [rng.choice(own), rng.choice(before)]
    rng.shuffle(pair)
    return {"field": pair[0], "op": rng.choice(COMPARING), "than": pair[1]}


def random_rules(rng: random.Random, matching: float = 0.0) -> list[Document]:
    """Return rules in levels: a level reads what lower ones derive, and groups stay within a level."""
    documents = []
    for number in range(rng.randint(5, 40)):
        level = rng.randint(0, 3)
        names = [f"n{lower}{which}" for lower in range(level) for which in "pq"]
        more: Document = {"priority": rng.choice([0, 0, 5, -1])}
        if level < 3 and rng.random() < 0.5:
            more["derive"] = {f"n{level}{rng.choice('pq')}": rng.choice(SCALARS)}
        if rng.random() < 0.3:
            more["group"] = f"g{level}"
        if rng.random() < 0.1:
            more["valid"] = rng.choice(
                [{"from": "2026-03-02T09:30:00+00:00"}, {"until": "2026-03-02T09:30:00+00:00"}, {"from": "2026-03-03"}]
            )
        more["trigger"] = rng.choice([["t"], ["t"], ["t", "u"], ["u"]])
        when = random_condition(rng, names) if rng.random() < 0.95 else None
        if rng.random() < matching:
            more["match"] = match = random_match(rng, names)
            spoken = "".join(f"{{{item['as']}.n}}" for item in match if not item.get("none"))
            more["then"] = [{"note": {"rule": f"r{number}", "rows": spoken}}]
            when = when if rng.random() < 0.3 else None
        documents.append(document(f"r{number}", when, **more))
    return documents


def random_facts(rng: random.Random, rows: int = 0) -> Document:
    """Return facts of every kind, some missing; with `rows`, up to that many of two kinds of related records."""
    pool = [*VALUES, *TIMES, *LISTS, None]
    facts: Document = {name: rng.choice(pool) for name in FIELDS if rng.random() < 0.85}
    for collection in ("rows", "others"):
        if rows and rng.random() < 0.95:
            facts[collection] = [random_row(rng, number) for number in range(rng.randint(0, rows))]
    return facts


def random_row(rng: random.Random, number: int) -> Document:
    """Return a row whose values often meet those of others; `n` is unlike any other row's."""
    few = [1, 1.0, True, "1", 2, 0, "x", "2026-03-02", "2026-03-02T00:00:00+00:00", None, ["x"], [1], [True]]
    return {"n": number, "k": rng.choice(few)} | ({"t": rng.choice([*TIMES, 3, 1])} if rng.random() < 0.8 else {})
