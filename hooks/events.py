"""What a told hook receives: the journal line and the record, masked, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """One line of the journal, and the record it is about as it is now (personal data masked)."""

    seq: int
    kind: str
    record_kind: str
    record_id: str
    customer_id: str | None
    at: datetime
    actor: str
    channel: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    record: Mapping[str, Any]
