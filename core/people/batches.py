"""Changes of people and teams written as one batch: all or nothing, journalled under one reason, undoable as one.

The person answers for the batch (the line that begins it); the writes follow from that and pass as the system's, so that
a locked lead is handed over like any other. Rules don't answer them: a deadline that runs goes on running.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..access.naming import names
from ..errors import Conflict, NotFound
from ..journal.lines import plain
from ..journal.origin import Cause, Origin
from ..kinds import PersonnelChange, User
from ..schema.kind import Typed
from ..storage.queries import among, locked
from ..storage.statements import by_id
from ..storage.turns import PEOPLE, one_at_a_time
from ..workspace import Workspace
from ..write.taking_back import CHANGED_SINCE, GONE, KIND_OFF, WITHIN, put_back, typed
from ..write.transaction import Transaction

_AT_ONCE = 500


class PlanChanged(Conflict):
    """What would change hands is no longer what the preview showed; nothing was written."""

    code = "plan_changed"

    def __init__(self) -> None:
        super().__init__(
            "预览之后又有变化（例如新分来一条线索），所以什么都没有改；请看新的预览再确认。",
            "something changed since the preview (a new lead, say), so nothing was done: look at the new preview",
        )


@dataclass(frozen=True)
class Write:
    """One write of a batch: a record's new values."""

    kind: str
    record_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Undone:
    """What undoing a batch did: how many records are as before, and which stay as they are, each with why."""

    undone: int
    kept: tuple[tuple[str, str, Text], ...]


def begin() -> None:
    """Take the turn of those who change people and teams; comes before anything of theirs is read to be changed."""
    one_at_a_time(PEOPLE)


def write(
    tx: Transaction, what: str, about: Mapping[str, str], writes: Sequence[Write], made: str | None = None
) -> PersonnelChange:
    """Write a batch within `tx` and keep it; `about` names the person or team, `made` is a team just made for it.

    Raises what the door raises.
    """
    asked = tx.origin
    items: list[list[Any]] = [["team", made, None, {}]] if made else []
    values = {"what": what, **about, "by_id": asked.actor.id, "by_name": asked.actor.name, "reason": asked.reason}
    change: PersonnelChange = tx.create("personnel_change", values).record
    tx.caused_by(_following(asked, tx.last_seq))
    records = _locked(tx, [(one.kind, one.record_id) for one in writes])
    for one in writes:
        record = records[one.kind, one.record_id]
        before = {name: getattr(record, name) for name in one.values}
        tx.change(one.kind, one.record_id, Typed(one.values))
        items.append([one.kind, one.record_id, plain(before), plain(dict(one.values))])
    change = tx.change("personnel_change", change.id, {"items": items})
    tx.caused_by(asked)
    tx.let_rules_pass()
    return change


def _locked(tx: Transaction, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Return records (kind, id) as they are until the transaction ends, read some hundreds at a time."""
    by_kind: dict[str, set[str]] = {}
    for kind, record_id in wanted:
        if kind in tx.kinds:
            by_kind.setdefault(kind, set()).add(record_id)
    found: dict[tuple[str, str], Any] = {}
    for kind, ids in by_kind.items():
        model: Any = tx.kinds[kind].model
        in_order = sorted(ids)
        for start in range(0, len(in_order), _AT_ONCE):
            query = model.select().where(among(model.id, in_order[start : start + _AT_ONCE])).order_by(model.id)
            found |= {(kind, one.id): one for one in locked(query)}
    return found


def change_of(change_id: str) -> PersonnelChange:
    """Return a batch. Raises NotFound."""
    found: PersonnelChange | None = by_id(PersonnelChange, change_id)
    if found is None:
        raise NotFound("没有这次人事变动。", "no such personnel change")
    return found


def why_not_undone(ws: Workspace, change: PersonnelChange) -> Text | None:
    """Say why a batch can't be undone; None if it can."""
    if change.undone_at is not None:
        return Text(f"已由{change.undone_by}撤销", f"undone by {change.undone_by} already")
    if change.created_at < ws.clock.now() - WITHIN:
        return Text("超过 30 天，不能再整批撤销", "it is over 30 days old, too old to be undone as a whole")
    return None


def undo(ws: Workspace, change_id: str, origin: Origin) -> Undone:
    """Put back what a batch wrote, in one transaction; what was changed since stays, with the reason.

    Raises NotFound, Forbidden without the permission `people` or for people who may do more, or Conflict if it was undone, or is too old.
    """
    access.require(origin.actor, "people")
    with ws.door.transaction(origin) as tx:
        begin()
        change = by_id(PersonnelChange, change_id, lock=True)
        if change is None:
            raise NotFound("没有这次人事变动。", "no such personnel change")
        if (why := why_not_undone(ws, change)) is not None:
            raise Conflict(why.zh, why.en)
        ids = [record_id for kind, record_id, *_ in change.items if kind == "user"]
        for user in User.select().where(User.id.in_(ids)):
            access.check_over(origin.actor, user.roles)
        tx.change("personnel_change", change.id, {"undone_at": tx.now, "undone_by": origin.actor.name})
        tx.caused_by(_following(origin, tx.last_seq))
        undone, kept = 0, []
        records = _locked(tx, [(kind, record_id) for kind, record_id, *_ in change.items])
        for kind, record_id, before, after in reversed(change.items):
            reason = _put_back(tx, kind, records.get((kind, record_id)), before, after)
            if reason is None:
                undone += 1
            else:
                kept.append((kind, record_id, reason))
        tx.let_rules_pass()
    return Undone(undone, tuple(kept))


def _put_back(
    tx: Transaction, kind: str, record: Any, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> Text | None:
    """Put one record back, or retire a team that was made (`before` is None); return why it stays instead."""
    if kind not in tx.kinds:
        return KIND_OFF
    model = tx.kinds[kind].model
    if record is None:
        return GONE
    if plain({name: getattr(record, name) for name in after}) != dict(after):
        return CHANGED_SINCE
    was = {"retired_at": tx.now} if before is None else typed(model, before)
    return put_back(tx, kind, record.id, Typed(was))


def _following(asked: Origin, seq: int | None) -> Origin:
    return replace(asked, actor=replace(asked.actor, kind="system"), cause=Cause(seq=seq, depth=asked.cause.depth + 1))


def told(tx: Transaction, messages: Iterable[tuple[str, Text, Text]]) -> None:
    """Put a message into the inbox of each of these people (id, title, body), in their language."""
    found = list(messages)
    people = {one.id: one for one in User.select().where(User.id.in_([user_id for user_id, _, _ in found]))}
    asked = tx.origin
    tx.caused_by(_following(asked, tx.last_seq))
    for user_id, title, body in found:
        locale = people[user_id].locale
        words = {"title": title.for_locale(locale)[:200], "body": body.for_locale(locale)}
        tx.create("notification", {"user_id": user_id, **words})
    tx.caused_by(asked)


def titles_of(ws: Workspace, origin_actor: Any, found: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Text]:
    """Return what records (kind, id) are called, as an actor may read it; one query a kind."""
    by_kind: dict[str, set[str]] = {}
    for kind, record_id in found:
        by_kind.setdefault(kind, set()).add(record_id)
    return {
        (kind, record_id): title
        for kind, ids in by_kind.items()
        if kind in ws.kinds
        for record_id, title in names(ws.kinds, origin_actor, kind, ids).items()
    }
