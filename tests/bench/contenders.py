"""Other engines behind one face: made from the same rows, `decide(events)` returns the ids that fired, event by event."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import clips
import rule_engine
import zen
from durable import engine as durable

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document

from .sales_rules import Row

Event = dict[str, str | int]
Decide = Callable[[Sequence[Event]], list[set[str]]]
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_IN_A_CELL = 48
_serial = itertools.count(1)


def clew(rows: Sequence[Row]) -> Decide:
    """Return Clew's own way: the whole outcome, decisions and trace."""
    ruleset = Ruleset.compile(rule_from_document(row.document()) for row in rows)

    def decide(events: Sequence[Event]) -> list[set[str]]:
        return [{f.rule_id for f in ruleset.evaluate("lead.created", event, NOW).firings} for event in events]

    return decide


def closures(rows: Sequence[Row]) -> Decide:
    """Return the limit: each rule a Python function, behind a dictionary over both equalities; nothing traced."""
    index: dict[tuple[str, str], list[tuple[str, Callable[[Event], bool]]]] = defaultdict(list)
    for row in rows:
        index[row.industry, row.region].append((row.id, _in_band(row.low, row.high)))

    def decide(events: Sequence[Event]) -> list[set[str]]:
        return [
            {name for name, holds in index.get((e["lead.industry"], e["lead.region"]), ()) if holds(e)}  # type: ignore[call-overload]
            for e in events
        ]

    return decide


def _in_band(low: int, high: int) -> Callable[[Event], bool]:
    return lambda event: low <= event["lead.budget"] < high  # type: ignore[operator]


class _Quiet(durable.Host):  # type: ignore[misc]
    def _run(self) -> None:
        """Start none of the threads that dispatch timers."""


class _Cell:
    """Up to 48 rules in one durable-rules ruleset, used as it allows: a catch-all, fresh sessions, states deleted."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.fired: set[str] = set()
        definition: dict[str, Any] = {"other": {"all": [{"m": {"kind": "lead"}}], "run": lambda c: None}}
        for row in rows:
            tests = [
                {"kind": "lead"},
                {"industry": row.industry},
                {"region": row.region},
                {"$gte": {"budget": row.low}},
                {"$lt": {"budget": row.high}},
            ]
            definition[row.id] = {"all": [{"m": {"$and": tests}}], "run": self._record(row.id)}
        self.ruleset = durable.Ruleset(f"bench{next(_serial)}", _Quiet(), definition)

    def _record(self, name: str) -> Callable[[Any], None]:
        return lambda c: self.fired.add(name)

    def decide(self, event: Event) -> set[str]:
        session = f"b{next(_serial)}"
        self.fired.clear()
        fact = {name.removeprefix("lead."): value for name, value in event.items()}
        state = self.ruleset.assert_fact({"id": session, "sid": session, "kind": "lead", **fact})
        self.ruleset.do_actions(state, lambda error, _: None)
        self.ruleset.delete_state(session)
        return set(self.fired)


def durable_rules(rows: Sequence[Row]) -> Decide:
    """Return durable-rules alone, in cells found by industry and region: in one ruleset it fails from a few thousand."""
    by_key: dict[tuple[str, str], list[_Cell]] = defaultdict(list)
    ordered = sorted(rows, key=lambda row: (row.industry, row.region))
    for start in range(0, len(ordered), _IN_A_CELL):
        part = ordered[start : start + _IN_A_CELL]
        cell = _Cell(part)
        for key in sorted({(row.industry, row.region) for row in part}):
            by_key[key].append(cell)

    def decide(events: Sequence[Event]) -> list[set[str]]:
        return [
            set().union(*(cell.decide(e) for cell in by_key.get((e["lead.industry"], e["lead.region"]), ())))  # type: ignore[call-overload]
            for e in events
        ]

    return decide


def clips_alone(rows: Sequence[Row]) -> Decide:
    """Return CLIPS, event by event; clipspy 1.0.6 slows down with each run, so its batches are the fairer measure."""
    environment, fired = _clips(rows)
    template = environment.find_template("lead")

    def decide(events: Sequence[Event]) -> list[set[str]]:
        found = []
        for number, event in enumerate(events):
            fired.clear()
            fact = template.assert_fact(number=number, **_slots(event))
            environment.run()
            fact.retract()
            found.append({name for _, name in fired})
        return found

    return decide


def clips_batches(rows: Sequence[Row]) -> Decide:
    """Return CLIPS with 200 events in its memory at once."""
    environment, fired = _clips(rows)
    template = environment.find_template("lead")

    def decide(events: Sequence[Event]) -> list[set[str]]:
        found: list[set[str]] = [set() for _ in events]
        for start in range(0, len(events), 200):
            fired.clear()
            for number, event in enumerate(events[start : start + 200], start):
                template.assert_fact(number=number, **_slots(event))
            environment.run()
            environment.reset()
            for number, name in fired:
                found[number].add(name)
        return found

    return decide


def _slots(event: Event) -> dict[str, str | int]:
    return {name.removeprefix("lead."): value for name, value in event.items()}


def _clips(rows: Sequence[Row]) -> tuple[Any, list[tuple[int, str]]]:
    environment = clips.Environment()
    fired: list[tuple[int, str]] = []
    environment.define_function(lambda number, name: fired.append((int(number), str(name))), "fired")
    environment.build("(deftemplate lead (slot number) (slot industry) (slot region) (slot budget))")
    for row in rows:
        environment.build(
            f'(defrule {row.id} (lead (number ?n) (industry "{row.industry}") (region "{row.region}") '
            f'(budget ?b&:(>= ?b {row.low})&:(< ?b {row.high}))) => (fired ?n "{row.id}"))'
        )
    return environment, fired


def zen_table(rows: Sequence[Row]) -> Decide:
    """Return one zen-engine decision table that collects."""
    columns = ("industry", "region", "budget")
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in columns],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [
            {
                "_id": row.id,
                "industry": json.dumps(row.industry, ensure_ascii=False),
                "region": json.dumps(row.region, ensure_ascii=False),
                "budget": f"[{row.low}..{row.high})",
                "rule": f'"{row.id}"',
            }
            for row in rows
        ],
    }
    place = {"x": 0, "y": 0}
    graph = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": place, "content": content},
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }
    engine = zen.ZenEngine()
    decision = engine.create_decision(json.dumps(graph, ensure_ascii=False))

    def decide(events: Sequence[Event]) -> list[set[str]]:
        return [{one["rule"] for one in decision.evaluate(_slots(event))["result"]} for event in events]

    return decide


def rule_engine_alone(rows: Sequence[Row]) -> Decide:
    """Return rule-engine: each rule an expression, all of them asked."""
    compiled = [
        (
            row.id,
            rule_engine.Rule(
                f'industry == "{row.industry}" and region == "{row.region}" '
                f"and budget >= {row.low} and budget < {row.high}"
            ),
        )
        for row in rows
    ]

    def decide(events: Sequence[Event]) -> list[set[str]]:
        return [
            {name for name, rule in compiled if rule.matches(slots)} for slots in (_slots(event) for event in events)
        ]

    return decide
