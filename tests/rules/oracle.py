"""The meaning of rules in plain Python, written from docs/rules.md alone: shares no code with clew.rules."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta


def missing(fact):
    return fact is None or fact in ("", [])


def kind(value):
    return bool if isinstance(value, bool) else float if isinstance(value, int | float) else type(value)


def equal(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return kind(a) is kind(b) and a == b


ORDER = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compares(op, a, b, now):
    """Two facts with each other."""
    if missing(a) or missing(b):
        return False
    if op in ("==", "!="):
        return equal(a, b) is (op == "==")
    if kind(a) is float and kind(b) is float:
        return ORDER[op](a, b)
    first, second = when(a, now), when(b, now)
    return first is not None and second is not None and ORDER[op](first, second)


def when(text, now):
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)


def leaf_holds(leaf, fact, now):
    op, value = leaf["op"], leaf.get("value")
    if missing(fact):
        return op == "missing"
    if op in ("missing", "present"):
        return op == "present"
    if op in ("==", "!="):
        return equal(fact, value) is (op == "==")
    if op in ("in", "not_in"):
        return any(equal(fact, one) for one in value) is (op == "in")
    if op == "contains":
        if isinstance(fact, list):
            return any(equal(one, value) for one in fact)
        return isinstance(fact, str) and isinstance(value, str) and value in fact
    if op == "starts_with":
        return isinstance(fact, str) and fact.startswith(value)
    if op == "matches":
        return isinstance(fact, str) and bool(re.search(value, fact[:200]))
    if op in ("<", "<=", ">", ">=") or (op == "between" and kind(value[0]) is float):
        if kind(fact) is not float:
            return False
        if op == "between":
            return value[0] <= fact <= value[1]
        return ORDER[op](fact, value)
    at = when(fact, now)
    if at is None:
        return False
    if op == "between":
        return when(value[0], now) <= at <= when(value[1], now)
    if op == "before":
        return at < when(value, now)
    if op == "after":
        return at > when(value, now)
    age = now - at
    if op == "within_hours":
        return timedelta(0) <= age <= timedelta(hours=value)
    assert op == "older_than_hours"
    return age > timedelta(hours=value)


class Oracle:
    """Asks backwards, by recursion (the engine goes forwards, by rounds): right where nothing goes round."""

    def __init__(self, documents, event, facts, now):
        self.facts, self.now = facts, now
        self.rules = sorted(
            (doc for doc in documents if event in doc["trigger"]),
            key=lambda doc: (-doc.get("priority", 0), doc["id"]),
        )
        self.memory = {}

    def derived(self, name):
        for rule in self.rules:
            if name in rule.get("derive", {}) and self.fires(rule):
                return rule["derive"][name]
        return None

    def fires(self, rule):
        return self.verdict(rule) == "fired"

    def verdict(self, rule):
        if rule["id"] not in self.memory:
            self.memory[rule["id"]] = self._verdict(rule)
        return self.memory[rule["id"]]

    def _verdict(self, rule):
        if not self.whole(rule):
            return None
        for other in self.rules:
            if other is rule:
                return "fired"
            if rule.get("group") and other.get("group") == rule["group"] and self.whole(other):
                return "outranked"
        raise AssertionError("a rule is among the rules")

    def whole(self, rule):
        """Its dates, its condition and its related records."""
        valid = rule.get("valid", {})
        if "from" in valid and self.now < when(valid["from"], self.now):
            return False
        if "until" in valid and self.now >= when(valid["until"], self.now):
            return False
        return self.holds(rule.get("when")) and self.rows(rule) is not None

    def rows(self, rule):
        """The rows found by alias, the first combination of all in the order given; None if there is none."""
        items = rule.get("match", [])
        single = [item for item in items if not item.get("none") and "at_least" not in item]
        for rows in itertools.product(*(self.facts.get(item["of"]) or [] for item in single)):
            bound = {item["as"]: row for item, row in zip(single, rows, strict=True)}
            if not all(self.holds(item.get("where"), bound) for item in single):
                continue
            found = {item["as"]: self.fitting(item, bound) for item in items if item not in single}
            if all(
                not found[item["as"]] if item.get("none") else len(found[item["as"]]) >= item["at_least"]
                for item in items
                if item not in single
            ):
                return bound | {alias: rows[0] for alias, rows in found.items() if rows}
        return None

    def fitting(self, item, bound):
        rows = self.facts.get(item["of"]) or []
        return [row for row in rows if self.holds(item.get("where"), bound | {item["as"]: row})]

    def fact(self, name, bound):
        alias, _, field = name.partition(".")
        if alias in bound:
            return bound[alias].get(field)
        return self.derived(field) if alias == "derived" else self.facts.get(name)

    def holds(self, condition, bound=None):
        bound = bound or {}
        if condition is None:
            return True
        if "all" in condition:
            return all(self.holds(item, bound) for item in condition["all"])
        if "any" in condition:
            return any(self.holds(item, bound) for item in condition["any"])
        if "not" in condition:
            return not self.holds(condition["not"], bound)
        fact = self.derived(condition["derived"]) if "derived" in condition else self.fact(condition["field"], bound)
        if "than" in condition:
            return compares(condition["op"], fact, self.fact(condition["than"], bound), self.now)
        return leaf_holds(condition, fact, self.now)

    def answer(self):
        """Return [(rule id, verdict)] in rank order."""
        verdicts = [(rule["id"], self.verdict(rule)) for rule in self.rules]
        return [(rule_id, verdict) for rule_id, verdict in verdicts if verdict]
