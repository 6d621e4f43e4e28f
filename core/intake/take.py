"""A lead comes in: the customer and contact are found again or made, and all is written at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ..access.policy import sees, visible
from ..errors import Changed, Invalid, Problem
from ..journal.origin import Origin
from ..kinds import Contact, Customer, Lead
from ..kinds.lead import LEAD
from ..workspace import Workspace
from ..write.idempotency import fingerprint_of
from ..write.lifecycle import check_names
from ..write.transaction import Transaction
from .duplicates import mention_alike, mention_same
from .identify import anyone, find, lock

_INPUTS = LEAD.inputs or {}
_CONTACT = {name: field for name, (kind, field) in _INPUTS.items() if kind == "contact"}
_BOTH = ("industry", "region")
_SET_AT_BIRTH = {"quality", "lost_reason", "received_at", "closed_at", "external_id"}


@dataclass(frozen=True)
class Taken:
    """What became of a lead that came in."""

    lead: Lead
    customer: Customer
    new: bool
    """False if the same call had been made before."""
    known_customer: bool
    new_contact: bool = False


def field_names(ws: Workspace) -> set[str]:
    """Return what an incoming lead may hold."""
    own = {field.name for field in ws.kinds.of("lead") if field.form}
    return own | _SET_AT_BIRTH | set(_INPUTS)


def check(ws: Workspace, values: Mapping[str, Any]) -> None:
    """Raise Invalid, with every problem, for what `take` would refuse. Writes nothing; plugins are not asked."""
    _read(ws, values)


def fingerprint(values: Mapping[str, Any]) -> str:
    """Return what tells one lead's content from another's, as `take_in` keeps it with a key."""
    return fingerprint_of("lead", {name: value for name, value in values.items() if value not in (None, "")})


def take(ws: Workspace, values: Mapping[str, Any], origin: Origin, key: str | None = None) -> Taken:
    """Take one lead in, in a transaction of its own. Raises Invalid with every problem; nothing is then written."""
    try:
        with ws.door.transaction(origin) as tx:
            return take_in(ws, tx, values, key)
    except Changed:  # Its process was published just now: by what is in force then, it has a stage to begin in.
        ws.refresh()
        with ws.door.transaction(origin) as tx:
            return take_in(ws, tx, values, key)


def take_in(ws: Workspace, tx: Transaction, values: Mapping[str, Any], key: str | None = None) -> Taken:
    """Take one lead in within the caller's transaction; see `take`."""
    values, contact_values, company, clean = _read(ws, values)
    fingerprint = fingerprint_of("lead", values)
    known = tx.made_before("lead", key, fingerprint) if key else None
    if isinstance(known, Lead):
        return Taken(known, known.customer, False, True)
    lock(company, clean)
    customer, contact, unseen = _found(ws, tx, clean, company)
    found, new_contact = customer is not None, contact is None and bool(contact_values)
    if customer is None:
        about = {name: values[name] for name in (*_BOTH, "credit_code") if name in values}
        customer = tx.create("customer", {"name": company, **about}).record
        mention_alike(tx, customer)
        if unseen is not None:
            mention_same(tx, customer, unseen)
    if contact is None and contact_values:
        contact_values = {"customer_id": customer.id, **contact_values}
        contact = tx.create("contact", contact_values, found_again=True).record
    rest = {n: v for n, v in values.items() if n not in _INPUTS}
    rest |= {"company": company, "customer_id": customer.id, "contact_id": contact.id if contact else None}
    made = tx.create("lead", rest, key, fingerprint, found_again=True)
    return Taken(made.record, customer, made.new, found, new_contact)


def _found(
    ws: Workspace, tx: Transaction, clean: Mapping[str, Any], company: str
) -> tuple[Customer | None, Contact | None, Customer | None]:
    """Return the customer and contact found again, and a customer that would have been, had the asker seen it.

    A person finds again only what they see: else the answer would tell them whom other teams deal with, and their
    lead would open it to them. Operations are asked whether the two are one.
    """
    actor = tx.origin.actor
    customer, contact = find(clean, company, anyone)
    if customer is None or sees(ws.kinds, actor, "customer", customer.id):
        known = contact is not None and sees(ws.kinds, actor, "contact", contact.id)
        return customer, contact if known else None, None
    own, contact = find(clean, company, lambda kind: visible(ws.kinds, actor, kind))
    return own, contact, customer if own is None else None


def _read(ws: Workspace, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str, dict[str, Any]]:
    values = {name: value for name, value in values.items() if value not in (None, "")}
    check_names(values, field_names(ws))
    company = str(values.get("company") or values.get("contact_name") or "").strip()
    contact_values = {ours: values[theirs] for theirs, ours in _CONTACT.items() if theirs in values}
    return values, contact_values, company, _check(ws, values, contact_values, company)


def _check(ws: Workspace, values: Mapping[str, Any], contact_values: Mapping[str, Any], company: str) -> dict[str, Any]:
    problems: list[Problem] = []
    clean: dict[str, Any] = {}
    lead_fields = ws.kinds.by_name("lead")
    own = {n: v for n, v in values.items() if n in lead_fields} | ({"company": company} if company else {})
    for kind, given in (
        ("contact", contact_values),
        ("customer", {n: v for n, v in values.items() if n == "credit_code"}),
    ):
        try:
            clean |= ws.configuration.validator.read(kind, given, whole=False)
        except Invalid as error:
            problems += error.problems
    try:
        ws.configuration.validator.read("lead", own, whole=True)
    except Invalid as error:
        problems += [
            Problem("company", Text("请填写公司名称或联系人", "give a company or a contact's name"))
            if one.field == "company" and not company
            else one
            for one in error.problems
        ]
    if problems:
        raise Invalid(problems)
    return clean
