"""Publications at the same moment, and records moved while their stage is taken out: one wins, nothing is half written."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

import pytest

from clew.core.company import moving, publishing
from clew.core.company.field_publishing import publish_field
from clew.core.company.process_publishing import publish_process, touched_by_process
from clew.core.company.publishing import Asked
from clew.core.company.undoing import undo
from clew.core.errors import ClewError, Conflict
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import CompanyChange, FieldDefinition, Lead, ProcessDefinition
from clew.core.opening import open_workspace
from clew.core.process.processes import SALES
from clew.core.storage.database import database
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

PAIN = {"label_zh": "痛点", "label_en": "Pain", "type": "text"}


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


@pytest.fixture
def two(company: Any) -> tuple[Origin, Origin]:
    """Two people who may set the company up."""
    return tuple(Origin(Actor.of(company.user(role)), "console") for role in ("ops", "admin"))  # type: ignore[return-value]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do things in threads that start together; return what each returned, or the error it raised."""
    barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(20)
            found[place] = act()
        except ClewError as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return found


def sales(title: str = "销售流程", without: str = "") -> dict[str, Any]:
    document = copy.deepcopy(SALES)
    document["title"] = {"zh": title, "en": title}
    document["stages"] = [one for one in document["stages"] if one["name"] != without]
    document["transitions"] = [pair for pair in document["transitions"] if without not in pair]
    return document


def seen() -> int:
    return ProcessDefinition.get(ProcessDefinition.name == "sales").revision


def answers_to(ws: Workspace, document: dict[str, Any]) -> dict[str, str]:
    return {one.key: "to:demo" for one in touched_by_process(ws, "sales", "lead", document) if one.choices}


def one_won(found: list[Any], loser_told: str) -> None:
    won = [one for one in found if isinstance(one, CompanyChange)]
    lost = [one for one in found if isinstance(one, Conflict)]
    assert (len(won), len(lost)) == (1, 1), found
    assert won[0].author_name in lost[0].text.zh
    assert loser_told in lost[0].text.zh


def test_of_two_who_publish_a_process_at_once_one_wins_and_the_other_is_told_what_changed(
    any_workspace: Workspace, two: tuple[Origin, Origin]
) -> None:
    ws = any_workspace
    publish_process(ws, "sales", "lead", sales("第一版"), Asked(two[0], seen()))
    before, base = CompanyChange.select().count(), seen()
    found = at_once(
        *(
            lambda who=who, n=n: publish_process(ws, "sales", "lead", sales(f"第{n}人的"), Asked(who, base))
            for n, who in enumerate(two)
        )
    )
    one_won(found, "内容")
    assert CompanyChange.select().count() == before + 1
    row = ProcessDefinition.get(ProcessDefinition.name == "sales")
    winner = next(one for one in found if isinstance(one, CompanyChange))
    assert (row.revision, row.document["title"]["zh"] in winner.title_zh) == (base + 1, True)


def test_of_two_who_make_the_same_field_at_once_one_wins(any_workspace: Workspace, two: tuple[Origin, Origin]) -> None:
    ws = any_workspace
    found = at_once(
        *(
            lambda who=who, n=n: publish_field(ws, "lead", "pain", {**PAIN, "label_zh": f"痛点{n}"}, Asked(who))
            for n, who in enumerate(two)
        )
    )
    one_won(found, "刚被别人发布过")
    assert CompanyChange.select().count() == 1
    assert FieldDefinition.select().where(FieldDefinition.name == "pain").count() == 1


def test_of_two_who_change_a_field_at_once_one_wins_and_the_other_hears_of_what(
    any_workspace: Workspace, two: tuple[Origin, Origin]
) -> None:
    ws = any_workspace
    publish_field(ws, "lead", "pain", PAIN, Asked(two[0]))
    changes = ({"required": True}, {"hint_zh": "照客户的话写", "hint_en": "In their words"})
    found = at_once(
        *(
            lambda who=who, values=values: publish_field(ws, "lead", "pain", values, Asked(who, 1))
            for who, values in zip(two, changes, strict=True)
        )
    )
    one_won(found, "必填" if isinstance(found[0], CompanyChange) else "提示")
    row = FieldDefinition.get(FieldDefinition.name == "pain")
    assert (row.revision, row.required, bool(row.hint_zh)) in ((2, True, False), (2, False, True))


def test_what_changes_nothing_is_no_change(any_workspace: Workspace, two: tuple[Origin, Origin]) -> None:
    ws = any_workspace
    assert (
        publish_process(ws, "sales", "lead", dict(ProcessDefinition.get(name="sales").document), Asked(two[0], seen()))
        is None
    )
    assert publish_field(ws, "lead", "source", {"required": False}, Asked(two[0])) is None
    publish_field(ws, "lead", "pain", PAIN, Asked(two[0]))
    publish_process(ws, "sales", "lead", sales("新的"), Asked(two[0], seen()))
    assert publish_field(ws, "lead", "pain", PAIN, Asked(two[1], 1)) is None
    assert publish_process(ws, "sales", "lead", sales("新的"), Asked(two[1], seen())) is None
    assert CompanyChange.select().count() == 2
    assert FieldDefinition.get(FieldDefinition.name == "pain").revision == 1


@pytest.fixture
def leads(any_workspace: Workspace, company: Any) -> list[Lead]:
    """Leads in the first stage, with what the second one needs."""
    return [
        intake.take(
            any_workspace, {"company": f"恒锐{n}号", "phone": f"138123456{n:02}", "industry": "汽车"}, SYSTEM
        ).lead
        for n in range(12)
    ]


def test_who_has_not_heard_of_a_stage_taken_out_puts_nothing_into_it(
    any_workspace: Workspace, two: tuple[Origin, Origin], leads: list[Lead]
) -> None:
    ws = any_workspace
    behind = open_workspace(settings=ws.settings, clock=ws.clock)
    document = sales(without="diagnosis")
    publish_process(ws, "sales", "lead", document, Asked(two[0], seen(), answers_to(ws, document)))
    with pytest.raises(Conflict, match="has no stage 'diagnosis' any more"):
        behind.door.change("lead", leads[0].id, {"stage": "diagnosis"}, SYSTEM)
    assert Lead.get_by_id(leads[0].id).stage == "first_contact"
    behind.close()


def test_a_lead_that_comes_in_just_then_begins_in_the_first_stage_there_is(
    any_workspace: Workspace, two: tuple[Origin, Origin]
) -> None:
    ws = any_workspace
    behind = open_workspace(settings=ws.settings, clock=ws.clock)
    document = sales(without="first_contact")
    publish_process(ws, "sales", "lead", document, Asked(two[0], seen(), answers_to(ws, document)))
    assert intake.take(behind, {"company": "正好进来"}, SYSTEM).lead.stage == "diagnosis"
    behind.close()


def test_no_lead_ends_in_a_stage_that_is_taken_out_while_leads_are_moved_into_it(
    any_workspace: Workspace, two: tuple[Origin, Origin], leads: list[Lead]
) -> None:
    ws = any_workspace
    ws.door.change("lead", leads[0].id, {"stage": "diagnosis"}, SYSTEM)
    document = sales(without="diagnosis")
    answers, base = answers_to(ws, document), seen()

    def move(some: list[Lead]) -> list[str]:
        told = []
        for lead in some:
            try:
                ws.door.change("lead", lead.id, {"stage": "diagnosis"}, SYSTEM)
            except ClewError as error:
                told.append(error.text.en)
        return told

    found = at_once(
        lambda: move(leads[1:6]),
        lambda: publish_process(ws, "sales", "lead", document, Asked(two[0], base, answers)),
        lambda: move(leads[6:]),
    )
    assert isinstance(found[1], CompanyChange), found[1]
    assert not isinstance(found[0], ClewError)
    assert not isinstance(found[2], ClewError)
    stages = {one.name for one in ws.processes.get("sales").stages}
    assert "diagnosis" not in stages
    assert {lead.stage for lead in Lead.select()} <= stages
    moved = [lead for lead in Lead.select() if lead.stage == "demo"]
    refused = found[0] + found[2]
    assert len(moved) + len(refused) == len(leads)


def test_many_records_are_moved_in_parts_and_others_write_in_between(
    any_workspace: Workspace, company: Any, two: tuple[Origin, Origin], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, (ops, _) = any_workspace, two
    monkeypatch.setattr(moving, "PART", 5)
    monkeypatch.setattr(publishing, "PART", 5)
    for number in range(23):
        intake.take(ws, {"company": f"公司{number}"}, SYSTEM)
    document = sales("新", without="first_contact")
    asked = Asked(ops, seen(), answers_to(ws, document))
    came: list[Lead] = []
    moved = moving._moved

    def with_a_lead_in_between(*args: Any) -> int:
        if len(came) < 3:
            came.append(at_once(lambda: intake.take(ws, {"company": f"其间{len(came)}"}, SYSTEM))[0].lead)
        return moved(*args)

    if ws.settings.database_url.startswith("postgresql"):  # SQLite has one writer at a time.
        monkeypatch.setattr(moving, "_moved", with_a_lead_in_between)
    change = publish_process(ws, "sales", "lead", document, asked)
    assert change is not None
    assert change.title_zh == "流程「新」"
    assert {lead.stage for lead in Lead.select()} == {"demo"}
    lines = JournalLine.select().where(JournalLine.kind == "lead.stage_changed")
    begun = JournalLine.get((JournalLine.record_id == change.id) & (JournalLine.kind == "company_change.created"))
    assert {line.cause_seq for line in lines} == {begun.seq}
    assert lines.count() == 23 + len(came)
    undone = undo(ws, change.id, ops)
    assert undone.kept == ()
    assert {lead.stage for lead in Lead.select()} == {"first_contact"}


@pytest.fixture
def lose(
    any_workspace: Workspace, company: Any, two: tuple[Origin, Origin], monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], CompanyChange]:
    """A function that publishes a stage out, with its 12 leads moved to the demo, and loses to who publishes a document.

    It returns the change that is left.
    """
    ws, (ops, admin) = any_workspace, two

    def act(others: dict[str, Any]) -> CompanyChange:
        monkeypatch.setattr(moving, "PART", 5)
        monkeypatch.setattr(publishing, "PART", 5)
        for number in range(12):
            intake.take(ws, {"company": f"公司{number}"}, SYSTEM)
        document = sales("新", without="first_contact")
        asked = Asked(ops, seen(), answers_to(ws, document))
        in_parts = publishing.in_parts

        def another_publishes(*args: Any) -> None:
            in_parts(*args)
            publish_process(ws, "sales", "lead", others, Asked(admin, seen(), {}))

        monkeypatch.setattr(publishing, "in_parts", another_publishes)
        with pytest.raises(Conflict, match="published meanwhile"):
            publish_process(ws, "sales", "lead", document, asked)
        (left,) = CompanyChange.select().where(CompanyChange.title_zh.contains("只搬了记录"))
        return left

    return act


def test_what_is_refused_after_records_were_moved_says_so_and_can_be_taken_back(
    any_workspace: Workspace, two: tuple[Origin, Origin], lose: Callable[[dict[str, Any]], CompanyChange]
) -> None:
    left = lose(sales("别人的"))
    assert {lead.stage for lead in Lead.select()} == {"demo"}
    assert undo(any_workspace, left.id, two[0]).back == 12
    assert {lead.stage for lead in Lead.select()} == {"first_contact"}


def test_what_was_only_moved_is_not_put_back_into_a_stage_that_is_gone(
    any_workspace: Workspace, two: tuple[Origin, Origin], lose: Callable[[dict[str, Any]], CompanyChange]
) -> None:
    left = lose(sales("新", without="first_contact"))
    undone = undo(any_workspace, left.id, two[0])
    assert undone.back == 0
    assert {reason.en for *_, reason in undone.kept} == {"that stage is there no more"}
    assert {lead.stage for lead in Lead.select()} == {"demo"}
