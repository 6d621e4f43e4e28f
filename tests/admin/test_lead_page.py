"""The page of one lead: what is recorded there, planned, mended and ended."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

import re
from typing import Any

from clew.core.kinds import FollowUp, Lead, Task, User

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import desk, owner, stranger, ws  # noqa: F401 - fixtures, too


def _key(page: str) -> str:
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_double_click_records_one_contact_and_one_next_step(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    at, path = desk(owner), f"/leads/{lead.id}"
    said = {
        "way": "phone",
        "content": "要看样机",
        "effective": "1",
        "next_step": "约演示",
        "next_at": "2026-11-26T10:00",
    }
    key, other = _key(at.get(path).text), _key(at.get(path).text)
    for one in (key, key):
        assert at.post(f"{path}/follow-up", **said, key=one).status_code == 302
    tasks = Task.select().where((Task.lead == lead.id) & (Task.kind == "task"))
    assert [(one.title, one.assignee_id, one.due_at.isoformat()) for one in tasks] == [
        ("约演示", owner.id, "2026-11-26T02:00:00+00:00")
    ]
    assert FollowUp.select().where(FollowUp.lead == lead.id).count() == 1
    assert "约演示" in at.get(path).text
    at.post(f"{path}/follow-up", **said, key=other)
    assert FollowUp.select().where(FollowUp.lead == lead.id).count() == 2
