"""暂停指标 suspend_metric: a metric shows no figure for now; and taking it up again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ...rules.language.vocabulary import ActionSpec, ArgSpec
from .. import metrics
from ..errors import NotFound
from .action import Action, Writer
from .arguments import text
from .subject import Subject


def suspend(tx: Writer, name: str, reason: str, key: str) -> Any:
    """Suspend a metric, unless it is suspended already; return the suspension. Raises NotFound for no metric."""
    metric = metrics.get(name)
    running = metrics.suspension_of(metric.name)
    if running is not None:
        return running
    cause = tx.origin.cause
    values = {"metric": metric.name, "reason": reason[:300], "rule": cause.rule or cause.plugin}
    return tx.create("metric_suspension", {**values, "version": cause.version}, key).record


def resume(tx: Writer, name: str) -> None:
    """Take a suspended metric up again. Raises NotFound if it is not suspended."""
    running = metrics.suspension_of(metrics.get(name).name)
    if running is None:
        raise NotFound(f"指标 {name} 没有暂停", f"metric {name!r} is not suspended")
    tx.change("metric_suspension", running.id, {"state": "lifted"})


def _apply(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    suspend(tx, args["metric"], args["reason"], key)


def _title(words: Text) -> tuple[str, str]:
    return words.zh, words.en


SUSPEND_METRIC = Action(
    "suspend_metric",
    ActionSpec(
        {
            "metric": ArgSpec(
                required=True,
                title=("指标", "Metric"),
                options=tuple(metrics.METRICS),
                labels={name: _title(metric.title) for name, metric in metrics.METRICS.items()},
            ),
            "reason": text("原因", "Reason"),
        },
        title=("暂停指标", "Suspend a metric"),
        phrase=("暂停指标{metric}（原因{reason}）", "suspend the metric {metric} (because {reason})"),
    ),
    _apply,
    simulated=False,
)
