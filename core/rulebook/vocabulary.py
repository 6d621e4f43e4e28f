"""What the rules of one workspace may speak of, with the names on offer: teams, people, values seen in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from peewee import fn

from ...rules.language.vocabulary import FieldType, Title, Vocabulary
from ..configuration.configuration import Configuration
from ..kinds import Lead, Team, User
from ..storage.queries import tuples
from ..workspace import Workspace

_LOOKED_AT = 2_000
_MOST = 100
_FRESH_FOR = timedelta(minutes=1)
_kept: WeakKeyDictionary[Configuration, tuple[object, datetime, Vocabulary]] = WeakKeyDictionary()


def vocabulary_of(ws: Workspace) -> Vocabulary:
    """Return what the workspace's rules may speak of.

    Kept until the configuration or the people change; the industries and regions on offer, which
    come from the newest leads, are at most a minute old.
    """
    now, configuration = ws.clock.now(), ws.configuration
    stamp = (_stamp(Team), _stamp(User))
    kept = _kept.get(configuration)
    if kept is None or kept[0] != stamp or abs(now - kept[1]) >= _FRESH_FOR:
        kept = _kept[configuration] = (stamp, now, _built(ws))
    return kept[2]


def _stamp(model: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = model.select(fn.COUNT(model.id), fn.SUM(model.revision), fn.MAX(model.id)).tuples().first()
    return found


def _built(ws: Workspace) -> Vocabulary:
    known = ws.configuration.vocabulary
    fields, actions = dict(known.fields), dict(known.actions)

    def offer(name: str, values: Iterable[str], labels: Mapping[str, Title] | None = None) -> None:
        fields[name] = replace(fields[name], suggestions=tuple(values), labels=labels or fields[name].labels)

    def offer_arg(action: str, name: str, **what: Any) -> None:
        args = actions[action].args
        actions[action] = replace(actions[action], args={**args, name: replace(args[name], **what)})

    industries, regions = _seen()
    for name in ("lead.industry", "customer.industry"):
        offer(name, industries)
    for name in ("lead.region", "customer.region"):
        offer(name, regions)
    teams = [row.name for row in Team.select(Team.name).where(Team.retired_at.is_null()).order_by(Team.name)]
    people = list(User.select(User.id, User.name, User.email).where(User.active).order_by(User.name, User.id))
    names = Counter(one.name for one in people)
    offer("lead.team", teams)
    offer("owner.team", teams)
    for kind in ws.kinds.ruled:
        if kind.owner == "owner_id" and f"{kind.name}.owner_id" in fields:
            offer(f"{kind.name}.owner_id", [one.id for one in people], {one.id: (one.name, one.name) for one in people})
    offer("owner.name", names)
    offer("owner.manager", names)
    offer_arg("assign", "team", suggestions=tuple(teams), known=tuple(teams))
    # Two people of one name can only be told apart by their address.
    called = tuple(p.name if names[p.name] == 1 else p.email for p in people)
    offer_arg("assign", "user", suggestions=called, known=(*names, *(p.email for p in people)))
    offer_arg("set_field", "field", suggestions=_settable(ws, fields))
    return replace(known, fields=fields, actions=actions)


def _settable(ws: Workspace, fields: Mapping[str, FieldType]) -> tuple[str, ...]:
    """Return the facts that stand for fields people fill in: those that rules are offered to set."""
    names = (
        f"{kind.name}.extra.{field.name}" if field.extra and not kind.data else f"{kind.name}.{field.name}"
        for kind in ws.kinds.ruled
        for field in kind.fields
        if field.form and kind.acts_on == ""
    )
    return tuple(name for name in names if name in fields)


def _seen() -> tuple[list[str], list[str]]:
    """Return the industries and regions of the newest leads, the most frequent first."""
    newest = Lead.select(Lead.industry, Lead.region).order_by(Lead.id.desc()).limit(_LOOKED_AT)
    industries: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    for industry, region in tuples(newest):
        industries[industry] += bool(industry)
        regions[region] += bool(region)
    return (
        [name for name, n in industries.most_common(_MOST) if n],
        [name for name, n in regions.most_common(_MOST) if n],
    )
