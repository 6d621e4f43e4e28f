"""A rule that can't be carried out fails alone, at once, and whoever can mend it is told (law 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from peewee import OperationalError

from clew.core import backtest
from clew.core.errors import Changed, Conflict
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, Notification, Task
from clew.core.outbox import decisions, dispatch
from clew.core.running import drain
from clew.core.storage.system_tables import BacktestDifference, Dispatch, Firing, JournalLine
from clew.core.why.whynot import why_not
from clew.core.workspace import Workspace

from ..app import app_of

Put = Callable[..., None]
NOWHERE = {"assign": {"team": "西南部"}}
CALL = {"create_task": {"title": "打电话", "assignee": "owner"}}


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


@pytest.fixture
def put(any_workspace: Workspace) -> Put:
    """A function that puts a rule in force."""

    def publish(code: str, *then: Any, trigger: str = "lead.created", priority: int = 0) -> None:
        words = {"zh": f"规则{code}", "en": f"Rule {code}"}
        head = {"id": code, "title": words, "purpose": words, "trigger": trigger, "priority": priority}
        document = {**head, "then": list(then)}
        values = {"code": code, "pack": "custom", "version": 1, "document": document}
        any_workspace.door.create("rule", values, SYSTEM)

    return publish


def lead_in(ws: Workspace, company: str = "恒锐精密", phone: str = "13812345678") -> Lead:
    given = {"company": company, "phone": phone, "industry": "精密加工", "region": "江苏"}
    taken = intake.take(ws, given, SYSTEM).lead
    drain(ws)
    return Lead.get_by_id(taken.id)


def letters() -> list[Dispatch]:
    return list(Dispatch.select().where(Dispatch.state == "dead").order_by(Dispatch.id))


def tasks(lead: Lead) -> list[str]:
    rows = Task.select().where(Task.lead == lead.id).order_by(Task.id)
    return [row.title for row in rows if row.title in ("打电话", "先写的", "寄样品")]


def test_the_other_rules_are_carried_out_and_the_one_is_taken_back_whole(
    any_workspace: Workspace, company: Any, put: Put
) -> None:
    put("broken", {"create_task": {"title": "先写的", "assignee": "owner"}}, NOWHERE, priority=200)
    put("sound", CALL, priority=-1)
    lead = lead_in(any_workspace)
    assert lead.owner_id is not None, "the bundled routing came between the two"
    assert tasks(lead) == ["打电话"]
    (letter,) = letters()
    assert (letter.consumer, letter.kind, letter.attempts) == ("rule:broken", "lead.created", 1)
    assert "没有团队「西南部」" in letter.error
    assert [row.rule for row in Firing.select().where(Firing.rule.in_(("broken", "sound")))] == ["broken", "sound"]
    line = JournalLine.get(JournalLine.kind == "rule.failed")
    assert (line.record_id, line.cause_rule, line.cause_seq) == (lead.id, "broken", letter.seq)


def test_operations_are_told_once_until_it_is_mended(
    any_workspace: Workspace, company: Any, put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = any_workspace
    put("broken", NOWHERE)
    first = lead_in(ws)
    lead_in(ws, "昆山拓锋", "13912345678")
    assert len(letters()) == 2
    told_again = Notification.select().where(Notification.title == "规则「规则broken」没能执行").count
    told = list(Notification.select().where(Notification.title == "规则「规则broken」没能执行"))
    assert [(one.user_id, one.lead_id) for one in told] == [(company.user("ops").id, first.id)]
    assert "没有团队「西南部」" in told[0].body
    logged = "".join(capsys.readouterr())
    assert "rule set aside" in logged
    assert not [secret for secret in ("恒锐精密", "昆山拓锋", "13812345678") if secret in logged]
    ws.door.create("team", {"name": "西南部"}, SYSTEM)
    values = {"name": "新人", "roles": ["sales"], "email": "new@test.example"}
    team = ws.kinds["team"].model.get(name="西南部")
    ws.door.create("user", {**values, "team_id": team.id}, SYSTEM)
    assert dispatch.retry_all(ws, [one.id for one in letters()], SYSTEM) == 2
    drain(ws)
    assert letters() == []
    assert {lead.team_id for lead in Lead.select()} == {team.id}
    assert (
        JournalLine.select().where(JournalLine.cause_rule == "broken", JournalLine.kind == "lead.assigned").count() == 2
    )
    ws.door.change("team", team.id, {"name": "西南大区"}, SYSTEM)
    lead_in(ws, "宁波海天", "13712345678")
    assert told_again() == 2, "once mended, the next time is news"


def test_each_is_told_in_their_language_and_the_page_speaks_the_viewers(
    any_workspace: Workspace, company: Any, put: Put
) -> None:
    any_workspace.door.change("user", company.user("ops").id, {"locale": "en"}, SYSTEM)
    put("broken", NOWHERE)
    lead_in(any_workspace)
    told = Notification.get(Notification.user == company.user("ops").id)
    assert told.title == "The rule “Rule broken” could not be carried out"
    assert told.body == "恒锐精密: no team '西南部'\nMend the cause, then try again on the page of dead letters."
    client = app_of(any_workspace, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("ops").email, "password": company.password})
    page = client.get("/dead-letters/").text
    assert ("没有团队" in page, "no team" in page) == (False, True)


def test_the_administrators_are_told_where_nobody_is_in_operations(
    any_workspace: Workspace, company: Any, put: Put
) -> None:
    any_workspace.door.change("user", company.user("ops").id, {"active": False}, SYSTEM)
    put("broken", NOWHERE)
    lead_in(any_workspace)
    told = Notification.select().where(Notification.title.contains("没能执行"))
    assert [one.user_id for one in told] == [company.user("admin").id]


def test_a_retry_in_vain_is_set_aside_again_at_once_and_tells_nobody_twice(
    any_workspace: Workspace, company: Any, put: Put
) -> None:
    put("broken", NOWHERE)
    lead_in(any_workspace)
    before = Notification.select().count()
    (letter,) = letters()
    dispatch.retry(letter.id, any_workspace)
    drain(any_workspace)
    assert [one.id for one in letters()] == [letter.id]
    assert Notification.select().count() == before
    assert Firing.select().where(Firing.rule == "broken").count() == 1


def _failing(monkeypatch: pytest.MonkeyPatch, rule: str, fail: Callable[[Any], None], times: int = 99) -> list[str]:
    """Let what a rule decides end in an error so often; return the list of the rules that came by."""
    real, seen = decisions._carry_out, list[str]()

    def carry_out(tx: Any, line: Any, subject: Any, firing: Any, *more: Any) -> None:
        seen.append(firing.rule_id)
        real(tx, line, subject, firing, *more)
        if firing.rule_id == rule and seen.count(rule) <= times:
            fail(tx)

    monkeypatch.setattr(decisions, "_carry_out", carry_out)
    return seen


def _taken_name(tx: Any) -> None:
    tx.create("team", {"name": "华东一部"})


def _conflicting(tx: Any) -> None:
    raise Conflict("幂等键已用于另一次内容不同的请求", "the idempotency key was used for a call with other content")


def _merged_before(tx: Any) -> None:
    one, two, three = (tx.create("customer", {"name": f"公司{name}"}).record for name in "甲乙丙")
    tx.change("customer", one.id, {"merged_into_id": two.id})
    tx.change("customer", one.id, {"merged_into_id": three.id})


def _bug(_: Any) -> None:
    raise ZeroDivisionError("division by zero")


def _unstorable(_: Any) -> None:
    raise ValueError("a\0b\ud800c")


@pytest.mark.parametrize(
    ("fail", "words"),
    [
        (_taken_name, "another team has the same"),
        (_conflicting, "the idempotency key was used"),
        (_merged_before, "is merged into another customer already"),
        (_bug, "ZeroDivisionError"),
        (_unstorable, "ValueError: a b?c"),
    ],
    ids=["taken", "conflict", "merged", "bug", "unstorable"],
)
def test_whatever_the_database_or_the_code_refuses_is_one_rules_trouble(
    any_workspace: Workspace, company: Any, put: Put, monkeypatch: pytest.MonkeyPatch, fail: Any, words: str
) -> None:
    put("broken", {"create_task": {"title": "先写的", "assignee": "owner"}}, priority=1)
    put("sound", CALL)
    _failing(monkeypatch, "broken", fail)
    lead = lead_in(any_workspace)
    assert tasks(lead) == ["打电话"]
    (letter,) = letters()
    assert letter.consumer == "rule:broken"
    assert words in letter.error


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), Changed("刚被改过", "changed")])
def test_what_passes_is_tried_again_with_all_rules_and_done_once(
    any_workspace: Workspace, company: Any, put: Put, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    put("shaky", {"create_task": {"title": "先写的", "assignee": "owner"}}, priority=1)
    put("sound", CALL)

    def passing(_: Any) -> None:
        raise error

    _failing(monkeypatch, "shaky", passing, times=1)
    lead = lead_in(any_workspace)
    assert (tasks(lead), letters()) == ([], [])
    any_workspace.clock.advance(seconds=2)  # type: ignore[attr-defined]
    drain(any_workspace)
    assert (tasks(lead), letters()) == (["先写的", "打电话"], [])


def test_a_backtest_lives_it_as_it_was(any_workspace: Workspace, company: Any, put: Put) -> None:
    ws = any_workspace
    put("broken", {"create_task": {"title": "先写的", "assignee": "owner"}}, NOWHERE, priority=1)
    put("sound", CALL)
    since = ws.clock.now()
    ws.clock.advance(minutes=1)  # type: ignore[attr-defined]
    lead_in(ws)
    ws.clock.advance(hours=1)  # type: ignore[attr-defined]
    words = {"zh": "寄", "en": "Send"}
    draft = {"id": "sender", "title": words, "purpose": words, "trigger": "lead.created"}
    draft |= {"then": [{"create_task": {"title": "寄样品", "assignee": "owner"}}]}
    row = backtest.start(
        ws, [draft], since=since, until=ws.clock.now(), origin=Origin(Actor.of(company.user("ops")), "console")
    )
    row = backtest.run(ws, row.id)
    assert row.state == "done", row.error
    for run in row.result["runs"].values():
        assert run["failed"] == {"broken": 1}
        assert run["fired"]["sound"] == 1
    changed = BacktestDifference.select().where(BacktestDifference.backtest_id == row.id)
    assert [one.rule for one in changed] == ["sender"]


def test_why_not_says_that_it_fired_and_could_not_be_carried_out(
    any_workspace: Workspace, company: Any, put: Put
) -> None:
    put("broken", NOWHERE)
    lead = lead_in(any_workspace)
    said = why_not(any_workspace, "broken", Actor.of(company.user("ops")), lead.id)
    assert said.verdict == "fired"
    assert "没能执行" in said.said.zh


def test_the_page_leads_to_the_rule_and_the_record_and_the_rail_counts(
    any_workspace: Workspace, company: Any, put: Put
) -> None:
    put("broken", NOWHERE)
    lead = lead_in(any_workspace)
    app = app_of(any_workspace, csrf=False)
    client = app.test_client()
    client.post("/sign-in", data={"name": company.user("ops").email, "password": company.password})
    page = client.get("/dead-letters/").text
    assert f'href="/leads/{lead.id}"' in page
    assert 'href="/rules/broken"' in page
    assert "规则「规则broken」" in page
    (letter,) = letters()
    client.post("/dead-letters/retry", data={"id": letter.id, "rules": "now"})
    assert Dispatch.get_by_id(letter.id).state == "pending"
