"""Gaps, overlaps and shadowed rows: as people see them, and against brute force over every value that matters."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings

from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.conditions import holds
from clew.rules.language.documents import Rule
from clew.rules.language.values import FactView
from clew.rules.packs.reading import rules_from_document
from clew.rules.tables.grid import TableFinding
from clew.rules.tables.report import check_table

from .building import NOW
from .table_building import KNOWN, PICTURE, RANDOM, REST, SAMPLES, random_tables, table


def patched(document: Mapping[str, Any], patch: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """Return the document with a repair's patch (RFC 6902) applied."""
    found: dict[str, Any] = deepcopy(dict(document))
    for step in patch:
        *way, last = [int(key) if key.isdigit() else key for key in step["path"].split("/")[1:]]
        at: Any = found
        for key in way:
            at = at[key]
        if step["op"] == "add":
            at.insert(last, step["value"])
        elif step["op"] == "replace":
            at[last] = step["value"]
        elif step["op"] == "remove":
            del at[last]
        else:
            at.insert(last, at.pop(int(step["from"].rpartition("/")[2])))
    return found


def loud(document: Mapping[str, Any]) -> list[TableFinding]:
    return [one for one in check_table(document, KNOWN).findings if one.level != "info"]


def test_the_table_of_the_picture() -> None:
    gap, overlap, shadowed = loud(table(PICTURE))
    assert (gap.kind, gap.at, gap.places) == ("gap", 5, (2,))
    assert [zh for zh, _ in gap.words] == ["精密加工", "江苏", "≥ 20 万元 且 < 50 万元"]
    assert (overlap.kind, overlap.rows, overlap.places, overlap.takes) == ("overlap", (2, 3), (2,), 2)
    assert "80–200 万" in overlap.zh
    assert (shadowed.kind, shadowed.rows, shadowed.takes) == ("shadowed", (8, 7), 7)
    assert [repair.zh for repair in gap.repairs] == ["补一行", "并入第 5 行", "并入第 6 行"]
    assert overlap.repairs[0].zh == "第 3 行改为 ≥ 50 万元 且 < 80 万元"
    assert [repair.zh for repair in shadowed.repairs] == ["移到第 7 行前", "删除第 8 行"]


def test_every_repair_mends_what_it_stands_beside() -> None:
    document = table(PICTURE)
    before = loud(document)
    for finding in before:
        for repair in finding.repairs:
            after = loud(patched(document, repair.patch))
            assert len(after) < len(before), repair.zh
            assert finding.kind not in {one.kind for one in after}, repair.zh


def test_an_added_row_decides_as_the_catch_all_did() -> None:
    document = table(PICTURE)
    gap = loud(document)[0]
    for now in (document, patched(document, gap.repairs[0].patch)):
        ruleset = Ruleset.compile(rules_from_document(now))
        (decision,) = ruleset.evaluate("lead.created", gap.facts, NOW).decisions
        assert decision.args == {"team": "华北部"}
        ruleset.close()


def test_unique_refuses_overlaps_even_where_rows_agree() -> None:
    document = table([("电子", "-", "-", "甲"), ("-", "-", "> 5", "甲"), REST], hit="unique")
    (overlap,) = check_table(document, KNOWN).overlaps
    assert (overlap.level, overlap.rows, overlap.facts["lead.industry"]) == ("error", (1, 2), "电子")


def test_collect_minds_only_values_that_contradict() -> None:
    columns = {"hit": "collect", "outputs": [{"derive": "grade"}], "inputs": [{"field": "lead.budget"}]}
    agreeing = table([("> 5", "A"), ("> 9", "A")], **columns)
    assert check_table(agreeing, KNOWN).overlaps == ()
    (overlap,) = check_table(table([("> 5", "A"), ("> 9", "B")], **columns), KNOWN).overlaps
    assert overlap.rows == (1, 2)


def test_a_value_nobody_gave_is_for_the_catch_all_and_worth_a_note() -> None:
    report = check_table(table([("电子", "-", "≥ 5", "甲"), ("电子", "-", "< 5", "乙"), REST]), KNOWN)
    assert {one.level for one in report.findings} == {"info"}
    assert ("空", "missing") in [one.words[2] for one in report.gaps]


def test_the_one_option_left_out_is_a_gap() -> None:
    columns = {"inputs": [{"field": "lead.outcome"}, {"field": "lead.region"}, {"field": "lead.budget"}]}
    (gap,) = loud(table([("open", "-", "-", "甲"), ("won", "-", "-", "乙"), REST], **columns))
    assert (gap.words[0], gap.repairs[0].patch[0]["value"]["when"]) == (("输单", "Lost"), ["lost", "-", "-"])


def test_rows_that_shadow_together_are_named() -> None:
    (shadowed,) = check_table(
        table([("电子", "-", "≥ 5", "甲"), ("电子", "-", "< 5 或 空", "乙"), ("电子", "上海", "-", "丙"), REST]), KNOWN
    ).shadowed
    assert shadowed.rows == (3, 1, 2)
    assert "第 1、2 行已合起来包含" in shadowed.zh


def test_a_row_that_contradicts_itself_or_the_table_never_holds() -> None:
    when = {"field": "lead.region", "op": "!=", "value": "上海"}
    rows = [("-", "-", "> 5 且 < 3", "甲"), ("-", "上海", "-", "乙"), REST]
    assert [(one.kind, one.rows) for one in check_table(table(rows, when=when), KNOWN).shadowed] == [
        ("never", (1,)),
        ("never", (2,)),
    ]


def test_what_was_not_looked_at_is_said() -> None:
    report = check_table(table([("含 器械", "-", "-", "甲"), ("匹配 ^医", "-", "-", "乙"), REST]), KNOWN)
    assert [en for _, en in report.unseen] == ["Industry: only the values named were looked at"]
    assert any(one.rows == (1, 2) for one in report.overlaps) or report.overlaps == ()


def test_moments_and_lists_are_reckoned_too() -> None:
    columns = {"inputs": [{"field": "lead.received_at"}, {"field": "lead.pain_points"}]}
    rows = [
        ("早于 2026-01-01", "-", "甲"),
        ("2026-01-01 至 2026-02-01", "含 价格敏感", "乙"),
        ("2026-01-10 至 2026-01-20", "含 价格敏感、交付", "丙"),
        ("晚于 2026-03-01", "-", "丁"),
        ("-", "-", "华北部"),
    ]
    report = check_table(table(rows, **columns), KNOWN)
    assert [one.rows for one in report.overlaps] == [(2, 3)]
    facts = report.overlaps[0].facts
    assert facts["lead.pain_points"] == ["价格敏感"]
    assert "2026-01-10" <= facts["lead.received_at"] <= "2026-01-20"


def test_a_large_table_is_checked_in_time_and_says_what_it_left_out() -> None:
    rows = [(f"行业{n % 60}", f"地区{n % 41}", f"{n}–{n + 50}", f"团队{n % 7}") for n in range(2000)]
    report = check_table(table([*rows, REST]), KNOWN)
    assert report.unseen[0][0] == "表太大：只查了前 400 行的重叠与遮挡，没有查空缺"
    assert len(report.findings) < 200


def view(facts: Mapping[str, Any]) -> FactView:
    return FactView({name: value for name, value in facts.items() if value is not None}, NOW)


# Every record that matters to a random table.
RECORDS = [view(dict(zip(SAMPLES, some, strict=True))) for some in itertools.product(*SAMPLES.values())]


def taking(rules: tuple[Rule, ...]) -> list[tuple[int, ...]]:
    """Return the rows that take each record."""
    return [tuple(place for place, rule in enumerate(rules) if holds(rule.when, one)) for one in RECORDS]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(random_tables())
def test_findings_are_sound_and_complete(document: dict[str, Any]) -> None:
    """Every witness shows what its finding says; no record of all that matter escapes gaps, overlaps and shadows."""
    report = check_table(document, RANDOM)
    rules = rules_from_document(document)
    last = len(rules) - 1 if document["rows"][-1]["when"] == ["-"] * 4 else len(rules)
    taken = taking(rules)
    head = rules_from_document({**document, "rows": [{"id": "x", "when": ["-"] * 4, "then": ["甲"]}]})[0].when

    for gap in report.gaps:
        assert not any(holds(rule.when, view(gap.facts)) for rule in rules[:last])
        assert holds(head, view(gap.facts))
    for overlap in report.overlaps:
        assert all(holds(rules[row - 1].when, view(overlap.facts)) for row in overlap.rows)
    for shadowed in report.shadowed:
        if shadowed.kind == "shadowed":
            assert holds(rules[shadowed.rows[0] - 1].when, view(shadowed.facts))
            assert 0 < shadowed.takes < shadowed.rows[0]

    missed = any(not [row for row in rows if row < last] and holds(head, RECORDS[at]) for at, rows in enumerate(taken))
    assert missed is bool(report.gaps)
    holding = {row for rows in taken for row in rows}
    assert {one.rows[0] - 1 for one in report.shadowed if one.kind == "never"} == set(range(last)) - holding
    if document["hit"] == "first":
        unreached = holding - {rows[0] for rows in taken if rows} - {last}
        assert {one.rows[0] - 1 for one in report.shadowed if one.kind == "shadowed"} == unreached
    else:
        pairs = {pair for rows in taken for pair in itertools.combinations([row for row in rows if row < last], 2)}
        assert {(one.rows[0] - 1, one.rows[1] - 1) for one in report.overlaps} == pairs


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(random_tables())
def test_repairs_can_be_read_and_a_row_for_a_gap_decides_as_before(document: dict[str, Any]) -> None:
    caught = document["rows"][-1]["when"] == ["-"] * 4

    def decided(found: Mapping[str, Any]) -> list[Any]:
        return [found["rows"][rows[0]]["then"] if rows else None for rows in taking(rules_from_document(found))]

    for finding in check_table(document, RANDOM).findings:
        for repair in finding.repairs:
            mended = patched(document, repair.patch)
            if not mended["rows"]:
                continue
            rules_from_document(mended, RANDOM)
            if repair.zh == "补一行" and caught and document["hit"] == "first":
                assert decided(mended) == decided(document)


@pytest.mark.parametrize("hit", ["first", "unique"])
def test_a_sound_table_has_nothing_to_say(hit: str) -> None:
    rows = [("电子", "-", "≥ 5", "甲"), ("电子", "-", "< 5 或 空", "乙"), ("非 电子 或 空", "-", "-", "丙"), REST]
    report = check_table(table(rows, hit=hit), KNOWN)
    assert report.findings == ()
