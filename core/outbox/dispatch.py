"""The journal's events brought to rules and plugins, at least once, with effects that count once (law 5)."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from peewee import SQL, fn

from ...hooks import effects as asked
from ...hooks.text import Text, n_of
from ...rules.language.errors import RulesError
from .. import actions
from ..actions import subject_of
from ..errors import ClewError, Invalid, Problem
from ..journal.origin import SYSTEM, Actor, Origin
from ..kinds import KindDefinition
from ..storage.database import write_transaction
from ..storage.ids import new_id
from ..storage.queries import pairs, tuples
from ..storage.statements import by_id, count, rows, update_if
from ..storage.system_tables import Dispatch, JournalLine
from ..workspace import Workspace
from ..write.transaction import RECOUNT, Transaction, cause_of
from .decisions import ONE_RULE, RULES, by_rules, decide, may_pass
from .recounting import recount_after
from .set_aside import cut_off, given_up, kept, read_error, waits_for, words_of

log = structlog.get_logger()
_BACKOFF_SECONDS = (1, 5, 30, 120, 600)


class _LeaseLost(Exception):
    """Another worker took the event over while this one was held up: what it did is rolled back."""


def run(ws: Workspace, dispatch_id: int) -> bool:
    """Run one event for its consumer. Return False if it was not due, or somebody else has it.

    The attempt is counted and committed before it starts: an event that kills its worker comes
    back after the lease, and after `max_attempts` is set aside as a dead letter.
    """
    ws.refresh()
    with ws.pinned():  # An event is decided by one configuration, whatever is published meanwhile.
        return _run(ws, dispatch_id)


def _run(ws: Workspace, dispatch_id: int) -> bool:
    row = by_id(Dispatch, dispatch_id)
    if row is None or row.state not in ("pending", "running"):
        return False
    plugin = row.consumer.removeprefix("plugin:") if row.consumer.startswith("plugin:") else ""
    off = plugin and not ws.plugins.takes_events(plugin, ws.clock.now())
    if off or (row.record_kind not in ws.kinds and row.record_kind in _resting(ws)):
        # Kept, not counted: the plugin gets it when it is on or leaves quarantine, rules when the kind is on again.
        # A rule that was set aside stays so: nothing but a person brings it back.
        _set({"id": dispatch_id, "state": row.state}, state="dead" if row.consumer.startswith(ONE_RULE) else "held")
        return False
    token = _claim(ws, row)
    if token is None:
        return False
    try:
        _perform(ws, row, token, plugin)
    except _LeaseLost:
        return False
    except Exception as error:
        _failed(ws, row, token, error)
    return True


def due(ws: Workspace, limit: int = 500) -> list[int]:
    """Return the events that wait to be run, or whose worker has gone silent, oldest first."""
    now = ws.clock.now()

    def query() -> Any:
        waiting = Dispatch.state.in_(("pending", "running")) & (Dispatch.due_at <= now)
        return Dispatch.select(Dispatch.id).where(waiting).order_by(Dispatch.id).limit(limit)

    return [
        number
        for (number,) in rows("dispatches due", query, "pending", "running", Dispatch.due_at.db_value(now), limit)
    ]


def next_due() -> datetime | None:
    """Return when the next event that waits, or is being run, is due."""
    waiting = Dispatch.state.in_(("pending", "running"))
    ((moment,),) = rows(
        "next dispatch", lambda: Dispatch.select(fn.MIN(Dispatch.due_at)).where(waiting), "pending", "running"
    )
    return None if moment is None else Dispatch.due_at.python_value(moment)


def retry(dispatch_id: int, ws: Workspace, rules: Literal["then", "now"] = "now") -> bool:
    """Bring a dead letter back, with its attempts counted anew; return False if it is none.

    `rules` says who decides: "now" the rules in force today, "then" those in force when the event
    was first tried. Plugins and channels are always today's.
    """
    if by_id(Dispatch, dispatch_id) is None:
        return False
    changed = _set(
        {"id": dispatch_id, "state": "dead"},
        state="pending",
        attempts=0,
        due_at=ws.clock.now(),
        error="",
        rules_then=rules == "then",
        waits_for="",
    )
    if changed:
        ws.queue.send([dispatch_id])
    return changed


def retry_all(ws: Workspace, dispatch_ids: Sequence[int], origin: Origin, rules: Literal["then", "now"] = "now") -> int:
    """Bring dead letters back for a person, journalled; return how many came back. See `retry`."""
    done = [one for one in dispatch_ids if retry(one, ws, rules)]
    if done:
        about = str(done[0]) if len(dispatch_ids) == 1 else "all"
        with ws.door.transaction(origin) as tx:
            tx.note("dead_letter.retried", "dispatch", about, {"count": len(done), "rules": rules})
    return len(done)


def close_all(ws: Workspace, dispatch_ids: Sequence[int], origin: Origin) -> int:
    """Close dead letters by hand, journalled with `origin.reason`: what they stand for was seen to otherwise.

    Return how many were closed. Raises Invalid without a reason.
    """
    if not origin.reason.strip():
        raise Invalid([Problem("reason", Text("请写明关闭的原因", "say why you close it"))])
    closed = 0
    with ws.door.transaction(origin) as tx:
        for one in dispatch_ids:
            row = by_id(Dispatch, one)
            if row is not None and update_if(
                Dispatch, {"state": "closed", "done_at": tx.now, "waits_for": ""}, {"id": row.id, "state": "dead"}
            ):
                closed += 1
                after = {"dispatch": row.id, "consumer": row.consumer, "error": row.error}
                tx.note("dead_letter.closed", row.record_kind, row.record_id, after)
    return closed


def release(ws: Workspace, plugin: str, limit: int | None = None) -> list[int]:
    """Let a plugin's kept events go (all, or the oldest few) and return them."""
    return _released(ws, f"plugin:{plugin}", limit)


def release_rules(ws: Workspace, limit: int = 500) -> list[int]:
    """Let the oldest events go that were kept because their kind of record was switched off; return them."""
    return _released(ws, RULES, limit)


def retry_waiting(ws: Workspace, origin: Origin = SYSTEM, limit: int = 500) -> int:
    """Bring back the dead letters of rules whose action could not be had and now can be; return how many."""
    here = sorted(ws.plugins.in_force.actions)
    if not here:
        return 0
    # The index holds only rows that wait, which the query has to say for it to be used.
    waiting = (Dispatch.waits_for != SQL("''")) & Dispatch.waits_for.in_(here) & (Dispatch.state == "dead")
    found = tuples(
        Dispatch.select(Dispatch.id).where(waiting).limit(limit)
    )  # In order, the index would be passed over.
    return retry_all(ws, sorted(number for (number,) in found), origin)


def waiting_for() -> dict[str, int]:
    """Return how many dead letters of rules wait for each action that can't be had."""
    waiting = (Dispatch.waits_for != SQL("''")) & (Dispatch.state == "dead")
    counted = Dispatch.select(Dispatch.waits_for, fn.COUNT(Dispatch.id)).where(waiting).group_by(Dispatch.waits_for)
    return dict(pairs(counted))


def _resting(ws: Workspace) -> list[str]:
    """Return the kinds made at run time that are not in force now."""
    return [name for (name,) in tuples(KindDefinition.select(KindDefinition.name)) if name not in ws.kinds]


def _released(ws: Workspace, consumer: str, limit: int | None) -> list[int]:
    held = (Dispatch.consumer == consumer) & (Dispatch.state == "held")
    if not count("dispatches held", lambda: Dispatch.select(fn.COUNT(Dispatch.id)).where(held), consumer, "held"):
        return []
    held &= Dispatch.record_kind.not_in(_resting(ws))
    query = Dispatch.select(Dispatch.id).where(held).order_by(Dispatch.id)
    ids = [row.id for row in (query.limit(limit) if limit else query)]
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        with write_transaction():
            # Another process may have let one go meanwhile, and it is done.
            still = Dispatch.id.in_(part) & (Dispatch.state == "held")
            Dispatch.update(state="pending", due_at=ws.clock.now()).where(still).execute()
        ws.queue.send(part)
    return ids


def _set(seen: dict[str, object], **values: object) -> bool:
    with write_transaction():
        return update_if(Dispatch, values, seen)


def _claim(ws: Workspace, row: Dispatch) -> str | None:
    now = ws.clock.now()
    if row.due_at > now:
        return None
    # Whoever takes it, holds it up or lets it go changes one of these.
    seen = {"id": row.id, "state": row.state, "attempts": row.attempts, "due_at": row.due_at}
    if row.attempts >= ws.settings.max_attempts:
        times = row.attempts
        died = Text(
            f"处理它的进程中断了 {times} 次", f"the worker died {n_of(times, 'time')} while handling this event"
        )
        error = row.error or kept(died)
        if _set(seen, state="dead", error=error):
            given_up(ws, row, read_error(error))
        return None
    token = f"{socket.gethostname()[:30]}:{os.getpid()}:{new_id(now)}"
    claimed = _set(
        seen,
        state="running",
        attempts=row.attempts + 1,
        claimed_by=token,
        rules_at=row.rules_at or now,
        due_at=now + timedelta(seconds=ws.settings.lease_seconds),
    )
    return token if claimed else None


def _perform(ws: Workspace, row: Dispatch, token: str, plugin: str) -> None:
    line = by_id(JournalLine, row.seq)
    if row.consumer == RECOUNT:
        recount_after(ws, line)
    wishes = ws.plugins.deliver(plugin, line) if plugin else []
    version = ws.plugins.version(plugin) if plugin else ""
    actor = Actor("plugin", plugin, plugin) if plugin else Actor("rule", name="Clew")
    cause = cause_of(line, plugin=plugin, version=version)
    with ws.door.transaction(Origin(actor, actor.kind, cause=cause)) as tx:
        if plugin:
            _grant(tx, line, plugin, wishes)
        elif by_rules(row.consumer):
            decide(ws, tx, line, row)
        elif row.consumer == RECOUNT:
            pass  # Done above, in transactions of their own: thousands of deadlines must not wait for one another.
        else:
            ws.channels.deliver(row.consumer.removeprefix("channel:"), line)
        for cut in tx.cut:
            cut_off(tx, cut)
        values = {"state": "done", "done_at": tx.now, "error": ""}
        if not update_if(Dispatch, values, {"id": row.id, "claimed_by": token, "state": "running"}):
            raise _LeaseLost


def _grant(tx: Transaction, line: JournalLine, plugin: str, wishes: list[object]) -> None:
    """Do what a plugin asked for on an event."""
    record = tx.store.get(line.record_kind, line.record_id) if line.record_kind in tx.kinds else None
    subject = subject_of(tx.kinds, tx.store, line.record_kind, record) if record is not None else None
    for number, wish in enumerate(wishes):
        key = f"{line.seq}:{plugin}:{number}"
        if isinstance(wish, asked.SetFields):
            tx.change(line.record_kind, line.record_id, wish.values)
        elif isinstance(wish, asked.AddNote):
            tx.note("plugin.noted", line.record_kind, line.record_id, {"text": wish.text})
        elif subject is None:
            raise actions.CannotApply("这个事件不属于任何记录", "this event is about no record")
        else:
            name, args = _as_action(wish)
            actions.apply(tx, name, args, subject, key)


def _as_action(wish: object) -> tuple[str, dict[str, object]]:
    """Return the action that an effect asks for, with its arguments."""
    match wish:
        case asked.CreateTask():
            base: dict[str, object] = {"assignee": wish.assignee, "due_working_minutes": wish.due_working_minutes}
            if wish.items:
                return "create_tasks", base | {"sop": wish.title, "items": wish.items}
            return "create_task", base | {"title": wish.title}
        case asked.Notify():
            return "notify", {"to": wish.to, "title": wish.title, "body": wish.body}
        case asked.StartDeadline():
            return "start_deadline", {"name": wish.name, "working_minutes": wish.working_minutes}
    raise TypeError(f"{type(wish).__name__} is no effect")


def _failed(ws: Workspace, row: Dispatch, token: str, error: Exception) -> None:
    now = ws.clock.now()
    attempts = Dispatch.get_by_id(row.id).attempts
    alone = row.consumer.startswith(ONE_RULE)
    # What a plugin asks for may be what can't be; a plugin that raised may do better the next time.
    asked_in_vain = row.consumer.startswith("plugin:") and isinstance(error, ClewError)
    in_vain = not may_pass(error) and (alone or asked_in_vain or isinstance(error, RulesError))
    dead = in_vain or attempts >= ws.settings.max_attempts
    wait = _BACKOFF_SECONDS[min(attempts, len(_BACKOFF_SECONDS)) - 1]
    words = words_of(error)
    log.warning("dispatch failed", dispatch=row.id, consumer=row.consumer, attempts=attempts, error=words.en)
    changed = _set(
        {"id": row.id, "claimed_by": token},
        state="dead" if dead else "pending",
        due_at=now + timedelta(seconds=wait),
        error=kept(words),
        waits_for=waits_for(error),
    )
    if changed and dead and not (alone and in_vain):  # Of a rule by itself they were told when it was set aside.
        given_up(ws, row, words)
