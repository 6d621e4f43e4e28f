"""Rule versions by what firings and journal lines call them: who wrote them, who approved, and the rule itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ...rules.language.documents import Rule
from ...rules.language.errors import RulesError
from ...rules.packs.reading import rules_from_document
from ..kinds import RuleRecord, RuleVersion
from ..storage.queries import tuples
from .who import RuleSeen


class Versions:
    """Looks versions up once each. A row of a decision table is called `<table>-<row>`; its document is the table's."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, int], RuleVersion | None] = {}
        self._codes: list[str] | None = None

    def code_of(self, rule_id: str, version: int) -> str:
        """Return the code of the document that a rule came from."""
        if self._version(rule_id, version) is not None:
            return rule_id
        if self._codes is None:
            self._codes = sorted((code for (code,) in tuples(RuleRecord.select(RuleRecord.code))), key=len)
        tables = [code for code in self._codes if rule_id.startswith(f"{code}-")]
        return next((code for code in reversed(tables) if self._version(code, version) is not None), rule_id)

    def seen(self, rule_id: str, version: int) -> RuleSeen:
        """Return who a version was written and approved by, with its title."""
        code = self.code_of(rule_id, version)
        row = self._version(code, version)
        if row is None:
            return RuleSeen(rule_id, code, version, Text(rule_id, rule_id))
        return described(rule_id, row.document, row)

    def rule(self, rule_id: str, version: int) -> Rule | None:
        """Return the rule as that version had it; None if its document can't be read any more."""
        row = self._version(self.code_of(rule_id, version), version)
        try:
            found = rules_from_document(row.document) if row else ()
        except RulesError:
            return None
        return next((one for one in found if one.id == rule_id), None)

    def _version(self, code: str, number: int) -> RuleVersion | None:
        key = (code, number)
        if key not in self._documents:
            self._documents[key] = RuleVersion.get_or_none((RuleVersion.code == code) & (RuleVersion.number == number))
        return self._documents[key]


def described(rule_id: str, document: Mapping[str, Any], version: RuleVersion | None = None) -> RuleSeen:
    """Return a rule of `document` as people read it; who wrote it stands in its `version`."""
    code = str(document.get("id", rule_id))
    people = {}
    if version is not None:
        people = {"author": version.author_name, "reviewer": version.reviewer_name}
    number = int(document.get("version", 1))
    row = None
    if rule_id != code:
        ids = [f"{code}-{one.get('id')}" for one in document.get("rows") or ()]
        row = ids.index(rule_id) + 1 if rule_id in ids else None
    published = version.published_at if version else None
    return RuleSeen(rule_id, code, number, title_of(document), row, published_at=published, **people)


def row_words(rule: RuleSeen) -> Text:
    """Return the row of a decision table in words; empty for a rule."""
    return Text(f"第 {rule.row} 行", f"row {rule.row}") if rule.row else Text("", "")


def title_of(document: Mapping[str, Any]) -> Text:
    """Return a rule document's title, or its id where it has none yet."""
    title = document.get("title")
    name = str(document.get("id") or "")
    if not isinstance(title, Mapping):
        return Text(name, name)
    return Text(str(title.get("zh") or name), str(title.get("en") or title.get("zh") or name))
