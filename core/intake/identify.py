"""Who comes in: the customer and the contact found again by what tells people and companies apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ..kinds import Contact, Customer
from ..schema.identity import name_key
from ..storage.queries import Query
from ..storage.turns import IDENTITIES, wait_for

Among = Callable[[str], Query]
_AT_ONCE = 400
R = TypeVar("R", Customer, Contact)


def lock(company: str, clean: Mapping[str, Any]) -> None:
    """Make two arrivals of the same person or company wait for each other."""
    said = {f"phone:{clean.get('phone')}", f"email:{clean.get('email')}", f"name:{name_key(company)}"}
    for one in sorted(text for text in said if not text.endswith(":None")):
        wait_for(one, IDENTITIES)


@dataclass(frozen=True)
class Found:
    """Who was found again, and by what: credit_code, phone, email or name."""

    customer: Customer | None = None
    contact: Contact | None = None
    by: str = ""


def find(clean: Mapping[str, Any], company: str, among: Among) -> tuple[Customer | None, Contact | None]:
    """Find the customer again by credit code, phone, e-mail, or the same name but for its legal form.

    `among` returns the records of a kind to look through.
    """
    found = find_many([(clean, company)], among)[0]
    return found.customer, found.contact


def find_many(wanted: Sequence[tuple[Mapping[str, Any], str]], among: Among) -> list[Found]:
    """Find the customers and contacts of many at once, each as `find` does; in queries of so many values."""
    found: list[Found] = []
    for start in range(0, len(wanted), _AT_ONCE):
        found += _found(wanted[start : start + _AT_ONCE], among)
    return found


def _found(wanted: Sequence[tuple[Mapping[str, Any], str]], among: Among) -> list[Found]:
    by_code = _first(among, Customer.credit_code, (clean.get("credit_code") for clean, _ in wanted))
    by_phone = _first(among, Contact.phone, (clean.get("phone") for clean, _ in wanted))
    by_email = _first(among, Contact.email, (clean.get("email") for clean, _ in wanted))
    known: list[Found] = []
    for clean, _ in wanted:
        contact, by = by_phone.get(clean.get("phone")), "phone"
        if contact is None:
            contact, by = by_email.get(clean.get("email")), "email"
        customer = by_code.get(clean.get("credit_code"))
        if customer is not None:
            customer = surviving(customer)
            same = contact if contact and surviving(contact.customer).id == customer.id else None
            known.append(Found(customer, same, "credit_code"))
        elif contact is not None:
            known.append(Found(surviving(contact.customer), contact, by))
        else:
            known.append(Found())
    keys = [name_key(company) if one.customer is None else "" for one, (_, company) in zip(known, wanted, strict=True)]
    by_name = _first(among, Customer.name_key, keys)
    return [
        Found(surviving(by_name[key]), None, "name") if one.customer is None and key in by_name else one
        for one, key in zip(known, keys, strict=True)
    ]


def _first(among: Among, column: Any, values: Iterable[Any]) -> dict[Any, Any]:
    """Return the first record that has each of these values in a column."""
    asked = sorted({value for value in values if value})
    if not asked:
        return {}
    model = column.model
    kind = "customer" if model is Customer else "contact"
    found: dict[Any, Any] = {}
    for row in among(kind).where(column.in_(asked)).order_by(model.id):
        found.setdefault(getattr(row, column.name), surviving(row))
    if kind == "contact" and found:
        theirs = {one.customer_id for one in found.values()}
        customers = {one.id: one for one in Customer.select().where(Customer.id.in_(theirs))}
        for one in found.values():
            one.customer = customers[one.customer_id]
    return found


def anyone(kind: str) -> Query:
    """Return all customers or all contacts that were not taken out again, those merged into others too."""
    model = Customer if kind == "customer" else Contact
    return model.select().where(model.withdrawn_at.is_null())


def surviving(record: R) -> R:
    """Follow `merged_into` to the customer or contact that stands today."""
    seen: set[str] = set()
    here: Any = record
    while here.merged_into_id and here.id not in seen:  # An older Clew let two be merged into each other.
        seen.add(here.id)
        here = here.merged_into
    return here  # type: ignore[no-any-return]
