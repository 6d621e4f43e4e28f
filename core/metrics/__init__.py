"""Metrics: each defined once, from one source; console, PDF, API and notebook all ask here (law 8)."""

from .registry import METRICS, Measure, Metric, Period, Scope, get, measure, scope_for

__all__ = ["METRICS", "Measure", "Metric", "Period", "Scope", "get", "measure", "scope_for"]
