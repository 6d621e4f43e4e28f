"""Values and schemas of the API that carry what they are called in its document: marshmallow's, with a JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from ...hooks.text import Text
from ..errors import ClewError

JSONSchema = dict[str, Any]
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_TYPE_WORDS: Mapping[str, Text] = {
    "string": Text("文字", "a string"),
    "integer": Text("整数", "an integer"),
    "number": Text("数字", "a number"),
    "boolean": Text("true 或 false", "true or false"),
    "array": Text("列表", "a list"),
    "object": Text("对象", "an object"),
    "null": Text("null", "null"),
}


class NotChangeable(ClewError):
    """A field that a record has, but that a call can't change."""

    code = "not_changeable"


class Described(ma.fields.Field):  # type: ignore[type-arg]
    """A value with a JSON Schema of its own. Values of a type it does not name are refused."""

    def __init__(self, schema: JSONSchema, **more: Any) -> None:
        super().__init__(**{"allow_none": True, **more})
        self.schema = schema

    def deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        """Return the value as it is."""
        if value is ma.missing:
            return super().deserialize(value, *args, **more)
        types = self.schema.get("type")
        if types is not None and not is_of(value, types):
            names = [_TYPE_WORDS[one] for one in ([types] if isinstance(types, str) else types)]
            zh, en = "、".join(one.zh for one in names), " or ".join(one.en for one in names)
            raise ma.ValidationError([Text(f"应为{zh}", f"should be {en}")])
        return value


def is_of(value: Any, types: str | list[str]) -> bool:
    """Say whether a JSON value is of one of these JSON types."""
    names = [types] if isinstance(types, str) else types
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES[one]) for one in names)


class Param(Described):
    """A parameter of the query, or a value of a body, that the view reads itself."""

    def deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        """Return the text as it is."""
        return super().deserialize(value, *args, **more) if value is ma.missing else value


def out(type: str | list[str], **more: Any) -> Described:
    """Return a value that an answer always has."""
    return Described({"type": type, **more}, required=True)


def anything(description: str) -> Described:
    """Return a value of an answer that may be anything."""
    return Described({"description": description}, required=True)


def given(type: str | list[str], description: str = "", *, required: bool = False, **more: Any) -> Described:
    """Return a value that a body may have, or has to."""
    schema = {"type": type, **({"description": description} if description else {}), **more}
    return Described(schema, required=required)


def param(type: str, description: str, **more: Any) -> Param:
    """Return a parameter of a query."""
    return Param({"type": type, "description": description, **more})


def moment(nullable: bool = False) -> Described:
    """Return a moment that an answer always has."""
    return out(["string", "null"] if nullable else "string", format="date-time")


class Body(ma.Schema):
    """What a call sends. Names that are not declared are refused."""


class Shown(ma.Schema):
    """What a call answers. Views return JSON already: it is given out as it is, and tests hold it to this."""

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Return `obj` as it is."""
        return obj


def nested(schema: type[ma.Schema], *, nullable: bool = False, required: bool = True) -> ma.fields.Nested:
    """Return a part of an answer that has a schema of its own."""
    return ma.fields.Nested(schema, required=required, allow_none=nullable)


def listed(schema: type[ma.Schema], *, required: bool = True) -> ma.fields.List[Any]:
    """Return a list of parts of an answer."""
    return ma.fields.List(ma.fields.Nested(schema), required=required)


def page_of(schema: type[ma.Schema]) -> type[ma.Schema]:
    """Return the schema of a page: the items, and where the next page begins."""
    fields = {"items": listed(schema), "next": out(["string", "null"], description=NEXT)}
    return type(f"{schema.__name__}Page", (Shown,), fields)


NEXT = "the `after` of the next page; null: this is the last one"
CONFIRM = Param({"type": "boolean", "description": "true says yes to what a rule wants confirmed"})


class Changing(Body):
    """A change of a record: what it has but a call can't change is refused as such."""

    fixed: frozenset[str] = frozenset()

    def load(self, data: Any, **more: Any) -> Any:
        """Return what was sent. Raises NotChangeable."""
        if refused := sorted(self.fixed & data.keys()):
            names = ", ".join(refused)
            raise NotChangeable(f"不能这样修改：{names}", f"these can't be changed here: {names}")
        return super().load(data, **more)


class Confirm(Body):
    """A call that needs nothing."""

    confirm = CONFIRM


class QueryShape(ma.Schema):
    """What a query's parameters say."""


class PageQuery(QueryShape):
    """Which page of a list."""

    limit = param("integer", "items a page; more than 200 counts as 200", minimum=1, default=50)
    after = param("string", "the `next` of the page before")
