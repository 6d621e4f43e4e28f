"""Which records are the company, and how each is written: by what names it, with no ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...journal.lines import plain
from ...schema.kind import Kind
from ...schema.registry import Kinds
from ...storage.records import Record

SEPARATOR = " / "
"""Between the parts of a key that has several: `lead / budget_source`."""


@dataclass(frozen=True)
class Portable:
    """One kind of the company's records: its file, and its columns in their order."""

    kind: Kind
    columns: tuple[str, ...]
    references: Mapping[str, str]
    """The columns that refer to other records of the company, with their kinds."""

    @property
    def file(self) -> str:
        """The name of its file in the folder."""
        return f"{self.kind.name}.yaml"

    def key_of(self, values: Mapping[str, Any]) -> str:
        """Return what names a record among those of its kind."""
        return SEPARATOR.join(str(plain(values.get(name)) or "") for name in self.kind.named_in_files)

    def default(self, name: str) -> Any:
        """Return what a column holds where a file says nothing."""
        if name in self.references:
            return None
        value = self.kind.column_defaults.get(name)
        return plain(value() if callable(value) else value)


def rows_of(kind: Kind) -> list[Any]:
    """Return the records of a kind that files are about: calendars of teams and people, with their days, stay behind."""
    query = kind.model.select()
    for name in ("of_id", "calendar_id"):
        if name in kind.kept_at_home:
            column = kind.model._meta.combined[name]
            query = query.where(column.is_null() | (column == ""))
    return list(query)


def portables(kinds: Kinds) -> list[Portable]:
    """Return the kinds of the company's records, in the order in which they can be made."""
    every = [kind for kind in kinds.values() if kind.named_in_files]
    names = {kind.name for kind in every}
    found = []
    for kind in every:
        left = kind.secrets | kind.kept_at_home | kind.added
        fields = (field for field in kind.fields if field.to in names and not field.extra and field.name not in left)
        references = {field.name: field.to for field in fields}
        columns = (*kind.named_in_files, *(one for one in kind.model._meta.combined if one in kind.columns))
        listed = tuple(dict.fromkeys(name for name in columns if name not in left and name != "extra"))
        found.append(Portable(kind, listed, references))
    return found


def value_of(record: Record, name: str) -> Any:
    """Return a column as a file has it."""
    return plain(getattr(record, name))
