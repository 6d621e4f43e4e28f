"""What undoing a version's effects would do: each effect, what it was, what it is now, and why it stays if it does."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ..access.naming import seen_of
from ..access.policy import visible_leads
from ..journal.lines import plain
from ..journal.origin import SYSTEM, Actor
from ..kinds import Lead, RuleVersion
from ..kinds.locking import LOCK_NAMES
from ..roles import may
from ..schema.kind import Kind
from ..storage.records import Record, canonical
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from .effects import lines_of, read
from .undo_reading import Touched, lines_about, touched
from .undo_words import field_words, made_words, record_words, state_words, title_of_kind
from .versions import numbered_version

# Moments the door sets by itself when a field changes: no effect of their own.
_FOLLOWING = {"assigned_at", "stage_since"}
_DEEDS = {
    "restore": Text("恢复原值", "put back"),
    "take_back": Text("撤回", "taken back"),
    "nothing": Text("无需处理", "nothing to do"),
}


@dataclass(frozen=True)
class UndoItem:
    """One effect: a group of fields of one record, or a record that was made.

    `was`, `did`, `now`: the values before the effect, as the rule wrote them, and today. `deed` is
    restore, take_back or nothing; unsafe items are kept, and `reason` says why; `done` says that it is as before
    already. `lines` are the journal's.
    """

    id: str
    record_kind: str
    record_id: str
    label: Text
    rule: str
    follow_on: bool
    lines: tuple[int, ...]
    was: Mapping[str, Any]
    did: Mapping[str, Any]
    now: Mapping[str, Any]
    deed: str
    safe: bool
    reason: Text
    done: bool = False

    @property
    def deed_words(self) -> Text:
        """What undoing would do to it, in words."""
        return _DEEDS[self.deed]


@dataclass(frozen=True)
class UndoPlan:
    """The preview of an undo. `token` seals what it shows: only that is undone.

    `unseen` counts effects on records that who asks does not see: they are left to who sees them.
    """

    code: str
    number: int
    since: datetime
    until: datetime
    items: tuple[UndoItem, ...]
    token: str
    unseen: int = 0

    @property
    def safe(self) -> tuple[UndoItem, ...]:
        """The effects that would be undone."""
        return tuple(item for item in self.items if item.safe)

    @property
    def counts(self) -> dict[str, int]:
        """How many effects of each kind would be undone, and under "kept" how many would not."""
        found = Counter(f"{item.record_kind}.{item.deed}" for item in self.safe)
        return {**found, "kept": len(self.items) - len(self.safe)}


def undo_preview(
    ws: Workspace, code: str, number: int, since: datetime, until: datetime, actor: Actor = SYSTEM.actor
) -> UndoPlan:
    """Return what undoing version `number` of a rule between two moments (aware) would do to what an actor sees.

    Writes nothing. Raises NotFound.
    """
    version = numbered_version(code, number)
    every = effects_of(ws, version, since, until)
    items = _seen(ws, actor, every)
    shown = [[i.id, i.record_id, i.was, i.did, i.now, i.deed, i.safe] for i in items]
    said = canonical([code, number, plain(since), plain(until), plain(shown)])
    return UndoPlan(
        code,
        number,
        since,
        until,
        tuple(items),
        hashlib.sha256(said.encode()).hexdigest()[:32],
        len(every) - len(items),
    )


def _seen(ws: Workspace, actor: Actor, items: list[UndoItem]) -> list[UndoItem]:
    """Return the effects on records that an actor sees; on kinds out of force, for who sees everything."""
    if may(actor, "see:all"):
        return items
    ids: dict[str, set[str]] = {}
    for item in items:
        ids.setdefault(item.record_kind, set()).add(item.record_id)
    seen = {kind: _readable(ws, actor, ws.kinds[kind], those) for kind, those in ids.items() if kind in ws.kinds}
    return [item for item in items if item.record_id in seen.get(item.record_kind, ())]


def _readable(ws: Workspace, actor: Actor, here: Kind, ids: set[str]) -> set[str]:
    """Return those of these records that an actor sees, or reads of because they see the lead that they are about."""
    found = seen_of(ws.kinds, actor, here.name, ids)
    if here.by_owner_alone and "lead_id" in here.columns:
        model: Any = here.model
        leads = visible_leads(actor).select(Lead.id)
        found |= {row.id for row in model.select(model.id).where(model.id.in_(ids) & model.lead.in_(leads))}
    return found


def effects_of(
    ws: Workspace,
    version: RuleVersion,
    since: datetime,
    until: datetime,
    only: Collection[tuple[str, str]] | None = None,
) -> list[UndoItem]:
    """Return what a version did, oldest first; with `only`, to these records (kind and id)."""
    follow_ons = lines_of(version, since, until)
    by_record: dict[tuple[str, str], list[JournalLine]] = {}
    resting: dict[tuple[str, str], list[JournalLine]] = {}
    for line in read(follow_ons) if only is None else lines_about(only, follow_ons):
        if line.record_revision:
            found = by_record if line.record_kind in ws.kinds else resting
            found.setdefault((line.record_kind, line.record_id), []).append(line)
    items = [item for one in touched(ws.kinds, by_record) for item in _items(ws, one, follow_ons)]
    items += [_out_of_reach(lines, follow_ons) for lines in resting.values()]
    return sorted(items, key=lambda item: item.lines[0])


def _items(ws: Workspace, one: Touched, follow_ons: Mapping[int, bool]) -> list[UndoItem]:
    if one.mine[0].kind == f"{one.kind}.created":
        return [_made(ws.kinds[one.kind], one, follow_ons)]
    here = ws.kinds[one.kind]
    groups: dict[tuple[str, ...], list[JournalLine]] = {}
    for line in one.mine:
        for group in sorted({_group(here, name) for name in set(_set_by(line)) - _following(here)}):
            groups.setdefault(group, []).append(line)
    return [_changed(ws, one, group, some, follow_ons) for group, some in groups.items()]


def _following(here: Kind) -> frozenset[str]:
    """Return the fields that change along: a deadline's clock follows its state and the owner of its record."""
    return frozenset(_FOLLOWING) | (here.along - {"state", "closed_at"} if here.name == "deadline" else frozenset())


def _out_of_reach(lines: list[JournalLine], follow_ons: Mapping[int, bool]) -> UndoItem:
    """Return the effect on a record whose kind is switched off: it stays until the kind is on again."""
    kind, record_id = lines[0].record_kind, lines[0].record_id
    return UndoItem(
        _id(kind, record_id, ("switched off",)),
        kind,
        record_id,
        made_words(title_of_kind(kind), record_id[-6:]),
        lines[0].cause_rule,
        all(follow_ons[line.seq] for line in lines),
        tuple(line.seq for line in lines),
        {},
        {},
        {},
        "nothing",
        False,
        Text("这类记录停用了，启用后才能撤销", "records of this kind are switched off: switch it on to undo this"),
    )


def _made(here: Kind, one: Touched, follow_ons: Mapping[int, bool]) -> UndoItem:
    kind, record, lines = one.kind, one.record, one.mine
    states, gone = here.taken_back
    state = getattr(record, "state", None)
    did, now = {"state": lines[0].after.get("state")}, {"state": state}
    hand = next((line for line in one.later if line.actor_kind == "user"), None)
    reason, safe = Text("", ""), False
    if not states:
        reason = Text("这类记录不能撤回", "records of this kind can't be taken back")
    elif state == gone:
        reason = Text("已经撤回", "taken back already")
    elif kind == "notification" and getattr(record, "read_at", None) is not None:
        reason = Text("已经读过", "it has been read")
    elif state not in states:
        who = hand.actor_name if hand else ""
        words = state_words(here, str(state))
        reason = Text(f"{who}{words.zh}", f"{words.en}{f' by {who}' if who else ''}")
    elif hand is not None:
        reason = Text(f"{hand.actor_name} 之后改过", f"{hand.actor_name} changed it since")
    else:
        safe = True
        if one.sent:
            names = "、".join(one.sent)
            reason = Text(f"已经由 {names} 送出，只撤回站内信", f"sent by {names} already: only the inbox is cleared")
    return UndoItem(
        _id(kind, record.id, ("created",)),
        kind,
        record.id,
        record_words(here, record),
        lines[0].cause_rule,
        follow_ons[lines[0].seq],
        tuple(line.seq for line in lines),
        {},
        did,
        now,
        "take_back" if states else "nothing",
        safe,
        reason,
        bool(gone) and state == gone,
    )


def _changed(
    ws: Workspace, one: Touched, group: tuple[str, ...], lines: list[JournalLine], follow_ons: Mapping[int, bool]
) -> UndoItem:
    kind, record = one.kind, one.record
    mine = {line.seq for line in lines}
    names = sorted({name for line in lines for name in _set_by(line) if _group(ws.kinds[kind], name) == group})
    present = {name: value_of(record, name) for name in names}
    did: dict[str, Any] = {}
    for line in lines:
        did |= {name: value for name, value in _set_by(line).items() if name in names}
    history = [line for line in one.history if set(names) & set(_set_by(line))]
    was = _was(names, history, mine)
    label = field_words(ws.kinds[kind], record, names)
    reason, safe = Text("", ""), True
    if present == was:
        reason, safe = Text("已经是原来的值", "it is as before already"), False
    elif present != did:
        last = next((line for line in reversed(history) if line.seq not in mine), None)
        who = (last.actor_name or last.actor_kind) if last else ""
        reason, safe = Text(f"{who} 之后改过", f"{who} changed it since"), False
    elif retired := [name for name in names if _is_retired(ws.kinds[kind], name)]:
        fields = "、".join(name.removeprefix("extra.") for name in retired)
        reason = Text(
            f"字段 {fields} 停用了，启用后才能撤销", f"the field {fields} was retired: put it in force to undo this"
        )
        safe = False
    elif (
        kind == "deadline"
        and was.get("state") == "open"
        and getattr(record, "due_at", ws.clock.now()) <= ws.clock.now()
    ):
        reason = Text("时限已过，重新打开会立刻升级", "its moment has passed: opening it again would escalate at once")
        safe = False
    elif kind == "deadline" and "paused" in (was.get("state"), did.get("state")):
        reason = Text("暂停和继续请在时限上操作", "pause it, or let it go on, at the deadline itself")
        safe = False
    return UndoItem(
        _id(kind, record.id, tuple(names)),
        kind,
        record.id,
        label,
        lines[0].cause_rule,
        all(follow_ons[seq] for seq in mine),
        tuple(sorted(mine)),
        was,
        did,
        present,
        "restore",
        safe,
        reason,
        present == was,
    )


def _is_retired(here: Kind, name: str) -> bool:
    return name.startswith("extra.") and name.removeprefix("extra.") not in here.added


def _was(names: list[str], history: list[JournalLine], mine: set[int]) -> dict[str, Any]:
    """Return the values to put back: those before the unbroken run of our lines that ends the history."""
    was: dict[str, Any] = {}
    for name in names:
        for line in reversed(history):
            if name not in _set_by(line):
                continue
            if line.seq not in mine and name in was:
                break
            if line.seq in mine:
                was[name] = _flat(line.before).get(name)
    return was


def _set_by(line: JournalLine) -> dict[str, Any]:
    """Return what a line really changed: of added fields it holds all that the record has."""
    before = _flat(line.before)
    return {name: value for name, value in _flat(line.after).items() if name not in before or before[name] != value}


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with those of `extra` as `extra.<name>`."""
    flat = {name: value for name, value in values.items() if name != "extra"}
    return flat | {f"extra.{name}": value for name, value in (values.get("extra") or {}).items()}


def _group(here: Kind, name: str) -> tuple[str, ...]:
    """Return the fields that only make sense together with this one: one is safe to put back only if all are."""
    lock = tuple(sorted(LOCK_NAMES)) if here.lockable else ()
    return next((group for group in (*here.together, lock) if name in group), (name,))


def value_of(record: Record, name: str) -> Any:
    if name.startswith("extra."):
        return plain((getattr(record, "extra", None) or {}).get(name.removeprefix("extra.")))
    return plain(getattr(record, name))


def _id(kind: str, record_id: str, names: tuple[str, ...]) -> str:
    return hashlib.sha256(canonical([kind, record_id, *names]).encode()).hexdigest()[:12]
