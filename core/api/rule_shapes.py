"""What the API takes and answers about rules, their versions, trials and the undoing of their effects; backtests."""

from __future__ import annotations

from .described import Body, PageQuery, Shown, anything, given, listed, moment, nested, out, page_of, param
from .shapes import Words

_TEXT = ["string", "null"]
_WHOLE = ["integer", "null"]


# ---- Rules


class RuleQuery(PageQuery):
    """Which rules."""

    state = param("string", "draft, review, scheduled, published, off or retired")
    pack = param("string", "is of this pack")
    trigger = param("string", "listens to this event")
    q = param("string", "looks in code, title and owner")


class RuleTroubleShown(Shown):
    """A version that could not be loaded, and the one that decides meanwhile."""

    version = out("integer")
    stands_in = out(_WHOLE)
    reason = nested(Words)


class RuleShown(Shown):
    """A rule as a list shows it."""

    code = out("string", examples=["first-response"])
    title = nested(Words)
    pack = out("string")
    owner = out("string")
    trigger = out("array", items={"type": "string"})
    table = out("boolean", description="it is a decision table")
    version = out(_WHOLE, description="in force, or last in force")
    states = out("array", items={"type": "string"}, examples=[["published"]])
    draft = out(_WHOLE, description="the version on its way")
    fired_30_days = out("integer")
    changed_at = moment()
    trouble = nested(RuleTroubleShown, nullable=True)
    missing = listed(Words)


class VersionShort(Shown):
    """A version of a rule, without its document."""

    id = out("string")
    revision = out("integer")
    code = out("string")
    pack = out("string")
    number = out("integer")
    state = out("string", enum=["draft", "review", "approved", "published", "retired", "discarded"])
    author_name = out("string")
    reviewer_name = out("string")
    note = out("string")
    base = out(_WHOLE, description="the version it was drafted from")
    restores = out(_WHOLE, description="of a rollback, the version whose document it puts in force again")
    backtest_id = out(_TEXT)
    created_at = moment()
    submitted_at = moment(nullable=True)
    decided_at = moment(nullable=True)
    effective_at = moment(nullable=True)
    published_at = moment(nullable=True)
    retired_at = moment(nullable=True)


class LossShown(Shown):
    """One thing that a version in force does and a new one does not."""

    level = out(
        "string",
        enum=["uncovered", "weaker", "undecided"],
        description="records it no longer reaches, less for those it reaches, or not to be decided",
    )
    what = out("string", description="region, event, row, action, recipient, deadline, validity, group, match or size")
    rule = out("string", description="the rule, or the row of a table; empty for the whole")
    text = nested(Words)


class RuleVersionShown(VersionShort):
    """A version of a rule, with its document and its sentence.

    `takes_away` says of a version on its way what the one in force does and it does not, whom it no longer covers first.
    """

    document = out("object", description="the rule as YAML would hold it: docs/rules.md")
    sentence = nested(Words)
    takes_away = listed(LossShown)
    brings_back = out("boolean", description="the rule is retired: nothing is in force, and approving brings it back")


class RuleInFull(RuleShown):
    """A rule with its document, its sentence and the version on its way."""

    sentence = nested(Words)
    document = out(["object", "null"])
    open = nested(RuleVersionShown, nullable=True)


RulePage = page_of(RuleShown)
VersionPage = page_of(VersionShort)


class NewRule(Body):
    """A rule that does not exist yet."""

    document = given("object", "the rule: docs/rules.md", required=True)
    pack = given("string", "the pack it belongs to", default="custom", maxLength=80)


class Draft(Body):
    """A draft."""

    document = given("object", "the rule: docs/rules.md", required=True)


class OptionalDocument(Body):
    """A rule's document, if there is one."""

    document = given("object", "the rule: docs/rules.md")


class CompareQuery(Body):
    """Which two versions."""

    a = param("integer", "the earlier version", minimum=1)
    b = param("integer", "the later version", minimum=1)


class RuleDifference(Shown):
    """One thing that differs."""

    path = out("string")
    kind = out("string")
    before = anything("the value before")
    after = anything("the value after")
    text = out("string")


class Comparison(Shown):
    """What changed from one version to another."""

    a = out("integer")
    b = out("integer")
    differences = listed(RuleDifference)
    takes_away = listed(LossShown)


class TestShown(Shown):
    """How one test case went."""

    index = out("integer")
    title = nested(Words)
    passed = out("boolean")
    text = out("string")
    fired = out(["boolean", "null"])
    decisions = out("array")


class Tests(Shown):
    """How a rule's test cases went."""

    version = anything("the version tested")
    items = listed(TestShown)


class PathProblem(Shown):
    """What is wrong with a document, and where in it."""

    path = out("string")
    message = out("string")


class RepairShown(Shown):
    """A way to mend it: a JSON patch of the document."""

    zh = out("string")
    en = out("string")
    patch = out("array", items={"type": "object"})


class FindingShown(Shown):
    """What the checks found."""

    code = out("string", examples=["overlap"])
    level = out("string", enum=["error", "warning", "info"])
    path = out("string")
    zh = out("string")
    en = out("string")
    rules = out("array", items={"type": "string"})
    event = out("string")
    witness = out(["object", "null"], description="a record that shows it")
    repairs = listed(RepairShown)
    at = out("string")


class Findings(Shown):
    """What is wrong with a document, and what the checks found."""

    problems = listed(PathProblem)
    findings = listed(FindingShown)


class TrialAsked(Body):
    """A rule, by its code or as a document, and what to try it on."""

    document = given("object", "the rule to try")
    code = given(["string", "null"], "a rule that exists, its draft first")
    record_id = given(["string", "null"], "the record to try it on: the one that rules mean on the event")
    event = given(["string", "null"], "the event; without, the rule's first trigger")
    seq = given(["integer", "null"], "the journal's line that set the rule off; without, the newest there was")
    at = given(["string", "null"], "instead: a past moment, as if the event had come then", format="date-time")
    now = given(["boolean", "null"], "instead: as if the event came now")
    facts = given(["object", "null"], "made-up facts, by name")


class MomentsAsked(Body):
    """A rule, by its code or as a document, and a record."""

    document = given("object", "the rule to try")
    code = given(["string", "null"], "a rule that exists, its draft first")
    record_id = given("string", "the record: the one that rules mean on the event", required=True)
    event = given(["string", "null"], "the event; without, any that the rule listens to")


class MomentShown(Shown):
    """One event of the past that the rule listens to."""

    seq = out("integer", description="the journal's line")
    at = moment()
    event = out("string")
    what = nested(Words)
    who = out("string", description="the person who did it, if one did")


class MomentsShown(Shown):
    """The newest moments at which the rule's events came to a record; none if they never did."""

    items = listed(MomentShown)
    as_of_now = nested(Words)


class TrialShown(Shown):
    """What a trial found. Nothing was written."""

    event = out("string")
    at = moment()
    seq = out(["integer", "null"], description="the journal's line that set the rules off")
    gaps = listed(Words)
    fired = out("boolean")
    decisions = out("array", items={"type": "object"})
    facts = out("object")
    all = out("array", items={"type": "object"}, description="what all rules together decide")


class Vocabulary(Shown):
    """What rules may speak of."""

    fields = out("object")  # type: ignore[assignment]
    triggers = out("array", items={"type": "string"})
    trigger_titles = out("object")
    actions = out("object")
    open_prefixes = out("array", items={"type": "string"})
    collections = out("object")


class Submission(Body):
    """What goes with a draft to whoever approves it."""

    note = given(["string", "null"], "what changes, and why")
    backtest_id = given(["string", "null"], "the backtest to attach")


class Approval(Body):
    """When the version takes effect."""

    note = given(["string", "null"])
    effective_at = given(["string", "null"], "without: now", format="date-time")


class Note(Body):
    """Why."""

    note = given(["string", "null"])


class Reason(Body):
    """Why."""

    reason = given(["string", "null"])


class Rollback(Reason):
    """The version to go back to."""

    version = given("integer", required=True, minimum=1)


class Switch(Body):
    """On or off."""

    on = given("boolean", required=True)


class SpanQuery(Body):
    """A span of time."""

    since = param("string", "without: since the version was published", format="date-time")
    until = param("string", "without: until now", format="date-time")


class VersionEffectsShown(Shown):
    """What one version did while it was in force."""

    version = out("integer")
    since = moment()
    until = moment(nullable=True)
    standing = out("string", enum=["in_force", "rolled_back", "replaced"])
    records = out("integer", description="records it made or changed itself, seen by the caller or not")
    meant = out("boolean", description="whether an undo most likely means this one")


class VersionsEffectsShown(Shown):
    """What each version of a rule that ever was in force did, the newest first."""

    items = listed(VersionEffectsShown)


class UndoAsked(Reason):
    """What the preview said."""

    since = given("string", required=True, format="date-time")
    until = given("string", required=True, format="date-time")
    token = given("string", required=True)


class UndoItemShown(Shown):
    """One effect: a group of fields of one record, or a record that was made."""

    id = out("string")
    record_kind = out("string")
    record_id = out("string")
    label = nested(Words)
    rule = out("string")
    follow_on = out("boolean")
    lines = out("array", items={"type": "integer"})
    was = out("object")
    did = out("object")
    now = out("object")
    deed = out("string", enum=["restore", "take_back", "nothing"])
    safe = out("boolean")
    reason = nested(Words)
    done = out("boolean")


class UndoPlanShown(Shown):
    """The preview of an undo; `token` seals what it shows."""

    code = out("string")
    version = out("integer")
    since = moment()
    until = moment()
    token = out("string")
    counts = out("object")
    unseen = out("integer", description="effects on records of others, which the caller does not see")
    items = listed(UndoItemShown)


class UndoneShown(Shown):
    """What was undone, and what was kept, with the reason."""

    seq = out(_WHOLE)
    undone = out("integer")
    kept = listed(UndoItemShown)


# ---- Backtests


class BacktestAsked(Body):
    """A period, and the drafts to live it again under."""

    since = given(["string", "null"], "the beginning; needed", format="date-time")
    until = given(["string", "null"], "the end; without: now", format="date-time")
    documents = given(["array", "null"], "drafts", items={"type": "object"})
    version_ids = given(["array", "null"], "versions of rules", items={"type": "string"})


class BacktestShown(Shown):
    """A backtest: what was asked, and how far it is."""

    id = out("string")
    code = out("string")
    version_id = out(_TEXT)
    state = out("string", enum=["queued", "running", "done", "stopped", "failed"])
    done = out("integer")
    total = out("integer")
    error = out("string")
    asked_name = out("string")
    since = moment()
    until = moment()
    covered_until = moment(nullable=True)
    created_at = moment()
    started_at = moment(nullable=True)
    done_at = moment(nullable=True)


class BacktestInFull(BacktestShown):
    """A backtest with its figures, and what they say in a sentence."""

    result = out(["object", "null"])
    stale = out("boolean", description="the rules in force changed since")
    headline = nested(Words, required=False)


BacktestPage = page_of(BacktestShown)


class DifferenceQuery(PageQuery):
    """Which differences."""

    kind = param("string", "e.g. escalation")
    change = param("string", "e.g. more, less, moved")
    team_id = param("string", "this team's")
    rule = param("string", "by this rule")
    person_id = param("string", "this person's")
    record_kind = param("string", "of records of this kind")
    record_id = param("string", "this record's")


class DifferenceShown(Shown):
    """One thing that would have been otherwise."""

    id = out("integer")
    kind = out("string")
    change = out("string")
    record_kind = out("string")
    record_id = out("string")
    title = out("string")
    team_id = out("string")
    person_id = out("string")
    rule = out("string")
    version = out("string")
    before = out("string")
    after = out("string")
    what = out("string")
    at = moment()
    event = out("string")
    facts = out("object")


DifferencePage = page_of(DifferenceShown)
