"""Rules between Git and the rulebook: packs written out as YAML in a stable order, and read back as drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...hooks.text import Text
from ...rules.language.dumping import dump_pack
from ...rules.packs.reading import Pack, load_pack
from ..access import policy as access
from ..errors import Conflict, Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import RulePack, RuleRecord, RuleVersion
from ..storage.queries import tuples
from ..workspace import Workspace
from .compare import Difference, compare
from .documents import problems_of, same
from .overview import open_version
from .versions import begin_draft, new_draft, save_draft


@dataclass(frozen=True)
class Incoming:
    """One document of a file beside what the rulebook has: `change` is new, changed or same, `before` what is in force."""

    code: str
    pack: str
    pack_title: Mapping[str, str]
    document: Mapping[str, Any]
    change: str
    differences: tuple[Difference, ...]
    row: RuleRecord | None = None


def export(codes: Iterable[str] | None = None) -> dict[str, str]:
    """Return the rules in force as YAML packs, by the pack's name; all of them, or those of `codes`.

    Inside a pack the order is the pack's own, new rules last by code, so that a change of one rule
    is a change of its lines alone. Raises NotFound for a code that is no rule's.
    """
    rows = {row.code: row for row in RuleRecord.select().where(RuleRecord.retired_at.is_null())}
    wanted = set(rows) if codes is None else set(codes)
    if missing := sorted(wanted - set(rows)):
        raise NotFound(f"没有生效中的规则「{missing[0]}」。", f"no rule {missing[0]!r} in force")
    packs = {row.code: row for row in RulePack.select()}
    found: dict[str, list[RuleRecord]] = {}
    for code in sorted(wanted):
        found.setdefault(rows[code].pack, []).append(rows[code])
    return {name: _pack(name, some, packs.get(name)) for name, some in sorted(found.items())}


def incoming(texts: Mapping[str, str]) -> list[Incoming]:
    """Return what each document of these YAML packs (text by file name) would change. Raises RuleError, Invalid."""
    found: dict[str, Incoming] = {}
    for source, text in texts.items():
        pack = load_pack(text, source)
        for document in pack.documents:
            code = str(document["id"])
            if code in found:
                zh, en = f"{source}：规则「{code}」在几个文件里都有", f"{source}: rule {code!r} is in several files"
                raise Invalid([Problem("", Text(zh, en))])
            found[code] = _beside(code, pack, document)
    return list(found.values())


def import_rules(ws: Workspace, given: Iterable[Incoming], origin: Origin) -> list[RuleVersion]:
    """Make a draft of every document that is new or changed; return the drafts.

    Raises Conflict, with nothing written, if somebody else works on one of these rules; Invalid for names that are
    not there.
    """
    access.require(origin.actor, "rules:edit")
    listed = list(given)
    refuse_unknown(ws, listed)
    fresh = [one for one in listed if one.change != "same"]
    for one in fresh:
        _free(one, origin)
    _keep_packs(ws, listed, origin)
    made: list[RuleVersion] = []
    for one in fresh:
        opened = open_version(one.code)
        if opened is not None:
            made.append(save_draft(ws, opened.id, one.document, origin))
        elif one.change == "changed":
            made.append(begin_draft(ws, one.code, origin, one.document))
        else:
            made.append(new_draft(ws, one.document, origin, one.pack))
    return made


def refuse_unknown(ws: Workspace, given: Iterable[Incoming]) -> None:
    """Raise Invalid with everything that new or changed documents name and that is not there, by rule and path."""
    problems = [
        Problem(one.field, Text(f"规则「{each.code}」{one.text.zh}", f"rule {each.code!r} {one.text.en}"))
        for each in given
        if each.change != "same"
        for one in problems_of(ws, each.document)
    ]
    if problems:
        raise Invalid(problems)


def _beside(code: str, pack: Pack, document: Mapping[str, Any]) -> Incoming:
    row = RuleRecord.get_or_none(RuleRecord.code == code)
    if row is None:
        return Incoming(code, pack.id, pack.title, document, "new", ())
    if same(row.document, document):
        return Incoming(code, pack.id, pack.title, document, "same", ())
    return Incoming(code, pack.id, pack.title, document, "changed", tuple(compare(row.document, document)), row)


def _free(one: Incoming, origin: Origin) -> None:
    """Raise Conflict if somebody else is at this rule, or what is on its way is approved already."""
    opened = open_version(one.code)
    if opened is None or same(opened.document, one.document):
        return
    who = (origin.actor.id if origin.actor.kind == "user" else "", origin.actor.name)
    mine = (opened.author_id, opened.author_name) == who
    if opened.state == "approved" or not mine:
        raise Conflict(
            f"规则「{one.code}」的第 {opened.number} 版在 {opened.author_name} 手里（{_WORDS[opened.state].zh}）；先处理它再导入。",
            f"version {opened.number} of rule {one.code!r} is with {opened.author_name} ({_WORDS[opened.state].en}): "
            "deal with it first, then import",
        )


_WORDS = {
    "draft": Text("草稿", "a draft"),
    "review": Text("审批中", "in review"),
    "approved": Text("已批准", "approved"),
}


def _keep_packs(ws: Workspace, given: list[Incoming], origin: Origin) -> None:
    """Keep the title and the order of the packs as their files have them."""
    packs: dict[str, list[Incoming]] = {}
    for one in given:
        packs.setdefault(one.pack, []).append(one)
    for name, some in packs.items():
        codes, title = [one.code for one in some], dict(some[0].pack_title)
        row = RulePack.get_or_none(RulePack.code == name)
        if row is None:
            ws.door.create("rule_pack", {"code": name, "title": title, "rules": codes}, origin)
            continue
        active = RuleRecord.select(RuleRecord.code).where((RuleRecord.pack == name) & RuleRecord.retired_at.is_null())
        whole = {code for (code,) in tuples(active)} <= set(codes)
        order = [*codes, *(code for code in row.rules if code not in codes)]
        if not whole:
            order = [*row.rules, *(code for code in codes if code not in row.rules)]
        if (title, order) != (row.title, row.rules):
            ws.door.change("rule_pack", row.id, {"title": title, "rules": order}, origin)


def _pack(name: str, rows: list[RuleRecord], pack: RulePack | None) -> str:
    order = {code: place for place, code in enumerate(pack.rules if pack is not None else ())}
    title = pack.title if pack is not None and pack.title else {"zh": name, "en": name}
    listed = sorted(rows, key=lambda row: (order.get(row.code, len(order)), row.code))
    return dump_pack({"id": name, "title": title, "rules": [row.document for row in listed]})
