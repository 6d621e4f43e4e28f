"""Taking out of force what a company's folder does not speak of: nothing is deleted, and somebody stays who sees to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....hooks.text import Text
from ...access.holders import holders
from ...errors import ClewError, Invalid, Problem
from ...kinds import PluginRecord, RuleRecord
from ...rulebook.publishing import retire_within
from ...write.transaction import Transaction
from .reading import Folder
from .records import Names, Portable, is_out


def retire_others(
    tx: Transaction,
    known: Sequence[Portable],
    folder: Folder,
    retired: list[tuple[str, str]],
    notes: list[Text],
) -> None:
    """Retire within `tx` what is in force and not in the folder; add each to `retired`, and to `notes` what stays.

    Of what the folder has no file, it says nothing: that stays. Raises Invalid if nobody would be left who sees to people.
    """
    if folder.packs:
        _rules(tx, folder, retired)
    for one in reversed(known):  # What speaks of others goes before them.
        if one.kind.name != "company" and one.kind.name in folder.rows:
            _records(tx, known, one, folder, retired, notes)
    if not holders("people"):
        words = Text(
            "换成这个文件夹后，没有人能管成员了；请在里面写上一位管理员",
            "with this folder nobody would be left who sees to people: name an administrator in it",
        )
        raise Invalid([Problem("user.yaml", words)])


def _rules(tx: Transaction, folder: Folder, retired: list[tuple[str, str]]) -> None:
    named = {str(document["id"]) for pack in folder.packs for document in pack.documents}
    for row in RuleRecord.select().where(RuleRecord.retired_at.is_null() & (RuleRecord.plugin == "")):
        if row.code not in named:
            retire_within(tx, row)
            retired.append(("rule", row.code))


def _records(
    tx: Transaction,
    known: Sequence[Portable],
    one: Portable,
    folder: Folder,
    retired: list[tuple[str, str]],
    notes: list[Text],
) -> None:
    """Retire a kind's records that are not in the folder, in the way the kind has for it."""
    named = {one.key_of(row) for row in folder.rows.get(one.kind.name, ())}
    values: dict[str, Any] = next(
        (
            {name: value}
            for name, value in (("active", False), ("retired_at", tx.now), ("enabled", False), ("cancelled", True))
            if name in one.kind.columns
        ),
        {},
    )
    names, staying = Names(known).of(one.kind.name), list[str]()
    model: Any = one.kind.model
    for record in list(model.select()):
        key = names[record.id]
        brought = not isinstance(record, PluginRecord) and getattr(record, "plugin", None)
        if key in named or brought or is_out(record):
            continue
        try:
            if not values:
                raise ClewError("", "")
            with tx.apart():
                tx.change(one.kind.name, record.id, values)
        except ClewError:
            staying.append(key)
        else:
            retired.append((one.kind.name, key))
    if staying:
        few, count = staying[:5], len(staying)
        zh, en = "、".join(few), ", ".join(few)
        title = one.kind.title
        notes.append(
            Text(
                f"{title.zh}不能停用，留着 {count} 条：{zh}{'…' if count > len(few) else ''}",
                f"{count} of the kind {title.en.lower()} can't be retired and stay: {en}{'…' if count > len(few) else ''}",
            )
        )
