"""Whatever the journal can tell of a record of any kind has words in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import clew
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Customer
from clew.core.timeline.describer import Describer
from clew.core.timeline.rule_versions import Versions
from clew.core.timeline.viewer import Viewer
from clew.core.workspace import Workspace

from ..app import app_of

_HAN = re.compile(r"[一-鿿]")
_CODE = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z]")
_NOTED = re.compile(r"""\.note\(\s*"([a-z_]+\.[a-z_]+)\"""")


def _wrong(describer: Describer, line_kinds: list[str]) -> list[str]:
    found = {one: describer.words(one) for one in line_kinds}
    return [one for one, words in found.items() if not _HAN.search(words.zh) or _HAN.search(words.en) or _CODE.search(words.en)]  # fmt: skip


def test_every_event_of_every_kind_has_words(any_workspace: Workspace, made: Any) -> None:
    describer = Describer(Viewer(any_workspace, SYSTEM.actor), Versions())
    kinds = any_workspace.kinds
    assert {"payment", "visit", "sample"} <= set(kinds)
    told = [f"{kind}.{event}" for kind in kinds for event in ("created", "changed")]
    assert _wrong(describer, [*told, *(name for one in kinds.values() for name in one.event)]) == []
    assert describer.words("payment.changed").zh == "回款已修改"


def test_every_line_that_changes_no_record_has_words(workspace: Workspace) -> None:
    root = Path(clew.__file__).parent
    sources = [path.read_text("utf-8") for part in ("core", "admin") for path in sorted((root / part).rglob("*.py"))]
    noted = sorted({name for source in sources for name in _NOTED.findall(source)})
    assert "dead_letter.retried" in noted
    assert len(noted) > 12
    assert _wrong(Describer(Viewer(workspace, SYSTEM.actor), Versions()), noted) == []


@pytest.mark.parametrize(
    ("locale", "said", "channel", "field"),
    [("zh", "修改客户", "系统", "地区：江苏 → 浙江"), ("en", "Customer changed", "System", "Region: 江苏 → 浙江")],
)
def test_the_journal_is_read_in_words(
    workspace: Workspace, company: Any, locale: str, said: str, channel: str, field: str
) -> None:
    door = workspace.door
    customer: Customer = door.create("customer", {"name": "恒锐精密", "region": "江苏"}, SYSTEM).record
    door.change("customer", customer.id, {"region": "浙江"}, SYSTEM)
    client = app_of(workspace, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("admin").email, "password": company.password})
    client.post("/language", data={"locale": locale})
    page = client.get("/journal/?kind=customer.changed").text
    assert f'title="customer.changed">{said}</td>' in page
    assert f'<option value="customer.changed" selected>{said}</option>' in page
    assert f'<td class="nowrap muted small">{channel}' in page
    assert field in page
