"""Schemas of what the API takes and answers, made from the kinds in force.

They describe, and refuse what is not of the declared JSON type. What a value may be, the door alone says:
a schema never refuses what the door takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import marshmallow as ma
import peewee
from flask import current_app, request

from ..configuration.configuration import Configuration
from ..errors import NotFound
from ..schema.fields import Field
from ..schema.kind import Kind
from ..storage.records import JSONText, MoneyField, UTCDateTimeField
from .described import (
    CONFIRM,
    NEXT,
    Body,
    Changing,
    Described,
    JSONSchema,
    PageQuery,
    Param,
    Shown,
    given,
    listed,
    moment,
    nested,
    out,
    param,
)
from .listing import filters_of, searchable, sortable

Mode = Literal["record", "create", "change", "move", "list", "page", "row", "rows", "lead", "take", "follow", "erp"]

HIDDEN = frozenset({"name_key"})
"""Columns that serve Clew itself and are shown nowhere."""
REASON = "why; needed to send the record back, and kept by the journal"
AMOUNT = r"^-?[0-9]+(\.[0-9]+)?$"


class OfKind(Shown):
    """Stands for a schema of a kind as the configuration in force has it; without a kind, that of the path."""

    def __init__(self, mode: Mode, kind: str = "") -> None:
        super().__init__()
        self.mode, self.kind = mode, kind

    def resolved(self) -> ma.Schema:
        """Return the schema of now. Raises NotFound if there is no such kind."""
        name = self.kind or documented_kind.get()
        if not name and request:
            name = str((request.view_args or {}).get("kind", ""))
        return schemas().of(name, self.mode)

    def load(self, data: Any, **more: Any) -> Any:
        """Return what was sent, checked by the schema of now."""
        # What is needed, the door says, together with whatever else is wrong; a stage alone it can't miss.
        return self.resolved().load(data, **{**more, "partial": self.mode != "move"})


documented_kind: ContextVar[str] = ContextVar("documented kind", default="")
"""The kind whose paths are being described; "*" is any."""


@contextmanager
def documenting(kind: str) -> Iterator[None]:
    """Within the block schemas of the path's kind are those of this one."""
    token = documented_kind.set(kind)
    try:
        yield
    finally:
        documented_kind.reset(token)


def resolved(schema: Any) -> Any:
    """Return the schema itself, or the one that it stands for."""
    return schema.resolved() if isinstance(schema, OfKind) else schema


def schemas() -> Schemas:
    """Return the schemas of the configuration in force."""
    configuration = current_app.extensions["clew"].configuration
    held: Schemas | None = current_app.extensions.get("clew-schemas")
    if held is None or held.configuration is not configuration:
        held = current_app.extensions["clew-schemas"] = Schemas(configuration)
    return held


def is_open(kind: Kind) -> bool:
    """Say whether a kind's records can be reached by its paths: business records, not what Clew is made of."""
    return bool(kind.fields) and not kind.setting_up and not kind.configuration


def open_kinds(configuration: Configuration) -> tuple[Kind, ...]:
    """Return the kinds that have paths."""
    return tuple(kind for kind in configuration.kinds.values() if is_open(kind))


def ways(kind: Kind) -> frozenset[str]:
    """Return what can be done with a kind's records: read; and where people fill anything in, written."""
    found = {"list", "read"}
    if any(one.form for one in kind.fields):
        found |= {"change"}
        # What needs more than a call can say, a file say, is made in a way of its own.
        found |= {"create"} if all(one.form or one.parent for one in kind.fields if one.required) else set()
        found |= {"move"} if kind.staged else set()
        found |= {"assign"} if kind.owner else set()
    return frozenset(found | ({"unlock"} if kind.lockable else set()))


class Schemas:
    """The schemas of one configuration's kinds, made when first asked for."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._made: dict[tuple[str, str], ma.Schema] = {}

    def of(self, name: str, mode: Mode) -> ma.Schema:
        """Return the schema of a kind for one use. Raises NotFound for a kind that has no paths."""
        if name == "lead" and mode == "create":
            mode = "take"  # A lead comes in with what identifies its customer and contact.
        key = (name, mode)
        if key not in self._made:
            if name == "*":
                self._made[key] = _ANY[mode]()
            else:
                self._made[key] = self._class(self.kind(name), mode)()
        return self._made[key]

    def kind(self, name: str) -> Kind:
        """Return a kind that has paths. Raises NotFound."""
        found = self.configuration.kinds.get(name)
        if found is None or not is_open(found):
            raise NotFound(f"没有「{name}」这类记录。", f"no kind of record {name!r} is open here")
        return found

    def _class(self, kind: Kind, mode: Mode) -> type[ma.Schema]:
        # The name of a kind made at run time stays as it is: all other names begin with a capital letter.
        title = kind.name if kind.data else "".join(part.title() for part in kind.name.split("_"))
        meta = {"Meta": type("Meta", (), {"title": f"{kind.title.en} ({kind.title.zh})"})}
        if mode in ("page", "rows"):
            item = self._class_of(kind, "record" if mode == "page" else "row")
            fields = {"items": listed(item), "next": out(["string", "null"], description=NEXT)}
            return type(f"{title}{'Page' if mode == 'page' else 'Rows'}", (Shown,), fields)
        make: Callable[[Kind], Mapping[str, Any]] = getattr(self, f"_{mode}")
        made = {**make(kind), **meta}
        base: type[ma.Schema] = Shown if mode in ("record", "row", "lead") else Body
        if mode in ("change", "move"):
            base = Changing
            made["fixed"] = (kind.columns | kind.by_name.keys()) - made.keys()
        return type(title + _SUFFIX[mode], (base,), made)

    def _class_of(self, kind: Kind, mode: Mode) -> type[ma.Schema]:
        return type(self.of(kind.name, mode))

    # ---- Reading

    def _record(self, kind: Kind) -> dict[str, Any]:
        """What the paths of a kind show: its fields by name, wherever they are kept."""
        return _head() | {one.name: self._read(kind, one) for one in shown_fields(kind)}

    def _row(self, kind: Kind) -> dict[str, Any]:
        """What the older paths show: the columns by name, added fields in `extra`."""
        names = sorted(kind.columns - HIDDEN)
        return _head() | {name: self._column(kind, name, kind.by_name.get(name)) for name in names}

    def _lead(self, kind: Kind) -> dict[str, Any]:
        """A lead with its contact."""
        return self._row(kind) | {"contact": nested(ContactShown)}

    def _read(self, kind: Kind, field: Field) -> Described:
        if not field.extra:
            return self._column(kind, field.name, field)
        schema = {**_READ[field.type], **_words(field)}
        schema.pop("maxLength", None)
        if field.mask:
            schema["type"] = ["string", "null"]
        return Described(schema, required=True)

    def _column(self, kind: Kind, name: str, field: Field | None) -> Described:
        column = kind.model._meta.combined[name]
        schema: JSONSchema = {"type": "string"}
        for types, found in _COLUMNS:
            if isinstance(column, types):
                schema = dict(found)
                break
        if isinstance(column, JSONText):
            schema = {"type": "object" if column.default is dict else "array"}
        if column.null:
            schema["type"] = [schema["type"], "null"]
        if field is not None:
            schema |= _words(field)
            if field.type == "choice":
                schema["enum"] = [*(value for value, _ in field.options), ""] + ([None] if column.null else [])
        elif name == "extra":
            schema["description"] = "the values of added fields, by name"
        return Described(schema, required=True)

    # ---- Writing

    def _create(self, kind: Kind) -> dict[str, Any]:
        fields = [one for one in kind.fields if one.form or (one.parent and not one.along)]
        return {one.name: self._write(one, one.required) for one in fields} | {"confirm": CONFIRM}

    def _take(self, kind: Kind) -> dict[str, Any]:
        """What a lead may come in with: what identifies customer and contact, too."""
        kinds = self.configuration.kinds
        found = {one.name: self._write(one, False) for one in kind.fields if one.form or one.name in _AT_BIRTH}
        for name, (of, theirs) in (kind.inputs or {}).items():
            if field := kinds.field(of, theirs):
                found[name] = self._write(field, False)
        return found | {"confirm": CONFIRM}

    def _follow(self, kind: Kind) -> dict[str, Any]:
        """A follow-up of the lead of the path, and what comes next."""
        fields = [one for one in kind.fields if one.form or one.name == "at"]
        found = {one.name: self._write(one, one.required) for one in fields}
        words = "what comes next: a task of the lead for its owner, due at `next_at`"
        return found | {"next_step": given(["string", "null"], words), "confirm": CONFIRM}

    def _erp(self, kind: Kind) -> dict[str, Any]:
        """What the ERP tells; the contract is named by its number."""
        number = given(["string", "number", "null"], "the number of its contract (needed)")
        fields = [one for one in kind.fields if one.form]
        found = {one.name: self._write(one, one.required) for one in fields}
        return found | {"contract_number": number, "confirm": CONFIRM}

    def _change(self, kind: Kind) -> dict[str, Any]:
        why = {"reason": given("string", REASON)} if kind.states is not None else {}
        return {one.name: self._write(one, False) for one in changeable(kind)} | why | {"confirm": CONFIRM}

    def _move(self, kind: Kind) -> dict[str, Any]:
        processes = self.configuration.processes.of(kind.name)
        stages = list(dict.fromkeys(stage.name for process in processes for stage in process.stages))
        known: JSONSchema = {"examples": stages[:1]} if kind.name == "lead" else {"enum": stages}
        words = "the stage to move to" + (f": {', '.join(stages)}" if stages else "")
        stage = Described({"type": "string", "description": words, **(known if stages else {})}, required=True)
        reason = given("string", "why, where a stage is skipped on the way; the journal keeps it")
        return {"reason": reason, **self._change(kind), "stage": stage}

    def _write(self, field: Field, required: bool) -> Described:
        schema = {**_WRITE[field.type], **_words(field)}
        if field.type in ("text", "choice") and field.longest and field.type == "text":
            schema["maxLength"] = field.longest
        if field.type in ("choice", "choices") and field.offered:
            values = [value for value, _ in field.offered]
            words = [word for _, text in field.offered for word in (text.zh, text.en) if word not in values]
            one: JSONSchema = {"anyOf": [{"enum": values}, {"enum": list(dict.fromkeys(words))}]}
            if field.type == "choice":
                schema["anyOf"] = [*(one["anyOf"] if words else one["anyOf"][:1]), {"type": "null"}]
            else:
                schema["items"] = one if words else one["anyOf"][0]
        return Described(schema, required=required)

    # ---- Listing

    def _list(self, kind: Kind) -> dict[str, Any]:
        found: dict[str, Any] = {
            "limit": param("integer", "items a page; more than 200 counts as 200", minimum=1, default=50),
            "after": param("string", "the `next` of the page before"),
        }
        names = sorted(sortable(kind))
        orders = [*names, *(f"-{name}" for name in names)]
        found["sort"] = param("string", "a field, `-` before it for descending; newest first without", enum=orders)
        if fields := searchable(kind):
            found["q"] = param("string", f"looks in {', '.join(one.label.en for one in fields)}")
        for name, one in filters_of(kind).items():
            schema = {**_QUERY[one.field.type], "description": one.words}
            if one.field.type in ("choice", "choices") and one.field.options:
                schema["enum"] = [value for value, _ in one.field.options]
            found[name] = Param(schema)
        return found


def shown_fields(kind: Kind) -> list[Field]:
    """Return the fields that a kind's paths show: no secret, nothing that serves Clew alone."""
    return [one for one in kind.fields if not one.secret and one.name not in HIDDEN]


def changeable(kind: Kind) -> list[Field]:
    """Return the fields that a call may change: what a record belongs to stays."""
    return [one for one in kind.fields if one.form and not one.parent]


def _words(field: Field) -> JSONSchema:
    said = f"{field.label.en} ({field.label.zh})"
    if field.hint.en:
        said += f": {field.hint.en}"
    if field.type == "reference":
        said += f"; the id of a {field.to}"
    if field.mask:
        said += "; masked for those who may not read it whole"
    return {"description": said}


def _head() -> dict[str, Any]:
    return {
        "id": out("string", description="a ULID: ids sort by the moment they were made"),
        "revision": out("integer", description="counts the changes; the record's ETag"),
        "created_at": moment(),
        "updated_at": moment(),
    }


_SUFFIX: Mapping[str, str] = {
    "record": "",
    "row": "Row",
    "create": "Create",
    "lead": "InFull",
    "take": "Create",
    "follow": "Of",
    "erp": "Told",
    "change": "Change",
    "move": "Transition",
    "list": "Query",
}
_AT_BIRTH = frozenset({"quality", "lost_reason", "received_at", "closed_at", "external_id"})
_NULLABLE = ["string", "null"]
_READ: Mapping[str, JSONSchema] = {
    "text": {"type": _NULLABLE},
    "number": {"type": ["number", "null"]},
    "money": {"type": _NULLABLE, "pattern": AMOUNT},
    "date": {"type": _NULLABLE, "format": "date"},
    "moment": {"type": _NULLABLE, "format": "date-time"},
    "boolean": {"type": ["boolean", "null"]},
    "choice": {"type": _NULLABLE},
    "choices": {"type": ["array", "null"], "items": {"type": "string"}},
    "reference": {"type": _NULLABLE},
    "json": {},
}
_COLUMNS: tuple[tuple[Any, JSONSchema], ...] = (
    (MoneyField, {"type": "string", "pattern": AMOUNT}),
    (UTCDateTimeField, {"type": "string", "format": "date-time"}),
    (peewee.BooleanField, {"type": "boolean"}),
    (peewee.FloatField, {"type": "number"}),
    (peewee.ForeignKeyField, {"type": "string"}),
    (peewee.IntegerField, {"type": "integer"}),
)
# What the door takes besides: a text for a number, a number for a text.
_WRITE: Mapping[str, JSONSchema] = {
    "text": {"type": ["string", "number", "null"]},
    "number": {"type": ["number", "string", "null"]},
    "money": {"type": ["string", "number", "null"], "examples": ["860000.00"]},
    "date": {"type": ["string", "integer", "null"], "examples": ["2026-11-24"]},
    "moment": {"type": ["string", "integer", "null"], "examples": ["2026-11-24T14:05:00+08:00"]},
    "boolean": {"type": ["boolean", "string", "integer", "null"]},
    "choice": {"type": ["string", "number", "null"]},
    "choices": {"type": ["array", "string", "null"]},
    "reference": {"type": ["string", "null"], "maxLength": 26},
    "json": {},
}
_QUERY: Mapping[str, JSONSchema] = {
    **{name: {"type": "string"} for name in ("text", "choice", "choices", "reference")},
    "number": {"type": "number"},
    "money": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
}


class ContactShown(Shown):
    """A lead's contact, whole for those who may read it; empty for a lead without one."""

    name = given("string")
    title = given("string")
    phone = given("string")
    email = given("string")


# ---- Any kind


class AnyRecord(Shown):
    """A record of any kind: what all have, and the fields of its own."""

    id = out("string")
    revision = out("integer")
    created_at = moment()
    updated_at = moment()

    class Meta:
        unknown = ma.INCLUDE


class AnyRecordPage(Shown):
    """A page of records of one kind."""

    items = listed(AnyRecord)
    next = out(["string", "null"], description=NEXT)


class AnyValues(Body):
    """The values of a record, by the names of its kind's fields."""

    confirm = CONFIRM

    class Meta:
        unknown = ma.INCLUDE


class AnyTransition(AnyValues):
    """A stage, and the fields that stage needs."""

    stage = given("string", "the stage to move to", required=True)


class AnyQuery(PageQuery):
    """Which page of a kind's list, in which order; the filters are those of the kind's own path."""

    sort = param("string", "a field, `-` before it for descending; newest first without")
    q = param("string", "looks in what the kind's records are named by")


_ANY: Mapping[str, type[ma.Schema]] = {
    "record": AnyRecord,
    "page": AnyRecordPage,
    "create": AnyValues,
    "change": AnyValues,
    "move": AnyTransition,
    "list": AnyQuery,
}
