"""Rules asked before a write: they may refuse it (block), or want the person to confirm it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ... import rules
from ...hooks.text import Text
from ..errors import ClewError, Invalid, Problem
from ..facts.facts import facts_about
from ..models import Firing, Lead
from ..people import policy as access
from ..storage.statements import by_id, insert

if TYPE_CHECKING:
    from .door import Transaction

KINDS = ("lead", "contract")
"""The records whose writes rules may judge, each by its trigger `<kind>.saving`."""


@dataclass(frozen=True)
class Question:
    """What a rule says of a write: what it wants confirmed, or why it blocks it."""

    message: str
    rule: str
    version: int


class NeedsConfirmation(ClewError):
    """A rule wants this write confirmed: ask again with `confirm`. Nothing was written."""

    status = 409
    code = "needs_confirmation"

    def __init__(self, questions: tuple[Question, ...]) -> None:
        self.questions = questions
        said = "；".join(one.message for one in questions)
        super().__init__(f"请确认：{said}", f"please confirm: {said}")


def judge(
    tx: Transaction,
    ruleset: rules.Ruleset,
    kind: str,
    record: Any,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> tuple[rules.Firing, ...]:
    """Have the rules judge a record as it would be; return those that fired and let it pass.

    Raises Invalid if a rule blocks it, whoever asks, and NeedsConfirmation if a person asks who has
    not confirmed. Nobody is there to confirm what rules, plugins and imports do: that passes.
    """
    trigger = f"{kind}.saving"
    event = {
        "event.kind": trigger,
        "event.channel": tx.origin.channel,
        "event.changed": sorted(after),
        "event.from_stage": before.get("stage"),
        "event.to_stage": after.get("stage"),
    }
    lead = record if isinstance(record, Lead) else by_id(Lead, record.lead_id)
    facts = facts_about(event, kind, record, lead, tx.now, ruleset.reads(trigger), tx.door)
    outcome = ruleset.evaluate(trigger, facts, tx.now)
    said: dict[str, list[Question]] = {"block": [], "require_confirmation": []}
    for firing in outcome.firings:
        for one in firing.decisions:
            if one.action in said:
                message = _shown(tx, lead, firing, one.args["message"])
                said[one.action].append(Question(message, firing.rule_id, firing.rule_version))
    if refusals := said["block"]:
        raise Invalid([_refusal(ruleset, one) for one in refusals])
    if (questions := said["require_confirmation"]) and tx.origin.actor.kind == "user" and not tx.origin.confirmed:
        raise NeedsConfirmation(tuple(questions))
    return outcome.firings


def _shown(tx: Transaction, lead: Lead | None, firing: rules.Firing, message: str) -> str:
    """Return a rule's message as the asker may read it; what becomes of others' writes is read by strangers."""
    actor = tx.origin.actor
    whole = actor.kind == "user" and lead is not None and access.sees_whole(actor, lead.owner_id, lead.team_id)
    return message if whole else str(access.masked_args(tx.door.fields, firing.facts, message))


def keep(tx: Transaction, seq: int, lead_id: str | None, firings: tuple[rules.Firing, ...]) -> None:
    """Keep the rules that fired on journal line `seq`: the facts each saw, its version, what it decided."""
    for firing in firings:
        insert(
            Firing(
                at=tx.now,
                seq=seq,
                rule=firing.rule_id,
                version=firing.rule_version,
                lead_id=lead_id,
                facts=dict(firing.facts),
                decisions=[{"action": one.action, "args": dict(one.args)} for one in firing.decisions],
            )
        )


def _refusal(ruleset: rules.Ruleset, said: Question) -> Problem:
    rule = next(one for one in ruleset.rules if one.id == said.rule)
    by = f"{said.rule} v{said.version}"
    return Problem(
        "",
        Text(f"{said.message}（规则「{rule.title['zh']}」{by}）", f"{said.message} (rule “{rule.title['en']}”, {by})"),
    )
