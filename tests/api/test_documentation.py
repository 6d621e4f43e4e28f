"""docs/api.md is what the document says."""

from __future__ import annotations

from clew.core.cli.api_reference import MARK, PAGE, written
from clew.core.workspace import Workspace

from ..app import app_of


def test_the_page_is_up_to_date(workspace: Workspace) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(MARK) == 1
    assert text == written(app_of(workspace), text), "docs/api.md is out of date: run `make docs`"
