"""A backtest's figures: both runs counted alike, whole and by team, rule and person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from ..replay.lines import moment_of
from .differences import Difference
from .effects import ANSWERED, CLOSED, ESCALATION, FOLLOWED, MESSAGE, OWNER, RECEIVED, TASK, Effect

LONG = timedelta(hours=48)
Pair = tuple[Any, Any]
_COUNTS = (ESCALATION, MESSAGE, TASK)


class Counted:
    """One run, counted. `until` is how far it reaches."""

    def __init__(self, effects: Iterable[Effect], until: datetime) -> None:
        self.by_team: dict[str, Counter[str]] = defaultdict(Counter)
        self.by_rule: dict[str, Counter[str]] = defaultdict(Counter)
        self.by_person: dict[str, Counter[str]] = defaultdict(Counter)
        self.whole: Counter[str] = Counter()
        self.minutes: dict[str, list[int]] = defaultdict(list)
        self.owners: dict[str, str] = {}
        self.followed: dict[str, set[str]] = defaultdict(set)
        received: dict[str, str] = {}
        answered: dict[str, str] = {}
        told: dict[str, str] = {}
        closed: dict[str, str] = {}
        firsts = {RECEIVED: received, ANSWERED: answered, ESCALATION: told, CLOSED: closed}
        for effect in effects:
            if effect.kind in _COUNTS:
                self._count(effect)
            if effect.about == "lead":
                self._follow(effect)
                if effect.kind in firsts:
                    at = effect.value if effect.kind == RECEIVED and effect.value else effect.at
                    firsts[effect.kind].setdefault(effect.record_id, at)
        for owner in self.owners.values():
            self.by_person[owner]["leads"] += 1
        self.received = len(received)
        late = [one for one, at in received.items() if _waited(at, answered.get(one), closed.get(one), until)]
        self.unanswered = len(late)
        self.untold = sum(1 for one in late if not _in_time(told.get(one), received[one]))

    def _count(self, effect: Effect) -> None:
        by = (self.by_team[effect.team_id], self.by_rule[effect.rule], self.by_person[effect.who])
        for counts in (self.whole, *by):
            counts[effect.kind] += 1

    def _follow(self, effect: Effect) -> None:
        """Follow a lead: who owns it, who spoke with the customer, how long the first answer took."""
        if effect.kind == OWNER:
            self.owners[effect.record_id] = effect.who
        elif effect.kind == FOLLOWED:
            self.followed[effect.record_id].add(effect.who)
        elif effect.kind == ANSWERED and isinstance(effect.value, int):
            self.minutes[effect.team_id].append(effect.value)

    def response(self, team_id: str | None = None) -> float | None:
        """Return the median of minutes to the first response, in working time; None if nobody answered."""
        lists = self.minutes.values() if team_id is None else [self.minutes.get(team_id, [])]
        every = [minutes for some in lists for minutes in some]
        return median(every) if every else None


def _waited(received: str, answered: str | None, closed: str | None, until: datetime) -> bool:
    end = min(moment_of(text) for text in (answered, closed, until.isoformat()) if text)
    return end - moment_of(received) >= LONG


def _in_time(told: str | None, received: str) -> bool:
    return told is not None and moment_of(told) - moment_of(received) <= LONG


def tables(
    before: Counted,
    after: Counted,
    found: Iterable[Difference],
    fired: tuple[Mapping[str, int], Mapping[str, int]],
    teams: Mapping[str, str],
    people: Mapping[str, tuple[str, str]],
    days: int,
) -> dict[str, Any]:
    """Return the figures of two runs as the result holds them; `people` are names and team ids by id."""
    changed = [one for one in found if one.kind == OWNER and one.effect.about == "lead"]
    members = Counter(team for _, team in people.values())
    moved_team, moved_rule = Counter(one.effect.team_id for one in changed), Counter(one.effect.rule for one in changed)
    return {
        "figures": {
            "received": before.received,
            "response": (before.response(), after.response()),
            "unanswered": (before.unanswered, after.unanswered),
            "untold": (before.untold, after.untold),
            "escalations": _pair(before.whole, after.whole, ESCALATION),
            "messages": _pair(before.whole, after.whole, MESSAGE),
            "tasks": _pair(before.whole, after.whole, TASK),
            "owners": len(changed),
            "owners_followed": sum(1 for one in changed if _followed_by_another(one, before)),
            "days": days,
        },
        "teams": [
            {
                "id": team,
                "name": teams.get(team, ""),
                "people": members.get(team, 0),
                **_counts(before.by_team, after.by_team, team),
                "response": (before.response(team), after.response(team)),
                "owners": moved_team.get(team, 0),
            }
            for team in _keys(before.by_team, after.by_team, moved_team, before.minutes, after.minutes)
        ],
        "rules": [
            {
                "rule": rule,
                "fired": (fired[0].get(rule, 0), fired[1].get(rule, 0)),
                **_counts(before.by_rule, after.by_rule, rule),
                "owners": moved_rule.get(rule, 0),
            }
            for rule in _keys(before.by_rule, after.by_rule, moved_rule, *fired)
        ],
        "people": [
            {
                "id": person,
                "name": people.get(person, ("", ""))[0],
                "team": teams.get(people.get(person, ("", ""))[1], ""),
                **_counts(before.by_person, after.by_person, person),
                "leads": _pair(before.by_person.get(person, {}), after.by_person.get(person, {}), "leads"),
            }
            for person in _keys(before.by_person, after.by_person)
        ],
    }


def _followed_by_another(one: Difference, before: Counted) -> bool:
    return bool(before.followed.get(one.effect.record_id, set()) - {one.after})


def _pair(before: Mapping[str, int], after: Mapping[str, int], name: str) -> Pair:
    return before.get(name, 0), after.get(name, 0)


def _counts(before: Mapping[str, Counter[str]], after: Mapping[str, Counter[str]], key: str) -> dict[str, Pair]:
    one, other = before.get(key, Counter()), after.get(key, Counter())
    return {
        "escalations": _pair(one, other, ESCALATION),
        "messages": _pair(one, other, MESSAGE),
        "tasks": _pair(one, other, TASK),
    }


def _keys(*counted: Mapping[str, Any]) -> list[str]:
    """Return every key, "" (nobody, no rule) left out."""
    return sorted({key for some in counted for key in some} - {""})
