"""Names in rules are held against what is there: in drafts, at import, and again when something is renamed or leaves."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.errors import Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead
from clew.core.rulebook.checks import check_all
from clew.core.rulebook.documents import problems_of
from clew.core.rulebook.versions import new_draft, submit
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch
from clew.core.workspace import Workspace


@pytest.fixture
def company(any_workspace: Workspace, found: Any) -> Any:
    """The company."""
    return found(any_workspace)


def assigning(**to: str) -> dict[str, Any]:
    words = {"zh": "分给谁", "en": "To whom"}
    head = {"id": "given", "title": words, "purpose": words, "trigger": "lead.created", "priority": 500}
    return {**head, "then": [{"assign": to}]}


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ({"team": "华东一队"}, "是否想写「华东一部」"),
        ({"user": "华东一部销售c"}, "华东一部销售"),
        ({"user": "seller1c@test.example"}, "seller1"),
        ({"team": "没有这种队"}, "没有这个名称"),
    ],
)
def test_a_draft_that_names_nobody_is_not_sent_for_approval(
    any_workspace: Workspace, company: Any, to: dict[str, str], said: str
) -> None:
    ops = Origin(Actor.of(company.user("ops")), "console")
    draft = new_draft(any_workspace, assigning(**to), ops)
    with pytest.raises(Invalid) as refused:
        submit(any_workspace, draft.id, "", ops)
    (problem,) = refused.value.problems
    assert problem.field.startswith("then[0].assign.")
    assert said in problem.text.zh


@pytest.mark.parametrize(
    "to",
    [{"team": "华东一部"}, {"user": "华东一部销售a"}, {"user": "seller1a@test.example"}, {"team": "{lead.region}部"}],
)
def test_who_is_there_may_be_named(any_workspace: Workspace, company: Any, to: dict[str, str]) -> None:
    assert problems_of(any_workspace, assigning(**to)) == []


def test_in_a_house_without_teams_every_team_is_unknown(any_workspace: Workspace) -> None:
    (problem,) = problems_of(any_workspace, assigning(team="华东一部"))
    assert "没有这个名称" in problem.text.zh


def unknown(ws: Workspace) -> set[str]:
    return {one.rules[0] for one in check_all(ws) if one.code == "unknown_option"}


def test_renaming_a_team_and_switching_a_person_off_show_what_breaks(any_workspace: Workspace, company: Any) -> None:
    ws, seller = any_workspace, company.user("sales")
    document = assigning(user=seller.name)
    ws.door.create("rule", {"code": "given", "pack": "custom", "version": 1, "document": document}, SYSTEM)
    assert unknown(ws) == set()
    ws.door.change("team", company.teams["华北部"].id, {"name": "北方大区"}, SYSTEM)
    ws.door.change("user", seller.id, {"active": False}, SYSTEM)
    assert unknown(ws) == {"assign-north", "assign-services", "given"}
    taken = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    drain(ws)
    (letter,) = Dispatch.select().where(Dispatch.state == "dead")
    assert (letter.consumer, Lead.get_by_id(taken.id).owner_id != seller.id) == ("rule:given", True)
    assert "已停用" in letter.error
