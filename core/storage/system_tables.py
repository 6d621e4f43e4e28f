"""Tables that are no records: the journal, its seals, its dispatch, and what keeps processes in step."""

from __future__ import annotations

from peewee import BigAutoField, BigIntegerField, BooleanField, CharField, IntegerField, TextField

from .records import Base, JSONText, UTCDateTimeField


class JournalLine(Base):
    """One thing that happened. Append-only: the database itself refuses to change or drop a line."""

    seq = BigAutoField()
    id = CharField(26, unique=True)
    at = UTCDateTimeField(index=True)
    kind = CharField(60)
    record_kind = CharField(40)
    record_id = CharField(26)
    record_revision = IntegerField(default=0)
    customer_id = CharField(26, null=True)
    actor_kind = CharField(12)
    actor_id = CharField(80, default="")
    actor_name = CharField(80, default="")
    ip = CharField(45, default="")
    channel = CharField(20)
    reason = CharField(300, default="")
    cause_seq = BigIntegerField(null=True)
    cause_rule = CharField(80, default="")
    cause_version = CharField(40, default="")
    cause_plugin = CharField(60, default="")
    depth = IntegerField(default=0)
    before = JSONText(default=dict)
    after = JSONText(default=dict)
    digest = CharField(64)

    class Meta:
        table_name = "journal"
        indexes = (
            (("record_kind", "record_id", "seq"), False),
            (("customer_id", "seq"), False),
            (("kind", "at"), False),
            (("actor_id", "seq"), False),
        )


class Seal(Base):
    """A batch of journal lines under one hash, chained to the seal before."""

    number = BigAutoField()
    at = UTCDateTimeField()
    first_seq = BigIntegerField()
    last_seq = BigIntegerField()
    late = JSONText(default=list)
    missing = JSONText(default=list)
    lines = IntegerField()
    previous = CharField(64)
    hash = CharField(64)


class Dispatch(Base):
    """One consumer's turn at one journal line: born with the line, done once.

    `rules_at` is the moment of the first attempt; with `rules_then` the rules in force at that
    moment decide instead of today's (a dead letter brought back that way).
    """

    id = BigAutoField()
    seq = BigIntegerField(index=True)
    kind = CharField(60)
    consumer = CharField(80)
    record_kind = CharField(40)
    record_id = CharField(26)
    state = CharField(10, default="pending")
    attempts = IntegerField(default=0)
    due_at = UTCDateTimeField()
    claimed_by = CharField(80, default="")
    error = TextField(default="")
    created_at = UTCDateTimeField()
    done_at = UTCDateTimeField(null=True)
    rules_at = UTCDateTimeField(null=True)
    rules_then = BooleanField(default=False)

    class Meta:
        indexes = ((("state", "due_at"), False), (("consumer", "state"), False))


class Firing(Base):
    """A rule that fired: the facts it saw, the version it had, what it decided."""

    id = BigAutoField()
    at = UTCDateTimeField()
    seq = BigIntegerField(index=True)
    rule = CharField(80)
    version = IntegerField()
    lead_id = CharField(26, null=True, index=True)
    facts = JSONText()
    decisions = JSONText()

    class Meta:
        # One for a rule's list, one for "how often in 30 days", of one rule and of all at once.
        indexes = ((("rule", "id"), False), (("rule", "at"), False))


class IdempotencyKey(Base):
    """Which record a creating call with this key made, and what the call looked like."""

    key = CharField(200, primary_key=True)
    record_kind = CharField(40)
    record_id = CharField(26)
    fingerprint = CharField(64)
    at = UTCDateTimeField()


class Version(Base):
    """A counter that grows when configuration changes; every process compares it and follows."""

    name = CharField(40, primary_key=True)
    number = BigIntegerField(default=1)


class PluginHealth(Base):
    """How a plugin fares: calls, failures, and since when it is set aside."""

    name = CharField(60, primary_key=True)
    calls = BigIntegerField(default=0)
    failures = BigIntegerField(default=0)
    consecutive = IntegerField(default=0)
    quarantined_at = UTCDateTimeField(null=True)
    retry_at = UTCDateTimeField(null=True)
    last_error = TextField(default="")
    last_error_at = UTCDateTimeField(null=True)
    slowest_ms = IntegerField(default=0)
    probing = BooleanField(default=False)
