"""Who wrote a journal line: a person, a rule in one version, a plugin, or Clew itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...hooks.text import Text


@dataclass(frozen=True)
class RuleSeen:
    """A rule's version: `id` as firings name it, `code` of its document, `row` (from 1) if that is a decision table."""

    id: str
    code: str
    version: int
    title: Text
    row: int | None = None
    author: str = ""
    reviewer: str = ""
    published_at: datetime | None = None

    def to_dict(self, language: str) -> dict[str, Any]:
        """Return the rule as JSON."""
        return {
            "id": self.id,
            "code": self.code,
            "version": self.version,
            "title": self.title.for_locale(language),
            "row": self.row,
            "author": self.author,
            "reviewer": self.reviewer,
            "published_at": iso(self.published_at),
        }


@dataclass(frozen=True)
class Who:
    """Who did it: rule, plugin, user, or one of system, import, public. `ip` is masked."""

    kind: str
    name: Text
    role: Text = Text("", "")
    channel: Text = Text("", "")
    ip: str = ""
    version: str = ""
    rule: RuleSeen | None = None

    def to_dict(self, language: str) -> dict[str, Any]:
        """Return who it was as JSON."""
        found = {"kind": self.kind, "name": self.name.for_locale(language), "role": self.role.for_locale(language)}
        found |= {"channel": self.channel.for_locale(language), "ip": self.ip, "version": self.version}
        return {**found, "rule": self.rule.to_dict(language) if self.rule else None}


def iso(moment: datetime | None) -> str | None:
    """Return a moment as ISO text."""
    return moment.isoformat() if moment else None
