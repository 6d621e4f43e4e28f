"""The parts of a condition with what each saw: which held, and which are to blame where the whole does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ..language.conditions import All, Condition, Leaf, Not, leaf_holds, read, wanted
from ..language.values import FactView, Value

Kind = Literal["all", "any", "not", "leaf", "match"]


@dataclass(frozen=True)
class Clause:
    """One part of a condition. `holds` is None where it was not looked at, an earlier clause having decided.

    A leaf has the `value` it looked at and what was `wanted`, which is the other fact's value for `than`.
    A match item's clause has as its value how many rows it found, and as its item the row that came nearest.
    """

    path: str
    kind: Kind
    holds: bool | None
    leaf: Leaf | None = None
    value: Value | None = None
    items: tuple[Clause, ...] = ()
    wanted: Any = None

    def walk(self) -> Iterator[Clause]:
        """Yield this clause and all below it, as written."""
        yield self
        for item in self.items:
            yield from item.walk()

    def to_dict(self) -> dict[str, Any]:
        """Return the clause as JSON."""
        found: dict[str, Any] = {"path": self.path, "kind": self.kind, "holds": self.holds}
        if self.leaf is not None:
            found |= {"name": self.leaf.name, "derived": self.leaf.derived, "op": self.leaf.op}
            found |= {"wanted": self.wanted, "value": self.value}
            if self.leaf.than is not None:
                found["than"] = self.leaf.than
        elif self.kind == "match":
            found["rows"] = self.value
        if self.items:
            found["items"] = [item.to_dict() for item in self.items]
        return found


def clause_of(condition: Condition, view: FactView, path: str) -> Clause:
    """Return a condition's clauses with what each saw, as far as they had to be looked at."""
    if isinstance(condition, Leaf):
        value, other = read(condition, view), wanted(condition, view)
        return Clause(path, "leaf", leaf_holds(condition, view), condition, value, wanted=other)
    if isinstance(condition, Not):
        item = clause_of(condition.item, view, f"{path}.not")
        return Clause(path, "not", not item.holds, items=(item,))
    kind: Kind = "all" if isinstance(condition, All) else "any"
    decisive, items, decided = kind == "any", [], False
    for index, part in enumerate(condition.items):
        where = f"{path}.{kind}[{index}]"
        if decided:
            items.append(_unseen(part, where))
            continue
        items.append(clause_of(part, view, where))
        decided = items[-1].holds is decisive
    return Clause(path, kind, decided is decisive, items=tuple(items))


def blamed(clause: Clause, desired: bool) -> Iterator[Clause]:
    """Yield the comparisons to blame for a clause not being what is desired of it."""
    if clause.holds is None or clause.holds is desired:
        return
    if clause.kind == "leaf" or not clause.items:
        yield clause
    elif clause.kind == "not":
        yield from blamed(clause.items[0], not desired)
    else:
        for item in clause.items:
            yield from blamed(item, desired)


def _unseen(condition: Condition, path: str) -> Clause:
    if isinstance(condition, Leaf):
        return Clause(path, "leaf", None, condition, wanted=condition.value)
    if isinstance(condition, Not):
        return Clause(path, "not", None, items=(_unseen(condition.item, f"{path}.not"),))
    kind: Kind = "all" if isinstance(condition, All) else "any"
    items = tuple(_unseen(part, f"{path}.{kind}[{index}]") for index, part in enumerate(condition.items))
    return Clause(path, kind, None, items=items)
