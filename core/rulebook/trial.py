"""Trying a rule: what all rules would decide, the draft in place, on a real record or made-up facts. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from peewee import fn

from ... import rules
from ..errors import NotFound
from ..facts.facts import facts_of
from ..journal.lines import plain
from ..journal.origin import Origin
from ..models import Contract, Deadline, FollowUp, JournalLine, Lead, RuleVersion, Task
from ..people import policy as access
from ..write.lifecycle import columns_of
from .checks import with_draft
from .documents import ids_of, rules_of
from .live import compiled
from .testing import moment_of
from .versions import save_draft, version_of
from .vocabulary import vocabulary_of

if TYPE_CHECKING:
    from ..workspace import Workspace

_OF_A_LEAD: dict[str, Any] = {"deadline": Deadline, "follow_up": FollowUp, "task": Task, "contract": Contract}


@dataclass(frozen=True)
class Trial:
    """What a trial found: `fired` says whether the document's rules fire, `decisions` what they decide.

    `outcome` is that of all rules together, `explanations` one `rules.Explanation` a rule of the
    document, `facts` what they saw at `at`.
    """

    event: str
    at: datetime
    facts: Mapping[str, Any]
    outcome: rules.Outcome
    fired: bool
    decisions: tuple[Mapping[str, Any], ...]
    explanations: Mapping[str, rules.Explanation]

    @property
    def explanation(self) -> rules.Explanation:
        """The explanation of the document's first rule."""
        return next(iter(self.explanations.values()))


def trial(
    ws: Workspace,
    document: Mapping[str, Any],
    lead_id: str | None = None,
    event: str | None = None,
    at: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Trial:
    """Return what would happen if `event` (default: the document's first trigger) came now, or `at` a past moment.

    Give the id of a lead, or made-up `facts`. Raises rules.RuleError for a document that can't be
    read, NotFound for a lead that is not there (or was not, at that moment).
    """
    mine = rules_of(document)
    event = event or mine[0].trigger[0]
    now = at or ws.clock.now()
    seen = dict(facts) if facts is not None else facts_for(ws, str(lead_id), event, at)
    ruleset = compiled(with_draft(ws, document), ws.rules)
    try:
        outcome = ruleset.evaluate(event, seen, now)
    finally:
        ruleset.close()
    names = ids_of(mine)
    made = tuple({one.action: one.args} for one in outcome.decisions if one.rule_id in names)
    fired = any(one.rule_id in names for one in outcome.firings)
    return Trial(event, now, seen, outcome, fired, made, _explained(mine, seen, now, outcome))


def facts_for(ws: Workspace, lead_id: str, event: str, at: datetime | None = None) -> dict[str, Any]:
    """Return the facts that `event` would bring of a lead: now, or as it stood at a past moment."""
    lead = Lead.get_or_none(Lead.id == lead_id)
    if lead is None:
        raise NotFound("没有这条线索。", f"no lead {lead_id}")
    if at is None or at >= ws.clock.now():
        return facts_of(line_for(lead, event), ws.clock, None, ws.door)
    return _facts_then(ws, lead, event, at)


def _facts_then(ws: Workspace, lead: Lead, event: str, at: datetime) -> dict[str, Any]:
    """Return the facts as the journal tells them of a past moment."""
    from ..why.history import Sight, past_of  # "Why?" is built upon the rulebook: only this asks the other way round.

    upto = JournalLine.select(fn.MAX(JournalLine.seq)).where(JournalLine.at <= at).scalar() or 0
    line = line_for(lead, event, at)
    if line.seq is None:
        line = JournalLine(**{**line.__data__, "seq": upto, "at": at})
    known = vocabulary_of(ws)
    names = [*known.fields, *known.collections]
    past = past_of(ws, Sight(line, at, upto, "unheard"), names)
    if past.lead_id is None:
        moment = at.astimezone(ws.settings.zone).strftime("%Y-%m-%d %H:%M")
        raise NotFound(f"{moment} 还没有这条线索。", f"there was no lead {lead.id} at {moment}")
    return {name: value for name, value in past.facts(names).items() if value is not None}


def line_for(lead: Lead, event: str, at: datetime | None = None) -> JournalLine:
    """Return the line that an event of this kind would be: the newest there was, or one made up and not kept.

    With `at`, the newest there was by then.
    """
    kind = event.partition(".")[0]
    model = _OF_A_LEAD.get(kind)
    record: Any = lead
    if model is not None:
        by_then = (model.lead == lead.id) & ((model.created_at <= at) if at is not None else True)
        record = model.select().where(by_then).order_by(model.id.desc()).first()
        if record is None:
            kind, record = "lead", lead
    lines = JournalLine.select().where(
        (JournalLine.record_kind == kind) & (JournalLine.record_id == record.id) & (JournalLine.kind == event)
    )
    if at is not None:
        lines = lines.where(JournalLine.at <= at)
    last: JournalLine | None = lines.order_by(JournalLine.seq.desc()).first()
    if last is not None:
        return last
    names = columns_of(kind) if kind in ("lead", *_OF_A_LEAD) and event.endswith(".created") else ()
    after = {name: plain(getattr(record, name)) for name in names}
    if event == "lead.stage_changed":
        after = {"stage": lead.stage}
    return JournalLine(
        kind=event, record_kind=kind, record_id=record.id, channel="console", actor_kind="user", before={}, after=after
    )


def keep_as_test(
    ws: Workspace,
    version_id: str,
    tried: Trial,
    title: Mapping[str, str] | str,
    origin: Origin,
    revision: int | None = None,
    expect: Mapping[str, Any] | None = None,
) -> RuleVersion:
    """Keep a trial as a test case of a draft; without `expect` it expects what was found. See `save_draft`.

    A contact's name is masked: a test case travels with the rule, to places the person never agreed to.
    """
    version = version_of(version_id)
    found: dict[str, Any] = {"fires": tried.fired}
    if tried.fired:
        found["decisions"] = [plain_facts(one) for one in tried.decisions]
    case = {
        "title": dict(title) if isinstance(title, Mapping) else {"zh": title, "en": title},
        "event": tried.event,
        "at": tried.at.astimezone(ws.settings.zone).isoformat(timespec="seconds"),
        "facts": plain_facts({k: v for k, v in tried.facts.items() if v is not None}),
        "expect": dict(expect) if expect is not None else found,
    }
    if name := case["facts"].get("contact.name"):
        case["facts"]["contact.name"] = access.mask("name", name)
    document = {**version.document, "tests": [*(version.document.get("tests") or ()), case]}
    return save_draft(ws, version_id, document, origin, revision)


def plain_facts(value: Any) -> Any:
    """Return facts as JSON holds them and rules read them: money as a number, moments as ISO text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {key: plain_facts(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_facts(inner) for inner in value]
    return plain(value)


def _explained(
    mine: tuple[rules.Rule, ...], facts: Mapping[str, Any], now: datetime, outcome: rules.Outcome
) -> dict[str, rules.Explanation]:
    derived: dict[str, Any] = {}
    for firing in outcome.firings:
        for name, value in firing.derived.items():
            derived.setdefault(name, value)
    return {rule.id: rules.explain(rule, facts, now, derived) for rule in mine}


__all__ = ["Trial", "facts_for", "keep_as_test", "line_for", "moment_of", "plain_facts", "trial"]
