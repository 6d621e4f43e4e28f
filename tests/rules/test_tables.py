"""Decision tables: what a row means, what is refused and how, and the texts of cells."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.documents import rule_from_document
from clew.rules.language.errors import RuleError
from clew.rules.packs.reading import rules_from_document
from clew.rules.tables.cell_parser import cell_of, document_cell
from clew.rules.tables.cell_texts import cell_text, examples, offers, stored
from clew.rules.tables.cells import BadCell, Cell, Column
from clew.rules.tables.columns import Output, column_of, output_of
from clew.rules.tables.model import rules_of_table
from clew.rules.tables.output_values import value_of, value_text

from .building import NOW
from .table_building import KNOWN, PICTURE, REST, random_tables, table


def decide(document: dict[str, Any], facts: dict[str, Any], event: str = "lead.created") -> list[Any]:
    """Return what the table's rules decide together, as (rule id, arguments)."""
    ruleset = Ruleset.compile(rules_from_document(document, KNOWN))
    try:
        return [(one.rule_id, one.args) for one in ruleset.evaluate(event, facts, NOW).decisions]
    finally:
        ruleset.close()


def problems(document: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with a document, by path, in English."""
    with pytest.raises(RuleError) as refused:
        rules_from_document(document, KNOWN)
    return {one.path: one.text("en").partition(": ")[2] for one in refused.value.problems}


def test_a_row_is_a_rule_that_names_its_table() -> None:
    rules = rules_of_table(table(PICTURE), KNOWN)
    assert [rule.id for rule in rules] == [f"east-r{number}" for number in range(1, 11)]
    assert {(rule.table, rule.group) for rule in rules} == {("east", "east")}
    assert [rule.row for rule in rules] == list(range(1, 11))
    assert sorted(rules, key=lambda rule: -rule.priority) == list(rules)
    for rule in rules:
        assert replace(rule, table=None, row=None) == rule_from_document(rule.document, KNOWN)


@pytest.mark.parametrize(
    ("facts", "row", "team"),
    [
        ({"lead.industry": "纺织机械", "lead.region": "浙江", "lead.budget": 900_000}, 2, "华东一部"),
        ({"lead.industry": "纺织机械", "lead.region": "浙江", "lead.budget": 600_000}, 3, "华东二部"),
        ({"lead.industry": "精密加工", "lead.region": "江苏", "lead.budget": 199_999.5}, 6, "电话销售"),
        ({"lead.industry": "精密加工", "lead.region": "江苏", "lead.budget": 200_000}, 10, "华北部"),
        ({}, 10, "华北部"),
    ],
)
def test_the_first_row_that_fits_decides(facts: dict[str, Any], row: int, team: str) -> None:
    assert decide(table(PICTURE), facts) == [(f"east-r{row}", {"team": team})]


def test_collect_hears_every_row_in_order_and_values_left_open_are_not_given() -> None:
    document = table(
        [],
        hit="collect",
        inputs=[{"field": "lead.budget"}],
        outputs=[
            *({"action": "notify", "arg": arg} for arg in ("to", "title", "body")),
            *({"action": "set_field", "arg": arg} for arg in ("field", "value")),
        ],
    )
    document["rows"] = [
        {"id": "tell", "when": ["≥ 50 万"], "then": ["owner_manager", "大额线索", "{lead.company}", None, None]},
        {"id": "mark", "when": ["≥ 10 万"], "then": [None, None, None, "lead.quality", "重点"]},
    ]
    told = ("east-tell", {"to": "owner_manager", "title": "大额线索", "body": "华晨"})
    marked = ("east-mark", {"field": "lead.quality", "value": "重点"})
    assert decide(document, {"lead.budget": 600_000, "lead.company": "华晨"}) == [told, marked]
    assert decide(document, {"lead.budget": 100_000, "lead.company": "华晨"}) == [marked]


def test_a_table_may_grade_and_another_route_by_the_grade() -> None:
    grade = table(
        [("≥ 50 万", "A"), ("-", "B")], id="grade", inputs=[{"field": "lead.budget"}], outputs=[{"derive": "grade"}]
    )
    route = table([("A", "大客户部"), ("-", "华东一部")], inputs=[{"derived": "grade"}])
    ruleset = Ruleset.compile([*rules_of_table(grade, KNOWN), *rules_of_table(route, KNOWN)])
    (decision,) = ruleset.evaluate("lead.created", {"lead.budget": 500_000}, NOW).decisions
    assert (decision.rule_id, decision.args) == ("east-r1", {"team": "大客户部"})
    ruleset.close()


def test_the_tables_own_condition_and_validity_hold_for_every_row() -> None:
    when = {"field": "lead.owner_id", "op": "missing"}
    document = table(PICTURE, when=when, owner="销售运营", valid={"from": "2027-01-01"})
    assert {rule.owner for rule in rules_of_table(document, KNOWN)} == {"销售运营"}
    assert {rule.valid_from for rule in rules_of_table(document, KNOWN)} == {"2027-01-01"}
    assert decide(document, {}) == []
    del document["valid"]
    assert len(decide(document, {})) == 1
    assert decide(document, {"lead.owner_id": "u1"}) == []


def test_every_problem_is_named_with_its_place_and_what_was_meant() -> None:
    document = table(PICTURE)
    document |= {"hti": 1, "hit": "frist", "trigger": "lead.craeted"}
    document["inputs"][1] = {"field": "lead.regoin"}
    document["outputs"].append({"action": "assign", "arg": "stratgy"})
    for row in document["rows"]:
        row["then"].append(None)
    document["rows"][0]["when"][2] = "≥ 很多"
    document["rows"][1]["id"] = "r1"
    document["rows"][2]["when"] = ["-"]
    document["rows"][3]["then"] = [None, None]
    document["rows"][9]["when"][0] = "电子"
    found = problems(document)
    assert found["hit"].endswith("did you mean 'first'?")
    assert found["hti"].endswith("did you mean 'hit'?")
    assert "lead.created" in found["trigger"]
    assert found["inputs[1].field"].endswith("did you mean 'lead.region'?")
    assert found["outputs[1].arg"].endswith("did you mean 'strategy'?")
    assert found["rows[0].when[2]"].startswith("'很多' is no number")
    assert found["rows[1].id"].startswith("is used by two rows")
    assert found["rows[2].when"].startswith("needs 3 cells")
    assert found["rows[3].then"].startswith("does nothing")
    assert found["rows[9].when"].startswith("a table that assigns ends with a catch-all row")


def test_a_value_is_checked_in_its_cell() -> None:
    document = table(PICTURE, outputs=[{"action": "assign", "arg": "team"}, {"action": "assign", "arg": "strategy"}])
    for row in document["rows"]:
        row["then"].append("round_robin")
    document["rows"][4]["then"] = ["华东一部", "round_robbin"]
    document["rows"][5]["then"] = [None, "least_loaded"]
    found = problems(document)
    assert found["rows[4].then[1]"].endswith("did you mean 'round_robin'?")
    assert "rows[5].then[0]" in found


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"hit": "collect"}, "hit"),
        ({"rows": []}, "rows"),
        ({"inputs": []}, "inputs"),
        ({"inputs": [{"field": "lead.region", "derived": "x"}] * 3}, "inputs[0]"),
        ({"outputs": [{"action": "assign"}]}, "outputs[0]"),
        ({"rows": [{"id": "x", "when": ["-"] * 3, "then": ["甲"]}] * 5001}, "rows"),
        ({"rows": "all"}, "rows"),
    ],
)
def test_what_makes_no_table_is_refused(change: dict[str, Any], path: str) -> None:
    assert path in problems(table(PICTURE) | change)


def test_the_catch_all_is_demanded_of_tables_that_assign_only() -> None:
    assert "rows[8].when" in problems(table(PICTURE[:-1]))
    grading = table([("电子", "-", "-", "A")], outputs=[{"derive": "grade"}])
    assert len(rules_from_document(grading, KNOWN)) == 1


# ---- Cells

COLUMNS = {name: Column(name, False, known.kind, known.options, known.labels) for name, known in KNOWN.fields.items()}


@pytest.mark.parametrize(
    ("fact", "typed", "zh", "en", "kept"),
    [
        ("lead.budget", ">=50万", "≥ 50 万", "≥ 500,000", "≥ 50 万"),
        ("lead.budget", "50-200万元", "50–200 万", "500,000–2,000,000", "50–200 万"),
        ("lead.budget", "¥500k 到 1m", "50–100 万", "500,000–1,000,000", "50–100 万"),
        ("lead.budget", "≥30万 且 <80万", "≥ 30 万 且 < 80 万", "≥ 300,000 and < 800,000", "≥ 30 万 且 < 80 万"),
        ("lead.budget", "1,000,000", "100 万", "1,000,000", "100 万"),
        ("lead.budget", "<5 or missing", "< 5 或 空", "< 5 or missing", "< 5 或 空"),
        ("lead.region", "上海，江苏; 浙江", "上海、江苏、浙江", "上海, 江苏, 浙江", "上海、江苏、浙江"),
        ("lead.region", "not 浙江", "非 浙江", "not 浙江", "非 浙江"),
        ("lead.region", "任意", "-", "-", "-"),
        ("lead.region", "2026", "2026", "2026", '"2026"'),
        ("lead.region", '"a, b"、c', '"a, b"、"c"', '"a, b", "c"', '"a, b"、"c"'),
        ("lead.outcome", "赢单", "赢单", "Won", "won"),
        ("lead.answered", "yes", "是", "yes", "true"),
        ("lead.received_at", "before 2026-01-31", "早于 2026-01-31", "before 2026-01-31", "早于 2026-01-31"),
        ("lead.received_at", "近24小时", "近 24 小时", "within 24 h", "近 24 小时"),
        ("lead.pain_points", "价格敏感、交付", "价格敏感、交付", "价格敏感, 交付", "含 价格敏感、交付"),
    ],
)
def test_what_people_type_is_read_shown_and_kept(fact: str, typed: str, zh: str, en: str, kept: str) -> None:
    column = COLUMNS[fact]
    cell = cell_of(typed, column)
    assert (cell_text(cell, column), cell_text(cell, column, "en"), stored(cell, column)) == (zh, en, kept)
    for text in (zh, en):
        assert cell_of(text, column) == cell
    assert document_cell(kept, column) == cell


@pytest.mark.parametrize(
    ("fact", "typed", "said"),
    [
        ("lead.budget", "≥ 很多", "「很多」不是数字"),
        ("lead.budget", "9-3", "下限 9 大于上限 3"),
        ("lead.region", "> 5", "「>」只能比较数字，这一列是文字"),
        ("lead.stage", "demmo", "「demmo」不是可选的值；是否想写「方案演示」？"),
        ("lead.answered", "也许", "「也许」不是「是」或「否」"),
        ("lead.received_at", "昨天", "「昨天」不是时间条件"),
        ("lead.region", "匹配 (a+)+", ""),
        ("lead.region", "{" * 3000, "不是可读的 JSON"),
        ("lead.region", "长" * 4001, "一格最多 4000 个字"),
    ],
)
def test_what_can_not_be_read_is_said(fact: str, typed: str, said: str) -> None:
    with pytest.raises(BadCell) as bad:
        cell_of(typed, COLUMNS[fact])
    assert said in bad.value.text("zh")
    assert bad.value.text("en")


def test_a_document_means_the_same_to_every_reader() -> None:
    """What a column knows of its fact checks a document's cell, and never changes what it means."""
    with pytest.raises(BadCell) as bad:
        document_cell("赢单", COLUMNS["lead.outcome"])
    assert bad.value.text("zh").endswith("是否想写「won」？")
    with pytest.raises(BadCell):
        document_cell("2026", COLUMNS["lead.region"])
    for document in (table(PICTURE), table([("-", "-", "早于 2026-01-31", "甲"), REST])):
        plain = [rule.when for rule in rules_of_table(document)]
        if document["rows"][0]["when"][2] != "早于 2026-01-31":
            assert [rule.when for rule in rules_of_table(document, KNOWN)] == plain


_SCALARS = st.text(min_size=1, max_size=12) | st.integers(-(10**12), 10**12) | st.booleans() | st.floats(-1e6, 1e6)
_TESTS = st.one_of(
    st.tuples(st.sampled_from(["==", "!="]), _SCALARS),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), st.integers(-(10**9), 10**9)),
    st.tuples(st.sampled_from(["in", "not_in"]), st.lists(_SCALARS, min_size=2, max_size=4, unique_by=repr).map(tuple)),
    st.tuples(st.sampled_from(["contains", "starts_with"]), st.text(min_size=1, max_size=12)),
    st.tuples(st.just("between"), st.tuples(st.integers(-9, 0), st.integers(0, 10**7))),
)


@given(st.lists(_TESTS, min_size=1, max_size=3).map(tuple), st.booleans(), st.sampled_from(["zh", "en"]))
def test_any_cell_survives_being_written_and_read(tests: tuple[Any, ...], or_missing: bool, language: str) -> None:
    cell, column = Cell(tests, or_missing), Column("x")
    assert cell_of(cell_text(cell, column, language), column) == cell
    assert document_cell(stored(cell, column), column) == cell


@given(st.text(max_size=60), st.sampled_from(sorted(COLUMNS)))
def test_no_text_breaks_the_reader(text: str, fact: str) -> None:
    try:
        cell = cell_of(text, COLUMNS[fact])
    except BadCell:
        return  # Refusing is fine; hanging, or any other exception, is not.
    assert cell_of(cell_text(cell, COLUMNS[fact]), COLUMNS[fact]) == cell
    assert cell.any or document_cell(stored(cell, COLUMNS[fact]), COLUMNS[fact]) == cell


# ---- Outputs


@pytest.mark.parametrize(
    ("action", "arg", "typed", "value"),
    [
        ("assign", "team", " 华东一部 ", "华东一部"),
        ("assign", "strategy", "成员轮流", "round_robin"),
        ("assign", "strategy", "-", None),
        ("create_task", "due_working_minutes", "480", 480),
        ("create_tasks", "items", "一\n\n 二", ["一", "二"]),
        ("set_field", "value", "3", 3),
        ("set_field", "value", '"3"', "3"),
        ("set_field", "value", "是", True),
    ],
)
def test_values_are_read_and_shown(action: str, arg: str, typed: str, value: Any) -> None:
    output = output_of({"action": action, "arg": arg}, KNOWN)
    found = value_of(typed, output)
    assert (found, type(found)) == (value, type(value))
    for language in ("zh", "en"):
        assert value_of(value_text(value, output, language), output) == value


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_column_offers_is_taken_when_it_is_typed(language: str) -> None:
    for name in KNOWN.fields:
        column = column_of({"field": name}, KNOWN)
        for text in examples(column, language):
            assert not cell_of(text, column).any, (name, text)
        values = (True, False) if column.kind == "bool" else column.options or KNOWN.fields[name].suggestions
        read = [cell_of(text, column).tests[0][1] for text in offers(column, values, language)]
        assert read == list(dict.fromkeys(values)), name
    odd = Column("x", kind="text", labels={"1": ("张伟", "Zhang"), "2": ("张伟", "Zhang"), "3": ("甲、乙", "not A")})
    read = [cell_of(text, odd).tests[0][1] for text in offers(odd, ["1", "2", "3", "2026", "空"], language)]
    assert read == ["1", "2", "3", "2026", "空"]


def test_a_name_is_taken_for_its_value_and_a_shared_one_is_asked_about() -> None:
    labels = {"u1": ("王磊", "Wang Lei"), "u2": ("张伟", "Zhang"), "u3": ("张伟", "Zhang")}
    owner = Column("lead.owner_id", kind="text", labels=labels, known=tuple(labels))
    assert cell_of("王磊", owner) == cell_of("wang lei", owner) == cell_of("u1", owner)
    assert cell_text(cell_of("u1", owner), owner, "en") == "Wang Lei"
    with pytest.raises(BadCell, match="2 are called"):
        cell_of("张伟", owner)
    with pytest.raises(BadCell) as bad:
        cell_of("王垒磊", owner)
    assert bad.value.text("zh") == "没有「王垒磊」这个名称；是否想写「王磊」？"


@pytest.mark.parametrize(
    ("typed", "zh", "en"),
    [
        ("≥50万", "≥ 50 万元", "≥ ¥500,000"),
        ("20-50 万元", "20–50 万元", "¥200,000–¥500,000"),
        ("12345", "12345 元", "¥12,345"),
        ("＞ ５０万元", "> 50 万元", "> ¥500,000"),
        ("≥ 500000 yuan", "≥ 50 万元", "≥ ¥500,000"),
        ("¥500,000, ¥800,000", "50 万元、80 万元", "¥500,000, ¥800,000"),
    ],
)
def test_an_amount_of_money_says_so_in_its_cell(typed: str, zh: str, en: str) -> None:
    column = column_of({"field": "lead.budget"}, KNOWN)
    cell = cell_of(typed, column)
    assert [cell_text(cell, column, language) for language in ("zh", "en")] == [zh, en]
    assert cell_of(zh, column) == cell_of(en, column) == cell


@pytest.mark.parametrize("typed", ["早于 2026年1月31日", "before 2026/1/31", "早于 2026-01-31", "＜ 2026-1-31"])
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    column = column_of({"field": "lead.received_at"}, KNOWN)
    assert cell_of(typed, column).tests == (("before", "2026-01-31"),)
    hour = cell_of("晚于 2026年1月31日 09:30", column)
    assert hour.tests == (("after", "2026-01-31T09:30"),)
    assert cell_text(hour, column, "en") == "after 2026-01-31 09:30"
    assert cell_of("after 2026-01-31 09:30", column) == hour


def test_a_strategy_nobody_knows_is_refused_with_what_was_meant() -> None:
    with pytest.raises(BadCell) as bad:
        value_of("round_robbin", output_of({"action": "assign", "arg": "strategy"}, KNOWN))
    assert bad.value.text("en").endswith("did you mean 'The members in turn'?")
    assert value_of("5", Output(derive="grade")) == 5


@given(random_tables())
def test_reading_changes_no_document(document: dict[str, Any]) -> None:
    before = deepcopy(document)
    rules_from_document(document)
    assert document == before
