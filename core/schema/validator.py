"""The one validator: values as people, files and programs give them, in; typed values or problems, out."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .fields import Field
from .registry import Kinds

_MOST_MONEY = Decimal("1e13")
_TEXTS = ("text", "choice", "choices")


class _Refused(Exception):
    """A value that a field does not take, with the words that say why."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Text(zh, en)
        super().__init__(en)


def _text(field: Field, value: Any, zone: ZoneInfo) -> str:
    if not isinstance(value, str | int | float | Decimal) or isinstance(value, bool):
        raise _Refused("请填写文字", "takes text")
    text = str(value).strip()
    if "\x00" in text or not _encodable(text):
        raise _Refused("含有不能保存的字符", "holds a character that can't be saved")
    if len(text) > field.longest:
        raise _Refused(
            f"最多 {field.longest} 个字，现在有 {len(text)} 个",
            f"takes at most {field.longest} characters; this has {len(text)}",
        )
    return field.clean(text) if field.clean and text else text


def _encodable(text: str) -> bool:
    """Say whether a text can be written as UTF-8: half of a surrogate pair can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(field: Field, value: Any, zone: ZoneInfo) -> int | float:
    try:
        number = float(str(value).replace(",", ""))
    except ValueError:
        raise _Refused(f"「{value}」不是数字", f"{value!r} is not a number") from None
    if number != number or abs(number) > 1e15:
        raise _Refused(f"「{value}」太大", f"{value!r} is too large")
    return int(number) if number.is_integer() else number


def _money(field: Field, value: Any, zone: ZoneInfo) -> Decimal:
    try:
        amount = Decimal(str(value).strip().removeprefix("¥").replace(",", ""))
    except InvalidOperation:
        raise _Refused(f"「{value}」不是金额，例：860000", f"{value!r} is not an amount, e.g. 860000") from None
    if not amount.is_finite() or amount < 0 or amount > _MOST_MONEY:
        raise _Refused("金额应在 0 到 10 万亿元之间", "an amount lies between 0 and 10,000,000,000,000 yuan")
    return amount.quantize(Decimal("0.01"))


def _date(field: Field, value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        value = _moment(field, value, zone).astimezone(zone).date()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value).strip().replace("/", "-")[:10]).isoformat()
    except ValueError:
        raise _Refused(f"「{value}」不是日期，例：2026-11-24", f"{value!r} is not a date, e.g. 2026-11-24") from None


def _moment(field: Field, value: Any, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=zone)
    else:
        try:
            moment = datetime.fromisoformat(str(value).strip().replace("/", "-"))
        except ValueError:
            raise _Refused(
                f"「{value}」不是时间，例：2026-11-24 14:05", f"{value!r} is not a time, e.g. 2026-11-24 14:05"
            ) from None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # The first and the last hours that a calendar has, in another time zone.
        raise _Refused(f"「{value}」太早或太晚", f"{value} is too early or too late") from None


def _boolean(field: Field, value: Any, zone: ZoneInfo) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "是": True}
    known |= {"false": False, "0": False, "no": False, "off": False, "否": False, "": False}
    try:
        return value if isinstance(value, bool) else known[str(value).strip().lower()]
    except KeyError:
        raise _Refused(f"「{value}」应为「是」或「否」", f"{value!r} should be yes or no") from None


def _choice(field: Field, value: Any, zone: ZoneInfo) -> str:
    text = str(value).strip()
    for key, words in field.options:
        if text in (key, words.zh) or text.lower() in (key.lower(), words.en.lower()):
            return key
    if not text:
        return text
    known = [words.zh for _, words in field.options]
    near = difflib.get_close_matches(text, [key for key, _ in field.options] + known, 1)
    raise _Refused(
        f"没有选项「{text}」" + (f"，是不是「{near[0]}」？" if near else f"；可选：{'、'.join(known)}"),
        f"no option {text!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
    )


def _choices(field: Field, value: Any, zone: ZoneInfo) -> list[str]:
    parts = value if isinstance(value, list | tuple) else str(value).replace("、", ",").replace("，", ",").split(",")
    return list(dict.fromkeys(_choice(field, part, zone) for part in parts if str(part).strip()))


def _reference(field: Field, value: Any, zone: ZoneInfo) -> str:
    return _text(field, value, zone)


_READERS: dict[str, Callable[[Field, Any, ZoneInfo], Any]] = {
    "text": _text,
    "number": _number,
    "money": _money,
    "date": _date,
    "moment": _moment,
    "boolean": _boolean,
    "choice": _choice,
    "choices": _choices,
    "reference": _reference,
    "json": lambda field, value, zone: value,
}


class Validator:
    """Reads values for a kind of record against its fields."""

    def __init__(self, kinds: Kinds, zone: ZoneInfo) -> None:
        self.kinds, self.zone = kinds, zone

    def read(self, kind: str, values: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
        """Return `values` typed and cleaned; `whole` demands the required fields too.

        An empty text becomes None where the field is no text; names that are no field pass as they are.
        Raises Invalid with every problem.
        """
        known = self.kinds.by_name(kind)
        clean: dict[str, Any] = {}
        problems: list[Problem] = []
        refused: set[str] = set()
        for name, value in values.items():
            field = known.get(name)
            if field is None or value is None:
                clean[name] = value
                continue
            if isinstance(value, str) and field.type not in _TEXTS and not value.strip():
                clean[name] = None
                continue
            try:
                clean[name] = _READERS[field.type](field, value, self.zone)
            except (_Refused, Invalid) as error:
                refused.add(name)
                problems.append(_problem(field, error.text))
        for field in known.values():
            if field.required and field.name not in refused and (whole or field.name in clean):
                if clean.get(field.name) in (None, "", []):
                    problems.append(
                        Problem(field.name, Text(f"请填写「{field.label.zh}」", f"“{field.label.en}” is needed"))
                    )
        if problems:
            raise Invalid(problems)
        return clean


def _problem(field: Field, words: Text) -> Problem:
    return Problem(field.name, Text(f"「{field.label.zh}」{words.zh}", f"“{field.label.en}” {words.en}"))
