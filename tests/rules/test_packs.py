"""The bundled packs and the demo's routing, as tables: facts in, decisions out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.core.demo.routing import routing
from clew.rules.engine.ruleset import Ruleset
from clew.rules.packs.bundled import bundled_packs
from clew.rules.packs.reading import rules_from_document
from clew.rules.tables.report import check_table

from .building import NOW


@pytest.fixture(scope="module")
def bundled() -> Iterator[Ruleset]:
    ruleset = Ruleset.compile(rule for pack in bundled_packs(bundled_vocabulary()) for rule in pack.rules)
    yield ruleset
    ruleset.close()


def decide(bundled: Ruleset, event: str, action: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [decision.args for decision in bundled.evaluate(event, facts, NOW).decisions if decision.action == action]


def test_the_packs_are_there_and_survive_the_database() -> None:
    packs = bundled_packs(bundled_vocabulary())
    assert [pack.id for pack in packs] == ["assignment", "quality", "response", "sop"]
    for pack in packs:
        kept = [json.loads(json.dumps(document)) for document in pack.documents]
        assert tuple(rule for document in kept for rule in rules_from_document(document)) == pack.rules


def test_assignment_names_nobody_and_leaves_no_lead_without_an_owner(bundled: Ruleset) -> None:
    (args,) = decide(bundled, "lead.created", "assign", {"lead.industry": "汽车"})
    assert args == {"among": "everyone", "strategy": "least_loaded"}
    assert decide(bundled, "lead.created", "assign", {"lead.owner_id": "u1"}) == []


@pytest.fixture(scope="module")
def teams() -> Iterator[Ruleset]:
    ruleset = Ruleset.compile(routing().rules)
    yield ruleset
    ruleset.close()


def test_the_demos_routing_is_a_table_whose_rows_carry_on_the_names_of_the_rules_before_it() -> None:
    (document,) = routing().documents
    report = check_table(document, bundled_vocabulary())
    assert [rule.id for rule in rules_from_document(document)] == [
        *("assign-key-account", "assign-east-machining", "assign-east-medical", "assign-east-large", "assign-east"),
        *("assign-south", "assign-north", "assign-services", "assign-rest"),
    ]
    assert {finding.level for finding in report.findings} <= {"info"}
    assert report.shadowed == ()


@given(
    industry=st.sampled_from(["精密加工", "汽车", "医疗器械", "电子", "教育", "法律", "其他", "", None]) | st.text(),
    region=st.sampled_from(["上海", "苏州", "四川", "深圳", "北京", "西安", "São Paulo", "", None]) | st.text(),
    budget=st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    more=st.dictionaries(st.sampled_from(["lead.source", "lead.company", "customer.grade"]), st.text(), max_size=2),
)
@example(industry=None, region=None, budget=None, more={})
def test_any_lead_gets_an_owner(
    teams: Ruleset, industry: str | None, region: str | None, budget: float | None, more: dict[str, str]
) -> None:
    """Whatever a lead says, or leaves open, exactly one team is asked to take it."""
    facts = more | {"lead.industry": industry, "lead.region": region, "lead.budget": budget}
    (args,) = decide(teams, "lead.created", "assign", facts)
    assert args["team"] in {"华东一部", "华东二部", "华南部", "华北部", "大客户部"}


@pytest.mark.parametrize(
    ("industry", "region", "budget", "team"),
    [
        ("精密加工", "苏州", 860_000, "华东一部"),
        ("精密加工", "苏州", 1_000_000, "大客户部"),
        ("汽车", "广州", 1_200_000, "大客户部"),
        ("医疗器械", "上海", 999_999, "华东二部"),
        ("纺织", "浙江", 300_000, "华东一部"),
        ("包装", "浙江", 299_999, "华东二部"),
        ("电子", "深圳", 50_000, "华南部"),
        ("汽车", "北京", None, "华北部"),
        ("法律", None, None, "华北部"),
        ("其他", "São Paulo", None, "华东二部"),
        (None, None, None, "华东二部"),
    ],
)
def test_every_new_lead_gets_exactly_one_team(
    teams: Ruleset, industry: str | None, region: str | None, budget: int | None, team: str
) -> None:
    facts = {"lead.industry": industry, "lead.region": region, "lead.budget": budget}
    (args,) = decide(teams, "lead.created", "assign", facts)
    assert args["team"] == team
    assert decide(teams, "lead.created", "assign", facts | {"lead.owner_id": "u1"}) == []


def test_an_unanswered_lead_escalates_to_the_owners_manager(bundled: Ruleset) -> None:
    start = {"name": "first_response", "working_minutes": 30}
    assert decide(bundled, "lead.assigned", "start_deadline", {"lead.answered": False}) == [start]
    assert decide(bundled, "lead.assigned", "start_deadline", {"lead.answered": True}) == []
    missed = {
        "deadline.name": "first_response",
        "lead.answered": False,
        "lead.company": "华晨精工",
        "owner.name": "李娜",
    }
    (args,) = decide(bundled, "deadline.missed", "escalate", missed)
    assert args == {"to": "owner_manager", "message": "「华晨精工」超过 30 个工作分钟未响应，负责人：李娜"}
    assert decide(bundled, "deadline.missed", "escalate", missed | {"lead.answered": True}) == []
    assert decide(bundled, "deadline.missed", "escalate", missed | {"deadline.name": "contract"}) == []
    assert decide(bundled, "follow_up.created", "close_deadline", {"lead.answered": True}) == [
        {"name": "first_response"}
    ]


def test_a_lead_nobody_can_reach_is_marked_once_and_recovers(bundled: Ruleset) -> None:
    facts: dict[str, Any] = {"lead.outcome": "open", "contact.has_phone": False, "contact.has_email": False}
    marked = {"field": "lead.quality", "value": "无法联系"}
    assert decide(bundled, "lead.created", "set_field", facts) == [marked]
    assert decide(bundled, "lead.changed", "create_task", facts) == [{"title": "补全联系方式", "assignee": "owner"}]
    facts["lead.quality"] = "无法联系"
    assert decide(bundled, "lead.changed", "set_field", facts) == []
    facts["contact.has_email"] = True
    assert decide(bundled, "lead.changed", "set_field", facts) == [{"field": "lead.quality", "value": "合格"}]


@pytest.mark.parametrize(("stage", "sop"), [("diagnosis", "需求诊断"), ("demo", "方案演示")])
def test_a_stage_brings_its_checklist(bundled: Ruleset, stage: str, sop: str) -> None:
    (args,) = decide(bundled, "lead.stage_changed", "create_tasks", {"event.to_stage": stage})
    assert args["sop"] == sop
    assert len(args["items"]) >= 3
