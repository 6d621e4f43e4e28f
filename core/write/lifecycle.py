"""What a write becomes: values checked and typed, completed by the kind's lifecycle, and what follows from them.

Used by the door's transaction and by simulated ones alike; nothing here writes.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ..configuration.configuration import Configuration
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..journal.origin import Origin
from ..kinds.locking import unlocked
from ..schema.kind import Calendar, Consequence, Kind, LifecycleContext, Store, Values


def context_of(
    configuration: Configuration,
    kind: str,
    origin: Origin,
    now: datetime,
    store: Store,
    calendar: Calendar | None = None,
) -> LifecycleContext:
    """Return the context of one write; `calendar` is another one than that in force, if given."""
    return LifecycleContext(
        kind,
        origin.actor,
        origin.channel,
        now,
        store,
        configuration.kinds,
        configuration.processes,
        calendar or configuration.calendar,
    )


def check_names(names: Iterable[str], known: Collection[str]) -> None:
    """Raise Invalid for names that are not `known`, with the nearest that is."""
    problems = []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name[:80], known, 1)
            problems.append(
                Problem(
                    name,
                    Text(
                        f"没有字段「{name}」" + (f"，是不是「{near[0]}」？" if near else ""),
                        f"no field {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
                    ),
                )
            )
    if problems:
        raise Invalid(problems)


def shaped(configuration: Configuration, kind: Kind, values: Mapping[str, Any], *, whole: bool) -> Values:
    """Return raw values typed, under the names of the record's columns, added fields in `extra`.

    Raises Invalid with every problem; `whole` demands the required fields.
    """
    own = {name: value for name, value in values.items() if name != "extra"}
    own.update(values.get("extra") or {})
    # A column is no added field: what checks a column by its name is not passed by hiding it in `extra`.
    check_names(values.get("extra") or {}, kind.added)
    check_names(own, kind.names)
    clean = configuration.validator.read(kind.name, own, whole=whole)
    found = {name: value for name, value in clean.items() if name in kind.columns}
    extra = {name: plain(value) for name, value in clean.items() if name in kind.added}
    if extra:
        found["extra"] = extra
    columns = kind.model._meta.combined
    for name, value in found.items():
        if value is None and not columns[name].null:
            default = columns[name].default
            found[name] = default() if callable(default) else default
    return found


def completed(kind: Kind, given: Values, context: LifecycleContext) -> Values:
    """Return the values of a new record: those given, with the kind's defaults. Raises what the lifecycle raises."""
    found = {**given, **kind.lifecycle.defaults(given, context)}
    columns = kind.model._meta.combined
    # The column's own default stands for "not given".
    return {
        name: value for name, value in found.items() if value is not None or name not in columns or columns[name].null
    }


def changed(kind: Kind, record: Any, given: Values, context: LifecycleContext) -> tuple[Values, Values]:
    """Return what really changes of a record, before and after, with what changes along.

    Raises Invalid or Forbidden if the kind's lifecycle refuses it.
    """
    if "extra" in given:
        given = {**given, "extra": {**(record.extra or {}), **given["extra"]}}
    if kind.lockable and given.get("locked") is False:
        given = {**given, **unlocked()}
    given = {**given, **kind.lifecycle.derive_changes(record, given, context)}
    before = {name: getattr(record, name) for name in given}
    after = {name: value for name, value in given.items() if value != before[name]}
    return {name: before[name] for name in after}, after


def consequences(kind: Kind, record: Any, after: Values | None, context: LifecycleContext) -> list[Consequence]:
    """Return what follows from a record made (`after` None) or changed to `after`."""
    return list(kind.lifecycle.follow_ups(record, after, context))
