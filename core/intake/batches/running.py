"""An import under way: row by row through the door, each once, wherever its process dies; and the way back, likewise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from ....hooks.text import Text
from ...access.policy import may, require
from ...errors import ClewError, Conflict
from ...journal.lines import plain
from ...journal.origin import Actor, Origin
from ...kinds import Customer, Lead, User
from ...outbox import imports
from ...outbox.imports import Lost
from ...storage.database import write_transaction
from ...storage.statements import by_id
from ...storage.system_tables import ImportBatch, ImportRow
from ...workspace import Workspace
from ...write.transaction import Transaction
from ..importing.decisions import value_of
from ..importing.plan import reason
from ..importing.targets import Target, target
from .checking import Checked, counts
from .existing import EMPTY, PLACES
from .overwriting import is_ticked
from .undoing import check_undoing, take_back

log = structlog.get_logger()
_PART = 20
_WRITES = ("new", "fill", "differ")
_SINCE = Text("预览之后又改过，没有动：", "changed since the preview, and left: ")
_KEPT = Text("联系人已在，没有改：", "the contact was there, and keeps: ")
_STAYS = Text("没有打勾，留着：", "not ticked, and stays: ")


def start(ws: Workspace, batch: ImportBatch, checked: Checked, origin: Origin) -> None:
    """Let an import begin. Raises Forbidden, and Conflict while something has to be said or nothing would come in."""
    require(origin.actor, "import")
    if checked.problems:
        raise Conflict(checked.problems[0].zh, checked.problems[0].en)
    if checked.open:
        first = checked.open[0].title
        raise Conflict(f"先回答：{first.zh}", f"answer this first: {first.en}")
    if not any(counts(batch.id).get(one) for one in _WRITES):
        raise Conflict("没有可以导入的行。", "no row can come in")
    with ws.door.transaction(origin) as tx:
        _queue(ws, batch, "draft", origin.actor)
        tx.note("import.started", "import", batch.id, {"file": batch.file_name, "rows": batch.total}, heard=False)
    imports.offer(ws, [batch.id])


def go_on(ws: Workspace, batch: ImportBatch, origin: Origin) -> None:
    """Let an import that was stopped, or whose process died too often, go on with the rows that are left."""
    require(origin.actor, "import")
    with write_transaction():
        _queue(ws, batch, batch.state if batch.state in ("stopped", "failed") else "stopped", origin.actor)
    imports.offer(ws, [batch.id])


def stop(batch: ImportBatch, origin: Origin) -> None:
    """Stop an import after the row that it is at; what is in stays in. Raises Conflict for one that has ended."""
    require(origin.actor, "import")
    under_way = (ImportBatch.id == batch.id) & ImportBatch.state.in_(("queued", "running"))
    with write_transaction():
        if not ImportBatch.update(stop_asked=True).where(under_way).execute():
            raise Conflict("这次导入已经结束。", "this import has ended already")


def undo(ws: Workspace, batch: ImportBatch, origin: Origin) -> None:
    """Let a whole import be taken back. Raises Forbidden, and Conflict for one that is too old or not in."""
    require(origin.actor, "import")
    check_undoing(ws, batch)
    in_force = (ImportBatch.id == batch.id) & (ImportBatch.state == batch.state)
    with ws.door.transaction(origin) as tx:
        taken = ImportBatch.update(
            state="undoing", undone_by=origin.actor.id, done=0, claimed_by="", attempts=0, due_at=ws.clock.now()
        ).where(in_force)
        if not taken.execute():
            raise Conflict("这次导入正在处理；请刷新。", "this import is being worked on: reload")
        tx.note("import.undone", "import", batch.id, {"file": batch.file_name}, heard=False)
    imports.offer(ws, [batch.id])


def run_import(ws: Workspace, batch_id: str, between: Callable[[], object] = lambda: None) -> bool:
    """Work on an import until it has ended; False if it is not to be had. `between` is called every few rows."""
    ws.refresh()
    token = imports.claim(ws, batch_id)
    if token is None:
        return False
    batch = ImportBatch.get_by_id(batch_id)
    try:
        if batch.state == "undoing":
            _run(ws, batch, token, between, *_undoing(batch))
        else:
            _run(ws, batch, token, between, *_writing(ws, batch))
    except Lost:
        return False
    except ClewError as error:
        imports.fail(ws, batch_id, f"{error.text.zh} · {error.text.en}")
    except Exception as error:
        log.exception("import failed", batch=batch_id)
        imports.fail(ws, batch_id, f"{type(error).__name__}: {error}")
    return True


def _queue(ws: Workspace, batch: ImportBatch, state: str, actor: Actor) -> None:
    values = {
        "state": "queued",
        "stop_asked": False,
        "user_id": actor.id,
        "user_name": actor.name,
        "started_at": ws.clock.now(),
        "due_at": ws.clock.now(),
        "claimed_by": "",
        "attempts": 0,
        "error": "",
    }
    if not ImportBatch.update(**values).where((ImportBatch.id == batch.id) & (ImportBatch.state == state)).execute():
        raise Conflict("这次导入已经开始了；请刷新。", "this import has begun already: reload")


_Act = Callable[[Transaction, ImportRow], Mapping[str, Any]]


def _run(
    ws: Workspace,
    batch: ImportBatch,
    token: str,
    between: Callable[[], object],
    origin: Origin,
    act: _Act,
    ends: str,
) -> None:
    """Do `act` to each row that waits, in a transaction of its own, in which the row says that it is done."""
    undoing = ends == "undone"
    waits = ImportRow.state.in_(("created", "changed")) if undoing else ImportRow.state == ""
    waits = (ImportRow.batch_id == batch.id) & waits
    order = ImportRow.line.desc() if undoing else ImportRow.line
    done = (
        0 if undoing else ImportRow.select().where((ImportRow.batch_id == batch.id) & (ImportRow.state != "")).count()
    )
    stopped = imports.hold(ws, batch.id, token, done)
    while not (stopped and not undoing) and (
        rows := list(ImportRow.select().where(waits).order_by(order).limit(_PART))
    ):
        for row in rows:
            _one(ws, row, origin, act, undoing=undoing)
            done += 1
        stopped = imports.hold(ws, batch.id, token, done)
        between()
    left = ImportRow.select().where(waits).exists()
    imports.let_go(ws, batch.id, token, "stopped" if left and not undoing else ends, done)
    if not undoing:
        with ws.door.transaction(origin) as tx:
            tx.note("import.ended", "import", batch.id, {"rows": counts(batch.id, "state")}, heard=False)


def _one(ws: Workspace, row: ImportRow, origin: Origin, act: _Act, *, undoing: bool) -> None:
    as_was = (ImportRow.id == row.id) & (ImportRow.state == row.state)
    try:
        with ws.door.transaction(origin) as tx:
            # First, so that another process that has the same row in hand waits here, and then finds it done.
            if not ImportRow.update(state=row.state or "same").where(as_was).execute():
                return
            found = act(tx, row)
            ImportRow.update(**found).where(ImportRow.id == row.id).execute()
    except ClewError as error:
        why = reason(error)
        with write_transaction():
            ImportRow.update(state="kept" if undoing else "refused", zh=why.zh, en=why.en).where(as_was).execute()


def _asker(user_id: str) -> Actor:
    user = by_id(User, user_id)
    actor = Actor.of(user) if user is not None and user.active else None
    if actor is None or not may(actor, "import"):
        raise Conflict(
            "开始导入的人已停用，或不再有导入权限。", "who began it was deactivated, or may not import any more"
        )
    return actor


def _writing(ws: Workspace, batch: ImportBatch) -> tuple[Origin, _Act, str]:
    origin = Origin(_asker(batch.user_id), "import", reason=batch.file_name)
    goal = target(ws, batch.kind)
    document = batch.document

    def write(tx: Transaction, row: ImportRow) -> Mapping[str, Any]:
        if row.plan not in _WRITES:
            return {"state": "refused" if row.plan == "refused" else "same"}
        if row.plan != "new":
            return _update(tx, row, goal, document)
        made = goal.write_in(tx, dict(row.values), row.external_id, row.key)
        return {
            "state": "created" if made.new else "same",
            "record_id": made.record_id,
            "written": {"made": [list(one) for one in made.made], "changed": [dict(one) for one in made.changed]},
            "seq": tx.last_seq,
            **_named(goal, {_KEPT: made.left}),
        }

    return origin, write, "done"


def _update(tx: Transaction, row: ImportRow, goal: Target, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill what is empty, and put the file's values in the place of others where somebody ticked that."""
    lead = by_id(Lead, row.record_id)
    if lead is None or lead.withdrawn_at is not None:
        raise Conflict("这条线索已经不在了。", "this lead is gone")
    contact = lead.contact
    held = {"lead": lead, "contact": contact, "customer": by_id(Customer, lead.customer_id)}
    changes: dict[str, dict[str, Any]] = {}
    since: list[str] = []
    stays: list[str] = []
    for name, (before, after) in row.differences.items():
        kind, theirs = PLACES.get(name, ("lead", name))
        now = plain(value_of(held[kind], theirs))
        if now != before and not (now in EMPTY and before in EMPTY):
            since.append(name)
        elif before in EMPTY or is_ticked(document, row.line, name, (before, after)):
            changes.setdefault(kind, {})[theirs] = after
        else:
            stays.append(name)
    made: list[list[str]] = []
    if contact is None and "contact" in changes:
        values = {"customer_id": lead.customer_id, **changes.pop("contact")}
        new = tx.create("contact", values, found_again=True).record
        made.append(["contact", new.id])
        changes.setdefault("lead", {})["contact_id"] = new.id
    changed: list[dict[str, Any]] = []
    for kind, values in changes.items():
        record = held[kind]
        before = {name: plain(value_of(record, name)) for name in values}
        after = tx.change(kind, record.id, values)
        changed.append(
            {
                "kind": kind,
                "id": record.id,
                "values": {name: [before[name], plain(value_of(after, name))] for name in values},
            }
        )
    said = _named(goal, {_SINCE: since, _STAYS: stays})
    written = {"made": made, "changed": changed}
    return {"state": "changed" if changed else "same", "written": written, "seq": tx.last_seq, **said}


def _named(goal: Target, said: Mapping[Text, Sequence[str]]) -> Mapping[str, str]:
    """Return in words what was left as it is, and why: each reason with the fields that it is about."""
    labels = {name: one.label for name, one in goal.labelled()}
    told = [(why, [labels.get(name, Text(name, name)) for name in names]) for why, names in said.items() if names]
    if not told:
        return {}
    return {
        "zh": "；".join(why.zh + "、".join(one.zh for one in names) for why, names in told),
        "en": "; ".join(why.en + ", ".join(one.en for one in names) for why, names in told),
    }


def _undoing(batch: ImportBatch) -> tuple[Origin, _Act, str]:
    origin = Origin(_asker(batch.undone_by), "import", reason=f"撤销 {batch.file_name}")
    return origin, lambda tx, row: take_back(tx, row), "undone"
