"""The journal: one line for everything that happens, appended within the transaction of what it tells (law 2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..storage.ids import new_id
from ..storage.records import canonical
from ..storage.statements import insert
from ..storage.system_tables import JournalLine
from .origin import Origin

_SEALED_FIELDS = (
    *("id", "at", "kind", "record_kind", "record_id", "record_revision", "customer_id", "actor_kind", "actor_id"),
    *("actor_name", "ip", "channel", "reason", "cause_seq", "cause_rule", "cause_version", "cause_plugin", "depth"),
    *("before", "after"),
)


_PLAIN = frozenset((str, bool, int, float))


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: money as text, moments as ISO text."""
    if value is None or type(value) in _PLAIN:  # Most values are; to ask a Mapping's ABC costs more than the rest.
        return value
    if isinstance(value, Decimal):
        return format(value.quantize(Decimal("0.01")), "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def append(  # noqa: PLR0913 - what a line says; most of it by name
    now: datetime,
    origin: Origin,
    kind: str,
    record_kind: str,
    record_id: str,
    *,
    revision: int = 0,
    customer_id: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> JournalLine:
    """Append one line within the caller's transaction and return it with its sequence number."""
    cause = origin.cause
    line = JournalLine(
        id=new_id(now),
        at=now,
        kind=kind,
        record_kind=record_kind,
        record_id=record_id,
        record_revision=revision,
        customer_id=customer_id,
        actor_kind=origin.actor.kind,
        actor_id=origin.actor.id,
        actor_name=origin.actor.name,
        ip=origin.ip,
        channel=origin.channel,
        reason=origin.reason[:300],
        cause_seq=cause.seq,
        cause_rule=cause.rule,
        cause_version=cause.version,
        cause_plugin=cause.plugin,
        depth=cause.depth,
        before=plain(before or {}),
        after=plain(after or {}),
    )
    line.digest = digest(line)
    insert(line)
    return line


def digest(line: JournalLine) -> str:
    """Return the SHA-256 over everything the line says."""
    said = [plain(getattr(line, name)) for name in _SEALED_FIELDS]
    return hashlib.sha256(canonical(said).encode()).hexdigest()
