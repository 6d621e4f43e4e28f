"""The next number of the company's own series, as its records are numbered so far: suggested, never given by itself."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Any

from ..schema.kind import Kind

_LOOKED_AT, _TRIED = 200, 50
_COUNTED = re.compile(r"^(?P<before>.*?)(?P<count>\d{1,12})$", re.DOTALL)
_DATED = re.compile(r"(?<!\d)(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])?(?!\d)")


def next_number(kind: Kind, now: datetime, zone: tzinfo) -> str:
    """Return the number that comes next in a kind's series; empty if there is none yet, or it can't be told.

    The newest number that ends in digits is the pattern: what stands before them is kept, and a year (2026) or a month
    (202611) that was the current one when it was given becomes today's, from which the count begins again. Only the
    newest numbers are read, so it costs the same however many there are.
    """
    name = next((one.name for one in kind.fields if one.series), "")
    if not name:
        return ""
    model: Any = kind.model
    column = getattr(model, name)
    newest = model.select(column, model.created_at).order_by(model.id.desc()).limit(_LOOKED_AT)
    given: list[tuple[str, datetime]] = [(getattr(one, name), one.created_at) for one in newest]
    first = next(((found, at) for number, at in given if (found := _COUNTED.match(number))), None)
    if first is None:
        return ""
    pattern, at = first
    before = _brought_up(pattern["before"], at.astimezone(zone), now.astimezone(zone))
    counts = [
        int(found["count"]) for number, _ in given if (found := _COUNTED.match(number)) and found["before"] == before
    ]
    width, count = len(pattern["count"]), max(counts, default=0)
    some = [f"{before}{count + more:0{width}}" for more in range(1, _TRIED + 1)]
    taken = {getattr(one, name) for one in model.select(column).where(column.in_(some))}
    return next((one for one in some if one not in taken), "")


def _brought_up(before: str, then: datetime, now: datetime) -> str:
    """Return what stands before the count, with the date it was given in brought up to today's."""

    def todays(found: re.Match[str]) -> str:
        year, month = found["year"], found["month"]
        if year != f"{then:%Y}" or (month and month != f"{then:%m}"):
            return found[0]
        return f"{now:%Y%m}" if month else f"{now:%Y}"

    return _DATED.sub(todays, before)
