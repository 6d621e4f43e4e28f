"""Pieces of an explanation as lines of plain text: who it was, and how a deadline came about."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ...hooks.text import n_of
from ..timeline.who import Who
from .links import Derivation


def who_words(who: Who, lang: str, zone: ZoneInfo) -> str:
    """Return who did something, in one line of plain text."""
    zh, name = lang == "zh", who.name.for_locale(lang)
    if who.kind == "rule":
        parts = [f"规则「{name}」v{who.version}" if zh else f"Rule “{name}” v{who.version}", who.role.for_locale(lang)]
        if who.rule and who.rule.author:
            when = f" {moment_words(who.rule.published_at, zone)[:10]}" if who.rule.published_at else ""
            parts.append(f"{who.rule.author}{when} 发布" if zh else f"published by {who.rule.author}{when}")
        if who.rule and who.rule.reviewer:
            parts.append(f"{who.rule.reviewer} 审批" if zh else f"approved by {who.rule.reviewer}")
        return ("，" if zh else ", ").join(part for part in parts if part)
    if who.kind == "plugin":
        return f"插件「{name}」{who.version}" if zh else f"Plugin “{name}” {who.version}"
    ip = f"IP {who.ip}" if who.ip else ""
    return " · ".join(part for part in (name, who.role.for_locale(lang), who.channel.for_locale(lang), ip) if part)


def derivation_words(found: Derivation, lang: str, zone: ZoneInfo) -> str:
    """Return how a deadline's moment came about, in one line of plain text."""
    begun, ends = found.started_at.astimezone(zone), found.due_at.astimezone(zone)
    start, due = _minute(begun, lang), _minute(ends, lang)
    if begun.date() == ends.date():
        due = f"{ends:%H:%M}"
    days = [f"{day.for_locale(lang)} {minutes}" if minutes else day.for_locale(lang) for day, minutes in found.days]
    note = f"（{found.note.zh}）" if lang == "zh" and found.note.zh else found.note.for_locale(lang)
    if lang == "zh":
        spread = f"（{'、'.join(days)}）" if len(days) > 1 else ""
        return f"从 {start} 起 {found.minutes} 个工作分钟{spread}，{found.calendar.zh}，到 {due}{note}"
    spread = f" ({', '.join(days)})" if len(days) > 1 else ""
    return (
        f"{n_of(found.minutes, 'working minute')} from {start}{spread}, {found.calendar.en}: due {due} {note}".rstrip()
    )


def _minute(at: datetime, lang: str) -> str:
    day = f"{at.year}年{at.month}月{at.day}日" if lang == "zh" else f"{at.day} {at:%b %Y}"
    return f"{day} {at:%H:%M}"


def moment_words(at: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment in the company's time zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else "—"
