"""Grade → route → assign: 30 rules in three steps, the last a join with 20 sellers as facts; four ways to decide it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import clips
from durable import engine as durable

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document

Event = dict[str, Any]
Decide = Callable[[Sequence[Event]], list[str | None]]
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
GRADES, REGIONS, TEAMS, STEP, FULL = 10, 3, 5, 100_000, 8
SELLERS = [{"id": f"u{n}", "team": f"t{n % TEAMS}", "open_leads": n * 7 % 12} for n in range(20)]
_serial = itertools.count(1)


def team_of(grade: int, region: int) -> str | None:
    """Return the team that the routing rules name; half of the pairs are routed."""
    place = grade * REGIONS + region
    return f"t{place % TEAMS}" if place % 2 == 0 else None


ROUTES = [(g, r, team) for g in range(GRADES) for r in range(REGIONS) if (team := team_of(g, r))]


def events(number: int) -> list[Event]:
    """Return leads, always the same ones."""
    rng = random.Random(7)
    return [
        {"lead.budget": rng.randrange(GRADES * STEP), "lead.region": f"r{rng.randrange(REGIONS)}", "sellers": SELLERS}
        for _ in range(number)
    ]


def oracle(event: Event) -> str | None:
    """Return who gets the lead, written by hand: the first seller of the team with room."""
    team = team_of(event["lead.budget"] // STEP, int(event["lead.region"][1:]))
    free = (seller["id"] for seller in SELLERS if seller["team"] == team and seller["open_leads"] < FULL)
    return next(free, None)


def by_hand(given: Sequence[Event]) -> list[str | None]:
    """Decide in plain Python."""
    return [oracle(event) for event in given]


def clew() -> Decide:
    """Return Clew's way: two derivations and a match."""
    ruleset = Ruleset.compile(rule_from_document(document) for document in _documents())

    def decide(given: Sequence[Event]) -> list[str | None]:
        found = []
        for event in given:
            outcome = ruleset.evaluate("lead.created", event, NOW)
            found.append(outcome.decisions[0].args["user"] if outcome.decisions else None)
        return found

    return decide


def _documents() -> list[dict[str, Any]]:
    def rule(name: str, when: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        words = {"zh": name, "en": name}
        return {"id": name, "title": words, "purpose": words, "trigger": "lead.created", "when": {"all": when}, **more}

    found = [
        rule(
            f"grade-{g}",
            [
                {"field": "lead.budget", "op": ">=", "value": g * STEP},
                {"field": "lead.budget", "op": "<", "value": (g + 1) * STEP},
            ],
            derive={"grade": f"g{g}"},
        )
        for g in range(GRADES)
    ]
    for g, r, team in ROUTES:
        asked = [
            {"derived": "grade", "op": "==", "value": f"g{g}"},
            {"field": "lead.region", "op": "==", "value": f"r{r}"},
        ]
        found.append(rule(f"route-{g}-{r}", asked, derive={"team": team}))
    for n in range(TEAMS):
        where = {
            "all": [
                {"field": "seller.team", "op": "==", "value": f"t{n}"},
                {"field": "seller.open_leads", "op": "<", "value": FULL},
            ]
        }
        found.append(
            rule(
                f"assign-{n}",
                [{"derived": "team", "op": "==", "value": f"t{n}"}],
                match=[{"as": "seller", "of": "sellers", "where": where}],
                then=[{"assign": {"user": "{seller.id}"}}],
            )
        )
    return found


def clips_alone() -> Decide:
    """Return CLIPS: the sellers stay in its memory, a lead comes and goes with what was derived from it."""
    environment = clips.Environment()
    assigned: list[str] = []
    environment.define_function(lambda name: assigned.append(str(name)), "assigned")
    for template in ("lead (slot budget) (slot region)", "grade (slot is)", "team (slot is)"):
        environment.build(f"(deftemplate {template})")
    environment.build("(deftemplate seller (slot id) (slot team) (slot open) (slot at))")
    for g in range(GRADES):
        environment.build(
            f"(defrule grade-{g} (logical (lead (budget ?b&:(>= ?b {g * STEP})&:(< ?b {(g + 1) * STEP})))) "
            f"=> (assert (grade (is g{g}))))"
        )
    for g, r, team in ROUTES:
        environment.build(
            f"(defrule route-{g}-{r} (logical (grade (is g{g})) (lead (region r{r}))) => (assert (team (is {team}))))"
        )
    for n in range(TEAMS):
        environment.build(
            f"(defrule assign-{n} (team (is t{n})) (seller (id ?s) (team t{n}) (open ?o&:(< ?o {FULL})) (at ?at)) "
            f"(not (seller (team t{n}) (open ?p&:(< ?p {FULL})) (at ?q&:(< ?q ?at)))) => (assigned ?s))"
        )
    sellers = environment.find_template("seller")
    for at, seller in enumerate(SELLERS):
        team, name = clips.Symbol(seller["team"]), clips.Symbol(seller["id"])
        sellers.assert_fact(id=name, team=team, open=seller["open_leads"], at=at)
    lead = environment.find_template("lead")

    def decide(given: Sequence[Event]) -> list[str | None]:
        found: list[str | None] = []
        for event in given:
            assigned.clear()
            fact = lead.assert_fact(budget=event["lead.budget"], region=clips.Symbol(event["lead.region"]))
            environment.run()
            fact.retract()
            found.append(assigned[0] if assigned else None)
        return found

    return decide


class _Quiet(durable.Host):  # type: ignore[misc]
    def _run(self) -> None:
        """Start none of the threads that dispatch timers."""


def durable_rules() -> Decide:
    """Return durable-rules in one ruleset: lead and sellers asserted into a fresh session for each event."""
    assigned: list[tuple[int, str]] = []
    definition: dict[str, Any] = {}

    def derives(kind: str, value: str) -> Callable[[Any], None]:
        return lambda c: c.assert_fact({"kind": kind, "is": value})

    for g in range(GRADES):
        band = [{"kind": "lead"}, {"$gte": {"budget": g * STEP}}, {"$lt": {"budget": (g + 1) * STEP}}]
        definition[f"grade-{g}"] = {"all": [{"m": {"$and": band}}], "run": derives("grade", f"g{g}")}
    for g, r, team in ROUTES:
        graded, lead = {"$and": [{"kind": "grade"}, {"is": f"g{g}"}]}, {"$and": [{"kind": "lead"}, {"region": f"r{r}"}]}
        definition[f"route-{g}-{r}"] = {"all": [{"a": graded}, {"b": lead}], "run": derives("team", team)}
    for n in range(TEAMS):
        routed = {"$and": [{"kind": "team"}, {"is": f"t{n}"}]}
        seller = {"$and": [{"kind": "seller"}, {"team": f"t{n}"}, {"$lt": {"open": FULL}}]}
        definition[f"assign-{n}"] = {
            "all": [{"a": routed}, {"who": seller}],
            "run": lambda c: assigned.append((c.who.at, c.who.name)),
        }
    definition["seller"] = {"all": [{"m": {"kind": "seller"}}], "run": lambda c: None}
    definition["team"] = {"all": [{"m": {"kind": "team"}}], "run": lambda c: None}
    definition["grade"] = {"all": [{"m": {"kind": "grade"}}], "run": lambda c: None}
    definition["lead"] = {"all": [{"m": {"kind": "lead"}}], "run": lambda c: None}
    ruleset = durable.Ruleset(f"chain{next(_serial)}", _Quiet(), definition)

    def decide(given: Sequence[Event]) -> list[str | None]:
        found: list[str | None] = []
        for event in given:
            assigned.clear()
            session = f"c{next(_serial)}"
            for at, seller in enumerate(SELLERS):
                values = {"name": seller["id"], "team": seller["team"], "open": seller["open_leads"], "at": at}
                ruleset.assert_fact({"id": f"{session}-{at}", "sid": session, "kind": "seller", **values})
            lead = {"kind": "lead", "budget": event["lead.budget"], "region": event["lead.region"]}
            state = ruleset.assert_fact({"id": session, "sid": session, **lead})
            ruleset.do_actions(state, lambda error, _: None)
            ruleset.delete_state(session)
            found.append(min(assigned)[1] if assigned else None)
        return found

    return decide
