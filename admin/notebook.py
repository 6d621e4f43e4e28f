"""The notebook's face: explanations that show themselves in Jupyter, from the same engine as the console.

`clew.why`, `clew.why_not` and `clew.try_rule` lead here. A notebook runs on the server with the
database at hand, so it asks as the system does and sees names whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from ..core.journal.origin import SYSTEM
from ..core.kinds import BUNDLED, DataRecord
from ..core.rulebook.documents import rules_of, title_of
from ..core.rulebook.trial import When, trial_on
from ..core.storage.records import Record
from ..core.timeline.describer import Describer
from ..core.timeline.rule_versions import Versions
from ..core.timeline.viewer import Viewer
from ..core.why import Link, Seen, WhyNot, lead_named
from ..core.why import why as explain
from ..core.why import why_not as judge
from ..core.why.clauses import clauses_of
from ..core.why.format_text import derivation_words, moment_words, who_words
from ..core.workspace import Workspace
from ..rules.language.actions import Action
from ..rules.wording.sentences import action_words

_MARKS = {"link": "● ", "text": "", "change": "→ ", "yes": "✓ ", "no": "✗ ", "unseen": "– "}
_COLOURS = {"text": "#5C6370", "change": "#2456E6", "yes": "#1B7445", "no": "#C62828", "unseen": "#5C6370"}
_SPECIAL = frozenset("\\`*_[]<>#|")


class Row(NamedTuple):
    """One line of an answer; `mark` is link, text, change, yes, no or unseen."""

    depth: int
    text: str
    mark: str


class Shown:
    """An answer with a heading and lines: HTML in Jupyter, Markdown where that is wanted, else text.

    `answer` is what the engine found, for those who go on from it.
    """

    def __init__(self, answer: Any, title: str, rows: list[Row]) -> None:
        self.answer, self.title, self.rows = answer, title, tuple(rows)

    def __repr__(self) -> str:
        return "\n".join([self.title, *(f"{'  ' * row.depth}{_MARKS[row.mark]}{row.text}" for row in self.rows)])

    def _repr_markdown_(self) -> str:
        rows = (f"{'  ' * row.depth}- {_MARKS[row.mark]}{_markdown(row)}" for row in self.rows)
        return "\n".join([f"**{_escaped(self.title)}**", "", *rows])

    def _repr_html_(self) -> str:
        rows = "".join(_html(row) for row in self.rows)
        return f'<div style="max-width:640px;line-height:1.6"><strong>{escape(self.title)}</strong>{rows}</div>'


def why(
    ws: Workspace, what: Record | str, record_id: str | None = None, *, field: str = "", language: str = "zh"
) -> Shown:
    """Explain a record: `why(ws, lead)`, `why(ws, "its id or company")`, or `why(ws, "task", task_id)`."""
    answer = explain(ws, *_named(what, record_id), SYSTEM.actor, field)
    rows = [row for link in answer.links for row in _of_link(ws, link, language)]
    return Shown(answer, answer.title.for_locale(language), rows)


def why_not(
    ws: Workspace,
    code: str,
    lead: Record | str | None = None,
    *,
    seq: int | None = None,
    document: Mapping[str, Any] | None = None,
    language: str = "zh",
) -> Shown:
    """Say how the rule `code` (or a draft of it, `document`) fared on a lead's newest event, or on the event `seq`."""
    kind, record_id = _named(lead) if lead is not None else ("lead", None)
    answer = judge(ws, code, SYSTEM.actor, record_id, seq, document, kind)
    version = f" v{answer.version}" if answer.version else ""
    return Shown(answer, f"{answer.title.for_locale(language)}{version}", list(_of_judgement(answer, language)))


def try_rule(
    ws: Workspace,
    document: Mapping[str, Any],
    lead: Record | str,
    *,
    seq: int | None = None,
    now: bool = False,
    language: str = "zh",
) -> Shown:
    """Say what a rule that is not published would have done at the newest event it listens to. Writes nothing.

    `seq` is the journal's line of another such event; with `now` the event is taken to come now, which is also what
    counts where none ever came.
    """
    kind, record_id = _named(lead)
    tried = trial_on(ws, document, ws.kinds.named(kind), record_id, when=When(seq, now=now))
    says = Describer(Viewer(ws, SYSTEM.actor), Versions())
    rows: list[Row] = []
    for rule in rules_of(document):
        seen = clauses_of(rule, tried.explanations[rule.id], says, lambda _, value: value)
        rows += _of_clauses(seen, language)
    for made in tried.decisions:
        rows += [
            Row(0, action_words(Action(name, dict(args)), says.vocabulary, language), "change")
            for name, args in made.items()
        ]
    verdict = ("会触发" if tried.fired else "不会触发", "would fire" if tried.fired else "would not fire")
    name = title_of(document).for_locale(language)
    return Shown(tried, f"「{name}」{verdict[0]}" if language == "zh" else f"“{name}” {verdict[1]}", rows)


def _of_link(ws: Workspace, link: Link, language: str) -> Iterator[Row]:
    zone = ws.settings.zone
    yield Row(0, link.what.for_locale(language), "link")
    yield Row(1, f"{moment_words(link.at, zone)} · #{link.seq} · {who_words(link.who, language, zone)}", "text")
    for change in link.changes:
        field, before, after = (one.for_locale(language) for one in change)
        yield Row(1, f"{field}: {before} → {after}", "text")
    yield from _of_clauses(link.facts, language)
    if link.note.zh:
        yield Row(1, link.note.for_locale(language), "text")
    if link.derivation:
        yield Row(1, derivation_words(link.derivation, language, zone), "text")


def _of_judgement(answer: WhyNot, language: str) -> Iterator[Row]:
    yield Row(0, answer.said.for_locale(language), "text")
    yield from _of_clauses(answer.clauses, language)
    if answer.change.zh:
        yield Row(0, answer.change.for_locale(language), "change")
    for gap in answer.gaps:
        yield Row(0, gap.for_locale(language), "text")


def _of_clauses(clauses: tuple[Seen, ...], language: str) -> Iterator[Row]:
    for one in clauses:
        words, value = one.words.for_locale(language), one.value.for_locale(language)
        if value:
            words += f"（{value}）" if language == "zh" else f" ({value})"
        mark = "unseen" if one.holds is None else "yes" if one.holds else "no"
        yield Row(1 + one.depth, words, mark)


def _named(what: Record | str, record_id: str | None = None) -> tuple[str, str]:
    """Return the kind and id of a record given as itself, as a lead's name, or as kind and id."""
    if isinstance(what, str):
        return (what, record_id) if record_id is not None else ("lead", lead_named(what).id)
    if isinstance(what, DataRecord):
        return what.kind_name, what.id
    return next(kind.name for kind in BUNDLED if isinstance(what, kind.model)), what.id


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in text)


def _markdown(row: Row) -> str:
    return f"**{_escaped(row.text)}**" if row.mark == "link" else _escaped(row.text)


def _html(row: Row) -> str:
    style = f"margin-left:{18 * row.depth}px;"
    style += "font-weight:600;margin-top:6px" if row.mark == "link" else f"color:{_COLOURS[row.mark]}"
    return f'<div style="{style}">{escape(_MARKS[row.mark] + row.text)}</div>'
