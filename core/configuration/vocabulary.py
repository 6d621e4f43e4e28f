"""What rules may speak of, made from the kinds, processes, actions and plugins in force.

The names that people use (teams, persons, industries) come on top: `core.rulebook.vocabulary`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from ...rules.language.vocabulary import (
    ActionSpec,
    CollectionType,
    EventType,
    FieldType,
    Owned,
    Timer,
    Title,
    Vocabulary,
)
from ..actions import ACTIONS
from ..kinds import BUNDLED
from ..process.processes import ProcessBook
from ..schema.facts import pair, type_of
from ..schema.fields import NOTHING
from ..schema.kind import Fact, Kind
from ..schema.registry import Kinds

EXTRA = ".extra."
_STAGES = ("event.from_stage", "event.to_stage")
_EVENT: Mapping[str, FieldType] = {
    "event.kind": FieldType("text", title=("事件", "Event")),
    "event.channel": FieldType("text", title=("事件渠道", "Channel of the event")),
    "event.changed": FieldType("list", title=("改动的字段", "Changed fields")),
    "event.from_stage": FieldType("text", title=("原阶段", "Stage before")),
    "event.to_stage": FieldType("text", title=("新阶段", "New stage")),
}
_TIMER = Timer(
    name="deadline.name",
    length="deadline.working_minutes",
    missed="deadline.missed",
    warned="deadline.warned",
    when_missed={"deadline.state": "missed", "deadline.overdue": True},
)


def vocabulary_of_kinds(
    kinds: Kinds, processes: ProcessBook, plugin_actions: Mapping[str, ActionSpec] | None = None
) -> Vocabulary:
    """Return the vocabulary of these kinds and processes, with the actions that plugins bring."""
    stages = {stage.name: pair(stage.title) for process in reversed(processes.all()) for stage in process.stages}
    stages = {stage.name: stages[stage.name] for process in processes.all() for stage in process.stages}
    fields: dict[str, FieldType] = {}
    own = {kind.name: _stages_of(kind, processes, stages) for kind in kinds.values()}
    for group in kinds.fact_groups():
        kind = kinds[kinds.kind_of_group(group)]
        fields |= {f"{group}.{fact.name}": _type(kind, fact, group, own[kind.name]) for fact in kind.facts}
        if not kind.data:
            for field in kind.fields:
                if field.extra:
                    fields[f"{group}{EXTRA}{field.name}"] = replace(type_of(field), writable=field.form)
    fields |= {name: _staged(known, stages) if name in _STAGES else known for name, known in _EVENT.items()}
    _offer_added_options(kinds, fields)
    triggers = {name: title for kind in kinds.ruled for name, title in _triggers(kind).items()}
    actions = {name: action.spec for name, action in ACTIONS.items()}
    move = actions["move_stage"]
    actions["move_stage"] = replace(
        move, args={"stage": replace(move.args["stage"], options=tuple(stages), labels=stages)}
    )
    badge = type_of(kinds["badge"].by_name["badge"])
    award = actions["award"]
    actions["award"] = replace(
        award, args={**award.args, "badge": replace(award.args["badge"], options=badge.options, labels=badge.labels)}
    )
    return Vocabulary(
        fields,
        frozenset(triggers),
        {**actions, **(plugin_actions or {})},
        open_prefixes=("lead.extra.",),
        trigger_titles=triggers,
        collections={
            name: CollectionType(
                {fact.name: _type(kind, fact, "", own[kind.name]) for fact in collection.fields},
                title=pair(collection.title),
            )
            for name, (kind, collection) in kinds.collections.items()
            if kind.ruled or collection.read is not None
        },
        events={name: _event_type(kinds, kind) for kind in kinds.ruled for name in _triggers(kind)},
        changes={
            f"{kind.name}.{event.field}": f"{kind.name}.{event.name}"
            for kind in kinds.ruled
            for event in kind.events
            if event.field and event.trigger is not None and event.value is None
        },
        staged={f"{kind.name}.stage": _STAGES for kind in kinds.ruled if kind.staged},
        timer=_TIMER,
        owned=tuple(
            Owned(
                f"{kind.name}.created",
                f"{kind.name}.{kind.owner}",
                ((f"{kind.name}.outcome", "open"),) if "outcome" in kind.by_name else (),
                pair(kind.title),
                "assign",
            )
            for kind in kinds.ruled
            if kind.owner == "owner_id" and kind.team
        ),
    )


@lru_cache(maxsize=1)
def bundled_vocabulary() -> Vocabulary:
    """Return the vocabulary of a Clew without plugins and added fields; `lead.extra.<name>` is taken untyped."""
    return vocabulary_of_kinds(Kinds(BUNDLED), ProcessBook())


def _stages_of(kind: Kind, processes: ProcessBook, every: Mapping[str, Title]) -> Mapping[str, Title]:
    """Return the stages that a record of a kind may be in: those of its own process, or of all of them."""
    if not kind.data:
        return every
    return {stage.name: pair(stage.title) for stage in processes.get(kind.process).stages} if kind.process else {}


def _triggers(kind: Kind) -> dict[str, Title]:
    """Return the events of a kind that rules may listen to, with their titles."""
    zh, en = kind.title.zh, kind.title.en.lower()
    found = {f"{kind.name}.{one.name}": pair(one.trigger) for one in kind.events if one.trigger is not None}
    if kind.name == "deadline":
        return found  # Its being started and closed is the rules' own doing.
    found.setdefault(f"{kind.name}.created", (f"{zh}已创建", f"A {en} is created"))
    found.setdefault(f"{kind.name}.changed", (f"{zh}已修改", f"A {en} is changed"))
    if kind.judged:
        found[f"{kind.name}.saving"] = (f"{zh}即将保存", f"A {en} is about to be saved")
    return found


def _type(kind: Kind, fact: Fact, group: str, stages: Mapping[str, Title]) -> FieldType:
    field = kind.by_name.get(fact.name)
    if fact.type is not None:
        found = fact.type
    elif field is not None:
        found = type_of(field, fact.title)
    else:
        raise LookupError(f"{kind.name}.{fact.name} is no field: give the fact a type")
    if fact.name == "stage":
        found = _staged(found, stages)
    writable = fact.writable if fact.writable is not None else field is not None and fact.read is None
    return replace(found, writable=writable and group not in ("", "owner"))


def _staged(known: FieldType, stages: Mapping[str, Title]) -> FieldType:
    return replace(known, options=tuple(stages), labels=stages, suggestions=(), names="stage")


def _offer_added_options(kinds: Kinds, fields: dict[str, FieldType]) -> None:
    """Facts that read an added field under a name of their own offer that field's options."""
    for kind in kinds.ruled:
        for fact in kind.facts:
            added = kind.by_name.get(fact.name)
            if fact.read is not None and added is not None and added.extra:
                own = type_of(added)
                name = f"{kind.name}.{fact.name}"
                fields[name] = replace(
                    fields[name],
                    options=own.options,
                    suggestions=own.suggestions,
                    labels=own.labels,
                    known=own.known,
                )


def _event_type(kinds: Kinds, kind: Kind) -> EventType:
    groups = set(kinds.groups(kind.name))
    subject = kind.acts_on or kind.name
    passing = {kind.name} if kind.name != subject and not kind.lockable else set()
    if "about_kind" in kind.columns:
        # A deadline or a task may be about a record of any kind.
        for other in kinds.ruled:
            groups |= set(kinds.groups(other.name)) - {"deadline", "task"} if other.data else set()
    lockable = next((one for one in (kind.name, subject) if kinds[one].lockable), "")  # What `core.actions.lock` locks.
    return EventType(frozenset(groups | {"event"}), subject, lockable, frozenset(passing))


__all__ = ["EXTRA", "NOTHING", "bundled_vocabulary", "vocabulary_of_kinds"]
