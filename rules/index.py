"""Sends an event's facts only to the cells whose rules can match: by trigger, then by an equality.

Rules are packed into cells by the value they ask for, so that cells stay few, full and apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from .branches import Branch, branches_of
from .conditions import All, Condition, Leaf, leaves
from .documents import Rule
from .encoding import Encoder
from .engine import MOST_BRANCHES, MOST_PROPERTIES, EngineCell
from .values import FactView, Scalar, kind_of

Key = tuple[str, Scalar]


class Cell:
    """A handful of rules compiled together; `rules` are positions in the ruleset's order."""

    def __init__(self, rules: Sequence[tuple[int, Rule, tuple[Branch, ...]]]) -> None:
        branches = [(position, branch) for position, _, found in rules for branch in found]
        self._encoder = Encoder()
        for _, branch in branches:
            self._encoder.add(branch)
        self._owners = tuple(position for position, _ in branches)
        self._engine = EngineCell([self._encoder.tests(branch) for _, branch in branches])
        self.reads_derived = frozenset(leaf.name for _, rule, _ in rules for leaf in leaves(rule.when) if leaf.derived)

    def match(self, view: FactView) -> frozenset[int]:
        """Return the positions of the rules whose condition holds: each once, however many branches do."""
        return frozenset(self._owners[branch] for branch in self._engine.match(self._encoder.properties(view)))

    def close(self) -> None:
        """Free the engine's memory."""
        self._engine.close()


class TriggerIndex:
    """The cells of one trigger, found by the value of the field each rule insists on."""

    def __init__(self, rules: Sequence[tuple[int, Rule]]) -> None:
        self.deriving = sum(1 for _, rule in rules if rule.derive)
        required = [(position, rule, _required(rule.when)) for position, rule in rules]
        variety: defaultdict[str, set[Key]] = defaultdict(set)
        for _, _, equalities in required:
            for name, keys in equalities.items():
                variety[name] |= keys
        self._by_value: defaultdict[str, defaultdict[Key, list[Cell]]] = defaultdict(lambda: defaultdict(list))
        self._always: list[Cell] = []
        self.cells: list[Cell] = []
        shelves: defaultdict[str, list[tuple[int, Rule, frozenset[Key]]]] = defaultdict(list)
        for position, rule, equalities in required:
            field = max(equalities, key=lambda name: (len(variety[name]), -len(equalities[name]), name), default="")
            shelves[field].append((position, rule, equalities.get(field, frozenset())))
        for field, shelf in shelves.items():
            # Rules that ask for the same value end up in the same cell.
            shelf.sort(key=lambda entry: (sorted(map(str, entry[2])), entry[0]))
            for packed in _packed(shelf):
                cell = Cell([(position, rule, found) for position, rule, _, found in packed])
                self.cells.append(cell)
                if not field:
                    self._always.append(cell)
                for key in sorted({key for _, _, keys, _ in packed for key in keys}, key=str):
                    self._by_value[field][key].append(cell)

    def candidates(self, view: FactView) -> Iterator[Cell]:
        """Yield the cells that can match these facts."""
        yield from self._always
        for field, cells in self._by_value.items():
            value = view.get(field)
            if value is not None and not isinstance(value, list):
                yield from cells.get((kind_of(value), value), ())


Packed = tuple[int, Rule, frozenset[Key], tuple[Branch, ...]]


def _packed(shelf: Iterable[tuple[int, Rule, frozenset[Key]]]) -> Iterator[list[Packed]]:
    """Fill cells in order, as far as the engine is safe."""
    cell: list[Packed] = []
    branches = literals = 0
    for position, rule, keys in shelf:
        found = branches_of(rule.when)
        size = sum(len(branch) for branch in found)
        if cell and (branches + len(found) > MOST_BRANCHES or literals + size > MOST_PROPERTIES):
            yield cell
            cell, branches, literals = [], 0, 0
        cell.append((position, rule, keys, found))
        branches += len(found)
        literals += size
    if cell:
        yield cell


def _required(condition: Condition) -> dict[str, frozenset[Key]]:
    """Return the values that fields must have for the condition to hold, as far as that is plain to see."""
    if isinstance(condition, Leaf) and not condition.derived and condition.op in ("==", "in"):
        values = (condition.value,) if condition.op == "==" else condition.value
        return {condition.name: frozenset((kind_of(value), value) for value in values)}
    found: dict[str, frozenset[Key]] = {}
    if isinstance(condition, All):
        for item in condition.items:
            for name, keys in _required(item).items():
                found[name] = found.get(name, keys) & keys
    return found


def build_indexes(rules: Sequence[Rule]) -> dict[str, TriggerIndex]:
    """Return one index a trigger; positions are those in `rules`."""
    by_trigger: defaultdict[str, list[tuple[int, Rule]]] = defaultdict(list)
    for position, rule in enumerate(rules):
        for trigger in rule.trigger:
            by_trigger[trigger].append((position, rule))
    return {trigger: TriggerIndex(found) for trigger, found in by_trigger.items()}


def repeated(rules: Iterable[Rule]) -> list[str]:
    """Return the ids that occur more than once."""
    return sorted(rule_id for rule_id, count in Counter(rule.id for rule in rules).items() if count > 1)
