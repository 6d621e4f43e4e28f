"""All rules checked against each other, a draft standing in for its rule."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from ...hooks.text import Text
from ...rules.checks.check import check
from ...rules.checks.derived import reads_derived
from ...rules.checks.finding import Finding
from ...rules.checks.tables import table_findings
from ...rules.language.documents import Rule
from ...rules.language.errors import RuleError
from ...rules.language.vocabulary import Vocabulary
from ...rules.tables.model import is_table
from ..configuration.configuration import Configuration
from ..errors import Problem
from ..kinds import RuleRecord
from ..storage.records import canonical
from ..workspace import Workspace
from .documents import ids_of, rules_of, vocabulary_of

Findings = tuple[Finding, ...]
_MOST_KEPT = 8
_SHARED = "deadline_unstarted"


def with_draft(ws: Workspace, draft: Mapping[str, Any] | None = None) -> list[tuple[Rule, ...]]:
    """Return all rules in force, plugins' too, with `draft` in the place of its rule.

    Raises RuleError if the draft can't be read.
    """
    found = ws.loader.rules.by_code(ws.configuration.plugins)
    if draft is not None:
        found[str(draft.get("id"))] = rules_of(draft)
    return [some for _, some in sorted(found.items())]


def check_all(ws: Workspace, draft: Mapping[str, Any] | None = None) -> Findings:
    """Return the findings of the static checks over all rules in force, plugins' and timers' included.

    With a `draft`, return what concerns its rules, and those that build on what they derive, with the
    draft in place of its rule: quick enough for every change of an editor. Raises RuleError if
    the draft can't be read.
    """
    if draft is None:
        return _checked(ws, None)
    before = ws.loader.rules.by_code(ws.configuration.plugins).get(str(draft.get("id")), ())
    after = rules_of(draft)
    derived = {name for rule in (*before, *after) for name, _ in rule.derive}
    about = ids_of(after) | {
        rule.id
        for some in ws.loader.rules.by_code(ws.configuration.plugins).values()
        for rule in some
        if derived & reads_derived(rule)
    }
    return _checked(ws, draft, about)


def errors_of(ws: Workspace, draft: Mapping[str, Any]) -> list[Problem]:
    """Return what the checks hold against publishing the draft: its own errors, and those it would bring about.

    What is wrong between rules already in force does not hold up a draft that leaves it as it is.
    """
    mine = ids_of(rules_of(draft)) | {str(draft.get("id"))}
    present = {_what(one) for one in check_all(ws) if one.level == "error"}
    return [
        Problem(one.path if one.rules[0] in mine else "", Text(one.zh, one.en))
        for one in _checked(ws, draft)
        if one.level == "error"
        and (set(one.rules) <= mine or _what(one) not in present)
        # Of two rules that share a deadline's name one is renamed first: the other is shown, and holds nothing up.
        and (one.code != _SHARED or set(one.rules) <= mine)
    ]


def _what(one: Finding) -> tuple[str, frozenset[str]]:
    return one.code, frozenset(one.rules)


@dataclass(frozen=True)
class _Kept:
    """Findings, and what they were found in: they hold as long as that is still so."""

    in_force: list[Rule]
    vocabulary: Vocabulary
    findings: Findings

    def holds_for(self, found: list[Rule], vocabulary: Vocabulary) -> bool:
        same = len(self.in_force) == len(found) and all(a is b for a, b in zip(self.in_force, found, strict=True))
        return same and (self.vocabulary is vocabulary or self.vocabulary == vocabulary)


_lock = threading.Lock()
_kept: WeakKeyDictionary[Configuration, OrderedDict[str, _Kept]] = WeakKeyDictionary()


def _checked(ws: Workspace, draft: Mapping[str, Any] | None, about: Collection[str] | None = None) -> Findings:
    """Check, or return what was found of the same rules and draft within the same hour (dates expire)."""
    now, vocabulary = ws.clock.now(), vocabulary_of(ws)
    in_force = [rule for some in with_draft(ws) for rule in some]
    key = canonical([draft, sorted(about) if about is not None else None, now.strftime("%Y-%m-%d %H")])
    with _lock:
        kept = _kept.setdefault(ws.configuration, OrderedDict())
    found = kept.get(key)
    if found is not None and found.holds_for(in_force, vocabulary):
        return found.findings
    together = [rule for some in with_draft(ws, draft) for rule in some]
    findings = (*_of_tables(draft, vocabulary), *check(together, vocabulary, now, about))
    with _lock:
        kept[key] = _Kept(in_force, vocabulary, findings)
        while len(kept) > _MOST_KEPT:
            kept.popitem(last=False)
    return findings


def _of_tables(draft: Mapping[str, Any] | None, vocabulary: Vocabulary) -> Findings:
    """Return what the tables' own check finds: in the draft if there is one, else in every table in force."""
    if draft is not None:
        documents = [draft]
    else:
        documents = [row.document for row in RuleRecord.select().where(RuleRecord.enabled).order_by(RuleRecord.code)]
    return tuple(one for document in documents if is_table(document) for one in _of_table(document, vocabulary))


def _of_table(document: Mapping[str, Any], vocabulary: Vocabulary) -> Findings:
    try:
        return table_findings(document, vocabulary)
    except RuleError:
        return ()  # What can't be read is said by the reading itself.
