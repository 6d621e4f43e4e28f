"""Rows of people out of an uploaded table."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...core.company import roster
from ...core.intake.importing.tables import read_table


def rows_of(file: Any) -> list[dict[str, str]]:
    """Return the rows of an uploaded CSV file or workbook. Raises BadFile, and Invalid where no column can be told."""
    name = Path(str(file.filename)).name
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"people{Path(name).suffix.lower()[:8]}"
        file.save(path)
        table = read_table(path)
    return roster.from_cells(
        [list(table.columns), *([row.cells.get(one, "") for one in table.columns] for row in table.rows)]
    )
