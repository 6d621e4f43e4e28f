"""The bundled packs in a workspace: installed once, followed as long as operations left them as they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.packs.bundled import bundled_packs
from ...rules.packs.reading import Pack
from ..configuration.vocabulary import bundled_vocabulary
from ..kinds import RulePack, RuleRecord, RuleVersion
from ..storage.queries import tuples
from ..write.transaction import Transaction
from .documents import ids_of, rules_of
from .publishing import retire_within


def sync_bundled(tx: Transaction) -> None:
    """Install the bundled packs within `tx`, and give every rule of an older workspace its version's row."""
    known = {row.code: row for row in RuleRecord.select()}
    have = {(code, number) for code, number in tuples(RuleVersion.select(RuleVersion.code, RuleVersion.number))}
    for row in known.values():
        if (row.code, row.version) not in have:
            _version(tx, row.code, row.pack, row.version, row.document, None)
    for pack in bundled_packs(bundled_vocabulary()):
        _install(tx, pack, known)


def install_pack(tx: Transaction, pack: Pack) -> None:
    """Put a pack in force within `tx`, as a bundled one is: in the place of older versions that nobody touched."""
    _install(tx, pack, {row.code: row for row in RuleRecord.select()})


def _install(tx: Transaction, pack: Pack, known: dict[str, RuleRecord]) -> None:
    documents = documents_of(pack)
    _pack(tx, pack, [str(document["id"]) for document in documents])
    for document in documents:
        _follow(tx, pack.id, document, known)


def documents_of(pack: Pack) -> list[dict[str, Any]]:
    """Return a pack's documents in its order: rules, and decision tables whole."""
    return [dict(one) for one in pack.documents]


def _follow(tx: Transaction, pack: str, document: Mapping[str, Any], known: dict[str, RuleRecord]) -> None:
    code, number = str(document["id"]), int(document.get("version", 1))
    row = known.get(code)
    if row is not None:
        if number <= row.version or not _untouched(row):
            return
        for last in RuleVersion.select().where((RuleVersion.code == code) & (RuleVersion.state == "published")):
            tx.change("rule_version", last.id, {"state": "retired", "retired_at": tx.now})
        _version(tx, code, pack, number, document, row.version)
        tx.change("rule", row.id, {"version": number, "document": document, "pack": pack})
        return
    # A table may take the place of single rules whose ids its rows carry on: all of them, or none.
    replaced = [known[one] for one in sorted(ids_of(rules_of(document)) - {code}) if one in known]
    if not all(_untouched(one) for one in replaced):
        return
    for one in replaced:
        if one.retired_at is None:
            retire_within(tx, one)
    _version(tx, code, pack, number, document, None)
    known[code] = tx.create("rule", {"code": code, "pack": pack, "version": number, "document": document}).record


def _untouched(row: RuleRecord) -> bool:
    """Say whether operations never changed this rule: no version by a person, and still on."""
    others = RuleVersion.select().where((RuleVersion.code == row.code) & (RuleVersion.author_name != "Clew"))
    return bool(row.enabled or row.retired_at) and not others.exists()


def _version(tx: Transaction, code: str, pack: str, number: int, document: Mapping[str, Any], base: int | None) -> None:
    values = {
        "code": code,
        "pack": pack,
        "number": number,
        "document": document,
        "state": "published",
        "author_name": "Clew",
        "base": base,
        "effective_at": tx.now,
        "published_at": tx.now,
    }
    tx.create("rule_version", values)


def _pack(tx: Transaction, pack: Pack, codes: list[str]) -> None:
    row = RulePack.get_or_none(RulePack.code == pack.id)
    if row is None:
        tx.create("rule_pack", {"code": pack.id, "title": pack.title, "rules": codes})
    elif new := [code for code in codes if code not in row.rules]:
        tx.change("rule_pack", row.id, {"rules": [*row.rules, *new]})
