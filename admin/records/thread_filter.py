"""What a timeline is narrowed by: kind of record, department, person, days. All of it stands in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from peewee import fn

from ...core.kinds import User
from ...core.roles import title as role_title
from ...core.storage.queries import Query, tuples
from ...core.storage.system_tables import JournalLine
from ...core.workspace import Workspace
from ..session import locale, t

AUTOMATIC = "automatic"
_BY_ITSELF = ("rule", "plugin", "system")
_NAMES = ("what", "dept", "who", "since", "until")
_FIRST, _LAST = date(1970, 1, 1), date(9998, 12, 31)


@dataclass(frozen=True)
class Chip:
    """One way to narrow the timeline: its words, how many lines it shows, where it leads, whether it is on."""

    words: str
    count: int
    path: str
    on: bool


@dataclass(frozen=True)
class Option:
    """One choice of a list, with how many lines it shows."""

    value: str
    words: str
    count: int


@dataclass(frozen=True)
class ThreadFilter:
    """The filters of a page's timeline, and the lines that pass them."""

    lines: Query
    shown: int
    chips: tuple[Chip, ...]
    kinds: tuple[Option, ...]
    people: tuple[Option, ...]
    given: Mapping[str, str]
    wrong: str
    """What is wrong with a day that was typed; empty if nothing is."""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return any(self.given.values())


def thread_filter(ws: Workspace, lines: Query, args: Mapping[str, str], path: str) -> ThreadFilter:
    """Return what a timeline shows as its page's address asks, with how many lines each filter would leave.

    One query counts them all, by who wrote what; it costs by the lines of the one record that the page is about.
    """
    given = {name: args.get(name, "").strip()[:40] for name in _NAMES}
    since, until, wrong = _days(given, ws.settings.zone)
    if since is not None:
        lines = lines.where(JournalLine.at >= since)
    if until is not None:
        lines = lines.where(JournalLine.at < until)
    columns = (JournalLine.record_kind, JournalLine.actor_kind, JournalLine.actor_id)
    counted = list(tuples(lines.select(*columns, fn.COUNT(JournalLine.seq)).group_by(*columns)))
    ids = {actor for _, kind, actor, _ in counted if kind == "user"}
    people = {one.id: one for one in User.select().where(User.id.in_(sorted(ids)))} if ids else {}
    by_kind, by_person, by_department = Counter[str](), Counter[str](), Counter[str]()
    total = shown = 0
    for record_kind, actor_kind, actor_id, count in counted:
        roles = _departments(people, actor_kind, actor_id)
        fits = {
            "what": given["what"] in ("", record_kind),
            "dept": not given["dept"] or given["dept"] in roles,
            "who": not given["who"] or (actor_kind == "user" and actor_id == given["who"]),
        }
        # Each filter counts what the others leave.
        if fits["dept"] and fits["who"]:
            by_kind[record_kind] += count
        if fits["what"] and fits["dept"] and actor_kind == "user":
            by_person[actor_id] += count
        if fits["what"] and fits["who"]:
            total += count
            for role in roles:
                by_department[role] += count
        shown += count if all(fits.values()) else 0
    return ThreadFilter(
        _narrowed(lines, given, people),
        shown,
        _chips(given, total, by_department, path),
        tuple(_kinds(ws, by_kind, given["what"])),
        tuple(_people(people, by_person, given["who"])),
        given,
        wrong,
    )


def _narrowed(lines: Query, given: Mapping[str, str], people: Mapping[str, User]) -> Query:
    if given["what"]:
        lines = lines.where(JournalLine.record_kind == given["what"])
    if given["who"]:
        lines = lines.where((JournalLine.actor_kind == "user") & (JournalLine.actor_id == given["who"]))
    if given["dept"] == AUTOMATIC:
        lines = lines.where(JournalLine.actor_kind.in_(_BY_ITSELF))
    elif given["dept"]:
        ids = sorted(one.id for one in people.values() if given["dept"] in one.roles)
        lines = lines.where((JournalLine.actor_kind == "user") & JournalLine.actor_id.in_(ids))
    return lines


def _departments(people: Mapping[str, User], actor_kind: str, actor_id: str) -> list[str]:
    if actor_kind in _BY_ITSELF:
        return [AUTOMATIC]
    return list(people[actor_id].roles) if actor_kind == "user" and actor_id in people else []


def _chips(given: Mapping[str, str], total: int, counts: Counter[str], path: str) -> tuple[Chip, ...]:
    def chip(words: str, value: str, count: int) -> Chip:
        kept = {name: one for name, one in {**given, "dept": value}.items() if one}
        return Chip(
            words, count, f"{path}?{urlencode(kept)}#timeline" if kept else f"{path}#timeline", given["dept"] == value
        )

    found = [chip(t("全部", "All"), "", total)]
    for role in sorted(counts, key=lambda one: (one == AUTOMATIC, -counts[one], one)):
        words = t("自动", "Automatic") if role == AUTOMATIC else role_title(role).for_locale(locale())
        found.append(chip(words, role, counts[role]))
    if given["dept"] and given["dept"] not in counts:  # What narrows the page is always there to be taken off.
        found.append(chip(role_title(given["dept"]).for_locale(locale()), given["dept"], 0))
    return tuple(found)


def _kinds(ws: Workspace, counts: Counter[str], chosen: str) -> list[Option]:
    def words(name: str) -> str:
        here = ws.kinds.get(name)
        return here.title.for_locale(locale()) if here is not None else name

    names = [*counts, *([chosen] if chosen and chosen not in counts else [])]
    return sorted((Option(one, words(one), counts[one]) for one in names), key=lambda one: (-one.count, one.words))


def _people(people: Mapping[str, User], counts: Counter[str], chosen: str) -> list[Option]:
    found = [Option(one, people[one].name, count) for one, count in counts.items() if one in people]
    if chosen and chosen not in counts:
        known = User.get_or_none(User.id == chosen)
        found.append(Option(chosen, known.name if known is not None else "—", 0))
    return sorted(found, key=lambda one: (-one.count, one.words))


def _days(given: Mapping[str, str], zone: ZoneInfo) -> tuple[datetime | None, datetime | None, str]:
    """Return the first moment and the moment after the last that two days mean, and what is wrong with them."""
    found: list[datetime | None] = []
    for name in ("since", "until"):
        try:
            day = date.fromisoformat(given[name]) if given[name] else None
        except ValueError:
            return None, None, t("日期写成 2026-11-24 这样", "write a day as 2026-11-24")
        if day is not None and not _FIRST <= day <= _LAST:
            return None, None, t("这个日期太远了", "that day is too far away")
        if day is not None and name == "until":
            day += timedelta(days=1)
        found.append(datetime.combine(day, time(), zone) if day is not None else None)
    return found[0], found[1], ""
