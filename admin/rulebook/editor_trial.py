"""A trial in the rule editor, as JSON: every clause with what it saw, and what all rules would decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...core.errors import Invalid, Problem
from ...core.journal.origin import Actor
from ...core.rulebook.documents import rules_of, vocabulary_of
from ...core.rulebook.moments import AS_OF_NOW
from ...core.rulebook.trial import (
    Trial,
    When,
    kind_tried,
    moments_for,
    plain_facts,
    records_tried,
    trial,
    trial_for,
)
from ...core.rulebook.tried_on import TriedOn, tried_on
from ...core.workspace import Workspace
from ...hooks.text import Text
from ...rules.engine.outcome import Decision
from ...rules.explain.account import Clause, Explanation
from ...rules.language.actions import Action
from ...rules.language.documents import Rule
from ...rules.language.templates import render
from ...rules.language.values import FactView
from ...rules.language.vocabulary import Vocabulary
from ...rules.wording.sentences import (
    action_words,
    clause_words,
    field_words,
    sentence_parts,
    trigger_words,
    value_words,
)
from ..records.wording import titles
from ..session import t
from . import shown
from .editor_preview import with_id

_OFFERED = 20


def records_json(ws: Workspace, actor: Actor, events: Sequence[str], words: str) -> dict[str, Any]:
    """Return records that an actor may try a rule on, those first to which its events came, and what they are called.

    `words` narrows them to those called so; only a kind whose name is no personal data can be searched by it.
    """
    here, query = kind_tried(ws, events[0]), records_tried(ws, actor, events[0])
    named = next((here.by_name[name] for name in here.named_by if name in here.by_name), None)
    if words and named is not None and not named.mask:
        query = query.where(here.expression(named).contains(words))
    found = tried_on(ws, here, query, events, _OFFERED)
    called = titles(ws, actor, here, [one.record for one in found], t("zh", "en") == "en")
    return {
        "title": t(here.title.zh, here.title.en.lower()),
        "records": [{"id": one.record.id, "label": called[one.record.id], "day": _when(ws, one)} for one in found],
    }


def _when(ws: Workspace, one: TriedOn) -> str:
    """Return when the rule's event last came to a record, else that none did."""
    if one.at is None:
        return t("还没有触发过", "never set it off")
    return t(f"{shown.moment_words(ws, one.at)}触发", f"set it off {shown.moment_words(ws, one.at)}")


def begun(ws: Workspace, actor: Actor, document: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the record, and the moment, that the page's address says to try first: 为什么 sends its reader here so."""
    triggers = document.get("trigger")
    event = triggers[0] if isinstance(triggers, list) and triggers else triggers
    if not asked.get("record") or not isinstance(event, str):
        return None
    here, query = kind_tried(ws, event), records_tried(ws, actor, event)
    record = query.where(query.model.id == asked["record"]).first()
    if record is None:
        return None
    at = _moment(asked.get("at"))
    label = titles(ws, actor, here, [record], t("zh", "en") == "en")[record.id]
    return {
        "id": record.id,
        "label": label,
        "at": at.astimezone(ws.settings.zone).isoformat() if at else None,
        "seq": _line(asked.get("seq")),
    }


def tried(ws: Workspace, actor: Actor, asked: Mapping[str, Any]) -> Trial:
    """Run the trial that was asked for: made-up facts, or a record at a line of the journal, a moment, or now.

    Without one it is the newest event there was. Raises NotFound for a record the actor may not see, or RulesError.
    """
    document = with_id(_mapping(asked.get("document")))
    facts = asked.get("facts")
    event = str(asked["event"]) if asked.get("event") else None
    at = _moment(asked.get("at"))
    if isinstance(facts, Mapping):
        return trial(ws, document, event=event, at=at, facts=facts)
    when = When(_line(asked.get("seq")), at, bool(asked.get("now")))
    return trial_for(ws, actor, document, str(asked.get("record_id") or ""), event, when)


def moments_json(ws: Workspace, actor: Actor, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the moments at which the rule's events came to the record, or that none did, in words."""
    document = with_id(_mapping(asked.get("document")))
    event = str(asked["event"]) if asked.get("event") else None
    found = moments_for(ws, actor, document, str(asked.get("record_id") or ""), event)
    language = t("zh", "en")
    rows = [
        {"seq": one.seq, "when": shown.moment_words(ws, one.at), "what": one.what.for_locale(language), "who": one.who}
        for one in found
    ]
    return {"moments": rows, "none": "" if rows else _none(ws, (event,) if event else rules_of(document)[0].trigger)}


def _none(ws: Workspace, triggers: tuple[str, ...]) -> str:
    words = trigger_words(triggers, vocabulary_of(ws), t("zh", "en"))
    if all(one.endswith(".saving") for one in triggers):
        return t(
            "保存前的判断不留下台账，所以按现在的样子试算。",
            "What is judged before saving leaves no line to go back to, so the record is tried as it is now.",
        )
    return t(
        f"这条记录上还没有发生过「{words}」，所以按现在的样子试算。",
        f"This record never saw the event “{words}”, so it is tried as it is now.",
    )


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
        "seq": found.seq,
        "when": shown.moment_words(ws, found.at) if found.seq is not None else "",
        "as_of": AS_OF_NOW.for_locale(language),
        "gaps": [one.for_locale(language) for one in found.gaps],
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


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid([Problem("document", Text("缺少规则文档", "the rule document is missing"))])
    return value


def _line(value: Any) -> int | None:
    """Return the number of a journal line. Raises Invalid for what can't be one."""
    if value in (None, ""):
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 19) or isinstance(value, bool):
        raise Invalid([Problem("seq", Text("台账行号须是正整数", "a line of the journal has a whole number"))])
    return int(text)


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
