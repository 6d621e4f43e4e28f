"""One transaction of the door: records written with their journal lines, and with what follows from them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from peewee import DataError, IntegrityError

from ...hooks.specs import ACTION_ASKED
from ...rules.engine.outcome import Firing
from ..access import policy
from ..access.references import check_references
from ..actions.recount import of_all, recounts
from ..actions.subject import subject_of
from ..configuration.configuration import Configuration
from ..configuration.loader import versions
from ..errors import Changed, Invalid, NotFound
from ..facts.database_store import DatabaseStore
from ..facts.facts import Setting
from ..finding import terms
from ..journal import lines
from ..journal.causes import endless
from ..journal.origin import Cause, Origin
from ..schema.kind import Calendar, Change, Consequence, Index, Kind, LifecycleContext, Move, Touch
from ..storage.database import savepoint
from ..storage.ids import new_id
from ..storage.json_values import drop_indexes, ensure_index
from ..storage.statements import by_id, insert, update
from ..storage.system_tables import Dispatch, IdempotencyKey, JournalLine, Version
from ..storage.turns import enter_stages
from . import lifecycle, locks, prewrite, survivors
from .context import WriteContext
from .idempotency import fingerprint_of, made_before
from .left_behind import left_behind
from .refusals import refusal_of
from .stages import STAGE_NAMES, StageCheck, check_still_there
from .steps import check_reason
from .takers import Locked, check_takers

MAX_DEPTH = 12
"""A chain of causes longer than this goes round in circles: it is set aside as a dead letter."""
RECOUNT = "deadlines"
"""The consumer that counts open deadlines anew."""
_SET = "[set]"
_TAKING = ("user", "team")
"""The kinds of whom records are given to."""


@dataclass(frozen=True)
class Created:
    """A record made by a creating call, or found because the same call was made before."""

    record: Any
    new: bool


class Transaction:
    """One transaction through the door; it ends in the database whole, or not at all.

    `writing` is the kind of the record written last; `cut` are the dead letters of chains of causes that went round.
    """

    def __init__(self, context: WriteContext, origin: Origin, now: datetime) -> None:
        self._context, self.origin, self.now = context, origin, now
        self.configuration: Configuration = context.configuration
        self.kinds = self.configuration.kinds
        self.store = DatabaseStore(self.configuration.kinds)
        self.dispatches: list[int] = []
        self.cut: list[Dispatch] = []
        self.reconfigured = False
        self.writing: Kind | None = None
        self._versions: set[str] = set()
        self._last_line: JournalLine | None = None
        self._takers: Locked = {}
        self._stand: dict[tuple[str, str], str] = {}
        self._relocating = False
        self._recounting: JournalLine | None = None

    @property
    def calendar(self) -> Calendar:
        """The working calendar in force."""
        return self.configuration.calendar

    @property
    def setting(self) -> Setting:
        """What facts are read against within this transaction."""
        return Setting(self.kinds, self.calendar, self.store)

    # ---- Writing

    def create(
        self,
        kind: str,
        values: Mapping[str, Any],
        key: str | None = None,
        fingerprint: str | None = None,
        *,
        found_again: bool = False,
    ) -> Created:
        """Create a record from raw values and journal it.

        `key` makes the call idempotent: the same key with the same values (or the same
        `fingerprint`, where the values were made from something else) returns the record made
        first. `found_again` says that it comes in by itself: Clew found what it belongs to, so the asker need
        not see that, and over the API it is taken in whatever its first stage needs. Raises Invalid (nothing written), Forbidden, or Conflict if the key was used for
        something else.
        """
        here = self.writing = self.kinds.named(kind)
        policy.check_write(self.kinds, self.origin.actor, kind, None, values)
        locks.check(self.origin.actor, here, None, values)
        if key:
            fingerprint = fingerprint or fingerprint_of(kind, values)
        if key and fingerprint and (found := self.made_before(kind, key, fingerprint)):
            return Created(found, False)
        given = lifecycle.shaped(self.configuration, here, values, whole=True)
        given = survivors.followed(self.kinds, here, given, self._stand)
        if not found_again:
            policy.check_parents(self.kinds, self.origin.actor, kind, given)
        check_references(self.kinds, self.origin.actor, here, given)
        context = self._lifecycle(kind)
        given = lifecycle.completed(here, given, context)
        check_takers(here, None, given, self._takers)
        self._ask_plugins(here, {}, given)
        record = here.model(id=new_id(self.now), created_at=self.now, updated_at=self.now, **given)
        self._enter_stage(here, record, given)
        if not (found_again and self.origin.channel == "api"):
            self._stages.check_new(here, record, self.origin)
        judged = self._judge(here, record, {}, given)
        insert(record)
        if here.found_by:
            terms.write(here, record)
        if key:
            insert(IdempotencyKey(key=key, record_kind=kind, record_id=record.id, fingerprint=fingerprint, at=self.now))
        line = self._journal(here, f"{kind}.created", record, {}, values_of(here, record))
        self._record_firings(line, here, record, judged)
        self._follow(lifecycle.consequences(here, record, None, context))
        return Created(record, True)

    def change(self, kind: str, record_id: str, values: Mapping[str, Any], revision: int | None = None) -> Any:
        """Change fields of a record and journal what really changed; return the record.

        `revision` is the one the asker saw: if the record changed meanwhile, Conflict is raised and
        nothing is written. Raises NotFound, Forbidden or Invalid.
        """
        here = self.writing = self.kinds.named(kind)
        if here.staged and not values.keys().isdisjoint(STAGE_NAMES):
            enter_stages(kind)  # Before the record's row, as those do who take stages out.
        record = by_id(here.model, record_id, lock=True)
        if record is None:
            raise NotFound("没有这条记录。", f"no {kind} {record_id}")
        policy.check_write(self.kinds, self.origin.actor, kind, record, values)
        locks.check(self.origin.actor, here, record, values)
        if revision is not None and revision != record.revision:
            raise Changed(
                "这条记录刚被别人改过；请刷新后再改，你填的内容还在。",
                f"this {kind} has changed meanwhile (revision {record.revision}, you saw {revision}): reload it",
            )
        given = lifecycle.shaped(self.configuration, here, values, whole=False)
        check_references(self.kinds, self.origin.actor, here, given, record)
        context = self._lifecycle(kind)
        before, after = lifecycle.changed(here, record, given, context)
        if not after:
            return record
        check_reason(here, before, after, self.origin)
        check_takers(here, record, after, self._takers)
        self._enter_stage(here, record, after)
        was = values_of(here, record)
        self._ask_plugins(here, was, {**was, **after})
        for name, value in after.items():
            setattr(record, name, value)
        if not self._relocating:
            self._stages.check(here, record, before, after, self.origin)
        judged = self._judge(here, record, before, after)
        seen = record.revision
        record.revision, record.updated_at = seen + 1, self.now
        if not update(record, (*after, "revision", "updated_at"), seen):
            raise Changed("这条记录刚被别人改过；请再试一次。", f"{kind} {record_id} changed at the same moment")
        if here.found_by:
            terms.rewrite(here, record, after)
        if kind in _TAKING:
            self._takers.clear()
        line = self._journal(here, here.line_kind(after), record, before, after)
        self._record_firings(line, here, record, judged)
        self._follow(lifecycle.consequences(here, record, after, context))
        return record

    def caused_by(self, origin: Origin) -> Transaction:
        """Go on in this transaction on behalf of `origin`."""
        self.origin = origin
        return self

    @contextmanager
    def apart(self) -> Iterator[None]:
        """A part of this transaction that may fail alone: what it wrote is taken back, all before it stands."""
        asked, writing, last, versions = self.origin, self.writing, self._last_line, {*self._versions}
        told, cut, recounting = len(self.dispatches), len(self.cut), self._recounting
        try:
            with savepoint():
                yield
        except BaseException as error:
            refused = refusal_of(error, self.writing) if isinstance(error, DataError | IntegrityError) else None
            self.origin, self.writing, self._last_line, self._versions = asked, writing, last, versions
            self._recounting = recounting
            self._stand.clear()
            self._takers.clear()  # What was locked within the savepoint no longer is.
            del self.dispatches[told:], self.cut[cut:]
            if refused is None:
                raise
            raise refused from error

    @contextmanager
    def relocating(self) -> Iterator[None]:
        """Within the block records are moved to whatever stage is said: a process is being published or taken back."""
        asked = self.origin
        actor = replace(asked.actor, kind="system") if asked.actor.kind == "user" else asked.actor
        self._relocating, self.origin = True, replace(asked, actor=actor)
        try:
            yield
        finally:
            self._relocating, self.origin = False, asked

    @contextmanager
    def automatically(self, line: JournalLine | None = None) -> Iterator[None]:
        """Within the block Clew itself asks, with `line`, else the one just written, as the cause."""
        asked, actor, line = self.origin, self.origin.actor, line or self._last_line
        self.origin = replace(
            asked,
            actor=replace(actor, kind="system") if actor.kind == "user" else actor,
            cause=replace(asked.cause, seq=line.seq if line else asked.cause.seq),
        )
        try:
            yield
        finally:
            self.origin = asked

    def made_before(self, kind: str, key: str, fingerprint: str) -> Any:
        """Return what a call with this key made, or None. Raises Conflict if that call said something else."""
        return made_before(self.kinds, kind, key, fingerprint)

    # ---- Journalling what changes no record

    def note(
        self,
        kind: str,
        record_kind: str,
        record_id: str,
        after: Mapping[str, Any] | None = None,
        *,
        heard: bool = True,
        customer_id: str | None = None,
    ) -> JournalLine:
        """Journal something that happened without changing a record: a sign-in, an export.

        With `heard` false neither rules nor plugins hear of it; on the timeline of `customer_id` it stands.
        """
        line = lines.append(self.now, self.origin, kind, record_kind, record_id, customer_id=customer_id, after=after)
        return self._dispatch(line, None if heard else ())

    def ask_plugin(self, plugin: str, about: JournalLine, after: Mapping[str, Any]) -> None:
        """Journal that a rule asks a plugin for an action on the record of `about`, and let that plugin hear."""
        here = (ACTION_ASKED, about.record_kind, about.record_id)
        line = lines.append(self.now, self.origin, *here, customer_id=about.customer_id, after=after)
        self._dispatch(line, [f"plugin:{plugin}"])

    def touch(self, kind: str, record: Any) -> None:
        """Journal a record as changed because something that belongs to it did."""
        here = self.kinds[kind]
        self._dispatch(self._append(here, f"{kind}.changed", record, {}, {}))

    def let_rules_pass(self) -> None:
        """Let the rules pass over what was written so far: it puts back, or hands over, what they decided on before.

        Plugins and channels are told all the same.
        """
        for start in range(0, len(self.dispatches), 400):
            part = self.dispatches[start : start + 400]
            Dispatch.update(state="done", done_at=self.now, error="rules do not answer this").where(
                Dispatch.id.in_(part) & (Dispatch.consumer == "rules")
            ).execute()

    @property
    def last_seq(self) -> int | None:
        """The number of the line just written: the cause of what follows from it."""
        return self._last_line.seq if self._last_line else None

    def finish(self) -> None:
        """Count up the configuration's versions, so that every process follows, and have deadlines counted anew."""
        if self._recounting is not None and self.store.count("deadline", state="open"):
            self._dispatch(self._recounting, [RECOUNT])
        for name in sorted(self._versions):
            Version.insert(name=name, number=1).on_conflict(
                conflict_target=[Version.name], update={Version.number: Version.number + 1}
            ).execute()
        self.reconfigured = bool(self._versions)

    # ---- Inside

    @property
    def _stages(self) -> StageCheck:
        return StageCheck(self.configuration.processes, self.setting, self.now, self.origin.channel)

    def _lifecycle(self, kind: str) -> LifecycleContext:
        here, asked = self.configuration, self.origin
        return LifecycleContext(
            kind,
            asked.actor,
            asked.channel,
            self.now,
            self.store,
            here.kinds,
            here.processes,
            here.calendar,
            asked.reason,
            self._relocating,
            lambda: here.vocabulary,
        )

    def _follow(self, consequences: Sequence[Consequence]) -> None:
        """Write what follows from the change just made: on behalf of Clew, with that line as its cause."""
        line = self._last_line
        for one in consequences:
            if isinstance(one, Change):
                with self.automatically(line):
                    self.change(one.kind, one.record_id, one.values)
            elif isinstance(one, Touch):
                self.touch(one.kind, one.record)
            elif isinstance(one, Move):
                with self.automatically(line):
                    self.move(one)
            else:
                _index(one)

    def move(self, move: Move, only: Collection[tuple[str, str]] | None = None) -> None:
        """Take along what no declaration speaks for; when its kind is back, it is where it belongs.

        `only` are the records (kind, id) to move; None: all that refer to the source.
        """
        for kind, record, values in left_behind(self.kinds, move, only):
            before = {name: getattr(record, name) for name in values}
            for name, value in values.items():
                setattr(record, name, value)
            seen = record.revision
            record.revision, record.updated_at = seen + 1, self.now
            if not update(record, (*values, "revision", "updated_at"), seen):
                raise Changed("这条记录刚被别人改过；请再试一次。", f"{kind} {record.id} changed at the same moment")
            here, line_kind = (kind, record.id), f"{kind}.changed"
            more = {"revision": record.revision, "customer_id": getattr(record, "customer_id", None)}
            self._dispatch(lines.append(self.now, self.origin, line_kind, *here, **more, before=before, after=values))

    def _enter_stage(self, kind: Kind, record: Any, values: Mapping[str, Any]) -> None:
        """Raise Changed if a record is given a stage (or begins in one) that was taken out since this transaction began."""
        if not kind.staged or "stage" not in values or self._relocating:
            return
        enter_stages(kind.name)
        if versions().get("configuration") != self.configuration.versions.get("configuration"):
            check_still_there(kind.name, str(values.get("process", record.process) or ""), str(values["stage"]))

    def _judge(
        self, kind: Kind, record: Any, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> tuple[Firing, ...]:
        if kind.name not in self.configuration.judged:
            return ()
        write = prewrite.Write(kind, record, before, after, self.origin, self.now)
        return prewrite.evaluate(self.configuration.ruleset, self.setting, write, self.configuration.telling)

    def _record_firings(self, line: JournalLine, kind: Kind, record: Any, judged: tuple[Firing, ...]) -> None:
        if judged:
            subject = subject_of(self.kinds, self.store, kind.name, record)
            prewrite.record_firings(
                self.configuration.telling, self.configuration.ruleset, self.now, line.seq, subject, judged
            )

    def _ask_plugins(self, kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Raise Invalid for what plugins mind; they see what the journal will, and nothing of how Clew is set up."""
        if kind.setting_up:
            return
        before, after = (
            {name: value for name, value in side.items() if name not in kind.secrets} for side in (before, after)
        )
        problems = self._context.validate(kind.name, lines.plain(before), lines.plain(after))
        if problems:
            raise Invalid(problems)

    def _journal(
        self, kind: Kind, line_kind: str, record: Any, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> JournalLine:
        if kind.configuration:
            self._versions.add(kind.configuration)
        before, after = (self._without_secrets(kind, record, values) for values in (before, after))
        return self._dispatch(self._append(kind, line_kind, record, before, after))

    def _append(
        self, kind: Kind, line_kind: str, record: Any, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> JournalLine:
        return lines.append(
            self.now,
            self.origin,
            line_kind,
            kind.name,
            record.id,
            revision=record.revision,
            customer_id=kind.customer_of(record),
            before=before,
            after=after,
        )

    def _without_secrets(self, kind: Kind, record: Any, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `values` as the journal may keep them: of secrets only that they are set."""
        if kind.secrets & values.keys():
            values = {name: _SET if name in kind.secrets and value else value for name, value in values.items()}
        settings = values.get("settings")
        if kind.name == "plugin" and isinstance(settings, Mapping):
            hidden = self._context.secret_settings(record.name)
            values = {**values, "settings": {k: _SET if k in hidden and v else v for k, v in settings.items()}}
        return values

    def _dispatch(self, line: JournalLine, consumers: Sequence[str] | None = None) -> JournalLine:
        """Tell a new line to `consumers`, or to all who must hear of its kind; return it."""
        self._last_line = line
        if consumers is None and recounts(line):
            if of_all(line):  # However many days were changed: once, when all are.
                self._recounting = line
            else:
                self._dispatch(line, [RECOUNT])
        looping = line.depth > MAX_DEPTH
        told = self._context.consumers(self.configuration, line.kind) if consumers is None else consumers
        circle = endless(line, MAX_DEPTH, self._title_of) if looping and told else ""
        for consumer in told:
            row = Dispatch(
                seq=line.seq,
                kind=line.kind,
                consumer=consumer,
                record_kind=line.record_kind,
                record_id=line.record_id,
                state="dead" if looping else "pending",
                due_at=self.now,
                created_at=self.now,
                error=circle,
            )
            insert(row)
            if looping:
                self.cut.append(row)
            else:
                self.dispatches.append(row.id)
        return line

    def _title_of(self, rule: str) -> Mapping[str, str]:
        ruleset = self.configuration.ruleset
        return next((one.title for one in ruleset.rules if one.id == rule), {})


def _index(one: Index) -> None:
    if one.anew:
        drop_indexes(one.table, one.key, one.where)
    if one.wanted:
        ensure_index(one.table, one.key, one.type, one.where)


def values_of(kind: Kind, record: Any) -> dict[str, Any]:
    """Return a record's values by the names of its columns."""
    return {name: getattr(record, name) for name in sorted(kind.columns)}


def cause_of(line: JournalLine, **more: Any) -> Cause:
    """Return the cause that `line` is for what follows from it."""
    return Cause(seq=line.seq, depth=line.depth + 1, **more)
