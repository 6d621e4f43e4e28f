"""What rules set upon people and figures: badges, and metrics that are not to be trusted for now."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from .base import Record, UTCDateTimeField
from .organisation import User
from .sales import Lead


class Badge(Record):
    """A badge (数据标兵 and the like) given to a person, with the reason and the rule that gave it."""

    user = ForeignKeyField(User, backref="badges", on_delete="RESTRICT")
    badge = CharField(80)
    reason = CharField(300, default="")
    lead = ForeignKeyField(Lead, null=True, on_delete="RESTRICT")
    rule = CharField(80, default="")
    version = CharField(40, default="")


class MetricSuspension(Record):
    """A metric that shows no figure until `lifted_at`, with the reason and the rule that suspended it."""

    metric = CharField(40, index=True)
    reason = CharField(300)
    rule = CharField(80, default="")
    version = CharField(40, default="")
    lifted_at = UTCDateTimeField(null=True)

    class Meta:
        table_name = "metric_suspension"
