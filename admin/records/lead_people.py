"""The people around a lead: those at the customer, and those of its team who can be given something to do."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.access import policy as access
from ...core.access.wholeness import whole_ids
from ...core.journal.origin import Actor
from ...core.kinds import Contact, Lead, User
from ...core.workspace import Workspace

MOST = 20


@dataclass(frozen=True)
class Person:
    """Somebody at the customer as the viewer may read them: `call` is the number to dial, whole or empty."""

    contact: Contact
    shown: dict[str, str]
    call: str
    may_edit: bool


def contacts_of(ws: Workspace, actor: Actor, lead: Lead) -> list[Person]:
    """Return who there is at a lead's customer, the lead's own contact first."""
    return people_at(ws, actor, lead.customer_id, lead.contact_id)


def people_at(ws: Workspace, actor: Actor, customer_id: str, first: str | None = None) -> list[Person]:
    """Return who there is at a customer; the contact `first`, if any, before the others."""
    seen = access.visible(ws.kinds, actor, "contact").where(Contact.customer == customer_id)
    rows = sorted(seen.order_by(Contact.id).limit(MOST), key=lambda one: one.id != first)
    ids = [one.id for one in rows]
    whole = whole_ids(ws.kinds, actor, "contact", ids)
    mine = {one.id for one in access.within(ws.kinds, actor, "contact", "change").where(Contact.id.in_(ids))}
    found = []
    for one in rows:
        shown = access.shown_contact(ws.kinds, one, one.id in whole)
        call = shown["phone"] if one.id in whole else ""
        found.append(Person(one, shown, call, one.id in mine and one.id in whole))
    return found


def lead_people(lead: Lead, actor_id: str) -> list[User]:
    """Return who can be given a task of a lead on its page: its owner, its team, and who looks at it."""
    ids = [one for one in (lead.owner_id, actor_id) if one]
    query = User.select().where(User.active & ((User.team == lead.team_id) | User.id.in_(ids)))
    return sorted(query, key=lambda one: (one.id != lead.owner_id, one.name))
