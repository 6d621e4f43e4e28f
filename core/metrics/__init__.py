"""Metrics: each defined once, from one source; console, PDF, API and notebook all ask here (law 8)."""

from .breakdowns import (
    by_source,
    funnel,
    holders,
    open_by_owner,
    over_time,
    overdue_by_owner,
    parts,
    reached,
    response_median_by_owner,
    stalled_by_owner,
)
from .registry import METRICS, Measure, Metric, get, measure, missed_first_response, overdue, suspended, suspension_of
from .scope import Period, Scope, scope_for
from .stalled import StageLimit, stage_limits, stalled

__all__ = [
    "METRICS",
    "Measure",
    "Metric",
    "Period",
    "Scope",
    "StageLimit",
    "by_source",
    "funnel",
    "get",
    "holders",
    "measure",
    "missed_first_response",
    "open_by_owner",
    "over_time",
    "overdue",
    "overdue_by_owner",
    "parts",
    "reached",
    "response_median_by_owner",
    "scope_for",
    "stage_limits",
    "stalled",
    "stalled_by_owner",
    "suspended",
    "suspension_of",
]
