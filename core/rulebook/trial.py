"""Trying a rule: what all rules would decide, the draft in place, on a real record or made-up facts. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from peewee import fn

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
from ..facts.facts import facts_of_line
from ..journal.lines import plain
from ..journal.origin import Actor, Origin
from ..kinds import RuleVersion
from ..replay.history import EvaluationPoint, historical_state
from ..schema.kind import Kind
from ..storage.queries import Query
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from ..write.transaction import values_of
from .checks import with_draft
from .documents import ids_of, rules_of
from .versions import save_draft, version_of


@dataclass(frozen=True)
class Trial:
    """What a trial found: `fired` says whether the document's rules fire, `decisions` what they decide.

    `outcome` is that of all rules together, `explanations` one `Explanation` a rule of the
    document, `facts` what they saw at `at`.
    """

    event: str
    at: datetime
    facts: Mapping[str, Any]
    outcome: Outcome
    fired: bool
    decisions: tuple[Mapping[str, Any], ...]
    explanations: Mapping[str, Explanation]

    @property
    def explanation(self) -> Explanation:
        """The explanation of the document's first rule."""
        return next(iter(self.explanations.values()))


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

    Give the id of a record of a kind (with its `facts`, if they are read already), or made-up `facts`. Raises RuleError for a document that can't be
    read, NotFound for a record that is not there (or was not, at that moment).
    """
    mine = rules_of(document)
    event = event or mine[0].trigger[0]
    now = at or ws.clock.now()
    seen = dict(facts) if facts is not None else facts_for(ws, str(record_id), event, at, kind)
    ruleset = compiled(with_draft(ws, document), ws.ruleset)
    try:
        outcome = ruleset.evaluate(event, seen, now)
        if record_id is not None:  # What a rule would write of it is as masked as what it writes.
            outcome = _told(ws, ruleset, outcome)
    finally:
        ruleset.close()
    names = ids_of(mine)
    made = tuple({one.action: one.args} for one in outcome.decisions if one.rule_id in names)
    fired = any(one.rule_id in names for one in outcome.firings)
    return Trial(event, now, seen, outcome, fired, made, _explained(mine, seen, now, outcome))


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
    at: datetime | None = None,
) -> Trial:
    """Try a document on a record as an actor may see it: personal data that they see masked is tried masked.

    Raises what `trial` raises, and NotFound for a record that the actor may not see.
    """
    event = event or rules_of(document)[0].trigger[0]
    here, query = kind_tried(ws, event), records_tried(ws, actor, event)
    if not query.where(query.model.id == record_id).exists():
        title = here.title
        raise NotFound(
            f"没有这条{title.zh}，或者它归别的团队。", f"no such {title.en.lower()}, or it is another team's"
        )
    facts = facts_for(ws, record_id, event, at, here.name)
    # Not `whole_ids`: a lead masks nothing of its own, but its contact's name is among the facts.
    if not query.where((query.model.id == record_id) & whole_rows(ws.kinds, actor, here.name)).exists():
        facts = masked_facts(ws.kinds, facts)
    return trial(ws, document, record_id, event, at, facts)


def _told(ws: Workspace, ruleset: Ruleset, outcome: Outcome) -> Outcome:
    fired = {one.rule_id: one for one in outcome.firings}
    decisions = (one._replace(args=told_args(ws.kinds, ruleset, fired[one.rule_id], one)) for one in outcome.decisions)
    return outcome._replace(decisions=tuple(decisions))


def facts_for(
    ws: Workspace, record_id: str, event: str, at: datetime | None = None, kind: str = "lead"
) -> dict[str, Any]:
    """Return the facts that `event` would bring of a record: now, or as it stood at a past moment."""
    here = ws.kinds.named(kind)
    record = by_id(here.model, record_id)
    if record is None:
        raise NotFound(f"没有这条{here.title.zh}。", f"no {kind} {record_id}")
    if at is not None and at < ws.clock.now():
        return _facts_then(ws, here, record, event, at)
    line = line_for(ws, kind, record, event)
    found = facts_of_line(ws.setting, line, ws.clock.now())
    return {name: found.get(name) for name in found}


def _facts_then(ws: Workspace, here: Kind, record: Any, event: str, at: datetime) -> dict[str, Any]:
    """Return the facts as the journal tells them of a past moment."""
    upto = JournalLine.select(fn.MAX(JournalLine.seq)).where(JournalLine.at <= at).scalar() or 0
    line = line_for(ws, here.name, record, event, at)
    if line.seq is None:
        line = JournalLine(**{**line.__data__, "seq": upto, "at": at})
    known = ws.configuration.vocabulary
    names = [*known.fields, *known.collections]
    state = historical_state(ws.configuration, EvaluationPoint(line, at, upto, "unheard"), names)
    if state.store.get(here.name, record.id) is None:
        moment = at.astimezone(ws.settings.zone).strftime("%Y-%m-%d %H:%M")
        raise NotFound(f"{moment} 还没有这条{here.title.zh}。", f"there was no {here.name} {record.id} at {moment}")
    return {name: value for name, value in state.facts(names).items() if value is not None}


def line_for(ws: Workspace, kind: str, record: Any, event: str, at: datetime | None = None) -> JournalLine:
    """Return the line that an event of this kind would be: the newest there was, or one made up and not kept.

    With `at`, the newest there was by then. An event of another kind is that of the newest record of it that
    belongs to this one, or this one's own where there is none.
    """
    of = event.partition(".")[0]
    if of != kind and (belonging := _belonging(ws, of, kind, record, at)) is not None:
        kind, record = of, belonging
    lines = JournalLine.select().where(
        (JournalLine.record_kind == kind) & (JournalLine.record_id == record.id) & (JournalLine.kind == event)
    )
    if at is not None:
        lines = lines.where(JournalLine.at <= at)
    last: JournalLine | None = lines.order_by(JournalLine.seq.desc()).first()
    if last is not None:
        return last
    after: dict[str, Any] = {}
    if event == f"{kind}.created":
        after = plain(values_of(ws.kinds[kind], record))
    elif event == f"{kind}.stage_changed":
        after = {"stage": record.stage}
    return JournalLine(
        kind=event, record_kind=kind, record_id=record.id, channel="console", actor_kind="user", before={}, after=after
    )


def _belonging(ws: Workspace, of: str, kind: str, record: Any, at: datetime | None) -> Any:
    """Return the newest record of the kind `of` that belongs to this one."""
    here = ws.kinds.get(of)
    reference = next((field.name for field in here.parents if field.to == kind), None) if here is not None else None
    if here is None or reference is None:
        return None
    query = here.model.select().where(getattr(here.model, reference) == record.id)
    if at is not None:
        query = query.where(here.model.created_at <= at)
    return query.order_by(here.model.id.desc()).first()


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
    *("Trial", "facts_for", "keep_as_test", "kind_tried", "line_for", "moment_of", "plain_facts", "records_tried"),
    *("trial", "trial_for"),
]
