"""The one validator takes a value whole, or refuses it in words: never an error of the machine's."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from peewee import CharField

from clew.core.errors import Invalid
from clew.core.kinds import BUNDLED
from clew.core.schema.fields import Field, field, options
from clew.core.schema.kind import Kind
from clew.core.schema.registry import Kinds
from clew.core.schema.validator import Validator, unstorable

VALIDATOR = Validator(Kinds(()), ZoneInfo("Asia/Shanghai"))
WAYS = options(("phone", "电话", "Phone"), ("visit", "拜访", "Visit"))


def of(type_: str, **more: Any) -> Field:
    return field("value", "值", "Value", type_, **more)


REFUSED = (
    ("text", "a\x00b", "can't be saved"),
    ("text", "a\ud800b", "can't be saved"),
    ("text", float("inf"), "too large"),
    ("text", float("nan"), "too large"),
    ("text", 10**5000, "too large"),
    ("text", ["a"], "takes text"),
    ("number", 10**5000, "too large"),
    ("number", "9" * 5000, "too large"),
    ("number", float("nan"), "too large"),
    ("number", "x" * 5000, "is not a number"),
    ("number", {"a": 1}, "is not a number"),
    ("money", "1e999999999", "lies between"),
    ("money", "sNaN", "lies between"),
    ("money", "1.234,56", "is not an amount"),
    ("money", "12,34", "is not an amount"),
    ("money", "1,2", "is not an amount"),
    ("number", "1,23", "is not a number"),
    ("number", "1_000", "is not a number"),
    ("number", "10²", "is not a number"),
    ("number", "123456789012345.678", "more digits than can be kept"),
    ("number", Decimal("0.12345678901234567890"), "more digits than can be kept"),
    ("money", "1_000", "is not an amount"),
    ("money", "100.999", "at most two decimals"),
    ("money", "0.005", "at most two decimals"),
    ("money", 1e-3, "at most two decimals"),
    ("money", "1e-999999", "at most two decimals"),
    ("money", "100.0000000000000000000000000000000000001", "at most two decimals"),
    ("text", 1.10, 'give it as "1.1"'),
    ("date", "2026-11-24garbage", "is not a date"),
    ("date", "2026-11-24 25:00", "is not a date"),
    ("date", "2026-11", "is not a date"),
    ("date", "2026-W48", "is not a date"),
    ("date", 20261124, "is not a date"),
    ("moment", "2026-W48", "is not a time"),
    ("moment", "2026-11-24garbage", "is not a time"),
    ("money", float("-inf"), "too large"),
    ("date", "0000-01-01", "is not a date"),
    ("date", ["2026-11-24"], "is not a date"),
    ("moment", "0001-01-01T00:00:00", "between the years"),
    ("moment", "9999-12-31T23:59:59-12:00", "between the years"),
    ("moment", "1e5", "is not a time"),
    ("boolean", [True], "yes or no"),
    ("choice", "p" * 1_000_000, "no option"),
    ("choice", ["phone"], "no option"),
    ("choices", "phone,\x00", "can't be saved"),
    ("choices", [["phone"]], "no option"),
    ("reference", "a\x00", "can't be saved"),
    ("reference", {"id": 1}, "id of a record"),
    ("reference", "x" * 50, "id of a record"),
    ("json", {"a": ["\ud800"]}, "can't be saved"),
    ("json", {"\x00": 1}, "can't be saved"),
    ("json", [float("nan")], "too large"),
    ("json", {"a": 2**63}, "too large"),
)


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_value_that_can_not_be_kept_is_refused(number: int) -> None:
    type_, value, words = REFUSED[number]
    with pytest.raises(Invalid, match=words) as refused:
        VALIDATOR.typed(of(type_, options=WAYS if type_.startswith("choice") else ()), value)
    assert len(str(refused.value)) < 300, "a message repeats no megabytes"


@pytest.mark.parametrize(
    ("type_", "value", "kept"),
    [
        ("text", "𠮷野家", "𠮷野家"),
        ("number", "1,000", 1000),
        ("number", "１２３", 123),
        ("money", "¥1,200.5", Decimal("1200.50")),
        ("money", "￥12,345,678", Decimal("12345678.00")),
        ("number", "0.30000000000000004", 0.1 + 0.2),
        ("number", 0.1 + 0.2, 0.1 + 0.2),
        ("number", "1.50", 1.5),
        ("money", "100.000", Decimal("100.00")),
        ("money", Decimal("100.10"), Decimal("100.10")),
        ("money", 100.10000000000001, Decimal("100.10")),
        ("money", 9_999_999_999_999.5, Decimal("9999999999999.50")),
        ("text", 12, "12"),
        ("date", "2026/11/24", "2026-11-24"),
        ("date", "2026-11-24 14:05", "2026-11-24"),
        ("date", "2026-11-24T23:00:00Z", "2026-11-25"),
        ("moment", "2026/11/24 14:05", datetime(2026, 11, 24, 6, 5, tzinfo=UTC)),
        ("date", "0001-01-01", "0001-01-01"),
        ("date", "9999-12-31", "9999-12-31"),
        ("choice", "电话", "phone"),
        ("choices", ["拜访", "phone", "Visit"], ["visit", "phone"]),
        ("json", {"a": [1, None, True, 2**63 - 1]}, {"a": [1, None, True, 2**63 - 1]}),
    ],
)
def test_a_value_that_can_be_kept_is_taken_whole(type_: str, value: Any, kept: Any) -> None:
    assert VALIDATOR.typed(of(type_, options=WAYS if type_.startswith("choice") else ()), value) == kept


def test_what_is_nested_without_end_is_refused() -> None:
    deep: Any = None
    for _ in range(150):
        deep = [deep]
    assert [problem.text.en for problem in unstorable(deep)] == ["is nested more than 100 deep"]


# ---- Columns


@pytest.mark.parametrize("kind", BUNDLED, ids=lambda kind: kind.name)
def test_every_column_is_read_by_its_type_and_no_field_is_longer_than_its_column(kind: Kind) -> None:
    assert kind.columns - {"extra"} <= kind.by_name.keys() | kind.undeclared.keys()
    for one in (*kind.fields, *kind.undeclared.values()):
        column = kind.model._meta.combined.get(one.name)
        most = column.max_length if isinstance(column, CharField) else None
        if most and one.type == "text" and not one.clean:
            assert one.longest <= most, one.name


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("user", {"active": "perhaps"}, "should be yes or no"),
        ("rule", {"version": 10**12}, "whole number, at most"),
        ("user", {"roles": "admin"}, "takes a list"),
        ("user", {"locale": "zh_CN_"}, "at most 5 characters"),
        ("rule", {"retired_at": "soon"}, "not a time"),
        ("rule_pack", {"title": ["x"]}, "a JSON object"),
        ("plugin", {"settings": {"a": "\0"}}, "can't be saved"),
        ("possible_duplicate", {"score": "high"}, "not a number"),
        ("calendar_day", {"day": "someday"}, "not a date"),
    ],
)
def test_a_column_without_a_declared_field_takes_what_its_type_holds(
    kind: str, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        Validator(Kinds(BUNDLED), ZoneInfo("Asia/Shanghai")).read(kind, values, whole=False)
