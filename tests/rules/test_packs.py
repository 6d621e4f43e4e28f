"""The bundled packs, as tables: facts in, decisions out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clew.rules import Ruleset, bundled_packs, rule_from_document

from .building import NOW


@pytest.fixture(scope="module")
def bundled() -> Iterator[Ruleset]:
    ruleset = Ruleset.compile(rule for pack in bundled_packs() for rule in pack.rules)
    yield ruleset
    ruleset.close()


def decide(bundled: Ruleset, event: str, action: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [decision.args for decision in bundled.evaluate(event, facts, NOW).decisions if decision.action == action]


def test_the_packs_are_there_and_survive_the_database() -> None:
    packs = bundled_packs()
    assert [pack.id for pack in packs] == ["assignment", "quality", "response", "sop"]
    for rule in (rule for pack in packs for rule in pack.rules):
        assert rule_from_document(rule.document) == rule


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
    bundled: Ruleset, industry: str | None, region: str | None, budget: int | None, team: str
) -> None:
    facts = {"lead.industry": industry, "lead.region": region, "lead.budget": budget}
    (args,) = decide(bundled, "lead.created", "assign", facts)
    assert args["team"] == team
    assert decide(bundled, "lead.created", "assign", facts | {"lead.owner_id": "u1"}) == []


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
