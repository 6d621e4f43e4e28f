"""Lists of any kind of record: filtered, sorted, searched and paged by the database."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Literal

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..schema.fields import Field
from ..schema.kind import Kind
from ..schema.reserved import LIST_PARAMETERS, RANGES
from ..schema.validator import Validator, unstorable
from ..storage.json_values import comparable
from ..storage.ordering import Piece, pieces, rows_of
from .sent import limit_of

Relation = Literal["is", "holds", "from", "to", "before"]
_RANGED: Mapping[str, Relation] = {"_min": "from", "_max": "to", "_after": "from", "_before": "before"}
_UNORDERED = ("choices", "json")
_TYPED = ("moment", "money", "number", "boolean")
_MOMENTS = tuple(
    Field(name, Text(zh, en), "moment", form=False)
    for name, zh, en in (("created_at", "创建时间", "Created"), ("updated_at", "修改时间", "Changed"))
)


@dataclass(frozen=True)
class Filter:
    """A parameter that narrows a list by one field."""

    field: Field
    relation: Relation

    @property
    def words(self) -> str:
        """What it does, in English with the Chinese label."""
        said = {"is": "is", "holds": "holds", "from": "is at least", "to": "is at most", "before": "is before"}
        return f"{self.field.label.en} ({self.field.label.zh}) {said[self.relation]} this"


def _narrowing(kind: Kind) -> list[Field]:
    """Return the fields to filter and sort by. None that is masked: to ask for a number is to learn it."""
    found = [one for one in kind.fields if not (one.mask or one.secret or one.name == "name_key" or one.type == "json")]
    return [*found, *_MOMENTS]


def filters_of(kind: Kind) -> dict[str, Filter]:
    """Return the filters of a kind's list, by the name of their parameter."""
    found: dict[str, Filter] = {}
    for field in _narrowing(kind):
        name = f"{field.name}_is" if field.name in LIST_PARAMETERS else field.name
        if field.type == "choices":
            found[name] = Filter(field, "holds")
            continue
        if field.type != "moment":
            found[name] = Filter(field, "is")
        found |= {f"{field.name}{end}": Filter(field, _RANGED[end]) for end in RANGES.get(field.type, ())}
    return found


def sortable(kind: Kind) -> dict[str, Field]:
    """Return the fields to sort by."""
    return {one.name: one for one in _narrowing(kind) if one.type not in _UNORDERED}


def searchable(kind: Kind) -> list[Field]:
    """Return the fields that `q` looks in: what records are named by, unless it is masked."""
    found = (kind.by_name.get(name) for name in kind.named_by)
    return [one for one in found if one is not None and one.type == "text" and not one.mask]


def page(
    kind: Kind, query: Any, given: Mapping[str, str], validator: Validator, show: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """Return a page of the records that `query` finds, narrowed and sorted as `given` says. Raises Invalid."""
    query = _narrowed(kind, query, given, validator)
    order, limit = _Order.of(kind, given.get("sort") or ""), limit_of(given)
    after = given.get("after")
    rows = rows_of(query, order.behind(after, validator) if after else order.pieces(), limit + 1)
    following = order.cursor(rows[limit - 1]) if len(rows) > limit else None
    return {"items": [show(row) for row in rows[:limit]], "next": following}


def _narrowed(kind: Kind, query: Any, given: Mapping[str, str], validator: Validator) -> Any:
    filters = filters_of(kind)
    problems: list[Problem] = []
    for name, text in given.items():
        if name in LIST_PARAMETERS or not text:
            continue
        one = filters[name]
        try:
            value = validator.typed(one.field, [text] if one.relation == "holds" else text)
        except Invalid as error:
            problems += [Problem(name, problem.text) for problem in error.problems]
            continue
        if value not in ("", []):
            query = query.where(_condition(kind, one, value))
    if problems:
        raise Invalid(problems)
    if (words := given.get("q")) and (fields := searchable(kind)):
        query = query.where(reduce(or_, [kind.expression(one).contains(words) for one in fields]))
    return query


def _condition(kind: Kind, one: Filter, value: Any) -> Any:
    column = kind.expression(one.field)
    if one.relation == "holds":
        return reduce(or_, [column.contains(json.dumps(each, ensure_ascii=False)) for each in value])
    value = comparable(column, value)
    if one.relation == "is":
        return column == value
    if one.relation == "from":
        return column >= value
    return column <= value if one.relation == "to" else column < value


@dataclass(frozen=True)
class _Order:
    """The order of a list: by a field, then by id; records without a value come last."""

    kind: Kind
    field: Field | None
    down: bool
    name: str

    @classmethod
    def of(cls, kind: Kind, name: str) -> _Order:
        if not name:
            return cls(kind, None, True, "")
        known = sortable(kind)
        if name.removeprefix("-") not in known:
            zh, en = (
                f"不能按「{name}」排序；可选：{'、'.join(known)}",
                f"no order by {name!r}: there are {', '.join(known)}",
            )
            raise Invalid([Problem("sort", Text(zh, en))])
        return cls(kind, known[name.removeprefix("-")], name.startswith("-"), name)

    def pieces(self, after: tuple[Any, str] | None = None) -> list[Piece]:
        """Return what to read, one after another: all, or what comes behind a value and an id."""
        key: Any = self.kind.model._meta.primary_key
        if self.field is None:
            return [Piece(None if after is None else key < after[1], (key.desc(),))]
        column = self.kind.expression(self.field)
        return pieces(column, key, self.down, gaps=self.field.extra or column.null, after=after)

    def cursor(self, row: Any) -> str:
        """Return where the page after this row begins."""
        if self.field is None:
            return str(row.id)
        value = (row.extra or {}).get(self.field.name) if self.field.extra else getattr(row, self.field.name)
        text = json.dumps([self.name, plain(value), row.id], ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def behind(self, cursor: str, validator: Validator) -> list[Piece]:
        """Return what comes behind a cursor. Raises Invalid for one of another order."""
        if self.field is None:
            return self.pieces((None, cursor))
        try:
            name, value, record_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if name != self.name or not isinstance(record_id, str) or any(unstorable([value, record_id])):
                raise ValueError(cursor)
            read = comparable(self.kind.expression(self.field), _read(self.field, value, validator))
        except (ValueError, TypeError, RecursionError, Invalid):
            words = Text("这个 after 不属于这样排序的列表", "this `after` is none of a list in this order")
            raise Invalid([Problem("after", words)]) from None
        return self.pieces((read, record_id))


def _read(field: Field, value: Any, validator: Validator) -> Any:
    """Return a cursor's value typed. Raises Invalid or ValueError.

    A text is taken as it is: the row that it comes from may hold an option that there is no more.
    """
    if value is None:
        return None
    if field.type in _TYPED:
        return validator.typed(field, value)
    if not isinstance(value, str):
        raise ValueError(value)
    return value
