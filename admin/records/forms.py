"""Forms made from a kind's fields: Flask-Admin's form classes, what stands in them, and what was typed into them.

The door says what is wrong with a value, in the words it has everywhere; the form only carries the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_admin.model.ajax import AjaxModelLoader
from peewee import SQL
from wtforms import StringField

from ...core.access import policy as access
from ...core.errors import Conflict, Invalid, Problem
from ...core.kinds import User
from ...core.schema.fields import Field
from ...core.schema.kind import Kind
from ...core.storage.statements import by_id
from ...hooks.text import Text
from .filters import Asker, named_like
from .served import is_id
from .wording import RecordWords, titles, value_of

OFFERED = 10
"""So many records are offered while somebody types the name of one."""


def created_with(kind: Kind) -> tuple[Field, ...]:
    """Return the fields of the form for a new record: those that people fill in, and what it belongs to."""
    return tuple(one for one in kind.fields if _filled_in(one) or (one.parent and not one.along))


def edited_with(kind: Kind) -> tuple[Field, ...]:
    """Return the fields of the form for a record that is there: what it belongs to stays."""
    return tuple(one for one in kind.fields if _filled_in(one) and not one.parent)


def _filled_in(one: Field) -> bool:
    return one.form and one.type != "json" and not one.secret


def form_class(kind: Kind, fields: Iterable[Field], base: type[Any]) -> type[Any]:
    """Return the form over these fields. Names have a prefix: a field may be called `data` or `key`."""
    body = {f"v_{one.name}": StringField(name=f"f-{one.name}") for one in fields}
    return type(f"{kind.name.title().replace('_', '')}Form", (base,), body)


def is_required(kind: Kind, field: Field) -> bool:
    """Say whether a form can't be saved without a value of this field."""
    return field.required or (needs(kind, field) and not _derived_from(kind, field))


def needs(kind: Kind, field: Field) -> bool:
    """Say whether a record can't be without what it belongs to by this field."""
    column = kind.model._meta.combined.get(field.name)
    return field.parent and column is not None and not column.null


def _derived_from(kind: Kind, field: Field) -> tuple[Field, ...]:
    """Return the other parents that say whose record this is: a lead's or a contract's customer."""
    if field.name != "customer_id":
        return ()
    return tuple(one for one in kind.parents if one is not field and one.to in ("lead", "contract"))


def derived_labels(kind: Kind, fields: Iterable[Field]) -> dict[str, Text]:
    """Return, by field, what else says what a record belongs to: a contract's lead says its customer."""
    return {one.name: others[0].label for one in fields if (others := _derived_from(kind, one))}


def is_complete(kind: Kind) -> bool:
    """Say whether people can make a record: all that it can't be without is in the form."""
    asked = {one.name for one in created_with(kind)}
    return bool(asked) and all(one.name in asked for one in kind.fields if one.required)


@dataclass(frozen=True)
class Raw:
    """What stands in an input: its text, or texts, and the id of the record it names."""

    text: str
    several: tuple[str, ...] = ()
    record_id: str = ""


def raw_of(words: RecordWords, record: Any, field: Field) -> Raw:
    """Return how a record's value stands in its input; personal data masked as on the record's page."""
    value = value_of(record, field)
    if value in (None, "", []):
        return Raw("")
    if field.mask and not words.is_whole(record):
        return Raw(str(access.masked_value(field, value)))
    if field.type == "reference":
        return Raw(words.text(record, field), record_id=str(value))
    if isinstance(value, list):
        return Raw("", tuple(str(one) for one in value))
    if isinstance(value, datetime):
        return Raw(f"{value.astimezone(words.ws.settings.zone):%Y-%m-%dT%H:%M}")
    if isinstance(value, bool):
        return Raw("true" if value else "false")
    if isinstance(value, Decimal):
        return Raw(format(value, ".0f" if value == value.to_integral_value() else ".2f"))
    return Raw(str(value))


def typed(form: Mapping[str, Any], field: Field) -> Raw:
    """Return what was sent for a field."""
    if field.type == "choices":
        return Raw("", tuple(form.getlist(f"f-{field.name}")))  # type: ignore[attr-defined]
    return Raw(form.get(f"f-{field.name}", ""), record_id=form.get(f"id-{field.name}", ""))


def check_still_there(fields: Iterable[Field], form: Mapping[str, Any]) -> None:
    """Raise Conflict if somebody typed into a field that is no longer in force: their text is not dropped silently."""
    known = {f"f-{one.name}" for one in fields}
    for name, text in form.items():
        if name.startswith("f-") and name not in known and text != form.get(f"was-{name[2:]}", ""):
            raise Conflict(
                f"字段「{name[2:]}」刚被停用，其中填的「{text[:40]}」没有保存；请刷新后再改。",
                f"the field {name[2:]!r} has just been retired, so what you typed there can't be saved: reload",
            )


def was(form: Mapping[str, Any], field: Field) -> str:
    """Return what stood in the input when the page was made."""
    return str(form.get(f"was-{field.name}", ""))


def as_was(raw: Raw) -> str:
    """Return an input's content as one text, to tell whether somebody changed it."""
    return "\n".join(raw.several) if raw.several else raw.text


def values_of_form(asker: Asker, fields: Iterable[Field], form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed, references as ids. Raises Invalid for a record that is named but not found."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in fields:
        raw = typed(form, field)
        if field.type == "choices":
            values[field.name] = list(raw.several)
        elif field.type == "reference" and raw.text.strip():
            found = _meant(asker, field, raw)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                values[field.name] = found
        else:
            # A browser sends lines with \r\n; what is kept has one sign for a new line.
            values[field.name] = raw.text.replace("\r\n", "\n") if field.type != "reference" else None
    if problems:
        raise Invalid(problems)
    return values


def complete(asker: Asker, kind: Kind, fields: Iterable[Field], values: dict[str, Any]) -> dict[str, Any]:
    """Return a new record's values with whose it is, where a lead or a contract says so; what is empty left out.

    Raises Invalid if nothing says what the record belongs to.
    """
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    problems = []
    for field in fields:
        if field.name in given or not field.parent:
            continue
        for other in _derived_from(kind, field):
            parent = by_id(asker.ws.kinds[other.to].model, given.get(other.name))
            if parent is not None and field.name not in given:
                given[field.name] = parent.customer_id
        if field.name not in given and needs(kind, field):
            words = Text(f"请填写「{field.label.zh}」", f"“{field.label.en}” is needed")
            problems.append(Problem(field.name, words))
    if problems:
        # What else is wrong is said at the same time.
        try:
            asker.ws.configuration.validator.read(kind.name, values, whole=True)
        except Invalid as error:
            problems += [one for one in error.problems if one.field not in {p.field for p in problems}]
        raise Invalid(problems)
    return given


def _meant(asker: Asker, field: Field, raw: Raw) -> str | Problem:
    """Return the id of the record that an input names: the one picked, or the only one called so."""
    loader = VisibleLoader(field, lambda: asker)
    text = raw.text.strip()
    if "\x00" not in text:
        picked = loader.get_one(raw.record_id) if is_id(raw.record_id) else None
        if picked is not None and loader.format(picked)[1] == text:
            return str(picked.id)
        if is_id(text) and (picked := loader.get_one(text)) is not None:
            return str(picked.id)
        called = [one for one in loader.get_list(text, limit=OFFERED) if loader.format(one)[1] == text]
        if len(called) == 1:
            return str(called[0].id)
        if called:
            words = Text(
                f"有 {len(called)} 个都叫「{text}」；请从列表里选一个",
                f"{len(called)} are called “{text}”; pick one from the list",
            )
            return Problem(field.name, words)
    words = Text(f"没有找到「{text}」；请从列表里选", f"“{text}” was not found; pick one from the list")
    return Problem(field.name, words)


class VisibleLoader(AjaxModelLoader):  # type: ignore[misc]
    """Finds the records that a reference may lead to, among those the asker sees, by what they are called."""

    def __init__(self, field: Field, asker: Any) -> None:
        super().__init__(field.name, {})
        self.field, self._asker = field, asker

    def _query(self) -> Any:
        asker = self._asker()
        if self.field.to == "user":
            return User.select().where(User.active)
        if self.field.to not in asker.ws.kinds:  # Switched off: there is nothing to pick.
            return User.select().where(SQL("1 = 0"))
        return access.visible(asker.ws.kinds, asker.actor, self.field.to)

    def format(self, model: Any) -> tuple[str, str]:
        """Return a record's id and what it is called."""
        asker = self._asker()
        return model.id, titles(asker.ws, asker.actor, asker.ws.kinds[self.field.to], [model], False)[model.id]

    def get_one(self, pk: str) -> Any:
        """Return the record of that id, if the asker sees it."""
        query = self._query()
        return query.where(query.model.id == pk).first()

    def get_list(self, query: str, offset: int = 0, limit: int = OFFERED) -> list[Any]:
        """Return the records whose name holds `query`, the newest first."""
        asker, rows = self._asker(), self._query()
        model = rows.model
        text = (query or "").replace("\x00", "").strip()
        if text and self.field.to in asker.ws.kinds:
            kind = asker.ws.kinds[self.field.to]
            rows = rows.where(named_like(asker.ws, asker.actor, kind, text))
        return list(rows.order_by(model.id.desc()).offset(max(0, offset or 0)).limit(max(1, min(limit, 50))))
