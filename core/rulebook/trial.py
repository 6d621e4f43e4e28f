"""Trying a rule: what all rules would decide, the draft in place, on a real record or made-up facts. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from ...hooks.text import Text
from ...rules.engine.outcome import Outcome
from ...rules.engine.ruleset import Ruleset
from ...rules.explain.account import Explanation, explain
from ...rules.language.documents import Rule
from ..access.masking import HIDDEN, masked_facts
from ..access.policy import visible
from ..access.wholeness import whole_rows
from ..actions.told import told_args
from ..configuration.rules_in_force import compiled
from ..errors import Invalid, NotFound, Problem
from ..journal.lines import plain
from ..journal.origin import Actor, Origin
from ..kinds import RuleVersion
from ..schema.kind import Kind
from ..storage.queries import Query
from ..workspace import Workspace
from .checks import with_draft
from .documents import ids_of, rules_of
from .moments import Met, Moment, event_line, events_of, met_at, met_at_line, met_now, moments_of
from .versions import save_draft, version_of


@dataclass(frozen=True)
class Trial:
    """What a trial found: `fired` says whether the document's rules fire, `decisions` what they decide.

    `outcome` is that of all rules together, `explanations` one `Explanation` a rule of the
    document, `facts` what they saw at `at`. `seq` is the journal's line that set the rules off, None where the event
    was taken to come at that moment; `gaps` names what the journal does not tell of it.
    """

    event: str
    at: datetime
    facts: Mapping[str, Any]
    outcome: Outcome
    fired: bool
    decisions: tuple[Mapping[str, Any], ...]
    explanations: Mapping[str, Explanation]
    seq: int | None = None
    gaps: tuple[Text, ...] = ()

    @property
    def explanation(self) -> Explanation:
        """The explanation of the document's first rule."""
        return next(iter(self.explanations.values()))


@dataclass(frozen=True)
class When:
    """The moment to try a record at: the journal's line `seq`, a past moment `at`, or `now`.

    With none of them it is the newest event that the rule listens to, and now where there was none.
    """

    seq: int | None = None
    at: datetime | None = None
    now: bool = False


NOW = When(now=True)
LAST = When()


def trial(
    ws: Workspace,
    document: Mapping[str, Any],
    record_id: str | None = None,
    event: str | None = None,
    at: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
    kind: str = "lead",
) -> Trial:
    """Return what would happen if `event` (default: the document's first trigger) came now, or `at` a past moment.

    Give the id of a record of a kind, or made-up `facts`. Raises RuleError for a document that can't be
    read, NotFound for a record that is not there (or was not, at that moment).
    """
    if record_id is not None:
        return trial_on(ws, document, ws.kinds.named(kind), record_id, event, When(at=at) if at else NOW)
    mine = rules_of(document)
    ruleset = compiled(with_draft(ws, document), ws.ruleset)
    try:
        met = Met(dict(facts or {}), at or ws.clock.now())
        return _tried(mine, ruleset, event or mine[0].trigger[0], met)
    finally:
        ruleset.close()


def trial_on(
    ws: Workspace,
    document: Mapping[str, Any],
    kind: Kind,
    record_id: str,
    event: str | None = None,
    when: When = LAST,
    hide: bool = False,
) -> Trial:
    """Return what the document would have decided of a record; `hide` masks personal data. Raises as `trial` does.

    At a line of the journal all is as rules met it then; Invalid for a line that is no such event of the record.
    """
    mine = rules_of(document)
    names = _names(mine, event)
    if when == LAST and (newest := events_of(ws, kind, record_id, names, most=1)):
        when = When(seq=newest[0].seq)
    ruleset = compiled(with_draft(ws, document), ws.ruleset)
    try:
        event = event or mine[0].trigger[0]
        if when.seq is not None:
            line = event_line(ws, kind, record_id, names, when.seq)
            event, met = line.kind, met_at_line(ws, kind, record_id, line, ruleset)
        elif when.at is not None and when.at < ws.clock.now():
            met = met_at(ws, kind, record_id, event, when.at, ruleset)
        else:
            met = met_now(ws, kind, record_id, event)
        if hide:
            met = replace(met, facts=masked_facts(ws.kinds, met.facts))
        # What a rule would write of it is as masked as what it writes.
        return _tried(mine, ruleset, event, met, partial(_told, ws, ruleset))
    finally:
        ruleset.close()


def moments_for(
    ws: Workspace, actor: Actor, document: Mapping[str, Any], record_id: str, event: str | None = None
) -> list[Moment]:
    """Return the newest moments at which the document's events came to a record. Raises as `trial_for` does."""
    names = _names(rules_of(document), event)
    here, _ = _record_tried(ws, actor, names[0], record_id)
    return moments_of(ws, actor, here, record_id, names)


def _names(mine: tuple[Rule, ...], event: str | None) -> tuple[str, ...]:
    return (event,) if event else mine[0].trigger


def _tried(
    mine: tuple[Rule, ...],
    ruleset: Ruleset,
    event: str,
    met: Met,
    told: Callable[[Outcome], Outcome] = lambda outcome: outcome,
) -> Trial:
    outcome = told(ruleset.evaluate(event, met.facts, met.at))
    names = ids_of(mine)
    made = tuple({one.action: one.args} for one in outcome.decisions if one.rule_id in names)
    fired = any(one.rule_id in names for one in outcome.firings)
    explained = _explained(mine, met.facts, met.at, outcome)
    return Trial(event, met.at, met.facts, outcome, fired, made, explained, met.seq, met.gaps)


def kind_tried(ws: Workspace, event: str) -> Kind:
    """Return the kind of the records that an event can be tried on: what rules mean on it. Raises Invalid."""
    here = ws.kinds.named(event.partition(".")[0])
    if not here.ruled:
        raise Invalid([Problem("event", Text(f"没有事件「{event}」", f"there is no event {event!r}"))])
    return ws.kinds[here.acts_on or here.name]


def records_tried(ws: Workspace, actor: Actor, event: str) -> Query:
    """Return the records that an actor may try an event on, as a query to narrow further."""
    return visible(ws.kinds, actor, kind_tried(ws, event).name)


def trial_for(
    ws: Workspace,
    actor: Actor,
    document: Mapping[str, Any],
    record_id: str,
    event: str | None = None,
    when: When = LAST,
) -> Trial:
    """Try a document on a record as an actor may see it: personal data that they see masked is tried masked.

    Raises what `trial_on` raises, and NotFound for a record that the actor may not see.
    """
    here, query = _record_tried(ws, actor, _names(rules_of(document), event)[0], record_id)
    # Not `whole_ids`: a lead masks nothing of its own, but its contact's name is among the facts.
    whole = query.where(whole_rows(ws.kinds, actor, here.name)).exists()
    return trial_on(ws, document, here, record_id, event, when, hide=not whole)


def _record_tried(ws: Workspace, actor: Actor, event: str, record_id: str) -> tuple[Kind, Query]:
    here, query = kind_tried(ws, event), records_tried(ws, actor, event)
    query = query.where(query.model.id == record_id)
    if not query.exists():
        title = here.title
        raise NotFound(
            f"没有这条{title.zh}，或者它归别的团队。", f"no such {title.en.lower()}, or it is another team's"
        )
    return here, query


def _told(ws: Workspace, ruleset: Ruleset, outcome: Outcome) -> Outcome:
    fired = {one.rule_id: one for one in outcome.firings}
    decisions = (
        one._replace(args=told_args(ws.configuration.telling, ruleset, fired[one.rule_id], one))
        for one in outcome.decisions
    )
    return outcome._replace(decisions=tuple(decisions))


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

    Personal data is masked: a test case travels with the rule, to places the person never agreed to.
    """
    version = version_of(version_id)
    facts = masked_facts(ws.kinds, tried.facts)
    found: dict[str, Any] = {"fires": tried.fired}
    if tried.fired:
        found["decisions"] = [plain_facts(one) for one in tried.decisions]
    case = {
        "title": dict(title) if isinstance(title, Mapping) else {"zh": title, "en": title},
        "event": tried.event,
        "at": tried.at.astimezone(ws.settings.zone).isoformat(timespec="seconds"),
        "facts": plain_facts({k: v for k, v in facts.items() if v not in (None, HIDDEN)}),
        "expect": dict(expect) if expect is not None else found,
    }
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
    mine: tuple[Rule, ...], facts: Mapping[str, Any], now: datetime, outcome: Outcome
) -> dict[str, Explanation]:
    derived: dict[str, Any] = {}
    for firing in outcome.firings:
        for name, value in firing.derived.items():
            derived.setdefault(name, value)
    return {rule.id: explain(rule, facts, now, derived) for rule in mine}


__all__ = [
    *("LAST", "NOW", "Trial", "When", "keep_as_test", "kind_tried", "moments_for", "plain_facts", "records_tried"),
    *("trial", "trial_for", "trial_on"),
]
