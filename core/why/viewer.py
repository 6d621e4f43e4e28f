"""Whom an explanation is for: which records they may see, and what of them is masked (the one policy of `access`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import Forbidden, NotFound
from ..journal.origin import Actor
from ..models import RECORDS, Customer, Lead, Notification, Record, Task, User
from ..people import policy as access

if TYPE_CHECKING:
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


def find(kind: str, record_id: str, field: str) -> tuple[str, Record, str]:
    """Return the kind, record and field that are meant. Raises NotFound."""
    kinds, named = ALIASES.get(kind, ((kind,), ""))
    for one in kinds:
        model = RECORDS.get(one)
        record = model.get_or_none(model.id == record_id) if model else None
        if record is not None:
            return one, record, named or _FIELDS.get(field, field)
    if not any(one in RECORDS for one in kinds):
        known = ", ".join(sorted({*RECORDS, *ALIASES}))
        raise NotFound(f"没有「{kind}」这类记录；可选：{known}", f"no kind of record {kind!r}; there are {known}")
    raise NotFound("没有这条记录。", f"no {kind} {record_id}")


class Viewer:
    """One who asks for an explanation."""

    def __init__(self, ws: Workspace, actor: Actor) -> None:
        self.ws, self.actor = ws, actor
        self._leads: dict[str, bool] = {}
        self._customers: dict[str, bool] = {}

    def require(self, kind: str, record: Record) -> None:
        """Raise Forbidden unless the viewer may see this record."""
        if not self._sees(kind, record):
            raise Forbidden(
                "这条记录归别的团队，你看不到它的来龙去脉；需要的话请找你的主管。",
                "this record belongs to another team; ask your manager if you need to know",
            )

    def sees_lead(self, lead_id: str) -> bool:
        """Say whether the viewer may see a lead."""
        if lead_id not in self._leads:
            self._leads[lead_id] = access.visible_leads(self.actor).where(Lead.id == lead_id).exists()
        return self._leads[lead_id]

    def sees_customer(self, customer_id: str) -> bool:
        """Say whether the viewer may see a customer, or the one it was merged into."""
        if customer_id not in self._customers:
            row = Customer.get_or_none(Customer.id == customer_id)
            while row is not None and row.merged_into_id:
                row = row.merged_into
            mine = access.visible_customers(self.actor)
            self._customers[customer_id] = row is not None and mine.where(Customer.id == row.id).exists()
        return self._customers[customer_id]

    def whole(self, lead: Lead | None, customer_id: str | None = None) -> bool:
        """Say whether personal data shows whole: as on the page of the lead, or of the customer."""
        if lead is not None:
            return access.sees_whole(self.actor, lead.owner_id, lead.team_id)
        leads = access.visible_leads(self.actor).where(Lead.customer == customer_id) if customer_id else ()
        if self.actor.kind != "user":
            return access.sees_whole(self.actor, None, None)
        return any(access.sees_whole(self.actor, one.owner_id, one.team_id) for one in leads)

    def values(self, kind: str, values: Mapping[str, Any], whole: bool) -> dict[str, Any]:
        """Return values as this viewer may read them, those of `extra` by their own names."""
        flat = {**values}
        flat |= flat.pop("extra", None) or {}
        return flat if whole else access.masked(self.ws.door.fields, kind, flat)

    def fact(self, name: str, value: Any, whole: bool) -> Any:
        """Return a fact's value as this viewer may read it."""
        kind, _, field = name.partition(".")
        return value if whole else self.values(kind, {field.removeprefix("extra."): value}, whole).popitem()[1]

    def _sees(self, kind: str, record: Record) -> bool:
        if isinstance(record, Lead):
            return self.sees_lead(record.id)
        if isinstance(record, Customer):
            return self.sees_customer(record.id)
        if isinstance(record, Notification):
            return record.user_id == self.actor.id or access.may(self.actor, "see:all")
        if isinstance(record, Task) and access.visible_tasks(self.actor).where(Task.id == record.id).exists():
            return True
        if isinstance(record, User):
            return record.id == self.actor.id or access.may(self.actor, "people")
        if lead_id := getattr(record, "lead_id", None):
            return self.sees_lead(lead_id) or (kind == "contract" and self.sees_customer(record.customer_id))
        if customer_id := getattr(record, "customer_id", None):
            return self.sees_customer(customer_id)
        if user_id := getattr(record, "user_id", None):
            return bool(user_id == self.actor.id) or access.may(self.actor, "see:all")
        return access.may(self.actor, "journal")


def masked_ip(ip: str) -> str:
    """Return an address with its middle hidden: 115.***.***.27."""
    if ":" in ip:
        parts = ip.split(":")
        return f"{parts[0]}:****:{parts[-1]}"
    parts = ip.split(".")
    return f"{parts[0]}.***.***.{parts[-1]}" if len(parts) == 4 else ip
