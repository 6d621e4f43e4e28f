"""What a decision table's own check says, as findings beside those about all rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from ..language.vocabulary import Vocabulary
from ..tables.report import check_table
from .finding import Finding, Level, Repair
from .witnesses import SOME_DAY


def table_findings(
    document: Mapping[str, Any], vocabulary: Vocabulary, now: datetime | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with a decision table by itself: gaps, overlaps, rows that never count.

    Paths and repairs are of the table's document. Raises RuleError if it can't be read.
    """
    trigger = document.get("trigger")
    event = str(trigger[0] if isinstance(trigger, list) else trigger)
    at = now or SOME_DAY
    found = []
    for one in check_table(document, vocabulary, at).findings:
        rows = [document["rows"][number - 1] for number in one.rows]
        names = tuple(f"{document['id']}-{row['id']}" for row in rows)
        found.append(
            Finding(
                f"table_{one.kind}",
                cast(Level, one.level),
                f"rows[{one.rows[0] - 1}]" if one.rows else "rows",
                one.zh,
                one.en,
                (str(document["id"]), *names),
                event,
                dict(one.facts),
                tuple(Repair(each.zh, each.en, each.patch) for each in one.repairs),
                at.isoformat(),
            )
        )
    return tuple(found)
