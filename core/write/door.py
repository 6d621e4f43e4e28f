"""The one door (law 1): each write of a business record is checked, written and journalled here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ... import rules
from ...hooks.specs import ACTION_ASKED
from ..errors import Conflict, Invalid, NotFound
from ..journal import lines as journal
from ..journal.causes import endless
from ..journal.origin import Cause, Origin
from ..models import RECORDS, Dispatch, IdempotencyKey, JournalLine, Lead, Record, Version, canonical
from ..people.policy import check_write
from ..process.process import ProcessBook
from ..schema.fields import FieldRegistry
from ..schema.validator import Validator
from ..storage.database import database, door_opened, is_sqlite, write_transaction
from ..storage.ids import new_id
from ..storage.statements import by_id, insert, update
from ..time.clock import Clock
from ..time.working_calendar import WorkingCalendar
from . import lifecycle as records
from . import locks
from . import prewrite as saving
from .context import Surroundings

MAX_DEPTH = 12
"""A chain of causes longer than this goes round in circles: it is set aside as a dead letter."""
_CONFIGURATION = {
    "field_definition": "configuration",
    "process_definition": "configuration",
    "calendar_day": "configuration",
    "rule": "rules",
    "plugin": "plugins",
}


@dataclass(frozen=True)
class Created:
    """A record made by a creating call, or found because the same call was made before."""

    record: Any
    new: bool


@dataclass
class Door:
    """The door with what it checks against; `fields`, `processes` and `calendar` follow the database."""

    clock: Clock
    surroundings: Surroundings
    validator: Validator
    processes: ProcessBook
    calendar: WorkingCalendar

    @property
    def fields(self) -> FieldRegistry:
        """The fields in force."""
        return self.validator.registry

    @contextmanager
    def transaction(self, origin: Origin) -> Iterator[Transaction]:
        """Open the door for one transaction: all of it is written, or nothing."""
        tx = Transaction(self, origin)
        with door_opened(), write_transaction():
            yield tx
            tx.finish()
        self.surroundings.committed(tx.dispatches, tx.reconfigured)

    def create(self, kind: str, values: Mapping[str, Any], origin: Origin, key: str | None = None) -> Created:
        """Create one record in a transaction of its own; see `Transaction.create`."""
        with self.transaction(origin) as tx:
            return tx.create(kind, values, key)

    def change(
        self, kind: str, record_id: str, values: Mapping[str, Any], origin: Origin, revision: int | None = None
    ) -> Any:
        """Change one record in a transaction of its own; see `Transaction.change`."""
        with self.transaction(origin) as tx:
            return tx.change(kind, record_id, values, revision)


class Transaction:
    """One passage through the door. Ends in the database whole, or not at all."""

    def __init__(self, door: Door, origin: Origin) -> None:
        self.door, self.origin = door, origin
        self.now: datetime = door.clock.now()
        self.dispatches: list[int] = []
        self.reconfigured = False
        self._versions: set[str] = set()
        self._last_line: JournalLine | None = None

    def create(
        self, kind: str, values: Mapping[str, Any], key: str | None = None, fingerprint: str | None = None
    ) -> Created:
        """Create a record from raw values and journal it.

        `key` makes the call idempotent: the same key with the same values (or the same
        `fingerprint`, where the values were made from something else) returns the record made
        first. Raises Invalid (nothing written), Forbidden, or Conflict if the key was used for
        something else.
        """
        check_write(self.origin.actor, kind, None)
        locks.check(self.origin.actor, None, values)
        fingerprint = fingerprint or fingerprint_of(kind, values)
        if key and (found := self.made_before(kind, key, fingerprint)):
            return Created(found, False)
        given = self._shape(kind, values, whole=True)
        records.at_birth(self, kind, given)
        self._ask_plugins(kind, {}, given)
        model = RECORDS[kind]
        record = model(id=new_id(self.now), created_at=self.now, updated_at=self.now, **given)
        judged = self._judge(kind, record, {}, given)
        insert(record)
        if key:
            insert(IdempotencyKey(key=key, record_kind=kind, record_id=record.id, fingerprint=fingerprint, at=self.now))
        line = self._journal(kind, f"{kind}.created", record, {}, _values_of(record))
        self._keep(line, kind, record, judged)
        records.after_birth(self, record)
        return Created(record, True)

    def change(self, kind: str, record_id: str, values: Mapping[str, Any], revision: int | None = None) -> Any:
        """Change fields of a record and journal what really changed; return the record.

        `revision` is the one the asker saw: if the record changed meanwhile, Conflict is raised and
        nothing is written. Raises NotFound, Forbidden or Invalid.
        """
        model = RECORDS[kind]
        record = by_id(model, record_id, lock=True)
        if record is None:
            raise NotFound("没有这条记录。", f"no {kind} {record_id}")
        check_write(self.origin.actor, kind, record)
        locks.check(self.origin.actor, record, values)
        if revision is not None and revision != record.revision:
            raise Conflict(
                "这条记录刚被别人改过；请刷新后再改，你填的内容还在。",
                f"this {kind} has changed meanwhile (revision {record.revision}, you saw {revision}): reload it",
            )
        given = self._shape(kind, values, whole=False)
        if "extra" in given:
            given["extra"] = {**record.extra, **given["extra"]}
        records.with_change(self, kind, record, given)
        before = {name: getattr(record, name) for name in given}
        after = {name: value for name, value in given.items() if value != before[name]}
        if not after:
            return record
        before = {name: before[name] for name in after}
        self._ask_plugins(kind, _values_of(record), {**_values_of(record), **after})
        for name, value in after.items():
            setattr(record, name, value)
        judged = self._judge(kind, record, before, after)
        seen = record.revision
        record.revision, record.updated_at = seen + 1, self.now
        if not update(record, (*after, "revision", "updated_at"), seen):
            raise Conflict("这条记录刚被别人改过；请再试一次。", f"{kind} {record_id} changed at the same moment")
        line = self._journal(kind, records.line_kind(kind, after), record, before, after)
        self._keep(line, kind, record, judged)
        records.after_change(self, record, after)
        return record

    def follow(self, kind: str, record_id: str, values: Mapping[str, Any]) -> Any:
        """Make a change that follows from the one just made: same asker, that line as its cause."""
        cause_seq = self._last_line.seq if self._last_line else self.origin.cause.seq
        asked, self.origin = (
            self.origin,
            replace(
                self.origin,
                actor=replace(self.origin.actor, kind="system")
                if self.origin.actor.kind == "user"
                else self.origin.actor,
                cause=replace(self.origin.cause, seq=cause_seq),
            ),
        )
        try:
            return self.change(kind, record_id, values)
        finally:
            self.origin = asked

    def caused_by(self, origin: Origin) -> Transaction:
        """Go on in this transaction on behalf of `origin`."""
        self.origin = origin
        return self

    def note(self, kind: str, record_kind: str, record_id: str, after: Mapping[str, Any] | None = None) -> JournalLine:
        """Journal something that happened without changing a record: a sign-in, an export."""
        return self._line(kind, record_kind, record_id, 0, None, {}, after or {})

    def ask_plugin(self, plugin: str, about: JournalLine, after: Mapping[str, Any]) -> None:
        """Journal that a rule asks a plugin for an action on the record of `about`, and let that plugin hear."""
        self._line(
            ACTION_ASKED,
            about.record_kind,
            about.record_id,
            0,
            about.customer_id,
            {},
            after,
            consumers=[f"plugin:{plugin}"],
        )

    def touch(self, lead: Lead) -> None:
        """Journal a lead as changed because something that belongs to it did."""
        self._line("lead.changed", "lead", lead.id, lead.revision, lead.customer_id, {}, {})

    @property
    def last_seq(self) -> int | None:
        """The number of the line just written: the cause of what follows from it."""
        return self._last_line.seq if self._last_line else None

    def finish(self) -> None:
        """Count up the configuration's versions, so that every process follows."""
        for name in sorted(self._versions):
            Version.insert(name=name, number=1).on_conflict(
                conflict_target=[Version.name], update={Version.number: Version.number + 1}
            ).execute()
        self.reconfigured = bool(self._versions)

    def made_before(self, kind: str, key: str, fingerprint: str) -> Record | None:
        """Return what a call with this key made, or None. Raises Conflict if that call said something else."""
        if not is_sqlite():
            # Two calls with one key at the same moment: the second waits and then finds the first's record.
            database.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (key,))
        row = by_id(IdempotencyKey, key)
        if row is None:
            return None
        if row.fingerprint != fingerprint or row.record_kind != kind:
            raise Conflict(
                f"幂等键「{key}」已用于另一次内容不同的请求。",
                f"the idempotency key {key!r} was used for a call with other content",
            )
        return RECORDS[kind].get_by_id(row.record_id)

    def _shape(self, kind: str, values: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
        known = self.door.fields.by_name(kind)
        own = {name: value for name, value in values.items() if name != "extra"}
        own.update(values.get("extra") or {})
        added = {name for name, field in known.items() if field.extra}
        columns = records.columns_of(kind)
        records.check_names(kind, own, columns | added)
        clean = self.door.validator.read(kind, own, whole=whole)
        shaped = {name: value for name, value in clean.items() if name in columns}
        extra = {name: journal.plain(value) for name, value in clean.items() if name in added}
        if extra:
            shaped["extra"] = extra
        for name, value in list(shaped.items()):
            column = RECORDS[kind]._meta.combined[name]
            if value is None and not column.null:
                shaped[name] = column.default if not callable(column.default) else column.default()
        return shaped

    def _judge(
        self, kind: str, record: Record, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> tuple[rules.Firing, ...]:
        ruleset = self.door.surroundings.saving_rules(kind) if kind in saving.KINDS else None
        return saving.judge(self, ruleset, kind, record, before, after) if ruleset is not None else ()

    def _keep(self, line: JournalLine, kind: str, record: Record, judged: tuple[rules.Firing, ...]) -> None:
        if judged:
            saving.keep(self, line.seq, record.id if kind == "lead" else record.lead_id, judged)

    def _ask_plugins(self, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        problems = self.door.surroundings.objections(kind, journal.plain(before), journal.plain(after))
        if problems:
            raise Invalid(problems)

    def _journal(
        self, kind: str, line_kind: str, record: Record, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> JournalLine:
        if kind in _CONFIGURATION:
            self._versions.add(_CONFIGURATION[kind])
        hide = self.door.surroundings.secret
        return self._line(
            line_kind,
            kind,
            record.id,
            record.revision,
            records.customer_of(kind, record),
            hide(kind, record, before),
            hide(kind, record, after),
        )

    def _line(
        self,
        line_kind: str,
        kind: str,
        record_id: str,
        revision: int,
        customer_id: str | None,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        consumers: Sequence[str] | None = None,
    ) -> JournalLine:
        line = journal.append(
            self.now,
            self.origin,
            line_kind,
            kind,
            record_id,
            revision=revision,
            customer_id=customer_id,
            before=before,
            after=after,
        )
        self._last_line = line
        looping = line.depth > MAX_DEPTH
        for consumer in self.door.surroundings.consumers(line_kind) if consumers is None else consumers:
            row = Dispatch(
                seq=line.seq,
                kind=line_kind,
                consumer=consumer,
                record_kind=kind,
                record_id=record_id,
                state="dead" if looping else "pending",
                due_at=self.now,
                created_at=self.now,
                error=endless(line, MAX_DEPTH) if looping else "",
            )
            insert(row)
            if not looping:
                self.dispatches.append(row.id)
        return line


def fingerprint_of(kind: str, values: Mapping[str, Any]) -> str:
    """Return what tells one creating call's content from another's."""
    return hashlib.sha256(canonical([kind, journal.plain(values)]).encode()).hexdigest()


def _values_of(record: Record) -> dict[str, Any]:
    names = records.columns_of(_kind_of(record))
    return {name: getattr(record, name) for name in sorted(names)}


def _kind_of(record: Record) -> str:
    return next(kind for kind, model in RECORDS.items() if isinstance(record, model))


def cause_of(line: JournalLine, **more: Any) -> Cause:
    """Return the cause that `line` is for what follows from it."""
    return Cause(seq=line.seq, depth=line.depth + 1, **more)
