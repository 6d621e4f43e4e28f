"""Why something happened, and why not: chains of causes read from the journal, clauses from the rules of then (law 7)."""

from ..timeline.who import RuleSeen, Who
from .chain import why
from .events import lead_named, others, triggers_of
from .links import Derivation, Link, Seen, Why, WhyNot
from .whynot import why_not

__all__ = [
    "Derivation",
    "Link",
    "RuleSeen",
    "Seen",
    "Who",
    "Why",
    "WhyNot",
    "lead_named",
    "others",
    "triggers_of",
    "why",
    "why_not",
]
