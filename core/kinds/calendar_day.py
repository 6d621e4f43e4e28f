"""日历日 calendar_day: a day that breaks the week's rule: a holiday, or a weekend day worked (调休)."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateField

from ...hooks.text import Text
from ..schema.fields import field
from ..schema.kind import Kind
from ..storage.records import Record


class CalendarDay(Record):
    """A day off, or a day worked."""

    day = DateField(unique=True)
    working = BooleanField()
    name = CharField(80, default="")
    source = CharField(80, default="")


CALENDAR_DAY = Kind(
    name="calendar_day",
    title=Text("日历日", "Calendar day"),
    plural=Text("日历", "Calendar"),
    model=CalendarDay,
    fields=(
        field("name", "名称", "Name", form=False, longest=80),
        field("working", "上班", "Worked", "boolean", form=False),
    ),
    write="rules:edit",
    configuration="configuration",
    setting_up=True,
    named_in_files=("day",),
    icon="clock",
)
