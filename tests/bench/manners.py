"""Miss Manners, the joiners' benchmark: seat guests so that neighbours differ in sex and share a hobby."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from durable import engine as durable

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
Seat = Callable[[], list[str]]
_serial = itertools.count(1)


class Guest(NamedTuple):
    """One hobby of one guest: a guest of three hobbies is three facts."""

    name: str
    sex: str
    hobby: int


def guests(number: int) -> list[Guest]:
    """Return a dinner's guests; all share one hobby, so that taking the first who fits always ends well."""
    rng = random.Random(number)
    return [
        Guest(f"g{n}", "mf"[n % 2], hobby)
        for n in range(number)
        for hobby in (1, *rng.sample(range(2, 6), rng.randint(1, 3)))
    ]


def is_good(seated: Sequence[str], rows: Sequence[Guest]) -> bool:
    """Say whether everybody sits once, between two they can talk to."""
    sex = {row.name: row.sex for row in rows}
    hobbies: dict[str, set[int]] = {}
    for row in rows:
        hobbies.setdefault(row.name, set()).add(row.hobby)
    pairs = itertools.pairwise(seated)
    return sorted(seated) == sorted(sex) and all(sex[a] != sex[b] and hobbies[a] & hobbies[b] for a, b in pairs)


RULE = {
    "id": "seat-next",
    "title": {"zh": "下一位", "en": "Next guest"},
    "purpose": {"zh": "邻座异性、有共同爱好", "en": "Neighbours differ in sex and share a hobby"},
    "trigger": "seat.taken",
    "match": [
        {"as": "left", "of": "guests", "where": {"field": "left.name", "op": "==", "than": "last.name"}},
        {
            "as": "right",
            "of": "guests",
            "where": {
                "all": [
                    {"field": "right.hobby", "op": "==", "than": "left.hobby"},
                    {"field": "right.sex", "op": "!=", "than": "last.sex"},
                ]
            },
        },
        {
            "as": "chosen",
            "of": "seated",
            "where": {"field": "chosen.name", "op": "==", "than": "right.name"},
            "none": True,
        },
    ],
    "then": [{"seat": {"name": "{right.name}", "sex": "{right.sex}"}}],
}


def clew(rows: Sequence[Guest]) -> Seat:
    """Return Clew's way: each seat taken is an event, and the rule says who sits down next."""
    ruleset = Ruleset.compile([rule_from_document(RULE)])
    facts: dict[str, Any] = {"guests": [row._asdict() for row in rows]}

    def dinner() -> list[str]:
        last = {"name": rows[0].name, "sex": rows[0].sex}
        seated = [last]
        while True:
            told = {**facts, "seated": seated, "last.name": last["name"], "last.sex": last["sex"]}
            outcome = ruleset.evaluate("seat.taken", told, NOW)
            if not outcome.decisions:
                return [one["name"] for one in seated]
            last = dict(outcome.decisions[0].args)
            seated.append(last)

    return dinner


class _Quiet(durable.Host):  # type: ignore[misc]
    def _run(self) -> None:
        """Start none of the threads that dispatch timers."""


def durable_rules(rows: Sequence[Guest]) -> Seat:
    """Return durable-rules alone: guests in its memory, each seat a fact that calls for the next."""
    seated: list[str] = []

    def seat(c: Any) -> None:
        name = c.right["name"]
        seated.append(name)
        c.retract_fact(c.last)
        c.assert_fact({"id": f"c{len(seated)}", "kind": "chosen", "name": name})
        c.assert_fact({"id": f"s{len(seated)}", "kind": "seat", "name": name})

    everybody = [
        {"last": {"kind": "seat"}},
        {"left": {"$and": [{"kind": "guest"}, {"name": {"last": "name"}}]}},
        {"right": {"$and": [{"kind": "guest"}, {"hobby": {"left": "hobby"}}, {"$neq": {"sex": {"left": "sex"}}}]}},
        {"chosen$not": {"$and": [{"kind": "chosen"}, {"name": {"right": "name"}}]}},
    ]
    ruleset = durable.Ruleset(f"manners{next(_serial)}", _Quiet(), {"seat": {"all": everybody, "run": seat}})

    def dinner() -> list[str]:
        session = f"d{next(_serial)}"
        seated[:] = [rows[0].name]
        for number, row in enumerate(rows):
            ruleset.assert_fact({"id": f"f{number}", "sid": session, "kind": "guest", **row._asdict()})
        ruleset.assert_fact({"id": "c0", "sid": session, "kind": "chosen", "name": rows[0].name})
        state = ruleset.assert_fact({"id": "s0", "sid": session, "kind": "seat", "name": rows[0].name})
        ruleset.do_actions(state, lambda error, _: None)
        ruleset.delete_state(session)
        return list(seated)

    return dinner
