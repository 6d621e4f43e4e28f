"""What a write becomes: values checked and typed, completed by the kind's lifecycle, and what follows from them.

Used by the door's transaction and by simulated ones alike; nothing here writes.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from ...hooks.text import Text
from ..configuration.configuration import Configuration
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..kinds.deadline_clock import follow_owner
from ..kinds.locking import unlocked
from ..schema.kind import Consequence, Kind, LifecycleContext, Typed, Values
from ..schema.validator import lacks, needed, refused_option


def check_names(names: Collection[str], known: frozenset[str] | set[str]) -> None:
    """Raise Invalid for names that are not `known`, with the nearest that is."""
    if known.issuperset(names):
        return
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
    """Return values typed, under the names of the record's columns, added fields in `extra`.

    Raises Invalid with every problem; `whole` demands the required fields.
    """
    if type(values) is Typed:
        for field in kind.required if whole else ():
            if not values.get(field.name):
                configuration.validator.demand(kind.name, values)
        return values
    own = dict(values)
    if hidden := own.pop("extra", None):
        # A column is no added field: what checks a column by its name is not passed by hiding it in `extra`.
        check_names(hidden, kind.added)
        own.update(hidden)
    check_names(own, kind.names)
    found = configuration.validator.read(kind.name, own, whole=whole)
    if extra := [name for name in found if name in kind.added]:
        found["extra"] = {name: plain(found.pop(name)) for name in extra}
    for name in kind.never_null:
        if name in found and found[name] is None:
            default = kind.column_defaults[name]
            found[name] = default() if callable(default) else default
    return found


def completed(kind: Kind, given: Values, context: LifecycleContext) -> Values:
    """Return the values of a new record: those given, with the kind's defaults. Raises what the lifecycle raises."""
    found = dict(given)
    for name, value in kind.lifecycle.defaults(given, context).items():
        if value is None and name in kind.never_null:  # The column's own default stands for "not given".
            found.pop(name, None)
        else:
            found[name] = value
    return found


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
    if after and not context.relocating and (kind.retiring or kind.conditional):
        _check_options(kind, record, after)
    return {name: before[name] for name in after}, after


def _check_options(kind: Kind, record: Any, after: Values) -> None:
    """Raise Invalid for a retired option that is chosen anew, and for a field that the change makes needed."""
    was = (
        {**(record.extra or {}), **{name: getattr(record, name) for name in after}}
        if kind.added
        else dict(record.__data__)
    )
    flat = {**after.get("extra", {}), **after}
    for field in kind.retiring:
        if field.name in flat and (problem := refused_option(field, flat[field.name], was.get(field.name))):
            raise Invalid([problem])
    held = {one.name: getattr(record, one.name, None) for one in kind.fields if not one.extra}
    held |= {**(record.extra or {} if kind.added else {}), **flat}
    touched = {name for name, value in flat.items() if name != "extra" and value != was.get(name)}
    problems = [
        needed(one)
        for one in kind.conditional
        if one.needed_when and touched & {one.name, one.needed_when[0]} and lacks(one, held)
    ]
    if problems:
        raise Invalid(problems)


def consequences(kind: Kind, record: Any, after: Values | None, context: LifecycleContext) -> list[Consequence]:
    """Return what follows from a record made (`after` None) or changed to `after`."""
    return [*kind.lifecycle.follow_ups(record, after, context), *follow_owner(kind, record, after, context)]
