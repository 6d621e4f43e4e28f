"""One customer that turns out to be two: what is chosen goes to a new customer, with all that belongs to it.

Taken back by merging the new customer into the old one: what came to it since goes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..access.naming import names
from ..errors import Invalid, NotFound, Problem
from ..journal.origin import Actor, Origin
from ..kinds import Contact, Customer, Lead
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import among
from ..workspace import Workspace
from .hanging import Moving, PreviewOutdated, Row, along_with, closest, grouped, read_many, seal
from .merging import begin, may_change, visible_one

OFFERED = 200
"""So many records of a kind are offered to choose from, the newest first."""


@dataclass(frozen=True)
class Split:
    """What a split makes: the new customer's values, and what goes there: ids by kind."""

    values: Mapping[str, Any]
    chosen: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class SplitPlan:
    """The preview of a split; nothing is written. `contacts` are those who go along since only what goes names them."""

    source: Customer
    name: str
    moving: tuple[Moving, ...]
    contacts: tuple[Text, ...]
    rows: tuple[Row, ...]
    token: str


def offered(kinds: Kinds, actor: Actor, customer_id: str) -> dict[str, dict[str, Text]]:
    """Return what can be chosen: the records that belong to a customer itself and that an actor sees, by kind."""
    found: dict[str, dict[str, Text]] = {}
    for kind in kinds.values():
        field = next((one for one in kind.parents if one.to == "customer"), None)
        if field is None or (kind.by_owner_alone and kind.name != "lead"):
            continue
        query = access.visible(kinds, actor, kind.name).where(kind.expression(field) == customer_id)
        for closer in kind.parents[: kind.parents.index(field)]:
            query = query.where(kind.expression(closer).is_null())
        model: Any = kind.model
        ids = [row.id for row in query.select(model.id).order_by(model.id.desc()).limit(OFFERED)]
        if ids:
            called = names(kinds, actor, kind.name, ids)
            found[kind.name] = {one: called[one] for one in ids}
    return found


def plan_split(ws: Workspace, customer_id: str, split: Split, origin: Origin) -> SplitPlan:
    """Return what a split would move. Writes nothing.

    Raises NotFound, Forbidden unless the asker may change the customer and make one, Invalid for a name that is
    missing or nothing chosen, or for a record that is not this customer's own.
    """
    kinds, actor = ws.kinds, origin.actor
    here = kinds["customer"]
    source = visible_one(kinds, actor, here, customer_id)
    may_change(kinds, actor, here, source.id)
    access.check_write(kinds, actor, "customer", None, split.values)
    problems = []
    if not str(split.values.get("name") or "").strip():
        problems.append(Problem("name", Text("请填写新客户的名称", "give the new customer a name")))
    chosen = {(kind, one) for kind, ids in split.chosen.items() for one in ids}
    if not chosen:
        problems.append(Problem("chosen", Text("请选哪些记录归新客户", "choose what goes to the new customer")))
    if problems:
        raise Invalid(problems)
    ws.configuration.validator.read("customer", dict(split.values), whole=True)
    _check_chosen(kinds, actor, source.id, chosen)
    contacts = _contacts_along(source.id, chosen)
    going = [*sorted(chosen), *(("contact", one) for one in contacts)]
    rows = [(kind, one, _to_customer(kinds[kind])) for kind, one in going]
    rows += [row for row in along_with(kinds, source.id, going) if row not in rows]
    called = names(kinds, actor, "contact", contacts)
    return SplitPlan(
        source,
        str(split.values["name"]).strip(),
        grouped(kinds, actor, rows),
        tuple(called[one] for one in contacts),
        tuple(rows),
        seal("split", source.id, source.revision, {**split.values}, sorted(rows)),
    )


def split_customer(ws: Workspace, customer_id: str, split: Split, origin: Origin, token: str) -> Customer:
    """Make the new customer and move to it what was previewed, in one transaction; return it.

    Its owner is the old one's. Raises as `plan_split`, and PreviewOutdated.
    """
    with ws.door.transaction(origin) as tx:
        begin(ws.kinds, "customer", customer_id)
        plan = plan_split(ws, customer_id, split, origin)
        if plan.token != token:
            raise PreviewOutdated
        made: Customer = tx.create("customer", {**split.values}).record
        note = tx.note(
            "customer.split", "customer", plan.source.id, {"into_id": made.id}, heard=False, customer_id=plan.source.id
        )
        with tx.automatically(note):
            tx.change("customer", made.id, {"split_from_id": plan.source.id, "owner_id": plan.source.owner_id})
            for kind, record_id, field in plan.rows:
                tx.change(kind, record_id, {field: made.id})
    return made


def _to_customer(kind: Kind) -> str:
    return next(field.name for field in kind.parents if field.to == "customer")


def _check_chosen(kinds: Kinds, actor: Actor, customer_id: str, chosen: Iterable[tuple[str, str]]) -> None:
    """Raise Invalid for what is not there, not seen, or belongs to the customer by something else."""
    words = Text(
        "有的记录不是这家客户自己的；请刷新后再选", "some of this is not the customer's own: reload and choose"
    )
    by_kind: dict[str, set[str]] = {}
    for kind, record_id in chosen:
        by_kind.setdefault(kind, set()).add(record_id)
    for name, ids in by_kind.items():
        here = kinds.get(name)
        if here is None or not any(field.to == "customer" for field in here.parents):
            raise NotFound("这类记录不能拆出去。", "records of this kind can't be split off")
        query = access.visible(kinds, actor, name).where(among(here.model.id, sorted(ids)))
        seen = {row.id for row in query.select(here.model.id)}
        records = read_many(kinds, [(name, one) for one in seen])
        for record_id in ids:
            record = records.get((name, record_id))
            field = closest(here, record) if record is not None else None
            if field is None or field.to != "customer" or getattr(record, field.name) != customer_id:
                raise Invalid([Problem("chosen", words)])


def _contacts_along(customer_id: str, chosen: Iterable[tuple[str, str]]) -> list[str]:
    """Return the contacts whom only leads that go name: they go along."""
    leads = sorted(one for kind, one in chosen if kind == "lead")
    if not leads:
        return []
    named = Lead.select(Lead.contact).where(among(Lead.id, leads) & Lead.contact.is_null(False))
    asked = sorted({str(row.contact_id) for row in named} - {one for kind, one in chosen if kind == "contact"})
    if not asked:
        return []
    staying = Lead.select(Lead.contact).where(among(Lead.contact, asked) & ~among(Lead.id, leads))
    kept = {row.contact_id for row in staying}
    theirs = Contact.select(Contact.id).where((Contact.customer == customer_id) & among(Contact.id, asked))
    return sorted({row.id for row in theirs} - kept)
