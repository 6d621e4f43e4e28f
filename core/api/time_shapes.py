"""What the API takes and answers about working time: calendars, their days, leave, deadlines and pauses."""

from __future__ import annotations

from .described import Body, PageQuery, Shown, given, listed, moment, out, page_of, param

_TEXT = ["string", "null"]
_WHOLE = ["integer", "null"]


class CalendarShown(Shown):
    """A working calendar: what it says itself, and what it comes to with what it takes from above."""

    id = out("string")
    revision = out("integer")
    name = out("string")
    scope = out("string", enum=["organisation", "team", "person"])
    of_id = out("string", description="the team or person it is of; empty for the organisation's")
    of_name = out("string")
    active = out("boolean")
    zone = out("string", description="empty: that of the calendar above")
    week = out("object", description="the windows of the days that it says itself, as 09:00-12:00 or 20:00-02:00")
    works = out("object", description="the windows of each day, with what is inherited")
    in_zone = out("string")
    minutes_a_week = out("integer")


class CalendarsShown(Shown):
    """All working calendars."""

    items = listed(CalendarShown)


class CalendarMade(Body):
    """A working calendar of a team or a person."""

    name = given("string", required=True, maxLength=80)
    scope = given("string", required=True, enum=["team", "person"])
    of_id = given("string", "the team or person", required=True)
    zone = given("string", "e.g. Europe/Berlin; empty: that of the calendar above")
    week = given("object", 'the windows of the days that differ: {"sat": ["09:00-12:00"]}')


class CalendarChange(Body):
    """What changes of a working calendar."""

    name = given("string", maxLength=80)
    zone = given("string")
    week = given("object", "all days that the calendar says itself; those left out are inherited")
    active = given("boolean")


class DayGiven(Body):
    """A day that breaks the week's rule."""

    day = given("string", required=True, format="date")
    working = given("boolean", required=True)
    name = given("string", maxLength=80)
    windows = given(["array", "null"], "the day's own windows, as for half a day", items={"type": "string"})


class DaysGiven(Body):
    """Days to put on record, each over what there is for its day."""

    days = given(
        "array", required=True, items={"type": "object"}, description="day, working, name, windows", maxItems=800
    )


class DayOnRecord(Shown):
    """A day that breaks the week's rule."""

    day = out("string", format="date")
    working = out("boolean")
    name = out("string")
    windows = out(["array", "null"], items={"type": "string"})
    source = out("string")
    own = out("boolean", description="of this calendar, not of one above")


class DaysShown(Shown):
    """The exception days of a year."""

    year = out("integer")
    published = out("boolean", description="whether holidays of the year are on record")
    items = listed(DayOnRecord)


class DaysSet(Shown):
    """How many days changed something."""

    changed = out("integer")


class YearQuery(Body):
    """Which year."""

    year = param("integer", "this year, if absent", minimum=1970, maximum=2200)


class CalendarPreviewAsked(Body):
    """A change to look at before it is made."""

    week = given("object")
    zone = given("string")
    days = given("array", items={"type": "object"}, maxItems=800)
    without = given("array", "exception days to take back", items={"type": "string", "format": "date"}, maxItems=800)


class MoveShown(Shown):
    """A running deadline that moves."""

    deadline_id = out("string")
    name = out("string")
    about_kind = out("string")
    about_id = out("string")
    was = moment()
    due = moment(nullable=True)


class PreviewShown(Shown):
    """Which running deadlines a change moves, and by how much; the first 50 that the caller may see are listed."""

    moved = out("integer")
    later_minutes = out("integer")
    earlier_minutes = out("integer")
    overdue = out("integer")
    never = out("integer")
    said = out("string")
    items = listed(MoveShown)


class LeaveShown(Shown):
    """Leave of a person."""

    id = out("string")
    revision = out("integer")
    user_id = out("string")
    from_at = moment()
    to_at = moment()
    kind = out("string")
    reason = out("string")
    deputy_id = out(_TEXT)
    cancelled = out("boolean")


LeavePage = page_of(LeaveShown)


class LeaveQuery(PageQuery):
    """Whose leave."""

    user_id = param("string", "one person's")


class LeaveMade(Body):
    """Leave to put on record. Without a deputy the clocks of what the person owns stand still."""

    user_id = given("string", required=True)
    from_at = given("string", required=True, format="date-time")
    to_at = given("string", required=True, format="date-time")
    kind = given("string", enum=["annual", "personal", "sick", "family", "business", "other"])
    reason = given("string", maxLength=200)
    deputy_id = given(["string", "null"])


class LeaveChange(Body):
    """What changes of a leave."""

    from_at = given("string", format="date-time")
    to_at = given("string", format="date-time")
    kind = given("string")
    reason = given("string", maxLength=200)
    deputy_id = given(["string", "null"])
    cancelled = given("boolean")


class DeadlineStep(Shown):
    """One step of how a deadline came about; `counted` is null for what was skipped."""

    what = out("string")
    begin = moment()
    end = moment()
    label = out("string")
    note = out("string")
    counted = out(_WHOLE)
    total = out("integer")


class DeadlineDerived(Shown):
    """How the moment at which a deadline is due came about, step by step."""

    id = out("string")
    name = out("string")
    owner = out("string")
    calendar = out("string")
    zone = out("string")
    amount = out("string")
    unit = out("string", enum=["minutes", "days"])
    started_at = moment()
    due_at = moment()
    state = out("string")
    steps = listed(DeadlineStep)
    notes = out("array", items={"type": "string"})


class DeadlineShown(Shown):
    """A deadline and its clock."""

    id = out("string")
    revision = out("integer")
    name = out("string")
    about_kind = out("string")
    about_id = out("string")
    owner_id = out(_TEXT)
    state = out("string", enum=["open", "paused", "met", "missed", "cancelled"])
    paused_for = out("string")
    started_at = moment()
    due_at = moment()
    working_minutes = out("integer")
    working_days = out(_WHOLE)
    closed_at = moment(nullable=True)
    met_at = moment(nullable=True)


class PauseAsked(Body):
    """Why a deadline is paused."""

    reason = given("string", "the name of a reason on record", required=True, examples=["waiting_customer"])
    note = given("string", maxLength=200)


class PauseShown(Shown):
    """One pause of a deadline."""

    id = out("string")
    deadline_id = out("string")
    reason = out("string")
    note = out("string")
    from_at = moment()
    to_at = moment(nullable=True)
    by_id = out(_TEXT)


class PausesShown(Shown):
    """The ledger of a deadline's pauses, the oldest first."""

    items = listed(PauseShown)
