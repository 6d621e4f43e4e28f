"""The rows that were refused, as a file to mend and feed again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from .formulas import defused
from .items import Refused
from .tables import ERROR_COLUMNS


def write_refusals(refused: Sequence[Refused], out: Path | None = None) -> list[Path]:
    """Write each file's refused rows beside it (or to `out`) and return the files written.

    A file that somebody may be mending is not written over: the new one gets a number.
    """
    written = []
    for path in dict.fromkeys(one.table.path for one in refused):
        own = sorted((one for one in refused if one.table.path == path), key=lambda one: one.row.line)
        data = _csv(own).encode("utf-8-sig")
        target = out or _free(path, data)
        part = target.with_name(target.name + ".part")
        part.write_bytes(data)
        part.replace(target)
        written.append(target)
    return written


def _csv(refused: Sequence[Refused]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    columns = refused[0].table.columns
    writer.writerow([*map(defused, columns), *ERROR_COLUMNS])
    for one in refused:
        cells = [defused(one.row.cells.get(name, "")) for name in columns]
        writer.writerow([*cells, defused(one.why.zh), defused(one.why.en)])
    return text.getvalue()


def _free(path: Path, data: bytes) -> Path:
    number = 1
    while True:
        target = path.with_name(f"{path.name}.errors{'' if number == 1 else f'-{number}'}.csv")
        if not target.exists() or target.read_bytes() == data:
            return target
        number += 1
