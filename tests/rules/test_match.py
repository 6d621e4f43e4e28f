"""Related records: which rows are found, in which order, alone and together; what a rule may say of them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from clew.rules.language.errors import FactError, JoinTooLarge, RuleLoop

from .building import evaluate, fired, leaf, rule

CONTRACTS = [
    {"number": "A", "amount": 90, "status": "draft", "team": "north"},
    {"number": "B", "amount": 120, "status": "signed", "team": "south"},
    {"number": "C", "amount": 400, "status": "signed", "team": "north"},
]


def item(alias: str, of: str, where: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"as": alias, "of": of} | ({} if where is None else {"where": where}) | more


def than(field: str, op: str, other: str) -> dict[str, Any]:
    return {"field": field, "op": op, "than": other}


def texts(match: list[dict[str, Any]], text: str, facts: dict[str, Any]) -> list[str]:
    found = rule("r", match=match, then=[{"note": {"text": text}}])
    return [decision.args["text"] for decision in evaluate([found], facts).decisions]


def test_the_first_row_that_fits_may_be_spoken_of() -> None:
    signed = item("c", "contracts", leaf("c.status", "==", "signed"))
    assert texts([signed], "{c.number}: {c.amount} {c.gone}", {"contracts": CONTRACTS}) == ["B: 120 —"]
    assert texts([signed], "x", {"contracts": CONTRACTS[:1]}) == []
    assert texts([signed], "x", {}) == []
    assert texts([item("c", "contracts")], "{c.number}", {"contracts": CONTRACTS}) == ["A"]


def test_a_row_is_compared_with_facts_of_the_event() -> None:
    larger = item("c", "contracts", than("c.amount", ">", "lead.budget"))
    assert texts([larger], "{c.number} {lead.budget}", {"contracts": CONTRACTS, "lead.budget": 100}) == ["B 100"]
    assert texts([larger], "x", {"contracts": CONTRACTS}) == [], "a missing fact compares with nothing"


def test_of_rows_together_the_first_combination_in_the_order_of_the_items_counts() -> None:
    pair = [item("a", "contracts"), item("b", "contracts", than("b.amount", ">", "a.amount"))]
    assert texts(pair, "{a.number}{b.number}", {"contracts": CONTRACTS}) == ["AB"]
    assert texts(pair, "{a.number}{b.number}", {"contracts": CONTRACTS[::-1]}) == ["BC"]
    team = [
        item("a", "contracts"),
        item("b", "contracts", {"all": [than("a.team", "==", "b.team"), than("b.number", "!=", "a.number")]}),
    ]
    assert texts(team, "{a.number}{b.number}", {"contracts": CONTRACTS}) == ["AC"]
    assert texts(team, "x", {"contracts": CONTRACTS[:2]}) == []


def test_two_items_may_find_the_same_row_unless_told_otherwise() -> None:
    same = [item("a", "contracts"), item("b", "contracts", than("b.number", "==", "a.number"))]
    assert texts(same, "{a.number}{b.number}", {"contracts": CONTRACTS}) == ["AA"]


def test_none_means_that_no_row_fits() -> None:
    draft = item("c", "contracts", leaf("c.status", "==", "draft"), none=True)
    assert texts([draft], "ok", {"contracts": CONTRACTS[1:]}) == ["ok"]
    assert texts([draft], "ok", {"contracts": CONTRACTS}) == []
    assert texts([draft], "ok", {}) == ["ok"]


def test_a_row_for_which_there_is_none_of_another_kind() -> None:
    unpaid = [item("c", "contracts"), item("p", "payments", than("p.contract", "==", "c.number"), none=True)]
    facts = {"contracts": CONTRACTS, "payments": [{"contract": "A"}, {"contract": "C"}]}
    assert texts(unpaid, "{c.number}", facts) == ["B"]


def test_at_least_counts_and_speaks_of_the_first() -> None:
    two = item("c", "contracts", leaf("c.amount", ">", 100), at_least=2)
    assert texts([two], "{c.number}", {"contracts": CONTRACTS}) == ["B"]
    assert texts([two], "x", {"contracts": CONTRACTS[:2]}) == []


@pytest.mark.parametrize(
    ("left", "op", "right", "expected"),
    [
        (1, "==", True, False),
        (1, "==", 1.0, True),
        (1, "!=", True, True),
        ("1", "==", 1, False),
        (["x"], "==", ["x"], True),
        ([1], "==", [True], False),
        (2**60, "==", 2**60 + 1, False),
        (2**60, "<", 2**60 + 1, True),
        (1, "<", "2", False),
        (False, "<", 2, False),
        ("2026-03-01", "<", "2026-03-02T00:00:00+00:00", True),
        ("2026-03-02", ">=", "2026-03-02T00:00:00+00:00", True),
        ("2026-03-01", "<", 5, False),
        ("b", "<", "c", False),
        (None, "!=", 1, False),
        ("", "==", "", False),
    ],
)
def test_two_facts_compare_alike_alone_and_between_rows(left: Any, op: str, right: Any, expected: bool) -> None:
    alone = rule("r", than("left", op, "right"))
    assert (fired([alone], {"left": left, "right": right}) == ["r"]) is expected
    rows = rule("r", match=[item("a", "lefts"), item("b", "rights", than("a.v", op, "b.v"))])
    assert (fired([rows], {"lefts": [{"v": left}], "rights": [{"v": right}]}) == ["r"]) is expected


def test_a_match_reads_what_rules_derive_and_may_derive_itself() -> None:
    facts = {
        "lead.budget": 500,
        "sellers": [{"id": "u1", "team": "t2", "open": 9}, {"id": "u2", "team": "t1", "open": 2}],
    }
    route = rule("route", leaf("lead.budget", ">=", 100), derive={"team": "t1"}, then=[])
    free = {"all": [than("s.team", "==", "derived.team"), leaf("s.open", "<", 8)]}
    assign = rule(
        "assign", match=[item("s", "sellers", free)], derive={"taken": True}, then=[{"note": {"text": "{s.id}"}}]
    )
    rest = rule("rest", {"not": {"derived": "taken", "op": "present"}})
    outcome = evaluate([assign, rest, route], facts)
    assert [one.rule_id for one in outcome.firings] == ["assign", "route"]
    assert outcome.firings[0].facts == {"s.team": "t1", "derived.team": "t1", "s.open": 2, "s.id": "u2"}
    assert fired([assign, rest, route], facts | {"lead.budget": 1}) == ["rest"]


def test_of_a_group_a_rule_whose_rows_are_not_there_gives_way() -> None:
    first = rule("first", match=[item("c", "contracts")], group="g", priority=1)
    assert fired([first, rule("second", group="g")], {}) == ["second"]
    assert fired([first, rule("second", group="g")], {"contracts": CONTRACTS}) == ["first"]


def test_rules_going_round_through_their_rows_are_named() -> None:
    where = {"derived": "on", "op": "missing"}
    with pytest.raises(RuleLoop) as caught:
        evaluate([rule("flip", match=[item("c", "contracts", where)], derive={"on": True})], {"contracts": CONTRACTS})
    assert caught.value.rule_ids == ("flip",)


def test_many_rows_are_joined_exactly() -> None:
    guests = [{"name": f"g{n}", "sex": "mf"[n % 2], "hobby": n % 7} for n in range(128)]
    where = {"all": [than("b.hobby", "==", "a.hobby"), than("b.sex", "!=", "a.sex"), leaf("b.name", "!=", "g7")]}
    last = item("a", "guests", leaf("a.name", "==", "g126"))
    assert texts([last, item("b", "guests", where)], "{b.name}", {"guests": guests}) == ["g21"]
    three = item(
        "c",
        "guests",
        {"all": [than("c.hobby", "==", "b.hobby"), than("c.sex", "==", "a.sex"), than("c.name", "!=", "a.name")]},
    )
    assert texts([last, item("b", "guests", where), three], "{b.name} {c.name}", {"guests": guests}) == ["g21 g0"]


@pytest.mark.parametrize(
    "rows", [{"contracts": 5}, {"contracts": [1]}, {"contracts": [{"amount": {"a": 1}}]}, {"contracts": "x"}]
)
def test_rows_nobody_can_read_are_refused_by_name(rows: dict[str, Any]) -> None:
    with pytest.raises(FactError, match=r"contracts|c\.amount"):
        evaluate([rule("r", match=[item("c", "contracts", leaf("c.amount", ">", 1))])], rows)


@pytest.mark.slow
def test_too_many_rows_or_combinations_end_in_a_sentence_that_names_the_rule_and_soon() -> None:
    started = time.monotonic()
    many = {"rows": [{"n": number} for number in range(5001)]}
    with pytest.raises(FactError, match="5001 rows"):
        evaluate([rule("r", match=[item("a", "rows")])], many)
    some = {"rows": [{"n": number} for number in range(400)]}
    unlike = [
        item("a", "rows"),
        item("b", "rows", than("b.n", "!=", "a.n")),
        item("c", "rows", than("c.n", "!=", "b.n")),
    ]
    with pytest.raises(JoinTooLarge, match="'wide'") as caught:
        evaluate([rule("wide", match=unlike)], some)
    assert "wide" in caught.value.zh
    never = {"all": [{"any": [than("b.n", "==", "a.n"), than("b.n", "!=", "a.n")]}, leaf("a.n", "<", 0)]}
    with pytest.raises(JoinTooLarge, match="'never'"):
        evaluate([rule("never", match=[item("a", "rows"), item("b", "rows", never)])], some)
    assert time.monotonic() - started < 20
