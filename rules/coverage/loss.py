"""What a change of a rule takes away, as it is told to whoever approves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["uncovered", "weaker", "undecided"]
LEVELS: tuple[Level, ...] = ("uncovered", "weaker", "undecided")


@dataclass(frozen=True)
class Loss:
    """One thing that the old version did and the new one does not.

    `level` is uncovered (records that the rule no longer reaches), weaker (it does less for those it reaches) or
    undecided (it could not be told whether it takes something away). `what` names the kind of loss: region, event,
    row, action, recipient, deadline, validity, group, match or size. `rule` is the id of the rule, or of the table's row.
    """

    level: Level
    what: str
    zh: str
    en: str
    rule: str = ""
