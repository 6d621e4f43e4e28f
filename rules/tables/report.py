"""What a decision table misses and doubles: gaps, overlaps, rows that never count, each with a record to show it.

Everything is reckoned exactly on the values that the table's own cells tell apart (rules/boxes/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..language.vocabulary import Title, Vocabulary
from .gaps import gaps
from .grid import Grid, TableFinding, title_of
from .model import table_from_document
from .overlaps import overlaps
from .shadows import shadowed

_WHENEVER = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
MOST_ROWS_LOOKED = 400


@dataclass(frozen=True)
class TableReport:
    """All findings of a table; `unseen` says in both languages what was not looked at."""

    gaps: tuple[TableFinding, ...] = ()
    overlaps: tuple[TableFinding, ...] = ()
    shadowed: tuple[TableFinding, ...] = ()
    unseen: tuple[Title, ...] = ()

    @property
    def findings(self) -> tuple[TableFinding, ...]:
        """All findings, those that matter most first."""
        order = {"error": 0, "warning": 1, "info": 2}
        return tuple(sorted((*self.gaps, *self.overlaps, *self.shadowed), key=lambda one: order[one.level]))


def check_table(
    document: Mapping[str, Any], vocabulary: Vocabulary | None = None, now: datetime = _WHENEVER
) -> TableReport:
    """Check a decision table's document. Raises RuleError if it can't be read.

    `now` stands for the moment of deciding where cells speak of hours ago.
    """
    table = table_from_document(document, vocabulary)
    whole = len(table.rows) <= MOST_ROWS_LOOKED
    grid = Grid(document, table if whole else replace(table, rows=table.rows[:MOST_ROWS_LOOKED]), vocabulary, now)
    _note_unseen(grid, whole)
    never_reached = tuple(shadowed(grid))
    doubled = tuple(overlaps(grid, {one.rows[0] for one in never_reached}))
    missed = tuple(gaps(grid)) if whole else ()
    return TableReport(missed, doubled, never_reached, tuple(grid.unseen))


def _note_unseen(grid: Grid, whole: bool) -> None:
    if not whole:
        zh = f"表太大：只查了前 {MOST_ROWS_LOOKED} 行的重叠与遮挡，没有查空缺"
        en = f"a large table: only the first {MOST_ROWS_LOOKED} rows were checked for overlaps and shadows, none for gaps"
        grid.unseen.append((zh, en))
    if grid.space.inexact:
        zh = "整表条件里两个字段互相比较的部分没有计入"
        grid.unseen.append((zh, "comparisons of two facts in the table's `when` were not reckoned"))
    for column, dimension in zip(grid.looked_at, grid.space.dimensions, strict=True):
        if not dimension.exact:
            zh, en = title_of(column)
            zh = f"「{zh}」列用了文字匹配或多选，只看了写到的值"
            grid.unseen.append((zh, f"{en}: only the values named were looked at"))
