"""Packs from people we don't know: every problem named at once, and nothing hostile gets through."""

from __future__ import annotations

import time
from typing import Any

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.language.documents import rule_from_document
from clew.rules.language.errors import RuleError
from clew.rules.language.schema import KEYS, json_schema
from clew.rules.packs.reading import load_pack, rules_from_document

from .building import document, leaf

HEAD = "id: p\ntitle: {zh: 包, en: Pack}\nrules:\n"
RULE = """
  - id: {id}
    title: {{zh: 规, en: Rule}}
    purpose: {{zh: 因, en: Why}}
    trigger: lead.created
    when: {when}
    then: [{then}]
"""


def _than(field: str, op: str, other: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "than": other}


def _case(**more: Any) -> dict[str, Any]:
    return {"event": "lead.created", "expect": {"fires": True}} | more


def problems_of(text: str) -> dict[str, Any]:
    with pytest.raises(RuleError) as caught:
        load_pack(text, "my.yaml", bundled_vocabulary())
    return {problem.path: problem for problem in caught.value.problems}


def test_all_problems_come_at_once_each_with_path_and_suggestion() -> None:
    when = '{all: [{field: lead.budgte, op: ">=", value: 1}, {field: lead.stage, op: "==", value: demoo}]}'
    bad = RULE.format(id="bad", when=when, then="{asign: {team: x}}")
    worse = RULE.format(id="Worse", when='{field: lead.budget, op: "=>", value: 1}', then="{escalate: {to: me}}")
    found = problems_of(HEAD + bad + worse)
    assert found["rules[0].when.all[0].field"].suggestion == "lead.budget"
    assert found["rules[0].when.all[1].value"].suggestion == "demo"
    assert found["rules[0].then[0]"].suggestion == "assign"
    assert "rules[1].id" in found
    assert ">=" in found["rules[1].when.op"].allowed
    assert found["rules[1].then[0].escalate.to"].allowed == ("owner_manager", "team_manager")
    assert "rules[1].then[0].escalate.message" in found
    assert all(problem.text("zh") and problem.text("en") for problem in found.values())


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"trigger": "lead.creatd"}, "trigger"),
        ({"when": leaf("lead.budget", "==", "1")}, "when.value"),
        ({"when": leaf("lead.company", "<", 3)}, "when.op"),
        ({"when": leaf("lead.received_at", "before", "soon")}, "when.value"),
        ({"when": leaf("lead.budget", "between", [5, 1])}, "when.value"),
        ({"when": leaf("lead.budget", "between", ["2026-01-01", "2026-02-01"])}, "when.value"),
        ({"when": {"field": "lead.budget", "op": "missing", "value": 1}}, "when.value"),
        ({"when": {"field": "lead.budget", "op": ">"}}, "when.value"),
        ({"when": {"all": []}}, "when.all"),
        ({"when": {"al": [leaf("lead.budget", "missing")]}}, "when"),
        ({"then": []}, "then"),
        ({"then": [{"assign": {"team": "a", "user": "b"}}]}, "then[0].assign"),
        ({"then": [{"assign": {}}]}, "then[0].assign"),
        ({"then": [{"set_field": {"field": "lead.stage", "value": "x"}}]}, "then[0].set_field.value"),
        ({"then": [{"set_field": {"field": "lead.budget", "value": "x"}}]}, "then[0].set_field.value"),
        ({"then": [{"set_field": {"field": "lead.nope", "value": "x"}}]}, "then[0].set_field.field"),
        (
            {"then": [{"start_deadline": {"name": "x", "working_minutes": -1}}]},
            "then[0].start_deadline.working_minutes",
        ),
        ({"then": [{"close_deadline": {"name": "{lead.company.__class__}"}}]}, "then[0].close_deadline.name"),
        ({"then": [{"close_deadline": {"name": "{lead.budget:>9999999}"}}]}, "then[0].close_deadline.name"),
        ({"then": [{"close_deadline": {"name": "{0!r}"}}]}, "then[0].close_deadline.name"),
        ({"then": [{"close_deadline": {"name": "{oops"}}]}, "then[0].close_deadline.name"),
        ({"priority": "high"}, "priority"),
        ({"version": 0}, "version"),
        ({"titel": {}}, "titel"),
        ({"title": {"zh": "只有中文"}}, "title"),
        ({"derive": {"Grade!": "A"}}, "derive.Grade!"),
        ({"derive": {"grade": [1]}}, "derive.grade"),
        ({"group": "a b"}, "group"),
        ({"owner": 5}, "owner"),
        ({"valid": {"from": "soon"}}, "valid.from"),
        ({"valid": {"since": "2026-01-01"}}, "valid"),
        ({"valid": {"from": "2026-02-01", "until": "2026-01-01T09:00+08:00"}}, "valid"),
        ({"when": _than("lead.budget", ">", "lead.budgte")}, "when.than"),
        ({"when": _than("lead.budget", ">", "lead.company")}, "when.than"),
        ({"when": _than("lead.company", ">", "contact.name")}, "when.op"),
        ({"when": _than("lead.budget", "in", "contract.amount")}, "when.op"),
        ({"when": _than("lead.budget", ">", "contract.amount") | {"value": 1}}, "when.value"),
        ({"when": _than("lead.budget", ">", 5)}, "when.than"),
        ({"match": []}, "match"),
        ({"match": [{"of": "contracts"}]}, "match[0].as"),
        ({"match": [{"as": "c"}]}, "match[0].of"),
        ({"match": [{"as": "c", "of": "contract"}]}, "match[0].of"),
        ({"match": [{"as": "lead", "of": "contracts"}]}, "match[0].as"),
        ({"match": [{"as": "c", "of": "contracts"}, {"as": "c", "of": "tasks"}]}, "match[1].as"),
        ({"match": [{"as": "c", "of": "contracts", "were": {}}]}, "match[0].were"),
        ({"match": [{"as": "c", "of": "contracts", "where": leaf("c.amont", ">", 1)}]}, "match[0].where.field"),
        ({"match": [{"as": "c", "of": "contracts", "where": leaf("c.status", "==", "sold")}]}, "match[0].where.value"),
        ({"match": [{"as": "c", "of": "contracts", "none": True, "at_least": 2}]}, "match[0]"),
        ({"match": [{"as": "c", "of": "contracts", "at_least": 0}]}, "match[0].at_least"),
        (
            {
                "match": [
                    {"as": "c", "of": "contracts", "none": True},
                    {"as": "t", "of": "tasks", "where": _than("t.title", "==", "c.number")},
                ]
            },
            "match[1].where",
        ),
        (
            {
                "match": [
                    {"as": "t", "of": "tasks", "where": _than("t.title", "==", "c.number")},
                    {"as": "c", "of": "contracts"},
                ]
            },
            "match[0].where",
        ),
        (
            {"match": [{"as": "c", "of": "contracts"}], "then": [{"close_deadline": {"name": "{c.numbr}"}}]},
            "then[0].close_deadline.name",
        ),
        (
            {
                "match": [{"as": "c", "of": "contracts", "none": True}],
                "then": [{"close_deadline": {"name": "{c.number}"}}],
            },
            "then[0].close_deadline.name",
        ),
        ({"tests": {}}, "tests"),
        ({"tests": [_case(event="lead.creatd")]}, "tests[0].event"),
        ({"tests": [_case(at="soon")]}, "tests[0].at"),
        ({"tests": [_case(facts={"lead.budgte": 1})]}, "tests[0].facts.lead.budgte"),
        ({"tests": [_case(facts={"contracts": [{"amont": 1}]})]}, "tests[0].facts.contracts[0].amont"),
        ({"tests": [_case(facts={"lead.budget": {"a": 1}})]}, "tests[0].facts.lead.budget"),
        ({"tests": [_case(expect={})]}, "tests[0].expect"),
        ({"tests": [_case(expect={"fires": "yes"})]}, "tests[0].expect.fires"),
        ({"tests": [_case(expect={"decisions": [{"asign": {}}]})]}, "tests[0].expect.decisions[0].asign"),
        ({"tests": [{"event": "lead.created"}]}, "tests[0].expect"),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(change: dict[str, Any], path: str) -> None:
    good = document("r", trigger="lead.created", then=[{"close_deadline": {"name": "first_response"}}])
    rule_from_document(good, bundled_vocabulary())
    with pytest.raises(RuleError) as caught:
        rule_from_document(good | change, bundled_vocabulary())
    assert path in [problem.path for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("op", "value"), [("==", ""), ("!=", "  "), ("in", ["其他", ""]), ("not_in", ["\u3000"]), ("contains", "")]
)
def test_an_empty_text_is_no_comparison(op: str, value: Any) -> None:
    asked = document("r", leaf("lead.region", op, value), trigger="lead.created")
    with pytest.raises(RuleError) as caught:
        rule_from_document(asked, bundled_vocabulary())
    (problem,) = (one for one in caught.value.problems if one.path.startswith("when"))
    assert problem.path == "when.value"
    assert "missing" in problem.text("en")
    assert rule_from_document(asked).id == "r", "one that is in force already is read all the same"


def test_fields_of_a_trade_are_taken() -> None:
    found = document("r", leaf("lead.extra.car_model", "==", "X5"), trigger="lead.created")
    with pytest.raises(RuleError, match="no known action"):
        rule_from_document(found, bundled_vocabulary())
    rule_from_document(found | {"then": [{"assign": {"team": "{lead.extra.car_model}"}}]}, bundled_vocabulary())


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|aa)*",
        "(?=a)b",
        r"(a)\1",
        "a*b*c*d*",
        "(a|a)(a|a)(a|a)(a|a)b",
        "[",
        "a" * 201,
        "((ab)?c){9}",
    ],
)
def test_patterns_that_can_hang_are_refused(pattern: str) -> None:
    with pytest.raises(RuleError):
        rule_from_document(document("r", leaf("f", "matches", pattern)))


@pytest.mark.parametrize("pattern", [r"^1[3-9]\d{9}$", "医疗|器械|医院", r"(?:有限|股份)公司$", "[(*+]x+", r"\(a+\)"])
def test_everyday_patterns_are_taken(pattern: str) -> None:
    rule_from_document(document("r", leaf("f", "matches", pattern)))


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]",
        "a: 1\na: 2",
        "!!python/object/apply:os.system ['true']",
        "[" * 5000,
        "{a: " * 5000,
        "? [1, 2]\n: 3",
        "a: !!binary aGk=",
        "a: 1" + "0" * 5000,
        "a: [1\nb: ]]",
        "x" * 1_000_001,
        "",
        "just text",
        "id: p\x00",
        "when: {op: >=}",
    ],
)
def test_hostile_or_broken_yaml_is_refused_in_a_sentence_and_at_once(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(RuleError) as caught:
        load_pack(text, "hostile.yaml")
    assert str(caught.value).startswith("hostile.yaml: ")
    assert time.monotonic() - started < 2


def test_a_document_holds_only_what_json_holds() -> None:
    for value in (float("nan"), float("inf"), object()):
        with pytest.raises(RuleError):
            rule_from_document(document("r", then=[{"note": {"x": value}}]))
        with pytest.raises(RuleError):
            rule_from_document(document("r", leaf("f", "==", value)))


def test_deep_conditions_are_refused() -> None:
    deep: dict[str, Any] = leaf("f", "missing")
    for _ in range(2000):
        deep = {"not": deep}
    with pytest.raises(RuleError, match="deep"):
        rule_from_document(document("r", deep))


def test_everything_a_rule_may_say_is_read() -> None:
    found = rule_from_document(
        document(
            "r",
            {"field": "lead.budget", "op": ">", "than": "contract.amount"},
            trigger="contract.changed",
            owner="运营部",
            valid={"from": "2026-01-01", "until": "2026-07-01T00:00+08:00"},
            match=[
                {"as": "c", "of": "contracts", "where": _than("c.signed_at", ">", "lead.received_at")},
                {"as": "t", "of": "tasks", "where": _than("t.title", "==", "c.number"), "at_least": 2},
            ],
            then=[{"close_deadline": {"name": "{c.number} {t.title}"}}],
            tests=[
                {
                    "title": "带关联记录",
                    "event": "contract.changed",
                    "at": "2026-03-01T09:00+08:00",
                    "facts": {"lead.budget": 5, "contracts": [{"number": "A", "amount": 1.5}], "lead.extra.any": "x"},
                    "expect": {"fires": False, "decisions": []},
                }
            ],
        ),
        bundled_vocabulary(),
    )
    assert (found.owner, found.valid_from, found.valid_until) == ("运营部", "2026-01-01", "2026-07-01T00:00+08:00")
    assert [(item.alias, item.of, item.at_least) for item in found.match] == [
        ("c", "contracts", None),
        ("t", "tasks", 2),
    ]
    assert rule_from_document(found.document) == found


def test_a_pack_holds_rules_and_tables_and_keeps_their_documents() -> None:
    table = """
  - id: table
    title: {zh: 表, en: Table}
    purpose: {zh: 因, en: Why}
    trigger: lead.created
    hit: first
    inputs: [{field: lead.region}]
    outputs: [{action: assign, arg: team}]
    rows:
      - {id: south, when: [深圳], then: [华南部]}
      - {id: rest, when: ["-"], then: [华东部]}
"""
    one = RULE.format(id="one", when="{field: lead.budget, op: present}", then="{close_deadline: {name: x}}")
    pack = load_pack(HEAD + one + table, "my.yaml", bundled_vocabulary())
    assert [found.id for found in pack.rules] == ["one", "table-south", "table-rest"]
    assert [(found.table, found.row) for found in pack.rules] == [(None, None), ("table", 1), ("table", 2)]
    assert [found["id"] for found in pack.documents] == ["one", "table"]
    assert rules_from_document(pack.documents[1]) == pack.rules[1:]
    bad = problems_of(HEAD + one + table.replace("深圳", "{op: '=>', value: 1}"))
    assert any(path.startswith("rules[1].rows[0]") for path in bad)


def test_the_outer_shape_is_described_for_others() -> None:
    found = json_schema()
    assert list(found["properties"]) == list(KEYS)
    assert found["required"] == ["id", "title", "purpose", "trigger"]
    assert found["properties"]["priority"]["type"] == "integer"
