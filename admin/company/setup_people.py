"""The list of people on the set-up page: read from the form, and shown row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...core.company.roster import reading
from ...core.company.roster.checking import Entry, check
from ...core.company.roster.drafts import Draft
from ...core.company.roster.words import COLUMNS
from ...core.journal.origin import Actor
from ...hooks.text import Text

MOST_SHOWN = 200
"""So many rows are on the page: those that wait first. The others are good, or come up as these are done."""
_LONGEST, _DIGITS = 300, 8
_ALWAYS = ("name", "team", "role", "email")


@dataclass
class Shown:
    """A checked list: the rows on the page, the columns they have, how many are how, and which are not shown."""

    entries: list[Entry] = field(default_factory=list)
    columns: Mapping[str, Text] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    hidden: int = 0

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.states.total()

    @property
    def waits(self) -> int:
        """How many rows have to be mended or answered."""
        return self.states["bad"] + self.states["question"]


def shown(actor: Actor, draft: Draft) -> Shown:
    """Check a list, for the page."""
    entries = check(actor, draft.rows, draft.answers)
    used = {name for _, values in draft.rows for name, value in values.items() if value}
    columns = {name: words for name, words in COLUMNS.items() if name in _ALWAYS or name in used}
    chosen = {id(entry) for entry in sorted(entries, key=lambda entry: not entry.waits)[:MOST_SHOWN]}
    listed = [entry for entry in entries if id(entry) in chosen]
    states = Counter(entry.state for entry in entries)
    return Shown(listed, columns, states, len(entries) - len(listed))


def sheet_of(form: Mapping[str, str], files: Mapping[str, Any]) -> reading.Sheet:
    """Return the list that was uploaded, else the one pasted. Raises BadFile and Invalid."""
    file = files.get("file")
    if file is None or not file.filename:
        return reading.read_block(form.get("block", ""))
    with TemporaryDirectory() as folder:
        # Only the ending of a name that a browser sends is of use.
        path = Path(folder) / f"people{Path(str(file.filename)).suffix.lower()[:8]}"
        file.save(path)
        return reading.read_file(path)


def typed(draft: Draft, form: Mapping[str, str], actor: Actor) -> None:
    """Put into a list what was typed into its cells, answered, or left out: `email.6`, `answer` 8:new, `drop` 6."""
    cells: dict[tuple[int, str], str] = {}
    for key, value in form.items():
        name, _, line = key.partition(".")
        if name in COLUMNS and (number := _number(line)):
            cells[number, name] = value.strip()[:_LONGEST]
    draft.mend(cells)
    line, _, value = form.get("answer", "").partition(":")
    for entry in check(actor, draft.rows, draft.answers) if value else ():
        if str(entry.number) == line and value in [option.value for option in entry.options]:
            draft.answer(entry.column, entry.values[entry.column], value)
    if dropped := _number(form.get("drop", "")):
        draft.drop(dropped)


def _number(text: str) -> int:
    """Return the number of a row; 0 if this is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0
