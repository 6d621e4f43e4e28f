"""What the API takes and answers besides records: problems, journal lines, dead letters, explanations."""

from __future__ import annotations

from .described import CONFIRM, Body, PageQuery, Shown, anything, given, listed, moment, nested, out, page_of, param

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


# ---- Working time


class CalendarShown(Shown):
    """A working calendar: what it says itself, and what it comes to with what it takes from above."""

    id = out("string")
    revision = out("integer")
    name = out("string")
    scope = out("string", enum=["organisation", "team", "person"])
    of_id = out("string", description="the team or person it is of; empty for the organisation's")
    of_name = out("string")
    active = out("boolean")
    zone = out("string", description="empty: that of the calendar above")
    week = out("object", description="the windows of the days that it says itself, as 09:00-12:00 or 20:00-02:00")
    works = out("object", description="the windows of each day, with what is inherited")
    in_zone = out("string")
    minutes_a_week = out("integer")


class CalendarsShown(Shown):
    """All working calendars."""

    items = listed(CalendarShown)


class CalendarMade(Body):
    """A working calendar of a team or a person."""

    name = given("string", required=True, maxLength=80)
    scope = given("string", required=True, enum=["team", "person"])
    of_id = given("string", "the team or person", required=True)
    zone = given("string", "e.g. Europe/Berlin; empty: that of the calendar above")
    week = given("object", 'the windows of the days that differ: {"sat": ["09:00-12:00"]}')


class CalendarChange(Body):
    """What changes of a working calendar."""

    name = given("string", maxLength=80)
    zone = given("string")
    week = given("object", "all days that the calendar says itself; those left out are inherited")
    active = given("boolean")


class DayGiven(Body):
    """A day that breaks the week's rule."""

    day = given("string", required=True, format="date")
    working = given("boolean", required=True)
    name = given("string", maxLength=80)
    windows = given(["array", "null"], "the day's own windows, as for half a day", items={"type": "string"})


class DaysGiven(Body):
    """Days to put on record, each over what there is for its day."""

    days = given(
        "array", required=True, items={"type": "object"}, description="day, working, name, windows", maxItems=800
    )


class DayOnRecord(Shown):
    """A day that breaks the week's rule."""

    day = out("string", format="date")
    working = out("boolean")
    name = out("string")
    windows = out(["array", "null"], items={"type": "string"})
    source = out("string")
    own = out("boolean", description="of this calendar, not of one above")


class DaysShown(Shown):
    """The exception days of a year."""

    year = out("integer")
    published = out("boolean", description="whether holidays of the year are on record")
    items = listed(DayOnRecord)


class DaysSet(Shown):
    """How many days changed something."""

    changed = out("integer")


class YearQuery(Body):
    """Which year."""

    year = param("integer", "this year, if absent", minimum=1970, maximum=2200)


class CalendarPreviewAsked(Body):
    """A change to look at before it is made."""

    week = given("object")
    zone = given("string")
    days = given("array", items={"type": "object"}, maxItems=800)
    without = given("array", "exception days to take back", items={"type": "string", "format": "date"}, maxItems=800)


class MoveShown(Shown):
    """A running deadline that moves."""

    deadline_id = out("string")
    name = out("string")
    about_kind = out("string")
    about_id = out("string")
    was = moment()
    due = moment(nullable=True)


class PreviewShown(Shown):
    """Which running deadlines a change moves, and by how much; the first 50 that the caller may see are listed."""

    moved = out("integer")
    later_minutes = out("integer")
    earlier_minutes = out("integer")
    overdue = out("integer")
    never = out("integer")
    said = out("string")
    items = listed(MoveShown)


class LeaveShown(Shown):
    """Leave of a person."""

    id = out("string")
    revision = out("integer")
    user_id = out("string")
    from_at = moment()
    to_at = moment()
    kind = out("string")
    reason = out("string")
    deputy_id = out(_TEXT)
    cancelled = out("boolean")


LeavePage = page_of(LeaveShown)


class LeaveQuery(PageQuery):
    """Whose leave."""

    user_id = param("string", "one person's")


class LeaveMade(Body):
    """Leave to put on record. Without a deputy the clocks of what the person owns stand still."""

    user_id = given("string", required=True)
    from_at = given("string", required=True, format="date-time")
    to_at = given("string", required=True, format="date-time")
    kind = given("string", enum=["annual", "personal", "sick", "family", "business", "other"])
    reason = given("string", maxLength=200)
    deputy_id = given(["string", "null"])


class LeaveChange(Body):
    """What changes of a leave."""

    from_at = given("string", format="date-time")
    to_at = given("string", format="date-time")
    kind = given("string")
    reason = given("string", maxLength=200)
    deputy_id = given(["string", "null"])
    cancelled = given("boolean")


class DeadlineStep(Shown):
    """One step of how a deadline came about; `counted` is null for what was skipped."""

    what = out("string")
    begin = moment()
    end = moment()
    label = out("string")
    note = out("string")
    counted = out(_WHOLE)
    total = out("integer")


class DeadlineDerived(Shown):
    """How the moment at which a deadline is due came about, step by step."""

    id = out("string")
    name = out("string")
    owner = out("string")
    calendar = out("string")
    zone = out("string")
    amount = out("string")
    unit = out("string", enum=["minutes", "days"])
    started_at = moment()
    due_at = moment()
    state = out("string")
    steps = listed(DeadlineStep)
    notes = out("array", items={"type": "string"})


class DeadlineShown(Shown):
    """A deadline and its clock."""

    id = out("string")
    revision = out("integer")
    name = out("string")
    about_kind = out("string")
    about_id = out("string")
    owner_id = out(_TEXT)
    state = out("string", enum=["open", "paused", "met", "missed", "cancelled"])
    paused_for = out("string")
    started_at = moment()
    due_at = moment()
    working_minutes = out("integer")
    working_days = out(_WHOLE)
    closed_at = moment(nullable=True)
    met_at = moment(nullable=True)


class PauseAsked(Body):
    """Why a deadline is paused."""

    reason = given("string", "the name of a reason on record", required=True, examples=["waiting_customer"])
    note = given("string", maxLength=200)


class PauseShown(Shown):
    """One pause of a deadline."""

    id = out("string")
    deadline_id = out("string")
    reason = out("string")
    note = out("string")
    from_at = moment()
    to_at = moment(nullable=True)
    by_id = out(_TEXT)


class PausesShown(Shown):
    """The ledger of a deadline's pauses, the oldest first."""

    items = listed(PauseShown)
