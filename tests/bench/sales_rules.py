"""The rules and events that the rule engines are measured on: industry × region × budget, two matches an event."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

# Industries, regions and budget bands of each size; every cell has two rules, so that every event has two matches.
SHAPES = {10: (5, 1, 1), 100: (10, 5, 1), 1000: (20, 25, 1), 5000: (50, 25, 2)}
BAND = 500_000


@dataclass(frozen=True)
class Row:
    """One rule: what it asks, and the task it sets."""

    id: str
    industry: str
    region: str
    low: int
    high: int

    def holds(self, event: dict[str, str | int]) -> bool:
        """Say in plain Python whether the rule matches: the oracle."""
        return (
            event["lead.industry"] == self.industry
            and event["lead.region"] == self.region
            and self.low <= event["lead.budget"] < self.high  # type: ignore[operator]
        )

    def document(self) -> dict[str, object]:
        """Return the rule as Clew's document."""
        words = {"zh": self.id, "en": self.id}
        return {
            "id": self.id,
            "title": words,
            "purpose": words,
            "trigger": "lead.created",
            "when": {
                "all": [
                    {"field": "lead.industry", "op": "==", "value": self.industry},
                    {"field": "lead.region", "op": "==", "value": self.region},
                    {"field": "lead.budget", "op": ">=", "value": self.low},
                    {"field": "lead.budget", "op": "<", "value": self.high},
                ]
            },
            "then": [{"create_task": {"title": self.id, "assignee": "owner"}}],
        }


def rows(count: int) -> list[Row]:
    """Return `count` rules."""
    return list(_rows(count))


def _rows(count: int) -> Iterator[Row]:
    industries, regions, bands = SHAPES[count]
    for industry in range(industries):
        for region in range(regions):
            for band in range(bands):
                for twin in "ab":
                    name = f"r-{industry}-{region}-{band}-{twin}"
                    yield Row(name, f"行业{industry}", f"地区{region}", band * BAND, (band + 1) * BAND)


def events(count: int, number: int) -> list[dict[str, str | int]]:
    """Return `number` events for a ruleset of `count` rules, always the same ones."""
    industries, regions, bands = SHAPES[count]
    rng = random.Random(count)
    return [
        {
            "lead.industry": f"行业{rng.randrange(industries)}",
            "lead.region": f"地区{rng.randrange(regions)}",
            "lead.budget": rng.randrange(bands * BAND),
        }
        for _ in range(number)
    ]
