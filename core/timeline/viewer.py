"""Whom an explanation is for: which records they may see, and what of them is masked (the one policy of `access`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..access import policy as access
from ..access.masking import masked_fact
from ..access.naming import seen_of
from ..access.rows import Rows
from ..access.wholeness import owned_ids
from ..errors import Forbidden, NotFound
from ..journal.origin import Actor
from ..roles import TRUSTED
from ..schema.registry import Kinds
from ..storage.records import Record
from ..storage.statements import by_id
from ..workspace import Workspace

ALIASES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "owner": (("lead", "customer"), "owner_id"),
    "stage": (("lead",), "stage"),
    "escalation": (("lead",), "escalated_at"),
    "outcome": (("lead",), "outcome"),
    "lock": (("contract", "lead"), "locked"),
    "message": (("notification",), ""),
    "badge": (("badge",), ""),
}
"""What people ask for by name: the kinds of record it may be of, and its field."""
_FIELDS = {"owner": "owner_id", "escalation": "escalated_at", "lock": "locked", "team": "team_id"}


def spoken(field: str) -> str:
    """Return what people call a field: `owner` for `owner_id`."""
    return next((word for word, name in _FIELDS.items() if name == field), field)


def find(known: Kinds, kind: str, record_id: str, field: str) -> tuple[str, Record, str]:
    """Return the kind, record and field that are meant. Raises NotFound."""
    kinds, named = ALIASES.get(kind, ((kind,), ""))
    for one in kinds:
        record = by_id(known[one].model, record_id) if one in known else None
        if record is not None:
            return one, record, named or _FIELDS.get(field, field)
    if not any(one in known for one in kinds):
        names = ", ".join(sorted({*known, *ALIASES}))
        raise NotFound(f"没有「{kind}」这类记录；可选：{names}", f"no kind of record {kind!r}; there are {names}")
    raise NotFound("没有这条记录。", f"no {kind} {record_id}")


class Viewer:
    """One who asks for an explanation."""

    def __init__(self, ws: Workspace, actor: Actor) -> None:
        self.ws, self.actor = ws, actor
        self._seen: dict[tuple[str, str], bool] = {}
        self._whole: dict[tuple[str, str], bool] = {}

    def require(self, kind: str, record: Record) -> None:
        """Raise Forbidden unless the viewer may see this record."""
        if not self._may_ask(kind, record):
            raise Forbidden(
                "这条记录归别的团队，你看不到它的来龙去脉；需要的话请找你的主管。",
                "this record belongs to another team; ask your manager if you need to know",
            )

    def _may_ask(self, kind: str, record: Record) -> bool:
        """Say whether the viewer may ask about a record: one they see, or that of how Clew is set up, for auditors."""
        here = self.ws.kinds[kind]
        if here.configuration or here.setting_up:
            own = kind == "user" and record.id == self.actor.id
            return own or access.may(self.actor, "people" if kind == "user" else "journal")
        if self.sees(kind, record.id):
            return True
        # Whoever sees what a record belongs to may ask about it: a lead's tasks, whoever they are for.
        # Not so a lead: of a customer each sees their own.
        closest = [field for field in here.parents[:1] if field.to != "customer"]
        return any(self.sees(field.to, getattr(record, field.name)) for field in closest)

    def reads(self, kind: str, record_id: str) -> bool:
        """Say whether the viewer may read of a record on the way to another one; of how Clew is set up, they may."""
        here = self.ws.kinds.get(kind)
        if here is None:  # No longer in force: nobody says whose its records are.
            return access.may(self.actor, "see:all")
        if here.configuration or here.setting_up:
            return True
        record = by_id(here.model, record_id)
        return record is None or self._may_ask(kind, record) or self.sees("lead", getattr(record, "lead_id", None))

    def sees(self, kind: str, record_id: str | None) -> bool:
        """Say whether the viewer may see a record; one merged into another is seen by who sees that one."""
        key = (kind, record_id or "")
        if key not in self._seen:
            self._seen[key] = bool(record_id) and bool(seen_of(self.ws.kinds, self.actor, kind, {str(record_id)}))
        return self._seen[key]

    def reads_customer(self, customer_id: str) -> bool:
        """Say whether the viewer reads what is said of a customer itself."""
        return self.sees("customer", customer_id) and (
            self.actor.kind in TRUSTED or Rows(self.ws.kinds, self.actor).reads_customer(customer_id)
        )

    def learn(self, records: Iterable[tuple[str, str]]) -> None:
        """Find out which of these records, by kind and id, show whole; with one query a kind."""
        wanted: dict[str, set[str]] = {}
        for kind, record_id in records:
            if (kind, record_id) not in self._whole:
                wanted.setdefault(kind, set()).add(record_id)
        for kind, ids in wanted.items():
            whole = owned_ids(self.ws.kinds, self.actor, kind, ids)
            self._whole |= {(kind, one): one in whole for one in ids}

    def whole(self, kind: str, record_id: str) -> bool:
        """Say whether personal data of a record shows whole."""
        if (kind, record_id) not in self._whole:
            found = owned_ids(self.ws.kinds, self.actor, kind, [record_id])
            self._whole[kind, record_id] = record_id in found
        return self._whole[kind, record_id]

    def values(self, kind: str, values: Mapping[str, Any], whole: bool) -> dict[str, Any]:
        """Return values as this viewer may read them, those of `extra` by their own names."""
        flat = {**values} if whole else access.masked(self.ws.kinds, kind, values)
        return flat | (flat.pop("extra", None) or {})

    def fact(self, name: str, value: Any, whole: bool) -> Any:
        """Return a fact's value as this viewer may read it."""
        return value if whole else masked_fact(self.ws.kinds, name, value)


def masked_ip(ip: str) -> str:
    """Return an address with its middle hidden: 115.***.***.27."""
    if ":" in ip:
        parts = ip.split(":")
        return f"{parts[0]}:****:{parts[-1]}"
    parts = ip.split(".")
    return f"{parts[0]}.***.***.{parts[-1]}" if len(parts) == 4 else ip
