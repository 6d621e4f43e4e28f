"""工作日历 calendar: when the organisation, a team or a person works; what it does not say, the one above says."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..errors import Conflict, Invalid, Problem
from ..schema.fields import field, options
from ..schema.kind import Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record
from ..time.windows import Week

SCOPES = options(("organisation", "组织", "Organisation"), ("team", "团队", "Team"), ("person", "个人", "Person"))


class Calendar(Record):
    """A working calendar. `of_id` is the team or person it is of, `zone` and days of `week` left out are inherited.

    `week` holds the windows of each day: {"mon": ["09:00-12:00", "13:30-18:00"], "fri": ["20:00-02:00"], "sun": []}.
    """

    name = CharField(80)
    scope = CharField(20)
    of_id = CharField(26, default="")
    zone = CharField(60, default="")
    week = JSONText(default=dict)
    active = BooleanField(default=True)

    class Meta:
        indexes = ((("scope", "of_id"), True),)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name. Raises Invalid."""
    try:
        return ZoneInfo(name)
    except Exception:
        said = Text(
            f"没有时区「{name[:40]}」，例：Asia/Shanghai、Europe/Berlin",
            f"there is no time zone {name[:40]!r}, e.g. Asia/Shanghai or Europe/Berlin",
        )
        raise Invalid([Problem("zone", said)]) from None


def _read(values: Values) -> Values:
    """Return the values of zone and week as records keep them."""
    found: Values = {}
    if "week" in values:
        found["week"] = Week.of(values["week"] or {}).document()
    if values.get("zone"):
        found["zone"] = zone_of(values["zone"]).key
    return found


def _defaults(values: Values, context: LifecycleContext) -> Values:
    scope, of_id = values["scope"], values.get("of_id") or ""
    if scope == "organisation" and of_id:
        raise Invalid(
            [
                Problem(
                    "of_id", Text("组织的日历不属于团队或成员", "the organisation's calendar is of no team or person")
                )
            ]
        )
    if scope != "organisation" and context.store.get("team" if scope == "team" else "user", of_id) is None:
        said = Text("没有这个团队或成员；请重新选择", "there is no such team or person: choose again")
        raise Invalid([Problem("of_id", said)])
    if context.store.count("calendar", scope=scope, of_id=of_id):
        raise Conflict("已经有这份日历了；请改那一份。", "there is such a calendar already: change that one")
    return {"of_id": of_id, **_read(values)}


def _derive(calendar: Any, values: Values, context: LifecycleContext) -> Values:
    for name in ("scope", "of_id"):
        if name in values and values[name] != getattr(calendar, name):
            said = Text("日历属于谁不能改；请另建一份", "whose calendar it is can't be changed: make another one")
            raise Invalid([Problem(name, said)])
    if calendar.scope == "organisation" and values.get("active") is False:
        said = Text("组织的日历不能停用", "the organisation's calendar can't be switched off")
        raise Invalid([Problem("active", said)])
    return _read(values)


CALENDAR = Kind(
    name="calendar",
    title=Text("工作日历", "Working calendar"),
    plural=Text("工作日历", "Working calendars"),
    model=Calendar,
    fields=(
        field("name", "名称", "Name", required=True, longest=80),
        field("scope", "范围", "Scope", "choice", options=SCOPES, required=True),
        field("of_id", "属于", "Of", longest=26, form=False),
        field("zone", "时区", "Time zone", longest=60),
        field("week", "一周", "Week", "json", form=False),
        field("active", "启用", "In force", "boolean", form=False),
    ),
    events=(
        Event("created", Text("建立工作日历", "Working calendar made"), icon="clock"),
        Event("changed", Text("修改工作日历", "Working calendar changed"), icon="clock"),
    ),
    lifecycle=Lifecycle(_defaults, _derive),
    write="company",
    configuration="calendars",
    setting_up=True,
    named_in_files=("scope", "of_id"),
    refers_in_files={"of_id": ("scope", {"team": "team", "person": "user"})},
    icon="clock",
)
