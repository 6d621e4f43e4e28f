"""What is asked when a merge is taken back, page by page: however much came since, a page stays a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.errors import ClewError
from ...core.intake import unmerging

ASKED = 20
"""So many of what changed since a merge are asked about on one page."""


@dataclass(frozen=True)
class Asked:
    """One page of what is asked: `kept` are the answers given on the others, `kinds` those that may be answered at once."""

    questions: Sequence[unmerging.Question]
    kept: Mapping[str, str]
    kinds: Mapping[str, int]
    page: int
    pages: int

    @classmethod
    def of(
        cls, every: Sequence[unmerging.Question], answers: Mapping[str, str], error: ClewError | None, page: int
    ) -> Asked:
        """Return a page; after a refusal the first that lacks an answer."""
        pages = max(1, -(-len(every) // ASKED))
        lacking = {one.field for one in getattr(error, "problems", ())}
        if lacking:
            page = next((at // ASKED for at, one in enumerate(every) if one.name in lacking), page)
        page = min(max(page, 0), pages - 1)
        here = every[page * ASKED : (page + 1) * ASKED]
        shown = {one.name for one in here}
        kinds: dict[str, int] = {}
        for one in every if pages > 1 else ():
            if one.every:
                kinds[one.every] = kinds.get(one.every, 0) + 1
        kept = {
            name: value
            for name, value in answers.items()
            if name not in shown and name not in kinds and value in unmerging.ANSWERS
        }
        return cls(here, kept, kinds, page, pages)
