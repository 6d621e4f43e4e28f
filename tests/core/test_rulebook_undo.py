"""Undoing what a version did: previewed first, only what nobody touched since, through the door, once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from clew.core.errors import Forbidden, NotFound
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.journal.verify import verify
from clew.core.kinds import Deadline, Lead, Notification, RuleVersion, Task
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.undo import PlanChanged, undo
from clew.core.rulebook.undo_plan import UndoItem, UndoPlan, undo_preview
from clew.core.rulebook.versions import new_draft, submit
from clew.core.running import drain, run_until, seal
from clew.core.storage.system_tables import Dispatch, JournalLine
from clew.core.workspace import Workspace

CODE = "greet-machining"
THEN = [
    {"assign": {"team": "华南部"}},
    {"set_field": {"field": "lead.quality", "value": "优质"}},
    {"create_task": {"title": "当天致电", "assignee": "owner"}},
    {"notify": {"to": "owner", "title": "优质线索", "body": "{lead.company}"}},
]


class Story:
    """A wrong rule that was in force for a while, and four leads that met it."""

    def __init__(self, ws: Workspace, company: Any) -> None:
        self.ws, self.company = ws, company
        by = {role: Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager", "admin", "sales")}
        self.ops, self.manager, self.sales = by["ops"], by["manager"], by["sales"]
        document = {
            "id": CODE,
            "title": {"zh": "精密加工归华南", "en": "Machining goes south"},
            "purpose": {"zh": "错误的规则", "en": "A wrong rule"},
            "trigger": "lead.assigned",
            "priority": -500,
            "when": {
                "all": [
                    {"field": "lead.industry", "op": "==", "value": "精密加工"},
                    {"field": "lead.team", "op": "==", "value": "华东一部"},
                ]
            },
            "then": THEN,
        }
        draft = new_draft(ws, document, self.ops)
        approve(ws, submit(ws, draft.id, "", self.ops).id, self.manager)
        self.since: datetime = ws.clock.now()
        self.leads = [self.take(name) for name in ("恒锐精密", "远达机械", "华晨精工", "瑞丰齿轮")]
        self.other = self.take("无关电子", industry="电子")
        run_until(ws, self.since + timedelta(minutes=5))
        self.until: datetime = ws.clock.now() + timedelta(days=1)

    def take(self, name: str, industry: str = "精密加工") -> Lead:
        values = {"company": f"{name}有限公司", "industry": industry, "region": "江苏", "phone": ""}
        return intake.take(self.ws, {**values, "email": f"info@{name.encode().hex()}.example"}, SYSTEM).lead

    def plan(self) -> UndoPlan:
        return undo_preview(self.ws, CODE, 1, self.since, self.until, self.ops.actor)

    def lead(self, place: int) -> Lead:
        found: Lead = Lead.get_by_id(self.leads[place].id)
        return found


@pytest.fixture
def story(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Story:
    return Story(any_workspace, found(any_workspace))


def of(plan: UndoPlan, lead: Lead) -> dict[str, UndoItem]:
    """Return the plan's items about a lead, by what they are."""
    models = {"task": Task, "notification": Notification, "deadline": Deadline}
    found = {}
    for item in plan.items:
        if item.record_kind != "lead" and models[item.record_kind].get_by_id(item.record_id).lead_id == lead.id:
            found[item.record_kind] = item
        elif item.record_id == lead.id:
            found[next(iter(item.now))] = item
    return found


def test_the_preview_shows_everything_and_writes_nothing(story: Story) -> None:
    before = (JournalLine.select().count(), [(lead.owner_id, lead.revision) for lead in Lead.select()])
    plan = story.plan()
    assert before == (JournalLine.select().count(), [(lead.owner_id, lead.revision) for lead in Lead.select()])
    assert {item.record_id for item in plan.items if item.record_kind == "lead"} == {lead.id for lead in story.leads}
    items = of(plan, story.lead(0))
    assert set(items) == {"owner_id", "quality", "task", "notification"}
    owner = items["owner_id"]
    first = story.company.teams["华东一部"].id
    assert (owner.was["team_id"], owner.did["team_id"]) == (first, story.company.teams["华南部"].id)
    assert owner.now == owner.did
    assert (owner.safe, owner.follow_on, owner.rule) == (True, False, CODE)
    assert items["quality"].was == {"quality": ""}
    assert items["quality"].label.zh == "线索「恒锐精密有限公司」的资料"
    assert plan.counts["kept"] == 0
    assert plan.token == story.plan().token


def test_what_was_shown_is_undone_and_says_so(story: Story) -> None:
    plan = story.plan()
    heard: list[tuple[int, int]] = []
    done = undo(story.ws, plan, story.ops.because("规则写错了"), lambda *far: heard.append(far))
    assert (done.undone, done.kept) == (len(plan.items), ())
    assert heard[-1][0] == heard[-1][1] > 0
    for place in range(4):
        lead = story.lead(place)
        assert (lead.team_id, lead.quality) == (story.company.teams["华东一部"].id, "")
        assert Task.get((Task.lead == lead.id) & (Task.title == "当天致电")).state == "cancelled"
        assert Notification.get(Notification.lead == lead.id).state == "withdrawn"
    line = JournalLine.get_by_id(done.seq)
    assert (line.kind, line.actor_id, line.reason) == ("rule.undone", story.ops.actor.id, "规则写错了")
    written = JournalLine.select().where(JournalLine.cause_seq == done.seq)
    assert {(row.actor_name, row.reason) for row in written} == {(story.ops.actor.name, "规则写错了")}
    owner = next(row for row in written if row.kind == "lead.assigned")
    drain(story.ws)
    answered = JournalLine.select().where(JournalLine.cause_seq == owner.seq)
    # The clock of the first response follows the owner; nothing else comes of it.
    assert {row.kind for row in answered} <= {"deadline.changed"}, "rules don't answer an undo"
    assert not Dispatch.select().where(Dispatch.state.in_(("pending", "running"))).exists()
    seal(story.ws)
    assert not verify().faults
    assert not story.plan().safe


def test_what_a_person_changed_since_is_kept_with_the_reason(story: Story) -> None:
    ws, by = story.ws, story.ops
    first = of(story.plan(), story.lead(0))["owner_id"].was["owner_id"]
    seller = next(one for one in story.company.sellers["华东一部"] if one.id != first)
    ws.door.change("lead", story.leads[0].id, {"owner_id": seller.id, "team_id": seller.team_id}, story.ops)
    task = Task.get((Task.lead == story.leads[1].id) & (Task.title == "当天致电"))
    ws.door.change("task", task.id, {"state": "done"}, story.ops)
    message = Notification.get(Notification.lead == story.leads[2].id)
    ws.door.change("notification", message.id, {"read_at": ws.clock.now()}, SYSTEM)
    ws.door.change("lead", story.leads[3].id, {"quality": "一般"}, story.ops)
    plan = story.plan()
    kept = [
        of(plan, story.lead(0))["owner_id"],
        of(plan, story.lead(1))["task"],
        of(plan, story.lead(2))["notification"],
        of(plan, story.lead(3))["quality"],
    ]
    name = story.ops.actor.name
    assert [item.reason.zh for item in kept] == [f"{name} 之后改过", f"{name}已完成", "已经读过", f"{name} 之后改过"]
    done = undo(ws, plan, by)
    assert {item.id for item, _ in done.kept} == {item.id for item in kept} == {i.id for i in plan.items if not i.safe}
    assert story.lead(0).owner_id == seller.id
    assert story.lead(0).quality == ""
    assert (story.lead(3).quality, story.lead(3).team_id) == ("一般", story.company.teams["华东一部"].id)
    assert Task.get_by_id(task.id).state == "done"


def test_a_change_between_preview_and_undo_stops_it(story: Story) -> None:
    plan = story.plan()
    story.ws.door.change("lead", story.leads[0].id, {"quality": "一般"}, story.ops)
    lines = JournalLine.select().count()
    with pytest.raises(PlanChanged):
        undo(story.ws, plan, story.ops)
    assert JournalLine.select().count() == lines


def test_stopped_half_way_it_goes_on_and_twice_is_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[undo.__module__], "_BATCH", 2)
    plan = story.plan()

    def pull_the_plug(done: int, of: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        undo(story.ws, plan, story.ops, pull_the_plug)
    done = undo(story.ws, plan, story.ops)
    assert (done.undone, done.kept) == (len(plan.items), ())
    lines = JournalLine.select().count()
    assert undo(story.ws, plan, story.ops) == done
    assert JournalLine.select().count() == lines
    assert JournalLine.select().where(JournalLine.kind == "rule.undone").count() == 1


def test_what_followed_from_an_effect_is_undone_too(story: Story) -> None:
    """A deadline that another rule started because of the assignment, and the escalation when it was missed."""
    ws = story.ws
    version = RuleVersion.get((RuleVersion.code == "assign") & (RuleVersion.number == 2))
    run_until(ws, story.since + timedelta(minutes=31))
    escalated = story.lead(0)
    assert escalated.escalated_at is not None
    until = ws.clock.now() + timedelta(days=1)
    plan = undo_preview(ws, version.code, version.number, story.since, until, story.ops.actor)
    items = of(plan, escalated)
    assert items["escalated_at"].follow_on
    assert items["escalated_at"].safe
    assert items["notification"].follow_on
    assert (items["deadline"].safe, items["deadline"].reason.zh) == (False, "已超时")
    undo(ws, plan, story.ops)
    after = Lead.get_by_id(escalated.id)
    assert (after.escalated_at, after.escalated_to_id) == (None, None)


def test_who_may_undo_and_what(story: Story) -> None:
    with pytest.raises(Forbidden):
        undo(story.ws, story.plan(), story.sales)
    with pytest.raises(NotFound):
        undo_preview(story.ws, CODE, 7, story.since, story.until)
    empty = undo_preview(story.ws, CODE, 1, story.until, story.until)
    assert empty.items == ()


def test_a_manager_sees_and_undoes_the_effects_on_their_own_teams_only(story: Story) -> None:
    """The rule sent the leads south: who manages there may undo it, who manages elsewhere is told how much there is."""
    east = undo_preview(story.ws, CODE, 1, story.since, story.until, story.manager.actor)
    assert not [item for item in east.items if item.record_kind == "lead"]
    assert east.unseen == len(story.plan().items) - len(east.items) > 0
    south = Origin(Actor.of(story.company.managers["华南部"]), "console")
    plan = undo_preview(story.ws, CODE, 1, story.since, story.until, south.actor)
    assert {item.record_id for item in plan.items if item.record_kind == "lead"} == {one.id for one in story.leads}
    done = undo(story.ws, plan, south)
    assert done.undone == len(plan.safe)
    assert story.lead(0).owner_id != plan.items[0].now.get("owner_id")
