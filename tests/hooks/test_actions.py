"""Actions that plugins bring: a rule decides, the plugin does it in its own turn, behind the wall, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from clew import ActionArg, ActionSpec, CreateTask, Event, Plugin, PluginContext, Text, hookimpl
from clew.core.company.switches import register, resume_plugin, switch_plugin
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Notification, PluginRecord, Task
from clew.core.outbox import dispatch
from clew.core.running import drain
from clew.core.storage.database import is_sqlite
from clew.core.storage.system_tables import Dispatch, Firing, JournalLine, PluginHealth, RuleTrouble
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover


class Bell(Plugin):
    """Rings for a won lead, and breaks while `broken`."""

    name = "bell"
    version = "2.1"
    broken = False

    def __init__(self) -> None:
        self.rung: list[tuple[str, Mapping[str, Any], Event, PluginContext]] = []

    @hookimpl
    def register_actions(self) -> list[ActionSpec]:
        return [
            ActionSpec("ring_bell", Text("敲钟", "Ring the bell"), (ActionArg("words", Text("祝词", "Words")),)),
            ActionSpec("assign", Text("冒名", "Not its own")),
        ]

    @hookimpl
    def perform_action(
        self, action: str, args: Mapping[str, Any], event: Event, context: PluginContext
    ) -> list[CreateTask]:
        if self.broken:
            raise RuntimeError("no bell today")
        self.rung.append((action, args, event, context))
        return [CreateTask(f"听到了：{args['words']}")]


@pytest.fixture
def bell(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Bell:
    """The bell, on, with a rule that rings it."""
    ws, bell = any_workspace, Bell()
    found(ws)
    ws.use_plugins(discover([], [bell]))
    switch_plugin(ws, "bell", True, SYSTEM)
    words = {"zh": "敲", "en": "ring"}
    rule = {
        "id": "ringer",
        "version": 5,
        "title": words,
        "purpose": words,
        "trigger": "lead.created",
        "then": [{"ring_bell": {"words": "{lead.company} {contact.name}"}}],
    }
    ws.door.create("rule", {"code": "ringer", "pack": "custom", "version": 5, "document": rule}, SYSTEM)
    return bell


def take(ws: Workspace) -> Any:
    values = {"company": "恒锐精密", "contact_name": "高建明", "phone": "13812345678"}
    lead = intake.take(ws, values, SYSTEM).lead
    drain(ws)
    return lead


def test_the_plugin_does_what_the_rule_decided_and_its_effects_lead_back_to_the_rule(
    any_workspace: Workspace, bell: Bell
) -> None:
    lead = take(any_workspace)
    [(action, args, event, context)] = bell.rung
    assert (action, event.kind, event.record_id) == ("ring_bell", "lead.created", lead.id)
    assert args == {"words": "恒锐精密 高*明"}, "personal data are masked"
    asked = JournalLine.get(JournalLine.kind == "plugin.action_asked")
    assert (asked.cause_rule, asked.cause_version, asked.record_id) == ("ringer", "5", lead.id)
    assert asked.after == {"plugin": "bell", "action": "ring_bell", "args": args}
    assert context.idempotency_key == f"{asked.id}:bell:perform_action"
    task = Task.get(Task.title == "听到了：恒锐精密 高*明")
    made = JournalLine.get(JournalLine.record_id == task.id)
    assert (made.cause_seq, made.cause_plugin, made.cause_version) == (asked.seq, "bell", "2.1")
    assert Firing.select().where((Firing.rule == "ringer") & (Firing.version == 5)).count() == 1


def test_a_failing_action_is_tried_again_and_holds_up_none_of_the_rules_other_work(
    any_workspace: Workspace, bell: Bell
) -> None:
    ws = any_workspace
    bell.broken = True
    lead = take(ws)
    assert lead.get_by_id(lead.id).owner_id is not None, "the rules' own actions were done"
    waiting = Dispatch.get(Dispatch.state != "done")
    assert (waiting.consumer, waiting.kind, waiting.attempts) == ("plugin:bell", "plugin.action_asked", 1)
    assert "RuntimeError: no bell today" in waiting.error
    bell.broken = False
    ws.clock.advance(seconds=30)  # type: ignore[attr-defined]
    drain(ws)
    assert Task.select().where(Task.title.startswith("听到了")).count() == 1
    assert PluginHealth.get_by_id("bell").failures == 1


def letters() -> list[Dispatch]:
    return list(Dispatch.select().where(Dispatch.state == "dead").order_by(Dispatch.id))


def told() -> int:
    return Notification.select().where(Notification.title.contains("没能执行")).count()


def switched_off(ws: Workspace, bell: Bell) -> Callable[[], None]:
    switch_plugin(ws, "bell", False, SYSTEM)
    return lambda: switch_plugin(ws, "bell", True, SYSTEM)


def uninstalled(ws: Workspace, bell: Bell) -> Callable[[], None]:
    ws.use_plugins(discover([], []))
    return lambda: ws.use_plugins(discover([], [bell]))


def not_brought_any_more(ws: Workspace, bell: Bell) -> Callable[[], None]:
    class Silent(Bell):
        @hookimpl
        def register_actions(self) -> list[ActionSpec]:
            return []

    def use(plugin: Bell) -> None:
        ws.use_plugins(discover([], [plugin]))
        register(ws, "bell")
        ws.refresh()

    use(Silent())
    return lambda: use(bell)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (switched_off, "插件「bell」，它没有启用"),
        (uninstalled, "插件「bell」，它没有安装"),
        (not_brought_any_more, "没有动作「ring_bell」"),
    ],
)
def test_a_rule_whose_action_cannot_be_had_fails_alone_at_once_and_is_carried_out_once_when_it_can(
    any_workspace: Workspace, bell: Bell, gone: Callable[[Workspace, Bell], Callable[[], None]], said: str
) -> None:
    ws = any_workspace
    assert not RuleTrouble.select().exists()
    back = gone(ws, bell)
    trouble = RuleTrouble.get_by_id("ringer")
    assert (trouble.version, trouble.stands_in) == (5, 5), "the rule decides all the same"
    assert said in trouble.zh
    leads = [take(ws), take(ws)]
    assert all(lead.get_by_id(lead.id).owner_id for lead in leads), "the other rules see to the lead"
    assert [(one.consumer, one.attempts, one.record_id) for one in letters()] == [
        ("rule:ringer", 1, lead.id) for lead in leads
    ]
    assert all(said in one.error for one in letters())
    assert told() == 1
    dispatch.retry_all(ws, [letters()[0].id], SYSTEM)
    drain(ws)
    assert (len(letters()), told(), bell.rung) == (2, 1, []), "trying again before it can be had changes nothing"
    back()
    drain(ws)
    assert not RuleTrouble.select().exists()
    assert letters() == []
    assert sorted(event.record_id for _, _, event, _ in bell.rung) == sorted(lead.id for lead in leads)
    switch_plugin(ws, "bell", False, SYSTEM)
    switch_plugin(ws, "bell", True, SYSTEM)
    drain(ws)
    assert len(bell.rung) == 2
    assert Task.select().where(Task.title.startswith("听到了")).count() == 2
    assert told() == 1


def test_what_was_seen_to_otherwise_is_not_done_when_the_plugin_is_on_again(
    any_workspace: Workspace, bell: Bell
) -> None:
    ws = any_workspace
    switch_plugin(ws, "bell", False, SYSTEM)
    take(ws)
    dispatch.close_all(ws, [letters()[0].id], SYSTEM.because("rung by hand"))
    switch_plugin(ws, "bell", True, SYSTEM)
    drain(ws)
    assert bell.rung == []


def test_the_retry_is_journalled_for_who_switched_the_plugin_on(any_workspace: Workspace, bell: Bell) -> None:
    ws = any_workspace
    switch_plugin(ws, "bell", False, SYSTEM)
    take(ws)
    switch_plugin(ws, "bell", True, SYSTEM.because("mended"))
    line = JournalLine.get(JournalLine.kind == "dead_letter.retried")
    assert (line.reason, line.after["count"]) == ("mended", 1)


def set_aside(ws: Workspace) -> None:
    ws.plugins.flush()
    now = ws.clock.now()
    PluginHealth.insert(name="bell").on_conflict_ignore().execute()
    PluginHealth.update(quarantined_at=now, retry_at=now + timedelta(minutes=30), consecutive=5).execute()


def test_what_is_asked_of_a_plugin_in_quarantine_waits_and_is_done_once(any_workspace: Workspace, bell: Bell) -> None:
    ws = any_workspace
    set_aside(ws)
    take(ws)
    assert (bell.rung, letters()) == ([], [])
    assert Dispatch.get(Dispatch.state != "done").state == "held"
    resume_plugin(ws, "bell", SYSTEM)
    drain(ws)
    switch_plugin(ws, "bell", False, SYSTEM)
    switch_plugin(ws, "bell", True, SYSTEM)
    drain(ws)
    assert len(bell.rung) == 1


def test_what_another_process_let_go_and_did_is_not_let_go_again(
    any_workspace: Workspace, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = any_workspace
    set_aside(ws)
    take(ws)
    ws.plugins.resume("bell")
    transaction, others = dispatch.write_transaction, iter([True])

    def between() -> Any:
        if next(others, False):  # After this process read which events wait, and before it lets them go.
            dispatch.release(ws, "bell")
            drain(ws)
        return transaction()

    monkeypatch.setattr(dispatch, "write_transaction", between)
    dispatch.release(ws, "bell")
    drain(ws)
    assert len(bell.rung) == 1


def test_the_rules_that_wait_for_an_action_are_found_by_index(any_workspace: Workspace, bell: Bell) -> None:
    ws = any_workspace
    asked: list[tuple[str, Any]] = []
    execute = ws.db.execute_sql
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ws.db, "execute_sql", lambda sql, *more, **by: asked.append((sql, *more)) or execute(sql, *more, **by)
        )
        dispatch.retry_waiting(ws)
    ((sql, values),) = [one for one in asked if "waits_for" in one[0]]
    if is_sqlite():
        plan = str(execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
    else:
        execute("SET enable_seqscan = off")
        plan = str(execute(f"EXPLAIN {sql}", values).fetchall())
        execute("RESET enable_seqscan")
    assert "dispatch_waits_for" in plan, plan


def test_a_plugin_cannot_take_a_name_of_clews_own_nor_of_another_plugin(any_workspace: Workspace, bell: Bell) -> None:
    ws = any_workspace
    assert [one["name"] for one in PluginRecord.get(PluginRecord.name == "bell").actions] == ["ring_bell"]

    class Other(Bell):
        name = "other"

    ws.use_plugins(discover([], [bell, Other()]))
    switch_plugin(ws, "other", True, SYSTEM)
    assert PluginRecord.get(PluginRecord.name == "other").actions == []
    assert ws.plugins.in_force.provider_of("ring_bell") == "bell"


def test_an_upgraded_plugin_brings_its_new_actions(any_workspace: Workspace, bell: Bell) -> None:
    ws = any_workspace

    class Louder(Bell):
        @hookimpl
        def register_actions(self) -> list[ActionSpec]:
            return [ActionSpec("ring_louder", Text("用力敲", "Ring louder"))]

    ws.use_plugins(discover([], [Louder()]))
    register(ws, "bell")
    assert set(ws.plugins.in_force.rule_actions()) == {"ring_louder"}


def test_a_killed_try_is_repeated_with_the_same_key_and_counts_once(any_workspace: Workspace, bell: Bell) -> None:
    """The worker dies after the plugin was called and before its effects were written."""
    ws = any_workspace
    take_effect = ws.door.transaction
    crashes = iter([True])

    def dying(origin: Any) -> Any:
        if origin.actor.kind == "plugin" and next(crashes, False):
            raise KeyboardInterrupt
        return take_effect(origin)

    ws.door.transaction = dying  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        take(ws)
    ws.clock.advance(seconds=ws.settings.lease_seconds + 1)  # type: ignore[attr-defined]
    for one in dispatch.due(ws):
        dispatch.run(ws, one)
    drain(ws)
    assert len(bell.rung) == 2
    assert bell.rung[0][3].idempotency_key == bell.rung[1][3].idempotency_key
    assert Task.select().where(Task.title.startswith("听到了")).count() == 1
