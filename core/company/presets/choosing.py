"""Choosing a size: what it would do to the rules in force, and doing it, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....hooks.text import Text
from ....rules.packs.reading import Pack
from ...access.policy import require
from ...errors import Invalid, Problem
from ...journal.origin import Origin
from ...kinds import Company, RuleRecord
from ...rulebook.documents import same
from ...storage.turns import PUBLISHING, one_at_a_time
from ...timeline.rule_versions import title_of
from ...workspace import Workspace
from ...write.transaction import Transaction
from ..portable.reading import Folder
from ..portable.rules import put_in_force
from .preset import Preset, bundled, presets


@dataclass(frozen=True)
class Step:
    """What a size does to one rule: `act` is new, changed, on, off or back (from retirement).

    `own` says that the company changed, switched or retired this rule itself: it stays as it is unless asked for.
    `title` is what it is called then, `was` what it is called now.
    """

    code: str
    title: Text
    was: Text
    act: str
    own: bool


def plan(size: str, current: str) -> list[Step]:
    """Return what a size would do to the rules, where it would do anything; `current` is the size in force, if any."""
    preset, rows = preset_named(size), {row.code: row for row in RuleRecord.select()}
    return list(_steps(preset, presets().get(current), rows))


def preset_named(size: str) -> Preset:
    """Return a preset. Raises Invalid for a size that there is not."""
    if size not in presets():
        known = "、".join(one.title.zh for one in presets().values())
        raise Invalid([Problem("size", Text(f"请选择规模：{known}", f"choose a size: {', '.join(presets())}"))])
    return presets()[size]


def choose(ws: Workspace, size: str, origin: Origin, also: Collection[str] = ()) -> list[Step]:
    """Put the rules of a size in force and return what was done; `also` are rules of the company's own to overwrite.

    Rules that the company changed itself stay as they are unless named there. Raises Invalid for a size that there is
    not, Forbidden without the permission `company`.
    """
    with ws.door.transaction(origin) as tx:
        return choose_within(tx, size, also)


def choose_within(tx: Transaction, size: str, also: Collection[str] = ()) -> list[Step]:
    """`choose` within `tx`."""
    require(tx.origin.actor, "company")
    preset = preset_named(size)
    one_at_a_time(PUBLISHING)
    present = Company.get_or_none()
    steps = plan(size, present.size if present is not None else "")
    done = [step for step in steps if not step.own or step.code in also]
    left = {step.code for step in steps} - {step.code for step in done}
    packs = [_without(pack, left) for pack in preset.packs]
    counts = Counter[str](), Counter[str](), Counter[str]()
    whole = Folder(packs=[one for one in packs if one.documents], off=tuple(preset.off))
    put_in_force(tx, whole, *counts)
    if present is None:
        tx.create("company", {"size": size})
    elif present.size != size:
        tx.change("company", present.id, {"size": size})
    return done


# ---- Inside


def _steps(preset: Preset, last: Preset | None, rows: Mapping[str, RuleRecord]) -> Iterator[Step]:
    for code, document in preset.documents.items():
        row, title, on = rows.get(code), title_of(document), code not in preset.off
        if row is None:
            yield Step(code, title, title, "new" if on else "off", own=False)
            continue
        act = _act(row, document, on)
        if act:
            yield Step(code, title, title_of(row.document), act, own=_is_own(row, last))


def _act(row: RuleRecord, document: Mapping[str, Any], on: bool) -> str:
    if row.retired_at is not None:
        return "back"
    if row.enabled is not on:
        return "on" if on else "off"
    return "" if same(row.document, document) else "changed"


def _is_own(row: RuleRecord, last: Preset | None) -> bool:
    """Say whether a rule is not as Clew or a size made it: by what it says, whoever published it."""
    if row.retired_at is not None:
        return True
    made = [bundled().get(row.code), *(one.documents.get(row.code) for one in presets().values())]
    known = any(document is not None and same(row.document, document) for document in made)
    on = last is None or row.code not in last.off
    return not known or row.enabled is not on


def _without(pack: Pack, codes: Collection[str]) -> Pack:
    documents = tuple(document for document in pack.documents if document["id"] not in codes)
    return Pack(pack.id, pack.title, pack.rules, documents)
