"""The preview of an import: each value that gives way has its own tick, and a refused row is mended where it stands."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

from __future__ import annotations

import re
from typing import Any

import pytest

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.outbox import imports
from clew.core.storage.system_tables import ImportBatch

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .imports import SHEET, answer, at, bring_in, heading, run, upload  # noqa: F401 - fixtures
from .records import Desk, desk, ws  # noqa: F401 - fixtures


def differing_file(ws: Any, at: Desk, rows: int = 3) -> tuple[str, list[Lead]]:
    """Upload a file that says the budget, region and note of leads that are there otherwise; return its path and them."""
    there = [
        intake.take(ws, {"company": f"第{n}机床", "budget": "100", "region": "苏州", "note": "旧"}, SYSTEM).lead
        for n in range(rows)
    ]
    lines = "".join(f"第{n}机床,{200 + n},上海,新\n" for n in range(rows))
    path = upload(at, f"公司,预算,地区,备注\n{lines}")
    answer(at, path, "open", "update")
    at.get(path)
    return path, there


def test_each_value_has_a_tick_of_its_own_and_what_is_not_ticked_stays_and_is_said(ws: Any, at: Desk) -> None:
    path, there = differing_file(ws, at)
    page = at.get(f"{path}?plan=differ").text
    shown = re.findall(r'<input type="checkbox" name="tick" value="(\d+:\w+)" (checked)?', page)
    assert sorted(shown) == [(f"{line}:{name}", "") for line in (2, 3, 4) for name in ("budget", "note", "region")]
    assert "9 处不同：覆盖 0，留着 9" in page
    told = at.client.post(
        f"{path}/values", data={"shown": "3:budget", "tick": "3:budget"}, headers={"Accept": "application/json"}
    )
    assert told.json["told"] == "9 处不同：覆盖 1，留着 8"
    assert told.json["fields"]["budget"] == "3 行不同，覆盖 1"
    # A field is ticked whole, and one value of it taken out again.
    at.client.post(f"{path}/ticks", data={"tick": ["region"]})
    at.client.post(f"{path}/values", data={"shown": ["4:region", "4:note"], "tick": ["4:note"]})
    assert "9 处不同：覆盖 4，留着 5" in at.get(path).text
    bring_in(ws, at, path)
    now = [Lead.get_by_id(one.id) for one in there]
    assert [(one.budget, one.region, one.note) for one in now] == [
        (100, "上海", "旧"),
        (201, "上海", "旧"),
        (100, "苏州", "新"),
    ]
    page = at.get(path).text
    assert "没有打勾，留着：" in page
    at.client.post(f"{path}/undo")
    run(ws, path)
    assert {(one.budget, one.region, one.note) for one in Lead.select()} == {(100, "苏州", "旧")}


def test_a_field_ticked_anew_is_ticked_for_all_its_values(ws: Any, at: Desk) -> None:
    path, _ = differing_file(ws, at)
    at.client.post(f"{path}/values", data={"shown": "2:budget", "tick": "2:budget"})
    at.client.post(f"{path}/ticks", data={"tick": ["budget"]})
    assert "9 处不同：覆盖 3，留着 6" in at.get(path).text
    at.client.post(f"{path}/values", data={"shown": "2:budget"})
    at.client.post(f"{path}/ticks", data={"tick": ["budget", "note"]})
    assert "9 处不同：覆盖 5，留着 4" in at.get(path).text
    at.client.post(f"{path}/ticks", data={})
    assert "9 处不同：覆盖 0，留着 9" in at.get(path).text


def test_a_tick_holds_for_the_value_that_was_seen_and_for_no_other(ws: Any, at: Desk) -> None:
    path, there = differing_file(ws, at)
    at.client.post(f"{path}/values", data={"shown": ["2:budget", "3:budget"], "tick": ["2:budget", "3:budget"]})
    ws.door.change("lead", there[0].id, {"budget": "150"}, SYSTEM)
    bring_in(ws, at, path)
    assert [Lead.get_by_id(one.id).budget for one in there] == [150, 201, 100]


@pytest.mark.parametrize("key", ["2:company", "2:owner_id", "99:budget", "x:budget", "2", "9999999999:budget"])
def test_a_value_that_does_not_differ_has_no_tick(ws: Any, at: Desk, key: str) -> None:
    path, _ = differing_file(ws, at, 1)
    assert at.client.post(f"{path}/values", data={"shown": key, "tick": key}).status_code == 404
    assert "3 处不同：覆盖 0，留着 3" in at.get(path).text


def test_no_document_of_an_import_says_the_values_that_were_ticked(ws: Any, at: Desk) -> None:
    intake.take(ws, {"company": "甲机床", "contact_name": "王一", "phone": "13800001111"}, SYSTEM)
    path = upload(at, "公司,姓名,电话\n甲机床,王一一,13800001111\n")
    answer(at, path, "open", "update")
    at.get(path)
    at.client.post(f"{path}/values", data={"shown": "2:contact_name", "tick": "2:contact_name"})
    document = ImportBatch.get_by_id(path.rpartition("/")[2]).document
    assert "王一" not in str(document)
    bring_in(ws, at, path)
    assert Lead.get(Lead.company == "甲机床").contact.name == "王一一"


def mend(at: Desk, path: str, line: int, **cells: str) -> Any:
    """Type cells of a row anew, by the number of their column, and return what the browser shows then."""
    data = {"line": str(line), "plan": "refused", **{name.replace("_", "-"): text for name, text in cells.items()}}
    return at.client.post(f"{path}/mend", data=data, follow_redirects=True).text


def test_a_refused_row_is_mended_where_it_stands_and_comes_in_with_the_others(ws: Any, at: Desk) -> None:
    path = upload(at, SHEET)
    answer(at, path, "date:登记日期", "mdy")
    answer(at, path, "unreadable:电话", "=refuse")
    assert 'aria-label="改第 5 行"' in at.get(f"{path}?plan=refused").text
    page = at.get(f"{path}?plan=refused&mend=5").text
    assert re.search(r'value="1585746339"[^>]*name="cell-2"[^>]*aria-invalid="true"', page)
    assert page.count('aria-invalid="true"') == 1
    # What is wrong still is refused in place, and what was typed stays.
    page = mend(at, path, 5, cell_2="15857463", cell_1="李平平")
    assert re.search(r'value="15857463"[^>]*name="cell-2"[^>]*aria-invalid="true"', page)
    assert 'value="李平平"' in page
    # A row that is still wrong is shown among those it is of now, wherever it was mended.
    data = {"line": "5", "plan": "asked", "cell-2": "15857463"}
    assert at.client.post(f"{path}/mend", data=data).headers["Location"].endswith("?plan=refused&mend=5#mend")
    page = mend(at, path, 5, cell_2="15857463390")
    assert "第 5 行改好了：新增" in page
    assert "aria-invalid" not in page
    assert heading(at, path) == "4行里新增4、更新0、退回0"
    assert at.get(f"{path}/refused.csv").status_code == 404
    bring_in(ws, at, path)
    one = Lead.get(Lead.company == "湖州蓝汐新材料")
    assert (one.contact.name, one.contact.phone) == ("李平平", "+8615857463390")


def test_the_likely_option_is_a_button_and_is_never_filled_in(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,来源\n甲机床,展会吧\n")
    answer(at, path, "option:来源:展会吧", "=refuse")
    page = at.get(f"{path}?plan=refused&mend=2").text
    assert 'data-likely="展会"' in page
    assert re.search(r'value="展会吧"[^>]*name="cell-1"', page)
    assert "第 2 行改好了：新增" in mend(at, path, 2, cell_1="展会")
    bring_in(ws, at, path)
    assert Lead.get(Lead.company == "甲机床").source == "exhibition"


def test_an_amount_in_ten_thousands_is_offered_nothing_that_would_read_as_more(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,预算（万）\n甲机床,32 左右\n")
    page = at.get(f"{path}?mend=2").text
    assert 'aria-invalid="true"' in page
    assert "data-likely" not in page
    mend(at, path, 2, cell_1="32")
    bring_in(ws, at, path)
    assert Lead.get(Lead.company == "甲机床").budget == 320_000


def test_a_row_of_too_many_cells_is_mended_by_saying_that_it_is_right(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,地区\n甲机床,苏州,上海\n乙机床,无锡\n")
    assert heading(at, path) == "2行里新增1、更新0、退回1"
    assert "第 2 行改好了：新增" in mend(at, path, 2, cell_0="甲机床", cell_1="上海")
    bring_in(ws, at, path)
    assert Lead.get(Lead.company == "甲机床").region == "上海"


def test_only_what_can_not_come_in_is_mended_and_mended_rows_outlive_a_wrong_mapping(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,电话,地区\n甲机床,123,苏州\n乙机床,13800002222,无锡\n")
    answer(at, path, "unreadable:电话", "=refuse")
    at.get(path)
    assert at.client.post(f"{path}/mend", data={"line": "3", "cell-0": "别家"}).status_code == 409
    assert at.client.post(f"{path}/mend", data={"line": "99", "cell-0": "别家"}).status_code == 404
    mend(at, path, 2, cell_1="13800001111")
    at.client.post(f"{path}/columns", data={"column-2": "company"})
    assert "两列都对应" in at.get(path).text
    at.client.post(f"{path}/columns", data={"column-2": "region"})
    assert heading(at, path) == "2行里新增2、更新0、退回0"
    assert "改过" in at.get(path).text


def test_personal_data_of_a_row_is_typed_anew_by_who_sent_it_alone(ws: Any, at: Desk, desk: Any, made: Any) -> None:
    path = upload(at, "公司,电话,预算\n甲机床,13800001111,八千\n")
    assert 'value="13800001111"' in at.get(f"{path}?mend=2").text
    page = desk(made.user("admin")).get(f"{path}?mend=2")
    assert page.status_code == 200
    assert 'value="八千"' in page.text
    assert "13800001111" not in page.text


def test_what_was_typed_goes_when_the_file_goes(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,电话\n甲机床,123\n乙机床,13800002222\n")
    answer(at, path, "unreadable:电话", "=refuse")
    at.get(path)
    mend(at, path, 2, cell_1="13800001111")
    bring_in(ws, at, path)
    assert "13800001111" in str(ImportBatch.get_by_id(path.rpartition("/")[2]).document)
    ws.clock.advance(days=31)
    imports.purge(ws.clock.now())
    batch = ImportBatch.get_by_id(path.rpartition("/")[2])
    assert ("13800001111" in str(batch.document), bytes(batch.file)) == (False, b"")
