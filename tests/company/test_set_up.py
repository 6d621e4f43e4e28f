"""Setting a company up: people out of a spreadsheet, a size with its rules, a sample lead, and the page around them."""

from __future__ import annotations

import io
from typing import Any

import pytest

from clew.core.company import roster
from clew.core.company.presets import PRESETS, choose
from clew.core.company.progress import STEPS, company, is_under_way
from clew.core.company.rehearsal import rehearse
from clew.core.errors import Forbidden, Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Calendar, Customer, Lead, Notification, RuleRecord, Team, User
from clew.core.people.passwords import hash_password
from clew.core.rulebook.checks import check_all
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import begin_draft, submit
from clew.core.storage.system_tables import Dispatch, JournalLine
from clew.core.workspace import Workspace

from ..app import app_of

PASTED = """姓名\t部门\t岗位\t登录邮箱\t工号
林岚\t华东一部\t部门经理\tlinlan@yc.example\t1
王磊\t华东一部\t销售\twanglei@yc.example\t2
李昊\t华东一部\t销售\twanglei@yc.example\t3
周晨\t华东1部\t业务员\tzhouchen@yc.example\t4
沈可\t运营部\t运营\tshenke＠yc.example\t5
"""


@pytest.fixture
def ws(any_workspace: Workspace) -> Workspace:
    return any_workspace


@pytest.fixture
def admin(ws: Workspace) -> Origin:
    """The first person of an empty house."""
    values = {
        "email": "boss@yc.example",
        "name": "韩旭",
        "roles": ["admin"],
        "password_hash": hash_password("clew-test-2026"),
    }
    return Origin(Actor.of(ws.door.create("user", values, SYSTEM).record), "console")


def states(text: str, answers: dict[int, str] | None = None) -> list[str]:
    """Return what the check says of each row of a block."""
    return [entry.state for entry in roster.check(roster.read_block(text), answers or {})]


def test_each_row_is_checked_and_a_guess_is_a_question(ws: Workspace, admin: Origin) -> None:
    entries = roster.check(roster.read_block(PASTED), {})
    assert [entry.state for entry in entries] == ["good", "good", "bad", "question", "good"]
    assert entries[2].said.zh == "和第 2 行王磊的邮箱相同，一个邮箱只能登录一个人"
    assert (entries[3].near, entries[3].answer) == ("华东一部", "")
    assert [entry.role for entry in entries] == ["manager", "sales", "sales", "sales", "ops"]
    assert states(PASTED, {4: "use"})[3] == states(PASTED, {4: "new"})[3] == "good"


def test_what_is_good_goes_in_and_what_is_there_is_not_made_twice(ws: Workspace, admin: Origin) -> None:
    made = roster.take_in(ws, roster.check(roster.read_block(PASTED), {4: "use"}), admin)
    assert [user.name for user in made] == ["林岚", "王磊", "周晨", "沈可"]
    team = Team.get(Team.name == "华东一部")
    assert User.get(User.name == "林岚").id == team.manager_id
    assert User.get(User.name == "周晨").team_id == team.id
    assert states(PASTED, {4: "use"}) == ["there", "there", "bad", "there", "there"]
    assert not roster.take_in(ws, roster.check(roster.read_block(PASTED), {4: "use"}), admin)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王磊\t华东一部\t销售\tw@x.example\n李昊\t华东一部\t销售\tl@x.example", ["good", "good"]),
        ("name,team,role,email\nAnn,East,Sales,ann@x.example", ["good"]),
        ("邮箱;姓名\nw@x.example;王磊", ["good"]),
        ("姓名\t邮箱\t岗位\n王磊\tw@x.example\t火箭", ["bad"]),
        ("姓名\t邮箱\n\tw@x.example", ["bad"]),
        ("姓名\t邮箱\n王磊\tnicht", ["bad"]),
        ("姓名\t邮箱\n" + "王" * 81 + "\tw@x.example", ["bad"]),
        ("姓名\t部门\t邮箱\n甲\t华东一部\ta@x.example\n乙\t华东二部\tb@x.example", ["good", "good"]),
        ("姓名\t邮箱\n=cmd|calc\tw@x.example", ["good"]),
    ],
)
def test_blocks_of_many_shapes(ws: Workspace, admin: Origin, text: str, expected: list[str]) -> None:
    assert states(text) == expected


@pytest.mark.parametrize("text", ["", " \n\t", "姓名\t邮箱\n" + "甲\ta@x.example\n" * 1002])
def test_what_is_no_block_is_refused_in_words(ws: Workspace, text: str) -> None:
    with pytest.raises(Invalid, match="paste|told|at most"):  # noqa: RUF043
        roster.read_block(text)


def test_operations_make_no_administrator_of_a_row(ws: Workspace, admin: Origin) -> None:
    ops = ws.door.create("user", {"email": "o@yc.example", "name": "运营", "roles": ["ops"]}, SYSTEM).record
    entries = roster.check(roster.read_block("姓名\t岗位\t邮箱\n甲\t管理员\ta@x.example\n乙\t销售\tb@x.example"), {})
    with pytest.raises(Forbidden, match="administrator"):
        roster.take_in(ws, entries, Origin(Actor.of(ops), "console"))
    assert not User.select().where(User.name.in_(["甲", "乙"])).exists()


def test_a_size_brings_its_rules_and_leaves_alone_what_somebody_changed(ws: Workspace, admin: Origin) -> None:
    def on(pack: str) -> set[bool]:
        return {row.enabled for row in RuleRecord.select().where(RuleRecord.pack == pack)}

    choose(ws, "small", admin)
    assert (on("sop"), on("follow"), on("payments"), on("stages")) == ({False}, {True}, {True}, set())
    choose(ws, "large", admin)
    assert (on("sop"), on("stages")) == ({True}, {True})
    choose(ws, "medium", admin)
    assert on("stages") == {False}
    mine = RuleRecord.get(RuleRecord.code == "sop-demo")
    draft = begin_draft(ws, "sop-demo", admin, {**mine.document, "priority": 7})
    other = ws.door.create("user", {"email": "m@yc.example", "name": "经理", "roles": ["manager"]}, SYSTEM).record
    approve(ws, submit(ws, draft.id, "", admin).id, Origin(Actor.of(other), "console"))
    choose(ws, "small", admin)
    assert on("sop") == {True, False}, "a rule that somebody changed stays as they left it"
    choose(ws, "medium", admin)
    assert on("sop") == {True}
    assert not [finding for finding in check_all(ws) if finding.level == "error"]
    before = JournalLine.select().count()
    assert choose(ws, "medium", admin)["changed"] == 0
    assert JournalLine.select().count() == before
    with pytest.raises(Invalid, match="one of small, medium, large"):
        choose(ws, "huge", admin)
    assert set(PRESETS) == {"small", "medium", "large"}


def test_a_rehearsal_says_who_and_writes_nothing(ws: Workspace, admin: Origin) -> None:
    tables = (Lead, Customer, Notification, Dispatch, JournalLine)
    before = [table.select().count() for table in tables]
    alone = rehearse(ws)
    assert (alone.owner, alone.minutes, alone.escalated_to) == ("韩旭", 30, "韩旭")
    assert [table.select().count() for table in tables] == before
    roster.take_in(ws, roster.check(roster.read_block(PASTED), {4: "use"}), admin)
    peopled = rehearse(ws)
    assert peopled.owner in ("王磊", "周晨")
    assert (peopled.team, peopled.escalated_to) == ("华东一部", "林岚")


def test_the_page_leads_through_five_steps(ws: Workspace, admin: Origin) -> None:
    client = app_of(ws, csrf=False).test_client()
    entered = client.post("/sign-in", data={"name": "boss@yc.example", "password": "clew-test-2026"})
    assert entered.location == "/setup/", "an empty house is set up first"
    assert "第 1 步" in client.get("/setup/").text
    assert client.post("/setup/company", data={"name": "远川工业", "size": "nothing"}).status_code == 422
    assert client.post("/setup/company", data={"name": "远川工业", "size": "small"}).location == "/setup/"
    assert "远川工业" in client.get("/setup/").text
    checked = client.post("/setup/people", data={"block": PASTED, "act": "check"}).text
    assert "1 行要改" in checked
    assert "是「华东一部」吗" in checked
    assert not Team.select().exists(), "nothing is written before it is asked for"
    rows = {f"{name}.{n}": cell for n, row in enumerate(roster.read_block(PASTED), 1) for name, cell in row.items()}
    some = client.post("/setup/people", data={**rows, "count": "5", "answer.4": "use", "act": "good"}).text
    assert "/join/" in some
    assert "要改" in some, "what waits is kept"
    again = client.post("/setup/people", data={**rows, "count": "5", "answer.4": "use", "act": "good"}).text
    assert "/join/" not in again
    assert User.select().count() == 5
    upload = {"file": (io.BytesIO("姓名,邮箱\n钱婷,qian@yc.example\n".encode("gb18030")), "people.csv"), "act": "all"}
    assert "/join/" in client.post("/setup/people", data=upload, content_type="multipart/form-data").text
    wrong = {"file": (io.BytesIO(b"\x00\x01"), "people.exe"), "act": "check"}
    assert client.post("/setup/people", data=wrong, content_type="multipart/form-data").status_code < 500
    assert client.post("/setup/hours", data={"on.mon": "1", "windows": "25:00-26:00"}).status_code == 422
    assert client.post("/setup/hours", data={"on.mon": "1", "windows": "09:00-12:00 13:00-18:00"}).location == "/setup/"
    assert Calendar.get(Calendar.scope == "organisation").week["mon"] == ["09:00-12:00", "13:00-18:00"]
    client.post("/setup/step/channels")
    assert client.post("/setup/step/ready").location == "/"
    assert company().steps == list(STEPS)
    assert not is_under_way()
    client.post("/sign-out")
    assert client.post("/sign-in", data={"name": "boss@yc.example", "password": "clew-test-2026"}).location == "/"


def test_garbage_on_the_page_is_answered_in_words(ws: Workspace, admin: Origin) -> None:
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": "boss@yc.example", "password": "clew-test-2026"})
    for data in (
        {"block": "a\x00b\tc"},
        {"count": "99999999999999999999"},
        {"count": "-1"},
        {"count": "2", "name.1": "甲"},
        {"act": "all"},
        {},
    ):
        assert client.post("/setup/people", data=data).status_code < 500, data
    assert client.post("/setup/step/nothing").status_code < 500
    seller: Any = ws.door.create("user", {"email": "s@yc.example", "name": "卖", "roles": ["sales"]}, SYSTEM).record
    assert seller.id
