"""What the rules of one workspace may speak of, with the names on offer: teams, people, values seen in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from peewee import fn

from ...rules.language.vocabulary import ArgSpec, FieldType, Title, Vocabulary
from ..configuration.configuration import Configuration
from ..kinds import Lead, PauseReason, Team, User
from ..roles import book
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
    people = stamp()
    kept = _kept.get(configuration)
    if kept is None or kept[0] != people or abs(now - kept[1]) >= _FRESH_FOR:
        kept = _kept[configuration] = (people, now, _built(ws))
    return kept[2]


def stamp() -> tuple[Any, ...]:
    """Return what changes with the teams and people there are."""
    return _stamp(Team), _stamp(User)


def _stamp(model: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = model.select(fn.COUNT(model.id), fn.SUM(model.revision), fn.MAX(model.id)).tuples().first()
    return found


def _built(ws: Workspace) -> Vocabulary:
    known = ws.configuration.vocabulary
    fields, actions = dict(known.fields), dict(known.actions)

    def offer(name: str, values: Iterable[str]) -> None:
        fields[name] = replace(fields[name], suggestions=tuple(values))

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
    # Two people of one name are told apart by their address.
    mine = {p.id: p.name if names[p.name] == 1 else f"{p.name} <{p.email}>" for p in people}
    there = _There(
        {"team": tuple(teams), "user": tuple(names)},
        {"user": {id: (name, name) for id, name in mine.items()}, "team": {}},
    )
    fields = {name: there.offered(name, one) for name, one in fields.items()}
    offer_arg("assign", "team", suggestions=tuple(teams), known=tuple(teams))
    # Two people of one name can only be told apart by their address.
    called = tuple(p.name if names[p.name] == 1 else p.email for p in people)
    shared = {name: tuple(p.email for p in people if p.name == name) for name, count in names.items() if count > 1}
    offer_arg("assign", "user", suggestions=called, known=(*called, *(p.email for p in people)), shared=shared)
    reasons = {one.name: (one.title_zh, one.title_en) for one in PauseReason.select().where(PauseReason.active)}
    offer_arg("pause_deadline", "reason", options=tuple(reasons), labels=reasons, known=tuple(reasons))
    offer_arg("award", "badge", known=actions["award"].args["badge"].options)
    settable = _settable(ws, fields)
    offer_arg("set_field", "field", suggestions=settable, labels=_called(ws, fields, settable))
    for name, spec in known.actions.items():
        for arg, one in spec.args.items():
            if one.names == "people":
                offer_arg(name, arg, **_roles(one))
    collections = {
        name: replace(one, fields={field: there.offered(field, kind) for field, kind in one.fields.items()})
        for name, one in known.collections.items()
    }
    # What is not declared is no field: a typing mistake, or one that was taken away.
    # A plugin that is on may start deadlines, of any name.
    timer = replace(known.timer, others=bool(ws.plugins.enabled)) if known.timer is not None else None
    return replace(known, fields=fields, actions=actions, collections=collections, open_prefixes=(), timer=timer)


def _roles(arg: ArgSpec) -> dict[str, Any]:
    """Return what an argument for people takes: those it knows by itself, and the roles in force."""
    fixed = tuple(one for one in arg.options if one not in arg.suggestions)
    titles = book().titles
    words = {f"role:{name}": (f"全体{one.zh}", f"All: {one.en}") for name, one in titles.items()}
    labels = {**words, **{name: one for name, one in arg.labels.items() if name in words or name in fixed}}
    return {"options": (*fixed, *words), "suggestions": tuple(words), "prefixes": (), "labels": labels}


@dataclass(frozen=True)
class _There:
    """The names that there are: by kind those that texts may be, and the ids of those that have one, in words."""

    names: Mapping[str, tuple[str, ...]]
    ids: Mapping[str, Mapping[str, Title]]

    def offered(self, name: str, known: FieldType) -> FieldType:
        """Return the type of a fact with the names it may be compared with, if it is a name of something."""
        if known.names not in self.names:
            return known
        if not name.endswith("_id"):
            here = self.names[known.names]
            return replace(known, suggestions=here, known=here)
        ids = self.ids[known.names]
        return replace(known, suggestions=tuple(ids), labels=ids, known=tuple(ids)) if ids else known


def _settable(ws: Workspace, fields: Mapping[str, FieldType]) -> tuple[str, ...]:
    """Return the facts that stand for fields people fill in: those that rules are offered to set."""
    names = (
        f"{kind.name}.extra.{field.name}" if field.extra and not kind.data else f"{kind.name}.{field.name}"
        for kind in ws.kinds.ruled
        for field in kind.fields
        if field.form and kind.acts_on == ""
    )
    return tuple(name for name in names if name in fields)


def _called(ws: Workspace, fields: Mapping[str, FieldType], names: Iterable[str]) -> dict[str, Title]:
    """Return what facts are called, with the kind of record they are of: 线索 · 预算."""
    found: dict[str, Title] = {}
    for name in names:
        kind, (zh, en) = ws.kinds[name.partition(".")[0]].title, fields[name].title
        found[name] = (f"{kind.zh} · {zh or en}", f"{kind.en} · {en or zh}")
    return found


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
