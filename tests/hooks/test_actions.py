"""Actions that plugins bring: a rule decides, the plugin does it in its own turn, behind the wall, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from clew import ActionArg, ActionSpec, CreateTask, Event, Plugin, PluginContext, Text, hookimpl
from clew.core.company.switches import register, switch_plugin
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import PluginRecord, Task
from clew.core.outbox import dispatch
from clew.core.running import drain
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


def test_what_is_asked_of_a_plugin_that_is_off_waits_for_it_and_the_rule_is_in_trouble(
    any_workspace: Workspace, bell: Bell
) -> None:
    ws = any_workspace
    assert not RuleTrouble.select().exists()
    switch_plugin(ws, "bell", False, SYSTEM)
    trouble = RuleTrouble.get_by_id("ringer")
    assert (trouble.version, trouble.stands_in) == (5, 5), "the rule decides all the same"
    assert "插件「bell」，它没有启用" in trouble.zh
    take(ws)
    assert Dispatch.get(Dispatch.state != "done").state == "held"
    switch_plugin(ws, "bell", True, SYSTEM)
    drain(ws)
    assert not RuleTrouble.select().exists()
    assert len(bell.rung) == 1


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
