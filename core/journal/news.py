"""Whether something happened since somebody looked: two bounded statements over the journal's numbers.

A transaction may commit after one that was given a later number. So a mark says the last number there was, and how many
lines stood among those just before it: if there are more by now, a late one came in, and is read, too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..storage.database import database
from ..storage.statements import LARGEST

BEFORE = 200
"""So many numbers before the last are looked at again."""
_MARK = re.compile(r"(\d{1,18})\.(\d{1,4})")


class News(NamedTuple):
    """Where the journal stands now, and after which number there is something to read; None if nothing happened."""

    mark: str
    after: int | None


def news(mark: str = "") -> News:
    """Return what happened since a mark was made; for one that is none, only where the journal stands."""
    found = _MARK.fullmatch(mark)
    seen, lines = (min(int(found[1]), LARGEST), int(found[2])) if found else (0, 0)
    here = database.param
    counted = f"(SELECT COUNT(*) FROM journal WHERE seq > {here} AND seq <= {here})"  # noqa: S608 - marks for values
    last = int(database.execute_sql("SELECT COALESCE(MAX(seq), 0) FROM journal").fetchone()[0])
    marks = (last - BEFORE, last, seen - BEFORE, seen)
    now, then = (int(one) for one in database.execute_sql(f"SELECT {counted}, {counted}", marks).fetchone())
    after = None
    if found and then != lines:
        after = max(0, seen - BEFORE)
    elif found and last > seen:
        after = seen
    return News(f"{last}.{now}", after)
