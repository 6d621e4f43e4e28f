"""What a column takes by itself: where a declaration names no field for it, its type says what a value may be."""

from __future__ import annotations

from typing import Any

from peewee import BigIntegerField, BooleanField, CharField, DateField, FloatField, ForeignKeyField, IntegerField

from ...hooks.text import Text
from ..storage.records import JSONText, MoneyField, UTCDateTimeField
from .fields import Field

_LONGEST_TEXT = 1_000_000
_TYPES: tuple[tuple[type[Any], str], ...] = (
    (MoneyField, "money"),
    (UTCDateTimeField, "moment"),
    (DateField, "date"),
    (BooleanField, "boolean"),
    (ForeignKeyField, "reference"),
    (IntegerField, "number"),
    (FloatField, "number"),
    (JSONText, "json"),
)
"""The first that fits counts: amounts are kept in an integer column, too."""


def field_of(name: str, column: Any) -> Field:
    """Return the field that a column is for which nothing is declared."""
    type_ = next((found for made, found in _TYPES if isinstance(column, made)), "text")
    longest = column.max_length if isinstance(column, CharField) else _LONGEST_TEXT
    return Field(name, Text(name, name), type_, form=False, longest=longest)


def misfit(column: Any, value: Any) -> Text | None:
    """Say why a typed value does not fit into its column; None if it does."""
    if value is None or isinstance(column, MoneyField):
        return None
    if isinstance(column, IntegerField):
        most = 2**63 - 1 if isinstance(column, BigIntegerField) else 2**31 - 1
        if not isinstance(value, int) or abs(value) > most:
            return Text(f"应为整数，不超过 {most}", f"takes a whole number, at most {most}")
    if isinstance(column, JSONText):
        if column.default is list and not isinstance(value, list | tuple):
            return Text("应为列表", "takes a list")
        if column.default is dict and not isinstance(value, dict):
            return Text("应为名称和值（JSON 对象）", "takes names and values, a JSON object")
    return None
