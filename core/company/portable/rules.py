"""The rules of a company's folder, put in force as they are written: by whoever may set the company up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ....hooks.text import Text
from ....rules.language.errors import RuleError
from ....rules.language.vocabulary import Vocabulary
from ...errors import Problem
from ...kinds import RulePack, RuleRecord, RuleVersion
from ...rulebook.documents import rules_of, same
from ...rulebook.publishing import retire_within
from ...storage.queries import tuples
from ...write.transaction import Transaction
from .reading import Folder


def problems_of(folder: Folder, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what in a folder's rules speaks of facts, events, actions or options that there are not."""
    for pack in folder.packs:
        for document in pack.documents:
            try:
                rules_of(document, vocabulary)
            except RuleError as error:
                for one in error.problems:
                    about_zh, about_en = f"规则「{document['id']}」", f"rule {document['id']!r}"
                    words = Text(f"{about_zh}：{one.text('zh')}", f"{about_en}: {one.text('en')}")
                    yield Problem(f"rules/{pack.id}.yaml", words)


def put_in_force(
    tx: Transaction, folder: Folder, made: Counter[str], changed: Counter[str], unchanged: Counter[str]
) -> None:
    """Publish within `tx` every rule that is new or different; count what was done.

    What is in force besides stays, unless the folder says that it is retired.
    """
    rows = {row.code: row for row in RuleRecord.select()}
    for pack in folder.packs:
        codes = [str(document["id"]) for document in pack.documents]
        _pack(tx, pack.id, dict(pack.title), codes)
        for document in pack.documents:
            code = str(document["id"])
            row = rows.get(code)
            if row is not None and row.retired_at is None and same(row.document, document):
                unchanged["rule"] += 1
                continue
            rows[code] = _publish(tx, row, pack.id, code, document)
            (made if row is None else changed)["rule"] += 1
    for code in folder.retired:
        row = rows.get(code)
        if row is not None and row.retired_at is None:
            retire_within(tx, row)
            changed["rule"] += 1
    named = {str(document["id"]) for pack in folder.packs for document in pack.documents}
    for code in sorted(named - set(folder.retired)):
        on = code not in folder.off
        if RuleRecord.get(RuleRecord.code == code).enabled is not on:
            tx.change("rule", rows[code].id, {"enabled": on})


def _publish(tx: Transaction, row: RuleRecord | None, pack: str, code: str, document: Mapping[str, Any]) -> RuleRecord:
    taken = [number for (number,) in tuples(RuleVersion.select(RuleVersion.number).where(RuleVersion.code == code))]
    number = int(document.get("version", 1))
    if taken and number <= max(taken):
        number = max(taken) + 1
    document = {**document, "version": number}
    for last in RuleVersion.select().where((RuleVersion.code == code) & (RuleVersion.state == "published")):
        tx.change("rule_version", last.id, {"state": "retired", "retired_at": tx.now})
    actor = tx.origin.actor
    author = {"author_id": actor.id if actor.kind == "user" else "", "author_name": actor.name}
    moments = {"effective_at": tx.now, "published_at": tx.now}
    values = {"code": code, "pack": pack, "number": number, "document": document, "state": "published"}
    tx.create("rule_version", {**values, **author, **moments, "base": row.version if row is not None else None})
    rule = {"pack": pack, "version": number, "document": document}
    if row is None:
        made: RuleRecord = tx.create("rule", {"code": code, **rule}).record
        return made
    changed: RuleRecord = tx.change("rule", row.id, {**rule, "enabled": True, "retired_at": None})
    return changed


def _pack(tx: Transaction, name: str, title: dict[str, str], codes: list[str]) -> None:
    row = RulePack.get_or_none(RulePack.code == name)
    if row is None:
        tx.create("rule_pack", {"code": name, "title": title, "rules": codes})
        return
    order = [*codes, *(code for code in row.rules if code not in codes)]
    if (title, order) != (row.title, row.rules):
        tx.change("rule_pack", row.id, {"title": title, "rules": order})
