"""Files that go wrong: each row that can't be read is refused with all of its reasons, the others come in."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from clew.core.intake.importing.extent import BadFile
from clew.core.intake.importing.importer import import_origin, run_plan
from clew.core.intake.importing.mapping import FileMapping, guess_mapping, parse_mapping, source_for
from clew.core.intake.importing.plan import Plan, make_plan, refuse_doubts
from clew.core.intake.importing.tables import read_table
from clew.core.journal.origin import Actor, Origin
from clew.core.kinds import Contact, Customer, Lead, PossibleDuplicate
from clew.core.workspace import Workspace

from .conftest import Clew

ORIGIN = import_origin("test", "file")
OUTCOMES = {
    "as": "outcome",
    "key": "no",
    "occurred_at": "at",
    "columns": {"outcome": "result", "lost_reason": "why", "budget": "worth"},
}


def planned(ws: Workspace, path: Path, document: object = None) -> Plan:
    table = read_table(path)
    mapping: FileMapping = parse_mapping(ws, document) if document else guess_mapping(ws, table)[0]
    plan = make_plan(ws, [(table, source_for(mapping, table))])
    refuse_doubts(plan)
    return plan


def fed(ws: Workspace, path: Path, text: str, document: object = None) -> Plan:
    path.write_text(text, encoding="utf-8")
    plan = planned(ws, path, document)
    done = run_plan(plan, ORIGIN)
    assert len(done.refused) == len(plan.refused), "the plan says what the door will say"
    return plan


def refused(plan: Plan) -> dict[int, str]:
    return {one.row.line: one.why.en for one in plan.refused}


def test_dates_are_read_as_excel_writes_them_and_never_guessed(ws: Workspace, tmp_path: Path) -> None:
    good = (
        *("2026/3/1", "2026-3-1 9:05", "2026年3月1日", "2026年03月01日 下午2:30", "2026.3.1", "２０２６／３／１"),
        *("2026年3月1日星期日", "2026/3/1 9:05:07", "2026-03-01T09:05:00+08:00", "20260301"),
    )
    wrong = (
        *("1026/3/1", "2300-01-01", "2026-W09-7", "3/1/2026", "26/3/1", "2026/13/1", "2026/2/30", "46082"),
        *("2026/3-1", "2026年3月", "2026年3月1日星期一", "2026/3/1 25:00", "2026/3/1 下午15:00"),
    )
    rows = "".join(f"公司{chr(0x4E00 + n)},{one}\n" for n, one in enumerate((*good, *wrong)))
    plan = fed(ws, tmp_path / "dates.csv", f"公司名称,进入时间\n{rows}")
    zone = ws.settings.zone
    assert {one.received_at.astimezone(zone).date().isoformat() for one in Lead.select()} == {"2026-03-01"}
    assert Lead.select().count() == len(good)
    assert set(refused(plan)) == set(range(2 + len(good), 2 + len(good) + len(wrong)))


def test_a_phone_is_taken_whole_or_not_at_all(ws: Workspace, tmp_path: Path) -> None:
    good = ("139 1234 5001", "+86 139-1234-5002", "0086 13912345003", "\u202d13912345004\u202c", "0512-6288 1005")
    wrong = (
        *("1.39123E10", "13912345006.0", "1391234500", "139123450067", "29912345006", "1391234500o", "1-800-CLEWCLEW"),
        *(
            "987654321012345",
            "00000000000",
            "11111111111",
            "13912345006/13912345007",
            "0512-62881006转801",
            "12593 13912345006",
        ),
    )
    rows = "".join(f"公司{chr(0x4E00 + n)},{one}\n" for n, one in enumerate((*good, *wrong)))
    plan = fed(ws, tmp_path / "phones.csv", f"company,phone\n{rows}")
    numbers = {*(f"+861391234500{n}" for n in (1, 2, 3, 4)), "+8651262881005"}
    assert {one.phone for one in Contact.select()} == numbers
    assert set(refused(plan)) == set(range(2 + len(good), 2 + len(good) + len(wrong)))
    assert "has an extension" in refused(plan)[18]


def test_what_shows_nothing_is_taken_out_and_control_characters_are_refused(ws: Workspace, tmp_path: Path) -> None:
    text = (
        "公\u200b司名称,联系人,备注\n"
        "甲机床,\u200b李\u2060四\ufeff,一\x0b二\n"
        "乙机床,\u202e四李\u202c,👨\u200d👩\n"
        "丙机床,\u200b\u2062,x\n"
        "丁机床,李\x08四,a\x1b[1mb\n"
        "戊机床,李\ufffd四,x\n"
    )
    plan = fed(ws, tmp_path / "unseen.csv", text)
    assert [(one.contact.name, one.note) for one in Lead.select().order_by(Lead.id)] == [
        ("李四", "一\n二"),
        ("四李", "👨\u200d👩"),
    ]
    said = refused(plan)
    assert "nothing that can be seen" in said[4]
    assert "U+0008" in said[5]
    assert "U+001B" in said[5]
    assert "U+FFFD" in said[6]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("company\n远山机床\n海岸机床\n".encode() + "东岸机床\n".encode("gbk"), "line 4 is not UTF-8"),
        ("company\n东岸机床\n西岸机床\n".encode("gbk") + "远山粮仓\n".encode(), "line 4 is UTF-8"),
        ("company\n远山机床\n".encode() + "Müller\n".encode("latin-1"), "line 3 is not UTF-8"),
        ("company,note\nKöhler AG,Grüße aus Lübeck\n".encode("latin-1"), "a coding that can be told"),
        ("company,note\nПокровка,да\n".encode("cp1251"), "a coding that can be told"),
        ("company\n远山机床\n".encode("utf-16-le"), "a coding that can be told"),
    ],
)
def test_a_coding_that_would_be_a_guess_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "coded.csv"
    path.write_bytes(data)
    with pytest.raises(BadFile, match=says):
        read_table(path)


def test_a_book_in_a_chinese_coding_is_read_with_its_rare_names(tmp_path: Path) -> None:
    path = tmp_path / "coded.csv"
    path.write_bytes("公司,联系人\n远山机床,朱镕\n東岸機床,李喆\n一,二\n".encode("gb18030"))
    assert [row.cells["联系人"] for row in read_table(path).rows] == ["朱镕", "李喆", "二"]


def test_errors_and_formulas_of_a_sheet_are_refused_by_row_and_other_sheets_are_named(
    ws: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    hidden = book.active
    hidden.title, hidden.sheet_state = "草稿", "hidden"
    hidden.append(["别读"])
    sheet = book.create_sheet("线索 & 表")
    for row in (
        ["公司名称", "手机", "预算", "星座"],
        ["甲机床", 13912345001, 100, "#N/A"],
        ["#REF!", 13912345002, 1, ""],
    ):
        sheet.append(row)
    sheet.append(["丙机床", 13912345003, "#DIV/0!", ""])
    sheet.append(["丁机床", 13912345004, "=40+2", ""])
    book.create_sheet("别的")
    book.save(path)
    plan = planned(ws, path)
    assert [item.values["company"] for item in plan.pending] == ["甲机床"], "a column that is left out refuses no row"
    said = refused(plan)
    assert "#REF!" in said[3]
    assert "#DIV/0!" in said[4]
    assert "formula without its result" in said[5]
    assert plan.notes[0].zh == "只读工作表「线索 & 表」；没有读的：「草稿」、「别的」"


def test_all_problems_of_a_row_are_named_together(ws: Workspace, tmp_path: Path) -> None:
    plan = fed(ws, tmp_path / "all.csv", "公司名称,手机,预算,进入时间\n,xyz,八千,3/1/2026\n")
    (said,) = [one.why.zh for one in plan.refused]
    assert all(word in said for word in ("公司名称", "手机", "预算", "进入时间"))


def test_one_number_of_two_lists_is_no_row_that_came_in_before(ws: Workspace, tmp_path: Path) -> None:
    document = {"key": "no", "columns": {"company": "name"}}
    fed(ws, tmp_path / "one.csv", "no,name\n1,恒锐精密\n", document)
    plan = fed(ws, tmp_path / "two.csv", "no,name\n1,云织纺织\n", document)
    assert "came in before as “恒锐精密”, this row is “云织纺织”" in refused(plan)[2]
    again = fed(ws, tmp_path / "one.csv", "no,name\n1,恒锐精密有限公司\n", document)
    assert (again.known, again.refused) == (1, [])


def test_rows_of_one_file_are_held_against_each_other(ws: Workspace, tmp_path: Path) -> None:
    text = (
        "公司名称,联系人,职务,手机,邮箱\n"
        "恒锐精密,周宁,,13912345001,\n"
        "恒锐精密有限公司,周宁,厂长,13912345001,zn@hr.example\n"
        "云织纺织,吴桐,采购,13912345001,wt@yz.example\n"
    )
    plan = fed(ws, tmp_path / "twice.csv", text)
    assert "that of “恒锐精密” in line 2; the row says “云织纺织”" in refused(plan)[4]
    assert "1 row of a customer that is in the file before" in plan.notes[0].en
    assert [one.name for one in Customer.select()] == ["恒锐精密"]
    (one,) = Contact.select()
    assert (one.title, one.email) == ("厂长", "zn@hr.example"), "what the contact lacked is filled in"
    later = fed(ws, tmp_path / "later.csv", "公司名称,手机\n云织纺织,13912345001\n")
    assert "that of a contact of “恒锐精密”" in refused(later)[2]


def test_what_a_contact_has_otherwise_stays_and_is_said(ws: Workspace, clew: Clew, tmp_path: Path) -> None:
    fed(ws, tmp_path / "one.csv", "公司名称,联系人,职务,手机\n恒锐精密,周宁,厂长,13912345001\n")
    (tmp_path / "two.csv").write_text("公司名称,联系人,职务,手机\n恒锐精密,周宁,采购,13912345001\n", "utf-8")
    told = clew("import", tmp_path / "two.csv")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "left as it is, e.g. line 2: Job title" in told.stdout
    assert Contact.get().title == "厂长"


def test_an_outcome_follows_the_newest_file_but_not_over_what_people_decided(ws: Workspace, tmp_path: Path) -> None:
    fed(ws, tmp_path / "leads.csv", "no,name\nA,恒锐\nB,云织\nC,听澜\n", {"key": "no", "columns": {"company": "name"}})
    head = "no,at,result,why,worth\n"
    first = fed(
        ws, tmp_path / "w1.csv", head + "A,2026-02-01,lost,太贵,\nB,2026-02-02,lost,,\nC,2026-02-03,,,\n", OUTCOMES
    )
    assert refused(first) == {3: "say why the lead was lost", 4: "has no outcome: say won or lost"}
    assert [(one.outcome, bool(one.closed_at)) for one in Lead.select().order_by(Lead.external_id)] == [
        ("lost", True),
        ("open", False),
        ("open", False),
    ]
    second = fed(ws, tmp_path / "w2.csv", head + "A,2026-03-01,won,,900\nB,2026-03-02,won,,800\n", OUTCOMES)
    assert refused(second) == {}
    assert [one.outcome for one in Lead.select().order_by(Lead.external_id)] == ["won", "won", "open"]
    lead = Lead.get(Lead.external_id == "C")
    person = Actor("user", "01TEST", "林岚", roles=frozenset(("ops", "admin", "manager")))
    ws.door.change("lead", lead.id, {"outcome": "won", "budget": "860000"}, Origin(person, "console"))
    third = fed(ws, tmp_path / "w3.csv", head + "C,2026-03-01,lost,批量,1\n", OUTCOMES)
    assert "林岚" in refused(third)[2]
    assert "860000.00 → 1.00" in refused(third)[2]
    now = Lead.get_by_id(lead.id)
    assert (now.outcome, now.budget, now.lost_reason) == ("won", 860_000, "")


def test_names_that_differ_in_a_number_alone_are_no_duplicates_and_are_said(ws: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"测试客户 20260{n}\n" for n in range(10, 18))
    plan = fed(ws, tmp_path / "serial.csv", "公司名称\n" + rows + "滨海市第一人民医院\n滨海市第二人民医院\n")
    assert Customer.select().count() == 10
    assert not PossibleDuplicate.select().exists()
    assert "differ in a number alone" in plan.notes[0].en


def test_anything_else_becomes_what_a_mapping_says(ws: Workspace, tmp_path: Path) -> None:
    column = {"column": "src", "map": {"站": "web_form"}, "default": "unknown", "otherwise": "other"}
    document = {"columns": {"company": "name", "source": column}}
    fed(ws, tmp_path / "else.csv", "name,src\n甲机床,站\n乙机床,抖音\n丙机床,\n丁机床,展会\n", document)
    assert [one.source for one in Lead.select().order_by(Lead.id)][:3] == ["web_form", "other", "unknown"]
    assert Lead.get(Lead.company == "丁机床").source not in ("other", "unknown")


def test_the_command_names_what_it_leaves_out_and_writes_no_formula(ws: Workspace, clew: Clew, tmp_path: Path) -> None:
    file = tmp_path / "a[b].csv"
    file.write_text("公司名称,手机,[red],备注[/x],备注\n\t=2+2,abc,1,2,\t@SUM(2)\n", "utf-8")
    told = clew("import", file)
    assert told.returncode == 1, told.stdout + told.stderr
    assert "left out: [red], 备注[/x]" in told.stdout
    (errors,) = tmp_path.glob("*.errors.csv")
    rows = list(csv.reader(errors.read_text("utf-8-sig").splitlines()))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    (tmp_path / "map.yaml").write_text("columns: {company: 公司名称}\n", "utf-8")
    told = clew("import", file, "--mapping", tmp_path / "map.yaml", "--dry-run")
    assert "left out: 手机, [red], 备注[/x], 备注" in told.stdout
