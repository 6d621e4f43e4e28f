"""Chains of causes: the rules and plugins that led to a journal line, and those that go round in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...hooks.text import Text
from ..storage.system_tables import JournalLine

FAILED = "rule.failed"
"""The journal line that says a rule could not be carried out."""
_LONGEST = 60


@dataclass(frozen=True)
class Step:
    """One link of a chain: the line, and the rule (with its version) or plugin that wrote it."""

    seq: int
    kind: str
    by: str
    version: str


def chain_of(line: JournalLine) -> list[Step]:
    """Return the chain that ends in `line`, the newest step first."""
    steps: list[Step] = []
    at: JournalLine | None = line
    while at is not None and len(steps) < _LONGEST:
        steps.append(Step(at.seq, at.kind, at.cause_rule or at.cause_plugin, at.cause_version))
        at = JournalLine.get_or_none(JournalLine.seq == at.cause_seq) if at.cause_seq else None
    return steps


def going_round(line: JournalLine, called: Callable[[str], Mapping[str, str]]) -> list[Text]:
    """Return who comes more than once in the chain that ends in `line`, in the order they follow each other.

    `called` returns the title of a rule in both languages, nothing for what has none.
    """
    names = [(step.by, step.version) for step in chain_of(line) if step.by]
    again = [name for name in dict.fromkeys(reversed(names)) if names.count(name) > 1]
    return [_named(by, version, called(by)) for by, version in again or dict.fromkeys(reversed(names))]


def endless(line: JournalLine, longest: int, called: Callable[[str], Mapping[str, str]]) -> str:
    """Return the words for a chain longer than `longest`, a line a language, with those who go round in it."""
    names = going_round(line, called) or [
        Text(line.cause_rule or line.cause_plugin, line.cause_rule or line.cause_plugin)
    ]
    circle = Text(*(" → ".join(one.for_locale(locale) for one in [*names, names[0]]) for locale in ("zh", "en")))
    return (
        f"规则互相触发、没有尽头（超过 {longest} 步，已切断）：{circle.zh}；请修改其中一条\n"
        f"these set each other off for ever (cut after {longest} steps): {circle.en}; mend one of them"
    )


def failed_before(line: JournalLine, rule: str) -> bool:
    """Say whether, somewhere in the chain that ends in `line`, a rule could not be carried out already."""
    return any(step.kind == FAILED and step.by == rule for step in chain_of(line))


def _named(by: str, version: str, title: Mapping[str, str]) -> Text:
    number = f" v{version}" if version else ""
    zh, en = title.get("zh"), title.get("en")
    return Text(f"「{zh}」{number.strip()}" if zh else f"{by}{number}", f"“{en}”{number}" if en else f"{by}{number}")
