"""What all records share: sortable id, revision, moments in UTC; and the column types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from peewee import BigIntegerField, CharField, DateTimeField, IntegerField, Model, TextField

from .database import database


class UTCDateTimeField(DateTimeField):
    """An aware moment, kept as naive UTC so that both databases sort and compare it alike."""

    def db_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(f"{self.name}: {value!r} has no time zone")
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)  # type: ignore[no-untyped-call] # as peewee has it

    def python_value(self, value: Any) -> Any:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)  # As SQLite keeps it.
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


class MoneyField(BigIntegerField):
    """An amount in yuan, kept in whole fen so that sums are exact in both databases."""

    def db_value(self, value: Any) -> Any:
        return None if value is None else int((Decimal(str(value)) * 100).to_integral_value())

    def python_value(self, value: Any) -> Any:
        return None if value is None else Decimal(int(value)) / 100


class JSONText(TextField):
    """A JSON value, kept as text in one canonical form so that its hash is the same everywhere."""

    def db_value(self, value: Any) -> Any:
        return None if value is None else canonical(value)

    def python_value(self, value: Any) -> Any:
        return None if value is None else json.loads(value)


def canonical(value: Any) -> str:
    """Return the one JSON text of `value`: sorted keys, no spaces, text unescaped."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class Base(Model):
    """A table of the bound database."""

    class Meta:
        database = database
        legacy_table_names = False


class Record(Base):
    """A business record: written by the door alone, each write with its journal line."""

    id = CharField(26, primary_key=True)
    revision = IntegerField(default=1)
    created_at = UTCDateTimeField()
    updated_at = UTCDateTimeField()
