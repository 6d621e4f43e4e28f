"""A CSV of 200 leads brought in with what is asked answered, and taken back, in a real browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By

from clew.core.intake import take as intake
from clew.core.intake.batches.running import run_import
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead
from clew.core.storage.database import living_connection
from clew.core.storage.system_tables import ImportBatch

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_IN = {"zh": "新增 197、更新 1、没有变化 0、退回 2", "en": "197 made, 1 updated, 0 unchanged, 2 refused"}
_BACK = {"zh": "已撤销 198 行", "en": "198 rows taken back"}
_COMPANY = {"zh": "昆山{}号机械", "en": "Kunshan {} Machines"}
_HEADS = {
    "zh": ["公司", "姓名", "电话", "预算（万）", "登记日期"],
    "en": ["Company", "Full name", "Mobile", "Budget", "Date"],
}


@pytest.fixture(params=["zh", "en"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def walk(visit: Any, served: Any, company: Any, locale: str, await_: Any) -> Walk:
    user = company.user("ops")
    served.workspace.door.change("user", user.id, {"locale": locale}, SYSTEM)
    return Walk(visit(user, "/import/"), await_)


def sheet(path: Path, locale: str) -> Path:
    """Write 200 rows: one about a lead that is there, two with half a phone number, days that read two ways."""
    name = _COMPANY[locale]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(_HEADS[locale])
        for n in range(200):
            phone = "1585746339" if n in (5, 6) else f"138{n:08d}"
            out.writerow([name.format(n), f"P{n}", phone, 10 + n, f"05/{1 + n % 28:02d}/2026"])
    return path


@contextmanager
def a_worker(ws: Any) -> Iterator[None]:
    """Run what is offered to the workers, as one of them does."""
    over = Event()

    def work() -> None:
        while not over.wait(0.1):
            with living_connection():
                waiting = ImportBatch.select(ImportBatch.id).where(ImportBatch.state.in_(("queued", "undoing")))
                for one in list(waiting):
                    run_import(ws, one.id)

    thread = Thread(target=work, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(10)


def comes(walk: Walk, text: str) -> None:
    """Wait until the page that watches the worker has given way to one that says so."""

    def said() -> bool:
        with suppress(StaleElementReferenceException):
            return text in walk.page.find_element(By.TAG_NAME, "main").text
        return False

    walk.await_(said, text, 90)


def test_a_list_of_200_leads_comes_in_and_is_taken_back(
    walk: Walk, served: Any, locale: str, tmp_path: Path, look: Any
) -> None:
    ws, before = served.workspace, Lead.select().where(Lead.withdrawn_at.is_null()).count()
    intake.take(ws, {"company": _COMPANY[locale].format(0), "phone": "13800000000", "budget": "860000"}, SYSTEM)
    file = sheet(tmp_path / "fair.csv", locale)
    look("list")
    walk.clicks += 1
    walk.one("#im-file").send_keys(str(file))
    walk.leave_by("main form .primary")
    walk.reads("05/01/2026")
    assert walk.one(".im-go .primary").get_attribute("aria-disabled") == "true"
    look("asks")
    walk.leave_by("input[value=mdy]")
    walk.leave_by("input[value='=refuse']")
    walk.leave_by("input[value=update]")
    if locale == "zh":
        assert "¥100,000" in walk.one("#columns").text
    walk.leave_by("#overwriting input[value=budget]")
    assert walk.one(".im-go .primary").get_attribute("aria-disabled") != "true"
    look("answered")
    with a_worker(ws):
        walk.leave_by(".im-go .primary")
        comes(walk, _IN[locale])
        look("result")
        assert Lead.select().where(Lead.withdrawn_at.is_null()).count() == before + 198
        walk.click(".menu summary")
        look("undo")
        walk.leave_by(".im-undo .danger")
        comes(walk, _BACK[locale])
    look("undone")
    assert Lead.select().where(Lead.withdrawn_at.is_null()).count() == before + 1
    walk.told(f"A CSV of 200 leads in, and back ({locale})")


@pytest.fixture
def look(walk: Walk, locale: str, company: Any) -> Any:
    """A function that checks the page as it stands: axe in both themes, nothing cut off on a phone, one language."""
    from axe_playwright_python.base import AXE_SCRIPT

    def at(name: str) -> None:
        page = walk.page
        for theme in ("dark", "light"):
            page.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
            page.execute_script(AXE_SCRIPT)
            found = page.execute_async_script(
                "const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' '))))"
            )
            assert found == [], (name, theme)
        page.set_window_size(390, 844)
        wide = page.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.set_window_size(1440, 900)
        assert wide <= 0, name
        if locale == "en":
            words = page.find_element(By.TAG_NAME, "main").text.replace(company.user("ops").name, "")
            assert _HAN.findall(words) == [], name

    return at
