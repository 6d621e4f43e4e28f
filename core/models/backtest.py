"""Backtests: what was asked, the parts that workers take, and every difference found. No business records."""

from __future__ import annotations

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    FloatField,
    IntegerField,
    TextField,
)

from ..storage.records import Base, JSONText, UTCDateTimeField

BACKTEST_STATES = ("queued", "running", "done", "stopped", "failed")


class Backtest(Base):
    """A period lived again. `documents` are the drafts as they were when it was asked for.

    Without drafts it holds the rules of today against what really happened. `version_id` names the
    draft's RuleVersion, if it has one; `covered_until` is how far all parts came.
    """

    id = CharField(26, primary_key=True)
    code = CharField(80, default="", index=True)
    version_id = CharField(26, null=True)
    documents = JSONText(default=list)
    since = UTCDateTimeField()
    until = UTCDateTimeField()
    state = CharField(10, default="queued", index=True)
    stop_asked = BooleanField(default=False)
    done = BigIntegerField(default=0)
    total = BigIntegerField(default=0)
    covered_until = UTCDateTimeField(null=True)
    result = JSONText(default=dict)
    error = TextField(default="")
    asked_by = CharField(26, default="")
    asked_name = CharField(80, default="")
    created_at = UTCDateTimeField(index=True)
    started_at = UTCDateTimeField(null=True)
    done_at = UTCDateTimeField(null=True)


class BacktestPart(Base):
    """One side of a backtest over one span: what a process or a worker takes at a time.

    An attempt is counted before it starts; `due_at` is when another worker may take a part over.
    `effects` holds what the side led to (compressed) until the parts are put together.
    """

    id = BigAutoField()
    backtest_id = CharField(26, index=True)
    side = CharField(8)
    since = UTCDateTimeField()
    until = UTCDateTimeField()
    state = CharField(10, default="queued")
    attempts = IntegerField(default=0)
    claimed_by = CharField(80, default="")
    due_at = UTCDateTimeField()
    done = BigIntegerField(default=0)
    total = BigIntegerField(default=0)
    covered_until = UTCDateTimeField(null=True)
    seconds = FloatField(default=0.0)
    effects = BlobField(null=True)
    error = TextField(default="")

    class Meta:
        indexes = ((("state", "due_at"), False),)


class BacktestDifference(Base):
    """One thing that would have been otherwise, down to the record; `facts` is what the rule saw."""

    id = BigAutoField()
    backtest_id = CharField(26)
    kind = CharField(12)
    change = CharField(8)
    lead_id = CharField(26, default="")
    company = CharField(200, default="")
    team_id = CharField(26, default="")
    person_id = CharField(26, default="")
    rule = CharField(80, default="")
    version = CharField(40, default="")
    at = UTCDateTimeField()
    before = TextField(default="")
    after = TextField(default="")
    what = TextField(default="")
    event = CharField(60, default="")
    facts = JSONText(default=dict)

    class Meta:
        indexes = (
            (("backtest_id", "kind", "id"), False),
            (("backtest_id", "team_id"), False),
            (("backtest_id", "rule"), False),
            (("backtest_id", "person_id"), False),
        )
