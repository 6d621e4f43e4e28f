"""The one validator: values as people, files and programs give them, in; typed values or problems, out."""

from __future__ import annotations

import difflib
import math
import re
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .columns import misfit
from .fields import Field
from .kind import Kind
from .registry import Kinds
from .written import UNPLAIN, WIDE, iso_of, unreadable, without_unseen

LARGEST = 2**63 - 1
DEEPEST = 100
_MOST_MONEY = Decimal("1e13")
_YEARS = (1900, 2199)
_LONGEST_WORD, _LONGEST_ID = 100, 40
_UNSTORABLE_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_ISO = re.compile(r"(?P<day>\d{4}-\d\d-\d\d|\d{8})([T ].+)?", re.ASCII)
"""A whole day, with or without a time of day: a week or a month alone would have to be completed by a guess."""
_SPOKEN = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([万亿kKmM千]?)")
_UNITS = {"千": 1_000, "k": 1_000, "万": 10_000, "m": 1_000_000, "亿": 100_000_000}
"""How amounts are spoken of: 86.4万, 860k."""
_CENT = Decimal("0.01")
_UNSTORABLE = Text("含有不能保存的字符", "holds a character that can't be saved")
_TEXTS = ("text", "choice", "choices")
_EMPTY: tuple[Any, ...] = (None, "", [])


class _Refused(Exception):
    """A value that a field does not take, with the words that say why, and what was probably meant."""

    def __init__(self, zh: str, en: str, likely: str = "") -> None:
        self.text, self.likely = Text(zh, en), likely
        super().__init__(en)


def unstorable(value: Any, path: str = "", depth: int = 0) -> Iterator[Problem]:
    """Yield what no database or journal can hold: NUL, half characters, numbers beyond 64 bits, bottomless nesting."""
    if isinstance(value, str):
        if _UNSTORABLE_CHARACTER.search(value):
            yield Problem(path, _UNSTORABLE)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if not math.isfinite(value) if isinstance(value, float) else abs(value) > LARGEST:
            yield Problem(path, Text("数字太大", "is too large a number"))
    elif depth >= DEEPEST:
        yield Problem(path, Text(f"嵌套超过 {DEEPEST} 层", f"is nested more than {DEEPEST} deep"))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if any(unstorable(name)):
                yield Problem(path, Text("含有不能保存的名称", "holds a name that can't be saved"))
            else:
                yield from unstorable(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from unstorable(inner, f"{path}[{number}]", depth + 1)


def _check_storable(value: Any) -> None:
    for problem in unstorable(value):
        raise _Refused(problem.text.zh, problem.text.en)


def _shown(value: Any) -> str:
    """Return a value as a message may repeat it."""
    text = str(value)
    return text if len(text) <= _LONGEST_WORD else f"{text[:_LONGEST_WORD]}…"


_SPACE = string.whitespace + "".join(map(chr, (0x85, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x205F)))
"""White space: of no use at the ends of a text."""


def _text(field: Field, value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, float):  # Nobody can tell whether 1.1 was written 1.10.
        raise _Refused(f'请填写文字，给成「"{value}"」', f'takes text: give it as "{value}"')
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        raise _Refused("请填写文字", "takes text")
    text = str(value).strip(_SPACE)
    if code := unreadable(text):
        raise _Refused(
            f"含有看不见的控制字符或乱码（{code}）；请重新输入",
            f"holds a control character or one that was lost ({code}): type it again",
        )
    if len(text) > field.longest:
        raise _Refused(
            f"最多 {field.longest} 个字，现在有 {len(text)} 个",
            f"takes at most {field.longest} characters; this has {len(text)}",
        )
    return field.clean(text) if field.clean and text else text


def _plain(value: Any) -> str:
    """Return a number's text without commas between thousands. Raises ValueError where it could mean two things."""
    text = str(value).translate(WIDE).strip()
    if "_" in text or ("," in text and not _THOUSANDS.fullmatch(text)):
        raise ValueError(text)
    return text.replace(",", "")


def _number(field: Field, value: Any, zone: ZoneInfo) -> int | float:
    try:
        text = _plain(value)
        number = float(text)
    except ValueError:
        raise _Refused(f"「{_shown(value)}」不是数字", f"{_shown(value)!r} is not a number") from None
    if number != number or abs(number) > 1e15:
        raise _Refused(f"「{_shown(value)}」太大", f"{_shown(value)!r} is too large")
    if not isinstance(value, float) and not kept_exactly(text):
        raise _Refused(
            f"「{_shown(value)}」位数太多，不能原样保存：最多 15 位有效数字",
            f"{_shown(value)!r} has more digits than can be kept: at most 15 that count",
        )
    return int(number) if number.is_integer() else number


def kept_exactly(text: str) -> bool:
    """Say whether a number reads back as it is written here, once it is kept as a float."""
    try:
        return Decimal(repr(float(text))) == Decimal(text)
    except (InvalidOperation, ValueError):
        return False


def _money(field: Field, value: Any, zone: ZoneInfo) -> Decimal:
    # What is computed as a float is an amount but for its noise: 100.10000000000001.
    given = f"{value:.15g}" if isinstance(value, float) else str(value)
    try:
        amount = Decimal(_plain(given.translate(WIDE).strip().lstrip("¥")))
    except (InvalidOperation, ValueError):
        raise _Refused(
            f"「{_shown(value)}」不是金额，例：860000",
            f"{_shown(value)!r} is not an amount, e.g. 860000",
            _likely_amount(given),
        ) from None
    if not amount.is_finite() or amount < 0 or amount > _MOST_MONEY:
        raise _Refused("金额应在 0 到 10 万亿元之间", "an amount lies between 0 and 10,000,000,000,000 yuan")
    rounded = amount.quantize(_CENT)
    if rounded != amount:
        raise _Refused(
            f"「{_shown(value)}」不到一分的部分不能保存：最多两位小数",
            f"{_shown(value)!r} has parts of a fen, which can't be kept: at most two decimals",
        )
    return rounded


def _likely_amount(text: str) -> str:
    """Return the one amount that a text speaks of, in yuan; empty if it speaks of none or of several."""
    found = _SPOKEN.findall(text.translate(WIDE)[:_LONGEST_WORD])
    if len(found) != 1:
        return ""
    number, unit = found[0]
    amount = Decimal(number.replace(",", "")) * _UNITS.get(unit.lower(), 1)
    fits = amount <= _MOST_MONEY and amount == amount.quantize(_CENT)
    return format(amount.quantize(_CENT), "f").removesuffix(".00") if fits else ""


def _date(field: Field, value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, str) and (found := _ISO.fullmatch(iso_of(value))):
        with suppress(ValueError):
            day = found["day"]
            value = date.fromisoformat(day) if found.end("day") == found.end() else datetime.fromisoformat(found[0])
    if isinstance(value, datetime):
        value = _moment(field, value, zone).astimezone(zone).date()
    if isinstance(value, date):
        return value.isoformat()
    raise _Refused(f"「{_shown(value)}」不是日期，例：2026-11-24", f"{_shown(value)!r} is not a date, e.g. 2026-11-24")


def _moment(field: Field, value: Any, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=zone)
    else:
        moment = _written_moment(value)
    first, last = _YEARS
    if not first <= moment.year <= last:
        raise _Refused(f"年份应在 {first} 到 {last} 之间", f"lies between the years {first} and {last}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _written_moment(value: Any) -> datetime:
    text = iso_of(str(value))
    with suppress(ValueError):
        if _ISO.fullmatch(text):
            return datetime.fromisoformat(text)
    raise _Refused(
        f"「{_shown(value)}」不是时间，例：2026-11-24 14:05", f"{_shown(value)!r} is not a time, e.g. 2026-11-24 14:05"
    )


def _boolean(field: Field, value: Any, zone: ZoneInfo) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "是": True}
    known |= {"false": False, "0": False, "no": False, "off": False, "否": False, "": False}
    try:
        return value if isinstance(value, bool) else known[str(value).strip().lower()]
    except KeyError:
        raise _Refused(f"「{_shown(value)}」应为「是」或「否」", f"{_shown(value)!r} should be yes or no") from None


def _choice(field: Field, value: Any, zone: ZoneInfo) -> str:
    text = str(value).strip()
    for key, words in field.options:
        if text in (key, words.zh) or text.lower() in (key.lower(), words.en.lower()):
            return key
    if not text:
        return text
    known, text = [words.zh for _, words in field.offered], _shown(text)
    near = difflib.get_close_matches(text, [key for key, _ in field.offered] + known, 1)
    raise _Refused(
        f"没有选项「{text}」" + (f"，是不是「{near[0]}」？" if near else f"；可选：{'、'.join(known)}"),
        f"no option {text!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
        near[0] if near else "",
    )


def _choices(field: Field, value: Any, zone: ZoneInfo) -> list[str]:
    parts = value if isinstance(value, list | tuple) else str(value).replace("、", ",").replace("，", ",").split(",")
    return list(dict.fromkeys(_choice(field, part, zone) for part in parts if str(part).strip()))


def _reference(field: Field, value: Any, zone: ZoneInfo) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool) or len(str(value)) > _LONGEST_ID:
        raise _Refused("应为一条记录的编号", "takes the id of a record")
    return str(value)


def _text_passes(field: Field) -> Callable[[Any], bool] | None:
    longest = field.longest
    if field.clean:
        return None
    return lambda value: (
        type(value) is str
        and len(value) <= longest
        and value.isprintable()
        and value.strip() == value
        and UNPLAIN.search(value) is None
    )


def _reference_passes(field: Field) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and value.isalnum() and value.isascii() and len(value) <= _LONGEST_ID


def _choice_passes(field: Field) -> Callable[[Any], bool]:
    values = frozenset(value for value, _ in field.offered)  # What is retired is asked about.
    return lambda value: type(value) is str and value in values


def _moment_passes(field: Field) -> Callable[[Any], bool]:
    first, last = _YEARS
    return lambda value: type(value) is datetime and value.tzinfo is UTC and first <= value.year <= last


_PASSES: dict[str, Callable[[Field], Callable[[Any], bool] | None]] = {
    "text": _text_passes,
    "choice": _choice_passes,
    "moment": _moment_passes,
    "boolean": lambda field: lambda value: type(value) is bool,
    "reference": _reference_passes,
}
"""Whether a value is what reading it would make of it: those that actions give mostly are."""
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
        self._passing: dict[str, dict[str, Callable[[Any], bool]]] = {}

    def typed(self, field: Field, value: Any) -> Any:
        """Return one value of a field, typed and cleaned. Raises Invalid."""
        try:
            return self._typed(field, value)
        except (_Refused, Invalid) as error:
            raise Invalid([_problem(field, error)]) from None

    def _typed(self, field: Field, value: Any) -> Any:
        _check_storable(value)
        if isinstance(value, str):
            seen = without_unseen(value)
            if value.strip() and not seen.strip(_SPACE):
                raise _Refused(
                    "只有看不见的字符；请填写或留空", "holds nothing that can be seen: fill it in, or leave it empty"
                )
            value = seen
        return _READERS[field.type](field, value, self.zone)

    def read(self, kind: str, values: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
        """Return `values` typed and cleaned; `whole` demands the required fields too.

        An empty text becomes None where the field is no text; names that are no field pass as they are.
        Raises Invalid with every problem.
        """
        here = self.kinds.get(kind)
        passing = self._passing.get(kind) or self._passing_of(kind)
        clean: dict[str, Any] = {}
        problems: list[Problem] = []
        refused: set[str] = set()
        for name, value in values.items():
            passes = passing.get(name)
            if value is None or (passes is not None and passes(value)):
                clean[name] = value
                continue
            field = _field_of(here, name)
            if here is None or field is None:
                clean[name] = value
                continue
            if isinstance(value, str) and field.type not in _TEXTS and not value.strip():
                clean[name] = None
                continue
            try:
                clean[name] = self._fitting(here, field, value)
                if whole:
                    _refuse_retired(field, clean[name], ())
            except (_Refused, Invalid) as error:
                refused.add(name)
                problems.append(_problem(field, error))
        for field in self.kinds.required(kind):
            if field.name not in refused and (whole or field.name in clean) and clean.get(field.name) in _EMPTY:
                problems.append(_needed(field))
        if whole and here is not None:
            problems += [needed(one) for one in here.conditional if one.name not in refused and lacks(one, clean)]
        if problems:
            raise Invalid(problems)
        return clean

    def _fitting(self, kind: Kind, field: Field, value: Any) -> Any:
        """Return a value typed, and as its column takes it."""
        typed = self._typed(field, value)
        column = None if field.extra else kind.model._meta.combined.get(field.name)
        if column is not None and (words := misfit(column, typed)):
            raise _Refused(words.zh, words.en)
        return typed

    def demand(self, kind: str, values: Mapping[str, Any]) -> None:
        """Raise Invalid if one of the required fields has no value."""
        if problems := [_needed(field) for field in self.kinds.required(kind) if values.get(field.name) in _EMPTY]:
            raise Invalid(problems)

    def _passing_of(self, kind: str) -> dict[str, Callable[[Any], bool]]:
        made = {field.name: _PASSES[field.type](field) for field in self.kinds.of(kind) if field.type in _PASSES}
        self._passing[kind] = found = {name: passes for name, passes in made.items() if passes is not None}
        return found


def needed(field: Field) -> Problem:
    """Return the words for a field that something else makes needed."""
    return Problem(field.name, Text(f"请补充{field.label.zh}", f"fill in “{field.label.en}”"))


def lacks(field: Field, values: Mapping[str, Any]) -> bool:
    """Say whether a field is empty though another one holds what makes it needed."""
    if field.needed_when is None or values.get(field.name) not in _EMPTY:
        return False
    other, wanted = field.needed_when
    theirs = values.get(other)
    return any(one in wanted for one in theirs) if isinstance(theirs, list | tuple) else theirs in wanted


def refused_option(field: Field, value: Any, before: Any) -> Problem | None:
    """Return what is wrong with a value that chooses a retired option and did not have it `before`; None if nothing."""
    try:
        _refuse_retired(field, value, before)
    except _Refused as error:
        return _problem(field, error)
    return None


def _refuse_retired(field: Field, value: Any, before: Any) -> None:
    """What was chosen before an option was retired stays; nobody can choose it anew."""
    if not field.retired:
        return
    had = before if isinstance(before, list | tuple) else (before,)
    for one in value if isinstance(value, list | tuple) else (value,):
        if one in field.retired and one not in had:
            zh, en = field.words(one), field.words(one, "en")
            known = "、".join(words.zh for _, words in field.offered)
            raise _Refused(
                f"的选项「{zh}」已停用，不能再选；可选：{known}", f"{en!r} is retired and can't be chosen any more"
            )


def _field_of(kind: Kind | None, name: str) -> Field | None:
    """Return the field of a value: a declared one, or what its column's type makes of it."""
    if kind is None:
        return None
    return kind.by_name.get(name) or kind.undeclared.get(name)


def _needed(field: Field) -> Problem:
    return Problem(field.name, Text(f"请填写「{field.label.zh}」", f"“{field.label.en}” is needed"))


def _problem(field: Field, error: _Refused | Invalid) -> Problem:
    words = error.problems[0].text if isinstance(error, Invalid) else error.text
    likely = getattr(error, "likely", "")
    return Problem(field.name, Text(f"「{field.label.zh}」{words.zh}", f"“{field.label.en}” {words.en}"), likely)
