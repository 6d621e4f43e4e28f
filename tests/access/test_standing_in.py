"""Who stands in sees what they are asked about, for as long as it lasts: a team, a person's work, one escalated lead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core.access import policy
from clew.core.actions.takers import away_at, in_charge
from clew.core.errors import Forbidden
from clew.core.facts.database_store import DatabaseStore
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Deadline, Lead, User
from clew.core.kinds.standing_in import standing_of
from clew.core.people import sign_in as auth
from clew.core.running import drain
from clew.core.workspace import Workspace

from ..app import app_of

TEAM = "华东一部"


class Deputies:
    """A company with people of no team, who stand in for others."""

    def __init__(self, ws: Workspace, firm: Any) -> None:
        self.ws, self.firm = ws, firm
        self.team, self.manager, self.seller = firm.teams[TEAM], firm.managers[TEAM], firm.sellers[TEAM][0]
        self.named, self.own, self.of_team = (self.person(one, "manager") for one in ("named", "own", "of_team"))

    def person(self, login: str, role: str) -> User:
        values = {"email": f"{login}@test.example", "name": login, "roles": [role]}
        return self.ws.door.create("user", values, SYSTEM).record  # type: ignore[no-any-return]

    def change(self, kind: str, record: Any, **values: Any) -> None:
        self.ws.door.change(kind, record.id, values, SYSTEM)

    def leave(self, of: User, deputy: User | None) -> Any:
        now = self.ws.clock.now()
        dates = {"from_at": now - timedelta(hours=1), "to_at": now + timedelta(days=1)}
        deputy_id = deputy.id if deputy else None
        return self.ws.door.create("leave", {"user_id": of.id, "deputy_id": deputy_id, **dates}, SYSTEM).record

    def in_charge(self) -> Any:
        """Return whom an escalation in the team is asked of, having checked that they and no other deputy see it."""
        ws = self.ws
        away = away_at(ws.calendar, ws.clock.now())
        asked = in_charge(DatabaseStore(ws.kinds), self.team.id, away)
        deputies = (self.named, self.own, self.of_team)
        for one in User.select().where(User.id.in_([one.id for one in deputies]) & User.active):
            teams = standing_of(Actor.of(one), ws.kinds).teams
            assert (self.team.id in teams) is (one == asked), one.name
        return asked

    def lead(self, owner: User) -> Lead:
        given = {"company": "恒锐精密机械有限公司", "phone": "13800001111", "contact_name": "高建明"}
        taken = intake.take(self.ws, given, SYSTEM).lead
        drain(self.ws)
        self.ws.door.change("lead", taken.id, {"owner_id": owner.id, "team_id": owner.team_id}, SYSTEM)
        return Lead.get_by_id(taken.id)  # type: ignore[no-any-return]

    def sees(self, user: User, kind: str, record_id: str | None) -> bool:
        return policy.sees(self.ws.kinds, Actor.of(user), kind, record_id)


@pytest.fixture
def house(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Deputies:
    return Deputies(any_workspace, found(any_workspace))


@pytest.fixture
def call(house: Deputies) -> Callable[..., Any]:
    """A function that asks the API as somebody."""
    client = app_of(house.ws).test_client()

    def ask(user: User, method: str, path: str, json: Any = None) -> Any:
        head = {"Authorization": f"Bearer {auth.issue_token(house.ws, user, 'test', SYSTEM)}"}
        return client.open(f"/api/v1{path}", method=method, json=json, headers=head)

    return ask


def test_the_first_active_deputy_has_the_team_while_its_manager_is_missing(house: Deputies) -> None:
    house.change("team", house.team, deputy_id=house.of_team.id)
    house.change("user", house.manager, deputy_id=house.own.id)
    assert house.in_charge() == house.manager
    leave = house.leave(house.manager, house.named)
    assert house.in_charge() == house.named
    house.change("user", house.named, active=False)
    assert house.in_charge() == house.own
    house.change("user", house.own, active=False)
    assert house.in_charge() == house.of_team
    house.change("leave", leave, cancelled=True)
    assert house.in_charge() == house.manager
    house.change("user", house.manager, active=False)
    assert house.in_charge() == house.of_team
    house.change("user", house.own, active=True)
    assert house.in_charge() == house.own
    house.change("team", house.team, manager_id=None)
    assert house.in_charge() == house.of_team


def test_a_leave_that_names_nobody_goes_to_the_deputies_and_ends_by_itself(house: Deputies) -> None:
    house.leave(house.manager, None)
    assert house.in_charge() == house.manager
    house.change("team", house.team, deputy_id=house.of_team.id)
    assert house.in_charge() == house.of_team
    house.ws.clock.advance(days=2)  # type: ignore[attr-defined]
    assert house.in_charge() == house.manager


def test_a_deputy_has_the_team_by_the_cells_of_their_own_role(house: Deputies) -> None:
    house.change("team", house.team, deputy_id=house.of_team.id, manager_id=None)
    lead, seller = house.lead(house.seller), house.person("seller", "sales")
    assert house.sees(house.of_team, "lead", lead.id)
    house.change("team", house.team, deputy_id=seller.id)
    assert not house.sees(house.of_team, "lead", lead.id)
    assert not house.sees(seller, "lead", lead.id)


def test_open_work_of_a_person_on_leave_is_their_deputys_while_it_lasts(house: Deputies) -> None:
    cover, lead = house.person("cover", "sales"), house.lead(house.seller)
    assert not house.sees(cover, "lead", lead.id)
    house.leave(house.seller, cover)
    assert house.sees(cover, "lead", lead.id)
    follow_up = {"lead_id": lead.id, "way": "phone", "content": "代他打了电话"}
    house.ws.door.create("follow_up", follow_up, Origin(Actor.of(cover), "api"))
    assert policy.sees_whole(Actor.of(cover), lead.owner_id, lead.team_id, in_hand=True)
    house.ws.clock.advance(days=2)  # type: ignore[attr-defined]
    assert not house.sees(cover, "lead", lead.id)


def test_what_somebody_who_left_still_has_is_seen_by_their_deputy(house: Deputies) -> None:
    cover, lead = house.person("cover", "sales"), house.lead(house.seller)
    house.change("user", house.seller, deputy_id=cover.id)
    assert not house.sees(cover, "lead", lead.id)
    house.change("user", house.seller, active=False)
    assert house.sees(cover, "lead", lead.id)
    house.change("lead", lead, outcome="lost", lost_reason="price")
    assert not house.sees(cover, "lead", lead.id)


def test_an_escalated_lead_is_opened_by_whom_it_was_escalated_to_and_nothing_beside_it(house: Deputies) -> None:
    asked, lead = house.person("asked", "sales"), house.lead(house.seller)
    paper = {"number": "C-1", "amount": 1000}
    house.ws.door.create("contract", {"lead_id": lead.id, "customer_id": lead.customer_id, **paper}, SYSTEM)
    other = {"customer_id": lead.customer_id, "number": "C-2", "amount": 1}
    beside = house.ws.door.create("contract", other, SYSTEM).record
    house.change("lead", lead, escalated_at=house.ws.clock.now(), escalated_to_id=asked.id)
    assert house.sees(asked, "lead", lead.id)
    assert house.sees(asked, "contact", lead.contact_id)
    assert house.sees(asked, "contract", Contract.get(Contract.number == "C-1").id)
    assert not house.sees(asked, "contract", beside.id)
    with pytest.raises(Forbidden):
        house.ws.door.change("lead", lead.id, {"note": "我来"}, Origin(Actor.of(asked), "api"))
    assert not policy.sees_whole(Actor.of(asked), lead.owner_id, lead.team_id)
    house.change("lead", lead, outcome="lost", lost_reason="price")
    assert not house.sees(asked, "lead", lead.id)


def test_what_a_person_on_leave_has_closed_shows_a_deputy_no_more_than_before(
    house: Deputies, call: Callable[..., Any]
) -> None:
    ops, lead = house.firm.user("ops"), house.lead(house.seller)
    house.change("lead", lead, outcome="lost", lost_reason="价格")
    masked = call(ops, "GET", f"/leads/{lead.id}").json["contact"]["phone"]
    assert "*" in masked
    days = {"from_at": "2026-12-01T00:00:00Z", "to_at": "2026-12-02T00:00:00Z"}
    refused = call(ops, "POST", "/leave", {"user_id": house.seller.id, "deputy_id": ops.id, **days})
    assert refused.status_code == 403, "nobody names themselves"
    house.leave(house.seller, ops)
    assert call(ops, "GET", f"/leads/{lead.id}").json["contact"]["phone"] == masked
    still_open = house.lead(house.seller)
    assert "*" not in call(ops, "GET", f"/leads/{still_open.id}").json["contact"]["phone"]


def test_who_may_only_look_at_a_lead_does_not_pause_its_deadline(house: Deputies, call: Callable[..., Any]) -> None:
    lead, asked = house.lead(house.seller), house.person("asked", "sales")
    house.change("lead", lead, escalated_to_id=asked.id)
    deadline = Deadline.get(Deadline.lead == lead.id)
    given = {"reason": "waiting_customer"}
    assert call(asked, "GET", f"/deadlines/{deadline.id}").status_code == 200
    assert call(asked, "POST", f"/deadlines/{deadline.id}/pause", given).status_code == 403
    assert call(house.seller, "POST", f"/deadlines/{deadline.id}/pause", given).status_code == 200
    assert call(asked, "POST", f"/deadlines/{deadline.id}/resume", {}).status_code == 403
    assert call(house.manager, "POST", f"/deadlines/{deadline.id}/resume", {}).status_code == 200
