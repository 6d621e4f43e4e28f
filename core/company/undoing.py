"""Taking a publishing back: what it wrote is found by its cause, and put back where nobody changed it since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...hooks.text import Text, n_of
from ..access import policy as access
from ..errors import Conflict, NotFound
from ..journal.lines import plain
from ..journal.origin import Origin
from ..kinds import CompanyChange, ProcessDefinition
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from ..write.taking_back import CHANGED_SINCE, GONE, KIND_OFF, WITHIN, put_back
from ..write.transaction import Transaction

_GONE: Mapping[str, Mapping[str, Any]] = {
    "field_definition": {"active": False},
    "process_definition": {"active": False},
    "kind_definition": {"active": False},
    "layout": {"sections": [], "columns": [], "hints": {}},
    "rule_version": {"state": "discarded"},
}
"""What becomes of a record that the publishing made: nothing is deleted."""
_DEFINITIONS = frozenset({"field_definition", "process_definition", "layout", "kind_definition"})


@dataclass(frozen=True)
class Undone:
    """How many records were put back, and which stay as they are: kind, id and the reason."""

    back: int
    kept: tuple[tuple[str, str, Text], ...]


def can_undo(ws: Workspace, change: CompanyChange) -> bool:
    """Say whether a publishing can still be taken back."""
    return change.undone_at is None and ws.clock.now() - change.created_at <= WITHIN


def undo(ws: Workspace, change_id: str, origin: Origin) -> Undone:
    """Take a publishing back in one transaction; what somebody changed since is left as it is.

    Raises NotFound, Forbidden, or Conflict for one that was taken back, is older than 30 days, or whose definition
    was published again since.
    """
    access.require(origin.actor, "company")
    change = by_id(CompanyChange, change_id)
    if change is None:
        raise NotFound("没有这次改动。", f"no change {change_id}")
    if change.undone_at is not None:
        raise Conflict("这次改动已经撤销过了。", "this change was taken back already")
    if not can_undo(ws, change):
        raise Conflict("超过 30 天的改动不能撤销。", "a change older than 30 days can't be taken back")
    begun = JournalLine.get((JournalLine.record_kind == "company_change") & (JournalLine.record_id == change.id))
    back, kept = 0, []
    with ws.door.transaction(origin) as tx:
        tx.change("company_change", change.id, {"undone_at": tx.now}, change.revision)
        tx.caused_by(replace(origin, cause=replace(origin.cause, seq=tx.last_seq, depth=1)))
        lines = _lines(begun.seq)
        coming = {line.record_id for line in lines if line.record_kind == "process_definition"}
        for line in lines:
            if (reason := _put_back(tx, line, coming)) is None:
                back += 1
            else:
                kept.append((line.record_kind, line.record_id, reason))
    return Undone(back, tuple(kept))


def _lines(seq: int) -> list[JournalLine]:
    """Return the lines that a publishing wrote, the last first; definitions after the records that leave their stages."""
    wrote = (JournalLine.cause_seq == seq) & (JournalLine.record_kind != "company_change")
    found = list(JournalLine.select().where(wrote).order_by(JournalLine.seq.desc()))
    return sorted(found, key=lambda line: line.record_kind in _DEFINITIONS)


def _put_back(tx: Transaction, line: JournalLine, coming: Collection[str]) -> Text | None:
    """Put back what one line changed; return why it stays instead. Raises Conflict where a definition can't be.

    `coming` are the ids of the processes that are put back along with it.
    """
    kind = tx.kinds.get(line.record_kind)
    if kind is None:
        return KIND_OFF
    record = by_id(kind.model, line.record_id)
    if record is None:
        return GONE
    made = line.kind.endswith(".created")
    values = _made(kind.name, record) if made else _values(record, line)
    if made and kind.name == "kind_definition":
        _check_empty(tx, record)
    if kind.name in _DEFINITIONS:
        if not values:
            raise Conflict(
                "之后又发布过，不能撤销这一次；请先撤销后面的。", "it was published again since: take that back first"
            )
        tx.change(kind.name, record.id, values)  # As whoever asks: what they may not do, they can't undo either.
        return None
    if not values:
        return CHANGED_SINCE
    if kind.staged and "stage" in values and _is_gone(kind.name, record.process, values["stage"], coming):
        return Text("那个阶段已经没有了", "that stage is there no more")
    with tx.relocating():
        return put_back(tx, kind.name, record.id, values)


def _is_gone(kind: str, process: str, stage: str, coming: Collection[str]) -> bool:
    """Say whether a process as it is on record has no such stage, and is not itself put back."""
    row = ProcessDefinition.get_or_none((ProcessDefinition.name == process) & (ProcessDefinition.kind == kind))
    if row is None or row.id in coming or not row.active:
        return False
    return stage not in [one.get("name") for one in row.document.get("stages", ())]


def _check_empty(tx: Transaction, definition: Any) -> None:
    """Raise Conflict if there are records of a kind whose making is taken back: it is retired with what that asks."""
    if definition.name in tx.kinds and (count := tx.store.count(definition.name)):
        raise Conflict(
            f"已经有 {count} 条{definition.title_zh}，不能撤销；可以停用这种记录。",
            f"{n_of(count, 'record')} of it there already: retire the kind instead",
        )


def _made(kind: str, record: Any) -> Mapping[str, Any]:
    """Return what becomes of a record that the publishing made; nothing if somebody changed it since."""
    untouched = record.state == "draft" if kind == "rule_version" else record.revision == 1
    return _GONE.get(kind, {}) if untouched else {}


def _values(record: Any, line: JournalLine) -> dict[str, Any]:
    """Return what a change had put aside, where the record still has what that change gave it."""
    found: dict[str, Any] = {}
    for name, before in line.before.items():
        after = line.after.get(name)
        if name == "extra":
            held = record.extra or {}
            for key in {*before, *after}:
                if before.get(key) != after.get(key) and held.get(key) == after.get(key):
                    found[key] = before.get(key)
        elif name not in ("stage_since", "closed_at") and _same(getattr(record, name), after):
            found[name] = before
    return found


def _same(now: Any, after: Any) -> bool:
    return bool(plain(now) == after)
