"""Working calendars over the API: read, made, changed, their exception days, and what a change would move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..company import calendars as keeping
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..kinds import Calendar
from ..time.windows import DAYS
from . import time_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, origin, revision, token_needed, workspace
from .problems import locale

blueprint = Blueprint("api_calendars", "calendars", description="When people work")
_YEARS = (1970, 2200)


@blueprint.get("/calendars")
@token_needed
@blueprint.response(200, shapes.CalendarsShown)
def list_calendars() -> dict[str, Any]:
    """List the working calendars: the organisation's, and those of teams and people."""
    rows = list(Calendar.select().order_by(Calendar.scope, Calendar.name))
    names = keeping.of_whom(rows)
    return {"items": [_shown(row, names) for row in rows]}


@blueprint.post("/calendars")
@token_needed
@blueprint.takes(shapes.CalendarMade)
@blueprint.response(201, shapes.CalendarShown)
@blueprint.problems(400, 403, 404, 409)
def make_calendar(given: dict[str, Any]) -> Any:
    """Make a calendar of a team or a person; open deadlines are counted anew."""
    access.require(actor(), "company")
    return _one(keeping.make(workspace(), given, origin())), 201


@blueprint.get("/calendars/<calendar_id>")
@token_needed
@blueprint.response(200, shapes.CalendarShown)
@blueprint.problems(404)
def read_calendar(calendar_id: str) -> dict[str, Any]:
    """Read a calendar."""
    return _one(keeping.calendar_row(calendar_id))


@blueprint.patch("/calendars/<calendar_id>")
@token_needed
@blueprint.takes(shapes.CalendarChange)
@blueprint.response(200, shapes.CalendarShown)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def change_calendar(given: dict[str, Any], calendar_id: str) -> dict[str, Any]:
    """Change a calendar; open deadlines are counted anew. With If-Match, 409 if it changed meanwhile."""
    access.require(actor(), "company")
    keeping.calendar_row(calendar_id)
    return _one(keeping.save(workspace(), calendar_id, given, origin(), revision()))


@blueprint.post("/calendars/<calendar_id>/preview")
@token_needed
@blueprint.takes(shapes.CalendarPreviewAsked)
@blueprint.response(200, shapes.PreviewShown)
@blueprint.problems(403, 404)
def preview_calendar(given: dict[str, Any], calendar_id: str) -> dict[str, Any]:
    """Say which running deadlines a change would move, and by how much. Writes nothing."""
    access.require(actor(), "company")
    row = keeping.calendar_row(calendar_id)
    after = keeping.proposed(
        workspace(),
        row,
        week=given.get("week"),
        zone=given.get("zone"),
        days=_days(given.get("days") or ()),
        without=[_day(one, "without") for one in given.get("without") or ()],
    )
    return shown_preview(keeping.preview(workspace(), after, row.of_id if row.scope == "person" else None))


@blueprint.get("/calendars/<calendar_id>/days")
@token_needed
@blueprint.query(shapes.YearQuery)
@blueprint.response(200, shapes.DaysShown)
@blueprint.problems(404)
def list_calendar_days(given: dict[str, Any], calendar_id: str) -> dict[str, Any]:
    """List the days of a year that break the week's rule: the calendar's own, and those of calendars above."""
    row = keeping.calendar_row(calendar_id)
    here = keeping.working(workspace(), row)
    year = _year(given.get("year"))
    own = keeping.own_days(workspace(), row)
    items = [
        {
            "day": day.isoformat(),
            "working": rule.working,
            "name": rule.name,
            "windows": [str(one) for one in rule.windows] if rule.windows is not None else None,
            "source": rule.source,
            "own": day in own,
        }
        for day, rule in sorted(here.days.items())
        if day.year == year
    ]
    return {"year": year, "published": here.knows(year), "items": items}


@blueprint.put("/calendars/<calendar_id>/days")
@token_needed
@blueprint.takes(shapes.DaysGiven)
@blueprint.response(200, shapes.DaysSet)
@blueprint.problems(403, 404, 409)
def set_calendar_days(given: dict[str, Any], calendar_id: str) -> dict[str, int]:
    """Put days on record, each over what there is for its day; open deadlines are counted anew, once."""
    access.require(actor(), "company")
    row = keeping.calendar_row(calendar_id)
    return {"changed": keeping.set_days(workspace(), row, _days(given["days"]), origin())}


@blueprint.delete("/calendars/<calendar_id>/days/<day>")
@token_needed
@blueprint.response(200, shapes.DaysSet)
@blueprint.problems(403, 404, 409)
def remove_calendar_day(calendar_id: str, day: str) -> dict[str, int]:
    """Take an exception day back: the week's rule, or the calendar above, says again."""
    access.require(actor(), "company")
    keeping.remove_day(workspace(), keeping.calendar_row(calendar_id), _day(day, "day"), origin())
    return {"changed": 1}


def shown_preview(found: keeping.Preview) -> dict[str, Any]:
    """Return a preview as JSON: of deadlines that the caller may not see, only the count."""
    ids = [one.deadline.id for one in found.rows]
    query = access.visible(workspace().kinds, actor(), "deadline")
    seen = {row.id for row in query.where(query.model.id.in_(ids))} if ids else set()
    return {
        "moved": found.moved,
        "later_minutes": round(found.later.total_seconds() / 60),
        "earlier_minutes": round(found.earlier.total_seconds() / 60),
        "overdue": found.overdue,
        "never": found.never,
        "said": found.said.for_locale(locale()),
        "items": [
            {
                "deadline_id": one.deadline.id,
                "name": one.deadline.name,
                "about_kind": one.deadline.about_kind,
                "about_id": one.deadline.about_id,
                "was": plain(one.was),
                "due": plain(one.due),
            }
            for one in found.rows
            if one.deadline.id in seen
        ],
    }


def _one(row: Calendar) -> dict[str, Any]:
    return _shown(row, keeping.of_whom([row]))


def _shown(row: Calendar, names: Mapping[str, str]) -> dict[str, Any]:
    found = keeping.working(workspace(), row)
    return {
        **{name: getattr(row, name) for name in ("id", "revision", "name", "scope", "of_id", "active", "zone", "week")},
        "of_name": names.get(row.id, ""),
        "works": {
            name: [str(one) for one in windows or ()] for name, windows in zip(DAYS, found.week.days, strict=True)
        },
        "in_zone": found.zone.key,
        "minutes_a_week": found.week.minutes,
    }


def _days(given: Sequence[Any]) -> list[keeping.DayGiven]:
    """Read days as they were sent. Raises Invalid naming the day."""
    found = []
    for number, one in enumerate(given):
        at = f"days.{number}"
        if not isinstance(one, Mapping) or not {"day", "working"} <= one.keys() <= {
            "day",
            "working",
            "name",
            "windows",
        }:
            raise _refused(
                at, "应有 day 和 working，可有 name 和 windows", "takes day and working, name and windows if wanted"
            )
        windows, name = one.get("windows"), one.get("name") or ""
        if not isinstance(one["working"], bool) or not isinstance(name, str) or not isinstance(windows, list | None):
            raise _refused(
                at, "working 应为 true 或 false，windows 应为列表", "working is true or false, windows a list"
            )
        found.append(keeping.DayGiven(_day(one["day"], f"{at}.day"), one["working"], name, windows, "api"))
    return found


def _day(value: Any, at: str) -> date:
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _refused(at, "应为日期，例：2026-10-01", "takes a date, e.g. 2026-10-01") from None
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise _refused(
            at, f"年份应在 {_YEARS[0]} 到 {_YEARS[1]} 之间", f"lies between the years {_YEARS[0]} and {_YEARS[1]}"
        )
    return found


def _year(value: Any) -> int:
    if value is None:
        return workspace().clock.now().astimezone(workspace().calendar.main.zone).year
    if not (
        isinstance(value, str) and value.isascii() and value.isdigit() and _YEARS[0] <= int(value[:5]) <= _YEARS[1]
    ):
        raise _refused(
            "year", f"应为 {_YEARS[0]} 到 {_YEARS[1]} 之间的年份", f"takes a year from {_YEARS[0]} to {_YEARS[1]}"
        )
    return int(value)


def _refused(at: str, zh: str, en: str) -> Invalid:
    return Invalid([Problem(at, Text(zh, en))])
