"""The next number of the company's own series, as its contracts and quotes are numbered so far."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from clew.core.intake import take as intake
from clew.core.intake.numbers import next_number
from clew.core.journal.origin import SYSTEM
from clew.core.workspace import Workspace

ZONE = ZoneInfo("Asia/Shanghai")


def given(ws: Workspace, *numbers: str) -> str:
    """Give quotes these numbers, one after the other, and return the one that comes next."""
    lead = intake.take(ws, {"company": "苏州恒锐精密"}, SYSTEM).lead
    for number in numbers:
        ws.clock.advance(seconds=1)
        ws.door.create("quote", {"number": number, "amount": 1, "lead_id": lead.id}, SYSTEM)
    return next_number(ws.kinds["quote"], ws.clock.now(), ZONE)


@pytest.mark.parametrize(
    ("numbers", "then"),
    [
        ([], ""),
        (["补充协议"], ""),
        (["BJ-001"], "BJ-002"),
        (["BJ-099"], "BJ-100"),
        (["BJ-999"], "BJ-1000"),
        (["2026/7"], "2026/8"),
        (["Q-2026-041", "Q-2026-040"], "Q-2026-042"),  # The highest counts, not the newest.
        (["A-9", "BJ-202611-001", "补充协议"], "BJ-202611-002"),  # The newest that is counted is the pattern.
        (["HT-2019-7"], "HT-2019-8"),  # No year of when it was given: a part of the name.
    ],
)
def test_the_next_number_is_that_of_the_companys_own_series(
    any_workspace: Workspace, numbers: list[str], then: str
) -> None:
    assert given(any_workspace, *numbers) == then


def test_a_new_year_and_a_new_month_begin_the_count_again(any_workspace: Workspace) -> None:
    ws = any_workspace
    given(ws, "Q-2026-041")
    kind, later = ws.kinds["quote"], ws.clock.now() + timedelta(days=60)
    assert next_number(kind, later, ZONE) == "Q-2027-001"
    given(ws, "BJ-202611-17")
    assert next_number(kind, later, ZONE) == "BJ-202701-01"
    ws.clock.advance(days=60)
    assert given(ws, "BJ-202701-01") == "BJ-202701-02"


def test_a_kind_without_a_series_of_its_own_is_suggested_nothing(workspace: Workspace) -> None:
    assert next_number(workspace.kinds["invoice"], workspace.clock.now(), ZONE) == ""
