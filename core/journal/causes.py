"""Chains of causes: the rules and plugins that led to a journal line, and those that go round in it."""

from __future__ import annotations

from dataclasses import dataclass

from ..storage.system_tables import JournalLine

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


def going_round(line: JournalLine) -> list[str]:
    """Return who comes more than once in the chain that ends in `line`, in the order they follow each other."""
    names = [f"{step.by} v{step.version}" if step.version else step.by for step in chain_of(line) if step.by]
    again = [name for name in dict.fromkeys(reversed(names)) if names.count(name) > 1]
    return again or list(dict.fromkeys(reversed(names)))


def endless(line: JournalLine, longest: int) -> str:
    """Return the words for a chain longer than `longest`, with those who go round in it."""
    names = going_round(line)
    circle = " → ".join([*names, names[0]]) if names else f"{line.cause_rule or line.cause_plugin!r}"
    return (
        f"chain of causes longer than {longest}: {circle}. These set each other off for ever; "
        f"mend one of them. 规则互相触发、没有尽头：{circle}，请修改其中一条"
    )
