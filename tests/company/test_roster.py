"""People from a spreadsheet: read with a head or without, each row checked, nothing guessed, nobody made twice."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from clew.core.company.roster import drafts, taking_in
from clew.core.company.roster.checking import Entry, check
from clew.core.company.roster.reading import MOST_ROWS, read_block, read_file
from clew.core.company.roster.taking_in import take_in
from clew.core.company.roster.words import roles_meant, same_team
from clew.core.errors import ClewError, Forbidden, Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Team, User
from clew.core.storage.database import database
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

HEAD = "姓名\t部门\t岗位\t邮箱"


@pytest.fixture
def admin(workspace: Workspace) -> Origin:
    values = {"email": "admin@a.example", "name": "韩旭", "roles": ["admin"]}
    return Origin(Actor.of(workspace.door.create("user", values, SYSTEM).record), "console")


def checked(origin: Origin, *rows: str, head: str = HEAD, **answers: dict[str, str]) -> list[Entry]:
    sheet = read_block("\n".join((head, *rows) if head else rows))
    return check(origin.actor, sheet.rows, answers)


def states(entries: list[Entry]) -> list[str]:
    return [entry.state for entry in entries]


@pytest.mark.parametrize(
    "block",
    [
        "姓名\t部门\t岗位\t邮箱\n林岚\t华东一部\t部门经理\tlin@a.example",
        "Name,Department,Position,E-mail\n林岚,华东一部,manager,LIN@a.example",
        "林岚\t华东一部\t部门经理\tlin@a.example",
        "lin@a.example\t林岚\t部门经理\t华东一部",
        "　姓名 \t 部门\t角色\t电子邮箱\n林岚\t华东一部\t经理\tｌｉｎ＠ａ．ｅｘａｍｐｌｅ",
        "\ufeff邮箱;姓名;团队;角色\nlin@a.example;林岚;华东一部;主管\n;;;\n",
    ],
)
def test_a_block_is_read_with_a_head_or_without(admin: Origin, block: str) -> None:
    (entry,) = check(admin.actor, read_block(block).rows, {})
    found = (entry.state, entry.values["name"], entry.team, entry.role, entry.email)
    assert found == ("good", "林岚", "华东一部", "manager", "lin@a.example")


def test_columns_that_are_not_known_are_named() -> None:
    sheet = read_block("姓名\t入职日期\t邮箱\n林岚\t2020-01-01\tlin@a.example")
    assert (sheet.heads, sheet.left_out) == (("姓名", "邮箱"), ("入职日期",))
    assert sheet.rows == ((2, {"name": "林岚", "email": "lin@a.example"}),)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("", "copy some rows"),
        ("   \n \t\n", "copy some rows|not one row"),
        (HEAD, "nobody below"),
        ("a\0b\tc", "can't be saved"),
        ("甲\ud800\tc", "can't be saved"),
        ("13800000000\t13900000000", "name"),
        ("\n".join([HEAD, *(f"人{n}\t队\t销售\tp{n}@a.example" for n in range(MOST_ROWS + 1))]), "at most 1000"),
        ("x" * 2_000_001, "too long"),
    ],
)
def test_what_is_no_list_of_people_is_refused_in_words(block: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_block(block)


def test_as_many_as_are_allowed_are_checked_at_once(admin: Origin) -> None:
    rows = [f"人{n}\t团队{n}组\t销售\tp{n}@a.example" for n in range(MOST_ROWS)]
    assert set(states(checked(admin, *rows))) == {"good"}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_is_read_the_same(admin: Origin, tmp_path: Path, ending: str) -> None:
    rows = [["姓名", "部门", "工号", "邮箱"], ["林岚", "华东一部", "7", "lin@a.example"]]
    path = tmp_path / f"people.{ending}"
    if ending == "csv":
        path.write_bytes("\n".join(",".join(row) for row in rows).encode("gb18030"))
    else:
        book = openpyxl.Workbook()
        for row in [[], *rows]:
            book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
        book.save(path)
    sheet = read_file(path)
    assert sheet.rows[0][1] == {"name": "林岚", "team": "华东一部", "staff_no": "7", "email": "lin@a.example"}
    assert sheet.rows[0][0] == (2 if ending == "csv" else 3), "the row as the sheet numbers it"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04garbage", b"\xff\xfe\x00\x01", b"\x00\x01\x02"])
@pytest.mark.parametrize("ending", ["xlsx", "csv", "exe"])
def test_of_a_broken_file_nobody_is_taken_in(admin: Origin, tmp_path: Path, ending: str, data: bytes) -> None:
    path = tmp_path / f"people.{ending}"
    path.write_bytes(data)
    try:
        entries = check(admin.actor, read_file(path).rows, {})
    except ClewError:
        entries = []
    if entries:  # What can be read as text is shown, and says what it lacks.
        assert ending == "csv"
        assert set(states(entries)) == {"bad"}


def test_an_email_used_twice_names_the_other_row(admin: Origin) -> None:
    first, second = checked(admin, "王磊\t华东一部\t销售\twang@a.example", "李昊\t华东一部\t销售\tＷang@A.example")
    assert (first.state, second.state, second.column) == ("good", "bad", "email")
    assert "第 2 行王磊" in second.said.zh
    assert "row 2" in second.said.en


def test_who_is_there_already_is_no_news_and_whose_email_it_is_is_said(admin: Origin) -> None:
    same, other = checked(admin, "韩旭\t\t管理员\tadmin@a.example", "李昊\t\t销售\tADMIN@a.example")
    assert same.state == "there"
    assert "第 2 行" in other.said.zh
    (other,) = checked(admin, "李昊\t\t销售\tADMIN@a.example")
    assert (other.state, other.said.zh) == ("bad", "这个邮箱是成员「韩旭」的；填李昊自己的")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("\t队\t销售\ta@b.example", "name"),
        ("甲\t队\t销售\t", "email"),
        ("甲\t队\t销售\tnot-an-email", "email"),
        ("甲\x07乙\t队\t销售\ta@b.example", "name"),
        (f"{'甲' * 81}\t队\t销售\ta@b.example", "name"),
        (f"甲\t{'队' * 81}\t销售\ta@b.example", "team"),
        ("甲\t队\t魔术师\ta@b.example", "role"),
    ],
)
def test_each_mistake_stands_at_its_cell(admin: Origin, row: str, column: str) -> None:
    (entry,) = checked(admin, row)
    assert (entry.state, entry.column) == ("bad", column)
    assert entry.said.zh
    assert entry.said.en


def test_a_phone_that_is_none_and_an_unknown_manager_are_said(admin: Origin) -> None:
    head = f"{HEAD}\t手机\t主管"
    bad, unknown, good = checked(
        admin,
        "甲\t队\t销售\ta@a.example\t12\t",
        "乙\t队\t销售\tb@a.example\t１３８１２３４５６７８\t林南",
        "林岚\t队\t经理\tc@a.example\t\t无",
        head=head,
    )
    assert (bad.column, unknown.column, good.state) == ("phone", "manager", "good")
    assert "是「林岚」吗" in unknown.said.zh


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("华东2部", "华东二部", True),
        ("华东２部", "华东二部", True),
        ("华东 二部", "华东二部", True),
        ("华东一部", "华东二部", False),
        ("Sales Team A", "sales team a", True),
        ("销售部", "市场部", False),
        ("大客户服务中心", "大客户服务中心部", True),
        ("华东1部", "华东11部", False),
    ],
)
def test_which_names_may_mean_one_team(one: str, other: str, same: bool) -> None:
    assert same_team(one, other) is same
    assert same_team(other, one) is same


def test_a_near_team_is_asked_about_and_one_answer_counts_for_all_rows(admin: Origin, workspace: Workspace) -> None:
    rows = ("甲\t华东二部\t销售\ta@a.example", "乙\t华东二部\t销售\tb@a.example")
    asked = ("丙\t华东2部\t销售\tc@a.example", "丁\t华东2部\t销售\td@a.example")
    entries = checked(admin, *rows, *asked)
    assert states(entries) == ["good", "good", "question", "question"]
    assert [option.words.zh for option in entries[2].options] == ["是，华东二部", "新建团队「华东2部」"]
    assert entries[2].options[0].effect.zh == "第 5 行也照此"
    answered = checked(admin, *rows, *asked, team={"华东2部": "华东二部"})
    assert [entry.team for entry in answered] == ["华东二部"] * 4
    fresh = checked(admin, *rows, *asked, team={"华东2部": "new"})
    assert [entry.team for entry in fresh[2:]] == ["华东2部"] * 2
    workspace.door.create("team", {"name": "华东2部"}, SYSTEM)
    assert states(checked(admin, *rows, *asked))[:2] == ["question"] * 2, "what is there already is right"


def test_a_title_that_means_two_things_and_a_missing_one_are_asked(admin: Origin) -> None:
    either, missing = checked(admin, "甲\t队\t客户经理\ta@a.example", "乙\t队\t\tb@a.example")
    assert states([either, missing]) == ["question", "question"]
    assert [option.value for option in either.options] == ["sales", "manager"]
    assert len(missing.options) > 5
    done = checked(admin, "甲\t队\t客户经理\ta@a.example", role={"客户经理": "sales"})
    assert (done[0].state, done[0].role) == ("good", "sales")
    assert checked(admin, "甲\t队\t客户经理\ta@a.example", role={"客户经理": "boss"})[0].state == "question"


def test_words_for_roles() -> None:
    assert roles_meant("部门经理") == roles_meant("Sales Manager") == ["manager"]
    assert list(roles_meant("财务")) == ["finance"]
    assert list(roles_meant("魔术师")) == []


def test_operations_make_no_administrators(workspace: Workspace) -> None:
    values = {"email": "ops@a.example", "name": "沈可", "roles": ["ops"]}
    ops = Origin(Actor.of(workspace.door.create("user", values, SYSTEM).record), "console")
    bad, good = checked(ops, "甲\t队\t管理员\ta@a.example", "乙\t队\t销售\tb@a.example")
    assert (bad.state, bad.column, good.state) == ("bad", "role", "good")


# ---- Taking in


def begin(ws: Workspace, origin: Origin, *rows: str, head: str = HEAD) -> None:
    drafts.begin(ws, origin.actor.id, read_block("\n".join((head, *rows))))


def test_teams_are_made_managers_set_and_nobody_is_made_twice(any_workspace: Workspace) -> None:
    ws = any_workspace
    values = {"email": "admin@a.example", "name": "韩旭", "roles": ["admin"]}
    admin = Origin(Actor.of(ws.door.create("user", values, SYSTEM).record), "console")
    rows = (
        "林岚\t华东一部\t部门经理\tlin@a.example",
        "王磊\t华东一部\t销售\twang@a.example",
        "沈可\t运营部\t运营\tshen@a.example",
    )
    begin(ws, admin, *rows)
    assert [user.name for user in take_in(ws, admin)] == ["林岚", "王磊", "沈可"]
    team = Team.get(Team.name == "华东一部")
    assert team.manager_id == User.get(User.email == "lin@a.example").id
    assert Team.get(Team.name == "运营部").manager_id is None
    assert {user.name: user.title for user in User.select()} == {"韩旭": "", "林岚": "部门经理", "王磊": "", "沈可": ""}
    lines = JournalLine.select().count()
    assert take_in(ws, admin) == []
    begin(ws, admin, *rows)
    assert take_in(ws, admin) == []
    assert (User.select().count(), JournalLine.select().count()) == (4, lines)


def test_the_good_go_in_and_the_rest_stays(workspace: Workspace, admin: Origin) -> None:
    begin(workspace, admin, "甲\t队\t销售\ta@a.example", "乙\t队\t销售\ta@a.example", "丙\t队\t客户经理\tc@a.example")
    assert take_in(workspace, admin, all_or_none=True) == []
    assert User.select().count() == 1
    assert [user.name for user in take_in(workspace, admin)] == ["甲"]
    left = drafts.find(admin.actor.id)
    assert left is not None
    assert [values["name"] for _, values in left.rows] == ["乙", "丙"]


def test_a_manager_is_whom_the_rows_name(workspace: Workspace, admin: Origin) -> None:
    head = f"{HEAD}\t主管"
    begin(workspace, admin, "甲\t队\t销售\ta@a.example\t韩旭", "乙\t队\t销售\tb@a.example\t韩旭", head=head)
    take_in(workspace, admin)
    assert Team.get(Team.name == "队").manager_id == admin.actor.id


def test_a_list_is_kept_apart_from_the_journal_and_each_has_their_own(workspace: Workspace, admin: Origin) -> None:
    lines = JournalLine.select().count()
    begin(workspace, admin, "甲\t队\t销售\ta@a.example")
    assert JournalLine.select().count() == lines
    assert drafts.find("somebody else") is None


def test_who_may_not_make_people_takes_nobody_in(workspace: Workspace) -> None:
    values = {"email": "s@a.example", "name": "甲", "roles": ["sales"]}
    seller = Origin(Actor.of(workspace.door.create("user", values, SYSTEM).record), "console")
    begin(workspace, seller, "乙\t队\t销售\tb@a.example")
    with pytest.raises(Forbidden):
        take_in(workspace, seller)
    assert User.select().count() == 1


def test_a_door_that_refuses_leaves_all_as_it_was(workspace: Workspace, admin: Origin, monkeypatch: Any) -> None:
    begin(workspace, admin, "甲\t队\t销售\ta@a.example", "乙\t队\t销售\tb@a.example")

    def refuse(made: Any) -> Any:
        assert len(made) == 2
        raise Invalid([])

    monkeypatch.setattr(taking_in, "_managers", refuse)
    with pytest.raises(Invalid):
        take_in(workspace, admin)
    assert (User.select().count(), Team.select().count()) == (1, 0)
    draft = drafts.find(admin.actor.id)
    assert draft is not None
    assert len(draft.rows) == 2


def test_sent_twice_at_the_same_moment_nobody_is_made_twice(any_workspace: Workspace) -> None:
    ws = any_workspace
    values = {"email": "admin@a.example", "name": "韩旭", "roles": ["admin"]}
    admin = Origin(Actor.of(ws.door.create("user", values, SYSTEM).record), "console")
    begin(ws, admin, *(f"人{n}\t队\t销售\tp{n}@a.example" for n in range(40)))
    together, made, failed = threading.Barrier(4), list[int](), list[BaseException]()

    def send() -> None:
        try:
            together.wait(20)
            made.append(len(take_in(ws, admin)))
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert (failed, sorted(made)) == ([], [0, 0, 0, 40])
    assert (User.select().count(), Team.select().count()) == (41, 1)


def test_a_team_that_was_retired_takes_nobody(workspace: Workspace, admin: Origin) -> None:
    team = workspace.door.create("team", {"name": "老队"}, SYSTEM).record
    workspace.door.change("team", team.id, {"retired_at": workspace.clock.now()}, SYSTEM)
    (entry,) = checked(admin, "甲\t老队\t销售\ta@a.example")
    assert (entry.state, entry.column) == ("bad", "team")
