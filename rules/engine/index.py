"""Finds the rules whose conditions hold without asking them all: a tree over values and number ranges.

Rules that insist on a field's value stand under that value and are not asked for it again; below it
they are told apart by their next field. The tree grows where events go: a new one costs little.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..language.conditions import Condition
from ..language.documents import Rule
from ..language.values import FactView, Key
from .compiled_conditions import Bounds, Indexed, Test, all_of, within
from .compiled_rule import CompiledRule, Conjunct
from .index_ranges import FEWEST_IN_RANGES, Ranges

# A look-up costs about as much as asking two rules.
FEWEST_IN_BAND = 3

# A rule's position among its trigger's rules, what is left to ask of it, and what is asked last (its dates and rows).
Row = tuple[int, tuple[Conjunct, ...], Test | None]


class Node:
    """Some rules, told apart: those that hold for sure, those to ask, and those found by a value."""

    __slots__ = ("asked", "bands", "ranges", "sure")

    def __init__(self, rows: Sequence[Row], used: frozenset[Key] = frozenset()) -> None:
        self.sure = tuple(position for position, left, gate in rows if not left and gate is None)
        rest = [row for row in rows if row[1] or row[2] is not None]
        self.bands: tuple[tuple[Key, Band], ...] = ()
        self.ranges: tuple[tuple[Key, Ranges], ...] = ()
        if len(rest) > FEWEST_IN_BAND:
            rest = self._shelve(rest, used)
        # Rules that ask the same are asked once.
        alike: defaultdict[tuple[tuple[Condition, ...], Test | None], list[Row]] = defaultdict(list)
        for row in rest:
            alike[tuple(conjunct.condition for conjunct in row[1]), row[2]].append(row)
        self.asked = tuple((tuple(row[0] for row in rows), row_test(*rows[0][1:])) for rows in alike.values())

    def collect(self, view: FactView, found: list[int]) -> None:
        """Add the positions of the rules that hold to `found`."""
        if self.sure:
            found.extend(self.sure)
        for positions, test in self.asked:
            if test(view):
                found.extend(positions)
        for key, band in self.bands:
            value = view[key]
            kind = type(value)
            if kind is bool:
                value = (value,)  # type: ignore[assignment]
            elif kind is list:
                continue
            rows = band.rows.get(value)  # type: ignore[arg-type]
            if rows is not None:
                if type(rows) is list:
                    rows = band.grow(value)  # type: ignore[arg-type]
                rows.collect(view, found)  # type: ignore[union-attr]
        for key, ranges in self.ranges:
            number = view[key]
            kind = type(number)
            if kind is int or kind is float:
                ranges.collect(number, view, found)  # type: ignore[arg-type]

    def _shelve(self, rows: list[Row], used: frozenset[Key]) -> list[Row]:
        """Put rows into bands by a value, then into ranges; return those that fit neither."""
        variety: defaultdict[Key, set[Indexed]] = defaultdict(set)
        for _, left, _ in rows:
            for conjunct in left:
                for key, values in conjunct.keys.items():
                    variety[key] |= values
        bands: defaultdict[Key, list[tuple[Row, Conjunct]]] = defaultdict(list)
        ranges: defaultdict[Key, list[Row]] = defaultdict(list)
        rest: list[Row] = []
        for row in rows:
            best = max(
                (
                    (len(variety[key]) / max(len(values), 1), str(key), key, conjunct)
                    for conjunct in row[1]
                    for key, values in conjunct.keys.items()
                    if key not in used
                ),
                key=lambda choice: choice[:2],
                default=None,
            )
            if best is not None:
                bands[best[2]].append((row, best[3]))
            elif bounded := {conjunct.bounds[0] for conjunct in row[1] if conjunct.bounds} - used:
                ranges[min(bounded, key=str)].append(row)
            else:
                rest.append(row)
        for key in [key for key, shelf in bands.items() if len(shelf) < FEWEST_IN_BAND]:
            rest.extend(row for row, _ in bands.pop(key))
        for key in [key for key, shelf in ranges.items() if len(shelf) < FEWEST_IN_RANGES]:
            rest.extend(ranges.pop(key))
        self.bands = tuple((key, Band(key, shelf, used)) for key, shelf in bands.items())
        self.ranges = tuple((key, Ranges(key, shelf, used, Node, row_test)) for key, shelf in ranges.items())
        return rest


class Band:
    """Rules by the value they want of one field; a value's rules become a node when it first occurs."""

    __slots__ = ("_used", "rows")

    def __init__(self, key: Key, shelf: Iterable[tuple[Row, Conjunct]], used: frozenset[Key]) -> None:
        self._used = used | {key}
        self.rows: dict[Indexed, list[Row] | Node] = {}
        for (position, left, gate), conjunct in shelf:
            after = tuple(other for other in left if other is not conjunct) if conjunct.exact else left
            row = (position, after, gate)
            for value in conjunct.keys[key]:
                self.rows.setdefault(value, []).append(row)  # type: ignore[union-attr]

    def grow(self, value: Indexed) -> Node:
        """Make the node of a value; two threads may both do so and end up with equal ones."""
        rows = self.rows[value]
        if isinstance(rows, Node):
            return rows
        node = self.rows[value] = Node(rows, self._used)
        return node


def row_test(left: Sequence[Conjunct], gate: Test | None) -> Test:
    """Return one closure for everything that is left to ask of a rule, the dearest last."""
    bounds: defaultdict[Key, list[Bounds]] = defaultdict(list)
    for conjunct in left:
        if conjunct.bounds:
            bounds[conjunct.bounds[0]].append(conjunct.bounds[1])
    tests = [conjunct.test for conjunct in left if not conjunct.bounds]
    tests += [within(key, several) for key, several in bounds.items()]
    return all_of(tests if gate is None else [*tests, gate])


class Unit:
    """Rules of one trigger that read the same derived facts: asked anew when one of these changes."""

    __slots__ = ("_root", "reads")

    def __init__(self, rows: Sequence[Row], reads: frozenset[str]) -> None:
        self._root = Node(rows)
        self.reads = reads

    def match(self, view: FactView) -> list[int]:
        """Return the positions of the rules whose conditions hold."""
        found: list[int] = []
        self._root.collect(view, found)
        return found


class TriggerIndex:
    """The rules of one trigger in rank order; those that read no derived fact are matched once an evaluation."""

    __slots__ = ("_reads", "chained", "deriving", "grouped", "plain", "reading", "rules")

    def __init__(self, rules: Iterable[CompiledRule]) -> None:
        self.rules = tuple(rules)
        self._reads: frozenset[str] | None = None
        self.deriving = sum(1 for rule in self.rules if rule.derive)
        self.reading = sum(1 for rule in self.rules if rule.reads_derived)
        self.grouped = any(rule.group is not None for rule in self.rules)
        by_reads: defaultdict[frozenset[str], list[Row]] = defaultdict(list)
        for position, rule in enumerate(self.rules):
            by_reads[rule.reads_derived].append((position, rule.conjuncts, rule.gate))
        self.plain = Unit(by_reads.pop(frozenset(), []), frozenset())
        self.chained = tuple(Unit(rows, reads) for reads, rows in by_reads.items())

    def reads(self) -> frozenset[str]:
        """Return the facts and collections its rules read."""
        if self._reads is None:
            self._reads = frozenset().union(*(rule.reads() for rule in self.rules))
        return self._reads


def build_indexes(
    rules: Iterable[CompiledRule], known: Mapping[str, TriggerIndex], changed: Iterable[CompiledRule]
) -> dict[str, TriggerIndex]:
    """Return one index a trigger; `known` ones stay where no rule that came or went (`changed`) listens."""
    touched = {trigger for one in changed for trigger in one.rule.trigger}
    by_trigger: dict[str, list[CompiledRule]] = {trigger: [] for trigger in touched}
    for compiled in rules:
        for trigger in compiled.rule.trigger:
            if trigger in touched:
                by_trigger[trigger].append(compiled)
    made = {trigger: TriggerIndex(found) for trigger, found in by_trigger.items() if found}
    return {**{trigger: index for trigger, index in known.items() if trigger not in touched}, **made}


def repeated(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the ids that occur more than once, in order."""
    counts = Counter(rule.id for rule in rules)
    return iter(sorted(rule_id for rule_id, count in counts.items() if count > 1))
