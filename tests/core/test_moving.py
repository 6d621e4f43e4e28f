"""Customers and contacts merged, given back and split: all that hangs on them moves, and nothing is lost on the way."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from clew.core.access.policy import visible
from clew.core.errors import Conflict, Forbidden, Invalid, NotFound
from clew.core.intake import merging, splitting, unmerging
from clew.core.intake import take as intake
from clew.core.intake.hanging import PreviewOutdated
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contact, Contract, Customer, FieldDefinition, FollowUp, Lead, PossibleDuplicate
from clew.core.storage.database import database
from clew.core.storage.system_tables import JournalLine
from clew.core.timeline.customer_lines import lines_of
from clew.core.workspace import Workspace
from clew.core.write.taking_back import WITHIN

ONE, OTHER = "苏州恒锐精密机械", "上海另一家机床"


def two(ws: Workspace, **more: Any) -> tuple[Lead, Lead]:
    one = intake.take(
        ws, {"company": ONE, "contact_name": "高建明", "phone": "13812345678", "industry": "精密加工"}, SYSTEM
    )
    other = intake.take(ws, {"company": OTHER, "contact_name": "周敏", "phone": "13900001111", **more}, SYSTEM)
    return one.lead, other.lead


def merge(ws: Workspace, source: str, into: str, kind: str = "customer", by: Origin = SYSTEM, **more: Any) -> Any:
    plan = merging.plan_merge(ws.kinds, by.actor, kind, source, into)
    return merging.merge(ws, kind, source, into, by, plan.token, **more)


def unmerge(ws: Workspace, source: str, answers: dict[str, str] | None = None, kind: str = "customer") -> Any:
    plan = unmerging.plan_unmerge(ws, kind, source, SYSTEM)
    return unmerging.unmerge(ws, kind, source, SYSTEM, plan.token, answers)


def added(ws: Workspace, kind: str, name: str, target: str) -> None:
    values = {"kind": kind, "name": name, "label_zh": name, "label_en": name, "type": "reference", "target": target}
    ws.door.create("field_definition", values, SYSTEM)
    ws.refresh()


def extra(lead_id: str) -> dict[str, Any]:
    return dict(Lead.get_by_id(lead_id).extra)


def test_what_operations_made_refer_to_a_customer_moves_and_comes_back(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    third = intake.take(ws, {"company": "杭州第三家"}, SYSTEM).lead
    added(ws, "lead", "end_user", "customer")
    added(ws, "lead", "gone", "customer")
    ws.door.change("lead", third.id, {"end_user": other.customer_id, "gone": other.customer_id}, SYSTEM)
    definition = ws.kinds  # A field that is switched off keeps its values, and they move along.
    ws.door.change(
        "field_definition", FieldDefinition.get(FieldDefinition.name == "gone").id, {"active": False}, SYSTEM
    )
    ws.refresh()
    assert ws.kinds is not definition
    merge(ws, other.customer_id, one.customer_id)
    assert extra(third.id) == {"end_user": one.customer_id, "gone": one.customer_id}
    assert Lead.get_by_id(other.id).customer_id == one.customer_id
    assert Contact.get_by_id(other.contact_id).customer_id == one.customer_id
    unmerge(ws, other.customer_id)
    assert extra(third.id) == {"end_user": other.customer_id, "gone": other.customer_id}
    assert Lead.get_by_id(other.id).customer_id == other.customer_id
    assert Contact.get_by_id(other.contact_id).customer_id == other.customer_id
    assert Lead.get_by_id(one.id).customer_id == one.customer_id
    assert Customer.get_by_id(other.customer_id).merged_into_id is None


def test_values_are_filled_in_and_overwritten_only_where_that_was_chosen(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws, industry="模具", region="上海")
    ws.door.change("customer", one.customer_id, {"region": "", "grade": "B"}, SYSTEM)
    ws.door.change("customer", other.customer_id, {"grade": "A"}, SYSTEM)
    merge(ws, other.customer_id, one.customer_id, take=["grade"])
    here = Customer.get_by_id(one.customer_id)
    assert (here.region, here.industry, here.grade, here.name) == ("上海", "精密加工", "A", ONE)
    with pytest.raises(Invalid):
        merge(ws, intake.take(ws, {"company": "又一家"}, SYSTEM).customer.id, one.customer_id, take=["region"])
    ws.door.change("customer", one.customer_id, {"region": "江苏"}, SYSTEM)  # Changed since: asked about.
    asked = unmerging.plan_unmerge(ws, "customer", other.customer_id, SYSTEM).questions
    assert [question.name for question in asked] == ["value:region"]
    with pytest.raises(Invalid):
        unmerge(ws, other.customer_id)
    unmerge(ws, other.customer_id, {"value:region": "stays"})
    here = Customer.get_by_id(one.customer_id)
    assert (here.region, here.grade) == ("江苏", "B")


def test_what_came_since_goes_along_with_what_goes_back_or_is_asked_about(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    merge(ws, other.customer_id, one.customer_id)
    ws.clock.advance(minutes=5)
    said = {"way": "phone", "content": "问了交期", "lead_id": other.id, "customer_id": one.customer_id}
    follow_up = ws.door.create("follow_up", said, SYSTEM).record
    new = intake.take(ws, {"company": OTHER}, SYSTEM).lead
    assert new.customer_id == one.customer_id
    plan = unmerging.plan_unmerge(ws, "customer", other.customer_id, SYSTEM)
    assert [question.name.split(":")[1:3] for question in plan.questions] == [["lead", new.id]]
    unmerge(ws, other.customer_id, {plan.questions[0].name: "back"})
    assert FollowUp.get_by_id(follow_up.id).customer_id == other.customer_id
    assert Lead.get_by_id(new.id).customer_id == other.customer_id


def test_what_moved_on_since_stays_and_is_said(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    third = intake.take(ws, {"company": "杭州第三家"}, SYSTEM).customer
    merge(ws, other.customer_id, one.customer_id)
    ws.door.change("lead", other.id, {"customer_id": third.id}, SYSTEM)
    plan = unmerging.plan_unmerge(ws, "customer", other.customer_id, SYSTEM)
    assert [(kind, record_id) for kind, record_id, *_ in plan.stay] == [("lead", other.id)]
    unmerge(ws, other.customer_id)
    assert Lead.get_by_id(other.id).customer_id == third.id
    with pytest.raises(NotFound):
        unmerge(ws, other.customer_id)


def test_a_merge_is_taken_back_for_thirty_days_the_last_one_first(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    third = intake.take(ws, {"company": "杭州第三家"}, SYSTEM).customer
    line = merge(ws, other.customer_id, one.customer_id)
    merge(ws, one.customer_id, third.id)
    with pytest.raises(Conflict, match="merged since"):
        unmerging.plan_unmerge(ws, "customer", other.customer_id, SYSTEM)
    unmerge(ws, one.customer_id)
    unmerge(ws, other.customer_id)
    assert {Lead.get_by_id(one.id).customer_id, Lead.get_by_id(other.id).customer_id} == {
        one.customer_id,
        other.customer_id,
    }
    assert unmerging.why_not(ws, line) is None
    line.at = ws.clock.now() - WITHIN - (WITHIN / 1000)
    assert unmerging.why_not(ws, line) is not None


def test_one_person_at_both_is_merged_along_and_comes_back(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    same = ws.door.create(
        "contact", {"customer_id": one.customer_id, "name": "周敏", "phone": "13900001111"}, SYSTEM
    ).record
    merge(ws, other.customer_id, one.customer_id, contacts=True)
    assert Lead.get_by_id(other.id).contact_id == same.id
    assert Contact.get_by_id(other.contact_id).merged_into_id == same.id
    # Whoever comes in under the number is the one that stands.
    assert intake.take(ws, {"company": OTHER, "phone": "13900001111"}, SYSTEM).lead.contact_id == same.id
    plan = unmerging.plan_unmerge(ws, "customer", other.customer_id, SYSTEM)
    unmerge(ws, other.customer_id, {question.name: "stays" for question in plan.questions})
    assert Lead.get_by_id(other.id).contact_id == other.contact_id
    assert Contact.get_by_id(other.contact_id).merged_into_id is None


def test_contacts_of_one_customer_are_merged_and_given_back(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    with pytest.raises(Invalid, match="different customers"):
        merge(ws, other.contact_id, one.contact_id, "contact")
    with pytest.raises(Conflict, match="different customers"):
        ws.door.change("contact", other.contact_id, {"merged_into_id": one.contact_id}, SYSTEM)
    twin = ws.door.create("contact", {"customer_id": one.customer_id, "email": "gao@hengrui.example"}, SYSTEM).record
    merge(ws, one.contact_id, twin.id, "contact")
    twin = Contact.get_by_id(twin.id)
    assert (twin.name, twin.phone, Lead.get_by_id(one.id).contact_id) == ("高建明", "+8613812345678", twin.id)
    assert one.contact_id not in {row.id for row in visible(ws.kinds, SYSTEM.actor, "contact")}
    unmerge(ws, one.contact_id, kind="contact")
    twin = Contact.get_by_id(twin.id)
    assert (twin.name, twin.phone, Lead.get_by_id(one.id).contact_id) == ("", None, one.contact_id)


def test_a_preview_that_no_longer_holds_writes_nothing(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    plan = merging.plan_merge(ws.kinds, SYSTEM.actor, "customer", other.customer_id, one.customer_id)
    intake.take(ws, {"company": OTHER}, SYSTEM)
    before = JournalLine.select().count()
    with pytest.raises(PreviewOutdated):
        merging.merge(ws, "customer", other.customer_id, one.customer_id, SYSTEM, plan.token)
    assert JournalLine.select().count() == before


def test_a_merge_that_fails_half_way_leaves_nothing(any_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = any_workspace
    one, other = two(ws)
    plan = merging.plan_merge(ws.kinds, SYSTEM.actor, "customer", other.customer_id, one.customer_id)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(merging, "_close_pairs", killed)
    before = JournalLine.select().count()
    with pytest.raises(KeyboardInterrupt):
        merging.merge(ws, "customer", other.customer_id, one.customer_id, SYSTEM, plan.token)
    assert JournalLine.select().count() == before
    assert Lead.get_by_id(other.id).customer_id == other.customer_id
    assert Customer.get_by_id(other.customer_id).merged_into_id is None


def test_to_merge_takes_the_right_to_change_both(any_workspace: Workspace, found: Any) -> None:
    ws = any_workspace
    one, other = two(ws)
    seller = found(ws).user("sales")
    mine = Actor.of(seller)
    ws.door.change("lead", one.id, {"owner_id": seller.id}, SYSTEM)
    origin = Origin(mine, "console", "")
    with pytest.raises(NotFound):  # They do not see the other at all.
        merging.plan_merge(ws.kinds, mine, "customer", one.customer_id, other.customer_id)
    with pytest.raises((Invalid, Forbidden)):
        ws.door.change("customer", one.customer_id, {"merged_into_id": other.customer_id}, origin)
    # Who joins a lead to a customer sees it, and holds it not.
    joined = intake.take(ws, {"company": OTHER}, SYSTEM).lead
    ws.door.change("lead", joined.id, {"owner_id": seller.id}, SYSTEM)
    with pytest.raises(Forbidden):
        merging.plan_merge(ws.kinds, mine, "customer", one.customer_id, other.customer_id)
    with pytest.raises(Forbidden):
        ws.door.change("customer", one.customer_id, {"merged_into_id": other.customer_id}, origin)


def test_the_timeline_of_the_survivor_tells_what_happened_before(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, other = two(ws)
    merge(ws, other.customer_id, one.customer_id)
    told = {(row.kind, row.record_id) for row in lines_of(ws.kinds, SYSTEM.actor, one.customer_id)}
    assert {("lead.created", one.id), ("lead.created", other.id), ("customer.merged", other.customer_id)} <= told


def test_a_split_takes_along_what_belongs_and_is_undone_by_merging(any_workspace: Workspace) -> None:
    ws = any_workspace
    one, _ = two(ws)
    second = intake.take(ws, {"company": ONE, "contact_name": "梁志新", "phone": "13700002222"}, SYSTEM).lead
    said = {"way": "phone", "content": "要样件", "lead_id": second.id, "customer_id": one.customer_id}
    follow_up = ws.door.create("follow_up", said, SYSTEM).record
    values = {"number": "C-1", "amount": 1000, "lead_id": second.id, "customer_id": one.customer_id}
    contract = ws.door.create("contract", values, SYSTEM).record
    split = splitting.Split({"name": "苏州恒锐自动化"}, {"lead": (second.id,)})
    plan = splitting.plan_split(ws, one.customer_id, split, SYSTEM)
    moving = {(kind, record_id) for kind, record_id, _ in plan.rows}
    assert {
        ("lead", second.id),
        ("follow_up", follow_up.id),
        ("contract", contract.id),
        ("contact", second.contact_id),
    } <= moving
    made = splitting.split_customer(ws, one.customer_id, split, SYSTEM, plan.token)
    for record in (Lead.get_by_id(second.id), FollowUp.get_by_id(follow_up.id), Contract.get_by_id(contract.id)):
        assert record.customer_id == made.id
    assert Contact.get_by_id(second.contact_id).customer_id == made.id
    assert Lead.get_by_id(one.id).customer_id == one.customer_id
    told = {(row.kind, row.record_id) for row in lines_of(ws.kinds, SYSTEM.actor, made.id)}
    assert ("lead.created", second.id) in told
    assert ("lead.created", one.id) not in told
    merge(ws, made.id, one.customer_id)
    assert Contract.get_by_id(contract.id).customer_id == Lead.get_by_id(second.id).customer_id == one.customer_id
    with pytest.raises(Invalid):  # A contract of a lead goes with the lead.
        chosen = splitting.Split({"name": "别的"}, {"contract": (contract.id,)})
        splitting.plan_split(ws, one.customer_id, chosen, SYSTEM)
    with pytest.raises(Invalid):
        splitting.plan_split(ws, one.customer_id, splitting.Split({"name": " "}, {}), SYSTEM)


def test_two_who_were_given_back_are_not_asked_about_again(any_workspace: Workspace) -> None:
    ws = any_workspace
    one = intake.take(ws, {"company": "苏州恒锐精密机械设备"}, SYSTEM).customer
    other = intake.take(ws, {"company": "苏州恒瑞精密机械设备"}, SYSTEM).customer
    merge(ws, other.id, one.id)
    assert PossibleDuplicate.get().state == "merged"
    unmerge(ws, other.id)
    assert PossibleDuplicate.get().state == "kept"


@pytest.mark.postgres
def test_who_comes_in_while_a_customer_is_merged_lands_with_the_survivor(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace
    one, other = two(ws)
    plan = merging.plan_merge(ws.kinds, SYSTEM.actor, "customer", other.customer_id, one.customer_id)
    locked, failed, made = threading.Event(), [], []

    def comes_in() -> None:
        try:
            locked.wait(10)
            said = {"way": "phone", "content": "在吗", "customer_id": other.customer_id}
            made.append(
                ws.door.create("contact", {"name": "新人", "customer_id": said["customer_id"]}, SYSTEM).record.id
            )
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    thread = threading.Thread(target=comes_in)
    thread.start()
    with ws.door.transaction(SYSTEM) as tx:
        merging.begin(ws.kinds, "customer", other.customer_id, one.customer_id)
        locked.set()
        while not _waits():
            threading.Event().wait(0.02)
        merging.write(tx, plan)
    thread.join(30)
    assert not failed
    assert Contact.get_by_id(made[0]).customer_id == one.customer_id


def _waits() -> bool:
    database.execute_sql("SELECT pg_stat_clear_snapshot()")
    sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(database.execute_sql(sql).fetchone())
