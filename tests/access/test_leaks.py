"""What was seen or done by people who may not: each was tried once and went through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clew.core.access import policy
from clew.core.errors import Forbidden, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contact, Contract, Customer, Lead, PossibleDuplicate, User
from clew.core.running import drain
from clew.core.workspace import Workspace

THEIRS = {
    "company": "恒锐精密机械有限公司",
    "phone": "13800001111",
    "email": "gao@hengrui.example",
    "contact_name": "高建明",
}


@pytest.fixture
def ws(any_workspace: Workspace) -> Workspace:
    return any_workspace


@pytest.fixture
def firm(ws: Workspace, found: Callable[[Workspace], Any]) -> Any:
    return found(ws)


def lead_of(ws: Workspace, owner: User, **values: Any) -> Lead:
    """Return a lead given to somebody by the system."""
    taken = intake.take(ws, values, SYSTEM).lead
    drain(ws)
    ws.door.change("lead", taken.id, {"owner_id": owner.id, "team_id": owner.team_id}, SYSTEM)
    return Lead.get_by_id(taken.id)


def by(user: User, channel: str = "api") -> Origin:
    return Origin(Actor.of(user), channel)


@pytest.mark.parametrize("given", [{"phone": "13800001111"}, {"email": "gao@hengrui.example"}, {}])
def test_a_lead_with_another_teams_customer_opens_nothing_and_tells_nothing(
    ws: Workspace, firm: Any, given: dict[str, str]
) -> None:
    stranger, seller = firm.sellers["华南部"][0], firm.sellers["华东一部"][0]
    theirs = lead_of(ws, stranger, **THEIRS)
    taken = intake.take(ws, {"company": "恒锐精密机械", **given}, by(seller))
    assert taken.new
    assert not taken.known_customer
    assert taken.customer.id != theirs.customer_id
    assert not policy.sees(ws.kinds, Actor.of(seller), "customer", theirs.customer_id)
    pair = PossibleDuplicate.get(PossibleDuplicate.customer == taken.customer.id)
    assert pair.other_id == theirs.customer_id, "operations are asked whether the two are one"
    ws.door.change("lead", taken.lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    again = intake.take(ws, {"company": "恒锐精密机械", **given, "note": "第二条"}, by(seller))
    assert (again.known_customer, again.customer.id) == (True, taken.customer.id), "what is theirs is found again"


def test_operations_find_a_customer_again_whoever_holds_it(ws: Workspace, firm: Any) -> None:
    theirs = lead_of(ws, firm.sellers["华南部"][0], **THEIRS)
    taken = intake.take(ws, {"company": "恒锐精密机械", "phone": "13800001111"}, by(firm.user("ops")))
    assert (taken.customer.id, taken.lead.contact_id) == (theirs.customer_id, theirs.contact_id)


def test_a_joined_lead_shows_its_own_contact_and_no_other(ws: Workspace, firm: Any) -> None:
    stranger, seller = firm.sellers["华南部"][0], firm.sellers["华东一部"][0]
    theirs = lead_of(ws, stranger, **THEIRS)
    mine = lead_of(ws, seller, **{**THEIRS, "phone": "13900002222", "email": "", "contact_name": "李青"})
    assert mine.customer_id == theirs.customer_id
    actor = Actor.of(seller)
    assert [row.id for row in policy.visible(ws.kinds, actor, "contact")] == [mine.contact_id]
    assert policy.sees(ws.kinds, actor, "customer", theirs.customer_id)
    assert policy.sees(ws.kinds, Actor.of(stranger), "contact", theirs.contact_id)
    with pytest.raises(Forbidden):
        ws.door.create("contact", {"customer_id": theirs.customer_id, "name": "x"}, by(seller))
    with pytest.raises(Forbidden):
        ws.door.change("customer", theirs.customer_id, {"grade": "A"}, by(seller))
    with pytest.raises(Forbidden):
        ws.door.change("contact", theirs.contact_id, {"title": "总"}, by(seller))


@pytest.mark.parametrize("status", ["signed", "archived"])
def test_who_sells_signs_nothing_off(ws: Workspace, firm: Any, status: str) -> None:
    seller = firm.user("sales")
    lead = lead_of(ws, seller, company="签约公司", phone="13800003333")
    about = {"lead_id": lead.id, "customer_id": lead.customer_id, "amount": 10}
    contract = ws.door.create("contract", {**about, "number": "S-1"}, by(seller)).record
    ws.door.change("contract", contract.id, {"status": "confirmed"}, by(seller))
    for tried in (
        lambda: ws.door.change("contract", contract.id, {"status": status}, by(seller)),
        lambda: ws.door.create(
            "contract", {**about, "number": "S-2", "status": status, "signed_at": "2019-01-01"}, by(seller)
        ),
    ):
        with pytest.raises(Forbidden, match="signed off"):
            tried()
    ws.door.change("contract", contract.id, {"status": status}, by(firm.user("legal")))
    with pytest.raises(Forbidden, match="signed off"):
        ws.door.change("contract", contract.id, {"amount": 1}, by(seller))
    both = ws.door.change("user", firm.user("legal").id, {"roles": ["legal", "sales"]}, SYSTEM)
    ws.door.change("lead", lead.id, {"owner_id": both.id}, SYSTEM)
    with pytest.raises(Forbidden, match="signed off"):
        ws.door.change("contract", contract.id, {"amount": 2}, by(both))
    assert Contract.get_by_id(contract.id).amount == 10


def test_a_follow_up_lies_between_its_lead_and_now(ws: Workspace, firm: Any) -> None:
    seller = firm.user("sales")
    lead = lead_of(ws, seller, company="跟进公司", phone="13800004444")
    said = {"lead_id": lead.id, "way": "phone", "content": "约了"}
    for moment in (lead.received_at - timedelta(days=1), ws.clock.now() + timedelta(hours=1)):
        with pytest.raises(Invalid, match=r"lead came in|lie ahead"):
            ws.door.create("follow_up", {**said, "at": moment}, by(seller))
    assert Lead.get_by_id(lead.id).first_response_at is None


def test_nobody_writes_on_the_records_of_others_by_naming_them(ws: Workspace, firm: Any) -> None:
    stranger, seller = firm.sellers["华南部"][0], firm.sellers["华东一部"][0]
    theirs = lead_of(ws, stranger, **THEIRS)
    about = {"lead_id": theirs.id, "customer_id": theirs.customer_id}
    for kind, values in (
        ("follow_up", {"lead_id": theirs.id, "way": "phone", "content": "x"}),
        ("contact", {"customer_id": theirs.customer_id, "name": "x"}),
        ("contract", {**about, "number": "X-1", "amount": 1}),
        ("task", {**about, "title": "x", "assignee_id": stranger.id}),
        ("notification", {"user_id": stranger.id, "title": "x"}),
    ):
        with pytest.raises(Forbidden):
            ws.door.create(kind, values, by(seller))
    with pytest.raises(Forbidden):
        own = lead_of(ws, seller, company="自己的", phone="13800005555")
        ws.door.change("lead", own.id, {"owner_id": stranger.id}, by(seller))
    assert Contact.select().where(Contact.customer == theirs.customer_id).count() == 1
    assert Customer.get_by_id(theirs.customer_id).grade == ""
