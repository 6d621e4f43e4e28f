"""When a signed contract should have been invoiced: counted in working days from the day after signing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from ..time.working_calendar import NoWorkingTime
from ..workspace import Workspace

WORKING_DAYS = 5
_LOOKED_BACK = 90
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Day:
    """One day, or some closed days in a row, of how a due day came about; `number` counts the working days."""

    what: Literal["signed", "counted", "closed", "due", "over"]
    first: date
    last: date
    number: int


def invoice_due(ws: Workspace, signed_at: datetime) -> datetime:
    """Return by when a contract signed at that moment is to be invoiced. Raises NoWorkingTime."""
    return ws.calendar.main.add_days(signed_at, WORKING_DAYS)


def invoice_before(ws: Workspace) -> datetime:
    """Return the moment before which whatever was signed should have been invoiced by now.

    The due time follows from the day of signing alone, so that rows are compared with one moment and not counted singly.
    """
    now, zone = ws.clock.now(), ws.settings.zone
    day = now.astimezone(zone).date()
    for _ in range(_LOOKED_BACK):
        begins = datetime.combine(day, time(12), zone)
        try:
            if invoice_due(ws, begins) < now:
                break
        except NoWorkingTime:
            return _NEVER
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), zone)


def derived(ws: Workspace, signed_at: datetime) -> list[Day]:
    """Return the days from signing to the due day, or to today once that is past: what counted, and what did not."""
    calendar, zone = ws.calendar.main, ws.settings.zone
    signed, today = calendar.day_of(signed_at), ws.clock.now().astimezone(zone).date()
    found = [Day("signed", signed, signed, 0)]
    day, number = signed, 0
    while number < WORKING_DAYS:
        day += timedelta(days=1)
        if (day - signed).days > _LOOKED_BACK:
            return found
        if calendar.is_working_day(day):
            number += 1
            found.append(Day("due" if number == WORKING_DAYS else "counted", day, day, number))
        else:
            _closed(found, day)
    over = [one for one in calendar.counted_days(invoice_due(ws, signed_at), ws.clock.now()) if one > day]
    if over:
        found.append(Day("over", over[0], min(over[-1], today), len(over)))
    return found


def _closed(found: list[Day], day: date) -> None:
    """Put a day on which nobody works behind the others, together with the closed day before it."""
    if found[-1].what == "closed":
        day_before = found.pop()
        found.append(Day("closed", day_before.first, day, 0))
    else:
        found.append(Day("closed", day, day, 0))
