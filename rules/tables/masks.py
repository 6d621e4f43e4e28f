"""Masks of a fact's values put back into cells, as far as a cell can say it, and into words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ..boxes.atoms import Atom
from ..boxes.dimension import Dimension
from ..language.conditions import ALWAYS, Condition, parse_condition
from ..language.errors import Problems
from ..language.values import is_number
from .cell_texts import cell_text
from .cells import ANY, Cell, Column, Test

_MOST_WORDS = 6


def condition_of(cell: Cell, column: Column) -> Condition:
    """Return what a cell asks, as a condition."""
    document = cell.condition(column)
    return ALWAYS if document is None else parse_condition(document, "", Problems(), None)


def cell_of_mask(dimension: Dimension, mask: int, column: Column) -> Cell | None:
    """Return the cell that takes exactly these values, None where no cell can say it."""
    base, missing = mask & ~dimension.missing, bool(mask & dimension.missing)
    present = dimension.every & ~dimension.missing
    if base == present:
        return ANY if missing else Cell((("present", None),))
    if not base:
        return Cell((("missing", None),)) if missing else None
    for tests in _candidates(dimension, base, present):
        cell = Cell(tests, missing)
        if dimension.mask(condition_of(cell, column)) == mask:
            return cell
    return None


def _candidates(dimension: Dimension, base: int, present: int) -> Iterator[tuple[Test, ...]]:
    atoms, others = dimension.of(base), dimension.of(present & ~base)
    timely = dimension.kind == "datetime"
    if not timely and all(atom.kind == "value" for atom in atoms):
        yield (_listed("==", "in", atoms),)
    run = [atom for atom in atoms if timely or is_number(atom.sample)]
    if len(run) == len(atoms):
        yield _bounds(run[0], run[-1], timely)
    if not timely and all(atom.kind == "value" for atom in others):
        yield (_listed("!=", "not_in", others),)
    if dimension.kind == "list":
        items = [atom.sample[0] for atom in atoms if isinstance(atom.sample, list) and len(atom.sample) == 1]
        for size in range(1, min(len(items), 4) + 1):
            for some in itertools.combinations(items, size):
                yield (("contains", some if size > 1 else some[0]),)


def _listed(one: str, many: str, atoms: Sequence[Atom]) -> Test:
    values = tuple(atom.sample for atom in atoms)
    return (one, values[0]) if len(values) == 1 else (many, values)


def _bounds(first: Atom, last: Atom, timely: bool) -> tuple[Test, ...]:
    """Return the comparisons that take what lies from one atom of an ordered fact to another."""
    below, above = ("before", "after") if timely else ("<", ">")
    if first.kind == "value" and last.kind == "value":
        return (("between", (first.sample, last.sample)),)
    tests: list[Test] = []
    if first.kind == "value":
        tests.append((">=", first.sample))
    elif first.low is not None:
        tests.append((above, first.low))
    if last.kind == "value":
        tests.append(("<=", last.sample))
    elif last.high is not None:
        tests.append((below, last.high))
    return tuple(tests)


def words_of(dimension: Dimension, mask: int, column: Column, language: str) -> str:
    """Return the values of a mask in words: as the cell that takes them, or else one by one."""
    cell = cell_of_mask(dimension, mask, column)
    if cell is not None:
        return cell_text(cell, column, language)
    atoms = dimension.of(mask)
    shown = [_word(atom, column, language) for atom in atoms[:_MOST_WORDS]]
    shown += ["…"] if len(atoms) > _MOST_WORDS else []
    return ("、" if language == "zh" else ", ").join(dict.fromkeys(shown))


def _word(atom: Atom, column: Column, language: str) -> str:
    zh = language == "zh"
    if atom.kind == "missing":
        return "空" if zh else "missing"
    if atom.kind == "other":
        return "其他" if zh else "others"
    if atom.kind == "range":
        tests = _bounds(atom, atom, column.kind == "datetime")
        return cell_text(Cell(tests), column, language) if tests else ("任意值" if zh else "any value")
    if isinstance(atom.sample, list):
        return " + ".join(str(item) for item in atom.sample)
    if column.kind == "datetime":
        return str(atom.sample)
    return cell_text(Cell((("==", atom.sample),)), column, language)
