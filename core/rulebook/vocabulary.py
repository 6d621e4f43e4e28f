"""What the rules of one workspace may speak of: fixed facts, added fields, plugins' actions, and values seen in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from peewee import fn

from ... import rules
from ...hooks.text import Text
from ...rules.language.vocabulary import FieldKind, Title
from ..metrics import METRICS
from ..models import Lead, Team, User
from ..process.process import ProcessBook
from ..schema.fields import Field, FieldRegistry

if TYPE_CHECKING:
    from ..workspace import Workspace

_KINDS: Mapping[str, FieldKind] = {
    **dict.fromkeys(("number", "money"), "number"),
    **dict.fromkeys(("date", "moment"), "datetime"),
    "boolean": "bool",
    "choices": "list",
}
_YUAN: Title = ("元", "yuan")
_LOOKED_AT = 2_000
_MOST = 100
_FRESH_FOR = timedelta(minutes=1)


def vocabulary_of(ws: Workspace) -> rules.Vocabulary:
    """Return what the workspace's rules may speak of.

    Kept until the configuration or the people change; the industries and regions on offer, which
    come from the newest leads, are at most a minute old.
    """
    now = ws.clock.now()
    stamp = (ws.versions, _stamp(Team), _stamp(User))
    if ws.vocabulary is None or ws.vocabulary[0] != stamp or abs(now - ws.vocabulary[1]) >= _FRESH_FOR:
        ws.vocabulary = (stamp, now, _built(ws))
    return ws.vocabulary[2]


def fact_fields(registry: FieldRegistry) -> dict[str, rules.FieldType]:
    """Return the fields that a trade or ops added to leads, as facts `lead.extra.<name>`."""
    return {f"lead.extra.{one.name}": _as_fact(one) for one in registry.of("lead") if one.extra}


def _stamp(model: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = model.select(fn.COUNT(model.id), fn.SUM(model.revision), fn.MAX(model.id)).tuples().first()
    return found


def _built(ws: Workspace) -> rules.Vocabulary:
    known, registry = rules.default_vocabulary(), ws.door.fields
    fields = {**known.fields, **fact_fields(registry)}
    actions = {**known.actions, **ws.plugins.actions()}
    collections = dict(known.collections)

    def offer(name: str, values: Iterable[str], labels: Mapping[str, Title] | None = None) -> None:
        fields[name] = replace(fields[name], suggestions=tuple(values), labels=labels or fields[name].labels)

    def offer_arg(action: str, name: str, **what: Any) -> None:
        args = actions[action].args
        actions[action] = replace(actions[action], args={**args, name: replace(args[name], **what)})

    _name_stages(ws.door.processes, fields, actions, collections)
    source = registry.get("lead", "source")
    if source is not None:
        fields["lead.source"] = replace(fields["lead.source"], options=_values(source), labels=_labels(source))
    pains = registry.get("lead", "pain_points")
    if pains is not None:
        offer("lead.pain_points", _values(pains), _labels(pains))

    industries, regions = _seen()
    for name in ("lead.industry", "customer.industry"):
        offer(name, industries)
    for name in ("lead.region", "customer.region"):
        offer(name, regions)

    teams = [row.name for row in Team.select(Team.name).order_by(Team.name)]
    people = list(User.select(User.id, User.name, User.email).where(User.active).order_by(User.name, User.id))
    names = Counter(one.name for one in people)
    offer("lead.team", teams)
    offer("owner.team", teams)
    offer("lead.owner_id", [one.id for one in people], {one.id: (one.name, one.name) for one in people})
    offer("owner.name", names)
    offer("owner.manager", names)
    offer_arg("assign", "team", suggestions=tuple(teams))
    # Two people of one name can only be told apart by their address.
    offer_arg("assign", "user", suggestions=tuple(p.name if names[p.name] == 1 else p.email for p in people))
    offer_arg(
        "suspend_metric",
        "metric",
        options=tuple(METRICS),
        labels={name: _pair(metric.title) for name, metric in METRICS.items()},
    )
    writable = tuple(f"lead.extra.{f.name}" if f.extra else f"lead.{f.name}" for f in registry.of("lead") if f.form)
    offer_arg("set_field", "field", suggestions=tuple(name for name in writable if name in fields))
    return replace(known, fields=fields, actions=actions, collections=collections)


def _name_stages(
    processes: ProcessBook,
    fields: dict[str, rules.FieldType],
    actions: dict[str, rules.ActionSpec],
    collections: dict[str, rules.CollectionType],
) -> None:
    """Let rules name every stage of every process in force."""
    labels: dict[str, Title] = {}
    for process in processes.all():
        for stage in process.stages:
            labels.setdefault(stage.name, _pair(stage.title))
    for name in ("lead.stage", "event.from_stage", "event.to_stage"):
        fields[name] = replace(fields[name], options=tuple(labels), labels=labels)
    rows = collections["leads"]
    stage_of_row = replace(rows.fields["stage"], options=tuple(labels), labels=labels)
    collections["leads"] = replace(rows, fields={**rows.fields, "stage": stage_of_row})
    move = actions["move_stage"]
    actions["move_stage"] = replace(
        move, args={**move.args, "stage": replace(move.args["stage"], options=tuple(labels), labels=labels)}
    )


def _as_fact(field: Field) -> rules.FieldType:
    kind = _KINDS.get(field.type, "text")
    closed = field.type == "choice"
    return rules.FieldType(
        kind,
        options=_values(field) if closed else (),
        title=_pair(field.label),
        labels=_labels(field),
        suggestions=() if closed else _values(field),
        unit=_YUAN if field.type == "money" else ("", ""),
    )


def _values(field: Field) -> tuple[str, ...]:
    return tuple(value for value, _ in field.options)


def _labels(field: Field) -> dict[str, Title]:
    return {value: _pair(words) for value, words in field.options}


def _pair(text: Text) -> Title:
    return (text.zh, text.en)


def _seen() -> tuple[list[str], list[str]]:
    """Return the industries and regions of the newest leads, the most frequent first."""
    newest = Lead.select(Lead.industry, Lead.region).order_by(Lead.id.desc()).limit(_LOOKED_AT).tuples()
    industries: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    for industry, region in newest:
        industries[industry] += bool(industry)
        regions[region] += bool(region)
    return (
        [name for name, n in industries.most_common(_MOST) if n],
        [name for name, n in regions.most_common(_MOST) if n],
    )
