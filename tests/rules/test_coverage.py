"""What a changed rule no longer covers: said in words, exact where conditions are boxes, honest where they are not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.coverage.compare import losses
from clew.rules.coverage.regions import TooLarge, beyond, boxes_of, space_of
from clew.rules.language.conditions import Condition, holds, parse_condition
from clew.rules.language.errors import Problems
from clew.rules.language.values import FactView
from clew.rules.language.vocabulary import FieldType, Vocabulary
from clew.rules.packs.reading import rules_from_document

KNOWN = bundled_vocabulary()
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WORDS = {"zh": "首次响应", "en": "First response"}
EAST = {"field": "lead.region", "op": "==", "value": "华东"}
BIG = {"field": "lead.budget", "op": ">=", "value": 500_000}
START = {"start_deadline": {"name": "first_response", "working_minutes": 30}}


def rule(when: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    found = {"id": "first", "title": WORDS, "purpose": WORDS, "trigger": "lead.assigned", "then": [START], **more}
    return found if when is None else {**found, "when": when}


def said(before: dict[str, Any], after: dict[str, Any], language: str = "zh") -> list[str]:
    one, other = (rules_from_document(document, KNOWN) for document in (before, after))
    return [loss.zh if language == "zh" else loss.en for loss in losses(one, other, KNOWN, NOW)]


def test_thirty_minutes_for_all_and_twenty_for_one_region() -> None:
    shorter = {"start_deadline": {"name": "first_response", "working_minutes": 20}}
    assert said(rule(), rule(EAST, then=[shorter])) == ["不再覆盖：地区不是「华东」（含未填）"]
    assert said(rule(), rule(EAST, then=[shorter]), "en") == [
        "no longer covered: the region is not “华东” (or is empty)"
    ]
    assert said(rule(EAST), rule()) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (BIG, {"all": [BIG, EAST]}, ["不再覆盖：地区不是「华东」（含未填）"]),
        ({"any": [BIG, EAST]}, EAST, ["不再覆盖：地区不是「华东」（含未填）"]),
        (None, BIG, ["不再覆盖：预算 < 50 万元或预算为空"]),
        (EAST, {"not": EAST}, ["不再覆盖：原来覆盖的全部"]),
        ({"not": {"not": EAST}}, {"any": [EAST, BIG]}, []),
        (None, {"field": "lead.answered", "op": "==", "value": False}, ["不再覆盖：线索已响应（含未填）"]),
        (
            {"field": "lead.stage", "op": "in", "value": ["demo", "signing"]},
            {"field": "lead.stage", "op": "==", "value": "demo"},
            ["不再覆盖：阶段是合同签署"],
        ),
        (
            {"field": "lead.company", "op": "contains", "value": "精密"},
            {"all": [{"field": "lead.company", "op": "contains", "value": "精密"}, EAST]},
            ["不再覆盖：地区不是「华东」（含未填）"],
        ),
        (
            {"field": "lead.company", "op": "starts_with", "value": "上海"},
            {"field": "lead.company", "op": "contains", "value": "上海"},
            ["可能不再覆盖（未能判定有没有这样的记录）：公司不含「上海」（含未填）"],
        ),
    ],
)
def test_whom_a_changed_condition_no_longer_covers(
    before: dict[str, Any] | None, after: dict[str, Any] | None, expected: list[str]
) -> None:
    assert said(rule(before), rule(after)) == expected


def test_events_validity_groups_and_related_records() -> None:
    both = rule(trigger=["lead.assigned", "lead.created"])
    assert said(both, rule()) == ["不再响应：线索已创建"]
    assert said(rule(), rule(valid={"until": "2026-04-01"})) == ["只到 2026年4月1日 为止"]
    assert said(rule(valid={"from": "2026-01-01"}), rule(valid={"from": "2026-03-01"})) == ["2026年3月1日 起才生效"]
    assert said(rule(valid={"until": "2026-04-01"}), rule()) == []
    assert said(rule(), rule(group="sla")) == ["加入了互斥组「sla」：组里更优先的规则成立时，它不再生效"]
    match = [{"as": "c", "of": "contracts", "where": {"field": "c.amount", "op": ">", "value": 1}}]
    (now,) = said(rule(), rule(match=match))
    assert now.startswith("现在还要求")
    more = [{**match[0], "at_least": 2}]
    (undecided,) = said(rule(match=match), rule(match=more))
    assert "未能判定是否覆盖得更少" in undecided


def test_deadlines_made_longer_messages_to_fewer_and_actions_dropped() -> None:
    told = {"notify": {"to": "owner_manager", "title": "慢了", "body": "请看"}}
    before = rule(then=[{"start_deadline": {**START["start_deadline"], "warn": 5}}, told])
    slower = {"start_deadline": {"name": "first_response", "working_minutes": 60}}
    assert said(before, rule(then=[slower])) == [
        "时限「首次响应」从 30 个工作分钟放宽到 1 个工作小时",
        "不再提前预警",
        "不再给负责人的主管发消息「慢了」（正文「请看」）",
    ]
    other = {"notify": {**told["notify"], "to": "owner"}}
    assert said(before, rule(then=[before["then"][0], other])) == ["不再发给负责人的主管"]
    assert said(before, rule(then=[*before["then"], other])) == []


def table(*rows: tuple[str, str, str, str]) -> dict[str, Any]:
    head = {"id": "route", "title": WORDS, "purpose": WORDS, "trigger": "lead.created"}
    return {
        **head,
        "inputs": [{"field": "lead.region"}, {"field": "lead.budget"}],
        "outputs": [{"derive": "team"}],
        "rows": [{"id": name, "when": [region, budget], "then": [team]} for name, region, budget, team in rows],
    }


def test_a_row_that_goes_and_one_that_takes_less() -> None:
    full = table(("east", "华东", "-", "一部"), ("south", "华南, 华中", "-", "二部"), ("rest", "-", "-", "三部"))
    gone = table(("east", "华东", "-", "一部"), ("rest", "-", "-", "三部"))
    assert said(full, gone) == ["去掉了第 2 行（地区是「华南」「华中」之一）"]
    named = table(("east", "华东", "-", "一部"), ("southern", "华南, 华中", "-", "二部"), ("rest", "-", "-", "三部"))
    assert said(full, named) == []
    less = table(("east", "华东", "-", "一部"), ("south", "华南", "-", "二部"), ("rest", "-", "-", "三部"))
    assert said(full, less) == ["第 2 行不再管：地区是「华中」；改由其他行决定"]
    open_ended = table(("east", "华东", "-", "一部"), ("south", "华南", "-", "二部"))
    assert said(full, open_ended)[0].startswith("不再覆盖：地区不在「华南」「华东」之列（含未填）")


def test_too_many_combinations_are_said_to_be_undecided() -> None:
    def many(value: int) -> dict[str, Any]:
        fields = ("lead.region", "lead.industry", "lead.company", "lead.note", "lead.quality", "lead.product")
        known = [name for name in fields if name in KNOWN.fields]
        each = [
            {"any": [{"field": name, "op": "==", "value": f"{number}{value}"} for number in range(12)]}
            for name in known
        ]
        return {"all": each}

    (only,) = said(rule(many(1)), rule(many(2)))
    assert "未能判定是否覆盖得更少" in only


FIELDS = {
    "f.region": FieldType("text"),
    "f.stage": FieldType("text", ("a", "b", "c")),
    "f.budget": FieldType("number"),
    "f.least": FieldType("number"),
    "f.answered": FieldType("bool"),
    "f.tags": FieldType("list"),
    "f.at": FieldType("datetime"),
}
TYPED = Vocabulary(FIELDS, frozenset({"t"}))
TEXTS, NUMBERS, TAGS = ["x", "y", "xy", "z"], [-1, 0, 1, 2, 2.5, 7], ["u", "v", "w"]
MOMENTS = [(NOW + timedelta(hours=hours)).isoformat() for hours in (-50, -5, -1, 0, 3, 60)]


def random_leaf(rng: random.Random) -> dict[str, Any]:
    name = rng.choice(list(FIELDS))
    kind = FIELDS[name].kind
    if rng.random() < 0.15:
        return {"field": name, "op": rng.choice(["missing", "present"])}
    if name in ("f.budget", "f.least") and rng.random() < 0.2:
        return {"field": "f.budget", "op": rng.choice(["<", ">=", "=="]), "than": "f.least"}
    if name == "f.stage":
        return {"field": name, "op": rng.choice(["==", "!="]), "value": rng.choice("abc")}
    choices: dict[str, list[tuple[str, Any]]] = {
        "text": [
            *((op, rng.choice(TEXTS)) for op in ("==", "!=", "contains", "starts_with")),
            *((op, rng.sample(TEXTS, 2)) for op in ("in", "not_in")),
        ],
        "number": [
            *((op, rng.choice(NUMBERS)) for op in ("==", "!=", "<", "<=", ">", ">=")),
            ("between", sorted(rng.sample(NUMBERS, 2))),
        ],
        "bool": [("==", rng.random() < 0.5)],
        "list": [("contains", rng.choice(TAGS))],
        "datetime": [
            *((op, rng.choice(MOMENTS)) for op in ("before", "after")),
            *((op, rng.choice([1, 4, 48])) for op in ("within_hours", "older_than_hours")),
        ],
    }
    op, value = rng.choice(choices[kind])
    return {"field": name, "op": op, "value": value}


def random_condition(rng: random.Random, depth: int = 0) -> dict[str, Any]:
    shape = rng.choice(["leaf", "all", "any", "not"] if depth < 3 else ["leaf"])
    if shape == "leaf":
        return random_leaf(rng)
    if shape == "not":
        return {"not": random_condition(rng, depth + 1)}
    return {shape: [random_condition(rng, depth + 1) for _ in range(rng.randint(1, 3))]}


def random_facts(rng: random.Random) -> dict[str, Any]:
    pools: dict[str, list[Any]] = {
        "text": [*TEXTS, "other", "yy"],
        "number": [*NUMBERS, 1.5, 100, -9],
        "bool": [True, False],
        "list": [["u"], ["v", "w"], ["q"]],
        "datetime": [*MOMENTS, (NOW - timedelta(hours=2)).isoformat()],
    }
    return {
        name: rng.choice("abc") if name == "f.stage" else rng.choice(pools[kind.kind])
        for name, kind in FIELDS.items()
        if rng.random() < 0.8
    }


def parsed(document: dict[str, Any]) -> Condition:
    problems = Problems()
    found = parse_condition(document, "when", problems, TYPED)
    problems.raise_if_any()
    return found


@pytest.mark.parametrize("seed", range(150))
def test_regions_are_what_one_condition_takes_and_the_other_does_not(seed: int) -> None:
    rng = random.Random(seed)
    one = parsed(random_condition(rng))
    other = (
        parsed({"all": [random_condition(rng), random_condition(rng, 2)]})
        if seed % 2
        else parsed(random_condition(rng))
    )
    space = space_of([one, other], TYPED, NOW)
    try:
        found = beyond(boxes_of([one], space), boxes_of([other], space), space)
    except TooLarge:
        return
    for _ in range(300):
        view = FactView(random_facts(rng), NOW)
        lost = holds(one, view) and not holds(other, view)
        assert lost == any(holds(region.whole, view) for region in found)
        assert lost == (holds(one, view) and any(holds(region.condition, view) for region in found))
