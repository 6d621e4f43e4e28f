"""Rows of a decision table that take the same records and decide differently."""

from __future__ import annotations

from collections.abc import Iterator

from ..boxes.box import Box, meet, missed, within
from . import repairs as repairs
from .grid import MOST_SHOWN, Grid, TableFinding
from .repairs import Repair


def overlaps(grid: Grid, skipped: set[int]) -> Iterator[TableFinding]:
    """Yield the pairs of rows that overlap; rows in `skipped` (from 1) are told of elsewhere."""
    if grid.table.hit == "collect" and not any(output.derive for output in grid.table.outputs):
        return
    looked_at = [row for row in grid.ordinary() if row + 1 not in skipped]
    shown = 0
    for row in looked_at:
        for other in grid.earlier[row]:
            both = meet(grid.boxes[row], grid.boxes[other])
            if both is None or other + 1 in skipped or not _differ(grid, other, row):
                continue
            if found := _overlap(grid, other, row, both):
                shown += 1
                yield found
            if shown == MOST_SHOWN:
                _note_unseen(grid, row if other + 1 < row else next((one for one in looked_at if one > row), None))
                return


def _note_unseen(grid: Grid, row: int | None) -> None:
    """Say that rows from this one on (from 0) were not all looked at."""
    if row is not None:
        zh, en = f"第 {row + 1} 行起没有查完重叠", f"overlaps of rows from {row + 1} on were not all looked for"
        grid.unseen.append((zh, en))


def _differ(grid: Grid, one: int, other: int) -> bool:
    first, second = grid.table.rows[one].values, grid.table.rows[other].values
    if grid.table.hit != "collect":
        return first != second or grid.table.hit == "unique"
    pairs = zip(grid.table.outputs, first, second, strict=True)
    return any(o.derive and a is not None and b is not None and a != b for o, a, b in pairs)


def _overlap(grid: Grid, one: int, other: int, both: Box) -> TableFinding | None:
    """Return what is to be said of two rows that share a box; None where it is meant so."""
    box, theirs = grid.boxes[other], grid.boxes[one]
    first = grid.table.hit == "first"
    if first and within(theirs, box):
        return None  # The rule and, after it, what is left: that is what first means.
    found = grid.witness(both, [one, other])
    if found is None:
        return None
    apart = [place for place, (a, b) in enumerate(zip(theirs, box, strict=True)) if a != b]
    level = "error" if grid.table.hit == "unique" else "warning" if len(apart) == 1 else "info"
    places = grid.places(apart) or tuple(range(len(grid.columns)))
    zh, en = grid.words(apart[0], both[apart[0]]) if apart else ("", "")
    takes = {
        "first": (f"先到的第 {one + 1} 行生效", f"row {one + 1} comes first and counts"),
        "unique": ("「唯一命中」的表不允许", "a table that hits once does not allow it"),
        "collect": (
            f"两行推出的值不同，第 {one + 1} 行算数",
            f"they derive different values; row {one + 1} counts",
        ),
    }[grid.table.hit]
    return TableFinding(
        "overlap",
        level,
        (one + 1, other + 1),
        f"第 {one + 1} 行和第 {other + 1} 行重叠：{zh + ' ' if zh else ''}两行都成立，{takes[0]}",
        f"Rows {one + 1} and {other + 1} overlap{': ' + en if en else ''}; both hold, {takes[1]}",
        places=places,
        repairs=tuple(_parted(grid, one, other, apart)),
        **found,
    )


def _parted(grid: Grid, one: int, other: int, apart: list[int]) -> Iterator[Repair]:
    """Yield the changes of one cell that part two rows."""
    for changed, kept in ((other, one), (one, other)):
        for place in apart:
            box, theirs = grid.boxes[changed], grid.boxes[kept]
            column = grid.column_at(place)
            if column is None or missed(box, theirs) != [place]:
                continue
            if (cell := grid.cell(place, box[place] & ~theirs[place])) is not None:
                yield repairs.change(changed, column, cell, grid.columns[column])
