"""What the API takes and answers besides records: problems, journal lines, dead letters, explanations."""

from __future__ import annotations

from .described import (
    CONFIRM,
    Body,
    PageQuery,
    QueryShape,
    Shown,
    anything,
    given,
    listed,
    moment,
    nested,
    out,
    page_of,
    param,
)

_TEXT = ["string", "null"]
_WHOLE = ["integer", "null"]


class Words(Shown):
    """A text in both languages."""

    zh = out("string")
    en = out("string")


# ---- Problems


class FieldProblem(Shown):
    """One thing wrong with one field; `field` is empty when it concerns the whole."""

    field = out("string")
    message = out("string")


class Question(Shown):
    """What a rule wants confirmed."""

    message = out("string")
    rule = out("string")
    version = out(["integer", "string", "null"])


class Changed(Shown):
    """What changed meanwhile."""

    path = out("string")
    message = out("string")


class ProblemDocument(Shown):
    """A problem document (RFC 9457), in the caller's language."""

    type = out("string", examples=["urn:clew:invalid"])
    title = out("string", description="what is wrong, and what to do")
    status = out("integer")
    code = given("string", "names the problem for programs", examples=["invalid"])
    problems = listed(FieldProblem, required=False)
    questions = listed(Question, required=False)
    differences = listed(Changed, required=False)


# ---- Today


class TodayThing(Shown):
    """One thing that waits for the caller; `path` is the page of the console that lists exactly these."""

    name = out("string", examples=["late_leads"])
    part = out("string", examples=["own"])
    title = nested(Words)
    kind = out("string", description="empty for what is no record")
    count = out("integer")
    late = out("boolean")
    counted = out("boolean", description="false for what is worth knowing, but not the caller's to do today")
    path = out("string")


class Today(Shown):
    """What waits for the caller: `total` adds up what is `counted`."""

    total = out("integer")
    late = out("boolean", description="whether some of it is late")
    items = listed(TodayThing)


# ---- Finding


class SearchQuery(QueryShape):
    """What to find."""

    q = param("string", "what its texts hold: part of a name, a number, a phone number")
    kind = param("string", "only records of this kind")


class FoundRecord(Shown):
    """A record that was found; `detail` says where it stands, as far as the caller may read it."""

    kind = out("string", examples=["lead"])
    id = out("string")
    title = nested(Words)
    detail = nested(Words)


class SearchResult(Shown):
    """The records that were found, by kind."""

    items = listed(FoundRecord)


# ---- The journal


class LineCause(Shown):
    """Why a line was written: the line before it, and the rule or plugin."""

    seq = out(_WHOLE)
    rule = out(_TEXT)
    version = out(_TEXT)
    plugin = out(_TEXT)


class Line(Shown):
    """One line of the journal; personal data in its values is masked."""

    seq = out("integer")
    kind = out("string", examples=["lead.assigned"])
    record_kind = out("string")
    record_id = out("string")
    customer_id = out(_TEXT)
    actor_kind = out("string")
    actor_name = out("string")
    channel = out("string")
    reason = out("string")
    at = moment()
    cause = nested(LineCause, nullable=True)
    before = out("object", description="the values before")
    after = out("object", description="the values after")


LinePage = page_of(Line)


class JournalQuery(PageQuery):
    """Which lines of the journal."""

    kind = param("string", "what happened, e.g. lead.assigned")
    record_id = param("string", "the record it happened to")


# ---- Leads, tasks, customers


class LeadQuery(PageQuery):
    """Which leads."""

    stage = param("string", "is in this stage")
    outcome = param("string", "open, won or lost")
    industry = param("string", "is of this industry")
    region = param("string", "is in this region")
    source = param("string", "came from here")
    owner_id = param("string", "is this person's")
    team_id = param("string", "is this team's")
    external_id = param("string", "has this id elsewhere")
    received_after = param("string", "came in at this moment or later", format="date-time")
    received_before = param("string", "came in before this moment", format="date-time")
    q = param("string", "looks in the company's name")


class Outcome(Body):
    """How a lead ends; open opens it again."""

    outcome = given(["string", "null"], "open, won or lost, or its Chinese or English words")
    lost_reason = given(["string", "number", "null"], "needed for lost", maxLength=200)
    confirm = CONFIRM


class CustomerQuery(PageQuery):
    """Which customers."""

    q = param("string", "looks in the name")


class TaskQuery(PageQuery):
    """Which tasks."""

    state = param("string", "open, done or cancelled")


# ---- Dead letters


class DeadLetter(Shown):
    """An event that was set aside."""

    id = out("integer")
    seq = out("integer")
    kind = out("string")
    consumer = out("string")
    record_kind = out("string")
    record_id = out("string")
    attempts = out("integer")
    error = out("string")
    created_at = moment()
    first_tried_at = moment(nullable=True)


DeadLetterPage = page_of(DeadLetter)


class Retry(Body):
    """By which rules."""

    rules = given("string", "those of its first try (then), or today's (now)", enum=["then", "now"], default="now")


class Retried(Shown):
    """The event is on its way again."""

    id = out("integer")
    state = out("string", enum=["pending"])
    rules = out("string", enum=["then", "now"])


class Close(Body):
    """Why it is closed."""

    reason = given("string", "what was done instead; it is journalled", required=True)


class Closed(Shown):
    """The dead letter is closed."""

    id = out("integer")
    state = out("string", enum=["closed"])


# ---- Why


class RuleSeenShown(Shown):
    """The version of a rule that did it."""

    id = out("string")
    code = out("string")
    version = anything("its number")
    title = out("string")
    row = out(_WHOLE)
    author = out("string")
    reviewer = out("string")
    published_at = moment(nullable=True)


class WhoShown(Shown):
    """Who did it; the address is masked."""

    kind = out("string")
    name = out("string")
    role = out("string")
    channel = out("string")
    ip = out("string")
    version = out("string")
    rule = nested(RuleSeenShown, nullable=True)


class Clause(Shown):
    """A clause of a condition, and what it met."""

    clause = out("string")
    value = out("string")
    holds = out(["boolean", "null"])
    depth = out("integer")


class FieldChange(Shown):
    """A field's change, in words."""

    field = out("string")
    before = out("string")
    after = out("string")


class DayShown(Shown):
    """The working minutes of one day."""

    day = out("string")
    minutes = out("integer")


class DerivationShown(Shown):
    """How a deadline's moment came about."""

    name = out("string")
    started_at = moment()
    working_minutes = out("integer")
    due_at = moment()
    days = listed(DayShown)
    calendar = out("string")
    note = out("string")


class RecordNamed(Shown):
    """A record, by kind and id."""

    kind = out("string")
    id = out("string")


class LinkShown(Shown):
    """One link of the chain: a line of the journal, in words."""

    seq = out("integer")
    at = moment()
    kind = out("string")
    record = nested(RecordNamed)
    what = out("string")
    who = nested(WhoShown)
    changes = listed(FieldChange)
    facts = listed(Clause)
    note = out("string")
    derivation = nested(DerivationShown, nullable=True)
    cause_seq = out(_WHOLE)
    reason = out("string")
    origin = out("boolean", description="the chain begins here")


class WhyShown(Shown):
    """The chain behind a record, from the effect to where it began."""

    kind = out("string")
    id = out("string")
    field = out("string")
    title = out("string")
    lead_id = out(_TEXT)
    links = listed(LinkShown)
    command = out("string")


class WhyQuery(Body):
    """Which part of a record."""

    field = param("string", "one field's newest change")


class WhyNotQuery(Body):
    """Which event: the newest of a record, or a line of the journal."""

    lead = param("string", "the lead's id: its newest event counts")
    record = param("string", "the id of a record of any kind")
    kind = param("string", "the record's kind", default="lead")
    seq = param("integer", "the event's line of the journal")


class EventShown(Shown):
    """The event that a rule met."""

    seq = out(_WHOLE)
    at = moment(nullable=True)
    words = out("string")


class WhyNotShown(Shown):
    """How a rule fared on an event, and the smallest change that would have made it fire."""

    code = out("string")
    document = out("string")
    title = out("string")
    version = out(_WHOLE)
    row = out(_WHOLE)
    verdict = out("string", examples=["condition_failed"])
    said = out("string")
    event = nested(EventShown)
    clauses = listed(Clause)
    change = out("string")
    outranked_by = nested(RuleSeenShown, nullable=True)
    record = nested(RecordNamed)
    lead_id = out(_TEXT)
    draft = out("boolean")
    gaps = out("array", items={"type": "string"})
    command = out("string")
