"""Documents and packs of them: a document is one rule's or a decision table's, a pack a file of both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..language import schema
from ..language.documents import Rule, Text, read_rule
from ..language.errors import Problems
from ..language.vocabulary import Vocabulary
from ..language.yaml_source import read_yaml
from ..tables.model import is_table, parse_table, rules_of

MOST_DOCUMENTS = 5000


@dataclass(frozen=True)
class Pack:
    """Documents that belong together, and the rules they stand for."""

    id: str
    title: Text
    rules: tuple[Rule, ...]
    documents: tuple[dict[str, Any], ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The pack as it is written down: `load_pack(dump_pack(pack.document)) == pack`."""
        return {"id": self.id, "title": dict(self.title), "rules": list(self.documents)}


def load_pack(text: str, source: str = "<text>", vocabulary: Vocabulary | None = None) -> Pack:
    """Read a pack from YAML; `source` names it in messages. Raises one RuleError with every problem.

    With a `vocabulary`, names, types, options and arguments are checked too.
    """
    problems = Problems()
    document = read_yaml(text, source)
    head = schema.load(schema.PackShape, document, "", problems)
    documents = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(documents, list) or not 0 < len(documents) <= MOST_DOCUMENTS:
        found = len(documents) if isinstance(documents, list) else documents
        zh, en = f"需要 1 到 {MOST_DOCUMENTS} 条规则的列表", f"needs a list of 1 to {MOST_DOCUMENTS} rules"
        problems.add("rules", zh, en, found=found)
        documents = []
    rules: list[Rule] = []
    seen: set[str] = set()
    for index, item in enumerate(documents):
        path = f"rules[{index}]"
        made = _read(item, path, problems, vocabulary)
        for rule_id in sorted({rule.id for rule in made if rule.id} & seen):
            problems.add(f"{path}.id", "规则 id 重复", "is used twice in this pack", found=rule_id)
        seen |= {rule.id for rule in made}
        rules += made
    problems.raise_if_any(source)
    plain = json.loads(json.dumps(documents, allow_nan=False))
    return Pack(head["id"], head["title"], tuple(rules), tuple(plain))


def rules_from_document(document: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> tuple[Rule, ...]:
    """Return the rules a document stands for: one, or one a row. Raises one RuleError with every problem."""
    problems = Problems()
    rules = _read(dict(document), "", problems, vocabulary)
    problems.raise_if_any()
    return rules


def _read(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> tuple[Rule, ...]:
    if not isinstance(document, dict) or not is_table(document):
        return (read_rule(document, path, problems, vocabulary),)
    before = len(problems.found)
    table = parse_table(document, path, problems, vocabulary)
    return rules_of(table) if len(problems.found) == before else ()
