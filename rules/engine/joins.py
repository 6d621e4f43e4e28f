"""A rule's `match` made ready: what each item asks of its own row, and what items ask of each other.

Finds the first combination of rows, in the order the rows were given, for which all items hold. What an
item asks of its own row alone is a filter. Items that equal each other in some field are joined by value
(joins_hash.py); where only an order or a difference relates them, durable-rules joins them (joins_durable.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..language.conditions import Condition, Leaf, flattened, leaves
from ..language.documents import Rule
from ..language.errors import JoinTooLarge
from ..language.match import Match, alias_of
from ..language.templates import fact_names
from ..language.values import FactView, Value, typed
from .compiled_conditions import Test, all_of, closure_of
from .durable import MOST_TESTS
from .joins_durable import FLIPPED, Joiner, Relation
from .joins_hash import HashJoiner
from .joins_rows import Ask, ItemRows, rows_of

MOST_COMPARED = 50_000
"""Combinations that one rule may look at in one evaluation, before it is stopped and named."""


class _Item:
    """One item: the test of a row by itself, and the conditions that speak of other items' rows."""

    def __init__(self, place: int, match: Match, fields: Sequence[str], aliases: Iterable[str]) -> None:
        self.place = place
        self.match = match
        self.fields = tuple(fields)
        own: list[Condition] = []
        self.crossing: list[tuple[Condition, frozenset[str]]] = []
        others = frozenset(aliases) - {match.alias}
        for part in flattened(match.where):
            spoken = frozenset(alias_of(name) for leaf in leaves(part) for name in leaf.names) & others
            if spoken:
                self.crossing.append((part, spoken))
            else:
                own.append(part)
        prefix = f"{match.alias}."
        self.asks = tuple(
            Ask(part.name.removeprefix(prefix), part.op == "==", part.than_key, part.value)
            for part in own
            if isinstance(part, Leaf)
            and part.op in ("==", "!=")
            and part.name.startswith(prefix)
            and (isinstance(part.value, str) or part.than is not None)
            and alias_of(part.than or "") != match.alias
        )
        self.test: Test | None = all_of([closure_of(part) for part in own]) if own else None

    def relation_of(self, part: Condition) -> Relation | None:
        """Return the comparison of this row's field with another row's, None when the part is no such thing."""
        if not isinstance(part, Leaf) or part.derived or part.than is None:
            return None
        left, right, op = part.name, part.than, part.op
        if alias_of(right) == self.match.alias:
            left, right, op = right, left, FLIPPED[op]
        if alias_of(left) != self.match.alias or alias_of(right) in ("", self.match.alias):
            return None
        return Relation(self.match.alias, left, op, alias_of(right), right)


class _Group:
    """Items, at least two, that speak of each other, however indirectly: some bind a row, some count rows."""

    def __init__(self, rule_id: str, items: Sequence[_Item]) -> None:
        self.binding = [item for item in items if item.match.binds]
        self.counting = [_Counting(item) for item in items if not item.match.binds]
        relations: list[Relation] = []
        rest: list[Test] = []
        for item in self.binding:
            for part, _ in item.crossing:
                relation = item.relation_of(part)
                if relation is not None and len(relations) < MOST_TESTS // 2:
                    relations.append(relation)
                else:
                    rest.append(closure_of(part))
        self.rest = all_of(rest) if rest else None
        aliases = [item.match.alias for item in self.binding]
        self.joiner: Joiner | HashJoiner | None = None
        if len(aliases) > 1:
            by_value = HashJoiner.fits(aliases, relations)
            self.joiner = (HashJoiner if by_value else Joiner)(rule_id, aliases, relations)

    def combinations(self, rows: Mapping[str, ItemRows], view: FactView) -> Iterator[tuple[int, ...]]:
        """Yield the combinations of rows that pass the comparisons between them, first ones first."""
        if self.joiner is not None:
            yield from self.joiner.combinations([rows[item.match.alias] for item in self.binding], view)
        else:
            yield from ((place,) for place in range(len(rows[self.binding[0].match.alias])))


class _Counting:
    """An item that says none or at_least: how many of its rows fit the rows bound before it."""

    def __init__(self, item: _Item) -> None:
        self.item = item
        self.alias = item.match.alias
        self._wanted = item.match.at_least or 1
        self._crossing = all_of([closure_of(part) for part, _ in item.crossing]) if item.crossing else None
        relations = [relation for part, _ in item.crossing if (relation := item.relation_of(part)) is not None]
        self._by = next((relation for relation in relations if relation.op == "=="), None)

    def first(self, rows: ItemRows, view: FactView) -> tuple[bool, int | None]:
        """Say whether the item holds, and which row is its first (None: it has none to speak of)."""
        places: Sequence[int] = range(len(rows))
        if self._by is not None:
            value = view[self._by.other]
            places = () if value is None else rows.having(self._by.own, typed(value))
        first, count = None, 0
        for place in places:
            if self._crossing is not None:
                rows.show(place, view)
                if not self._crossing(view):
                    continue
            first, count = place if first is None else first, count + 1
            if count >= self._wanted:
                break
        holds = count >= self._wanted
        return (not holds, None) if self.item.match.none else (holds, first)


class CompiledMatch:
    """The items of a rule, all or the `first` few, those that stand alone apart from those that are joined."""

    def __init__(self, rule: Rule, first: int | None = None) -> None:
        self._rule_id = rule.id
        aliases = [item.alias for item in rule.match]
        named = [name for item in rule.match for leaf in leaves(item.where) for name in leaf.names]
        named += [name for action in rule.then for name in fact_names(action.args)]
        fields = {alias: [name for name in dict.fromkeys(named) if alias_of(name) == alias] for alias in aliases}
        items = [_Item(place, item, fields[item.alias], aliases) for place, item in enumerate(rule.match[:first])]
        groups = _grouped(items)
        self._alone = [group[0] for group in groups if len(group) == 1]
        self._joined = [item for group in groups if len(group) > 1 for item in group]
        self._groups = [_Group(rule.id, group) for group in groups if len(group) > 1]
        self.reads_derived = frozenset(
            key[0]
            for item in rule.match
            for leaf in leaves(item.where)
            for key in (leaf.key, leaf.than_key)
            if isinstance(key, tuple)
        )
        self._bound = tuple(name for item in items if not item.match.none for name in item.fields)

    def find(self, view: FactView) -> FactView | None:
        """Return a view that shows the rows of the first combination too ("c.number"); None when there is none."""
        scratch = view.copy()
        for item in self._alone:  # No other item cares which row it is: the first will do.
            wanted = item.match.at_least or 1
            found = rows_of(view, item.match, item.fields, item.asks, item.test, scratch, wanted)
            if (len(found) < wanted) is not item.match.none:
                return None
            if not item.match.none:
                found.show(0, scratch)
        rows: dict[str, ItemRows] = {}
        for item in self._joined:
            rows[item.match.alias] = found = rows_of(view, item.match, item.fields, item.asks, item.test, scratch)
            if not found and not item.match.none:
                return None
        compared = 0
        for group in self._groups:
            for places in group.combinations(rows, scratch):
                compared += 1
                if compared > MOST_COMPARED:
                    raise JoinTooLarge(self._rule_id)
                if self._fits(group, places, rows, scratch):
                    break
            else:
                return None
        return scratch

    def rows_in(self, found: FactView) -> dict[str, Value | None]:
        """Return what the rows that were found say, by name."""
        return {name: found[name] for name in self._bound}

    def _fits(self, group: _Group, places: Iterable[int], rows: Mapping[str, ItemRows], view: FactView) -> bool:
        """Say whether a combination passes what is left to ask; its rows are shown in `view` then."""
        for item, place in zip(group.binding, places, strict=True):
            rows[item.match.alias].show(place, view)
        if group.rest is not None and not group.rest(view):
            return False
        for counting in group.counting:
            holds, first = counting.first(rows[counting.alias], view)
            if not holds:
                return False
            if first is not None:
                rows[counting.alias].show(first, view)
        return True


def _grouped(items: Sequence[_Item]) -> list[list[_Item]]:
    """Return the items in groups that speak of nothing outside, each in order."""
    group_of = {item.match.alias: {item.match.alias} for item in items}
    for item in items:
        for alias in itertools.chain.from_iterable(spoken for _, spoken in item.crossing):
            together = (
                group_of[item.match.alias]
                | group_of[alias]
                | {alias for _, spoken in item.crossing for alias in spoken}
            )
            for member in together:
                group_of[member] = together
    seen: set[str] = set()
    groups = []
    for item in items:
        if item.match.alias not in seen:
            members = group_of[item.match.alias]
            seen |= members
            groups.append([one for one in items if one.match.alias in members])
    return groups
