"""Where a team's or a person's calendar differs from the one above, and which one that is."""

from __future__ import annotations

from datetime import date
from typing import Any

from clew.core.company import calendars as keeping
from clew.core.company.calendars_compared import compared
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Calendar, Team

WEEK = {"fri": ["09:00-12:00", "20:00-02:00"], "sat": ["09:00-12:00"]}


def told(ws: Any, row: Calendar) -> list[tuple[str, str, str]]:
    today = ws.clock.now().date()
    return [(one.what.en, one.above.en, one.here.en) for one in compared(ws, row, today)]


def test_a_team_under_a_team_and_a_person_in_it_are_compared_with_the_nearest(workspace: Any, company: Any) -> None:
    ws, seller = workspace, company.user("sales")
    year = ws.clock.now().year
    top = ws.door.create("team", {"name": "大区"}, SYSTEM).record
    ws.door.change("team", seller.team_id, {"parent_id": top.id}, SYSTEM)
    values = {"name": "大区", "scope": "team", "of_id": top.id, "week": WEEK, "zone": "Asia/Tokyo"}
    above = keeping.make(ws, values, SYSTEM)
    team = Team.get_by_id(seller.team_id)
    below = keeping.make(ws, {"name": team.name, "scope": "team", "of_id": team.id, "week": {}}, SYSTEM)
    assert keeping.above(ws, below)[0].id == above.id  # type: ignore[index]
    assert told(ws, below) == []
    own = keeping.make(ws, {"name": seller.name, "scope": "person", "of_id": seller.id, "week": {"sat": []}}, SYSTEM)
    assert [one for one in told(ws, own) if one[0] != "A week"] == [("Sat", "09:00-12:00", "Not worked")]
    days = [keeping.DayGiven(date(year, 12, 31), False, "盘点"), keeping.DayGiven(date(year - 1, 5, 6), False, "旧的")]
    keeping.set_days(ws, below, days, SYSTEM)
    (only,) = compared(ws, below, ws.clock.now().date())
    assert (only.day, only.here.zh) == (date(year, 12, 31), "不上班")
    main = Calendar.get(Calendar.scope == "organisation")
    assert keeping.above(ws, main) is None
    found = told(ws, above)
    assert found[0] == ("Time zone", ws.calendar.main.zone.key, "Asia/Tokyo")
    assert [one[0] for one in found[2:]] == ["Fri", "Sat"]
