"""Two customers, or two contacts of one customer, made one: previewed, then written in one transaction.

All that belongs to the one moves to the other, which gets the values that were chosen; the old one points on. What is
written has the merge's line as its cause, so that `unmerging` finds it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..access.naming import names
from ..access.wholeness import whole_ids
from ..errors import Conflict, Forbidden, Invalid, NotFound, Problem
from ..journal.lines import plain
from ..journal.origin import Actor, Cause, Origin
from ..kinds import Contact, PossibleDuplicate
from ..kinds.merging import MERGED_INTO, is_mergeable
from ..schema.fields import Field
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import locked
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine
from ..storage.turns import MERGING, one_at_a_time
from ..workspace import Workspace
from ..write.transaction import Transaction
from .hanging import Moving, PreviewOutdated, grouped, pointing_at, seal, value_of
from .identify import surviving

FILLED, DIFFERS = "filled", "differs"


@dataclass(frozen=True)
class Value:
    """A field in which the two differ: what stays, and what the other one has.

    `filled` if the one that stays has nothing there and gets it; else it gets it only if that is chosen. What the
    asker may not read whole is masked.
    """

    field: Field
    stays: Any
    other: Any
    state: str


@dataclass(frozen=True)
class MergePlan:
    """The preview of a merge; nothing is written. `same` are the contacts who are found to be one person: (id, id, by)."""

    kind: Kind
    source: Any
    into: Any
    moving: tuple[Moving, ...]
    values: tuple[Value, ...]
    same: tuple[tuple[Contact, Contact, str], ...]
    token: str


def plan_merge(kinds: Kinds, actor: Actor, kind: str, source_id: str, into_id: str) -> MergePlan:
    """Return what merging one record into another would move, and where their values differ.

    Raises NotFound for what the asker does not see, Forbidden unless they may change both, Invalid for one that can't
    be merged, Conflict if the two are one already or, as contacts, at different customers.
    """
    here = mergeable(kinds, kind)
    source, into = (visible_one(kinds, actor, here, one) for one in (source_id, into_id))
    if source.id == into.id:
        raise Invalid([Problem("into_id", Text("请选另一条记录", "choose another record"))])
    for one in (source, into):
        may_change(kinds, actor, here, one.id)
    if kind == "contact" and source.customer_id != into.customer_id:
        words = Text("不在同一家客户；请先合并客户", "they are at different customers: merge the customers first")
        raise Invalid([Problem("into_id", words)])
    rows = pointing_at(kinds, kind, source.id)
    same = _same_people(source.id, into.id) if kind == "customer" else ()
    shown = [*sorted(rows), *((one.id, other.id) for one, other, _ in same)]
    token = seal("merge", kind, source.id, source.revision, into.id, into.revision, shown)
    return MergePlan(
        here, source, into, grouped(kinds, actor, rows), _values(kinds, actor, here, source, into), same, token
    )


def merge(  # noqa: PLR0913 - what a merge is asked with; most of it by name
    ws: Workspace,
    kind: str,
    source_id: str,
    into_id: str,
    origin: Origin,
    token: str,
    take: Collection[str] = (),
    *,
    contacts: bool = False,
) -> JournalLine:
    """Merge as previewed: all or nothing; return the line that `unmerging` finds it by.

    `take` names the fields in which the merged one's value wins; `contacts` merges the contacts found to be one person,
    too. Raises as `plan_merge`, and PreviewOutdated.
    """
    with ws.door.transaction(origin) as tx:
        begin(ws.kinds, kind, source_id, into_id)
        plan = plan_merge(ws.kinds, origin.actor, kind, source_id, into_id)
        if plan.token != token:
            raise PreviewOutdated
        return write(tx, plan, take, contacts=contacts)


def write(tx: Transaction, plan: MergePlan, take: Collection[str] = (), *, contacts: bool = False) -> JournalLine:
    """Write a plan that was just made, within a transaction that has the turn of those who merge."""
    kind, into_id = plan.kind, plan.into.id
    unknown = set(take) - {one.field.name for one in plan.values}
    if unknown:
        words = Text("这一项两边没有不同", "the two don't differ in this")
        raise Invalid([Problem(f"take.{one}", words) for one in sorted(unknown)])
    tx.change(kind.name, plan.source.id, {MERGED_INTO: into_id})
    line = merge_line(kind.name, plan.source.id)
    if line is None:  # It has just been written.
        raise Conflict("没有办成；请再试一次。", "that did not work: try again")
    asked = tx.origin
    tx.caused_by(replace(asked, cause=Cause(seq=line.seq, depth=asked.cause.depth + 1)))
    wanted = [one.field for one in plan.values if one.state == FILLED or one.field.name in take]
    if wanted:
        tx.change(kind.name, into_id, {one.name: plain(value_of(kind, plan.source, one.name)) for one in wanted})
    for one, other, _ in plan.same if contacts else ():
        tx.change("contact", one.id, {MERGED_INTO: other.id})
    tx.caused_by(asked)
    if kind.name == "customer":
        _close_pairs(tx, plan.source.id, into_id)
    return line


def begin(kinds: Kinds, kind: str, *ids: str) -> None:
    """Take the turn of those who merge and split, and lock the records: who refers to them waits, or is waited for."""
    one_at_a_time(MERGING)
    model: Any = mergeable(kinds, kind).model
    list(locked(model.select().where(model.id.in_(sorted(ids))).order_by(model.id)))


def merge_line(kind: str, source_id: str) -> JournalLine | None:
    """Return the line of the merge that a record was last part of, as what went away; None if there is none."""
    here = (JournalLine.record_kind == kind) & (JournalLine.record_id == source_id)
    found: JournalLine | None = (
        JournalLine.select()
        .where(here & (JournalLine.kind == f"{kind}.merged"))
        .order_by(JournalLine.seq.desc())
        .first()
    )
    return found


# ---- Who may, and what is there


def mergeable(kinds: Kinds, kind: str) -> Kind:
    """Return a kind whose records can be merged. Raises NotFound."""
    here = kinds.get(kind)
    if here is None or not is_mergeable(here):
        raise NotFound("这类记录不能合并。", "records of this kind can't be merged")
    return here


def visible_one(kinds: Kinds, actor: Actor, kind: Kind, record_id: str) -> Any:
    """Return a record that an actor sees. Raises NotFound, Conflict for one that was merged into one they see."""
    found = access.visible(kinds, actor, kind.name).where(kind.model.id == record_id).first()
    if found is None:
        zh, en = kind.title.zh, kind.title.en.lower()
        if (stands := standing(kinds, actor, kind, record_id)) is not None:
            called = names(kinds, actor, kind.name, [stands.id])[stands.id]
            raise Conflict(
                f"这条{zh}已经并入「{called.zh}」；请打开那一条。",
                f"this {en} was merged into “{called.en}”: open that one",
            )
        raise NotFound(f"没有这条{zh}，或者它归别的团队。", f"no such {en}, or it belongs to another team")
    return found


def standing(kinds: Kinds, actor: Actor, kind: Kind, record_id: str) -> Any:
    """Return the record that one was merged into, as far as an actor sees it; None if there is none."""
    record = by_id(kind.model, record_id) if is_mergeable(kind) else None
    if record is None or not record.merged_into_id:
        return None
    here = surviving(record)
    return access.visible(kinds, actor, kind.name).where(kind.model.id == here.id).first()


def merged_meanwhile(kinds: Kinds, actor: Actor, kind: Kind, into: Any) -> Conflict:
    """Return what is said to who changes a record that was merged into another one since they opened it."""
    called, noun = names(kinds, actor, kind.name, [into.id])[into.id], kind.title
    return Conflict(
        f"这条{noun.zh}刚并入了「{called.zh}」，所以没有保存；你填的还在，看过那一条现在的资料再存。",
        f"this {noun.en.lower()} was just merged into “{called.en}”, so nothing was saved; what you typed is still here: "
        "look at what that one says now, and save again",
    )


def may_change(kinds: Kinds, actor: Actor, kind: Kind, record_id: str) -> None:
    """Raise Forbidden unless an actor may change a record, for itself."""
    if not access.may_do(kinds, actor, kind.name, "change", record_id):
        zh, en = kind.title.zh, kind.title.en.lower()
        raise Forbidden(
            f"合并和拆分要能改两边的{zh}；请找它的负责人或运营。",
            f"to merge or split takes the right to change each {en}: ask who holds it, or operations",
        )


# ---- Inside


def _values(kinds: Kinds, actor: Actor, kind: Kind, source: Any, into: Any) -> tuple[Value, ...]:
    whole = whole_ids(kinds, actor, kind.name, [source.id, into.id])
    found = []
    for field in kind.fields:
        if not field.form or field.parent:
            continue
        stays, other = (value_of(kind, one, field.name) for one in (into, source))
        if other in (None, "", [], {}) or other == stays:
            continue
        state = FILLED if stays in (None, "", [], {}) else DIFFERS
        was, then = (
            value if record.id in whole else access.masked_value(field, value)
            for record, value in ((into, stays), (source, other))
        )
        found.append(Value(field, was, then, state))
    return tuple(found)


def _same_people(source_id: str, into_id: str) -> tuple[tuple[Contact, Contact, str], ...]:
    """Return the contacts of one customer whom another one has, too, by phone or e-mail."""
    mine, theirs = (
        list(Contact.select().where((Contact.customer == one) & Contact.merged_into.is_null()).order_by(Contact.id))
        for one in (source_id, into_id)
    )
    found, taken = [], set()
    for name in ("phone", "email"):
        known = {getattr(one, name): one for one in reversed(theirs) if getattr(one, name)}
        for one in mine:
            other = known.get(getattr(one, name))
            if other is not None and one.id not in taken:
                taken.add(one.id)
                found.append((one, other, name))
    return tuple(found)


def _close_pairs(tx: Transaction, one: str, other: str) -> None:
    """What was asked about the two is answered."""
    pair = PossibleDuplicate.customer.in_([one, other]) & PossibleDuplicate.other.in_([one, other])
    with tx.automatically():
        for row in PossibleDuplicate.select().where(pair & (PossibleDuplicate.state == "open")):
            tx.change("possible_duplicate", row.id, {"state": "merged"})
