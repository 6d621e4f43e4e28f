"""Rules read back as sentences: as tables, and never two meanings in one sentence."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.language.conditions import All, AnyOf, Condition, Leaf, Not
from clew.rules.language.documents import Rule, rule_from_document
from clew.rules.language.vocabulary import FieldType, Vocabulary
from clew.rules.packs.bundled import bundled_packs
from clew.rules.wording.records import record_words
from clew.rules.wording.sentences import (
    action_words,
    clause_words,
    field_words,
    sentence,
    sentence_parts,
    trigger_words,
    value_words,
)

from .building import leaf
from .random_rules import FIELDS, random_condition

DEFAULT = bundled_vocabulary()
SOURCE = FieldType(
    "text",
    ("wecom", "fair", "either"),
    ("来源", "Source"),
    {"wecom": ("企业微信", "WeCom"), "fair": ("展会", "Exhibition"), "either": ("展会或转介绍", "Fair or referral")},
)
VOCABULARY = replace(DEFAULT, fields={**DEFAULT.fields, "lead.source": SOURCE})


def rule(when: Any = None, then: Any = None, **more: Any) -> Rule:
    document = {
        "id": "a",
        "title": {"zh": "规", "en": "Rule"},
        "purpose": {"zh": "因", "en": "Why"},
        "trigger": "lead.assigned",
        "then": then or [{"unlock": {}}],
    }
    return rule_from_document(document | ({"when": when} if when else {}) | more, VOCABULARY)


BUDGET = leaf("lead.budget", ">=", 200_000)
WECOM = leaf("lead.source", "==", "wecom")


@pytest.mark.parametrize(
    ("when", "zh", "en"),
    [
        (None, "当线索已分配，就解锁这条记录。", "When a lead is assigned, then unlock the record."),
        (
            {"any": [BUDGET, WECOM]},
            "当线索已分配，且预算 ≥ 20 万元或来源是企业微信，就解锁这条记录。",
            "When a lead is assigned, and the budget is at least ¥200,000 or the source is WeCom, then unlock the record.",
        ),
        (
            {
                "all": [
                    leaf("lead.owner_id", "missing"),
                    {"any": [BUDGET, {"all": [WECOM, leaf("lead.region", "present")]}]},
                ]
            },
            "当线索已分配，且负责人为空，且预算 ≥ 20 万元或（来源是企业微信且地区已填），就解锁这条记录。",
            "When a lead is assigned, and the owner is empty, and the budget is at least ¥200,000 or "
            "(the source is WeCom and the region is given), then unlock the record.",
        ),
        (
            {"not": {"any": [BUDGET, WECOM]}},
            "当线索已分配，且并非（预算 ≥ 20 万元或来源是企业微信），就解锁这条记录。",
            "When a lead is assigned, and not (the budget is at least ¥200,000 or the source is WeCom), then unlock the record.",
        ),
    ],
)
def test_a_rule_reads_as_one_sentence(when: Any, zh: str, en: str) -> None:
    assert sentence(rule(when), VOCABULARY) == zh
    assert sentence(rule(when), VOCABULARY, "en") == en


def test_a_whole_rule_reads_with_dates_rows_group_and_what_it_does() -> None:
    whole = rule(
        None,
        [
            {"escalate": {"to": "owner_manager", "message": "{lead.company} 的合同 {c.number}"}},
            {"start_deadline": {"name": "first_response", "working_minutes": 480, "warn": 30}},
        ],
        valid={"from": "2026-03-01", "until": "2026-07-01T12:00"},
        match=[{"as": "c", "of": "contracts", "where": leaf("c.amount", ">=", 1_000_000)}],
        derive={"grade": "A"},
        group="calls",
    )
    assert sentence(whole, VOCABULARY) == (
        "自 2026年3月1日起，在 2026年7月1日 12:00 之前，当线索已分配，且客户的合同中有一条（其金额 ≥ 100 万元），"
        "就认定事实「grade」为「A」，并升级给负责人的主管（附言「{公司} 的合同 {其合同编号}」），"
        "并开始首次响应计时（8 个工作小时）（提前 30 个工作分钟预警）（「calls」组中只有最优先的一条生效）。"
    )
    assert sentence(whole, VOCABULARY, "en") == (
        "From 1 March 2026, until 1 July 2026 12:00, when a lead is assigned, and among the customer's contracts there "
        "is one (its amount is at least ¥1,000,000), then take the fact “grade” to be “A”, and escalate to the owner's "
        "manager (saying “{company} 的合同 {its contract number}”), and start the deadline First response "
        "(8 working hours) (warning 30 working minutes before) (only the first in the group “calls” acts)."
    )


@pytest.mark.parametrize(
    ("clause", "zh", "en"),
    [
        (Leaf("lead.source", "==", "fair"), "来源是展会", "the source is Exhibition"),
        (Leaf("lead.source", "==", "展会"), "来源是「展会」", "the source is “展会”"),
        (
            Leaf("lead.source", "==", "either"),
            "来源是「展会或转介绍」（either）",
            "the source is “Fair or referral” (either)",
        ),
        (Leaf("lead.budget", "==", 12_345), "预算 = 12,345 元", "the budget is ¥12,345"),
        (Leaf("lead.budget", "!=", 150_000_000), "预算已填但 ≠ 1.5 亿元", "the budget is given but not ¥150,000,000"),
        (
            Leaf("lead.budget", "between", (0, 10_000)),
            "预算在 0 元 – 1 万元之间（含两端）",
            "the budget is from ¥0 to ¥10,000 (inclusive)",
        ),
        (Leaf("lead.age_hours", ">", 24), "线索存续时长 > 24 小时", "the age of the lead is above 24 hours"),
        (
            Leaf("lead.region", "in", ("上海", "江苏")),
            "地区是「上海」「江苏」之一",
            "the region is one of “上海” / “江苏”",
        ),
        (Leaf("lead.pain_points", "contains", "交期"), "痛点包括「交期」", "“交期” is among the pain points"),
        (Leaf("lead.company", "contains", "包装"), "公司含有「包装」", "the company contains “包装”"),
        (Leaf("lead.answered", "==", True), "线索已响应", "the lead was answered"),
        (
            Leaf("lead.received_at", "older_than_hours", 1),
            "进入时间距今超过 1 小时",
            "the time received is over 1 hour ago",
        ),
        (
            Leaf("lead.received_at", "after", "2026-03-01"),
            "进入时间晚于 2026年3月1日 0:00",
            "the time received is after 1 March 2026 0:00",
        ),
        (Leaf("grade", "==", "A", derived=True), "事实「grade」是「A」", "the fact “grade” is “A”"),
        (
            Leaf("lead.budget", "<", than="contract.amount"),
            "预算 < 合同金额",
            "the budget is below the contract amount",
        ),
        (
            Leaf("lead.region", "==", than="customer.region"),
            "地区与客户地区相同",
            "the region is the same as the customer's region",
        ),
        (Leaf("lead.extra.model", "==", "X"), "字段「lead.extra.model」是「X」", "the field “lead.extra.model” is “X”"),
    ],
)
def test_a_comparison_reads_as_a_clause(clause: Leaf, zh: str, en: str) -> None:
    assert clause_words(clause, VOCABULARY) == zh
    assert clause_words(clause, VOCABULARY, "en") == en


def test_the_words_alone() -> None:
    assert trigger_words(("lead.created", "lead.changed"), VOCABULARY) == "线索已创建或线索已修改"
    assert field_words("contact.title", VOCABULARY, "en") == "the contact's job title"
    assert value_words("lead.stage", ["demo", "signing"], VOCABULARY) == "方案演示、合同签署"
    told = rule(None, [{"notify": {"to": "role:legal", "title": "请看 {lead.company}", "body": "急"}}]).then[0]
    assert action_words(told, VOCABULARY) == "给全体法务发消息「请看 {公司}」（正文「急」）"
    facts = {"lead.budget": 200_000, "lead.source": "fair", "contracts": [{"amount": 5, "status": "signed"}]}
    assert record_words(facts, VOCABULARY) == "预算：20 万元；来源：展会；客户的合同（金额：5 元，状态：已签署）"
    assert record_words({}, VOCABULARY, "en") == "a record with nothing filled in"


def test_an_action_of_a_plugin_reads_by_its_titles() -> None:
    plain = rule_from_document(rule().document | {"then": [{"ring": {"bell": "东门", "times": 2}}]})
    assert "「ring」（「bell」：「东门」；「times」：2）" in sentence(plain, VOCABULARY)


def test_two_fields_of_one_title_are_told_apart() -> None:
    known = Vocabulary(
        {"a": FieldType("text", title=("名称", "Name")), "b": FieldType("text", title=("名称", "Name"))}, frozenset()
    )
    assert field_words("a", known) == "名称（a）"
    assert field_words("b", known, "en") == "the name (b)"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_bundled_rule_reads_as_one_sentence(language: str) -> None:
    for one in (one for pack in bundled_packs(bundled_vocabulary()) for one in pack.rules):
        text = sentence(one, DEFAULT, language)
        assert text.count("。" if language == "zh" else ". ") == (language == "zh")
        assert "\n" not in text
        assert not re.search(r"[a-z]+\.[a-z_]+|None|True|False", text), text


def test_the_pieces_make_the_sentence_and_say_where_they_stand() -> None:
    whole = rule({"all": [BUDGET, {"not": WECOM}]}, match=[{"as": "c", "of": "contracts"}])
    for language in ("zh", "en"):
        parts = sentence_parts(whole, VOCABULARY, language)
        assert "".join(text for text, _ in parts) == sentence(whole, VOCABULARY, language)
        for path in {path for _, path in parts if path}:
            at: Any = whole.document
            for key in re.findall(r"[^.\[\]]+", path):
                at = at[int(key)] if isinstance(at, list) else at[key]
    assert ("20 万元", "when.all[0].value") in sentence_parts(whole, VOCABULARY)
    assert ("企业微信", "when.all[1].not.value") in sentence_parts(whole, VOCABULARY)


@pytest.mark.parametrize(
    "text", ["」且预算 ≥ 5 元", "a\nb", "a\\nb", "『x』", "␛A;", "\u202e倒", "“x” or ”", "展会", " 空 格 ", "⏎"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_text_can_not_pose_as_part_of_the_sentence(text: str, language: str) -> None:
    posing = sentence(rule(leaf("lead.company", "==", text)), VOCABULARY, language)
    opening, closing = "「」" if language == "zh" else "“”"
    assert "\n" not in posing
    assert "\u202e" not in posing
    inner = posing.split(opening, 1)[1].replace("””", "")
    assert inner.count(closing) == 1


# No two meanings in one sentence.


def normal(condition: Condition) -> Any:
    """Return the condition without what means nothing: groups of one, groups within groups of their kind."""
    if isinstance(condition, Leaf):
        if condition.op in ("in", "not_in") and len(condition.value) == 1:
            return normal(replace(condition, op="==" if condition.op == "in" else "!=", value=condition.value[0]))
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        typed = tuple((isinstance(v, bool), isinstance(v, str), v) for v in values)
        return ("leaf", condition.name, condition.derived, condition.op, condition.than, typed)
    if isinstance(condition, Not):
        return ("not", normal(condition.item))
    kind = "all" if isinstance(condition, All) else "any"
    items: list[Any] = []
    for item in map(normal, condition.items):
        items += item[1] if item[0] == kind else [item]
    return items[0] if len(items) == 1 else (kind, tuple(items))


def _conditions(seed: int, count: int) -> list[Condition]:
    rng = random.Random(seed)
    fields = [*FIELDS, "lead.source", "lead.budget", "lead.answered"]
    return [
        rule_from_document(rule().document | {"when": random_condition(rng, ["a", "p"], 0, fields, 3)}).when
        for _ in range(count)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("seed", range(3))
def test_conditions_that_differ_never_read_the_same(seed: int, language: str) -> None:
    meant: dict[str, Any] = {}
    bare = rule()
    for condition in _conditions(seed, 2500):
        text = sentence(replace(bare, when=condition), VOCABULARY, language)
        assert meant.setdefault(text, normal(condition)) == normal(condition), text
    assert len(meant) > 1500


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_way_of_grouping_three_clauses_reads_differently(language: str) -> None:
    a, b, c = (Leaf("lead.region", "==", name) for name in "abc")
    groups = [make for two in (All, AnyOf) for make in _groupings(two, AnyOf if two is All else All, a, b, c)]
    texts = {sentence(replace(rule(), when=one), VOCABULARY, language) for one in groups}
    assert len(texts) == len({repr(normal(one)) for one in groups}) > 20


def _groupings(outer: Any, inner: Any, a: Leaf, b: Leaf, c: Leaf) -> list[Condition]:
    plain = [
        outer((a, b, c)),
        outer((inner((a, b)), c)),
        outer((a, inner((b, c)))),
        outer((inner((a, outer((b, c)))), c)),
    ]
    denied = [Not(one) for one in plain] + [
        outer((Not(a), b)),
        outer((Not(outer((a, b))), c)),
        Not(Not(a)),
        outer((Not(Not(a)), b)),
    ]
    return [*plain, *denied, outer((inner((a, b)), inner((b, c))))]
