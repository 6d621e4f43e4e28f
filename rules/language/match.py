"""Related records in a rule: `match` asks whether some of a collection's rows fit, alone or together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .conditions import ALWAYS, Condition, leaves, parse_condition
from .errors import Problems
from .templates import DERIVED
from .vocabulary import CollectionType, FieldType, Vocabulary

MOST_ITEMS = 6
MOST_ASKED = 1000
_ALIAS = re.compile(r"[a-z][a-z0-9_]*")
_KEYS = ("as", "of", "where", "none", "at_least")


@dataclass(frozen=True)
class Match:
    """A row of the collection `of` for which `where` holds; inside, its fields are "<alias>.<field>".

    With `none` there must be no such row, with `at_least` that many; else one, and it may be spoken of.
    """

    alias: str
    of: str
    where: Condition = ALWAYS
    none: bool = False
    at_least: int | None = None

    @property
    def binds(self) -> bool:
        """Say whether the items after this one may speak of the row it finds."""
        return not self.none and self.at_least is None


def parse_match(
    document: object, path: str, problems: Problems, vocabulary: Vocabulary | None
) -> tuple[tuple[Match, ...], Vocabulary | None]:
    """Read `match`; return its items, and the vocabulary in which the rule's texts may speak of their rows."""
    if not isinstance(document, list) or not 0 < len(document) <= MOST_ITEMS:
        found = len(document) if isinstance(document, list) else document
        zh, en = f"需要 1 到 {MOST_ITEMS} 项的列表", f"needs a list of 1 to {MOST_ITEMS} items"
        problems.add(path, zh, en, found=found)
        return (), vocabulary
    items: list[Match] = []
    told = known = vocabulary
    for index, source in enumerate(document):
        where = f"{path}[{index}]"
        item = _item(source, where, problems, known, {one.alias for one in items})
        if item is None:
            continue
        _check_order(item, items, where, problems)
        items.append(item)
        if item.binds:
            known = _knowing(known, item)
        if not item.none:
            told = _knowing(told, item)
    _refuse_looking_ahead(items, path, problems)
    return tuple(items), told


def names_in(items: Iterable[Match]) -> Iterator[str]:
    """Yield the facts and the rows' fields that the items' conditions speak of."""
    for item in items:
        for leaf in leaves(item.where):
            yield from leaf.names


def alias_of(name: str) -> str:
    """Return what would be the alias in a name such as "c.amount"; "" where there is none."""
    alias, dot, _ = name.partition(".")
    return alias if dot else ""


def _item(
    document: object, path: str, problems: Problems, vocabulary: Vocabulary | None, taken: set[str]
) -> Match | None:
    if not isinstance(document, dict):
        problems.add(path, "写作 {as: 名称, of: 集合, where: 条件}", "is {as: name, of: collection, where: condition}")
        return None
    for key in document:
        if key not in _KEYS:
            problems.add(f"{path}.{key}", "未知的键", "is an unknown key", found=key, allowed=_KEYS, word=str(key))
    alias, of = document.get("as"), document.get("of")
    if not isinstance(alias, str) or not _ALIAS.fullmatch(alias):
        zh = "需要小写字母开头的名称，如 c"
        problems.add(f"{path}.as", zh, "needs a lower-case name such as c", found=alias)
        alias = ""
    elif alias in taken or alias == DERIVED.rstrip(".") or _is_fact(alias, vocabulary):
        problems.add(f"{path}.as", "这个名称已被占用", "is taken already; choose another name", found=alias)
    if not isinstance(of, str) or not of:
        allowed = vocabulary.collections if vocabulary is not None else ()
        problems.add(f"{path}.of", "需要一个集合", "needs a collection", found=of, allowed=allowed)
        of = ""
    elif vocabulary is not None and of not in vocabulary.collections:
        names = vocabulary.collections
        problems.add(f"{path}.of", "未知的集合", "is no known collection", found=of, allowed=names, word=of)
    item = Match(alias, of, ALWAYS, *_quantity(document, path, problems))
    known = _knowing(vocabulary, item)
    if "where" in document:
        item = replace(item, where=parse_condition(document["where"], f"{path}.where", problems, known))
    return item if alias and of else None


def _quantity(document: dict[str, object], path: str, problems: Problems) -> tuple[bool, int | None]:
    none, at_least = document.get("none", False), document.get("at_least")
    if not isinstance(none, bool):
        problems.add(f"{path}.none", "需要 true 或 false", "needs true or false", found=none)
        none = False
    fine = isinstance(at_least, int) and not isinstance(at_least, bool) and 1 <= at_least <= MOST_ASKED
    if "at_least" in document and not fine:
        zh, en = f"需要 1 到 {MOST_ASKED} 之间的整数", f"needs a whole number from 1 to {MOST_ASKED}"
        problems.add(f"{path}.at_least", zh, en, found=at_least)
    if none and "at_least" in document:
        problems.add(path, "none 与 at_least 只能用其一", "takes none or at_least, not both")
    return none, at_least if fine else None  # type: ignore[return-value]


def _is_fact(alias: str, vocabulary: Vocabulary | None) -> bool:
    if vocabulary is None:
        return False
    start = f"{alias}."
    return any(name.startswith(start) for name in (*vocabulary.fields, *vocabulary.open_prefixes))


def _knowing(vocabulary: Vocabulary | None, item: Match) -> Vocabulary | None:
    """Return the vocabulary with the fields of the item's row added."""
    if vocabulary is None:
        return None
    collection = vocabulary.collections.get(item.of)
    if collection is None:  # Said already: its fields are not held against the document as well.
        return replace(vocabulary, open_prefixes=(*vocabulary.open_prefixes, f"{item.alias}."))
    return replace(vocabulary, fields={**vocabulary.fields, **_fields(item, collection)})


def _fields(item: Match, collection: CollectionType) -> dict[str, FieldType]:
    return {f"{item.alias}.{name}": kind for name, kind in collection.fields.items()}


def _check_order(item: Match, before: list[Match], path: str, problems: Problems) -> None:
    """An item may speak of rows that items before it found: not of missing rows, nor of many."""
    unbound = {one.alias for one in before if not one.binds}
    for name in names_in((item,)):
        if alias_of(name) in unbound:
            problems.add(
                f"{path}.where",
                "带有 none 或 at_least 的项不是某一行，不能在别处引用",
                "names an item that says none or at_least, and so is no single row",
                found=name,
            )


def _refuse_looking_ahead(items: list[Match], path: str, problems: Problems) -> None:
    for index, item in enumerate(items):
        later = {one.alias for one in items[index + 1 :]}
        for name in names_in((item,)):
            if alias_of(name) in later:
                zh, en = "只能引用排在前面的项", "speaks of an item further down; put that one first"
                problems.add(f"{path}[{index}].where", zh, en, found=name)
