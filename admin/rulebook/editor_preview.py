"""What the rule editor shows of a document while it is being written: sentence, problems, findings, test cases."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ...core.configuration.rules_in_force import compiled
from ...core.kinds import RuleVersion
from ...core.rulebook.checks import check_all, with_draft
from ...core.rulebook.compare import compare
from ...core.rulebook.documents import rules_of, vocabulary_of
from ...core.rulebook.testing import run_tests
from ...core.workspace import Workspace
from ...rules.checks.finding import Finding
from ...rules.language.errors import ClewRuleProblem, RuleError, RulesError
from ...rules.language.vocabulary import Vocabulary
from ...rules.wording.sentences import field_words, sentence_parts, trigger_words, value_words
from ..session import t

_DRAFT_ID = "new-rule"
"""Stands in for the id of a rule that has none yet, so that it can be read."""


def preview(ws: Workspace, document: Mapping[str, Any], base: RuleVersion | None) -> dict[str, Any]:
    """Return all that can be said of `document` as it stands; a broken one is answered too."""
    began = time.perf_counter()
    readable = with_id(document)
    found: dict[str, Any] = {"problems": problems_json(ws, readable), "findings": [], "tests": [], "parts": {}}
    if not found["problems"]:
        try:
            found |= _of_a_sound_one(ws, readable)
        except RulesError as error:
            found["problems"] = [{"path": "", "text": t(error.zh, error.en)}]
    found["changes"] = len([one for one in compare(base.document, document) if one.path]) if base is not None else None
    found["seconds"] = round(time.perf_counter() - began, 3)
    return found


def with_id(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with an id to read it by, if it has none yet."""
    return dict(document) if document.get("id") else {**document, "id": _DRAFT_ID}


def problems_json(ws: Workspace, document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what is wrong with a document by itself."""
    try:
        rules_of(document, vocabulary_of(ws))
    except RuleError as error:
        return [_problem(one) for one in error.problems]
    return []


def _problem(one: ClewRuleProblem) -> dict[str, str]:
    path = "" if one.path == "document" else one.path
    hint = t(f"；是否想写「{one.suggestion}」？", f"; did you mean {one.suggestion!r}?") if one.suggestion else ""
    return {"path": path, "text": t(one.zh, one.en) + hint}


def _of_a_sound_one(ws: Workspace, document: Mapping[str, Any]) -> dict[str, Any]:
    known = vocabulary_of(ws)
    (rule,) = rules_of(document)
    parts = {language: sentence_parts(rule, known, language) for language in ("zh", "en")}
    ruleset = compiled(with_draft(ws, document), ws.ruleset)
    try:
        results = run_tests(ruleset, [document], ws.settings.zone)
    finally:
        ruleset.close()
    return {
        "parts": {language: [{"text": text, "path": path} for text, path in some] for language, some in parts.items()},
        "findings": [_finding(one, rule.id, known) for one in check_all(ws, document) if rule.id in one.rules],
        "tests": [
            {"passed": one.passed, "title": t(one.title.zh, one.title.en), "text": t(one.zh, one.en)} for one in results
        ],
    }


def _finding(one: Finding, rule: str, known: Vocabulary) -> dict[str, Any]:
    language = t("zh", "en")
    witness = one.witness or {}
    # Path and repairs are of the first rule it names, which may be another one.
    own = one.rules[0] == rule
    return {
        "code": one.code,
        "level": one.level,
        "path": one.path if own else "",
        "text": t(one.zh, one.en),
        "rules": list(one.rules),
        "event": trigger_words(one.event, known, language) if one.event else "",
        "on": one.event,
        "at": one.at,
        "witness": [
            {
                "name": field_words(name, known, language) if known.knows(name) else name,
                "value": value_words(name, value, known, language) if value is not None else "—",
            }
            for name, value in witness.items()
            if not isinstance(value, list) or not any(isinstance(row, Mapping) for row in value)
        ],
        "facts": dict(witness),
        "repairs": [{"text": t(each.zh, each.en), "patch": each.patch} for each in (one.repairs if own else ())],
    }
