"""Decision tables as XLSX files: nothing is lost, people can work in them, and bad files are refused by cell."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.language.errors import RuleError
from clew.rules.packs.bundled import bundled_packs
from clew.rules.packs.reading import rules_from_document
from clew.rules.tables.xlsx_reader import LARGEST, read_xlsx
from clew.rules.tables.xlsx_writer import write_xlsx

from .table_building import KNOWN, PICTURE, REST, random_tables, table


def edited(document: dict[str, Any], act: Callable[[Any], None]) -> bytes:
    """Return the table's file after a person worked in its first sheet."""
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(document, KNOWN)))
    act(book["决策表"])
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def said(data: bytes, base: dict[str, Any] | None = None) -> dict[str, str]:
    """Return what a file is refused for, by cell."""
    with pytest.raises(RuleError) as refused:
        read_xlsx(data, KNOWN, base)
    return {one.path: one.zh for one in refused.value.problems}


def test_the_bundled_table_and_the_pictures_come_back_equal() -> None:
    for document in (dict(bundled_packs(bundled_vocabulary())[0].documents[0]), table(PICTURE)):
        assert read_xlsx(write_xlsx(document, KNOWN), KNOWN) == document
        assert read_xlsx(write_xlsx(document)) == document


_ODD = st.text(max_size=30) | st.sampled_from(
    ["=1+1", "#N/A", "_x000D_", "json:", " a ", "a\r\nb", "'", "12", "TRUE", "-"]
)
_VALUES = (
    st.none() | _ODD.filter(bool) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
)
_NOTES = st.none() | _ODD | st.fixed_dictionaries({"zh": _ODD, "en": _ODD})


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(random_tables(), st.lists(_VALUES, min_size=8, max_size=8), st.lists(_NOTES, min_size=8, max_size=8), _ODD)
def test_nothing_is_lost(document: dict[str, Any], values: list[Any], notes: list[Any], purpose: str) -> None:
    document = deepcopy(document)
    for row, value, note in zip(document["rows"], values, notes, strict=False):
        row["then"] = [value if value is not None else "x"]
        if note:
            row["note"] = note
    if purpose.strip():
        document["purpose"] = {"zh": purpose, "en": "x"}
    try:
        rules_from_document(document)
    except RuleError:
        return  # No table, so nothing to carry.
    found = read_xlsx(write_xlsx(document))
    assert json.dumps(found, sort_keys=True) == json.dumps(document, sort_keys=True)


def test_cells_in_every_form_come_back_as_they_were() -> None:
    document = table(PICTURE)
    document["rows"][0]["when"] = [
        {"op": "==", "value": "2026"},
        ["上海", "江苏"],
        {"op": ">", "value": 5, "or_missing": True},
    ]
    document["rows"][1]["when"] = [None, "≥ 5" and '"=5"', 5]
    document["rows"][2]["then"] = ["=HYPERLINK(1)"]
    assert read_xlsx(write_xlsx(document, KNOWN), KNOWN) == document


def test_a_person_finds_their_way_in_excel() -> None:
    grid = openpyxl.load_workbook(io.BytesIO(write_xlsx(table(PICTURE), KNOWN)))["决策表"]
    assert grid["A1"].value == "华东线索分配 · 第一条命中 first"
    assert [cell.value for cell in grid[2]][:5] == ["id", "lead.industry", "lead.region", "lead.budget", "assign.team"]
    assert grid["D3"].value.startswith("预算")
    assert [cell.value for cell in grid[4]][:5] == ["r1", "医疗器械", "上海、江苏", "≥ 50 万", "大客户部"]
    assert grid.freeze_panes == "B4"
    assert grid.column_dimensions["B"].width >= 10
    assert grid.auto_filter.ref.startswith("A3:")


def test_what_a_person_types_in_excel_is_read() -> None:
    def work(grid: Any) -> None:
        grid["D4"] = 800000
        grid["B5"] = "电子, 汽车"
        grid.append(["r2", "电子", "浙江", "at least 5", "华东一部"])
        grid.append([None, "教育", None, "5-9", "华东一部"])

    rows = read_xlsx(edited(table(PICTURE), work), KNOWN)["rows"]
    assert rows[0]["when"][2] == 800000
    assert rows[1]["when"][0] == "电子, 汽车"
    assert rows[-2] == {"id": "r11", "when": ["电子", "浙江", "at least 5"], "then": ["华东一部"]}
    assert rows[-1] == {"id": "r12", "when": ["教育", None, "5-9"], "then": ["华东一部"]}


def test_columns_may_be_added_moved_and_named_by_key() -> None:
    def work(grid: Any) -> None:
        grid.insert_cols(2)
        grid["B2"] = "customer.grade"
        for row in range(4, 14):
            grid.cell(row, 2, "A")

    found = read_xlsx(edited(table(PICTURE), work), KNOWN)
    assert found["inputs"][0] == {"field": "customer.grade"}
    assert found["rows"][3]["when"][0] == "A"


def test_mistakes_are_named_by_cell() -> None:
    def work(grid: Any) -> None:
        grid["D4"] = "很多"
        grid["D5"] = "=SUM(1)"
        grid["C6"] = "json:{"

    found = said(edited(table(PICTURE), work))
    assert found["D5"].startswith("是公式")
    assert said(edited(table(PICTURE), lambda grid: grid.__setitem__("D4", "很多")))["D4"].startswith(
        "「很多」不是数字；可写：≥ 50 万元"
    )
    assert said(edited(table(PICTURE), lambda grid: grid.__setitem__("C6", "json:{")))["C6"].startswith("json:")
    assert said(edited(table(PICTURE), lambda grid: grid.delete_rows(1, 3)))["A2"].startswith("第 2 行须是列名")


def test_a_file_without_its_second_sheet_takes_the_rest_from_the_table() -> None:
    document = table(PICTURE)
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(document, KNOWN)))
    del book["说明"]
    data = io.BytesIO()
    book.save(data)
    assert read_xlsx(data.getvalue(), KNOWN, document) == document


def _zip(**parts: bytes) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/"), content)
    return found.getvalue()


_BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("data", "zh"),
    [
        (b"", "不是可读的 XLSX 文件"),
        (b"id,when\n", "不是可读的 XLSX 文件"),
        (_zip(**{"a.txt": b"x"}), "不是可读的 XLSX 文件"),
        (write_xlsx(table([REST]))[:900], "不是可读的 XLSX 文件"),
        (b"x" * (LARGEST + 1), "文件超过 5 MB"),
        (_zip(**{"xl__workbook.xml": b" " * 70_000_000}), "文件解开后太大"),
        (_zip(**{f"p{n}.xml": b"" for n in range(400)}), "文件解开后太大"),
        (_zip(**{"xl__workbook.xml": _BOMB}), "文件里有不允许的 XML 声明"),
    ],
    ids=["empty", "csv", "zip", "cut", "large", "bomb", "parts", "entities"],
)
def test_hostile_files_are_refused(data: bytes, zh: str) -> None:
    assert said(data)["xlsx"].startswith(zh)


@pytest.mark.slow
def test_rows_beyond_the_most_are_refused_without_reading_them_all() -> None:
    def work(grid: Any) -> None:
        for number in range(5200):
            grid.append([f"x{number}", "电子", "-", "-", "甲"])

    assert "最多 5000 行" in "".join(said(edited(table([REST]), work)).values())
