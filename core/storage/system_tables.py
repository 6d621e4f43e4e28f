"""System tables, which are no records: the journal, its seals, its dispatch, and what keeps processes in step."""

from __future__ import annotations

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    FloatField,
    IntegerField,
    TextField,
)

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
    moment decide instead of today's (a dead letter brought back that way). `waits_for` is the action of a plugin
    for want of which a rule was set aside: once it can be had, the dead letter is brought back by itself.
    """

    id = BigAutoField()
    seq = BigIntegerField(index=True)
    kind = CharField(60)
    consumer = CharField(90)
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
    waits_for = TextField(default="")

    class Meta:
        indexes = ((("state", "due_at"), False), (("consumer", "state"), False))


class Firing(Base):
    """A rule that fired: the record it acts on, the facts it saw, the version it had, what it decided."""

    id = BigAutoField()
    at = UTCDateTimeField()
    seq = BigIntegerField(index=True)
    rule = CharField(80)
    version = IntegerField()
    record_kind = CharField(40, default="")
    record_id = CharField(26, default="", index=True)
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


class RuleTrouble(Base):
    """A rule in force that a process could not load: the version before it decides meanwhile."""

    code = CharField(80, primary_key=True)
    version = IntegerField(default=0)
    stands_in = IntegerField(null=True)
    zh = TextField()
    en = TextField()
    at = UTCDateTimeField()

    class Meta:
        table_name = "rule_trouble"


class NameTrouble(Base):
    """A rule in force that names what is not there: what is wrong, a line a name, and since when."""

    code = CharField(80, primary_key=True)
    zh = TextField()
    en = TextField()
    at = UTCDateTimeField()

    class Meta:
        table_name = "name_trouble"


# ---- Backtests: what was asked, the parts that workers take, and every difference found.

BACKTEST_STATES = ("queued", "running", "done", "stopped", "failed")


class Backtest(Base):
    """A period lived again. `documents` are the drafts as they were when it was asked for.

    Without drafts it holds the rules of today against what really happened. `version_id` names the
    draft's RuleVersion, if it has one; `covered_until` is how far all parts came. `settings` are the counters of the
    configuration when it was asked for, but for that of the rules.
    """

    id = CharField(26, primary_key=True)
    code = CharField(80, default="", index=True)
    version_id = CharField(26, null=True)
    documents = JSONText(default=list)
    settings = JSONText(default=dict)
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
    """One run of a backtest over one span: what a process or a worker takes at a time.

    An attempt is counted before it starts; `due_at` is when another worker may take a part over.
    `effects` holds what the run led to (compressed) until the parts are put together.
    """

    id = BigAutoField()
    backtest_id = CharField(26, index=True)
    run = CharField(10)
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
    record_kind = CharField(40, default="")
    record_id = CharField(26, default="")
    title = CharField(200, default="")
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


class SignInSession(Base):
    """One sign-in of one person, found by the hash of the random key in their cookie.

    It holds while nobody ended it, `epoch` is still the person's `session_epoch`, and its time is not over; `kept`
    ones don't end by being idle. `device_hash` is that of the device's own cookie, `agent` what the browser calls
    itself. `seen_at` and `ip` follow with a delay of minutes.
    """

    id = CharField(26, primary_key=True)
    user_id = CharField(26)
    key_hash = CharField(64, unique=True)
    device_hash = CharField(64, default="")
    epoch = IntegerField()
    made_at = UTCDateTimeField()
    seen_at = UTCDateTimeField()
    expires_at = UTCDateTimeField(index=True)
    kept = BooleanField(default=False)
    ip = CharField(45, default="")
    agent = CharField(300, default="")
    ended_at = UTCDateTimeField(null=True)
    ended_by = CharField(26, default="")

    class Meta:
        indexes = ((("user_id", "made_at"), False), (("user_id", "device_hash"), False))


class AttemptLimit(Base):
    """How far attempts of one sort have been used up: `due` is when all are free again, in ms since 1970."""

    key = CharField(80, primary_key=True)
    due = BigIntegerField(index=True)


class TokenUse(Base):
    """When an API token was last used, to within minutes, and from where."""

    token_id = CharField(26, primary_key=True)
    at = UTCDateTimeField()
    ip = CharField(45, default="")


class SearchTerm(Base):
    """One ending of a text that a record is found by, folded; see `core.finding`.

    `sort` says whether the text is plain, masked, or a masked one as a whole. The terms are compared byte by byte.
    """

    record_kind = CharField(40)
    term = CharField(60)
    sort = IntegerField()
    record_id = CharField(26)

    class Meta:
        table_name = "search_term"
        primary_key = CompositeKey("record_id", "sort", "term")
        indexes = ((("record_kind", "sort", "term", "record_id"), False),)


SYSTEM_TABLES: tuple[type[Base], ...] = (
    *(JournalLine, Seal, Dispatch, Firing, IdempotencyKey, Version, PluginHealth, RuleTrouble, NameTrouble),
    *(Backtest, BacktestPart, BacktestDifference),
    *(SignInSession, AttemptLimit, TokenUse, SearchTerm),
)


class RosterDraft(Base):
    """A list of people that somebody pasted and has not taken in yet: personal data, kept apart from the journal.

    `code` names this paste, so that nobody is made twice of it; `document` holds its rows and the answers given.
    """

    user_id = CharField(26, primary_key=True)
    code = CharField(26)
    document = JSONText()
    updated_at = UTCDateTimeField()

    class Meta:
        table_name = "roster_draft"


# ---- Imports in the console: the file with what was answered about it, and what becomes of each row.


class ImportBatch(Base):
    """A file that somebody imports: kept with its mapping and answers until it is in, and 30 days to take it back.

    `document` holds what was chosen: the columns, the answers, the ticks. `total` and `done` count the rows of what is
    under way, an import or its undoing; a worker holds it until `due_at`.
    """

    id = CharField(26, primary_key=True)
    user_id = CharField(26, index=True)
    user_name = CharField(80, default="")
    file_name = CharField(200)
    file = BlobField()
    kind = CharField(40, default="lead")
    document = JSONText(default=dict)
    state = CharField(10, default="draft")
    stop_asked = BooleanField(default=False)
    done = BigIntegerField(default=0)
    total = BigIntegerField(default=0)
    attempts = IntegerField(default=0)
    claimed_by = CharField(80, default="")
    due_at = UTCDateTimeField()
    error = TextField(default="")
    created_at = UTCDateTimeField()
    started_at = UTCDateTimeField(null=True)
    done_at = UTCDateTimeField(null=True)
    undone_at = UTCDateTimeField(null=True)
    undone_by = CharField(26, default="")

    class Meta:
        table_name = "import_batch"
        indexes = ((("state", "due_at"), False),)


class ImportRow(Base):
    """One row of such a file: what is planned (`plan`), and what became of it (`state`; empty: nothing yet).

    `record_id` is the record that it is about, `matched` by what that was found; `differences` are before and after of
    each field. `written` says what the row did: the records it made, and of those it changed the values before and
    after; `seq` is the last journal line of that.
    """

    id = BigAutoField()
    batch_id = CharField(26)
    line = IntegerField()
    plan = CharField(10)
    state = CharField(10, default="")
    title = CharField(200, default="")
    cells = JSONText(default=dict)
    values = JSONText(default=dict)
    key = CharField(200, default="")
    external_id = CharField(100, default="")
    record_id = CharField(26, default="")
    matched = CharField(20, default="")
    differences = JSONText(default=dict)
    written = JSONText(default=dict)
    seq = BigIntegerField(null=True)
    zh = TextField(default="")
    en = TextField(default="")

    class Meta:
        table_name = "import_row"
        indexes = (
            (("batch_id", "line"), True),
            (("batch_id", "plan", "line"), False),
            (("batch_id", "state", "line"), False),
        )


class ImportMapping(Base):
    """A mapping kept under a name: `headings` are the columns of the file that it was made for."""

    name = CharField(80, primary_key=True)
    kind = CharField(40)
    headings = JSONText(default=list)
    document = JSONText(default=dict)
    user_name = CharField(80, default="")
    updated_at = UTCDateTimeField()

    class Meta:
        table_name = "import_mapping"


# ---- Bulk acts on a list: what was done to each record, so that all of it can be taken back.


class BulkBatch(Base):
    """One bulk act on records of a `kind`: `action` and `target` are what was asked, `values` what that sets.

    `total` counts the records that it is for; what became of each is in `BulkRow`. `state` is running, stopped or ended;
    `said` is the reason that its journal lines give, `run_by` the person for whom it is done or taken back. A worker
    holds it until `due_at`; `zh` and `en` say why it came to rest before it was through.
    """

    id = CharField(26, primary_key=True)
    kind = CharField(40)
    action = CharField(20)
    target = CharField(200, default="")
    values = JSONText(default=dict)
    user_id = CharField(26)
    user_name = CharField(80, default="")
    total = IntegerField(default=0)
    created_at = UTCDateTimeField()
    undone_at = UTCDateTimeField(null=True)
    undone_by = CharField(80, default="")
    state = CharField(10, default="running")
    said = CharField(250, default="")
    run_by = CharField(26, default="")
    claimed_by = CharField(80, default="")
    attempts = IntegerField(default=0)
    due_at = UTCDateTimeField(null=True)
    zh = TextField(default="")
    en = TextField(default="")

    class Meta:
        table_name = "bulk_batch"
        indexes = ((("user_id", "id"), False), (("kind", "id"), False), (("state", "due_at"), False))


class BulkRow(Base):
    """One record of a bulk act; `state` is empty (waits), done, same, refused, undone or kept, with why in zh and en.

    `seq` is the journal line that changed it, `revision` the one that whoever asked had seen.
    """

    id = BigAutoField()
    batch_id = CharField(26)
    record_id = CharField(26)
    revision = IntegerField(null=True)
    state = CharField(10, default="")
    seq = BigIntegerField(null=True)
    zh = TextField(default="")
    en = TextField(default="")

    class Meta:
        table_name = "bulk_row"
        indexes = ((("batch_id", "record_id"), True), (("batch_id", "state", "id"), False))
