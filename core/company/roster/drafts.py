"""A list of people between pasting and taking in: kept on the server, so that leaving and reloading lose nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...storage.ids import new_id
from ...storage.system_tables import RosterDraft
from ...workspace import Workspace
from .reading import Sheet

Rows = list[tuple[int, dict[str, str]]]


@dataclass
class Draft:
    """One person's list: `code` names the paste, `rows` are by line, `answers` by column and text."""

    code: str
    rows: Rows
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    saved_at: datetime | None = None

    def mend(self, cells: Mapping[tuple[int, str], str]) -> None:
        """Put what was typed into the cells, by line and column."""
        for line, values in self.rows:
            for name in values.keys() | {"email", "role", "team"}:
                if (line, name) in cells:
                    values[name] = cells[line, name]

    def answer(self, column: str, text: str, value: str) -> None:
        """Keep an answer, for every row that has this text in this column."""
        self.answers.setdefault(column, {})[text] = value

    def drop(self, line: int) -> None:
        """Leave a row out."""
        self.rows = [row for row in self.rows if row[0] != line]


def begin(ws: Workspace, user_id: str, sheet: Sheet) -> Draft:
    """Keep a new list, in the place of the last one of theirs."""
    rows: Rows = [(line, dict(values)) for line, values in sheet.rows]
    draft = Draft(new_id(ws.clock.now()), rows, heads=sheet.heads, left_out=sheet.left_out)
    keep(ws, user_id, draft)
    return draft


def keep(ws: Workspace, user_id: str, draft: Draft) -> None:
    """Keep a list as it is now; one without rows is done with."""
    if not draft.rows:
        RosterDraft.delete().where(RosterDraft.user_id == user_id).execute()
        return
    document = {"rows": draft.rows, "answers": draft.answers, "heads": draft.heads, "left_out": draft.left_out}
    draft.saved_at = ws.clock.now()
    values = {"code": draft.code, "document": document, "updated_at": draft.saved_at}
    RosterDraft.insert(user_id=user_id, **values).on_conflict(
        conflict_target=[RosterDraft.user_id],
        update={getattr(RosterDraft, name): value for name, value in values.items()},
    ).execute()


def find(user_id: str) -> Draft | None:
    """Return what somebody pasted and has not taken in, if there is something."""
    row = RosterDraft.get_or_none(RosterDraft.user_id == user_id)
    if row is None:
        return None
    known: Mapping[str, Any] = row.document
    rows: Rows = [(int(line), dict(values)) for line, values in known["rows"]]
    heads, left = tuple(known["heads"]), tuple(known["left_out"])
    return Draft(row.code, rows, dict(known["answers"]), heads, left, row.updated_at)
