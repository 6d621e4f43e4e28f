"""Taking an import back: what it changed gets its values of before, what it made is taken out, unless somebody used it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....hooks.text import Text
from ...errors import Conflict
from ...journal.lines import plain
from ...kinds import Lead, PossibleDuplicate
from ...schema.kind import Kind
from ...storage.statements import by_id
from ...storage.system_tables import Dispatch, IdempotencyKey, ImportBatch, ImportRow, JournalLine
from ...workspace import Workspace
from ...write.taking_back import CHANGED_SINCE, GONE, WITHIN, put_back
from ...write.transaction import Transaction
from ..importing.decisions import value_of

_BY_PEOPLE = ("user", "import", "public", "plugin")
WITHDRAWN = ("lead", "contact", "customer")
"""Kinds whose records can be taken out again."""
_REASON = Text("导入已撤销", "the import was taken back")


def can_undo(ws: Workspace, batch: ImportBatch) -> bool:
    """Say whether an import can be taken back now."""
    ended = batch.state in ("done", "stopped", "failed") and batch.started_at is not None
    return ended and ws.clock.now() - batch.started_at <= WITHIN


def check_undoing(ws: Workspace, batch: ImportBatch) -> None:
    """Raise Conflict unless an import can be taken back now."""
    if batch.state in ("undoing", "undone"):
        raise Conflict("这次导入已经撤销过了。", "this import was taken back already")
    if not can_undo(ws, batch):
        raise Conflict(
            "只有 30 天内、已经结束的导入可以撤销。", "only an import that ended within 30 days can be taken back"
        )


def take_back(tx: Transaction, row: ImportRow) -> Mapping[str, Any]:
    """Take back what one row did; what was changed since is left, with the reason."""
    written = row.written
    kept: list[Text] = []
    # Within: Clew asks, so that no rule's question and no stage stands in the way of going back.
    with tx.relocating():
        for change in written.get("changed", ()):
            kept += _put_back(tx, change)
        kept += _take_out(tx, [(kind, record_id) for kind, record_id in written.get("made", ())], row)
    tx.let_rules_pass()
    if kept:
        return {"state": "kept", "zh": "；".join(one.zh for one in kept), "en": "; ".join(one.en for one in kept)}
    return {"state": "undone"}


def _put_back(tx: Transaction, change: Mapping[str, Any]) -> list[Text]:
    kind = tx.kinds[change["kind"]]
    record = by_id(kind.model, change["id"])
    if record is None:
        return [GONE]
    back = {
        name: before for name, (before, after) in change["values"].items() if plain(value_of(record, name)) == after
    }
    since = [name for name in change["values"] if name not in back]
    kept = [_of_fields(kind, since)] if since else []
    if back and (why := put_back(tx, kind.name, record.id, back)) is not None:
        kept.append(why)
    return kept


def _of_fields(kind: Kind, names: list[str]) -> Text:
    labels = [kind.by_name[name].label if name in kind.by_name else Text(name, name) for name in names]
    zh, en = "、".join(one.zh for one in labels), ", ".join(one.en for one in labels)
    return Text(f"「{zh}」{CHANGED_SINCE.zh}", f"“{en}”: {CHANGED_SINCE.en}")


def _take_out(tx: Transaction, made: list[tuple[str, str]], row: ImportRow) -> list[Text]:
    """Take out what a row made; its first record decides: where that stays, all of it does.

    A customer or contact that others use by now stays, and is no reason to keep the lead.
    """
    if not made:
        return []
    ours = {record_id for _, record_id in made}
    if (why := _used(tx, *made[0], ours, row)) is not None:
        return [why]
    for kind, record_id in made:
        if _used(tx, kind, record_id, ours, row) is None:
            _withdraw(tx, kind, record_id)
    IdempotencyKey.delete().where(IdempotencyKey.key == row.key).execute()
    return []


def _used(tx: Transaction, kind: str, record_id: str, ours: set[str], row: ImportRow) -> Text | None:
    """Return why a record has to stay: somebody changed it, or something that people made hangs on it."""
    if kind not in WITHDRAWN:
        return Text("这种记录不能撤出，只能改", "records of this kind can't be taken out")
    record = by_id(tx.kinds[kind].model, record_id)
    if record is None or record.withdrawn_at is not None:
        return GONE
    if _touched(kind, [record_id], row.seq):
        return CHANGED_SINCE
    hanging = (_hanging(tx, other, kind, record_id, ours, row) for other in tx.kinds.values())
    return next((why for why in hanging if why is not None), None)


def _hanging(tx: Transaction, other: Kind, kind: str, record_id: str, ours: set[str], row: ImportRow) -> Text | None:
    """Return what of another kind hangs on a record: made or touched by people, and not of this row."""
    for parent in other.parents:
        if parent.to != kind:
            continue
        rows = [one for one in tx.store.related(other.name, None, **{parent.name: record_id}) if one.id not in ours]
        rows = [one for one in rows if getattr(one, "withdrawn_at", None) is None]
        if other.name in WITHDRAWN and rows:
            return Text(f"又有了{other.title.zh}", f"there is another {other.title.en.lower()} by now")
        if rows and _touched(other.name, [one.id for one in rows], row.seq):
            return Text(f"已有{other.title.zh}", f"there is a {other.title.en.lower()} by now")
    return None


def _touched(kind: str, ids: list[str], seq: int | None) -> bool:
    """Say whether people wrote about any of these records after a line of the journal."""
    lines = JournalLine.select().where(
        (JournalLine.record_kind == kind)
        & JournalLine.record_id.in_(ids)
        & (JournalLine.seq > (seq or 0))
        & JournalLine.actor_kind.in_(_BY_PEOPLE)
        & (JournalLine.cause_rule == "")
    )
    return bool(lines.exists())


def _withdraw(tx: Transaction, kind: str, record_id: str) -> None:
    """Take a record out: it is on no list and in no count any more; the journal keeps all of it."""
    values: dict[str, Any] = {"withdrawn_at": tx.now}
    if kind == "lead":
        lead = by_id(Lead, record_id)
        if lead.outcome == "open":
            values |= {"outcome": "lost", "lost_reason": _REASON.zh}
        values["external_id"] = None  # The same file may come in again.
    if kind == "customer":
        pairs = (PossibleDuplicate.customer == record_id) | (PossibleDuplicate.other == record_id)
        for pair in PossibleDuplicate.select().where(pairs & (PossibleDuplicate.state == "open")):
            tx.change("possible_duplicate", pair.id, {"state": "apart"})
    tx.change(kind, record_id, values)
    lines = JournalLine.select(JournalLine.seq).where(
        (JournalLine.record_kind == kind) & (JournalLine.record_id == record_id)
    )
    waiting = Dispatch.seq.in_(lines) & (Dispatch.consumer == "rules") & (Dispatch.state == "pending")
    Dispatch.update(state="done", done_at=tx.now, error="it was taken back").where(waiting).execute()
