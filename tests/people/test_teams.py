"""Teams as a tree: no circles, no work for retired ones; split, merge and retire move everything, or nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from clew.core.access import policy as access
from clew.core.errors import Conflict, Forbidden, Invalid
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, Notification, Team, User
from clew.core.kinds.team import DEEPEST, below
from clew.core.people import batches, roster
from clew.core.people.reorganising import Split, merge, plan_merge, plan_split, split_team
from clew.core.people.tree import Tree
from clew.core.storage.database import database


def admin(company: Any) -> Origin:
    return Origin(Actor.of(company.user("admin")), "console", reason="调整")


def lead(ws: Any, owner: User, **more: Any) -> Lead:
    customer = ws.door.create("customer", {"name": "客户"}, SYSTEM).record
    values = {"company": "恒锐精密", "customer_id": customer.id, "owner_id": owner.id, "team_id": owner.team_id}
    return ws.door.create("lead", {**values, **more}, SYSTEM).record


def test_a_team_is_never_below_itself(workspace: Any, company: Any) -> None:
    one, two, three = (company.teams[name] for name in ("华东一部", "华东二部", "华南部"))
    asked = admin(company)
    roster.save_team(workspace, two.id, {"parent_id": one.id}, asked)
    roster.save_team(workspace, three.id, {"parent_id": two.id}, asked)
    for team in (one, two):
        with pytest.raises(Invalid) as refused:
            roster.save_team(workspace, team.id, {"parent_id": three.id}, asked)
        assert refused.value.problems[0].field == "parent_id"
    with pytest.raises(Invalid):
        roster.save_team(workspace, one.id, {"parent_id": one.id}, asked)
    assert set(below([one.id])) == {one.id, two.id, three.id}
    assert Tree().nodes[one.id].people == 9
    assert [node.depth for node in Tree().flat if node.team.id in (one.id, two.id, three.id)] == [0, 1, 2]


def test_a_tree_is_bounded(workspace: Any, company: Any) -> None:
    above, asked = None, admin(company)
    for number in range(DEEPEST):
        values = {"name": f"第{number}层", "parent_id": above}
        above = roster.save_team(workspace, None, values, asked).id
    with pytest.raises(Invalid, match="levels"):
        roster.save_team(workspace, None, {"name": "太深", "parent_id": above}, asked)


@pytest.mark.postgres
def test_two_teams_moved_below_each_other_at_once(postgres_workspace: Any, found: Any) -> None:
    """One of the two is refused: the tree has no circle."""
    ws, company = postgres_workspace, found(postgres_workspace)
    one, two = company.teams["华东一部"], company.teams["华东二部"]
    both, refused = threading.Barrier(2), []

    def move(team: Team, above: Team) -> None:
        both.wait(10)
        try:
            roster.save_team(ws, team.id, {"parent_id": above.id}, admin(company))
        except Invalid as error:
            refused.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=move, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(refused) == 1
    assert (Team.get_by_id(one.id).parent_id is None) is not (Team.get_by_id(two.id).parent_id is None)


def test_a_merge_moves_people_leads_and_teams_below_and_is_undone_whole(workspace: Any, company: Any) -> None:
    ws, asked = workspace, admin(company)
    east, south = company.teams["华东一部"], company.teams["华南部"]
    kunshan = roster.save_team(ws, None, {"name": "昆山组", "parent_id": east.id}, asked)
    one = lead(ws, company.sellers["华东一部"][0])
    closed = lead(ws, company.sellers["华东一部"][0], outcome="won")
    with pytest.raises(Invalid):
        plan_merge(ws, east.id, None, asked)
    with pytest.raises(Invalid, match="below"):
        plan_merge(ws, east.id, kunshan.id, asked)
    plan = plan_merge(ws, east.id, south.id, asked)
    assert (plan.count("people"), plan.count("kind:lead"), plan.count("teams")) == (3, 1, 1)
    assert [use.code for use in plan.uses] == ["assign"]
    change = merge(ws, east.id, south.id, asked, plan.token)
    assert Team.get_by_id(east.id).retired_at is not None
    assert User.select().where(User.team == east.id).count() == 0
    assert Lead.get_by_id(one.id).team_id == south.id
    assert Lead.get_by_id(closed.id).team_id == east.id  # History stays where it was.
    assert Team.get_by_id(kunshan.id).parent_id == south.id
    manager = company.managers["华南部"]
    assert Notification.get(Notification.user == manager.id).title == "「华东一部」并入「华南部」"
    with pytest.raises(Invalid, match="retired"):
        ws.door.change("lead", one.id, {"team_id": east.id}, SYSTEM)
    with pytest.raises(Invalid):
        roster.save_person(ws, manager.id, {"team_id": east.id}, asked)
    # Nobody retires a team with somebody in it, whoever asks.
    with pytest.raises(Conflict):
        ws.door.change("team", south.id, {"retired_at": ws.clock.now()}, SYSTEM)
    done = batches.undo(ws, change.id, asked)
    assert not done.kept
    assert Team.get_by_id(east.id).retired_at is None
    assert User.select().where(User.team == east.id).count() == 3
    assert Lead.get_by_id(one.id).team_id == east.id
    with pytest.raises(Conflict):
        batches.undo(ws, change.id, asked)


def test_a_split_takes_people_with_their_leads(workspace: Any, company: Any) -> None:
    ws, asked = workspace, admin(company)
    east = company.teams["华东一部"]
    goes, stays = company.sellers["华东一部"]
    theirs, others = lead(ws, goes), lead(ws, stays)
    for wrong, field in (
        (Split("", (goes.id,)), "name"),
        (Split("华南部", (goes.id,)), "name"),
        (Split("苏南组", ()), "people"),
        (Split("苏南组", (company.user("ops").id,)), "people"),
        (Split("苏南组", (goes.id,), "nothing"), "parent_id"),
        (Split("苏南组", (goes.id,), None, "nobody"), "manager_id"),
    ):
        with pytest.raises(Invalid) as refused:
            plan_split(ws, east.id, wrong, asked)
        assert refused.value.problems[0].field == field
    split = Split("苏南组", (goes.id,), east.id, stays.id)
    plan = plan_split(ws, east.id, split, asked)
    change = split_team(ws, east.id, split, asked, plan.token)
    made = Team.get(Team.name == "苏南组")
    assert (made.parent_id, made.manager_id) == (east.id, stays.id)
    assert User.get_by_id(goes.id).team_id == Lead.get_by_id(theirs.id).team_id == made.id
    assert Lead.get_by_id(others.id).team_id == east.id
    # What was changed since stays; the rest goes back.
    lead(ws, User.get_by_id(goes.id))
    done = batches.undo(ws, change.id, asked)
    assert [(kind, record_id) for kind, record_id, _ in done.kept] == [("team", made.id)]
    assert User.get_by_id(goes.id).team_id == east.id
    assert Team.get_by_id(made.id).retired_at is None


def test_a_plan_that_no_longer_holds_changes_nothing(workspace: Any, company: Any) -> None:
    ws, asked = workspace, admin(company)
    east, south = company.teams["华东一部"], company.teams["华南部"]
    plan = plan_merge(ws, east.id, south.id, asked)
    lead(ws, company.sellers["华东一部"][0])
    with pytest.raises(batches.PlanChanged):
        merge(ws, east.id, south.id, asked, plan.token)
    assert Team.get_by_id(east.id).retired_at is None
    assert User.select().where(User.team == south.id).count() == 3


def test_who_may_not_see_to_people_may_do_none_of_it(workspace: Any, company: Any) -> None:
    ws, east = workspace, company.teams["华东一部"]
    for role in ("sales", "manager", "legal"):
        asked = Origin(Actor.of(company.user(role)), "console")
        assert not access.may(asked.actor, "people")
        for ask in (
            lambda asked=asked: plan_merge(ws, east.id, None, asked),
            lambda asked=asked: roster.save_team(ws, east.id, {"name": "x"}, asked),
            lambda asked=asked: roster.save_person(ws, None, {"name": "x"}, asked),
            lambda asked=asked: batches.undo(ws, "x", asked),
        ):
            with pytest.raises(Forbidden):
                ask()
