"""The moments at which a rule's event came to a record, and the facts that rules met then, or would meet now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from ...hooks.text import Text, n_of
from ...rules.engine.ruleset import Ruleset
from ...rules.language.conditions import leaves
from ...rules.language.documents import Rule
from ...rules.language.templates import fact_names
from ..errors import NotFound
from ..facts.facts import facts_of_line
from ..journal.lines import plain
from ..journal.origin import Actor
from ..replay.history import COUNTS_LEADS, EvaluationPoint, evaluation_point, historical_state
from ..schema.kind import Kind
from ..storage.statements import by_id
from ..storage.system_tables import Firing, JournalLine
from ..timeline.describer import Describer
from ..timeline.rule_versions import Versions
from ..timeline.viewer import Viewer
from ..workspace import Workspace
from ..write.transaction import values_of

LISTED = 20
"""So many moments are offered, the newest."""
_MOST_CHANGES = 2
AS_OF_NOW = Text(
    "按台账还原当时的：记录本身和相关记录、团队和人员、时限、请假和工作日历。按今天的：其他规则、字段和选项的定义、时区。",
    "As the journal tells of then: the record and what belongs to it, teams and people, deadlines, leave and working "
    "calendars. As of now: the other rules, what fields and options are declared, the time zone.",
)


@dataclass(frozen=True)
class Moment:
    """An event of the past: the journal's line, its moment and kind, what happened and who did it, for one viewer."""

    seq: int
    at: datetime
    event: str
    what: Text
    who: str


@dataclass(frozen=True)
class Met:
    """What rules meet: `facts` at the moment `at`; `seq` is the line that set them off, None for an event made up.

    `gaps` names what the journal does not hold the beginning of.
    """

    facts: dict[str, Any]
    at: datetime
    seq: int | None = None
    gaps: tuple[Text, ...] = ()


def events_of(
    ws: Workspace, kind: Kind, record_id: str, names: Iterable[str], most: int | None = None
) -> list[JournalLine]:
    """Return the lines called `names` that were about a record, or about what acts on it, the newest first."""
    wanted = list(names)
    found: list[JournalLine] = []
    for condition in _about(ws, kind, record_id, wanted):
        query = JournalLine.select().where(condition & JournalLine.kind.in_(wanted))
        found.extend(query.order_by(JournalLine.seq.desc()).limit(most))
    return sorted(found, key=lambda line: -line.seq)[:most]


def moments_of(
    ws: Workspace, actor: Actor, kind: Kind, record_id: str, names: Iterable[str], most: int = LISTED
) -> list[Moment]:
    """Return the newest moments at which events of these names came to a record that the actor sees."""
    viewer = Viewer(ws, actor)
    lines = events_of(ws, kind, record_id, names, most)
    viewer.learn((line.record_kind, line.record_id) for line in lines)
    says = Describer(viewer, Versions())
    return [Moment(line.seq, line.at, line.kind, _what(says, viewer, line), _who(line)) for line in lines]


def event_line(ws: Workspace, kind: Kind, record_id: str, names: Iterable[str], seq: int) -> JournalLine:
    """Return the line `seq`, where it is one of these events of the record. Raises NotFound."""
    wanted = list(names)
    for condition in _about(ws, kind, record_id, wanted):
        query = JournalLine.select().where(condition & JournalLine.kind.in_(wanted) & (JournalLine.seq == seq))
        line: JournalLine | None = query.first() if 0 < seq < 2**63 else None
        if line is not None:
            return line
    raise NotFound(
        f"台账第 {seq} 行不是这条{kind.title.zh}上触发这条规则的事。",
        f"line {seq} of the journal is no event of this {kind.title.en.lower()} that the rule listens to",
    )


def reads_of(rule: Rule) -> set[str]:
    """Return the facts and collections that a rule's conditions read."""
    found = {item.of for item in rule.match}
    own = {item.alias for item in rule.match} | {"derived"}
    for condition in (rule.when, *(item.where for item in rule.match)):
        for leaf in leaves(condition):
            found |= {name for name in leaf.names if name.partition(".")[0] not in own}
    return found


def met_now(ws: Workspace, kind: Kind, record_id: str, event: str) -> Met:
    """Return what rules would meet if the event came to the record now. Raises NotFound."""
    line = line_for(ws, kind.name, _record(kind, record_id), event)
    found = facts_of_line(ws.setting, line, ws.clock.now())
    return Met({name: found.get(name) for name in found}, ws.clock.now())


def met_at(ws: Workspace, kind: Kind, record_id: str, event: str, at: datetime, ruleset: Ruleset) -> Met:
    """Return what rules would have met if the event had come at a past moment. Raises NotFound."""
    upto = JournalLine.select(fn.MAX(JournalLine.seq)).where(JournalLine.at <= at).scalar() or 0
    line = line_for(ws, kind.name, _record(kind, record_id), event, at)
    if line.seq is None:
        line = JournalLine(**{**line.__data__, "seq": upto, "at": at})
    return _met(ws, kind, record_id, EvaluationPoint(line, at, upto, "unheard"), ruleset)


def met_at_line(ws: Workspace, kind: Kind, record_id: str, line: JournalLine, ruleset: Ruleset) -> Met:
    """Return what rules met when the line set them off: as they decided, or where none did, as it was written.

    What a rule that fired saw is on record, so it is not rebuilt.
    """
    met = _met(ws, kind, record_id, evaluation_point(line.seq), ruleset)
    return Met({**met.facts, **recorded_facts(line.seq)}, met.at, line.seq, met.gaps)


def recorded_facts(seq: int) -> dict[str, Any]:
    """Return what the rules that fired on the line `seq` saw."""
    found: dict[str, Any] = {}
    for row in Firing.select(Firing.facts).where(Firing.seq == seq):
        found |= {name: value for name, value in row.facts.items() if not name.startswith("derived.")}
    return found


def gap_words(ws: Workspace, gaps: Iterable[str]) -> tuple[Text, ...]:
    """Return how many records of each kind the journal does not hold the beginning of, in words."""
    found = Counter(gap.partition(" ")[0] for gap in gaps)
    titles = {kind: ws.kinds[kind].title if kind in ws.kinds else Text(kind, kind) for kind in found}
    return tuple(
        Text(
            f"台账缺少 {count} 条{titles[kind].zh}的开头，它们没有算进去。",
            f"The journal lacks the beginning of {n_of(count, 'record')} ({titles[kind].en}): left out here.",
        )
        for kind, count in found.items()
    )


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


def _met(ws: Workspace, kind: Kind, record_id: str, point: EvaluationPoint, ruleset: Ruleset) -> Met:
    known = ws.configuration.vocabulary
    heard = [rule for rule in ruleset.rules if point.line.kind in rule.trigger]
    read: set[str] = set().union(*(reads_of(rule) for rule in heard))
    read |= {name for rule in heard for action in rule.then for name in fact_names(dict(action.args))}
    # How many leads others have in hand takes a look at every lead there is: only if a rule asks.
    names = [one for one in (*known.fields, *known.collections) if one not in COUNTS_LEADS or one in read]
    state = historical_state(ws.configuration, point, names)
    if state.store.get(kind.name, record_id) is None:
        moment = point.at.astimezone(ws.settings.zone).strftime("%Y-%m-%d %H:%M")
        raise NotFound(f"{moment} 还没有这条{kind.title.zh}。", f"there was no {kind.name} {record_id} at {moment}")
    facts = {name: value for name, value in state.facts(names).items() if value is not None}
    return Met(facts, point.at, gaps=gap_words(ws, state.gaps))


def _record(kind: Kind, record_id: str) -> Any:
    record = by_id(kind.model, record_id)
    if record is None:
        raise NotFound(f"没有这条{kind.title.zh}。", f"no {kind.name} {record_id}")
    return record


def _about(ws: Workspace, kind: Kind, record_id: str, names: list[str]) -> Iterator[Any]:
    """Yield a condition for each kind of record whose lines, called so, act on this record."""
    for here in ws.kinds.ruled:
        if not any(name.startswith(f"{here.name}.") for name in names):
            continue
        if here.name == kind.name:
            yield (JournalLine.record_kind == kind.name) & (JournalLine.record_id == record_id)
        elif (ids := _acting_on(here, kind, record_id)) is not None:
            yield (JournalLine.record_kind == here.name) & JournalLine.record_id.in_(ids)


def _acting_on(here: Kind, kind: Kind, record_id: str) -> list[str] | None:
    """Return the ids of the records of a kind whose events act on the record; None if no such events do."""
    model = here.model
    if "about_id" in here.columns:
        condition = model._meta.fields["about_id"] == record_id
    elif here.acts_on == kind.name:
        reference = next(field.name for field in here.parents if field.to == here.acts_on)
        condition = getattr(model, reference) == record_id
    else:
        return None
    return [one.id for one in model.select(model.id).where(condition)]


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


def _what(says: Describer, viewer: Viewer, line: JournalLine) -> Text:
    """Return what happened: the headline, and of a change the first few values."""
    whole = viewer.whole(line.record_kind, line.record_id)
    head = says.headline(line, whole)
    changes = says.changes(line, whole)[:_MOST_CHANGES]
    if not changes:
        return head
    zh = "，".join(f"{name.zh} {before.zh} → {after.zh}" for name, before, after in changes)
    en = ", ".join(f"{name.en} {before.en} → {after.en}" for name, before, after in changes)
    return Text(f"{head.zh}：{zh}", f"{head.en}: {en}")


def _who(line: JournalLine) -> str:
    return str(line.actor_name) if line.actor_kind == "user" else ""
