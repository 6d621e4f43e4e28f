"""Files brought in through the console, step by step: for the tests of imports."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from clew.core.intake.batches.running import run_import
from clew.core.storage.system_tables import ImportBatch

from ..kinds.conftest import made  # noqa: F401 - fixtures
from .records import Desk, desk  # noqa: F401 - fixtures

SHEET = """公司,姓名,电话,预算（万）,登记日期,行业
昆山拓锋模具,汪立,13700018846,32,05/06/2026,模具
绍兴云织纺机,沈国良,13800005678,92,05/13/2026,纺织
太仓锦帆电气,邵青,18600000173,54,05/07/2026,电气
湖州蓝汐新材料,李平,1585746339,12,05/14/2026,材料
"""


@pytest.fixture
def at(made: Any, desk: Any) -> Desk:
    return desk(made.user("ops"))


def upload(at: Desk, text: str = SHEET, name: str = "工博会.csv", **more: str) -> str:
    """Upload a file and return the path of its import."""
    data = {"file": (io.BytesIO(text.encode()), name), "kind": "lead", **more}
    answer = at.client.post("/import/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def answer(at: Desk, path: str, question: str, value: str) -> None:
    assert at.client.post(f"{path}/answer", data={"question": question, "answer": value}).status_code == 302


def heading(at: Desk, path: str) -> str:
    words = re.search(r"<h1>(.*?)</h1>", at.get(path).text, re.S)
    assert words
    return re.sub(r"<[^>]+>|\s", "", words[1])


def run(ws: Any, path: str) -> ImportBatch:
    assert run_import(ws, path.rpartition("/")[2])
    return ImportBatch.get_by_id(path.rpartition("/")[2])


def bring_in(ws: Any, at: Desk, path: str) -> ImportBatch:
    assert at.client.post(f"{path}/start").status_code == 302
    return run(ws, path)
