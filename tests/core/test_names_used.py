"""Which names a rule or table uses, by sort: what asks "what would break?" reads them here."""

from __future__ import annotations

from typing import Any

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.core.rulebook.names import names_in, using

KNOWN = bundled_vocabulary()
WORDS = {"zh": "一", "en": "One"}


def rule(**parts: Any) -> dict[str, Any]:
    return {"id": "one", "title": WORDS, "purpose": WORDS, "trigger": "lead.created", **parts}


def named(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one.sort, one.name, one.path) for one in names_in(document, KNOWN)}


def test_every_place_of_a_rule_that_holds_a_name_is_found() -> None:
    document = rule(
        match=[{"as": "c", "of": "contracts", "where": {"field": "c.status", "op": "==", "value": "signed"}}],
        when={
            "all": [
                {"field": "lead.team", "op": "in", "value": ["华东", "华北"]},
                {"not": {"field": "event.to_stage", "op": "==", "value": "demo"}},
                {"field": "lead.budget", "op": ">", "value": 3},
            ]
        },
        then=[
            {"assign": {"user": "王磊"}},
            {"notify": {"to": "role:ops", "title": "{lead.company}", "body": "{derived.grade}"}},
            {"set_field": {"field": "lead.quality", "value": "合格"}},
            {"move_stage": {"stage": "quote"}},
            {"close_deadline": {"name": "visit"}},
            {"award": {"to": "owner", "badge": "金牌", "reason": "…"}},
            {"assign": {"team": "{lead.region}部"}},
        ],
    )
    assert named(document) >= {
        ("event", "lead.created", "trigger"),
        ("collection", "contracts", "match[0].of"),
        ("field", "contracts.status", "match[0].where.field"),
        ("option", "signed", "match[0].where.value"),
        ("team", "华东", "when.all[0].value"),
        ("team", "华北", "when.all[0].value"),
        ("stage", "demo", "when.all[1].not.value"),
        ("field", "lead.budget", "when.all[2].field"),
        ("user", "王磊", "then[0].assign.user"),
        ("role", "ops", "then[1].notify.to"),
        ("field", "lead.company", "then[1].notify.title"),
        ("option", "合格", "then[2].set_field.value"),
        ("stage", "quote", "then[3].move_stage.stage"),
        ("deadline", "visit", "then[4].close_deadline.name"),
        ("badge", "金牌", "then[5].award.badge"),
        ("field", "lead.region", "then[6].assign.team"),
    }
    assert not [one for one in named(document) if one[0] == "team" and "{" in one[1]]


def test_a_table_names_by_its_rows_and_a_column_counts_without_a_cell() -> None:
    table = rule(
        inputs=[{"field": "lead.region"}, {"field": "lead.industry"}],
        outputs=[{"action": "assign", "arg": "team"}],
        rows=[
            {"id": "a", "when": ["江苏", "-"], "then": ["华东"]},
            {"id": "b", "when": ["-", "-"], "then": ["华北"]},
        ],
    )
    assert named(table) >= {
        ("team", "华东", "rows[0]"),
        ("team", "华北", "rows[1]"),
        ("field", "lead.region", "rows[0]"),
        ("field", "lead.industry", "inputs[1].field"),
    }
    assert set(using([table, rule(then=[{"lock": {}}])], KNOWN, "team", ["华东"])) == {"one"}
    assert using([table], KNOWN, "option", ["江苏"], "lead.region")["one"][0].of == "lead.region"
    assert using([table], KNOWN, "option", ["江苏"], "lead.industry") == {}


def test_what_cannot_be_read_names_nothing() -> None:
    assert names_in({"id": "x", "then": "?"}, KNOWN) == ()
