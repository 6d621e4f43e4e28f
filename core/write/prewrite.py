"""Rules asked before a write: they may refuse it (block), or want the person to confirm it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...hooks.text import Text
from ...rules.engine.outcome import Decision
from ...rules.engine.outcome import Firing as RuleFiring
from ...rules.engine.ruleset import Ruleset
from ..access.policy import sees_whole
from ..actions.subject import Subject, subject_of
from ..actions.told import told_args
from ..actions.worded import Telling
from ..errors import ClewError, Invalid, Problem
from ..facts.facts import EventData, EventFacts, Setting
from ..journal.origin import Origin
from ..schema.kind import Kind
from ..storage.statements import insert
from ..storage.system_tables import Firing


@dataclass(frozen=True)
class Question:
    """What a rule says of a write: what it wants confirmed, or why it blocks it.

    A question of Clew's own has no rule, and its `text` says it in both languages.
    """

    message: str
    rule: str
    version: int
    text: Text | None = None


class NeedsConfirmation(ClewError):
    """A rule wants this write confirmed: ask again with `confirm`. Nothing was written."""

    status = 409
    code = "needs_confirmation"

    def __init__(self, questions: tuple[Question, ...]) -> None:
        self.questions = questions
        zh = "；".join(one.text.zh if one.text else one.message for one in questions)
        en = "; ".join(one.text.en if one.text else one.message for one in questions)
        super().__init__(f"请确认：{zh}", f"please confirm: {en}")


@dataclass(frozen=True)
class Write:
    """A write about to happen: the record as it would be, what changes, who asks, and against what it is read."""

    kind: Kind
    record: Any
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    origin: Origin
    now: datetime


def evaluate(ruleset: Ruleset, setting: Setting, write: Write, how: Telling) -> tuple[RuleFiring, ...]:
    """Have the rules judge a record as it would be; return those that fired and let it pass.

    Raises Invalid if a rule blocks it, whoever asks, and NeedsConfirmation if a person asks who has
    not confirmed. Nobody is there to confirm what rules, plugins and imports do: that passes.
    """
    trigger = f"{write.kind.name}.saving"
    before, after = write.before, write.after
    event = EventData(trigger, write.origin.channel, sorted(after), before.get("stage"), after.get("stage"))
    facts = EventFacts(setting, event, write.kind.name, write.record, write.now)
    outcome = ruleset.evaluate(trigger, facts, write.now)
    said: dict[str, list[Question]] = {"block": [], "require_confirmation": []}
    for firing in outcome.firings:
        for one in firing.decisions:
            if one.action in said:
                message = _shown(ruleset, setting, write, firing, one, how)
                said[one.action].append(Question(message, firing.rule_id, firing.rule_version))
    if refusals := said["block"]:
        raise Invalid([_refusal(ruleset, one) for one in refusals])
    asker = write.origin
    if (questions := said["require_confirmation"]) and asker.actor.kind == "user" and not asker.confirmed:
        raise NeedsConfirmation(tuple(questions))
    return outcome.firings


def _shown(
    ruleset: Ruleset, setting: Setting, write: Write, firing: RuleFiring, decision: Decision, how: Telling
) -> str:
    """Return a rule's message as the asker may read it; what becomes of others' writes is read by strangers."""
    actor = write.origin.actor
    subject = subject_of(setting.kinds, setting.store, write.kind.name, write.record)
    owner_id, team_id = subject.owner_id, subject.team_id
    whole = actor.kind == "user" and sees_whole(actor, owner_id, team_id)
    return str(told_args(how, ruleset, firing, decision, whole=whole)["message"])


def record_firings(
    how: Telling, ruleset: Ruleset, now: datetime, seq: int, subject: Subject, firings: tuple[RuleFiring, ...]
) -> None:
    """Keep the rules that fired on journal line `seq`: the record they act on, the facts each saw, what it decided."""
    for firing in firings:
        insert(
            Firing(
                at=now,
                seq=seq,
                rule=firing.rule_id,
                version=firing.rule_version,
                record_kind=subject.kind.name,
                record_id=subject.record.id,
                facts=dict(firing.facts),
                decisions=[
                    {"action": one.action, "args": dict(told_args(how, ruleset, firing, one))}
                    for one in firing.decisions
                ],
            )
        )


def _refusal(ruleset: Ruleset, said: Question) -> Problem:
    rule = next(one for one in ruleset.rules if one.id == said.rule)
    by = f"{said.rule} v{said.version}"
    return Problem(
        "",
        Text(f"{said.message}（规则「{rule.title['zh']}」{by}）", f"{said.message} (rule “{rule.title['en']}”, {by})"),
    )
