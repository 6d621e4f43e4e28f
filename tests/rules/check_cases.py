"""Rules with each fault that the checks look for, beside rules that nearly have it and don't."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.checks.check import check
from clew.rules.checks.finding import Finding
from clew.rules.language.documents import Rule
from clew.rules.packs.reading import rules_from_document

from .building import leaf

VOCABULARY = bundled_vocabulary()
TODAY = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
BIG = leaf("lead.budget", ">=", 500_000)
SMALL = leaf("lead.budget", "<", 500_000)
RECENT = leaf("lead.received_at", "within_hours", 24)
EAST = leaf("lead.region", "==", "上海")
TASK = {"create_task": {"title": "回访", "assignee": "owner"}}


def one(rule_id: str, when: dict[str, Any] | None = None, then: Any = TASK, **more: Any) -> dict[str, Any]:
    """Return a rule document on lead.created."""
    found: dict[str, Any] = {
        "id": rule_id,
        "title": {"zh": f"规则 {rule_id}", "en": f"Rule {rule_id}"},
        "purpose": {"zh": "测试", "en": "Test"},
        "trigger": "lead.created",
    }
    if then:
        found["then"] = then if isinstance(then, list) else [then]
    if when is not None:
        found["when"] = when
    return found | more


def notify(text: str, to: str = "owner") -> dict[str, Any]:
    return {"notify": {"to": to, "title": text, "body": text}}


def assign(team: str) -> dict[str, Any]:
    return {"assign": {"team": team}}


def field(name: str, value: Any) -> dict[str, Any]:
    return {"set_field": {"field": name, "value": value}}


def derived(name: str, value: Any) -> dict[str, Any]:
    return {"derived": name, "op": "==", "value": value}


def loaded(documents: list[dict[str, Any]]) -> list[Rule]:
    """Return the rules as they were loaded before the vocabulary changed under them."""
    return [rule for document in documents for rule in rules_from_document(document)]


def found(documents: list[dict[str, Any]], now: datetime | None = TODAY) -> tuple[Finding, ...]:
    return check(loaded(documents), VOCABULARY, now)


def levels(code: str) -> set[str]:
    return {finding.level for bad, _ in CASES.get(code, ()) for finding in found(bad) if finding.code == code}


def codes(documents: list[dict[str, Any]]) -> set[str]:
    return {finding.code for finding in found(documents)}


X, Y = "lead.extra.x", "lead.extra.y"
CHANGED = {"trigger": "lead.changed"}
MISSED = {"trigger": "deadline.missed"}
SAVING = {"trigger": "lead.saving"}
BLOCK = {"block": {"message": "不行"}}
ON_HEARD = one("hears", leaf("deadline.name", "==", "call"), **MISSED)
START = {"start_deadline": {"name": "call", "working_minutes": 30}}
ALL_STAGES = list(VOCABULARY.fields["lead.stage"].options)

# code: (rules that have it, rules that nearly do and don't)
CASES: dict[str, list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]] = {
    "unknown_event": [([one("a", trigger="lead.creatd")], [one("a")])],
    "unknown_field": [
        ([one("a", leaf("lead.budgte", ">=", 5))], [one("a", leaf("lead.budget", ">=", 5))]),
        ([one("a", then=notify("{lead.compny}"))], [one("a", then=notify("{lead.company}"))]),
        ([one("a", then=field("lead.qualty", "好"))], [one("a", then=field("lead.quality", "好"))]),
    ],
    "unknown_option": [
        ([one("a", leaf("lead.stage", "==", "demoo"))], [one("a", leaf("lead.stage", "==", "demo"))]),
        ([one("a", then={"move_stage": {"stage": "demoo"}})], [one("a", then={"move_stage": {"stage": "demo"}})]),
    ],
    "type_mismatch": [
        ([one("a", leaf("lead.company", "<", 3))], [one("a", leaf("lead.budget", "<", 3))]),
        ([one("a", leaf("lead.budget", "==", "3"))], [one("a", leaf("lead.budget", "==", 3))]),
    ],
    "unknown_action": [([one("a", then={"asign": {"team": "一部"}})], [one("a", then=assign("一部"))])],
    "bad_argument": [([one("a", then={"assign": {"team": "一部", "user": "李娜"}})], [one("a", then=assign("一部"))])],
    "misplaced_action": [
        ([one("a", then=BLOCK)], [one("a", then=BLOCK, **SAVING)]),
        ([one("a", **SAVING)], [one("a")]),
    ],
    "unwritable_field": [
        ([one("a", then=field("lead.age_hours", 3))], [one("a", then=field("lead.region", "上海"))]),
        ([one("a", then=field("owner.name", "A"))], [one("a", then=field("lead.extra.grade", "A"))]),
    ],
    "never_true": [
        ([one("a", {"all": [BIG, SMALL]})], [one("a", {"any": [BIG, SMALL]})]),
        (
            [one("a", {"all": [leaf("lead.stage", "!=", stage) for stage in ALL_STAGES]})],
            [one("a", {"all": [leaf("lead.stage", "!=", stage) for stage in ALL_STAGES[1:]]})],
        ),
        (
            [
                one(
                    "a",
                    {
                        "all": [
                            leaf("lead.region", "in", ["上海", "江苏"]),
                            leaf("lead.region", "not_in", ["上海", "江苏"]),
                        ]
                    },
                )
            ],
            [one("a", {"all": [leaf("lead.region", "in", ["上海", "江苏"]), leaf("lead.region", "not_in", ["上海"])]})],
        ),
        (
            [one("a", {"all": [leaf("lead.owner_id", "missing"), leaf("lead.owner_id", "!=", "u1")]})],
            [one("a", {"all": [leaf("lead.owner_id", "missing"), {"not": leaf("lead.owner_id", "==", "u1")}]})],
        ),
        (
            [one("a", {"all": [leaf("lead.company", "starts_with", "上"), leaf("lead.company", "starts_with", "北")]})],
            [
                one(
                    "a",
                    {"all": [leaf("lead.company", "starts_with", "上"), leaf("lead.company", "starts_with", "上海")]},
                )
            ],
        ),
        (
            [one("a", leaf("follow_up.way", "==", "phone"))],
            [one("a", leaf("follow_up.way", "==", "phone"), trigger="follow_up.created")],
        ),
        (
            [one("a", derived("grade", "C")), one("b", BIG, None, derive={"grade": "A"})],
            [one("a", derived("grade", "A")), one("b", BIG, None, derive={"grade": "A"})],
        ),
        (
            [one("a", {"all": [derived("grade", "A"), SMALL]}), one("b", BIG, None, derive={"grade": "A"})],
            [one("a", {"all": [derived("grade", "A"), EAST]}), one("b", BIG, None, derive={"grade": "A"})],
        ),
        (
            [
                one(
                    "a",
                    match=[
                        {
                            "as": "c",
                            "of": "contracts",
                            "where": {"all": [leaf("c.amount", ">", 5), leaf("c.amount", "<", 5)]},
                        }
                    ],
                )
            ],
            [one("a", match=[{"as": "c", "of": "contracts", "where": leaf("c.amount", ">", 5)}])],
        ),
    ],
    "never_on_event": [
        (
            [one("a", leaf("follow_up.effective", "==", True), trigger=["follow_up.created", "lead.created"])],
            [one("a", leaf("lead.answered", "==", True), trigger=["follow_up.created", "lead.created"])],
        )
    ],
    "derived_unknown": [
        (
            [one("a", derived("grade", "A"))],
            [one("a", derived("grade", "A")), one("b", BIG, None, derive={"grade": "A"})],
        )
    ],
    "derived_unread": [
        (
            [one("b", BIG, None, derive={"grade": "A"})],
            [one("a", then=notify("{derived.grade}")), one("b", BIG, None, derive={"grade": "A"})],
        )
    ],
    "always_true": [
        (
            [one("a", {"any": [BIG, SMALL, leaf("lead.budget", "missing")]})],
            [one("a", {"any": [BIG, SMALL]}), one("b")],
        ),
        ([one("a", {"not": {"all": [EAST, {"not": EAST}]}})], [one("a", {"not": {"all": [EAST, BIG]}})]),
    ],
    "redundant_clause": [
        (
            [one("a", {"all": [BIG, leaf("lead.budget", ">=", 100)]})],
            [one("a", {"all": [BIG, leaf("lead.budget", "<=", 900_000)]})],
        )
    ],
    "dead_branch": [
        (
            [one("a", {"all": [BIG, {"any": [EAST, leaf("lead.budget", "<", 100)]}]})],
            [one("a", {"all": [BIG, {"any": [EAST, leaf("lead.budget", ">", 900_000)]}]})],
        )
    ],
    "never_in_force": [
        (  # Nine o'clock in Shanghai, where this is evaluated, is one o'clock in UTC.
            [one("a", valid={"from": "2026-05-01T02:00:00+00:00", "until": "2026-05-01T09:00:00"})],
            [one("a", valid={"from": "2026-05-01T00:00:00+00:00", "until": "2026-05-01T09:00:00"})],
        )
    ],
    "expired": [([one("a", valid={"until": "2026-03-01"})], [one("a", valid={"until": "2026-03-03"})])],
    "shadowed": [
        (
            [one("a", BIG, group="g", priority=5), one("b", leaf("lead.budget", ">", 600_000), group="g")],
            [one("a", BIG, group="g", priority=5), one("b", leaf("lead.budget", ">", 400_000), group="g")],
        ),
        (
            [
                one("a", BIG, group="g", priority=5),
                one("b", SMALL, group="g", priority=5),
                one("c", leaf("lead.budget", "present"), group="g"),
            ],
            [one("a", BIG, group="g", priority=5), one("b", SMALL, group="g", priority=5), one("c", EAST, group="g")],
        ),
    ],
    "text_without_fact": [
        ([one("a", then=notify("{deadline.name}"))], [one("a", then=notify("{deadline.name}"), **MISSED)]),
        (
            [one("a", leaf("lead.budget", "missing"), notify("预算 {lead.budget}"))],
            [one("a", leaf("lead.region", "missing"), notify("预算 {lead.budget}"))],
        ),
        ([one("a", then=notify("{derived.grade}"))], [one("a", then=notify("{lead.company}"))]),
    ],
    "conflict": [
        (
            [one("a", BIG, assign("一部")), one("b", EAST, assign("二部"))],
            [one("a", BIG, assign("一部")), one("b", SMALL, assign("二部"))],
        ),
        (
            [one("a", BIG, assign("一部")), one("b", EAST, assign("二部"), group="g")],
            [one("a", BIG, assign("一部"), group="g", priority=1), one("b", EAST, assign("二部"), group="g")],
        ),
        (
            [one("a", BIG, field("lead.quality", "好")), one("b", EAST, field("lead.quality", "差"))],
            [one("a", BIG, field("lead.quality", "好")), one("b", EAST, field("lead.quality", "好"))],
        ),
        (
            [one("a", then={"move_stage": {"stage": "demo"}}), one("b", BIG, field("lead.stage", "signing"))],
            [one("a", then={"move_stage": {"stage": "demo"}}), one("b", BIG, field("lead.stage", "demo"))],
        ),
        (
            [one("a", BIG, {"lock": {"reason": "查"}}), one("b", EAST, {"unlock": {}})],
            [one("a", BIG, {"lock": {"reason": "查"}}), one("b", SMALL, {"unlock": {}})],
        ),
        (
            [
                ON_HEARD,
                one("a", BIG, START),
                one("b", EAST, {"start_deadline": {"name": "call", "working_minutes": 9}}),
            ],
            [ON_HEARD, one("a", BIG, START), one("b", EAST, START)],
        ),
        (  # Only together with what others derive do these two meet.
            [
                one("g", BIG, None, derive={"grade": "A"}),
                one("a", derived("grade", "A"), assign("一部")),
                one("b", EAST, assign("二部")),
            ],
            [
                one("g", BIG, None, derive={"grade": "A"}),
                one("a", derived("grade", "A"), assign("一部")),
                one("b", SMALL, assign("二部")),
            ],
        ),
        (  # Neither condition says a plain value.
            [
                one("a", {"not": {"any": [EAST, SMALL]}}, assign("一部")),
                one("b", {"not": leaf("lead.industry", "==", "汽车")}, assign("二部")),
            ],
            [
                one("a", {"not": {"any": [EAST, SMALL]}}, assign("一部")),
                one("b", {"any": [EAST, SMALL]}, assign("二部")),
            ],
        ),
    ],
    "derived_conflict": [
        (
            [
                one("r", derived("grade", "A")),
                one("a", BIG, None, derive={"grade": "A"}),
                one("b", EAST, None, derive={"grade": "B"}),
            ],
            [
                one("r", derived("grade", "A")),
                one("a", BIG, None, derive={"grade": "A"}),
                one("b", EAST, None, derive={"grade": "B"}, priority=1),
            ],
        )
    ],
    "doubled": [
        (
            [one("a", BIG, notify("嗨")), one("b", EAST, notify("嗨"))],
            [one("a", BIG, notify("嗨")), one("b", EAST, notify("喂"))],
        ),
        (
            [
                one("a", BIG, {"escalate": {"to": "owner_manager", "message": "一"}}),
                one("b", EAST, {"escalate": {"to": "owner_manager", "message": "二"}}),
            ],
            [
                one("a", BIG, {"escalate": {"to": "owner_manager", "message": "一"}}),
                one("b", EAST, {"escalate": {"to": "team_manager", "message": "二"}}),
            ],
        ),
    ],
    "tie": [
        (
            [one("a", BIG, assign("一部"), group="g"), one("b", EAST, assign("二部"), group="g")],
            [one("a", BIG, assign("一部"), group="g"), one("b", SMALL, assign("二部"), group="g")],
        )
    ],
    "two_writers": [
        (
            [one("a", BIG, field("lead.quality", "好")), one("b", EAST, field("lead.quality", "差"), **CHANGED)],
            [one("a", BIG, field("lead.quality", "好")), one("b", SMALL, field("lead.quality", "差"), **CHANGED)],
        )
    ],
    "endless_chain": [
        (
            [
                one("a", leaf(X, "==", 1), field(X, 2), **CHANGED),
                one("b", leaf(X, "==", 2), field(X, 1), **CHANGED),
            ],
            [
                one("a", leaf(X, "==", 1), field(X, 2), **CHANGED),
                one("b", leaf(X, "==", 2), field(X, 3), **CHANGED),
            ],
        ),
        (  # Each takes over the other's lock, which is a change again.
            [
                one("a", then={"lock": {"reason": "查"}}, **CHANGED),
                one("b", then={"lock": {"reason": "查"}}, **CHANGED),
            ],
            [one("a", then={"lock": {"reason": "查"}}, **CHANGED), one("b", then=TASK, **CHANGED)],
        ),
        (
            [
                one("a", leaf("contract.locked", "==", True), {"unlock": {}}, trigger="contract.changed"),
                one("b", leaf("contract.locked", "==", False), {"lock": {"reason": "查"}}, trigger="contract.changed"),
            ],
            [
                one("a", leaf("contract.locked", "==", True), {"unlock": {}}, trigger="contract.changed"),
                one("b", leaf("lead.locked", "==", False), {"lock": {"reason": "查"}}, trigger="lead.changed"),
            ],
        ),
        (
            [one("a", then={"assign": {"team": "一部", "strategy": "round_robin"}}, trigger="lead.assigned")],
            [one("a", then=assign("一部"), trigger="lead.assigned")],
        ),
        (
            [
                one("a", leaf(X, "==", 1), [field(Y, 1), field(X, 2)], **CHANGED),
                one("b", leaf(X, "==", 2), {"move_stage": {"stage": "demo"}}, **CHANGED),
                one("c", leaf("event.to_stage", "==", "demo"), field(X, 1), trigger="lead.stage_changed"),
                one("d", leaf("lead.stage", "==", "demo"), {"move_stage": {"stage": "signing"}}, **CHANGED),
            ],
            [
                one("a", leaf(X, "==", 1), [field(Y, 1), field(X, 2)], **CHANGED),
                one("b", leaf(X, "==", 2), {"move_stage": {"stage": "demo"}}, **CHANGED),
                one("c", leaf("event.to_stage", "==", "demo"), field(X, 3), trigger="lead.stage_changed"),
            ],
        ),
    ],
    "repeats": [
        (
            [one("a", leaf("deadline.name", "==", "call"), [START, TASK], **MISSED), one("s", then=START)],
            [one("a", leaf("deadline.name", "==", "call"), TASK, **MISSED), one("s", then=START)],
        )
    ],
    "endless_derivation": [
        (
            [
                one("a", {"not": derived("on", True)}, None, derive={"on": True}),
                one("r", derived("on", True)),
            ],
            [
                one("a", EAST, None, derive={"on": True}),
                one("r", derived("on", True)),
            ],
        )
    ],
    "circular": [
        (
            [
                one("a", {"any": [derived("p", 1), EAST]}, None, derive={"q": 1}),
                one("b", {"any": [derived("q", 1), BIG]}, None, derive={"p": 1}),
            ],
            [one("a", {"any": [derived("p", 1), EAST]}), one("b", BIG, None, derive={"p": 1})],
        )
    ],
    "unseen": [
        (
            [one("a", {"all": [leaf("lead.received_at", "before", "2020-01-01"), RECENT]})],
            [one("a", {"all": [leaf("lead.received_at", "before", "2030-01-01"), RECENT]})],
        )
    ],
    "deadline_unheard": [
        ([one("s", then=START)], [one("s", then=START), ON_HEARD]),
        (
            [one("s", then=START), one("h", leaf("deadline.name", "==", "visit"), **MISSED)],
            [one("s", then=START), one("h", leaf("deadline.working_minutes", ">", 5), **MISSED)],
        ),
    ],
    "deadline_unstarted": [
        ([ON_HEARD], [one("s", then=START), ON_HEARD]),
        (
            [
                one("s", then=START),
                ON_HEARD,
                one("c", then={"close_deadline": {"name": "cal"}}, trigger="follow_up.created"),
            ],
            [
                one("s", then=START),
                ON_HEARD,
                one("c", then={"close_deadline": {"name": "call"}}, trigger="follow_up.created"),
            ],
        ),
    ],
    "no_owner": [
        (
            [one("a", BIG, assign("一部"))],
            [one("a", BIG, assign("一部"), group="g", priority=1), one("z", None, assign("二部"), group="g")],
        ),
        (
            [one("a", BIG, assign("一部")), one("b", SMALL, assign("二部"))],
            [
                one("a", BIG, assign("一部")),
                one("b", SMALL, assign("二部")),
                one("c", leaf("lead.budget", "missing"), assign("二部")),
            ],
        ),
        (
            [one("z", None, assign("二部"), group="g"), one("n", EAST, notify("嗨"), group="g", priority=1)],
            [
                one("z", None, assign("二部"), group="g", priority=2),
                one("n", EAST, notify("嗨"), group="g", priority=1),
            ],
        ),
    ],
}
