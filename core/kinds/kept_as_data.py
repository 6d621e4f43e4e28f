"""Kinds kept as data: one table for all of them, and the declaration of a kind made from its definition.

A kind made at run time gets a model of its own over the shared table, so that the rest of Clew reads
and writes its records like any others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from peewee import SQL, BooleanField, CharField, ForeignKeyField, ModelSelect

from ...hooks.text import Text
from ..process.stages import ending, first_stage, move
from ..schema.facts import WORKING_HOURS, facts_of, like, of
from ..schema.fields import Field, field, reference
from ..schema.kind import (
    BY_ROLES,
    Consequence,
    Describer,
    Event,
    Fact,
    Kind,
    Lifecycle,
    LifecycleContext,
    Reading,
    Values,
)
from ..storage.json_values import JSONValue
from ..storage.records import JSONText, Record, UTCDateTimeField
from .customer import Customer
from .deadline_clock import clock_of
from .deadline_closing import cancel_deadlines
from .lead import Lead
from .locking import LOCK_FIELDS
from .team import Team
from .user import User

COLUMNS: Mapping[str, str] = {"customer": "customer_id", "lead": "lead_id"}
"""The kinds that a record may belong to by a column of its own; what else it refers to lies in `extra`."""


class DataRecord(Record):
    """A record of a kind made at run time; `kind_name` says which, its values lie in `extra`."""

    kind_name = CharField(40)
    customer = ForeignKeyField(Customer, null=True, backref="+", on_delete="RESTRICT")
    customer_id: str | None
    lead = ForeignKeyField(Lead, null=True, backref="+", on_delete="RESTRICT")
    lead_id: str | None
    owner = ForeignKeyField(User, null=True, backref="+", on_delete="RESTRICT")
    owner_id: str | None
    team = ForeignKeyField(Team, null=True, backref="+", on_delete="RESTRICT")
    team_id: str | None
    process = CharField(40, default="")
    stage = CharField(40, default="")
    stage_since = UTCDateTimeField(null=True)
    locked = BooleanField(default=False)
    lock_reason = CharField(300, default="")
    lock_rule = CharField(80, default="")
    lock_version = CharField(40, default="")
    extra = JSONText(default=dict)

    of_kind = ""
    """The name of the kind; empty for the table as a whole."""

    class Meta:
        table_name = "data_record"
        indexes = (
            (("kind_name", "id"), False),
            (("kind_name", "customer"), False),
            (("kind_name", "lead"), False),
            (("kind_name", "owner", "stage"), False),
        )

    def __init__(self, *args: Any, **values: Any) -> None:
        if self.of_kind:
            values.setdefault("kind_name", self.of_kind)
        super().__init__(*args, **values)

    @classmethod
    def select(cls, *fields: Any) -> ModelSelect[Self]:
        """Return a query over the records of this kind only."""
        query = super().select(*fields)
        # The name stands in the statement itself: statements are kept as text, with their values apart.
        return query.where(cls.kind_name == SQL(f"'{cls.of_kind}'")) if cls.of_kind else query


class _Value:
    """An attribute of a record that lies in its `extra`; on the model, an expression to filter and sort by."""

    def __init__(self, name: str, type: str) -> None:
        self.name, self.type = name, type

    def __get__(self, record: Any, model: Any) -> Any:
        if record is None:
            return JSONValue(model.extra, self.name, self.type)
        return (record.extra or {}).get(self.name)


_models: dict[tuple[object, ...], type[DataRecord]] = {}


def model_of(name: str, fields: Sequence[Field]) -> type[DataRecord]:
    """Return the model of a kind with these added fields; the same for the same fields."""
    key = (name, *((one.name, one.type) for one in fields))
    if key not in _models:
        meta = type("Meta", (), {"table_name": "data_record"})
        body: dict[str, Any] = {one.name: _Value(one.name, one.type) for one in fields}
        title = "".join(part.title() for part in name.split("_"))
        _models[key] = type(title, (DataRecord,), {**body, "Meta": meta, "of_kind": name, "__module__": __name__})
    return _models[key]


def declare(definition: Any, fields: Sequence[Field], titles: Mapping[str, Text], staged: bool) -> Kind:
    """Return the declaration of a kind made at run time.

    `fields` are its added fields, `titles` those of the kinds it belongs to, and `staged` says that its
    process is in force.
    """
    name, title = definition.name, Text(definition.title_zh, definition.title_en)
    plural = Text(definition.title_zh, definition.plural_en or f"{definition.title_en}s")
    parents = [
        reference(
            COLUMNS.get(parent, f"{parent}_id"),
            parent,
            titles[parent].zh,
            titles[parent].en,
            parent=True,
            extra=parent not in COLUMNS,
            form=True,
        )
        for parent in dict.fromkeys(definition.belongs_to)
        if parent in titles
    ]
    out_of_force = tuple(f"{parent}_id" for parent in definition.belongs_to if parent not in titles)
    if "lead" in definition.belongs_to and "customer" not in definition.belongs_to:
        # A lead's records stand on its customer's timeline, too.
        parents.append(reference("customer_id", "customer", "客户", "Customer", parent=True, along=True))
    extra = [*(one for one in parents if one.extra), *fields]
    own = [*parents, *fields]
    if definition.owned:
        own += [
            reference("owner_id", "user", "负责人", "Owner"),
            reference("team_id", "team", "团队", "Team", along=True),
        ]
    if staged:
        own += [
            field("stage", "阶段", "Stage", form=False, longest=40),
            field("process", "流程", "Process", form=False, longest=40, along=True),
            field("stage_since", "进入阶段的时间", "In this stage since", "moment", form=False, along=True),
        ]
    return Kind(
        name=name,
        title=title,
        plural=plural,
        model=model_of(name, extra),
        fields=(*own, *LOCK_FIELDS),
        events=_events(title, definition.icon, definition.owned, staged),
        facts=_facts(title, own, staged),
        collection=like(name, plural, own),
        lifecycle=_lifecycle(staged, definition.owned),
        owner="owner_id" if definition.owned else "",
        team="team_id" if definition.owned else "",
        in_hand=("", None) if definition.owned else None,
        write=BY_ROLES,
        ruled=True,
        judged=True,
        together=(("owner_id", "team_id"), ("stage", "process")),
        named_by=tuple(one.name for one in fields if one.type in ("text", "choice"))[:1],
        found_by=tuple(one.name for one in fields if one.type == "text" and not one.secret)[:1],
        icon=definition.icon,
        process=definition.process if staged else "",
        data=True,
        plugin=definition.plugin,
        out_of_force=out_of_force,
    )


def _lifecycle(staged: bool, owned: bool) -> Lifecycle:
    def defaults(values: Values, context: LifecycleContext) -> Values:
        found: Values = {}
        if values.get("lead_id") and not values.get("customer_id"):
            lead = context.store.get("lead", values["lead_id"])
            found["customer_id"] = lead.customer_id if lead is not None else None
        if owned and context.actor.kind == "user" and "owner_id" not in values:
            found |= {"owner_id": context.actor.id, "team_id": context.actor.team_id}
        if staged:
            kind = context.kinds[context.kind]
            process = values.get("process") or kind.process
            found |= {"process": process, **first_stage(kind, values, context), "stage_since": context.now}
        return found

    def derive_changes(record: Any, values: Values, context: LifecycleContext) -> Values:
        if staged and "stage" in values and values["stage"] != record.stage:
            return move(context.kinds[context.kind], record, values, context)
        return {}

    def follow_ups(record: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Consequence]:
        if staged and changed and "stage" in changed and ending(context.kinds[context.kind], record, changed, context):
            yield from cancel_deadlines(record.id, context)

    return Lifecycle(defaults=defaults, derive_changes=derive_changes, follow_ups=follow_ups)


def _events(title: Text, icon: str, owned: bool, staged: bool) -> tuple[Event, ...]:
    zh, en = title.zh, title.en
    low = en.lower()
    found = [
        Event(
            "created", Text(f"新建{zh}", f"{en} created"), trigger=Text(f"{zh}已创建", f"A {low} is created"), icon=icon
        )
    ]
    if staged:
        found.append(
            Event(
                "stage_changed",
                Text(f"{zh}阶段变更", f"{en}: stage changed"),
                "stage",
                trigger=Text(f"{zh}已换阶段", f"A {low} enters another stage"),
                icon="route",
                hook="on_state_change",
                headline=_moved(title),
            )
        )
    if owned:
        found.append(
            Event(
                "assigned",
                Text(f"{zh}分配负责人", f"{en}: owner assigned"),
                "owner_id",
                trigger=Text(f"{zh}已分配", f"A {low} is assigned"),
                icon="user",
                hook="on_field_saved",
                headline=_assigned(title),
            )
        )
    found += [
        Event(
            "changed",
            Text(f"修改{zh}", f"{en} changed"),
            trigger=Text(f"{zh}已修改", f"A {low} is changed"),
            icon="pencil",
            hook="on_field_saved",
        ),
    ]
    return tuple(found)


def _moved(title: Text) -> Any:
    def words(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
        to = describe.stage(str(after.get("stage", "")))
        return Text(f"{title.zh}进入阶段「{to.zh}」", f"{title.en} moved to {to.en}")

    return words


def _assigned(title: Text) -> Any:
    def words(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
        if not after.get("owner_id"):
            return Text(f"收回{title.zh}的负责人", f"{title.en}: owner taken off")
        name = describe.person(after["owner_id"])
        return Text(f"{title.zh}分配给{name}", f"{title.en} assigned to {name}")

    return words


def _facts(title: Text, fields: Sequence[Field], staged: bool) -> tuple[Fact, ...]:
    found = [*facts_of(title, fields)]
    if staged:
        found.append(
            Fact(
                "stage_working_hours",
                of("number", f"{title.zh}停留在本阶段的时长", f"{title.en}: time in this stage", WORKING_HOURS),
                _stage_hours,
            )
        )
    found.append(Fact("locked", title=Text(f"{title.zh}已锁定", f"{title.en} is locked"), writable=False))
    return tuple(found)


def _stage_hours(record: Any, reading: Reading) -> float | None:
    if record.stage_since is None:
        return None
    clock = clock_of(reading.calendar, reading.store, record.owner_id, record.team_id)
    return round(clock.minutes_between(record.stage_since, reading.now) / 60, 2)
