"""Dates and numbers as files of other countries and programs write them, read the way somebody said; never guessed."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

ORDERS = ("ymd", "mdy", "dmy")
"""What 05/06/2026 may mean: `ymd` reads only what begins with the year."""
MARKS = ("point", "comma")
"""Which mark stands before the decimals: 1,234.56 or 1.234,56."""
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?(?P<time>[T\s].+)?", re.ASCII
)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})(?P<time>[T\s].+)?", re.ASCII)
_HOUR = re.compile(r"\d:\d\d")
_UNITS = {"万": 10_000, "亿": 100_000_000}
_POINT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", re.ASCII)


def read_date(text: str, order: str) -> str:
    """Return a date in the order of ISO 8601, its time of day kept; a text that is none in this order as it is."""
    found = _YEAR_FIRST.fullmatch(text.strip())
    if found is not None:
        year, month, day = found["y"], found["m"], found["d"]
    else:
        found = _YEAR_LAST.fullmatch(text.strip())
        if found is None or order == "ymd":
            return text
        month, day = (found["a"], found["b"]) if order == "mdy" else (found["b"], found["a"])
        year = found["y"]
    try:
        read = date(int(year), int(month), int(day))
    except ValueError:
        return text
    time = (found["time"] or "").strip().removeprefix("T")
    return f"{read.isoformat()} {'0' if _HOUR.match(time) else ''}{time}" if time else read.isoformat()


def is_year_last(text: str) -> bool:
    """Say whether a text is a date whose order of day and month has to be said."""
    return _YEAR_LAST.fullmatch(text.strip()) is not None


def read_number(text: str, mark: str, times: int = 1) -> str:
    """Return a number as plain digits, its unit (万, 亿, 元) and `times` counted in; what is none as it is."""
    number = number_in(text, mark or "point")
    return text if number is None else format(number * times, "f")


def number_in(text: str, mark: str) -> Decimal | None:
    """Return the number that a text is, with this mark before its decimals; None if it is none."""
    plain = text.strip().lstrip("¥￥").removesuffix("元").strip()
    unit = _UNITS.get(plain[-1:], 1)
    plain = plain[:-1].strip() if unit > 1 else plain
    if not (_COMMA if mark == "comma" else _POINT).fullmatch(plain):
        return None
    plain = plain.replace(".", "").replace(",", ".") if mark == "comma" else plain.replace(",", "")
    try:
        return Decimal(plain) * unit
    except InvalidOperation:
        return None
