"""The one validator: values as people, files and programs give them, in; typed values or problems, out."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import INCLUDE, Schema, ValidationError, fields

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .fields import Field, FieldRegistry
from .identity import normal_credit_code, normal_email, normal_phone

_CLEANERS: dict[tuple[str, str], Callable[[str], str]] = {
    ("contact", "phone"): normal_phone,
    ("contact", "email"): normal_email,
    ("customer", "credit_code"): normal_credit_code,
}
_MOST_MONEY = Decimal("1e13")


class _Say(ValidationError):
    """A refusal that carries both languages through marshmallow."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.messages = [Text(zh, en)]  # type: ignore[list-item]


class _Words(fields.Field[Any]):
    """A field of ours inside a marshmallow schema: same types, messages in both languages."""

    def __init__(self, field: Field, kind: str, zone: ZoneInfo, **more: Any) -> None:
        super().__init__(allow_none=True, **more)
        self.field, self.kind, self.zone = field, kind, zone

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return _READERS[self.field.type](self, value)
        except Invalid as error:
            raise _Say(error.text.zh, error.text.en) from None


def _text(column: _Words, value: Any) -> str:
    if not isinstance(value, str | int | float | Decimal) or isinstance(value, bool):
        raise _Say("请填写文字", "takes text")
    text = str(value).strip()
    if "\x00" in text:
        raise _Say("含有不能保存的字符", "holds a character that can't be saved")
    if len(text) > column.field.longest:
        raise _Say(
            f"最多 {column.field.longest} 个字，现在有 {len(text)} 个",
            f"takes at most {column.field.longest} characters; this has {len(text)}",
        )
    clean = _CLEANERS.get((column.kind, column.field.name))
    return clean(text) if clean and text else text


def _number(column: _Words, value: Any) -> int | float:
    try:
        number = float(str(value).replace(",", ""))
    except ValueError:
        raise _Say(f"「{value}」不是数字", f"{value!r} is not a number") from None
    if number != number or abs(number) > 1e15:
        raise _Say(f"「{value}」太大", f"{value!r} is too large")
    return int(number) if number.is_integer() else number


def _money(column: _Words, value: Any) -> Decimal:
    try:
        amount = Decimal(str(value).strip().removeprefix("¥").replace(",", ""))
    except InvalidOperation:
        raise _Say(f"「{value}」不是金额，例：860000", f"{value!r} is not an amount, e.g. 860000") from None
    if not amount.is_finite() or amount < 0 or amount > _MOST_MONEY:
        raise _Say("金额应在 0 到 10 万亿元之间", "an amount lies between 0 and 10,000,000,000,000 yuan")
    return amount.quantize(Decimal("0.01"))


def _date(column: _Words, value: Any) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(column.zone).date()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value).strip().replace("/", "-")[:10]).isoformat()
    except ValueError:
        raise _Say(f"「{value}」不是日期，例：2026-11-24", f"{value!r} is not a date, e.g. 2026-11-24") from None


def _moment(column: _Words, value: Any) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=column.zone)
    if not isinstance(value, datetime):
        try:
            value = datetime.fromisoformat(str(value).strip().replace("/", "-"))
        except ValueError:
            raise _Say(
                f"「{value}」不是时间，例：2026-11-24 14:05", f"{value!r} is not a time, e.g. 2026-11-24 14:05"
            ) from None
    return (value if value.tzinfo else value.replace(tzinfo=column.zone)).astimezone(UTC)


def _boolean(column: _Words, value: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "是": True}
    known |= {"false": False, "0": False, "no": False, "off": False, "否": False, "": False}
    try:
        return value if isinstance(value, bool) else known[str(value).strip().lower()]
    except KeyError:
        raise _Say(f"「{value}」应为「是」或「否」", f"{value!r} should be yes or no") from None


def _choice(column: _Words, value: Any) -> str:
    text = str(value).strip()
    for key, words in column.field.options:
        if text in (key, words.zh) or text.lower() in (key.lower(), words.en.lower()):
            return key
    if not text:
        return text
    known = [words.zh for _, words in column.field.options]
    near = difflib.get_close_matches(text, [key for key, _ in column.field.options] + known, 1)
    raise _Say(
        f"没有选项「{text}」" + (f"，是不是「{near[0]}」？" if near else f"；可选：{'、'.join(known)}"),
        f"no option {text!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
    )


def _choices(column: _Words, value: Any) -> list[str]:
    parts = value if isinstance(value, list | tuple) else str(value).replace("、", ",").replace("，", ",").split(",")
    return list(dict.fromkeys(_choice(column, part) for part in parts if str(part).strip()))


def _reference(column: _Words, value: Any) -> str:
    return str(value)


_READERS: dict[str, Callable[[_Words, Any], Any]] = {
    "text": _text,
    "number": _number,
    "money": _money,
    "date": _date,
    "moment": _moment,
    "boolean": _boolean,
    "choice": _choice,
    "choices": _choices,
    "reference": _reference,
    "json": lambda column, value: value,
}


class Validator:
    """Reads values for a kind of record against the registry's fields."""

    def __init__(self, registry: FieldRegistry, zone: ZoneInfo) -> None:
        self.registry, self.zone = registry, zone
        self._schemas: dict[str, Schema] = {}

    def schema(self, kind: str) -> Schema:
        """Return the marshmallow schema of `kind`; fields the registry does not name pass as they are."""
        if kind not in self._schemas:
            columns: dict[str, Any] = {field.name: _Words(field, kind, self.zone) for field in self.registry.of(kind)}
            self._schemas[kind] = Schema.from_dict(columns, name=kind.title())(unknown=INCLUDE)
        return self._schemas[kind]

    def read(self, kind: str, values: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
        """Return `values` typed and cleaned; `whole` demands the required fields too.

        An empty text becomes None where the field is no text. Raises Invalid with every problem.
        """
        known = self.registry.by_name(kind)
        given: dict[str, Any] = {}
        for name, value in values.items():
            field = known.get(name)
            empty = isinstance(value, str) and not value.strip()
            given[name] = None if field and empty and field.type not in ("text", "choice", "choices") else value
        try:
            clean: dict[str, Any] = self.schema(kind).load(given)  # type: ignore[assignment]
            problems = []
        except ValidationError as error:
            clean, problems = dict(error.valid_data or {}), _problems(error, known)  # type: ignore[arg-type]
        refused = {problem.field for problem in problems}
        for field in known.values():
            absent = field.name not in clean if not whole else True
            if field.required and field.name not in refused and (whole or not absent):
                if clean.get(field.name) in (None, "", []):
                    problems.append(
                        Problem(field.name, Text(f"请填写「{field.label.zh}」", f"“{field.label.en}” is needed"))
                    )
        if problems:
            raise Invalid(problems)
        return clean


def _problems(error: ValidationError, known: Mapping[str, Field]) -> list[Problem]:
    found = []
    for name, messages in error.messages_dict.items():
        label = known[name].label if name in known else Text(str(name), str(name))
        for message in messages if isinstance(messages, list) else [messages]:
            words = message if isinstance(message, Text) else Text(str(message), str(message))
            found.append(Problem(str(name), Text(f"「{label.zh}」{words.zh}", f"“{label.en}” {words.en}")))
    return found
