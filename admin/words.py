"""How figures, moments and changes are written for people, in both languages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

_WEEKDAYS = "一二三四五六日"


def moment(value: datetime | None, now: datetime, zone: ZoneInfo, english: bool) -> str:
    """Write a moment as people say it: 今天 14:05, 昨天 16:40, 11月3日, 2025年12月1日."""
    if value is None:
        return "—"
    local, today = value.astimezone(zone), now.astimezone(zone)
    days = (today.date() - local.date()).days
    clock = f"{local:%H:%M}"
    if days == 0:
        return f"Today {clock}" if english else f"今天 {clock}"
    if days == 1:
        return f"Yesterday {clock}" if english else f"昨天 {clock}"
    if days == -1:
        return f"Tomorrow {clock}" if english else f"明天 {clock}"
    if local.year == today.year:
        return f"{local.day} {local:%b}" if english else f"{local.month}月{local.day}日"
    return f"{local.day} {local:%b %Y}" if english else f"{local.year}年{local.month}月{local.day}日"


def full_moment(value: datetime | None, zone: ZoneInfo) -> str:
    """Write a moment in full, for hovering and machines."""
    return value.astimezone(zone).isoformat(sep=" ", timespec="seconds") if value else ""


def day(value: datetime, zone: ZoneInfo, english: bool) -> str:
    """Write a day with its weekday: 11月24日 周二."""
    local = value.astimezone(zone)
    return (
        f"{local:%a} {local.day} {local:%b}"
        if english
        else f"{local.month}月{local.day}日 周{_WEEKDAYS[local.weekday()]}"
    )


WORKING_DAY = 450
"""So many working minutes are a day in words."""
SPANS = {
    "minutes": ("{minutes} 分", "{minutes} min"),
    "hours": ("{hours} 小时", "{hours} h"),
    "hours_minutes": ("{hours} 小时 {minutes} 分", "{hours} h {minutes} min"),
    "day": ("{days} 天", "{days} day"),
    "days": ("{days} 天", "{days} days"),
    "left": ("剩 {span}", "{span} left"),
    "late": ("已超 {span}", "{span} late"),
}
"""Spans of working time in Chinese and English; the countdowns of a page are written by these, too (countdowns.js)."""


def _span(name: str, english: bool, **values: object) -> str:
    return SPANS[name][english].format(**values)


def minutes(count: int, english: bool) -> str:
    """Write a span of working minutes; a working day has 7.5 hours."""
    count = abs(count)
    if count < 60:
        return _span("minutes", english, minutes=count)
    if count < WORKING_DAY:
        hours, rest = divmod(count, 60)
        return _span("hours_minutes" if rest else "hours", english, hours=hours, minutes=rest)
    days = f"{round(count / WORKING_DAY, 1):g}"
    return _span("day" if days == "1" else "days", english, days=days)


def left(count: int, english: bool, *, late: bool) -> str:
    """Write how much working time is left, or how much it is late: 剩 23 分, 已超 8 分."""
    return _span("late" if late else "left", english, span=minutes(count, english))


def span_words(english: bool) -> dict[str, str]:
    """Return the words for spans in one language."""
    return {name: both[english] for name, both in SPANS.items()}


def working(count: int, english: bool) -> str:
    """Write a span of working minutes in a sentence, where days say that they are working days: 7.6 个工作日."""
    if abs(count) < 450:
        return minutes(count, english)
    days = round(abs(count) / 450, 1)
    return f"{days:g} working day{'' if days == 1 else 's'}" if english else f"{days:g} 个工作日"


def wan(amount: Decimal | None, english: bool) -> str:
    """Write an amount for lists: 86.4 万元, or ¥864k."""
    if amount is None:
        return "—"
    if english:
        return f"¥{amount / 1000:,.0f}k"
    return f"{amount / 10000:,.1f} 万元"


def yuan(amount: Decimal | None) -> str:
    """Write an amount in a record: ¥864,000."""
    return "—" if amount is None else f"¥{amount:,.0f}"


def yuan_exact(amount: Decimal) -> str:
    """Write an amount with its fen, if there are any: ¥1,200.50."""
    return f"¥{amount:,.0f}" if amount == amount.to_integral_value() else f"¥{amount:,.2f}"


def minute(value: datetime, zone: ZoneInfo, english: bool) -> str:
    """Write a moment to the minute with its year, as records' pages have it: 2026年11月24日 14:05."""
    at = value.astimezone(zone)
    return f"{at.day} {at:%b %Y} {at:%H:%M}" if english else f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def calendar_date(value: str, now: datetime, zone: ZoneInfo, english: bool) -> str:
    """Write a date kept as ISO text: 11月3日, 2025年12月1日."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    if english:
        return f"{day.day} {day:%b}" if day.year == now.astimezone(zone).year else f"{day.day} {day:%b %Y}"
    this_year = day.year == now.astimezone(zone).year
    return f"{day.month}月{day.day}日" if this_year else f"{day.year}年{day.month}月{day.day}日"
