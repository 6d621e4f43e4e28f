"""Badges given to people, and metrics suspended and taken up again, through the door with their cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import metrics
from ..errors import NotFound
from ..models import Badge, Lead, MetricSuspension

if TYPE_CHECKING:
    from ..write.door import Transaction


def award(tx: Transaction, user_id: str, badge: str, reason: str, lead: Lead | None, key: str) -> Badge:
    """Give a badge to a person; the same `key` gives it once."""
    values = {
        "user_id": user_id,
        "badge": badge[:80],
        "reason": reason[:300],
        "lead_id": lead.id if lead else None,
        **_cause(tx),
    }
    made: Badge = tx.create("badge", values, key).record
    return made


def suspend(tx: Transaction, name: str, reason: str, key: str) -> MetricSuspension:
    """Suspend a metric, unless it is suspended already. Raises NotFound for a metric there is not."""
    metric = metrics.get(name)
    running = metrics.suspension_of(metric.name)
    if running is not None:
        return running
    made: MetricSuspension = tx.create(
        "metric_suspension", {"metric": metric.name, "reason": reason[:300], **_cause(tx)}, key
    ).record
    return made


def resume(tx: Transaction, name: str) -> None:
    """Take a suspended metric up again. Raises NotFound if it is not suspended."""
    running = metrics.suspension_of(metrics.get(name).name)
    if running is None:
        raise NotFound(f"指标 {name} 没有暂停", f"metric {name!r} is not suspended")
    tx.change("metric_suspension", running.id, {"state": "lifted"})


def _cause(tx: Transaction) -> dict[str, str]:
    cause = tx.origin.cause
    return {"rule": cause.rule or cause.plugin, "version": cause.version}
