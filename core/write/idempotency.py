"""Idempotency keys: the same creating call, made twice, makes one record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..errors import Conflict
from ..journal.lines import plain
from ..schema.registry import Kinds
from ..storage.records import canonical
from ..storage.statements import by_id
from ..storage.system_tables import IdempotencyKey
from ..storage.turns import KEYS, wait_for

FROM_A_FORM = "console:"
"""What the keys of the console's forms begin with: whoever sent one has never seen its key."""


def fingerprint_of(kind: str, values: Mapping[str, Any]) -> str:
    """Return what tells one creating call's content from another's."""
    return hashlib.sha256(canonical([kind, plain(values)]).encode(errors="surrogatepass")).hexdigest()


def made_before(kinds: Kinds, kind: str, key: str, fingerprint: str) -> Any:
    """Return the record that a call with this key made, or None. Raises Conflict if that call said something else."""
    wait_for(key, KEYS)  # Of two calls with one key at the same moment the second then finds the first's record.
    row = by_id(IdempotencyKey, key)
    if row is None:
        return None
    if row.fingerprint != fingerprint or row.record_kind != kind:
        if key.startswith(FROM_A_FORM):
            raise Conflict(
                "这张表单已经提交过，这次填的不一样；请刷新页面再填。",
                "this form was sent before, with other values: reload the page and fill it in again",
            )
        raise Conflict(
            f"幂等键「{key}」已用于另一次内容不同的请求。",
            f"the idempotency key {key!r} was used for a call with other content",
        )
    return by_id(kinds[kind].model, row.record_id)
