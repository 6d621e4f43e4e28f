"""What no row of a decision table takes but the catch-all, and where a row for it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..boxes.box import Box, meet, merged, missed, put, subtract, within
from . import repairs as repairs
from .cells import ANY
from .grid import MOST_PIECES, MOST_SHOWN, Grid, TableFinding
from .repairs import Repair

_MOST_STEPS = 100_000


def gaps(grid: Grid) -> Iterator[TableFinding]:
    """Yield the gaps between rows, and then what else falls to the catch-all."""
    taken = [box for place in grid.ordinary() if all(box := grid.boxes[place])]
    try:
        left = subtract(grid.universe, taken, limit=MOST_PIECES)
    except OverflowError:
        grid.unseen.append(("表太大，空缺没有算完", "the table is too large: gaps were not reckoned to the end"))
        return
    if not left:
        return
    holes = _holes(grid, taken)
    shown = 0
    for box, place in holes:
        if (finding := _gap(grid, box, "gap", place)) and shown < MOST_SHOWN:
            shown += 1
            yield finding
    rest = merged(subtract(left, [box for box, _ in holes])) if len(left) <= 1000 else left
    for box in rest[:MOST_SHOWN]:
        if finding := _gap(grid, box, "rest", None):
            yield finding
    if len(rest) > MOST_SHOWN or shown >= MOST_SHOWN:
        zh, en = f"空缺超过 {MOST_SHOWN} 处，只列出这些", f"there are over {MOST_SHOWN} gaps; these are some"
        grid.unseen.append((zh, en))


def _holes(grid: Grid, taken: list[Box]) -> list[tuple[Box, int]]:
    """Return what rows of the same kind leave out between them, with the fact in which they do."""
    found: dict[Box, int] = {}
    lines: set[tuple[int, Box]] = set()
    for box in taken:
        for place in range(len(box)):
            line = put(box, place, grid.space.whole[place])
            if line[place] != box[place]:
                lines.add((place, line))
    if len(lines) * len(taken) > _MOST_STEPS:
        zh, en = (
            "表太大，没有区分漏写与本来就归兜底的情形",
            "the table is too large to tell holes from what falls to the rest",
        )
        grid.unseen.append((zh, en))
        return []
    for place, line in sorted(lines):
        parts = [part for one in grid.universe if (part := meet(line, one)) is not None]
        try:
            left = subtract(parts, taken, last=place, limit=MOST_PIECES)
        except OverflowError:
            continue
        for box in merged(left):
            for mask in _between(grid, box, place, taken):
                found.setdefault(put(box, place, mask), place)
    # A hole within another is the same hole.
    return [(b, p) for b, p in found.items() if not any(b != o and within(b, o) for o in found)]


def _between(grid: Grid, box: Box, place: int, taken: list[Box]) -> Iterator[int]:
    """Yield the parts of a box's mask that rows enclose: between two ends, or all options but one; a value nobody gave is the catch-all's."""
    dimension = grid.space.dimensions[place]
    covered = 0
    for row in taken:
        if set(missed(box, row)) <= {place}:
            covered |= row[place]
    present = dimension.every & ~dimension.missing
    if dimension.kind in ("number", "datetime"):
        low, high = covered & present, (covered & present).bit_length()
        inside = box[place] & present & ((1 << high) - 1) & ~((low & -low) - 1)
        yield from _runs(inside)
    elif dimension.options and (covered & present).bit_count() > 1:
        rest = present & ~covered
        if rest.bit_count() == 1 and box[place] & rest:
            yield rest


def _gap(grid: Grid, box: Box, kind: str, place: int | None) -> TableFinding | None:
    found = grid.witness(box, [], grid.ordinary())
    if found is None:
        return None
    words = [("-", "-") if at is None else grid.words(at, box[at]) for at in grid.at]
    said = [word for word in words if word != ("-", "-")]
    zh = " · ".join(zh for zh, _ in said) or "任意"
    en = " · ".join(en for _, en in said) or "anything"
    but = ("，落到兜底", " but the catch-all") if grid.catch_all else ("", "")
    level = "info" if kind == "rest" else "warning"
    places = grid.places([place] if place is not None else [])
    after, near = _neighbours(grid, box)
    return TableFinding(
        kind, level, (), f"{zh}：没有一行接住{but[0]}", f"{en}: no row takes it{but[1]}", places=places, at=after + 1,
        words=tuple(words), repairs=tuple(_filled(grid, box, after, near)), **found,
    )  # fmt: skip


def _neighbours(grid: Grid, box: Box) -> tuple[int, list[tuple[int, int]]]:
    """Return the place (from 0) where a row for the box belongs, and rows that miss it in one fact only."""
    near: list[tuple[int, int]] = []
    best, where = -1, len(list(grid.ordinary()))
    for row in grid.ordinary():
        theirs = grid.boxes[row]
        beyond = missed(box, theirs)
        if len(beyond) != 1 or not all(theirs):
            continue
        near.append((row, beyond[0]))
        alike = sum(a == b for a, b in zip(box, theirs, strict=True))
        if alike > best:
            best, where = alike, row
    return where, near


def _filled(grid: Grid, box: Box, after: int, near: list[tuple[int, int]]) -> Iterator[Repair]:
    """Yield what closes a gap: a row of its own, or a neighbour's cell made wider."""
    cells = [ANY if at is None else grid.cell(at, box[at]) for at in grid.at]
    like = grid.table.rows[-1].values if grid.catch_all else grid.table.rows[max(after - 1, 0)].values
    known = [cell for cell in cells if cell is not None]
    if len(known) == len(cells):
        yield repairs.add(grid.document, after, known, grid.columns, like)
    for row, place in near[:3]:
        where = grid.column_at(place)
        cell = grid.cell(place, grid.boxes[row][place] | box[place])
        if where is not None and cell is not None and not cell.any:
            changed = repairs.change(row, where, cell, grid.columns[where])
            yield replace(changed, zh=f"并入第 {row + 1} 行", en=f"Widen row {row + 1}")


def _runs(mask: int) -> Iterator[int]:
    """Yield the parts of a mask that lie side by side."""
    while mask:
        low = mask & -mask
        run = mask & ~(mask + low)
        yield run
        mask &= ~run
