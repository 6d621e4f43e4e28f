"""Puts the two runs of a backtest together: the figures, and every difference down to the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from ..access.naming import name_of
from ..kinds import Team, User
from ..replay.lines import Firing, moment_of, text_of
from ..storage.database import write_transaction
from ..storage.system_tables import Backtest, BacktestDifference, BacktestPart
from ..workspace import Workspace
from .differences import REMOVED, Difference, differences
from .effects import Effect, unpacked
from .figures import Counted, tables
from .runs import BASELINE, CANDIDATE

_CHUNK = 50
_Side = tuple[list[Effect], list[Firing], dict[str, Any]]


def compare(ws: Workspace, backtest_id: str, hold: Callable[[], None]) -> None:
    """Compare the runs as far as both came, and end the backtest. Doing it again changes nothing."""
    row = Backtest.get_by_id(backtest_id)
    parts = {part.run: part for part in BacktestPart.select().where(BacktestPart.backtest_id == backtest_id)}
    covered = min(parts[run].covered_until for run in (BASELINE, CANDIDATE))
    one, other = (_cut(parts[run], text_of(covered)) for run in (BASELINE, CANDIDATE))
    found = differences(one[0], other[0])
    teams = {team.id: team.name for team in Team.select()}
    people = {user.id: (user.name, user.team_id or "") for user in User.select()}
    fired = (one[2].get("fired", {}), other[2].get("fired", {}))
    days = _working_days(ws, row, covered)
    result = tables(Counted(one[0], covered), Counted(other[0], covered), found, fired, teams, people, days)
    result |= {
        "runs": {BASELINE: _told(parts[BASELINE], one), CANDIDATE: _told(parts[CANDIDATE], other)},
        "differences": _counts(found),
    }
    hold()
    _keep(ws, backtest_id, found, one, other, hold)
    whole = covered >= row.until
    with write_transaction():
        Backtest.update(
            state="done" if whole else "stopped",
            result=result,
            covered_until=covered,
            done_at=ws.clock.now(),
            done=Backtest.total if whole else Backtest.done,
        ).where((Backtest.id == backtest_id) & (Backtest.state == "running")).execute()
        # What the runs led to lies in the differences now.
        BacktestPart.update(effects=None).where(BacktestPart.backtest_id == backtest_id).execute()


def _cut(part: BacktestPart, covered: str) -> _Side:
    effects, firings, counts = unpacked(part.effects or b"")
    return [one for one in effects if one.at <= covered], firings, counts


def _told(part: BacktestPart, run: _Side) -> dict[str, Any]:
    return {"seconds": part.seconds, "attempts": part.attempts, **run[2]}


def _counts(found: Iterable[Difference]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for one in found:
        of_kind = counts.setdefault(one.kind, {})
        of_kind[one.change] = of_kind.get(one.change, 0) + 1
    return counts


def _working_days(ws: Workspace, row: Backtest, until: Any) -> int:
    zone = ws.settings.zone
    day, last = row.since.astimezone(zone).date(), until.astimezone(zone).date()
    days = 0
    while day <= last:
        days += ws.calendar.main.is_working_day(day)
        day += timedelta(days=1)
    return days


def _keep(
    ws: Workspace, backtest_id: str, found: list[Difference], one: _Side, other: _Side, hold: Callable[[], None]
) -> None:
    with write_transaction():
        BacktestDifference.delete().where(BacktestDifference.backtest_id == backtest_id).execute()
    names = _titles(ws, found)
    for start in range(0, len(found), _CHUNK * 20):
        rows = [_row(backtest_id, d, one, other, names) for d in found[start : start + _CHUNK * 20]]
        with write_transaction():
            for first in range(0, len(rows), _CHUNK):
                BacktestDifference.insert_many(rows[first : first + _CHUNK]).execute()
        hold()


def _titles(ws: Workspace, found: list[Difference]) -> dict[str, str]:
    """Return what the records of differences are called, personal data masked."""
    wanted: dict[str, set[str]] = {}
    for one in found:
        wanted.setdefault(one.effect.about, set()).add(one.effect.record_id)
    names: dict[str, str] = {}
    for kind, ids in wanted.items():
        here = ws.kinds.get(kind)
        if here is None:
            continue
        every = sorted(ids)
        for start in range(0, len(every), 500):
            rows = here.model.select().where(here.model.id.in_(every[start : start + 500]))
            names |= {row.id: name_of(here, row, False).zh[:200] for row in rows}
    return names


def _row(backtest_id: str, d: Difference, one: _Side, other: _Side, names: Mapping[str, str]) -> dict[str, Any]:
    effect = d.effect
    firings = (one if d.change == REMOVED else other)[1]
    firing = firings[effect.firing] if effect.firing >= 0 else None
    return {
        "backtest_id": backtest_id,
        "kind": d.kind,
        "change": d.change,
        "record_kind": effect.about,
        "record_id": effect.record_id,
        "title": names.get(effect.record_id, ""),
        "team_id": effect.team_id,
        "person_id": effect.who,
        "rule": effect.rule,
        "version": effect.version,
        "at": moment_of(effect.at),
        "before": d.before,
        "after": d.after,
        "what": effect.what,
        "event": firing.event if firing else "",
        "facts": dict(firing.facts) if firing else {},
    }
