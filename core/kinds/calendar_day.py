"""日历日 calendar_day: a day that breaks the week's rule: a holiday, a weekend day worked (调休), a half day."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField, DateField

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..schema.fields import field, reference
from ..schema.kind import Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record
from ..time.windows import windows_of


class CalendarDay(Record):
    """A day off, or a day worked, of a calendar; without one, of the organisation's.

    `windows` are the day's own (a half day); None: as usual. One that is not `active` was taken back.
    """

    calendar_id = CharField(26, null=True, index=True)
    day = DateField()
    working = BooleanField()
    windows = JSONText(null=True)
    name = CharField(80, default="")
    source = CharField(80, default="")
    active = BooleanField(default=True)


def _read(values: Values, working: bool) -> Values:
    if values.get("windows") is None:
        return {}
    if not working:
        said = Text("休息的日子没有时段；半天请选上班", "a day off has no windows: a half day is a day worked")
        raise Invalid([Problem("windows", said)])
    windows = windows_of(values["windows"])
    if not windows:
        said = Text("请填写时段，或选择休息", "give its windows, or make it a day off")
        raise Invalid([Problem("windows", said)])
    return {"windows": [str(one) for one in windows]}


def _defaults(values: Values, context: LifecycleContext) -> Values:
    return _read(values, bool(values.get("working")))


def _derive(day: Any, values: Values, context: LifecycleContext) -> Values:
    working = bool(values.get("working", day.working))
    if not working and day.windows is not None and "windows" not in values:
        return {"windows": None}
    return _read(values, working)


CALENDAR_DAY = Kind(
    name="calendar_day",
    title=Text("日历日", "Calendar day"),
    plural=Text("日历", "Calendar"),
    model=CalendarDay,
    fields=(
        reference("calendar_id", "calendar", "日历", "Calendar"),
        field("day", "日期", "Day", "date", required=True, form=False),
        field("working", "上班", "Worked", "boolean", form=False),
        field("windows", "时段", "Windows", "json", form=False),
        field("name", "名称", "Name", form=False, longest=80),
        field("source", "来源", "Source", form=False, longest=80),
        field("active", "有效", "In force", "boolean", form=False),
    ),
    events=(
        Event("created", Text("登记例外日", "Exception day recorded"), icon="clock"),
        Event("changed", Text("修改例外日", "Exception day changed"), icon="clock"),
    ),
    lifecycle=Lifecycle(_defaults, _derive),
    write="company",
    configuration="calendars",
    setting_up=True,
    named_in_files=("calendar_id", "day"),
    icon="clock",
)
