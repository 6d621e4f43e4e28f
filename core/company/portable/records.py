"""Which records are the company, and how each is written: by what names it, with no ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

    @property
    def refers(self) -> tuple[str, ...]:
        """The columns that a file has names in, where a record has ids."""
        return (*self.references, *self.kind.refers_in_files)

    def target(self, name: str, values: Mapping[str, Any]) -> str:
        """Return the kind that a column refers to in a record of these values; empty if it refers to none."""
        if name in self.references:
            return self.references[name]
        by, kinds = self.kind.refers_in_files.get(name, ("", {}))
        return kinds.get(str(values.get(by)), "")

    def key_of(self, values: Mapping[str, Any]) -> str:
        """Return what names a record among those of its kind; `values` are as in a file."""
        return SEPARATOR.join(str(plain(values.get(name)) or "") for name in self.kind.named_in_files)

    def default(self, name: str) -> Any:
        """Return what a column holds where a file says nothing."""
        if name in self.references:
            return None
        value = self.kind.column_defaults.get(name)
        return plain(value() if callable(value) else value)


def is_out(record: Any) -> bool:
    """Say whether a record is kept for its history only: switched off, retired, cancelled."""
    return (
        getattr(record, "active", True) is False
        or getattr(record, "enabled", True) is False
        or getattr(record, "retired_at", None) is not None
        or getattr(record, "cancelled", False) is True
    )


class Names:
    """What names the records there are, by kind and id; read when first asked for."""

    def __init__(self, known: Iterable[Portable]) -> None:
        self._known = {one.kind.name: one for one in known}
        self._found: dict[str, dict[str, str]] = {}

    def of(self, kind: str) -> dict[str, str]:
        """Return what names each record of a kind, by its id."""
        if kind not in self._found:
            one = self._known[kind]
            records: list[Any] = list(one.kind.model.select())
            self._found[kind] = {row.id: one.key_of(self.values(one, row, one.kind.named_in_files)) for row in records}
        return self._found[kind]

    def values(self, one: Portable, record: Any, columns: Iterable[str]) -> dict[str, Any]:
        """Return columns of a record as a file has them."""
        found = {name: value_of(record, name) for name in columns}
        for name in found:
            to = one.target(name, found | {by: value_of(record, by) for by, _ in one.kind.refers_in_files.values()})
            if to and found[name]:
                found[name] = self.of(to).get(found[name])
        return found


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
    """Return a column as a file has it, references still as ids."""
    return plain(getattr(record, name))
