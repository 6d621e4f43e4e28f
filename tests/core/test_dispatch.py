"""Law 5: at least once, and once is enough. Failures back off, kills are counted, the hopeless is set aside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clew.core.company.switches import switch_plugin
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, Notification, Task
from clew.core.outbox import dispatch
from clew.core.running import drain, run_until
from clew.core.storage.database import write_transaction
from clew.core.storage.system_tables import Dispatch, JournalLine
from clew.core.time.clock import SimulatedClock
from clew.core.workspace import Workspace
from clew.core.write.transaction import MAX_DEPTH

FORM = Origin(Actor("public", name="官网"), "form")


class Pager:
    """A channel that can fail, and remembers what it sent."""

    name = "pager"

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.tries = 0
        self.sent: list[str] = []

    def send(self, message: Any) -> None:
        self.tries += message.title == "醒醒"
        if self.error:
            raise self.error
        self.sent.append(message.title)


class Killed(BaseException):
    """The process ends here: no handler of ours runs."""


@pytest.fixture
def pager(any_workspace: Workspace, found: Any) -> Pager:
    """A pager in a workspace that has one message to bring."""
    user = found(any_workspace).user("ops")
    pager = Pager()
    any_workspace.channels.register(pager)
    any_workspace.door.create("notification", {"user_id": user.id, "title": "醒醒"}, SYSTEM)
    return pager


def _row() -> Dispatch:
    return Dispatch.select().where(Dispatch.consumer == "channel:pager").order_by(Dispatch.id).get()


def _clock(ws: Workspace) -> SimulatedClock:
    assert isinstance(ws.clock, SimulatedClock)
    return ws.clock


def test_what_is_done_is_done_once(any_workspace: Workspace, pager: Pager) -> None:
    drain(any_workspace)
    assert not dispatch.run(any_workspace, _row().id)
    assert (pager.sent, _row().state, _row().attempts) == (["醒醒"], "done", 1)


def test_failures_back_off_and_end_as_a_dead_letter(any_workspace: Workspace, pager: Pager) -> None:
    pager.error = ConnectionError("line busy")
    waits = []
    while _row().state == "pending":
        _clock(any_workspace).set(max(_row().due_at, any_workspace.clock.now()))
        drain(any_workspace)
        waits.append((_row().due_at - any_workspace.clock.now()).total_seconds())
    assert waits[:4] == [1, 5, 30, 120]
    assert (_row().state, _row().attempts, pager.tries) == ("dead", 5, 5)
    assert _row().error == "ConnectionError: line busy"
    told = Notification.select().where(Notification.title == "渠道「pager」没能处理事件")
    assert [one.body.splitlines()[0] for one in told] == ["ConnectionError: line busy"]
    _clock(any_workspace).advance(days=1)
    drain(any_workspace)
    assert (pager.tries, told.count()) == (5, 1), "that they could not be told of it by the channel is told to nobody"


def test_it_is_not_tried_before_its_time(any_workspace: Workspace, pager: Pager) -> None:
    pager.error = ConnectionError()
    drain(any_workspace)
    drain(any_workspace)
    assert not dispatch.run(any_workspace, _row().id)
    assert pager.tries == 1


def test_a_dead_letter_can_be_brought_back(any_workspace: Workspace, pager: Pager) -> None:
    pager.error = ConnectionError()
    run_until(any_workspace, any_workspace.clock.now() + timedelta(hours=1))
    assert _row().state == "dead"
    pager.error = None
    assert dispatch.retry(_row().id, any_workspace)
    drain(any_workspace)
    assert (_row().state, _row().error, pager.sent) == ("done", "", ["醒醒"])
    assert not dispatch.retry(_row().id, any_workspace), "only a dead letter can be brought back"


def test_a_killed_worker_keeps_the_event_for_its_lease_only(any_workspace: Workspace, pager: Pager) -> None:
    pager.error = Killed()
    with pytest.raises(Killed):
        drain(any_workspace)
    assert (_row().state, _row().attempts) == ("running", 1), "the attempt was counted before it started"
    pager.error = None
    assert drain(any_workspace) == 0
    _clock(any_workspace).advance(seconds=any_workspace.settings.lease_seconds)
    drain(any_workspace)
    assert (_row().state, _row().attempts, pager.sent) == ("done", 2, ["醒醒"])


def test_what_kills_every_worker_is_set_aside(any_workspace: Workspace, pager: Pager) -> None:
    pager.error = Killed()
    for _ in range(5):
        with pytest.raises(Killed):
            drain(any_workspace)
        _clock(any_workspace).advance(seconds=31)
    drain(any_workspace)
    assert (_row().state, pager.tries) == ("dead", 5)
    assert _row().error == "处理它的进程中断了 5 次\nthe worker died 5 times while handling this event"


def test_who_lost_the_lease_changes_nothing(workspace: Workspace, company: Any, monkeypatch: Any) -> None:
    taken = intake.take(workspace, {"company": "恒锐精密", "region": "江苏"}, FORM)
    row = Dispatch.get((Dispatch.consumer == "rules") & (Dispatch.record_id == taken.lead.id))
    decide = dispatch.decide

    def slowly(*args: Any) -> None:
        decide(*args)
        with write_transaction():
            Dispatch.update(claimed_by="another worker").where(Dispatch.id == row.id).execute()

    monkeypatch.setattr(dispatch, "decide", slowly)
    assert not dispatch.run(workspace, row.id)
    assert Lead.get_by_id(taken.lead.id).owner_id is None


def test_effects_and_their_mark_commit_together(any_workspace: Workspace, found: Any, monkeypatch: Any) -> None:
    found(any_workspace)
    taken = intake.take(any_workspace, {"company": "恒锐精密", "region": "江苏"}, FORM)
    decide = dispatch.decide

    def die_afterwards(*args: Any) -> None:
        decide(*args)
        raise Killed

    monkeypatch.setattr(dispatch, "decide", die_afterwards)
    with pytest.raises(Killed):
        drain(any_workspace)
    assert Lead.get_by_id(taken.lead.id).owner_id is None
    monkeypatch.undo()
    _clock(any_workspace).advance(seconds=31)
    drain(any_workspace)
    lines = JournalLine.select().where((JournalLine.kind == "lead.assigned") & (JournalLine.record_id == taken.lead.id))
    assert lines.count() == 1


def test_a_chain_of_causes_that_goes_round_is_cut(workspace: Workspace, company: Any) -> None:
    from clew import Plugin, SetFields, hookimpl
    from clew.hooks.discovery import discover

    class Round(Plugin):
        name = "round"

        @hookimpl
        def on_field_saved(self, event: Any) -> list[SetFields]:
            return [SetFields({"note": event.record["note"] + "."})] if event.record_kind == "lead" else []

    workspace.use_plugins(discover(extra=[Round()]))
    switch_plugin(workspace, "round", True, SYSTEM)
    taken = intake.take(workspace, {"company": "恒锐精密"}, FORM)
    drain(workspace)
    (dead, *_) = Dispatch.select().where(Dispatch.state == "dead")
    assert f"cut after {MAX_DEPTH} steps" in dead.error
    (told,) = Notification.select().where(Notification.title.contains("已切断"))
    assert (told.user_id, told.lead_id) == (company.user("ops").id, taken.lead.id)
    assert "round v0.0.0 → round v0.0.0" in told.body
    assert len(Lead.get_by_id(taken.lead.id).note) <= 2 * MAX_DEPTH, (
        "two chains began: the arrival's and the assignment's"
    )


def test_a_switched_off_plugins_events_wait_for_it(any_workspace: Workspace, found: Any) -> None:
    found(any_workspace)
    switch_plugin(any_workspace, "car_dealer", True, SYSTEM)
    intake.take(any_workspace, {"company": "远达汽车", "industry": "汽车"}, FORM)
    switch_plugin(any_workspace, "car_dealer", False, SYSTEM)
    drain(any_workspace)
    held = Dispatch.select().where(Dispatch.consumer == "plugin:car_dealer")
    assert {row.state for row in held} == {"held"}
    assert {row.attempts for row in held} == {0}
    assert Task.select().where(Task.title == "邀约试驾").count() == 0
    switch_plugin(any_workspace, "car_dealer", True, SYSTEM)
    drain(any_workspace)
    assert {row.state for row in Dispatch.select().where(Dispatch.consumer == "plugin:car_dealer")} == {"done"}
    assert Task.select().where(Task.title == "邀约试驾").count() == 1
