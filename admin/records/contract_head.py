"""The head of a contract's page: one sentence that says where it stands, whose turn it is, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...core import roles
from ...core.access import policy as access
from ...core.errors import Forbidden
from ...core.journal.origin import Actor, Origin
from ...core.kinds import Contract, Lead, User
from ...core.process.processes import Stage
from ...core.schema.kind import Kind
from ...core.schema.states import States, Step
from ...core.storage.system_tables import JournalLine
from ...core.workbench.contract_money import Money
from ...core.workbench.contracts import rule_title
from ...core.workspace import Workspace
from ...core.write.foreseen import closed_to
from ...core.write.stages import StageCheck
from .. import words
from ..session import english, locale, t


@dataclass(frozen=True)
class Act:
    """A step that the viewer may take; `closed` says in the door's words why it would be refused just now."""

    step: Step
    closed: str


@dataclass(frozen=True)
class LeadAct:
    """A stage that the contract's lead may go on to; `closed` says in words what keeps it from there."""

    stage: Stage
    closed: str


@dataclass(frozen=True)
class Standing:
    """Where a contract stands: since when, who or which rule brought it there, what they said, the working minutes since."""

    since: datetime
    who: str
    reason: str
    minutes: int
    rule: str


def standing_of(ws: Workspace, contract: Contract) -> Standing:
    """Return since when a contract is in its state."""
    mine = (JournalLine.record_kind == "contract") & (JournalLine.record_id == contract.id)
    moved = mine & (JournalLine.kind == "contract.status_changed")
    line: Any = JournalLine.select().where(moved).order_by(JournalLine.seq.desc()).first()
    since = line.at if line is not None else contract.created_at
    minutes = ws.calendar.main.minutes_between(since, ws.clock.now())
    who = line.actor_name if line is not None and line.actor_kind == "user" else ""
    rule = rule_title(ws, line.cause_rule).for_locale(locale()) if line is not None and line.cause_rule else ""
    return Standing(since, who, line.reason if line is not None else "", minutes, rule)


def acts_of(ws: Workspace, kind: Kind, contract: Contract, by: Origin) -> list[Act]:
    """Return the steps that lie with the viewer, in their order; what their role may never do is left out."""
    states = kind.states
    if states is None:
        return []
    here, found = contract.status, []
    turn = states.turns.get(here, "")
    for step in states.steps_from(here):
        error = closed_to(ws.door, kind, contract, {states.field: step.to}, by)
        if isinstance(error, Forbidden) or not _is_turn(by.actor, turn, states):
            continue
        found.append(Act(step, error.text.for_locale(locale()) if error is not None else ""))
    return found


def lead_acts(ws: Workspace, lead: Lead | None, by: Origin) -> list[LeadAct]:
    """Return the stages that the contract's lead may go on to and that the viewer's own role answers for.

    So whoever a process says confirms the payment, say, does it where they see the contract.
    """
    if lead is None or lead.outcome != "open":
        return []
    kind, process = ws.kinds["lead"], ws.processes.get(lead.process)
    check, here = StageCheck(ws.processes, ws.setting, ws.clock.now()), process.index(lead.stage)
    found = []
    for stage in process.next_stages(lead.stage):
        if process.index(stage.name) < here or stage.role not in by.actor.roles:
            continue
        error = closed_to(ws.door, kind, lead, {"stage": stage.name}, by)
        if isinstance(error, Forbidden):
            continue
        lacks = t("；", "; ").join(one.text.for_locale(locale()) for one in check.would_lack(kind, lead, stage.name))
        found.append(LeadAct(stage, error.text.for_locale(locale()) if error is not None else lacks))
    return found


def _is_turn(actor: Actor, turn: str, states: States) -> bool:
    """Say whether it is somebody's turn: theirs by their role or, for what sellers do, that of who works beside them."""
    if access.may(actor, turn):
        return True
    others = {one for one in states.turns.values() if one != "sells"}
    return turn == "sells" and not any(access.may(actor, one) for one in others)


def bar_of(kind: Kind, contract: Contract) -> dict[str, Any]:
    """Return the states as a bar: one that lies beside the way is shown where the way goes on from it."""
    field, states = kind.by_name["status"], kind.states
    beside = states.beside if states is not None else frozenset()
    way = [value for value, _ in field.options if value not in beside]
    at = contract.status
    if states is not None and at in beside:
        at = next((one.to for one in states.steps_from(at)), at)
    names = [field.words(value, locale()) for value in way]
    return {"index": way.index(at) if at in way else -1, "names": names, "name": field.words(contract.status, locale())}


def sentence(
    ws: Workspace, kind: Kind, contract: Contract, here: Standing, seller: User | None, money: Money
) -> list[tuple[str, str]]:
    """Return where a contract stands, as pieces of one sentence, each with its tone: late, risk, done or none."""
    state = kind.by_name["status"].words(contract.status, locale())
    states = kind.states
    turn = states.turns.get(contract.status, "") if states is not None else ""
    steps = states.steps_from(contract.status) if states is not None else ()
    span = _span(here.minutes)
    found = [(t(f"{contract.number}：「{state}」{span}", f"{contract.number}: {state} for {span}"), "")]
    who = _whose(turn, seller)
    if who and steps:
        acts = t("或", " or ").join(one.act.for_locale(locale()) for one in steps)
        found.append((t("，", ", "), ""))
        found.append((t(f"等{who}：{acts}", f"with {who} to act: {acts.lower()}"), "risk"))
    if contract.signed_at is not None:
        if money.open > 0:
            left = words.yuan_exact(money.open)
            found.append((t(f"；还差回款 {left}", f"; {left} still to arrive"), ""))
        elif money.open < 0:
            more = words.yuan_exact(-money.open)
            found.append((t(f"；多收了 {more}", f"; {more} too much arrived"), "risk"))
        else:
            found.append((t("；回款已收齐", "; paid in full"), "done"))
    return [*found, (t("。", "."), "")]


def _span(minutes: int) -> str:
    if minutes < 450:
        return words.minutes(minutes, english())
    days = f"{minutes / 450:.1f}".removesuffix(".0")
    return t(f"{days} 个工作日", f"{days} working days")


def _whose(turn: str, seller: User | None) -> str:
    """Return who has a contract in hand: its seller by name, others by their role."""
    if not turn:
        return ""
    if turn == "sells":
        return seller.name if seller is not None else t("负责人", "its owner")
    titles = roles.book().titles
    names = [titles[name].for_locale(locale()) for name in sorted(roles.book().carrying(turn)) if name in titles]
    return t("、", ", ").join(names[:2])
