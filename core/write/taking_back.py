"""Taking back what was written: a record gets its values of before, for itself alone, or stays with the reason why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ...hooks.text import Text
from ..errors import ClewError
from ..storage.records import UTCDateTimeField
from .transaction import Transaction

WITHIN = timedelta(days=30)
"""So long what was written as one batch can be taken back."""
CHANGED_SINCE = Text("之后又被改动", "it was changed since")
GONE = Text("记录没有了", "the record is gone")
KIND_OFF = Text("这类记录停用了", "records of this kind are switched off")


def put_back(tx: Transaction, kind: str, record_id: str, values: Mapping[str, Any]) -> Text | None:
    """Give a record values within `tx`; return why it stays as it is instead. The rest of `tx` stands either way."""
    try:
        with tx.apart():
            tx.change(kind, record_id, values)
    except ClewError as error:
        return error.text
    return None


def typed(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return journalled values as the columns of a model take them."""
    return {name: _typed(model._meta.combined.get(name), value) for name, value in values.items()}


def _typed(column: Any, value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(column, UTCDateTimeField) and isinstance(value, str) else value
