"""Who comes in: the customer and the contact found again by what tells people and companies apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..kinds import Contact, Customer
from ..schema.identity import name_key
from ..storage.queries import Query
from ..storage.turns import IDENTITIES, wait_for

Among = Callable[[str], Query]


def lock(company: str, clean: Mapping[str, Any]) -> None:
    """Make two arrivals of the same person or company wait for each other."""
    said = {f"phone:{clean.get('phone')}", f"email:{clean.get('email')}", f"name:{name_key(company)}"}
    for one in sorted(text for text in said if not text.endswith(":None")):
        wait_for(one, IDENTITIES)


def find(clean: Mapping[str, Any], company: str, among: Among) -> tuple[Customer | None, Contact | None]:
    """Find the customer again by credit code, phone, e-mail, or the same name but for its legal form.

    `among` returns the records of a kind to look through.
    """
    contact = None
    for name in ("phone", "email"):
        if clean.get(name) and contact is None:
            column = getattr(Contact, name)
            contact = among("contact").where(column == clean[name]).order_by(Contact.id).first()
    if clean.get("credit_code"):
        customer = among("customer").where(Customer.credit_code == clean["credit_code"]).order_by(Customer.id).first()
        if customer is not None:
            customer = surviving(customer)
            same = contact if contact and surviving(contact.customer).id == customer.id else None
            return customer, same
    if contact is not None:
        return surviving(contact.customer), contact
    key = name_key(company)
    customer = among("customer").where(Customer.name_key == key).order_by(Customer.id).first() if key else None
    return (surviving(customer) if customer else None), None


def anyone(kind: str) -> Query:
    """Return all customers or all contacts, those merged into others too."""
    model = Customer if kind == "customer" else Contact
    return model.select()


def surviving(customer: Customer) -> Customer:
    """Follow `merged_into` to the customer that stands today."""
    seen: set[str] = set()
    while customer.merged_into_id and customer.id not in seen:  # An older Clew let two be merged into each other.
        seen.add(customer.id)
        customer = customer.merged_into
    return customer
