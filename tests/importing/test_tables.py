"""Files as people have them: codings, delimiters, workbooks, and what is no table."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from clew.core.intake.importing.tables import BadFile, read_table

ROWS = [{"公司名称": "恒锐精密", "手机": "13812345678"}, {"公司名称": "云织纺织", "手机": ""}]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_reads_the_codings_and_delimiters_that_excel_writes(tmp_path: Path, coding: str, delimiter: str) -> None:
    path = tmp_path / "leads.csv"
    lines = [["公司名称", "手机"], ["恒锐精密", "13812345678"], ["云织纺织", ""]]
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(coding))
    assert [row.cells for row in read_table(path).rows] == ROWS


def test_reads_a_workbook_with_numbers_and_dates_as_people_see_them(tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["公司名称", "手机", "时间"])
    book.active.append(["恒锐精密", 13812345678, datetime(2026, 3, 1, 9, 30)])
    book.save(path)
    (row,) = read_table(path).rows
    assert row.cells == {"公司名称": "恒锐精密", "手机": "13812345678", "时间": "2026-03-01 09:30:00"}
    assert row.line == 2


def test_a_row_longer_than_the_heading_is_a_fault_of_that_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("company,note\n恒锐,好\n云织,急,要\n", encoding="utf-8")
    first, second = read_table(path).rows
    assert first.fault is None
    assert second.fault is not None
    assert "3 cells" in second.fault.en


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("leads.pdf", b"%PDF", "is no table"),
        ("leads.csv", b"", "is empty"),
        ("leads.csv", b" \n\n", "is empty"),
        ("leads.csv", b"company,phone\n", "no rows"),
        ("leads.csv", b"company,company\na,b\n", "columns named alike: company"),
        ("leads.csv", b'company\n"never closed\nb\n', "from line 2: a quote without its pair"),
        ("leads.csv", b"PK\x03\x04\x00\x00\x00", "holds no text"),
        ("leads.xlsx", b"no workbook", "can't be opened"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BadFile, match=says):
        read_table(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        read_table(tmp_path / "nowhere.csv")
