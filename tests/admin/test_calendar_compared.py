"""The page of a calendar: where it differs from the one above."""

from __future__ import annotations

from typing import Any

from clew.core.company import calendars as keeping
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Calendar, Team

from ..app import app_of
from .records import Desk

WEEK = {"fri": ["09:00-12:00", "20:00-02:00"], "sat": ["09:00-12:00"]}


def test_the_page_shows_the_differences(workspace: Any, company: Any) -> None:
    team = Team.get_by_id(company.user("sales").team_id)
    row = keeping.make(workspace, {"name": team.name, "scope": "team", "of_id": team.id, "week": WEEK}, SYSTEM)
    page = Desk(app_of(workspace, csrf=False), company.user("ops"), company.password).get(f"/calendars/{row.id}").text
    assert "和上级对比" in page
    part = page.partition('id="compare"')[2].partition("</dialog>")[0]
    assert "3 处不同" in part
    assert "20:00-02:00" in part
    main = Calendar.get(Calendar.scope == "organisation")
    ops = Desk(app_of(workspace, csrf=False), company.user("ops"), company.password)
    assert "和上级对比" not in ops.get(f"/calendars/{main.id}").text
