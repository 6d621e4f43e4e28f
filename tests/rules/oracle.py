"""The meaning of rules in plain Python, written from docs/rules.md alone: shares no code with clew.rules."""

from __future__ import annotations

import re
from datetime import datetime, timedelta


def missing(fact):
    return fact is None or fact in ("", [])


def kind(value):
    return bool if isinstance(value, bool) else float if isinstance(value, int | float) else type(value)


def equal(a, b):
    return kind(a) is kind(b) and a == b


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
        return {"<": fact < value, "<=": fact <= value, ">": fact > value, ">=": fact >= value}[op]
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
        if not self.holds(rule.get("when")):
            return None
        for other in self.rules:
            if other is rule:
                return "fired"
            if rule.get("group") and other.get("group") == rule["group"] and self.holds(other.get("when")):
                return "outranked"
        raise AssertionError("a rule is among the rules")

    def holds(self, condition):
        if condition is None:
            return True
        if "all" in condition:
            return all(self.holds(item) for item in condition["all"])
        if "any" in condition:
            return any(self.holds(item) for item in condition["any"])
        if "not" in condition:
            return not self.holds(condition["not"])
        fact = self.derived(condition["derived"]) if "derived" in condition else self.facts.get(condition["field"])
        return leaf_holds(condition, fact, self.now)

    def answer(self):
        """Return [(rule id, verdict)] in rank order."""
        verdicts = [(rule["id"], self.verdict(rule)) for rule in self.rules]
        return [(rule_id, verdict) for rule_id, verdict in verdicts if verdict]
