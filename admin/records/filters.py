"""Filters over a kind's fields, by their types: Flask-Admin's, with the words and the values of the one validator."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask_admin.contrib.peewee.filters import BasePeeweeFilter

from ...core.access import policy as access
from ...core.access.wholeness import whole_rows
from ...core.errors import Invalid, Problem
from ...core.journal.origin import Actor
from ...core.kinds import Team, User
from ...core.schema.fields import Field
from ...core.schema.kind import Kind
from ...core.schema.validator import Validator, unstorable
from ...core.storage.json_values import comparable
from ...core.workbench.acts import processes_of
from ...core.workspace import Workspace
from ...hooks.text import Text
from .. import words
from .columns import CREATED, expression
from .served import is_id

OPERATORS: dict[str, tuple[str, str]] = {
    "is": ("是", "is"),
    "has": ("包含", "contains"),
    "from": ("不小于", "at least"),
    "to": ("不大于", "at most"),
    "since": ("从", "from"),
    "until": ("到", "until"),
    "within": ("近", "in the last"),
    "empty": ("为空", "is empty"),
}
RESERVED = frozenset(
    {"q", "sort", "desc", "page", "cols", "after", "before", "size", "view", "waiting", "waits", "overdue", "duplicate"}
)
"""What the address of a list says besides filters: a field called so is filtered by `<name>.is`."""
_BY_TYPE: dict[str, tuple[str, ...]] = {
    "text": ("has", "is", "empty"),
    "number": ("from", "to", "empty"),
    "money": ("from", "to", "empty"),
    "date": ("within", "since", "until", "empty"),
    "moment": ("within", "since", "until", "empty"),
    "boolean": ("is",),
    "choice": ("is", "empty"),
    "choices": ("has", "empty"),
    "reference": ("is", "empty"),
}
_MOST_PEOPLE = 300
_DAYS = (1, 7, 30, 90)
_MOST_DAYS = 3_660
_WORTH_TENS = 10_000
ME = "me"
"""As a person: whoever looks. A view that is shared shows everybody their own."""


def operators_of(field: Field) -> tuple[str, ...]:
    """Return the operators that a field's values can be filtered by; masked ones only by the whole value."""
    if field.mask:
        return ("is", "empty") if field.type == "text" else ("empty",)
    if field.type == "reference" and field.to not in ("user", "team"):
        return ("has", "is", "empty")
    if field.name == "stage":
        return ("is",)
    return _BY_TYPE.get(field.type, ())


@dataclass(frozen=True)
class Asker:
    """Who filters, in which workspace."""

    ws: Workspace
    actor: Actor


class FieldFilter(BasePeeweeFilter):  # type: ignore[misc]
    """One operator over one field; `asker` is asked for at each use, for the filter lives as long as the kind."""

    def __init__(self, kind: Kind, field: Field, operator: str, asker: Callable[[], Asker]) -> None:
        self.kind, self.field, self.operator, self._asker = kind, field, operator, asker
        super().__init__(expression(kind, field), field.label.zh)

    @property
    def arg(self) -> str:
        """The name of the filter in the address: `stage`, `budget.from`."""
        plain = self.operator == "is" and self.field.name not in RESERVED
        return self.field.name if plain else f"{self.field.name}.{self.operator}"

    def operation(self) -> str:
        """Return the operator's name; the page writes it in the viewer's language."""
        return OPERATORS[self.operator][0]

    def get_options(self, _view: Any) -> list[tuple[str, str]] | None:
        """Return nothing: options depend on who looks, see `choices`."""
        return None

    def choices(self, english: bool) -> list[tuple[str, str]]:
        """Return the values to choose from, with their words; none where the value is typed in."""
        locale, field = "en" if english else "zh", self.field
        if self.operator == "empty" or (field.type == "boolean" and self.operator == "is"):
            return [("1", "Yes" if english else "是"), ("0", "No" if english else "否")]
        if field.name == "stage":
            every = [s for process in processes_of(self._asker().ws, self.kind) for s in process.stages]
            return list({stage.name: (stage.name, stage.title.for_locale(locale)) for stage in every}.values())
        if field.to == "user" and self.operator == "is":
            people = User.select(User.id, User.name).where(User.active).order_by(User.name).limit(_MOST_PEOPLE)
            me = self._asker().actor.id
            found = [(user.id, user.name) for user in people if user.id != me]
            return [(ME, "Me" if english else "我"), *found]
        if self.operator == "within":
            return [(str(days), _days(days, english)) for days in _DAYS]
        return [(value, words.for_locale(locale)) for value, words in field.options]

    def in_words(self, value: str, english: bool) -> str:
        """Return a value of this filter as its chip says it."""
        known = dict(self.choices(english))
        if self.operator == "empty":
            return known.get(value, value)
        if self.operator == "within":
            return _days(int(value), english)
        if self.field.type == "money":
            amount = self._validator.typed(self.field, value)
            return (
                words.wan(amount, english)
                if amount is not None and abs(amount) >= _WORTH_TENS
                else words.yuan_exact(amount)
            )
        if self.field.to in ("user", "team") and self.operator == "is":
            known |= self._people(value, english)
        elif self.field.type == "reference" and self.operator == "is":
            return self._named(value)
        return (", " if english else "、").join(known.get(one, one) for one in value.split(",")) if known else value

    def gone(self, value: str) -> list[str]:
        """Return what a value names that is not there any more: an option, a stage, a person, a team."""
        if self.operator not in ("is", "has") or self.field.type == "boolean":
            return []
        if self.field.to in ("user", "team") and self.operator == "is":
            known = {ME, *self._people(value, False)}
        elif self.field.name == "stage" or self.field.options:
            known = {name for name, _ in self.choices(False)}
        else:
            return []
        return [one for one in value.split(",") if one and one not in known]

    def _people(self, value: str, english: bool) -> dict[str, str]:
        """Return the names of the people or teams that a value names."""
        model: Any = User if self.field.to == "user" else Team
        ids = [one for one in value.split(",") if is_id(one)][:_MOST_PEOPLE]
        me = {self._asker().actor.id: "Me" if english else "我"} if self.field.to == "user" else {}
        rows = model.select(model.id, model.name).where(model.id.in_(ids)) if ids else ()
        return {row.id: row.name for row in rows} | {one: words for one, words in me.items() if one in ids}

    def _named(self, value: str) -> str:
        asker = self._asker()
        if self.field.to not in asker.ws.kinds:  # Switched off: what it leads to is not named.
            return value
        query = access.visible(asker.ws.kinds, asker.actor, self.field.to)
        record = query.where(query.model.id == value).first() if is_id(value) else None
        from .wording import titles

        here = asker.ws.kinds[self.field.to]
        return titles(asker.ws, asker.actor, here, [record], False)[record.id] if record is not None else value

    def clean(self, value: str) -> Any:
        """Return a value typed by the one validator. Raises Invalid with what is wrong with it."""
        value = value.strip()
        if any(unstorable(value)):
            words = Text("含有不能查找的字符", "holds a character that can't be searched for")
            raise Invalid([Problem(self.field.name, words)])
        if self.operator == "empty" or self.field.type == "boolean":
            return value in ("1", "true", "是")
        if self.field.type in ("number", "money"):
            return comparable(self.column, self._validator.typed(self.field, value))
        if self.operator == "within":
            return comparable(self.column, self._since(value))
        if self.field.to == "user" and self.operator == "is":
            me = self._asker().actor.id
            return ",".join(me if one == ME else one for one in value.split(","))
        if self.operator in ("since", "until"):
            return comparable(self.column, self._day(value))
        if self.field.mask and self.field.clean is not None:
            return self.field.clean(value)
        return value

    @property
    def _validator(self) -> Validator:
        return self._asker().ws.configuration.validator

    def _day(self, value: str) -> Any:
        """Return a day as dates are kept, or the moment at which it begins, or ends where it is the last one."""
        day = self._validator.typed(replace(self.field, type="date"), value)
        if self.field.type == "date":
            return day
        begins = self._validator.typed(self.field, day).astimezone(self._validator.zone)
        return begins + timedelta(days=1) if self.operator == "until" else begins

    def _since(self, value: str) -> Any:
        """Return the day, or the moment, from which on the last so many days are; today is the first of them."""
        if not (value.isascii() and value.isdigit() and len(value) < 5 and 1 <= int(value) <= _MOST_DAYS):
            words = Text(f"应为 1 到 {_MOST_DAYS} 天", f"lies between 1 and {_MOST_DAYS} days")
            raise Invalid([Problem(self.field.name, words)])
        now = self._asker().ws.clock.now()
        first = now.astimezone(self._validator.zone).date() - timedelta(days=int(value) - 1)
        return self._day(first.isoformat())

    def validate(self, value: str) -> bool:
        """Say whether a value can be filtered by."""
        try:
            self.clean(value)
        except Invalid:
            return False
        return True

    def apply(self, query: Any, value: Any) -> Any:
        """Return the query narrowed to the rows that fit."""
        return query.where(self._condition(value))

    def _condition(self, value: Any) -> Any:
        column, field = self.column, self.field
        if self.operator == "empty":
            return _empty(column, field) if value else ~_empty(column, field)
        if self.operator == "has":
            return self._contains(value)
        if self.operator in ("from", "since", "within"):
            return column >= value
        if self.operator == "to":
            return column <= value
        if self.operator == "until":
            return column <= value if field.type == "date" else column < value
        if field.type == "boolean":
            return _is_true(column) if value else ~_is_true(column)
        return column.in_([part for part in value.split(",") if part]) if "," in value else column == value

    def _contains(self, value: str) -> Any:
        if self.field.type == "choices":
            return self.column.contains(f'"{value}"')
        if self.field.type != "reference":
            return self.column.contains(value)
        asker = self._asker()
        if self.field.to not in asker.ws.kinds:  # Switched off: nothing of it has a name to be found by.
            return self.column.in_([])
        query = access.visible(asker.ws.kinds, asker.actor, self.field.to)
        named = named_like(asker.ws, asker.actor, asker.ws.kinds[self.field.to], value)
        return self.column.in_(query.where(named).select(query.model.id))


def _days(days: int, english: bool) -> str:
    if english:
        return "day" if days == 1 else f"{days} days"
    return f"{days} 天"


def _empty(column: Any, field: Field) -> Any:
    nothing = column.is_null()
    if field.type in ("text", "choice") or (field.type in ("date", "reference") and field.extra):
        return nothing | (column == "")
    return nothing | (column == "[]") if field.type == "choices" else nothing


def _is_true(column: Any) -> Any:
    return column == comparable(column, True)


def text_fits(ws: Workspace, actor: Actor, kind: Kind, field: Field, text: str) -> Any:
    """Return the condition that a text field holds `text`.

    Masked values fit as a whole only, save in rows that the actor sees whole: nobody gropes for digits.
    """
    column = expression(kind, field)
    if not field.mask:
        return column.contains(text)
    exact = column == text
    if field.clean is not None:
        with suppress(Invalid):
            exact = column.in_([text, field.clean(text)])
    return exact | (column.contains(text) & whole_rows(ws.kinds, actor, kind.name))


def named_like(ws: Workspace, actor: Actor, kind: Kind, text: str) -> Any:
    """Return the condition that what a record is called holds `text`."""
    found: Any = None
    for name in kind.named_by:
        field = kind.by_name.get(name)
        if field is not None and field.type == "text":
            one = text_fits(ws, actor, kind, field, text)
            found = one if found is None else found | one
    return found if found is not None else kind.model.id == text


def filters_of(kind: Kind, fields: tuple[Field, ...], asker: Callable[[], Asker]) -> list[FieldFilter]:
    """Return the filters over a kind's fields."""
    return [
        FieldFilter(kind, field, operator, asker)
        for field in fields
        if field is CREATED or field.name != "updated_at"
        for operator in operators_of(field)
    ]
