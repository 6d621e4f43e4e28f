"""A company whose every record says in its own words who it is: what an answer shows can be told from its text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from clew.core.backtest import requests as backtests
from clew.core.documents.files import Files
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contact, Customer, Lead, Task, User
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import new_draft, submit
from clew.core.running import drain
from clew.core.workspace import Workspace

RULE = {
    "id": "matrix-task",
    "version": 1,
    "title": {"zh": "每条线索都有任务", "en": "A task for every lead"},
    "purpose": {"zh": "每条线索都有任务", "en": "A task for every lead"},
    "trigger": "lead.created",
    "then": [{"create_task": {"title": "由规则 {lead.company}", "assignee": "owner"}}],
}


@dataclass
class House:
    """The people by a short name, the records, and which records may show each mark."""

    ws: Workspace
    people: dict[str, User]
    records: list[tuple[str, Any]] = field(default_factory=list)
    marks: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    phones: dict[str, Any] = field(default_factory=dict)
    backtest: Any = None

    def add(self, kind: str, record: Any, *marks: str) -> Any:
        """Keep a record under the marks that its text bears."""
        self.records.append((kind, record))
        for mark in marks:
            self.marks.setdefault(mark, []).append((kind, record))
        return record


def build(ws: Workspace, company: Any) -> House:
    """Make records of two sellers of one team, of one of another team, and a lead that joins another's customer."""
    a, b = "华东一部", "华南部"
    house = House(
        ws,
        {
            "seller": company.sellers[a][0],
            "colleague": company.sellers[a][1],
            "stranger": company.sellers[b][0],
            "manager": company.managers[a],
            "other_manager": company.managers[b],
            **{role: company.user(role) for role in ("ops", "legal", "finance", "delivery", "admin")},
        },
    )
    _deputies(house, company)
    ops, manager = (Origin(Actor.of(house.people[who]), "console") for who in ("ops", "admin"))
    draft = new_draft(ws, RULE, ops)
    approve(ws, submit(ws, draft.id, "请看", ops).id, manager)
    start = ws.clock.now()
    for number, who in enumerate(("seller", "colleague", "stranger"), 1):
        _one(house, number, house.people[who])
    _joined(house)
    drain(ws)
    asked = next(one for kind, one in house.marks["Q1ZQ1ZL"] if kind == "lead")
    escalated = {"escalated_at": ws.clock.now(), "escalated_to_id": house.people["asked"].id}
    asked.escalated_to_id = ws.door.change("lead", asked.id, escalated, SYSTEM).escalated_to_id
    for task in Task.select().where(Task.title.startswith("由规则")):
        house.add("task", task, Lead.get_by_id(task.lead_id).company)
    ws.clock.advance(minutes=5)  # type: ignore[attr-defined]
    changed = {**RULE, "version": 2, "then": [{"create_task": {"title": "改过的 {lead.company}", "assignee": "owner"}}]}
    house.backtest = backtests.start(ws, [changed], since=start, origin=ops)
    backtests.run(ws, house.backtest.id)
    return house


def _deputies(house: House, company: Any) -> None:
    """Add those who stand in: for the absent manager, for a seller on leave, for one who left; and those who don't now."""
    ws, day = house.ws, timedelta(days=1)
    now = ws.clock.now()

    def person(login: str, role: str, **more: Any) -> User:
        values = {"email": f"{login}@test.example", "name": login, "roles": [role], **more}
        hashed = {"password_hash": company.user("ops").password_hash}
        user: User = ws.door.create("user", {**values, **hashed}, SYSTEM).record
        house.people[login] = user
        return user

    def leave(of: User, deputy: User, starts: Any, ends: Any) -> None:
        ws.door.create("leave", {"user_id": of.id, "from_at": starts, "to_at": ends, "deputy_id": deputy.id}, SYSTEM)

    leave(house.people["other_manager"], person("acting", "manager"), now - day, now + 2 * day)
    leave(house.people["colleague"], person("cover", "sales"), now - day, now + 2 * day)
    waiting = person("waiting", "manager")
    leave(house.people["manager"], waiting, now + 30 * day, now + 32 * day)
    leave(house.people["seller"], waiting, now - 9 * day, now - 8 * day)
    person("asked", "sales")
    for name in ("华东一部", "华南部"):
        ws.door.change("team", company.teams[name].id, {"deputy_id": waiting.id}, SYSTEM)


def _one(house: House, number: int, owner: User) -> None:
    """Make a customer with one record of each kind, all of `owner`."""
    ws, firm = house.ws, f"Q{number}Z公司"
    mark = f"Q{number}Z" * 2  # Long enough that no page's random tokens hold it by chance.
    phones = f"1391111000{number}", f"1392222000{number}"
    given = {"company": firm, "contact_name": "某人", "phone": phones[0], "source": "phone", "note": f"{mark}L"}
    lead = _given_to(ws, intake.take(ws, given, SYSTEM).lead, owner)
    house.add("lead", lead, f"{mark}L", firm)
    house.add("customer", Customer.get_by_id(lead.customer_id), firm)
    house.phones[phones[0]] = house.add("contact", Contact.get_by_id(lead.contact_id))
    about = {"lead_id": lead.id, "customer_id": lead.customer_id}

    def make(kind: str, values: dict[str, Any], *marks: str) -> Any:
        return house.add(kind, ws.door.create(kind, values, SYSTEM).record, *marks)

    beside = {"customer_id": lead.customer_id, "name": "旁人", "phone": phones[1], "title": f"{mark}R"}
    house.phones[phones[1]] = make("contact", beside, f"{mark}R")
    make("follow_up", {"lead_id": lead.id, "way": "phone", "content": f"{mark}F"}, f"{mark}F")
    make("quote", {**about, "number": f"{mark}Q", "amount": 900}, f"{mark}Q")
    contract = make("contract", {**about, "number": f"{mark}C", "amount": 1000}, f"{mark}C")
    make("contract", {"customer_id": lead.customer_id, "number": f"{mark}K", "amount": 2000}, f"{mark}K")
    money = {"contract_id": contract.id, "customer_id": lead.customer_id}
    make("invoice", {**money, "number": f"{mark}I", "amount": 5, "issued_at": "2026-11-24"}, f"{mark}I")
    make("payment", {**money, "number": f"{mark}Y", "amount": 5, "paid_at": "2026-11-24 10:00"}, f"{mark}Y")
    make("shipment", {**money, "number": f"{mark}S", "shipped_at": "2026-11-24 10:00"}, f"{mark}S")
    content = f"{mark}D".encode()  # Whoever gets the file of another's record is found out.
    paper = {"media_type": "text/plain", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path = Files.of(ws.settings).path_of(paper["sha256"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    make("document", {**money, "name": f"{mark}D", **paper}, f"{mark}D")
    make("task", {**about, "title": f"{mark}T", "assignee_id": owner.id}, f"{mark}T")
    make("notification", {**about, "user_id": owner.id, "title": f"{mark}N"}, f"{mark}N")
    visit = {**about, "place": f"{mark}V", "owner_id": owner.id, "team_id": owner.team_id}
    make("visit", visit, f"{mark}V")
    make("sample", {"customer_id": lead.customer_id, "model": f"{mark}M"}, f"{mark}M")


def _joined(house: House) -> None:
    """Let a lead of the seller land at the stranger's customer, as a web form does."""
    ws = house.ws
    theirs = next(one for kind, one in house.marks["Q3ZQ3ZL"] if kind == "lead")
    phone = "13933330004"
    given = {"company": theirs.company, "contact_name": "来人", "phone": phone, "source": "web_form", "note": "Q4ZQ4ZL"}
    lead = _given_to(ws, intake.take(ws, given, SYSTEM).lead, house.people["seller"])
    assert lead.customer_id == theirs.customer_id
    house.add("lead", lead, "Q4ZQ4ZL", theirs.company)
    house.phones[phone] = house.add("contact", Contact.get_by_id(lead.contact_id))


def _given_to(ws: Workspace, lead: Lead, owner: User) -> Lead:
    drain(ws)
    ws.door.change("lead", lead.id, {"owner_id": owner.id, "team_id": owner.team_id}, SYSTEM)
    return Lead.get_by_id(lead.id)
