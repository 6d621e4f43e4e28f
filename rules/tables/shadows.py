"""Rows of a decision table that never count: others take all they ask for, or nothing fits them."""

from __future__ import annotations

from collections.abc import Iterator

from ..boxes.box import Box, meet, subtract, within
from . import repairs as repairs
from .grid import MOST_PIECES, Grid, TableFinding


def shadowed(grid: Grid) -> Iterator[TableFinding]:
    """Yield the rows that are never reached, and those that never hold."""
    for place in grid.ordinary():
        box = grid.boxes[place]
        part = grid.real(box)
        if part is None:
            yield _never(place)
            continue
        if grid.table.hit == "first" and (by := _covering(grid, place, box)):
            yield _shadow(grid, place, part, by)


def _covering(grid: Grid, place: int, box: Box) -> list[int]:
    """Return the earlier rows that take all of a row together, just one if one does; empty if some is left."""
    earlier = [(row, grid.boxes[row]) for row in grid.earlier[place]]
    for row, other in earlier:
        if within(box, other):
            return [row]
    left = [part for one in grid.universe if (part := meet(box, one)) is not None]
    needed = []
    for row, other in earlier:
        try:
            now = subtract(left, [other], limit=MOST_PIECES)
        except OverflowError:
            zh = f"第 {place + 1} 行是否被几行合起来遮住，没有算完"
            grid.unseen.append((zh, f"whether several rows shadow row {place + 1} was not reckoned to the end"))
            return []
        if now != left:
            needed.append(row)
        left = now
    return needed if not left else []


def _never(place: int) -> TableFinding:
    number = place + 1
    return TableFinding(
        "never",
        "warning",
        (number,),
        f"第 {number} 行永远不成立：它的条件互相矛盾，或与整表条件矛盾",
        f"Row {number} never holds: its cells contradict each other, or the table's own condition",
        {},
        repairs=(repairs.delete(place),),
    )


def _shadow(grid: Grid, place: int, part: Box, by: list[int]) -> TableFinding:
    number, others = place + 1, [row + 1 for row in by]
    found = grid.witness(part, [place]) or {"facts": {}}
    same = all(grid.table.rows[row].values == grid.table.rows[place].values for row in by)
    zh = f"第 {'、'.join(map(str, others[:5]))} 行已{'合起来' if len(by) > 1 else ''}包含它的所有情形"
    en = f"row{'s' if len(by) > 1 else ''} {', '.join(map(str, others[:5]))} take{'s' if len(by) == 1 else ''} all it asks for"
    offered = [repairs.delete(place)] if same else [repairs.move(place, min(by)), repairs.delete(place)]
    if not same and any(within(grid.boxes[row], grid.boxes[place]) for row in by):
        offered = [repairs.delete(place)]  # Moved up, it would shadow the other.
    return TableFinding(
        "shadowed",
        "warning",
        (number, *others),
        f"第 {number} 行永远到不了：{zh}",
        f"Row {number} is never reached: {en}",
        places=tuple(range(len(grid.columns))),
        repairs=tuple(offered),
        **found,
    )
