"""What rules set upon people and figures: badges, and metrics that are not to be trusted for now."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ..storage.records import Record, UTCDateTimeField
from .organisation import User
from .sales import Lead


class Badge(Record):
    """A badge (数据标兵 and the like) given to a person, with the reason and the rule that gave it.

    `state` is given, or withdrawn.
    """

    user = ForeignKeyField(User, backref="badges", on_delete="RESTRICT")
    badge = CharField(80)
    reason = CharField(300, default="")
    lead = ForeignKeyField(Lead, null=True, on_delete="RESTRICT")
    rule = CharField(80, default="")
    version = CharField(40, default="")
    state = CharField(10, default="given")


class MetricSuspension(Record):
    """A metric that shows no figure while `state` is open (else lifted), with the reason and the rule of it."""

    metric = CharField(40, index=True)
    reason = CharField(300)
    rule = CharField(80, default="")
    version = CharField(40, default="")
    state = CharField(10, default="open")
    lifted_at = UTCDateTimeField(null=True)

    class Meta:
        table_name = "metric_suspension"
