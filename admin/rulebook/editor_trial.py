"""A trial in the rule editor, as JSON: every clause with what it saw, and what all rules would decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...core.access import policy as access
from ...core.errors import Invalid, NotFound, Problem
from ...core.journal.origin import Actor
from ...core.kinds import Lead
from ...core.rulebook.documents import rules_of, vocabulary_of
from ...core.rulebook.trial import Trial, facts_for, plain_facts, trial
from ...core.schema.registry import Kinds
from ...core.workspace import Workspace
from ...hooks.text import Text
from ...rules.engine.outcome import Decision
from ...rules.explain.account import Clause, Explanation
from ...rules.language.actions import Action
from ...rules.language.documents import Rule
from ...rules.language.templates import render
from ...rules.language.values import FactView
from ...rules.language.vocabulary import Vocabulary
from ...rules.wording.sentences import action_words, clause_words, field_words, sentence_parts, value_words
from ..session import t
from .editor_preview import with_id

_OFFERED = 20


def leads_json(ws: Workspace, actor: Actor, words: str) -> list[dict[str, str]]:
    """Return the newest leads that the actor may see, those whose company holds `words`."""
    query = access.visible_leads(actor)
    if words:
        query = query.where(Lead.company.contains(words))
    rows = query.order_by(Lead.id.desc()).limit(_OFFERED)
    zone = ws.settings.zone
    return [
        {
            "id": row.id,
            "company": row.company,
            "day": row.received_at.astimezone(zone).strftime(t("%-m月%-d日", "%-d %b")) if row.received_at else "",
        }
        for row in rows
    ]


def begun(ws: Workspace, actor: Actor, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the lead, and the moment, that the page's address says to try first: 为什么 sends its reader here so."""
    lead = access.visible_leads(actor).where(Lead.id == asked.get("lead", "")).first()
    if lead is None:
        return None
    at = _moment(asked.get("at"))
    return {"id": lead.id, "label": lead.company, "at": at.astimezone(ws.settings.zone).isoformat() if at else None}


def tried(ws: Workspace, actor: Actor, asked: Mapping[str, Any]) -> Trial:
    """Run the trial that was asked for. Raises NotFound for a lead the actor may not see, or RulesError."""
    document = with_id(_mapping(asked.get("document")))
    facts = asked.get("facts")
    event = str(asked["event"]) if asked.get("event") else None
    at = _moment(asked.get("at"))
    if isinstance(facts, Mapping):
        return trial(ws, document, event=event, at=at, facts=facts)
    lead = _visible(actor, str(asked.get("lead_id") or ""))
    event = event or rules_of(document)[0].trigger[0]
    seen = facts_for(ws, lead.id, event, at)
    return trial(ws, document, event=event, at=at, facts=_shown(ws.kinds, seen, actor, lead))


def trial_json(ws: Workspace, document: Mapping[str, Any], found: Trial) -> dict[str, Any]:
    """Return a trial as the panel shows it."""
    known, language = vocabulary_of(ws), t("zh", "en")
    document = with_id(document)
    (rule,) = rules_of(document)
    explained = found.explanations[rule.id]
    view = FactView(found.facts, found.at)
    view.derived = {name: value for one in found.outcome.firings for name, value in one.derived.items()}
    titles = {one.id: one.title for one in ws.ruleset.rules}
    return {
        "event": found.event,
        "at": found.at.astimezone(ws.settings.zone).isoformat(timespec="seconds"),
        "fired": found.fired,
        "holds": explained.holds,
        "in_force": explained.in_force,
        "clause": _clause(explained.root, known, language),
        "match": _matches(rule, explained, known, language),
        "changes": [
            {
                "name": field_words(one.name, known, language, derived=one.derived),
                "after": _value(one.name, one.after, known, language),
            }
            for one in explained.changes
        ],
        "facts": plain_facts({name: value for name, value in found.facts.items() if value is not None}),
        "rendered": [plain_facts(render(dict(action.args), view)) for action in rule.then],
        "mine": [_decided(one, known, language) for one in found.outcome.decisions if one.rule_id == rule.id],
        "others": [
            {
                "rule": t(titles[one.rule_id]["zh"], titles[one.rule_id]["en"]),
                "text": _decided(one, known, language),
            }
            for one in found.outcome.decisions
            if one.rule_id != rule.id
        ],
        "outranked": [one.by for one in found.outcome.trace if one.rule_id == rule.id and one.by],
    }


def _decided(one: Decision, known: Vocabulary, language: str) -> str:
    return action_words(Action(one.action, one.args), known, language)


def _clause(clause: Clause, known: Vocabulary, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {"path": clause.path, "kind": clause.kind, "holds": clause.holds}
    if clause.leaf is not None:
        found["words"] = clause_words(clause.leaf, known, language)
        found["value"] = _value(clause.leaf.name, clause.value, known, language) if clause.holds is not None else ""
    found["items"] = [_clause(item, known, language) for item in clause.items]
    return found


def _matches(rule: Rule, explained: Explanation, known: Vocabulary, language: str) -> list[dict[str, Any]]:
    """Return how each item of related records fared: in words, and how many of how many rows fit."""
    parts = sentence_parts(rule, known, language)
    found = []
    for one in explained.match:
        inside = [place for place, (_, path) in enumerate(parts) if path and _within(path, one.path)]
        words = "".join(text for text, _ in parts[inside[0] : inside[-1] + 1]) if inside else one.item.of
        counted = t(f"{one.rows} 条中 {one.passing} 条符合", f"{one.passing} of {one.rows} fit")
        closing = (
            ("）" if language == "zh" else ")")
            if words.count("（") + words.count("(") > words.count("）") + words.count(")")
            else ""
        )
        found.append({"words": words + closing, "holds": one.holds, "value": "" if one.holds is None else counted})
    return found


def _within(path: str, around: str) -> bool:
    return path == around or path.startswith(f"{around}.")


def _value(name: str, value: Any, known: Vocabulary, language: str) -> str:
    return "—" if value is None else value_words(name, value, known, language)


def _shown(kinds: Kinds, facts: Mapping[str, Any], actor: Actor, lead: Lead) -> dict[str, Any]:
    """Return facts as this person may read them."""
    if access.sees_whole(actor, lead.owner_id, lead.team_id):
        return dict(facts)
    return access.masked_facts(kinds, facts)


def _visible(actor: Actor, lead_id: str) -> Lead:
    lead = access.visible_leads(actor).where(Lead.id == lead_id).first()
    if lead is None:
        raise NotFound("没有这条线索，或它归别的团队。", "no such lead, or it belongs to another team")
    return lead  # type: ignore[no-any-return]


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid([Problem("document", Text("缺少规则文档", "the rule document is missing"))])
    return value


def _moment(text: Any) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(str(text))
        if found.tzinfo is None:
            raise ValueError(text)
    except ValueError:
        words = Text("时间须为带时区的 ISO 时间", "the moment must be an ISO time with an offset")
        raise Invalid([Problem("at", words)]) from None
    return found
