"""The pages of what is not to be had: they keep the frame, say who helps, and quote a code that the log has."""

import re
from typing import Any

import pytest
import structlog

from clew.admin.system.readiness import ReadinessView
from clew.core.kinds import Lead, User

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import desk, owner, stranger, ws  # noqa: F401 - fixtures, too

# ruff: noqa: F811 - fixtures of the made kinds come by their names


def _code(page: str) -> str:
    found = re.search(r"E-[0-9A-F]{4}-[0-9A-F]{4}", page)
    assert found
    return found[0]


def test_what_is_not_there_keeps_the_rail_and_names_who_knows(ws: Any, desk: Any, lead: Lead, stranger: User) -> None:
    at = desk(stranger)
    with structlog.testing.capture_logs() as told:
        answer = at.get(f"/leads/{lead.id}")
    assert answer.status_code == 404
    assert '<nav class="rail"' in answer.text
    assert "没有这一页" in answer.text
    assert lead.company not in answer.text
    assert [(one["code"], one["status"]) for one in told] == [(_code(answer.text), 404)]


def test_who_may_not_reads_who_gives_access(ws: Any, desk: Any, owner: User, company: Any) -> None:
    admin = company.user("admin")
    answer = desk(owner).get("/roles/")
    assert answer.status_code == 403
    assert '<nav class="rail"' in answer.text
    assert f"<strong>{admin.name}</strong>" in answer.text
    english = desk(owner)
    english.client.post("/language", data={"locale": "en", "next": "/"})
    page = english.get("/roles/").text
    assert "Your role may not see this; ask an administrator." in page
    assert "Who can help: " in page


def test_a_crash_says_who_mends_it_and_what_was_typed(
    ws: Any, desk: Any, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = desk(company.user("admin"))

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("13800001234")

    monkeypatch.setattr(ReadinessView, "show", broken)
    at.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    with structlog.testing.capture_logs() as told:
        answer = at.get("/readiness/")
    assert answer.status_code == 500
    assert "13800001234" not in answer.text
    assert '<nav class="rail"' in answer.text
    assert "系统出错了" in answer.text
    assert told[0]["code"] == _code(answer.text)


def test_a_frame_that_breaks_too_leaves_a_page_by_itself(
    ws: Any, desk: Any, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = desk(company.user("admin"))
    monkeypatch.setattr(ReadinessView, "steps", lambda _: 1 / 0)
    at.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = at.get("/nothing")
    assert answer.status_code == 404
    assert "没有这一页" in answer.text
    assert '<nav class="rail"' not in answer.text
    assert _code(answer.text)


def test_what_was_typed_is_a_step_back(ws: Any, desk: Any, owner: User) -> None:
    at = desk(owner)
    page = at.post("/leads/nothing/follow-up", content="要看样机").text
    assert 'data-do="back"' in page
    assert "你填的内容还在上一页" in page
    assert 'data-do="back"' not in at.get("/leads/nothing").text
