"""`clew import` as people use it: nothing half, nothing twice, and refused rows come back mended."""

from __future__ import annotations

import csv
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from clew.core.kinds import Contact, Customer, Lead
from clew.core.storage.system_tables import IdempotencyKey, JournalLine
from clew.core.workspace import Workspace

from .conftest import Clew

MAP = """
key: 编号
columns:
  company: 公司
  phone: 电话
  budget: 预算
  source: {column: 来源, map: {网站: web_form}, default: unknown}
constants: {region: 上海}
"""
HEAD = ["编号", "公司", "电话", "预算", "来源", "随意"]


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text(MAP, encoding="utf-8")
    return path


def write(path: Path, rows: list[list[str]], coding: str = "utf-8") -> Path:
    with path.open("w", encoding=coding, newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


def test_a_file_comes_in_once_however_often_it_is_fed(ws: Workspace, clew: Clew, mapping: Path, tmp_path: Path) -> None:
    file = write(
        tmp_path / "leads.csv", [["1", "恒锐精密", "13812345678", "10", "网站", "x"], ["2", "云织", "", "", "", ""]]
    )
    first = clew("import", file, "--as", "lead", "--mapping", mapping)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "2 imported" in first.stdout
    lines = JournalLine.select().count()
    second = clew("import", file, "--mapping", mapping)
    assert second.returncode == 0
    assert "2 rows there already" in second.stdout
    assert JournalLine.select().count() == lines
    lead = Lead.get(Lead.external_id == "1")
    assert (lead.company, lead.budget, lead.source, lead.region) == ("恒锐精密", 10, "web_form", "上海")
    assert lead.contact.phone == "+8613812345678"
    line = JournalLine.get(JournalLine.kind == "lead.created")
    assert (line.channel, line.actor_kind) == ("import", "import")


def test_refused_rows_are_mended_and_fed_again(ws: Workspace, clew: Clew, mapping: Path, tmp_path: Path) -> None:
    bad = [["2", "云织", "12", "abc", "网站", "keep"], ["3", "", "", "", "", ""], ["", "无号", "", "", "", ""]]
    file = write(tmp_path / "leads.csv", [["1", "恒锐", "", "", "网站", ""], *bad])
    done = clew("import", file, "--mapping", mapping)
    assert done.returncode == 1
    assert Lead.select().count() == Customer.select().count() == 1
    refused = tmp_path / "leads.csv.errors.csv"
    with refused.open(encoding="utf-8-sig", newline="") as read:
        rows = list(csv.DictReader(read))
    assert [row["编号"] for row in rows] == ["2", "3", ""]
    assert list(rows[0]) == [*HEAD, "错误", "Error"]
    assert rows[0]["随意"] == "keep"
    assert "电话号码" in rows[0]["错误"]
    assert "not an amount" in rows[0]["Error"]
    for row, mended in zip(rows, ({"电话": "13912345678", "预算": "5"}, {"公司": "听澜"}, {"编号": "4"}), strict=True):
        row.update(mended)
    with refused.open("w", encoding="gb18030", newline="") as out:
        writer = csv.DictWriter(out, [*HEAD, "错误", "Error"])
        writer.writeheader()
        writer.writerows(rows)
    again = clew("import", refused, "--mapping", mapping)
    assert again.returncode == 0, again.stdout + again.stderr
    assert {lead.external_id for lead in Lead.select()} == {"1", "2", "3", "4"}


def test_a_file_somebody_is_mending_is_not_written_over(
    ws: Workspace, clew: Clew, mapping: Path, tmp_path: Path
) -> None:
    file = write(tmp_path / "leads.csv", [["1", "", "", "", "", ""]])
    mending = tmp_path / "leads.csv.errors.csv"
    mending.write_text("half mended", encoding="utf-8")
    clew("import", file, "--mapping", mapping)
    assert mending.read_text(encoding="utf-8") == "half mended"
    assert (tmp_path / "leads.csv.errors-2.csv").exists()


def test_a_dry_run_writes_nothing_to_the_database(ws: Workspace, clew: Clew, mapping: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "leads.csv", [["1", "恒锐", "", "", "网站", ""], ["2", "", "", "", "", ""]])
    before = JournalLine.select().count(), IdempotencyKey.select().count()
    done = clew("import", file, "--mapping", mapping, "--dry-run", "--errors", tmp_path / "bad.csv")
    assert done.returncode == 1
    assert "2 rows, 1 good" in done.stdout
    assert (JournalLine.select().count(), IdempotencyKey.select().count()) == before
    assert "公司名称" in (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")


def test_rows_without_a_key_count_once_by_their_content(ws: Workspace, clew: Clew, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes("公司名称,手机\n恒锐,13812345678\n恒锐,13812345678\n恒锐,13912345678\n".encode("gb18030"))
    for _ in range(2):
        assert clew("import", file).returncode == 0
    assert Lead.select().count() == 2
    assert Customer.select().count() == 1


def test_one_id_with_two_contents_is_refused(ws: Workspace, clew: Clew, mapping: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "leads.csv", [["1", "恒锐", "", "", "", ""], ["1", "云织", "", "", "", ""]])
    assert clew("import", file, "--mapping", mapping).returncode == 1
    assert [lead.company for lead in Lead.select()] == ["恒锐"]


def test_a_workbook_comes_in(ws: Workspace, clew: Clew, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["公司名称", "联系人", "手机"])
    book.active.append(["恒锐精密", "沈国良", 13812345678])
    book.save(tmp_path / "leads.xlsx")
    assert clew("import", tmp_path / "leads.xlsx").returncode == 0
    assert Contact.get().phone == "+8613812345678"


def test_what_can_not_be_read_is_said_in_one_sentence(ws: Workspace, clew: Clew, mapping: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "leads.csv", [["1", "恒锐", "", "", "", ""]])
    mapping.write_text("columns: {compnay: 公司}\n", encoding="utf-8")
    for arguments, says in (
        ((tmp_path / "nowhere.csv",), "no such file"),
        ((file, "--mapping", mapping), "did you mean 'company'?"),
        ((file,), "no column “Company”"),
    ):
        done = clew("import", *arguments)
        assert done.returncode == 1
        assert says in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.faults
def test_killed_at_any_moment_and_run_again_every_row_is_there_once(
    ws: Workspace, clew: Clew, environment: dict[str, str], mapping: Path, tmp_path: Path
) -> None:
    rows = [[str(n), f"{n * 7919 % 1000:03d} 商行", f"138{n:08d}", "", "网站", ""] for n in range(300)]
    file = write(tmp_path / "leads.csv", rows)
    command = [sys.executable, "-m", "clew.core.cli", "import", str(file), "--mapping", str(mapping)]
    chance = random.Random(11)
    killed = 0
    for _ in range(4):
        before = Lead.select().count()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        goal = before + chance.randint(1, 60)
        while process.poll() is None and Lead.select().count() < goal and time.monotonic() < end:
            time.sleep(chance.random() / 50)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed >= 3
    assert 0 < Lead.select().count() < 300
    assert clew("import", file, "--mapping", mapping).returncode == 0
    assert Counter(lead.external_id for lead in Lead.select()) == {str(n): 1 for n in range(300)}
    created = Counter(line.record_id for line in JournalLine.select().where(JournalLine.kind == "lead.created"))
    assert created == {lead.id: 1 for lead in Lead.select()}
    assert Customer.select().count() == Contact.select().count() == 300
