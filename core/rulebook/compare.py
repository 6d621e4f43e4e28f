"""What differs between two versions of a rule: by path, and in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...rules.language.errors import RuleError
from ...rules.language.vocabulary import Vocabulary
from ...rules.tables.model import is_table
from ...rules.wording.sentences import sentence as rule_sentence
from ..configuration.vocabulary import bundled_vocabulary
from ..storage.records import canonical
from .compare_words import is_leaf, place_words, value_words
from .documents import ordered, rules_of


@dataclass(frozen=True)
class Difference:
    """One place where two documents differ. `kind` is added, removed or changed; None stands for "not there"."""

    path: str
    kind: str
    before: Any
    after: Any
    zh: str
    en: str


def compare(a: Mapping[str, Any], b: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> list[Difference]:
    """Return what changed from document `a` to `b`, in the order people read a rule; versions are not compared.

    The last difference, with the path "", is that of the two sentences, in the words of `vocabulary`.
    """
    known = vocabulary or bundled_vocabulary()
    first, second = (ordered({k: v for k, v in one.items() if k != "version"}) for one in (a, b))
    found = list(_walk(first, second, "", known))
    sentence = _sentences(a, b, known) if found else None
    return [*found, sentence] if sentence else found


def _sentences(a: Mapping[str, Any], b: Mapping[str, Any], known: Vocabulary) -> Difference | None:
    """Return the two rules' sentences where they differ; None for tables, and for what can't be read as a rule."""
    was, now = _sentence(a, known), _sentence(b, known)
    if was is None or now is None or was == now:
        return None
    return Difference(
        "", "changed", was[0], now[0], f"整句：{was[0]} → {now[0]}", f"in a sentence: {was[1]} → {now[1]}"
    )


def _sentence(document: Mapping[str, Any], known: Vocabulary) -> tuple[str, str] | None:
    if not document or is_table(document):
        return None
    try:
        (rule,) = rules_of(document)
    except RuleError:
        return None
    return rule_sentence(rule, known, "zh"), rule_sentence(rule, known, "en")


def _walk(a: Any, b: Any, path: str, known: Vocabulary) -> Iterator[Difference]:
    if is_leaf(a) and is_leaf(b):
        if canonical(a) != canonical(b):
            yield _said(path, "changed", a, b, known)
    elif isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in [*a, *(key for key in b if key not in a)]:
            where = f"{path}.{key}" if path else str(key)
            if key not in b:
                yield _said(where, "removed", a[key], None, known)
            elif key not in a:
                yield _said(where, "added", None, b[key], known)
            else:
                yield from _walk(a[key], b[key], where, known)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _lists(a, b, path, known)
    elif canonical(a) != canonical(b):
        yield _said(path, "changed", a, b, known)


def _lists(a: list[Any], b: list[Any], path: str, known: Vocabulary) -> Iterator[Difference]:
    if all(isinstance(item, Mapping) and "id" in item for item in [*a, *b]):
        yield from _by_id(a, b, path, known)
        return
    matcher = difflib.SequenceMatcher(None, [canonical(i) for i in a], [canonical(i) for i in b], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = min(i2 - i1, j2 - j1) if isinstance((a[i1:i2] or [None])[0], Mapping | list) else 0
        for step in range(pairs):
            yield from _walk(a[i1 + step], b[j1 + step], f"{path}[{j1 + step}]", known)
        for place in range(i1 + pairs, i2):
            yield _said(f"{path}[{place}]", "removed", a[place], None, known)
        for place in range(j1 + pairs, j2):
            yield _said(f"{path}[{place}]", "added", None, b[place], known)


def _by_id(a: list[Any], b: list[Any], path: str, known: Vocabulary) -> Iterator[Difference]:
    """Compare rows by their id; a row that only moved is said to have moved."""
    was, now = ({item["id"]: item for item in some} for some in (a, b))
    for key, item in was.items():
        if key not in now:
            yield _said(f"{path}[{key}]", "removed", item, None, known)
        else:
            yield from _walk(item, now[key], f"{path}[{key}]", known)
    for key, item in now.items():
        if key not in was:
            yield _said(f"{path}[{key}]", "added", None, item, known)
    before, after = [key for key in was if key in now], [key for key in now if key in was]
    if before != after:
        yield _said(f"{path}.order", "changed", before, after, known)


def _said(path: str, kind: str, before: Any, after: Any, known: Vocabulary) -> Difference:
    place, was, now = place_words(path, known), value_words(before, known), value_words(after, known)
    zh = {
        "added": f"新增{place.zh}：{now.zh}",
        "removed": f"去掉{place.zh}：{was.zh}",
        "changed": f"{place.zh}：{was.zh} → {now.zh}",
    }[kind]
    en = {
        "added": f"{place.en} added: {now.en}",
        "removed": f"{place.en} removed: {was.en}",
        "changed": f"{place.en}: {was.en} → {now.en}",
    }[kind]
    return Difference(path, kind, before, after, zh, en)


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `mine` with the top-level parts that only `theirs` changed since `base`."""
    result = dict(mine)
    for key in {*base, *theirs}:
        untouched = canonical(mine.get(key)) == canonical(base.get(key)) and (key in mine) == (key in base)
        if key != "version" and untouched:
            if key in theirs:
                result[key] = theirs[key]
            else:
                result.pop(key, None)
    return result
