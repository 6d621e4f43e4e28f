"""Dead letters tried again, and closed by hand: nothing ends as done that was not done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from clew import CreateTask, Plugin, hookimpl
from clew.core.cli.dead_letters import dead_letters_command
from clew.core.company.switches import switch_plugin, switch_rule
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, Notification, RuleRecord, Task
from clew.core.outbox import decisions, dispatch
from clew.core.people.sign_in import issue_token
from clew.core.rulebook.publishing import retire
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch, Firing, JournalLine
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover

from ..app import app_of

WORDS = {"zh": "分给谁", "en": "To whom"}
BEYOND = 2**64


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


def put(ws: Workspace, code: str, **parts: Any) -> RuleRecord:
    document = {"id": code, "title": WORDS, "purpose": WORDS, "trigger": "lead.created", "priority": 500, **parts}
    made = ws.door.create("rule", {"code": code, "pack": "custom", "version": 1, "document": document}, SYSTEM)
    record: RuleRecord = made.record
    return record


def write(ws: Workspace, row: RuleRecord, **parts: Any) -> None:
    ws.door.change("rule", row.id, {"document": {**row.document, **parts}, "version": row.version + 1}, SYSTEM)


def table(*rows: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "group": "assignment",
        "inputs": [{"field": "lead.region"}],
        "outputs": [{"action": "assign", "arg": "team"}],
        "rows": [{"id": name, "when": [region], "then": [team]} for name, region, team in rows],
    }


def lead_in(ws: Workspace, company: str = "恒锐精密") -> Lead:
    taken = intake.take(ws, {"company": company, "phone": "13812345678", "region": "江苏"}, SYSTEM).lead
    drain(ws)
    return Lead.get_by_id(taken.id)


def letters() -> list[Dispatch]:
    return list(Dispatch.select().where(Dispatch.state == "dead").order_by(Dispatch.id))


def again(ws: Workspace, rules: Any = "now") -> list[Dispatch]:
    dispatch.retry_all(ws, [one.id for one in letters()], SYSTEM, rules)
    drain(ws)
    return letters()


NOWHERE = {"then": [{"assign": {"team": "西南部"}}]}


@pytest.mark.parametrize("gone", ["off", "retired", "answered", "elsewhere"])
def test_a_retry_by_which_nothing_fires_says_so_and_stays(any_workspace: Workspace, company: Any, gone: str) -> None:
    ws = any_workspace
    row = put(ws, "given", when={"field": "lead.outcome", "op": "==", "value": "open"}, **NOWHERE)
    lead = lead_in(ws)
    if gone == "off":
        switch_rule(ws, "given", False, SYSTEM)
    elif gone == "retired":
        retire(ws, "given", Origin(Actor.of(company.user("ops")), "console"))
    elif gone == "answered":
        ws.door.change("lead", lead.id, {"outcome": "lost", "lost_reason": "没有预算"}, SYSTEM)
    else:
        write(ws, row, trigger="lead.changed")
    (letter,) = again(ws)
    assert letter.state == "dead"
    words = {
        "off": "没有「given」这条规则了",
        "retired": "没有「given」这条规则了",
        "answered": "条件已不成立",
        "elsewhere": "已不响应这个事件",
    }
    assert "这次重试什么也没有做" in letter.error
    assert words[gone] in letter.error
    assert "trying again did nothing" in letter.error


def test_by_the_rules_of_then_a_retired_rule_is_carried_out(any_workspace: Workspace, company: Any) -> None:
    put(any_workspace, "given", **NOWHERE)
    lead = lead_in(any_workspace)
    any_workspace.clock.advance(minutes=1)  # type: ignore[attr-defined]
    switch_rule(any_workspace, "given", False, SYSTEM)
    team = any_workspace.door.create("team", {"name": "西南部"}, SYSTEM).record
    assert again(any_workspace, "then") == []
    assert Lead.get_by_id(lead.id).team_id == team.id


@pytest.mark.parametrize(
    "mended",
    [
        [("southwest", "江苏", "华东一部"), ("rest", "-", "华北部")],
        [("first", "江苏", "华东一部"), ("west", "江苏", "西南部"), ("rest", "-", "华北部")],
    ],
    ids=["the row has another name", "a row came before it"],
)
def test_a_tables_row_that_was_mended_decides_on_a_retry(any_workspace: Workspace, company: Any, mended: Any) -> None:
    ws = any_workspace
    row = put(ws, "route", **table(("west", "江苏", "西南部"), ("rest", "-", "华北部")))
    lead = lead_in(ws)
    assert [one.consumer for one in letters()] == ["rule:route-west"]
    write(ws, row, **table(*mended))
    assert again(ws) == []
    assert Lead.get_by_id(lead.id).team_id == company.teams["华东一部"].id
    assert Firing.select().where(Firing.rule == f"route-{mended[0][0]}").count() == 1


def test_a_dead_letter_is_closed_by_hand_with_a_reason(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    put(ws, "given", **NOWHERE)
    lead = lead_in(ws)
    (letter,) = letters()
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("ops").email, "password": company.password})
    refused = client.post("/dead-letters/close", data={"id": letter.id, "reason": "  "})
    assert refused.status_code == 422
    assert "请写明关闭的原因" in refused.text
    assert len(letters()) == 1
    client.post("/dead-letters/close", data={"id": letter.id, "reason": "已电话分给王磊"})
    assert letters() == []
    line = JournalLine.get(JournalLine.kind == "dead_letter.closed")
    assert (line.record_id, line.actor_id, line.reason) == (lead.id, company.user("ops").id, "已电话分给王磊")
    assert not dispatch.retry(letter.id, ws)


def test_the_api_closes_and_refuses(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    put(ws, "given", **NOWHERE)
    lead_in(ws)
    (letter,) = letters()
    head = {"Authorization": f"Bearer {issue_token(ws, company.user('ops'), 'test', SYSTEM)}"}
    client = app_of(ws).test_client()

    def post(number: int, what: str, **body: Any) -> int:
        return client.post(f"/api/v1/dead-letters/{number}/{what}", json=body, headers=head).status_code

    assert post(letter.id, "close") == 422
    assert post(letter.id, "close", reason=" ") == 422
    assert [post(BEYOND, "close", reason="x"), post(BEYOND, "retry")] == [404, 404]
    assert [post(letter.id, "close", reason="已办"), post(letter.id, "close", reason="已办")] == [200, 404]


def test_no_number_is_too_large_for_the_command_line(any_workspace: Workspace, company: Any) -> None:
    def run(*args: str) -> Any:
        return CliRunner().invoke(dead_letters_command, args, obj=lambda: any_workspace)

    for args in (("retry", str(BEYOND)), ("retry", "7"), ("close", str(BEYOND), "--reason", "x")):
        done = run(*args)
        assert done.exit_code == 1
        assert "no dead letter" in done.output or "不是死信" in done.output
        assert isinstance(done.exception, SystemExit)
    put(any_workspace, "given", **NOWHERE)
    lead_in(any_workspace)
    assert "1 dead letters closed" in run("close", str(letters()[0].id), "--reason", "x").output


@pytest.mark.parametrize("number", [str(BEYOND), "9" * 5000, "²"], ids=["65 bits", "5000 digits", "no digit"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/rules/assign/versions/{}",
        "/api/v1/rules/assign/versions/{}/effects",
        "/api/v1/rules/assign/why-not?record=x&seq={}",
        "/api/v1/why/line/{}",
        "/rules/assign/compare?a={}&b=1",
        "/rules/assign/undo/{}",
        "/rules/assign/undo?version={}",
        "/rules/assign/versions/{}",
        "/why/line/{}",
        "/dead-letters/?after={}",
    ],
)
def test_no_number_in_an_address_is_too_large(workspace: Workspace, found: Any, path: str, number: str) -> None:
    company = found(workspace)
    client = app_of(workspace, csrf=False).test_client()
    client.post("/sign-in", data={"name": company.user("admin").email, "password": company.password})
    head = {"Authorization": f"Bearer {issue_token(workspace, company.user('admin'), 'test', SYSTEM)}"}
    assert client.get(path.format(number), headers=head if path.startswith("/api") else {}).status_code < 500


def test_a_rule_that_listens_to_failures_and_fails_is_cut_at_once(any_workspace: Workspace, company: Any) -> None:
    ws = any_workspace
    put(ws, "given", **NOWHERE)
    put(ws, "watch", trigger="rule.failed", **NOWHERE)
    lead_in(ws)
    assert [one.consumer for one in letters()] == ["rule:given", "rule:watch"]
    assert JournalLine.select().where(JournalLine.kind == "rule.failed").count() == 2
    told = [one.title for one in Notification.select().where(Notification.title.contains("没能执行"))]
    assert len(told) == 2


def test_a_failure_that_its_own_watcher_brings_about_again_goes_round_once(
    any_workspace: Workspace, company: Any
) -> None:
    ws = any_workspace
    put(ws, "given", trigger=["lead.created", "lead.changed"], **NOWHERE)
    put(ws, "watch", trigger="rule.failed", then=[{"set_field": {"field": "lead.note", "value": "{event.kind}!"}}])
    lead = lead_in(ws)
    assert Lead.get_by_id(lead.id).note == "rule.failed!"
    assert {one.consumer for one in letters()} == {"rule:given"}
    assert JournalLine.select().where(JournalLine.kind == "rule.failed").count() <= 3


class Asking(Plugin):
    """A plugin that asks for what can't be."""

    name = "asking"

    @hookimpl
    def on_lead_created(self, event: Any) -> list[Any]:
        """Ask for a task."""
        return [CreateTask("去电", "owner")]


def test_what_a_plugin_asks_for_in_vain_is_dead_at_once_and_told(
    any_workspace: Workspace, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    ws.use_plugins(discover(extra=[Asking()]))
    switch_plugin(ws, "asking", True, SYSTEM)

    def apply(tx: Any, name: str, *more: Any) -> None:
        raise decisions.actions.CannotApply("做不了", "it can't be")

    monkeypatch.setattr(dispatch.actions, "apply", apply)
    intake.take(ws, {"company": "恒锐精密"}, SYSTEM)
    for one in dispatch.due(ws):
        dispatch.run(ws, one)
    (letter,) = [one for one in letters() if one.consumer == "plugin:asking"]
    assert (letter.attempts, "做不了" in letter.error) == (1, True)
    assert Notification.select().where(Notification.title.contains("asking")).count() == 1


@pytest.mark.parametrize(("rules", "tries"), [("now", 2), ("then", 2)])
def test_two_who_retry_one_letter_at_once_have_it_done_once(
    any_workspace: Workspace, company: Any, rules: Any, tries: int
) -> None:
    ws = any_workspace
    row = put(
        ws, "given", then=[{"assign": {"team": "西南部"}}, {"create_task": {"title": "去电", "assignee": "owner"}}]
    )
    lead_in(ws)
    (letter,) = letters()
    del row
    team = ws.door.create("team", {"name": "西南部"}, SYSTEM).record
    assert team.name == "西南部"
    assert [dispatch.retry(letter.id, ws, rules) for _ in range(tries)] == [True, False]
    assert [dispatch.run(ws, letter.id) for _ in range(tries)] == [True, False]
    assert Task.select().where(Task.title == "去电").count() == 1


def test_a_worker_killed_during_a_retry_loses_nothing(
    any_workspace: Workspace, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    put(ws, "given", then=[{"assign": {"team": "西南部"}}, {"create_task": {"title": "去电", "assignee": "owner"}}])
    lead_in(ws)
    (letter,) = letters()
    ws.door.create("team", {"name": "西南部"}, SYSTEM)
    dispatch.retry(letter.id, ws)
    real: Callable[..., None] = decisions._carry_out

    def killed(*args: Any) -> None:
        real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(decisions, "_carry_out", killed)
        dispatch.run(ws, letter.id)
    assert Dispatch.get_by_id(letter.id).state == "running"
    assert Task.select().where(Task.title == "去电").count() == 0
    ws.clock.advance(seconds=ws.settings.lease_seconds + 1)  # type: ignore[attr-defined]
    drain(ws)
    assert Dispatch.get_by_id(letter.id).state == "done"
    assert Task.select().where(Task.title == "去电").count() == 1


class Down:
    """A channel that is out of order."""

    name = "down"

    def send(self, message: Any) -> None:
        """Fail."""
        raise OSError("connection refused")


def test_a_channel_that_is_down_neither_stops_the_message_nor_tells_of_itself_for_ever(
    any_workspace: Workspace, company: Any
) -> None:
    ws = any_workspace
    ws.channels.register(Down())
    put(ws, "given", **NOWHERE)
    lead_in(ws)
    for _ in range(12):
        ws.clock.advance(minutes=11)  # type: ignore[attr-defined]
        drain(ws)
    told = list(Notification.select().where(Notification.user == company.user("ops").id))
    assert [one.title for one in told if "没能执行" in one.title] == ["规则「分给谁」没能执行"]
    assert len([one for one in told if "渠道" in one.title]) == 1
    assert {one.consumer for one in letters()} == {"rule:given", "channel:down"}
