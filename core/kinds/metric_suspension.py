"""指标暂停 metric_suspension: a metric that shows no figure for now, with the reason and the rule of it."""

from __future__ import annotations

from typing import Any

from peewee import CharField

from ...hooks.text import Text
from ..schema.fields import field, options
from ..schema.kind import Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import Record, UTCDateTimeField

STATES = options(("open", "暂停中", "Suspended"), ("lifted", "已恢复", "Resumed"))


class MetricSuspension(Record):
    """A metric that shows no figure while `state` is open (else lifted)."""

    metric = CharField(40, index=True)
    reason = CharField(300)
    rule = CharField(80, default="")
    version = CharField(40, default="")
    state = CharField(10, default="open")
    lifted_at = UTCDateTimeField(null=True)

    class Meta:
        table_name = "metric_suspension"


def _lifted(suspension: Any, values: Values, context: LifecycleContext) -> Values:
    return {"lifted_at": context.now if values["state"] == "lifted" else None} if "state" in values else {}


METRIC_SUSPENSION = Kind(
    name="metric_suspension",
    title=Text("指标暂停", "Suspension of a metric"),
    plural=Text("指标暂停", "Suspended metrics"),
    model=MetricSuspension,
    fields=(
        field("metric", "指标", "Metric", form=False, longest=40),
        field("reason", "原因", "Reason", form=False, longest=300),
        field("state", "状态", "State", "choice", options=STATES, form=False),
    ),
    lifecycle=Lifecycle(derive_changes=_lifted),
    write="rules:approve",
    taken_back=(("open",), "lifted"),
    together=(("state", "lifted_at"),),
    named_by=("metric",),
)
