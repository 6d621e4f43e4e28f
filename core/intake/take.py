"""A lead comes in: the customer and contact are found again or made, and all is written at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.origin import Origin
from ..models import Contact, Contract, Customer, Lead
from ..schema.identity import name_key
from ..storage.database import database, is_sqlite
from ..write.door import Transaction, fingerprint_of
from ..write.lifecycle import check_names

if TYPE_CHECKING:
    from ..workspace import Workspace

CLOSE = 88.0
"""Names this alike (rapidfuzz ratio, 0–100) are shown to ops as a possible duplicate."""
_CONTACT = {"contact_name": "name", "contact_title": "title", "phone": "phone", "email": "email"}
_BOTH = ("industry", "region")
_NOT_GIVEN = {"owner_id", "team_id", "stage", "outcome", "customer_id", "contact_id"}


@dataclass(frozen=True)
class Taken:
    """What became of a lead that came in."""

    lead: Lead
    customer: Customer
    new: bool
    """False if the same call had been made before."""
    known_customer: bool


def field_names(ws: Workspace) -> set[str]:
    """Return what an incoming lead may hold."""
    own = {field.name for field in ws.door.fields.of("lead")} | {"received_at", "external_id"}
    return (own | set(_CONTACT) | {"credit_code"}) - _NOT_GIVEN


def check(ws: Workspace, values: Mapping[str, Any]) -> None:
    """Raise Invalid, with every problem, for what `take` would refuse. Writes nothing; plugins are not asked."""
    _read(ws, values)


def take(ws: Workspace, values: Mapping[str, Any], origin: Origin, key: str | None = None) -> Taken:
    """Take one lead in, in a transaction of its own. Raises Invalid with every problem; nothing is then written."""
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
    customer, contact = _find(clean, company)
    found = customer is not None
    if customer is None:
        about = {name: values[name] for name in (*_BOTH, "credit_code") if name in values}
        customer = tx.create("customer", {"name": company, **about}).record
        _mention_alike(tx, customer)
    if contact is None and contact_values:
        contact = tx.create("contact", {"customer_id": customer.id, **contact_values}).record
    rest = {n: v for n, v in values.items() if n not in _CONTACT and n != "credit_code"}
    rest |= {"company": company, "customer_id": customer.id, "contact_id": contact.id if contact else None}
    made = tx.create("lead", rest, key, fingerprint)
    return Taken(made.record, customer, made.new, found)


def _read(ws: Workspace, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str, dict[str, Any]]:
    values = {name: value for name, value in values.items() if value not in (None, "")}
    check_names("lead", values, field_names(ws))
    company = str(values.get("company") or values.get("contact_name") or "").strip()
    contact_values = {ours: values[theirs] for theirs, ours in _CONTACT.items() if theirs in values}
    return values, contact_values, company, _check(ws, values, contact_values, company)


def lock(company: str, clean: Mapping[str, Any]) -> None:
    """Make two arrivals of the same person or company wait for each other (SQLite has one writer anyway)."""
    if is_sqlite():
        return
    said = {f"phone:{clean.get('phone')}", f"email:{clean.get('email')}", f"name:{name_key(company)}"}
    for one in sorted(text for text in said if not text.endswith(":None")):
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (one,))


def _check(ws: Workspace, values: Mapping[str, Any], contact_values: Mapping[str, Any], company: str) -> dict[str, Any]:
    problems: list[Problem] = []
    clean: dict[str, Any] = {}
    lead_fields = ws.door.fields.by_name("lead")
    own = {n: v for n, v in values.items() if n in lead_fields} | ({"company": company} if company else {})
    for kind, given in (
        ("contact", contact_values),
        ("customer", {n: v for n, v in values.items() if n == "credit_code"}),
    ):
        try:
            clean |= ws.door.validator.read(kind, given, whole=False)
        except Invalid as error:
            problems += error.problems
    try:
        ws.door.validator.read("lead", own, whole=True)
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


def _find(clean: Mapping[str, Any], company: str) -> tuple[Customer | None, Contact | None]:
    """Find the customer again by credit code, phone, e-mail, or the same name but for its legal form."""
    contact = None
    for name in ("phone", "email"):
        if clean.get(name) and contact is None:
            column = getattr(Contact, name)
            contact = Contact.select().where(column == clean[name]).order_by(Contact.id).first()
    if clean.get("credit_code"):
        customer = Customer.select().where(Customer.credit_code == clean["credit_code"]).order_by(Customer.id).first()
        if customer is not None:
            customer = surviving(customer)
            same = contact if contact and surviving(contact.customer).id == customer.id else None
            return customer, same
    if contact is not None:
        return surviving(contact.customer), contact
    key = name_key(company)
    customer = Customer.select().where(Customer.name_key == key).order_by(Customer.id).first() if key else None
    return (surviving(customer) if customer else None), None


def surviving(customer: Customer) -> Customer:
    """Follow `merged_into` to the customer that stands today."""
    while customer.merged_into_id:
        customer = customer.merged_into
    return customer


def _mention_alike(tx: Transaction, customer: Customer) -> None:
    """Put customers with a close name before ops; candidates share the first two characters, found by index."""
    start = customer.name_key[:2]
    if len(start) < 2:
        return
    candidates = (
        Customer.select()
        .where(
            (Customer.name_key >= start)
            & (Customer.name_key < start + "\U0010ffff")
            & (Customer.id != customer.id)
            & Customer.merged_into.is_null()
        )
        .limit(500)
    )
    for other in candidates:
        score = fuzz.ratio(customer.name_key, other.name_key)
        if score >= CLOSE:
            tx.create(
                "possible_duplicate",
                {
                    "customer_id": customer.id,
                    "other_id": other.id,
                    "score": round(score, 1),
                    "reason": f"{customer.name} ≈ {other.name}",
                },
            )


def merge(tx: Transaction, customer_id: str, into_id: str) -> None:
    """Merge one customer into another: leads, contacts and contracts move, the old one points on."""
    for kind, model in (("contact", Contact), ("lead", Lead), ("contract", Contract)):
        for row in list(model.select(model.id).where(model.customer == customer_id)):
            tx.change(kind, row.id, {"customer_id": into_id})
    tx.change("customer", customer_id, {"merged_into_id": into_id})
