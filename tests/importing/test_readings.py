"""Dates and numbers of other countries and programs are read the way somebody said, or left as they are."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from clew.core.intake.importing.extent import BadFile
from clew.core.intake.importing.formulas import armed, defused
from clew.core.intake.importing.mapping import parse_mapping
from clew.core.intake.importing.plan import make_plan
from clew.core.intake.importing.readings import read_date, read_number
from clew.core.intake.importing.tables import read_table
from clew.core.workspace import Workspace


@pytest.mark.parametrize(
    ("text", "order", "read"),
    [
        ("05/06/2026", "mdy", "2026-05-06"),
        ("05/06/2026", "dmy", "2026-06-05"),
        ("05/13/2026", "dmy", "05/13/2026"),
        ("05/06/2026", "ymd", "05/06/2026"),
        ("5.6.2026 9:30", "dmy", "2026-06-05 09:30"),
        ("2026/1/5", "ymd", "2026-01-05"),
        ("2026年1月5日", "mdy", "2026-01-05"),
        ("2026/02/30", "ymd", "2026/02/30"),
        ("soon", "mdy", "soon"),
    ],
)
def test_a_date_is_read_in_the_order_that_was_said(text: str, order: str, read: str) -> None:
    assert read_date(text, order) == read


@pytest.mark.parametrize(
    ("text", "mark", "times", "read"),
    [
        ("1.234,56", "comma", 1, "1234.56"),
        ("1.234,56", "point", 1, "1.234,56"),
        ("1,234.56", "point", 1, "1234.56"),
        ("1.234", "comma", 1, "1234"),
        ("32", "", 10_000, "320000"),
        ("32.5万", "point", 1, "325000.0"),
        ("¥ 1,200 元", "point", 1, "1200"),
        ("1,23,4", "point", 1, "1,23,4"),
        ("much", "comma", 10, "much"),
    ],
)
def test_a_number_is_read_with_the_mark_that_was_said(text: str, mark: str, times: int, read: str) -> None:
    assert read_number(text, mark, times) == read


def test_a_mapping_says_how_its_columns_are_read(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text('Name,Worth,Day\nA,"1.234,56",05/06/2026\n', encoding="utf-8")
    document = {
        "columns": {
            "company": "Name",
            "budget": {"column": "Worth", "number": "comma", "times": 10},
            "received_at": {"column": "Day", "date": "dmy"},
        }
    }
    plan = make_plan(ws, [(read_table(path), parse_mapping(ws, document).sources[0])])
    assert plan.pending[0].values == {"company": "A", "budget": "12345.60", "received_at": "2026-06-05"}


@pytest.mark.parametrize("text", ["=1+1", "+86138", "-5", "@SUM(1)", "＝1"])
def test_a_formula_is_defused_and_comes_back(text: str) -> None:
    assert defused(text) == f"'{text}"
    assert armed(defused(text)) == text


@pytest.mark.parametrize("text", ["'quoted", "plain", "", "'"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert (defused(text), armed(text)) == (text, text)


def test_a_workbook_with_a_cell_far_away_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["公司名称"])
    book.active["XFD1048576"] = "x"
    book.save(path)
    with pytest.raises(BadFile, match="XFD1048576"):
        read_table(path)


def test_a_workbook_that_unpacks_to_more_than_it_should_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book, book.open("xl/media/zeros", "w") as file:
        for _ in range(301):
            file.write(bytes(1 << 20))
    with pytest.raises(BadFile, match="300 MB"):
        read_table(path)
