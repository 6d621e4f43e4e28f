"""Taking back what was written: a record gets its values of before, for itself alone, or stays with the reason why."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from ...hooks.text import Text
from ..access.policy import check_write
from ..errors import ClewError, Conflict, NotFound
from ..journal.lines import plain
from ..journal.origin import Origin
from ..kinds.locking import LOCK_NAMES
from ..schema.kind import ANYBODY
from ..storage.records import UTCDateTimeField
from ..storage.statements import by_id
from ..storage.system_tables import Dispatch, JournalLine
from . import locks
from .door import Door
from .stages import STAGE_NAMES
from .transaction import Transaction

WITHIN = timedelta(days=30)
"""So long what was written as one batch can be taken back."""
AT_ONCE = timedelta(minutes=10)
"""So long somebody can take back a single act of their own."""
CHANGED_SINCE = Text("之后又被改动", "it was changed since")
GONE = Text("记录没有了", "the record is gone")
KIND_OFF = Text("这类记录停用了", "records of this kind are switched off")


def put_back(tx: Transaction, kind: str, record_id: str, values: Mapping[str, Any]) -> Text | None:
    """Give a record values within `tx`; return why it stays as it is instead. The rest of `tx` stands either way."""
    try:
        with tx.apart():
            tx.change(kind, record_id, values)
    except ClewError as error:
        return error.text
    return None


def take_back_act(door: Door, seq: int, origin: Origin) -> JournalLine:
    """Give a record back what it had before line `seq`, an act of the asker's own a moment ago; return that line.

    Rules do not answer this; those that have not yet answered the act no longer do, and what they made because of it
    goes along where nobody touched it since: an approval taken back locks the contract again. Raises NotFound for what is no such act, Conflict if the record was
    changed since, and what the door raises. What sets the company up has ways back of its own, with their approvals: a
    token that was revoked stays so.
    """
    line: JournalLine | None = by_id(JournalLine, seq)
    now, asker, kinds = door.clock.now(), origin.actor, door.context.configuration.kinds
    own = line is not None and (line.actor_kind, line.actor_id) == (asker.kind, asker.id)
    kind = (
        kinds.get(line.record_kind) if line is not None and own and line.before and line.at >= now - AT_ONCE else None
    )
    if line is None or kind is None or (kind.setting_up and kind.write != ANYBODY):
        raise NotFound("这一步不能撤销了。", "this can't be undone any more")
    with door.transaction(origin) as tx:
        take_back(tx, line)
    return line


def take_back(tx: Transaction, line: JournalLine, *, automatically: bool = False) -> None:
    """Give a record back within `tx` what it had before `line`, with what followed from it; see `take_back_act`.

    With `automatically` Clew itself asks: who gave records away may have them back. Raises Conflict if the record was
    changed since, or is gone with its kind, and what the door raises.
    """
    if line.record_kind not in tx.kinds:
        raise Conflict(KIND_OFF.zh, KIND_OFF.en)
    model = tx.kinds[line.record_kind].model
    record = by_id(model, line.record_id, lock=True)
    if record is None or plain({name: getattr(record, name) for name in line.after}) != line.after:
        raise Conflict("之后又有改动，不能撤销。", "it was changed since, so it can't be undone")
    before = typed(model, line.before)
    _locks_as_before(tx, line, locked=True)  # What a rule locked because of this act is open to whoever takes it back.
    if STAGE_NAMES & before.keys():
        _check_way_back(tx, line, record)
        # Whatever way there is, and as long in the stage as it was before.
        with tx.relocating():
            tx.change(line.record_kind, record.id, before)
            if "stage_since" in before:
                tx.change(line.record_kind, record.id, {"stage_since": before["stage_since"]})
    else:
        with tx.automatically() if automatically else nullcontext():
            tx.change(line.record_kind, record.id, before)
    _locks_as_before(tx, line, locked=False)
    _take_back_what_followed(tx, line)
    tx.let_rules_pass()
    waiting = (Dispatch.seq == line.seq) & (Dispatch.consumer == "rules") & (Dispatch.state == "pending")
    Dispatch.update(state="done", done_at=tx.now, error="it was taken back").where(waiting).execute()


def _check_way_back(tx: Transaction, line: JournalLine, record: Any) -> None:
    """Raise Conflict if the stage is gone, Locked or Forbidden if the asker may no longer move the record."""
    kind, stage = tx.kinds[line.record_kind], line.before.get("stage", "")
    if "process" in line.before or tx.configuration.processes.of_record(kind, record).stage(stage) is None:
        raise Conflict("原来的阶段没有了，不能撤销。", "the stage of before is gone, so it can't be undone")
    check_write(tx.kinds, tx.origin.actor, kind.name, record, {"stage": stage})
    locks.check(tx.origin.actor, kind, record, {"stage": stage})


def _made_by_rules(line: JournalLine) -> Any:
    return JournalLine.select().where((JournalLine.cause_seq == line.seq) & (JournalLine.cause_rule != ""))


def _take_back_what_followed(tx: Transaction, line: JournalLine) -> None:
    for one in _made_by_rules(line).order_by(JournalLine.seq):
        kind = tx.kinds.get(one.record_kind)
        if kind is None or not kind.taken_back or one.kind != f"{kind.name}.created":
            continue
        states, gone = kind.taken_back
        record = by_id(kind.model, one.record_id)
        if record is not None and record.revision == one.record_revision and record.state in states:
            closed = {"closed_at": tx.now} if kind.name == "deadline" else {}
            with tx.automatically():
                tx.change(kind.name, record.id, {"state": gone, **closed})


def _locks_as_before(tx: Transaction, line: JournalLine, *, locked: bool) -> None:
    """Take back the locks that rules set (`locked`), or lifted, because of a line; who did so by hand since stands."""
    for one in _made_by_rules(line).order_by(JournalLine.seq.desc()):
        kind = tx.kinds.get(one.record_kind)
        if kind is None or not kind.lockable or not one.before or not one.after.keys() <= LOCK_NAMES:
            continue
        if one.after.get("locked") is not locked:
            continue
        record = by_id(kind.model, one.record_id, lock=True)
        if record is not None and {name: getattr(record, name) for name in one.after} == one.after:
            with tx.automatically():
                tx.change(kind.name, record.id, one.before)


def typed(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return journalled values as the columns of a model take them."""
    return {name: _typed(model._meta.combined.get(name), value) for name, value in values.items()}


def _typed(column: Any, value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(column, UTCDateTimeField) and isinstance(value, str) else value
