"""What would break: everything that names a field, an option, a stage, a team, a person … before it goes or is renamed.

    from clew.core.company.what_breaks import Named, uses
    uses(ws, Named("option", "phone", of="lead.source"))  -> list[Use]

`Named(what, name, of)` says what is meant; see there for what `what` and `of` can be.

`uses` returns, each as a `Use` with its title, what of it names the thing in words, and the page that mends it:
rules and decision tables in force or switched off, drafts, processes, fields, kinds, layouts, plugins' settings, and
last the records (one `Use`, with how many). Rules are read as parsed documents (`rules.language.mentions`), never as
text: a word in a message is no name. `mentioned` answers for rules alone, where records don't matter.

Nothing here asks who wants to know: callers show it to people who may set the company up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...hooks.text import Text
from ...rules.language.conditions import Leaf
from ...rules.language.documents import Rule
from ...rules.language.errors import RulesError
from ...rules.language.mentions import Mention
from ...rules.tables.model import is_table
from ...rules.wording.sentences import action_words, clause_words
from ..kinds import OPEN_STATES, RuleRecord, RuleVersion
from ..rulebook.documents import rules_of, title_of, vocabulary_of
from ..rulebook.named import BADGES, Named, Wanted, wanted
from ..workspace import Workspace
from .named_in_definitions import in_definitions
from .named_in_records import in_records
from .use import Use

_MOST_CLAUSES = 3
_BARE = {
    "event": Text("触发事件", "its event"),
    "collection": Text("相关记录", "related records"),
    "fact": Text("表的一列", "a column"),
}


@dataclass(frozen=True)
class _Document:
    """One rule document, with the rules it stands for."""

    use: str
    code: str
    document: Mapping[str, Any]
    rules: Sequence[Rule]
    state: Text = field(default=Text("", ""))
    version: int = 1


def uses(ws: Workspace, named: Named) -> list[Use]:
    """Return everything that names a thing: rules, drafts, definitions, layouts, plugins' settings, records.

    Raises Invalid for a `what` that is none.
    """
    if named.what == "badge":
        named = Named("option", named.name, BADGES)
    what = wanted(ws, named)
    return [*_in_rules(ws, what), *in_definitions(ws, named), *in_records(ws, named)]


def mentioned(ws: Workspace, named: Named) -> list[Use]:
    """Return the rules, decision tables and drafts that name a thing. Raises Invalid for a `what` that is none."""
    return list(_in_rules(ws, wanted(ws, named)))


def _in_rules(ws: Workspace, what: Wanted) -> Iterator[Use]:
    for one in _documents(ws):
        if found := what.places(one.rules, one.document):
            yield _use(ws, one, found)


def _documents(ws: Workspace) -> Iterator[_Document]:
    """Yield every rule document that counts: in force, switched off but not retired, and on its way."""
    in_force = ws.loader.rules.by_code(ws.configuration.plugins)
    for row in RuleRecord.select().where(RuleRecord.retired_at.is_null()).order_by(RuleRecord.code):
        on = row.code in in_force
        state = Text("", "") if on else Text("已停用", "off")
        rules = in_force[row.code] if on else _read(row.document)
        yield _Document(
            "table" if is_table(row.document) else "rule", row.code, row.document, rules, state, row.version
        )
    drafts = RuleVersion.select().where(RuleVersion.state.in_(OPEN_STATES)).order_by(RuleVersion.code)
    for draft in drafts:
        state = Text("草稿", "draft")
        yield _Document("draft", draft.code, draft.document, _read(draft.document), state, draft.number)


def _read(document: Mapping[str, Any]) -> Sequence[Rule]:
    try:
        return rules_of(document)
    except RulesError:
        return ()  # A draft that can't be read names nothing yet.


def _use(ws: Workspace, one: _Document, found: Sequence[tuple[int | None, Mention]]) -> Use:
    rows = tuple(sorted({row for row, _ in found if row is not None}))
    places = tuple(dict.fromkeys(mention.path for row, mention in found if row is None))
    clauses = tuple(dict.fromkeys(_clause(ws, mention) for _, mention in found))
    zh = "；".join(clause.zh for clause in clauses[:_MOST_CLAUSES] if clause.zh)
    en = "; ".join(clause.en for clause in clauses[:_MOST_CLAUSES] if clause.en)
    if rows:
        shown = rows[:_MOST_CLAUSES]
        more = "" if len(rows) <= _MOST_CLAUSES else " …"
        numbers = ", ".join(map(str, shown)) + more
        zh = f"第 {numbers.replace(', ', '、')} 行" + (f"：{zh}" if zh else "")
        en = f"row{'s' if len(rows) > 1 else ''} {numbers}" + (f": {en}" if en else "")
    section = "tables" if is_table(one.document) else "rules"
    return Use(
        one.use,
        one.code,
        title_of(one.document),
        Text(zh, en),
        f"/{section}/{one.code}/",
        places=places,
        rows=rows,
        state=one.state,
        version=one.version,
    )


def _clause(ws: Workspace, mention: Mention) -> Text:
    vocabulary, by = vocabulary_of(ws), mention.by
    if by is None:
        return _BARE[mention.what]
    if isinstance(by, Leaf):
        return Text(*(clause_words(by, vocabulary, language) for language in ("zh", "en")))
    return Text(*(action_words(by, vocabulary, language) for language in ("zh", "en")))


__all__ = ["Named", "Use", "mentioned", "uses"]
