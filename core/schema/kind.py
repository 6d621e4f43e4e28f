"""What a kind of record declares: model, fields, access, events, facts, lifecycle.

The bundled kinds are declared in `core.kinds`, one file each. Whatever Clew does for one kind of record
it does for all, because everything else reads these declarations.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol

from ...hooks.text import Text
from ...rules.language.vocabulary import FieldType
from ..journal.origin import Actor
from ..storage.json_values import JSONValue
from ..storage.queries import Query
from ..storage.records import Record
from ..time.working_calendar import WorkingCalendar
from .columns import field_of
from .fields import NOTHING, Field
from .layout import Layout
from .states import States

Values = dict[str, Any]


class Typed(dict[str, Any]):
    """Values that Clew makes of what was validated before: typed, within their limits, named as columns.

    The door takes them as they are, but for the required fields.
    """


Tone = Literal["person", "rule", "late", "done"]


class Describer(Protocol):
    """Turns references and values of a journal line into words; see `core.timeline.describer`."""

    def person(self, user_id: Any) -> str:
        """Return a person's name."""
        ...

    def stage(self, name: str) -> Text:
        """Return a stage's title."""
        ...

    def value(self, kind: str, name: str, value: Any) -> Text:
        """Return a field's value in words."""
        ...


Headline = Callable[[Describer, Mapping[str, Any], str], Text]
"""Makes the headline of a journal line from its values after the change and its channel."""


@dataclass(frozen=True)
class Event:
    """Something that can happen to a record; the journal calls it `<kind>.<name>`.

    A change is called by the first event whose `field` (with `value`, if given) is among what changed, else
    "changed". `trigger` is the title under which rules may listen to it; None: rules don't hear of it.
    `words` name it on timelines, with `icon` and `tone`; `headline` says it in full. `hook` is the plugin hook
    that is told of it.
    """

    name: str
    words: Text
    field: str = ""
    value: Any = None
    trigger: Text | None = None
    icon: str = "activity"
    tone: Tone = "person"
    hook: str = ""
    headline: Headline | None = None

    def fits(self, after: Mapping[str, Any]) -> bool:
        """Say whether a change to these values is this event."""
        if not self.field or self.field not in after:
            return False
        return bool(after[self.field]) if self.value is ANY else self.value in (None, after[self.field])


BY_ROLES = ""
"""As a kind's `write`: the cells of roles say who may."""
ANYBODY = "anybody"
"""As a kind's `write`: whoever is signed in, as far as the kind's lifecycle lets them."""
ANY: Any = object()
"""As an event's `value`: whatever the field is set to, as long as it is not emptied."""


class Calendar(Protocol):
    """The working calendars in force; its own methods are those of the organisation's. See `core.time.calendars`."""

    @property
    def several(self) -> bool:
        """Whether teams or people have calendars of their own."""
        ...

    def clock(self, user_id: str | None, team_ids: tuple[str, ...]) -> WorkingCalendar:
        """Return the calendar of a person, else of the nearest of these teams, else the organisation's."""
        ...

    def away(self, user_id: str, moment: datetime) -> tuple[datetime, datetime, str | None] | None:
        """Return the leave that a person is on at a moment, with their deputy; None if they are on duty."""
        ...

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole working minutes from `start` to `end`."""
        ...

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Return the moment `minutes` of working time after `start`."""
        ...

    def is_open(self, moment: datetime) -> bool:
        """Say whether `moment` lies within working time."""
        ...


@dataclass(frozen=True)
class Load:
    """What one seller has in hand: open leads, and when the newest of them was assigned ("" if there is none)."""

    user_id: str
    name: str
    team_id: str | None
    open_leads: int
    last: str


class Store(Protocol):
    """Reads records, from the database or from memory. A record's fields are its attributes."""

    def get(self, kind: str, record_id: str | None) -> Any:
        """Return a record, None if there is none."""
        ...

    def related(self, kind: str, /, limit: int | None = None, **equal: Any) -> list[Any]:
        """Return the records of a kind whose fields equal these values, the newest first."""
        ...

    def count(self, kind: str, **equal: Any) -> int:
        """Return how many records of a kind have these values."""
        ...

    def loads(self, team_id: str | None = None, at: datetime | None = None) -> list[Load]:
        """Return the active sellers of a team, or of all teams, with what each has in hand.

        With a moment `at`, those who are on leave then are left out.
        """
        ...

    def last_assigned(self, user_ids: list[str]) -> Mapping[str, str]:
        """Return when each person's newest lead, open or closed, was assigned to them; moments sort as text."""
        ...


class Reading(Protocol):
    """What a computed fact may ask: the store, the moment, the working calendar, the event's own record."""

    store: Store
    now: datetime
    calendar: Calendar


@dataclass(frozen=True)
class Fact:
    """A fact that rules see of a record, called `<kind>.<name>`; `type` holds its title, unit and options.

    `read` computes it from the record; without, it is the field of that name. `writable` says that a rule may
    set it. None as `type`: it is that of the field, under `title` if that differs from the field's label. `absent`
    is the value where there is no such record: a lead without a contact has no phone number.
    """

    name: str
    type: FieldType | None = None
    read: Callable[[Any, Reading], Any] | None = None
    writable: bool | None = None
    title: Text = NOTHING
    absent: Any = None


@dataclass(frozen=True)
class Collection:
    """The related records that rules may match against: all of a kind that share a parent with the event's record.

    `by` is the reference they share, empty for the closest that the event knows; `others` leaves the event's own record out. `read` reads them another way.
    """

    name: str
    title: Text
    fields: tuple[Fact, ...]
    by: str = ""
    others: bool = False
    read: Callable[[Store, datetime], list[Values]] | None = None


@dataclass(frozen=True)
class Change:
    """A change that follows from another one; the door applies it with that one as its cause."""

    kind: str
    record_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Touch:
    """A record to be journalled as changed because something that belongs to it did: rules then look at it again."""

    kind: str
    record: Any


@dataclass(frozen=True)
class Index:
    """The index over an added field's values, kept in the JSON of a table's rows.

    The database should have it if it is `wanted`; `anew` drops first what was made for another type.
    """

    table: str
    key: str
    type: str
    where: tuple[str, str] | None = None
    wanted: bool = True
    anew: bool = False


@dataclass(frozen=True)
class Move:
    """What refers to one record refers to another, in kinds and fields that are not in force just now.

    `kind` is that of the two records. No declaration speaks for what refers to them, so the door moves it.
    """

    kind: str
    source: str
    target: str


Consequence = Change | Touch | Index | Move


class LifecycleContext(NamedTuple):
    """What the functions of a lifecycle get: who writes, when, through which channel, and what they may read.

    `reason` is the one given for the write. `relocating` says that a process is being published and its records go
    where it says. `vocabulary` returns what rules may speak of, for definitions that hold conditions.
    """

    kind: str
    actor: Actor
    channel: str
    now: datetime
    store: Store
    kinds: Any
    processes: Any
    calendar: Calendar
    reason: str = ""
    relocating: bool = False
    vocabulary: Callable[[], Any] | None = None


def _nothing(*_: Any) -> Values:
    return {}


def _none(*_: Any) -> Iterable[Consequence]:
    return ()


@dataclass(frozen=True)
class Lifecycle:
    """What a kind adds to its writes. The functions return what follows; the door applies it.

    `defaults(values, context)` returns what a new record has besides its `values`. `derive_changes(record, values,
    context)` returns what changes along with `values`, or raises Invalid or Forbidden. `follow_ups(record,
    changed, context)` returns what follows from a record made (`changed` None) or changed.
    """

    defaults: Callable[[Values, LifecycleContext], Values] = _nothing
    derive_changes: Callable[[Any, Values, LifecycleContext], Values] = _nothing
    follow_ups: Callable[[Any, Values | None, LifecycleContext], Iterable[Consequence]] = _none


Visible = Callable[[Actor, Any], Query]
"""Returns the rows of a kind that an actor may see, as a query; the second argument is the registry of kinds."""


@dataclass(frozen=True)
class Kind:
    """One kind of record. See the module for what reads it.

    `owner` and `team` name the references to who owns a record; `by_owner_alone` says that who sees what it belongs
    to does not see it because of that. `write` is the permission that writing it takes, `write_or` others that do, too;
    empty: the cells of roles say who may. Which rows an actor sees, roles say, unless `visible` returns them. `acts_on` is the parent that rules' actions mean on
    its events; empty: the record itself. `ruled` says that rules hear of it, `judged` that they may judge
    it before it is written. `configuration` is the version counter that its changes raise, `setting_up`
    says that a company has such records before its history begins. `taken_back` are the states in which a
    record that a rule made can be undone, and the state that undoes it. `together` are fields that only make
    sense together, `course` those that whoever may move a record on changes while it is locked, and `sign_off` the
    values of a field that only they set, for records of others: from then on nobody else changes them. `states` are
    those of a kind without a process. `process` is the process its stages follow. `data` says it is kept as data.
    `in_hand` says that a record is its owner's work, which somebody takes over when they leave: while the field of that
    name has that value; without a name, always.
    `found_by` are the text fields by which a search over all kinds finds a record; none: it does not.
    `named_in_files` are the columns that name a record among its kind where a company is written out as files, which
    such kinds are; `kept_at_home` those that stay behind, `refers_in_files` those that hold the id of a record of the
    kind that another column tells: column, and kind by its value. `listed_by_age` keeps their order, by which rules
    that find two alike choose. `out_of_force` are its references to kinds it belongs to that are not in force: while
    they are not, nobody sees a record because of them. `inputs` are what its creating call takes beside its fields,
    each with the kind and field that it fills. `layout` orders its fields for people; None: as they are declared.
    """

    name: str
    title: Text
    plural: Text
    model: type[Record]
    fields: tuple[Field, ...] = ()
    events: tuple[Event, ...] = ()
    facts: tuple[Fact, ...] = ()
    collection: Collection | None = None
    lifecycle: Lifecycle = Lifecycle()
    owner: str = ""
    team: str = ""
    by_owner_alone: bool = False
    write: str = "people"
    write_or: tuple[str, ...] = ()
    visible: Visible | None = None
    acts_on: str = ""
    ruled: bool = False
    judged: bool = False
    configuration: str = ""
    setting_up: bool = False
    taken_back: tuple[tuple[str, ...], str] = ((), "")
    together: tuple[tuple[str, ...], ...] = ()
    course: frozenset[str] = frozenset()
    sign_off: tuple[str, frozenset[str]] = ("", frozenset())
    states: States | None = None
    named_by: tuple[str, ...] = ("name", "title", "number")
    found_by: tuple[str, ...] = ()
    named_in_files: tuple[str, ...] = ()
    kept_at_home: frozenset[str] = frozenset()
    listed_by_age: bool = False
    refers_in_files: Mapping[str, tuple[str, Mapping[str, str]]] = dataclasses.field(default_factory=dict)
    icon: str = "file-text"
    process: str = ""
    in_hand: tuple[str, Any] | None = None
    data: bool = False
    plugin: str = ""
    out_of_force: tuple[str, ...] = ()
    inputs: Mapping[str, tuple[str, str]] | None = None
    layout: Layout | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def retiring(self) -> tuple[Field, ...]:
        """The fields of which an option is retired."""
        return tuple(field for field in self.fields if field.retired)

    @cached_property
    def conditional(self) -> tuple[Field, ...]:
        """The fields that are needed only while another one holds a certain value."""
        return tuple(field for field in self.fields if field.needed_when)

    @property
    def arranged(self) -> tuple[Field, ...]:
        """The fields in the order of the layout."""
        return tuple(self.layout.ordered(self.fields)) if self.layout is not None else self.fields

    def grouped(self, fields: Iterable[Field]) -> list[tuple[Text, list[Field]]]:
        """Return fields by the sections of the layout, with their titles; all in one without a layout."""
        return self.layout.grouped(fields) if self.layout is not None else [(NOTHING, list(fields))]

    @cached_property
    def undeclared(self) -> Mapping[str, Field]:
        """The columns that no field is declared for, as the fields that their types make of them."""
        every = self.model._meta.combined
        return {name: field_of(name, every[name]) for name in self.columns - self.by_name.keys() - {"extra"}}

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names a value may have: columns, references as `<name>_id`."""
        return frozenset(
            field.object_id_name if hasattr(field, "object_id_name") else name
            for name, field in self.model._meta.fields.items()
        ) - {"id", "revision", "created_at", "updated_at", "kind_name"}

    @cached_property
    def added(self) -> frozenset[str]:
        """The fields whose values lie in the record's `extra`."""
        return frozenset(field.name for field in self.fields if field.extra)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name a value may have: columns, and added fields."""
        return self.columns | self.added

    @cached_property
    def required(self) -> tuple[Field, ...]:
        """The fields without which there is no record."""
        return tuple(field for field in self.fields if field.required)

    @cached_property
    def column_defaults(self) -> Mapping[str, Any]:
        """What each column holds where nothing is given, or the function that makes it."""
        every = {getattr(c, "object_id_name", None) or name: c for name, c in self.model._meta.fields.items()}
        return {name: column.default for name, column in every.items() if name in self.columns}

    @cached_property
    def _constants(self) -> Values:
        return {name: value for name, value in self.column_defaults.items() if not callable(value)}

    @cached_property
    def _makers(self) -> tuple[tuple[str, Callable[[], Any]], ...]:
        return tuple((name, value) for name, value in self.column_defaults.items() if callable(value))

    def blank(self) -> Values:
        """Return what the columns of a new record hold where nothing is given, as the database would."""
        found = dict(self._constants)
        for name, make in self._makers:
            found[name] = make()
        return found

    @cached_property
    def never_null(self) -> frozenset[str]:
        """The columns that hold their default where there is no value."""
        columns = self.model._meta.combined
        return frozenset(name for name in self.columns if not columns[name].null)

    def expression(self, field: Field) -> Any:
        """Return what the database compares and sorts a field by: a column, or the value within `extra`."""
        if field.extra:
            return JSONValue(self.model.extra, field.name, field.type)  # type: ignore[attr-defined]
        return self.model._meta.combined[field.name]

    @cached_property
    def parents(self) -> tuple[Field, ...]:
        """The references to what a record belongs to, the closest first."""
        return tuple(field for field in self.fields if field.parent)

    @cached_property
    def lockable(self) -> bool:
        """Whether rules can lock a record against changes by people."""
        return "locked" in self.columns

    @cached_property
    def staged(self) -> bool:
        """Whether a record moves through the stages of a process."""
        return "stage" in self.columns and (not self.data or bool(self.process))

    @cached_property
    def along(self) -> frozenset[str]:
        """The fields that change together with another one and are no news by themselves."""
        return frozenset(field.name for field in self.fields if field.along)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The fields whose values never reach the journal."""
        return frozenset(field.name for field in self.fields if field.secret)

    @cached_property
    def event(self) -> Mapping[str, Event]:
        """The events by their name in the journal."""
        return {f"{self.name}.{event.name}": event for event in self.events}

    def line_kind(self, after: Mapping[str, Any]) -> str:
        """Return what the journal calls a change to these values."""
        return next((f"{self.name}.{one.name}" for one in self.events if one.fits(after)), f"{self.name}.changed")

    def customer_of(self, record: Any) -> str | None:
        """Return the id of the customer on whose timeline the record's lines stand."""
        found: str | None = record.id if self.name == "customer" else getattr(record, "customer_id", None)
        return found
