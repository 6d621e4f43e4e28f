"""A rule's condition clause by clause, in words, each with the value it met; and the smallest change, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ...hooks.text import Text
from ...rules.explain.account import Change, Clause, Explanation, ItemAccount
from ...rules.language.conditions import All, AnyOf, Condition, Leaf, Not
from ...rules.language.documents import Rule
from ...rules.wording.conditions import Speaker, condition_parts
from ...rules.wording.sentences import value_words
from ...rules.wording.words import collection_words
from ..access.masking import masked_fact
from ..timeline.describer import Describer
from .links import Seen, joined

Mask = Callable[[str, Any], Any]
"""Returns a fact's value as the viewer may read it."""
_EITHER = Text("以下任一成立", "any of these holds")
_BOTH = Text("以下都成立", "all of these hold")
_UNSEEN = Text("没有看到这一条", "not looked at")
_MOST_NAMED = 6
_ROW = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")
_NOT = Text("以下不成立", "this does not hold")


def clauses_of(rule: Rule, found: Explanation, describer: Describer, mask: Mask) -> tuple[Seen, ...]:
    """Return the clauses as rows: what must hold together stands side by side, alternatives below their heading.

    What is asked of related records comes last, each with the row that came nearest below it.
    """
    writer = _Writer(describer, mask, {item.alias: item.of for item in rule.match})
    rows = list(_rows(rule.when, found.root, writer, 0))
    for account in found.match:
        rows += _match_rows(account, bool(found.root.holds), writer)
    return tuple(rows)


def change_words(changes: tuple[Change, ...], describer: Describer, mask: Mask) -> Text:
    """Return what would have had to be otherwise; empty if there is no such change."""
    return joined([_change(one, describer, mask) for one in changes], "，且", ", and ")


class _Writer:
    def __init__(self, describer: Describer, mask: Mask, rows: dict[str, str]) -> None:
        self.describer, self.mask, self.aliases = describer, mask, rows
        self._speakers = [Speaker(describer.vocabulary, language, rows) for language in ("zh", "en")]

    def words(self, condition: Condition, value: Any = None) -> Text:
        leaf = condition.item if isinstance(condition, Not) else condition
        if isinstance(leaf, Leaf) and isinstance(leaf.value, tuple) and len(leaf.value) > _MOST_NAMED:
            return self._shortened(condition, leaf, value)
        return self._whole(condition)

    def _shortened(self, condition: Condition, leaf: Leaf, value: Any) -> Text:
        """Return a comparison with many values as its first few, the one it met among them, and their number."""
        met = [one for one in leaf.value if one == value]
        some = [*met, *(one for one in leaf.value if one != value)][:_MOST_NAMED]
        short: Condition = replace(leaf, value=tuple(some))
        said = self._whole(Not(short) if isinstance(condition, Not) else short)
        count = len(leaf.value)
        return Text(f"{said.zh}（共 {count} 个，只列 {_MOST_NAMED} 个）", f"{said.en} ({_MOST_NAMED} of {count} shown)")

    def _whole(self, condition: Condition) -> Text:
        parts = (
            ["".join(text for text, _ in some) for some in condition_parts(condition, "", speaker)]
            for speaker in self._speakers
        )
        zh, en = parts
        return Text("，且".join(zh), ", and ".join(en))

    def seen(self, condition: Condition, leaf: Leaf, clause: Clause, holds: bool | None, depth: int) -> Seen:
        words = self.words(condition, clause.value)
        if clause.holds is None:
            return Seen(words, _UNSEEN, holds, depth)
        value = self.value(leaf, clause.value)
        # 线索尚未响应 need not be said twice.
        return Seen(words, Text("", "") if holds and words.zh.startswith(value.zh) else value, holds, depth)

    def value(self, leaf: Leaf, value: Any) -> Text:
        if leaf.name.partition(".")[0] in self.aliases:
            # A row is another record than the one that is explained: nobody reads its personal data here.
            value = masked_fact(self.describer.ws.kinds, leaf.name, value, self.aliases)
            return Text(
                *(
                    value_words(leaf.name, value, self.describer.vocabulary, language, rows=self.aliases).strip(
                        "「」“”"
                    )
                    for language in ("zh", "en")
                )
            )
        return self.describer.fact(leaf.name, value if leaf.derived else self.mask(leaf.name, value))


def _rows(condition: Condition, clause: Clause, writer: _Writer, depth: int) -> Iterator[Seen]:
    if isinstance(condition, Leaf):
        yield writer.seen(condition, condition, clause, clause.holds, depth)
    elif isinstance(condition, Not) and isinstance(condition.item, Leaf):
        yield writer.seen(condition, condition.item, clause.items[0], clause.holds, depth)
    elif isinstance(condition, Not):
        yield Seen(_NOT, Text("", ""), clause.holds, depth)
        yield from _rows(condition.item, clause.items[0], writer, depth + 1)
    else:
        heading = None if isinstance(condition, All) and depth == 0 else _BOTH
        if isinstance(condition, AnyOf):
            heading = _EITHER
        if heading is not None:
            yield Seen(heading, Text("", ""), clause.holds, depth)
        for item, found in zip(condition.items, clause.items, strict=True):
            yield from _rows(item, found, writer, depth + (heading is not None))


def _match_rows(account: ItemAccount, looked_at: bool, writer: _Writer) -> Iterator[Seen]:
    """Yield what is asked of related records, how many there were, and the nearest of them clause by clause."""
    item = account.item
    zh, en = (collection_words(item.of, writer.describer.vocabulary, language) for language in ("zh", "en"))
    words = Text(f"{zh}中没有一条符合", f"none of {en} fits")
    if not item.none:
        count = item.at_least or 1
        words = Text(f"{zh}中至少有 {count} 条符合", f"at least {count} of {en} fits")
    if not looked_at or account.holds is None:
        yield Seen(words, _UNSEEN, None)
        return
    yield Seen(
        words,
        Text(f"{account.rows} 条，符合 {account.passing} 条", f"{account.passing} of {account.rows} fit"),
        account.holds,
    )
    if account.nearest is not None and account.nearest_clause is not None:
        for row in _rows(item.where, account.nearest_clause, writer, 0):
            yield replace(row, depth=row.depth + 1)


def _change(change: Change, describer: Describer, mask: Mask) -> Text:
    row = _ROW.fullmatch(change.name)
    name, rows = (f"r.{row[3]}", {"r": row[1]}) if row else (change.name, {})
    wanted = Leaf(name, "==", change.after, change.derived)
    if change.after is None and change.before is True:  # A yes-or-no fact that must not hold.
        wanted = replace(wanted, value=False)
    elif change.after is None:
        wanted = Leaf(name, "missing", None, change.derived)
    writer = _Writer(describer, mask, rows)
    said, before = writer.words(wanted), writer.value(wanted, change.before)
    if row:
        of = (collection_words(row[1], describer.vocabulary, language) for language in ("zh", "en"))
        zh, en = of
        said = Text(f"{zh}第 {int(row[2]) + 1} 条{said.zh}", f"for row {int(row[2]) + 1} of {en}: {said.en}")
    return Text(f"{said.zh}（当时是 {before.zh}）", f"{said.en} (it was: {before.en})")
