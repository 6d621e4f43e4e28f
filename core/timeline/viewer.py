"""Whom an explanation is for: which records they may see, and what of them is masked (the one policy of `access`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..access import policy as access
from ..errors import Forbidden, NotFound
from ..journal.origin import Actor
from ..kinds import Customer
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
        return any(self.sees(field.to, getattr(record, field.name)) for field in here.parents[:1])

    def sees(self, kind: str, record_id: str | None) -> bool:
        """Say whether the viewer may see a record; one merged into another is seen by who sees that one."""
        key = (kind, record_id or "")
        if key not in self._seen:
            here = record_id
            if kind == "customer":
                row = by_id(Customer, record_id)
                while row is not None and row.merged_into_id:
                    row = row.merged_into
                here = row.id if row is not None else None
            self._seen[key] = access.sees(self.ws.kinds, self.actor, kind, here)
        return self._seen[key]

    def whole(self, record: Any, customer_id: str | None = None) -> bool:
        """Say whether personal data shows whole: as on the page of an owned record, or of the customer."""
        if record is not None:
            return access.sees_whole(self.actor, record.owner_id, record.team_id)
        if self.actor.kind != "user":
            return access.sees_whole(self.actor, None, None)
        if not customer_id:
            return False
        leads = access.visible_leads(self.actor)
        theirs = leads.where(leads.model.customer == customer_id)
        return any(access.sees_whole(self.actor, one.owner_id, one.team_id) for one in theirs)

    def values(self, kind: str, values: Mapping[str, Any], whole: bool) -> dict[str, Any]:
        """Return values as this viewer may read them, those of `extra` by their own names."""
        flat = {**values}
        flat |= flat.pop("extra", None) or {}
        return flat if whole else access.masked(self.ws.kinds, kind, flat)

    def fact(self, name: str, value: Any, whole: bool) -> Any:
        """Return a fact's value as this viewer may read it."""
        group, _, field = name.partition(".")
        kind = self.ws.kinds.kind_of_group(group)
        return value if whole else self.values(kind, {field.removeprefix("extra."): value}, whole).popitem()[1]


def masked_ip(ip: str) -> str:
    """Return an address with its middle hidden: 115.***.***.27."""
    if ":" in ip:
        parts = ip.split(":")
        return f"{parts[0]}:****:{parts[-1]}"
    parts = ip.split(".")
    return f"{parts[0]}.***.***.{parts[-1]}" if len(parts) == 4 else ip
