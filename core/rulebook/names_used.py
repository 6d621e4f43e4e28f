"""Which rules in force name a team or a person, and their drafts with another name in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from ...hooks.text import Text
from ...rules.language.errors import RulesError
from ...rules.tables.model import is_table
from ..errors import ClewError
from ..journal.origin import Origin
from ..kinds import RuleRecord, RuleVersion
from ..workspace import Workspace
from .documents import rules_of, title_of
from .named import Named, Wanted, wanted
from .replacing import Names, replaced
from .versions import open_draft, submit, write_draft


@dataclass(frozen=True)
class Use:
    """One rule in force that names it."""

    code: str
    title: Text
    table: bool
    document: Mapping[str, Any]
    drafted: bool

    @property
    def path(self) -> str:
        """Where it is in the console."""
        return f"/tables/{self.code}" if self.table else f"/rules/{self.code}"


Uses = tuple[Use, ...]


def uses_of_team(ws: Workspace, name: str) -> Uses:
    """Return the rules in force that name a team."""
    return uses_of(wanted(ws, Named("team", name)))


def uses_of_person(ws: Workspace, user_id: str) -> Uses:
    """Return the rules in force that name a person; by a name that two people share they are not told apart."""
    return uses_of(wanted(ws, Named("person", user_id)))


def uses_of(what: Wanted) -> Uses:
    """Return the rules in force that name a thing which goes by names of its own."""
    # A document's JSON holds the name as it is written, so the database leaves out nearly all.
    text = RuleRecord.document.cast("text")
    written = reduce(or_, (text.contains(_within_json(name)) for name in sorted(what.names)))
    rows = RuleRecord.select().where(RuleRecord.retired_at.is_null() & RuleRecord.enabled & written)
    open_ = RuleVersion.select(RuleVersion.code).where(RuleVersion.state.in_(("draft", "review")))
    drafted = {row.code for row in open_}
    return tuple(
        Use(row.code, title_of(row.document), is_table(row.document), row.document, row.code in drafted)
        for row in rows.order_by(RuleRecord.code)
        if _names_it(row.document, what)
    )


def _within_json(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _names_it(document: Mapping[str, Any], what: Wanted) -> bool:
    try:
        return document.get("owner") in what.anywhere or bool(what.places(rules_of(document), document))
    except RulesError:
        return False  # Its newest version that can be read decides in its place.


def draft_renamed(
    ws: Workspace, uses: Uses, what: Wanted, to: Names, origin: Origin, note: str
) -> list[tuple[Use, str, Text | None]]:
    """Draft each of these rules with the new names (`to` maps old to new) and submit it for approval.

    Return for each what became of it: "review", "draft" (with what stands against it), or "left" where somebody is
    working on a draft of it. A rule that goes by what stays, such as an id, is left as it is, and out.
    """
    found: list[tuple[Use, str, Text | None]] = []
    for use in uses:
        document = replaced(use.document, what, to)
        if document == use.document:
            continue
        if open_draft(use.code) is not None:
            found.append((use, "left", Text("有人正在改它", "somebody is working on it")))
            continue
        try:
            draft = write_draft(ws, use.code, document, origin)
        except ClewError as error:
            found.append((use, "left", error.text))
            continue
        try:
            submit(ws, draft.id, note, origin)
        except ClewError as error:
            found.append((use, "draft", error.text))
        else:
            found.append((use, "review", None))
    return found
