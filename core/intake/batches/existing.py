"""Which rows are about leads that are there already, and what would change of these: nothing but their values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ....hooks.text import Text
from ...access.policy import visible
from ...journal.lines import plain
from ...journal.origin import Actor
from ...kinds import Contact, Customer, Lead
from ...schema.identity import name_key
from ...storage.system_tables import IdempotencyKey
from ...workspace import Workspace
from ..identify import find_many
from ..importing.decisions import value_of
from ..importing.items import Item

UPDATE, NEW = "update", "new"
EMPTY: tuple[Any, ...] = (None, "", [])
_CONTACT = {"contact_name": "name", "contact_title": "title", "phone": "phone", "email": "email"}
_AT_BIRTH = ("external_id", "received_at")
_PART = 400
PLACES: Mapping[str, tuple[str, str]] = {
    **{ours: ("contact", theirs) for ours, theirs in _CONTACT.items()},
    "credit_code": ("customer", "credit_code"),
}
"""Where a value lies that is no field of the lead itself: the kind, and its name there."""
Differences = dict[str, tuple[Any, Any]]


@dataclass
class Match:
    """What a row is about: the lead, by what it was found, before and after of each field; or why that can't be told."""

    lead_id: str = ""
    by: str = ""
    differences: Differences = field(default_factory=dict)
    refused: Text | None = None
    open: bool = False
    """Whether the customer has an open lead, so that somebody has to say if that is meant, or a new one."""


def matches(ws: Workspace, actor: Actor, items: Sequence[Item], answer: str) -> list[Match]:
    """Return what each row is about. `answer` says what is meant where a customer is found again: UPDATE or NEW."""
    typed = [_typed(ws, item) for item in items]
    by_external = _leads(ws, actor, Lead.external_id, (item.values.get("external_id") for item in items))
    by_key = _leads_of_keys(ws, actor, [item.key for item in items])
    found = find_many(typed_for_finding(items, typed), lambda kind: visible(ws.kinds, actor, kind))
    open_leads = _open_leads(ws, actor, {one.customer.id for one in found if one.customer is not None})
    made: list[Match] = []
    for item, one in zip(items, found, strict=True):
        external = str(item.values.get("external_id") or "")
        lead = by_external.get(external) or by_key.get(item.key)
        if lead is not None:
            made.append(Match(lead.id, "external_id"))
        elif one.customer is None or external or not (standing := open_leads.get(one.customer.id)):
            made.append(Match(by=one.by))
        else:
            made.append(_of_customer(one.by, one.contact, standing, answer))
    _compare(made, typed)
    return made


def typed_for_finding(items: Sequence[Item], typed: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]]:
    """Return what customers and contacts are found by, a pair a row."""
    return [
        (values, str(item.values.get("company") or item.values.get("contact_name") or "").strip())
        for item, values in zip(items, typed, strict=True)
    ]


def _of_customer(by: str, contact: Contact | None, standing: Sequence[Lead], answer: str) -> Match:
    if answer == NEW:
        return Match(by=by, open=True)
    theirs = [one for one in standing if contact is not None and one.contact_id == contact.id]
    chosen = theirs if len(theirs) == 1 else standing
    if answer == UPDATE and len(chosen) > 1:
        zh = f"这家客户有 {len(chosen)} 条进行中的线索，说不清更新哪条；请在文件里给外部编号"
        en = f"this customer has {len(chosen)} open leads: give the external id of the one that is meant"
        return Match(by=by, refused=Text(zh, en), open=True)
    return Match(chosen[0].id, by, open=True)


def _typed(ws: Workspace, item: Item) -> dict[str, Any]:
    """Return a row's values typed, under our names; the row was found good before."""
    read = ws.configuration.validator.read
    own = {name: value for name, value in item.values.items() if name not in PLACES}
    found = dict(read("lead", own, whole=False))
    for name, (kind, theirs) in PLACES.items():
        if name in item.values:
            found[name] = read(kind, {theirs: item.values[name]}, whole=False)[theirs]
    return found


def _compare(made: Sequence[Match], typed: Sequence[Mapping[str, Any]]) -> None:
    leads = _by_id(Lead, (one.lead_id for one in made))
    contacts = _by_id(Contact, (lead.contact_id for lead in leads.values()))
    customers = _by_id(Customer, (lead.customer_id for lead in leads.values()))
    for one, values in zip(made, typed, strict=True):
        lead = leads.get(one.lead_id)
        if lead is None:
            continue
        held = {"lead": lead, "contact": contacts.get(lead.contact_id), "customer": customers.get(lead.customer_id)}
        for name, after in values.items():
            kind, theirs = PLACES.get(name, ("lead", name))
            before = value_of(held[kind], theirs)
            if name not in _AT_BIRTH and after not in EMPTY and not _same(name, before, after):
                one.differences[name] = (plain(before), plain(after))


def _same(name: str, before: Any, after: Any) -> bool:
    if name == "company":
        return name_key(str(before or "")) == name_key(str(after))
    return bool(plain(before) == plain(after))


def _leads(ws: Workspace, actor: Actor, column: Any, values: Iterable[Any]) -> dict[str, Lead]:
    found: dict[str, Lead] = {}
    for part in _parts(values):
        rows = visible(ws.kinds, actor, "lead").where(column.in_(part))
        found |= {getattr(row, column.name): row for row in rows}
    return found


def _leads_of_keys(ws: Workspace, actor: Actor, keys: Iterable[str]) -> dict[str, Lead]:
    ids: dict[str, str] = {}
    for part in _parts(keys):
        rows = IdempotencyKey.select(IdempotencyKey.key, IdempotencyKey.record_id)
        ids |= {row.key: row.record_id for row in rows.where(IdempotencyKey.key.in_(part))}
    leads = _leads(ws, actor, Lead.id, ids.values())
    return {key: leads[lead_id] for key, lead_id in ids.items() if lead_id in leads}


def _open_leads(ws: Workspace, actor: Actor, customers: Iterable[str]) -> dict[str, list[Lead]]:
    found: dict[str, list[Lead]] = defaultdict(list)
    for part in _parts(customers):
        rows = visible(ws.kinds, actor, "lead").where(Lead.customer.in_(part) & (Lead.outcome == "open"))
        for row in rows.order_by(Lead.id):
            found[row.customer_id].append(row)
    return found


def _by_id(model: Any, ids: Iterable[str | None]) -> dict[str | None, Any]:
    return {row.id: row for part in _parts(ids) for row in model.select().where(model.id.in_(part))}


def _parts(values: Iterable[Any]) -> Iterable[list[Any]]:
    wanted = sorted({value for value in values if value})
    return [wanted[start : start + _PART] for start in range(0, len(wanted), _PART)]
