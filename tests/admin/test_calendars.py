"""The pages of working calendars and deadlines: shown, previewed, saved, refused in place, for who may."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from clew.core.company import calendars as keeping
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Calendar, CalendarDay, Deadline, Leave, PauseReason
from clew.core.running import drain
from clew.core.workspace import Workspace

from ..app import app_of

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20270101
DTEND;VALUE=DATE:20270104
SUMMARY:元旦 休
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20270109
SUMMARY:元旦 补班
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20260501
RRULE:FREQ=YEARLY;COUNT=3
SUMMARY:劳动节
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def client(workspace: Workspace, company: Any) -> Any:
    app = app_of(workspace, csrf=False)

    def sign_in(role: str) -> Any:
        found = app.test_client()
        found.post("/sign-in", data={"name": company.user(role).email, "password": company.password})
        return found

    return sign_in


@pytest.fixture
def deadline(workspace: Workspace, company: Any) -> Deadline:
    intake.take(workspace, {"company": "恒锐精密", "industry": "精密加工", "region": "江苏"}, SYSTEM)
    drain(workspace)
    return Deadline.get()  # type: ignore[no-any-return]


def organisation() -> Calendar:
    return Calendar.get(Calendar.scope == "organisation")  # type: ignore[no-any-return]


def week(**days: str) -> dict[str, str]:
    usual = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:30-18:00")
    return {"name": "工作日历", "zone": "", **{f"win-{day}": text for day, text in {**usual, **days}.items()}}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_the_week_the_year_and_how_a_deadline_comes_about(
    client: Any, deadline: Deadline, language: str
) -> None:
    ops = client("ops")
    ops.post("/language", data={"locale": language})
    page = ops.get(f"/calendars/{organisation().id}").text
    for words in {
        "zh": ("一周 37.5 小时", "2026 年", "休 33 天", "推导", "30 分（工作时间）", "这两周没有人请假", "等客户"),
        "en": (
            "37.5 h a week",
            "33 days off",
            "30 min (working time)",
            "Nobody is away",
            "Waiting for the customer",
        ),
    }[language]:
        assert words in page
    assert "恒锐精密" in page or "首次响应" in page or "First response" in page
    assert ops.get("/calendars/").status_code == 200


def test_a_change_is_looked_at_first_and_saved_after(client: Any, workspace: Workspace, deadline: Deadline) -> None:
    ops, row = client("ops"), organisation()
    given = week(tue="14:00-18:00, 20:00-02:00", sat="09:00-12:00")
    looked = ops.post(f"/calendars/{row.id}/week", data={**given, "act": "preview"}).text
    assert "1 个在计的时限会变，最多晚 5 小时" in looked
    assert "14:00-18:00, 20:00-02:00" in looked
    asked = ops.post(f"/calendars/{row.id}/preview", data=given).json
    assert (asked["moved"], asked["late"]) == (1, 0)
    assert Calendar.get_by_id(row.id).revision == row.revision
    saved = ops.post(f"/calendars/{row.id}/week", data={**given, "act": "save", "revision": row.revision})
    assert saved.status_code == 302
    drain(workspace)
    assert Deadline.get_by_id(deadline.id).due_at.isoformat() == "2026-11-24T06:30:00+00:00"
    stale = ops.post(f"/calendars/{row.id}/week", data={**week(), "act": "save", "revision": row.revision})
    assert stale.status_code == 409


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tue": "9-12"}, "不是时段"),
        ({"tue": "09:00-12:00, 11:00-13:00"}, "重叠"),
        ({"fri": "20:00-10:00", "sat": "09:00-12:00"}, "重叠"),
        ({"tue": "99:99-00:00"}, "00:00 到 24:00"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_kept(client: Any, company: Any, given: Any, said: str) -> None:
    page = client("ops").post(f"/calendars/{organisation().id}/week", data={**week(**given), "act": "save"})
    assert page.status_code == 422
    assert said in page.text
    assert next(iter(given.values())) in page.text
    zone = client("ops").post(f"/calendars/{organisation().id}/week", data={**week(), "zone": "Mars/X", "act": "save"})
    assert "没有时区" in zone.text


def test_days_are_added_previewed_and_taken_back(client: Any, workspace: Workspace, deadline: Deadline) -> None:
    ops, row = client("ops"), organisation()
    day = {"day": "2026-11-24", "how": "off", "day_name": "店庆"}
    assert "1 个在计的时限会变" in ops.post(f"/calendars/{row.id}/day", data={**day, "act": "preview"}).text
    assert CalendarDay.get_or_none(CalendarDay.day == date(2026, 11, 24)) is None
    half = {"day": "2026-12-24", "until": "2026-12-25", "how": "windows", "day_windows": "09:00-12:00"}
    for given in (day, half, {**half, "how": "on"}, half):
        assert ops.post(f"/calendars/{row.id}/day", data={**given, "act": "save"}).status_code == 302
    assert workspace.calendar.main.minutes_between(*_day(2026, 12, 24)) == 180
    page = ops.get(f"/calendars/{row.id}?year=2026").text
    assert "店庆" in page
    assert ops.post(f"/calendars/{row.id}/day/remove", data={"day": "2026-11-24"}).status_code == 302
    assert workspace.calendar.main.is_working_day(date(2026, 11, 24))
    assert ops.post(f"/calendars/{row.id}/day/remove", data={"day": "2026-11-24"}).status_code == 404
    for bad in ("", "2026-13-01", "0001-01-01", "9999-12-31", "明天"):
        refused = ops.post(f"/calendars/{row.id}/day", data={"day": bad, "how": "off", "act": "save"})
        assert (refused.status_code, "请填写日期" in refused.text) == (422, True)
    empty = ops.post(f"/calendars/{row.id}/day", data={**half, "day_windows": "", "act": "save"})
    assert "请填写时段" in empty.text


def _day(*ymd: int) -> Any:
    from zoneinfo import ZoneInfo

    from clew.core.time.working_calendar import datetime, timedelta

    begin = datetime(*ymd, tzinfo=ZoneInfo("Asia/Shanghai"))  # type: ignore[arg-type]
    return begin, begin + timedelta(days=1)


def test_a_calendar_file_asks_about_what_it_has_to_guess(client: Any, workspace: Workspace) -> None:
    ops, row = client("ops"), organisation()

    def send(content: bytes) -> Any:
        return ops.post(f"/calendars/{row.id}/ics", data={"file": (io.BytesIO(content), "x.ics")})

    page = send(ICS.encode()).text
    assert "文件里有 7 天" in page
    assert "1 天听起来像调休上班" in page
    assert page.count("checked") == 6
    days = ["2027-01-01", "2027-01-09", "2027-05-01"]
    taken = {"day": days, "as-0": "off", "as-1": "on", "name-1": "元旦 补班"}
    assert ops.post(f"/calendars/{row.id}/ics/take", data=taken).status_code == 302
    calendar = workspace.calendar.main
    assert [calendar.is_working_day(date.fromisoformat(day)) for day in days] == [False, True, False]
    assert calendar.knows(2027)
    assert "元旦" in ops.get(f"/calendars/{row.id}?year=2027").text
    for bad in (b"", b"no calendar", b"\xff\xfe\x00", ICS.replace("YEARLY", "SECONDLY").encode(), b"x" * 2_000_001):
        refused = send(bad)
        assert refused.status_code == 422, bad[:20]
    assert ops.post(f"/calendars/{row.id}/ics").status_code == 422


def test_holidays_are_taken_over_by_year_or_the_page_says_why_not(client: Any, company: Any) -> None:
    ops, row = client("ops"), organisation()
    assert ops.post(f"/calendars/{row.id}/holidays", data={"year": "2024"}).status_code == 302
    missing = ops.post(f"/calendars/{row.id}/holidays", data={"year": "2050"})
    assert (missing.status_code, "还没有 2050 年" in missing.text) == (404, True)


def test_leave_is_recorded_with_what_it_does_and_cancelled(
    client: Any, workspace: Workspace, deadline: Deadline
) -> None:
    ops, row = client("ops"), organisation()
    given = {"user_id": deadline.owner_id, "from_at": "2026-11-24T09:00", "to_at": "2026-11-24T12:00", "kind": "sick"}
    assert "1 个在计的时限会变" in ops.post(f"/calendars/{row.id}/leave", data={**given, "act": "preview"}).text
    assert ops.post(f"/calendars/{row.id}/leave", data={**given, "act": "save"}).status_code == 302
    page = ops.get(f"/calendars/{row.id}").text
    assert "病假" in page
    assert "没有代理，1 个时限到时停着" in page
    leave = Leave.get()
    assert ops.post(f"/calendars/{row.id}/leave/{leave.id}/cancel").status_code == 302
    assert Leave.get().cancelled
    for bad, said in (
        ({"to_at": "2026-11-23T09:00"}, "结束应晚于开始"),
        ({"user_id": ""}, "请填写"),
        ({"deputy_id": deadline.owner_id}, "另一位成员"),
        ({"from_at": "昨天"}, "不是时间"),
    ):
        refused = ops.post(f"/calendars/{row.id}/leave", data={**given, **bad, "act": "save"})
        assert (refused.status_code, said in refused.text) == (422, True), said


def test_reasons_are_data(client: Any, company: Any) -> None:
    ops, row = client("ops"), organisation()
    reason = {"name": "waiting_lab", "title_zh": "等化验", "title_en": "Waiting for the lab"}
    assert ops.post(f"/calendars/{row.id}/reasons", data=reason).status_code == 302
    assert ops.post(f"/calendars/{row.id}/reasons", data=reason).status_code == 409
    found = PauseReason.get(PauseReason.name == "waiting_lab")
    ops.post(f"/calendars/{row.id}/reasons", data={"reason_id": found.id, "on": "0"})
    assert not PauseReason.get_by_id(found.id).active


def test_a_deadline_is_paused_where_it_is_shown_and_the_lead_says_so(
    client: Any, workspace: Workspace, company: Any, deadline: Deadline
) -> None:
    owner = next(one for team in company.sellers.values() for one in team if one.id == deadline.owner_id)
    app = app_of(workspace, csrf=False)
    seller = app.test_client()
    seller.post("/sign-in", data={"name": owner.email, "password": company.password})
    assert "推导" in seller.get(f"/deadlines/{deadline.id}").text
    assert seller.post(f"/deadlines/{deadline.id}/pause", data={"reason": "lunch"}).status_code == 422
    assert seller.post(f"/deadlines/{deadline.id}/pause", data={"reason": "waiting_customer"}).status_code == 302
    assert "暂停 · 等客户" in seller.get(f"/leads/{deadline.lead_id}").text
    assert "暂停 · 等客户" in seller.get("/leads/").text
    assert seller.post(f"/deadlines/{deadline.id}/resume").status_code == 302
    assert seller.post(f"/deadlines/{deadline.id}/resume").status_code == 404
    stranger = next(one for one in company.sellers["华南部"])
    other = app.test_client()
    other.post("/sign-in", data={"name": stranger.email, "password": company.password})
    assert other.get(f"/deadlines/{deadline.id}").status_code == 404
    assert other.get("/calendars/").status_code == 403
    assert client("ops").get("/deadlines/nothing").status_code == 404
    assert keeping.calendar_row(organisation().id).scope == "organisation"


def test_a_calendar_of_a_team_is_made_once(client: Any, company: Any) -> None:
    ops, team = client("ops"), company.teams["华东一部"]
    made = ops.post("/calendars/new", data={"of": f"team:{team.id}"})
    assert made.status_code == 302
    page = ops.get(made.location).text
    assert "和上级一样" in page
    assert ops.post("/calendars/new", data={"of": f"team:{team.id}"}).status_code == 409
    assert ops.post("/calendars/new", data={"of": "team:nobody"}).status_code == 422
    row = Calendar.get(Calendar.of_id == team.id)
    above = {f"above-{day}": "1" for day in ("mon", "tue", "wed", "thu", "fri", "sun")}
    assert (
        ops.post(f"/calendars/{row.id}/week", data={**week(sat="09:00-12:00"), **above, "act": "save"}).status_code
        == 302
    )
    assert Calendar.get_by_id(row.id).week == {"sat": ["09:00-12:00"]}
