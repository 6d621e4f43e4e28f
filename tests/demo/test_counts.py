"""No page of the demo's company contradicts another: today, rail, lists, API and report count alike for each login."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from clew.core import metrics
from clew.core.demo import company
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import User
from clew.core.people.sign_in import issue_token
from clew.core.workbench import waiting
from clew.core.workbench.counts import Counts, count
from clew.core.workbench.support import who_needs_support

# Where a thing that is no kind of record is counted: the words of its page around the number.
HEADINGS = {
    "dead_letters": r"(\d+) 个事件没有办成",
    "plugins_aside": r"(\d+) 个插件被隔离",
    "rule_names": r"(\d+) 条提到的名称不在了",
    "rule_trouble": r"(\d+) 条加载不了",
    "duplicates": r"(\d+) 对客户名字相近",
}
RAIL = {"lead": "/leads/", "task": "/tasks/", "contract": "/records/contract/", "payment": "/records/payment/"}


def first_number(pattern: str, page: str) -> int:
    found = re.search(pattern, page, re.DOTALL)
    return int(found[1].replace(",", "")) if found else -1


def on_the_rail(page: str, path: str) -> int | None:
    item = re.search(rf'<a class="item[^"]*"[^>]*href="{re.escape(path)}".*?</a>', page, re.DOTALL)
    if item is None:
        return None
    waits = re.search(r'class="waits[^"]*">\s*(\d+)', item[0])
    return int(waits[1]) if waits else 0


@pytest.mark.parametrize("login", [login for login, _, _ in company.LOGINS])
def test_every_count_of_a_day_is_the_count_of_its_page(workspace: Any, sign_in: Any, login: str) -> None:
    user = User.get(User.email == f"{login}@{company.DOMAIN}")
    client, counts = sign_in(login), count(waiting(workspace, Actor.of(user)))
    today = client.get("/").text
    assert on_the_rail(today, "/") == counts.total()[0]
    for kind, path in RAIL.items():
        assert on_the_rail(today, path) in (None, counts.total(kind=kind)[0]), path
    for one in counts.things:
        heading = r"<h1>\s*([\d,]+)" if one.kind else HEADINGS.get(one.name)
        if counts[one.name] and heading:
            assert first_number(heading, client.get(one.path).text) == counts[one.name], one.path
    approvals = counts["approvals"] + counts["approvals_late"]
    if approvals:
        assert first_number(r"(\d+) 个规则版本等你审批", client.get("/approvals/").text) == approvals
    token = issue_token(workspace, user, "test", SYSTEM)
    told = client.get("/api/v1/today", headers={"Authorization": f"Bearer {token}"}).json
    assert {one["name"]: one["count"] for one in told["items"]} == dict(counts.by_name)
    if "team_late" in counts.by_name:
        report_agrees(workspace, client, user, counts, today)


def report_agrees(ws: Any, client: Any, user: User, counts: Counts, today: str) -> None:
    now, scope = ws.clock.now(), metrics.scope_for(Actor.of(user))
    month = metrics.Period(now - timedelta(days=30), now, now, ws.calendar)
    assert metrics.measure("overdue_leads", scope, month).count == counts["team_late"]
    assert metrics.measure("stalled_leads", scope, month).count == counts["team_stalled"]
    people = who_needs_support(scope, month)
    assert sum(one.late for one in people) == counts["team_late"]
    assert sum(one.stalled for one in people) == counts["team_stalled"]
    chips = re.findall(r'waits=team_stalled&amp;stage=[^"]*">[^<]*<b>(\d+)', today)
    assert sum(map(int, chips)) == counts["team_stalled"]
    report = client.get("/report/").text
    for page in (today, report):
        bars = re.findall(r'href="(/leads/\?reached\.[^"]*)">.*?<b>([\d,]+)</b>', page, re.DOTALL)
        assert bars
        for path, n in bars:
            assert first_number(r"<h1>\s*([\d,]+)", client.get(html.unescape(path)).text) == int(n.replace(",", "")), (
                path
            )
    assert f"目前 {counts['team_late']} 条线索超时未响应" in report
    for one in people:
        if one.why == "late" and one.user:
            assert f"{one.late} 条线索超时未响应" in report
            assert f"{one.late} 条线索超时未响应" in today
