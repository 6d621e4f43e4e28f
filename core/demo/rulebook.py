"""What happens to the demo company's rules in its month: one change goes live, one rule fails, a change waits for approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..journal.origin import Actor, Origin
from ..kinds import RuleVersion, User
from ..rulebook.overview import entry_of
from ..rulebook.publishing import approve
from ..rulebook.versions import begin_draft, new_draft, submit
from ..workspace import Workspace
from . import company

LEAVES = "suhang"
"""Who leaves the demo company within its month: a rule still names them."""


def improve(ws: Workspace) -> None:
    """Operations let the escalation name the budget; a manager approves, and it is in force at once."""
    draft = _drafted(ws, "first-response-escalate", _names_the_budget)
    submit(ws, draft.id, "主管想在消息里直接看到预算，先救大单", _by("shenke"))
    approve(ws, draft.id, _by("linlan"), note="同意，上周就漏看了一单")


def name_an_expert(ws: Workspace) -> None:
    """Operations give large negotiations to one person. Once that person has left, the rule fails until it is mended."""
    draft = new_draft(ws, _EXPERT, _by("shenke"))
    submit(ws, draft.id, "大单谈判集中给苏航，报价口径一致", _by("shenke"))
    approve(ws, draft.id, _by("linlan"), note="同意")


def propose(ws: Workspace) -> None:
    """Operations ask for a shorter time to answer; nobody has looked at it yet."""
    draft = _drafted(ws, "first-response-start", _in_twenty_minutes)
    submit(ws, draft.id, "展会后竞品都在 20 分钟内回电，想把时限收紧到 20 分钟", _by("shenke"))


_EXPERT = {
    "id": "large-negotiation",
    "title": {"zh": "大单谈判由苏航跟进", "en": "Su Hang follows large negotiations"},
    "purpose": {
        "zh": "60 万元以上的线索进入报价谈判时改派给苏航，报价口径一致。",
        "en": "A lead of 600,000 yuan or more goes to Su Hang when its price is negotiated.",
    },
    "trigger": "lead.stage_changed",
    "when": {"all": [
        {"field": "lead.stage", "op": "==", "value": "negotiation"},
        {"field": "lead.budget", "op": ">=", "value": 600_000},
    ]},
    "then": [{"assign": {"user": f"{LEAVES}@{company.DOMAIN}"}}],
}  # fmt: skip


def _drafted(ws: Workspace, code: str, change: Any) -> RuleVersion:
    return begin_draft(ws, code, _by("shenke"), change(entry_of(ws, code).document))


def _names_the_budget(document: Mapping[str, Any]) -> dict[str, Any]:
    message = "「{lead.company}」（预算 {lead.budget}）超过 30 个工作分钟未响应，负责人：{owner.name}"
    return {**document, "then": [{"escalate": {"to": "owner_manager", "message": message}}]}


def _in_twenty_minutes(document: Mapping[str, Any]) -> dict[str, Any]:
    start = {"start_deadline": {"name": "first_response", "working_minutes": 20}}
    case = {
        "title": {"zh": "分配后开始计时 20 分钟", "en": "Assigned: 20 minutes to answer"},
        "event": "lead.assigned",
        "facts": {"lead.outcome": "open", "lead.answered": False},
        "expect": {"fires": True, "decisions": [start]},
    }
    title = {"zh": "分配后 20 个工作分钟内响应", "en": "Answer within 20 working minutes of assignment"}
    return {**document, "title": title, "then": [start], "tests": [case]}


def _by(login: str) -> Origin:
    return Origin(Actor.of(User.get(User.email == f"{login}@{company.DOMAIN}")), "console", ip="10.8.0.35")
