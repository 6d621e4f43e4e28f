"""The kinds in force, bundled and made at run time, with what follows from all declarations together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .fields import Field
from .kind import Collection, Fact, Kind, Reading

Path = tuple[str, ...]
"""The references to follow from a record to another one."""
Reader = Callable[[Any, Reading], Any]


class KnownFact(NamedTuple):
    """Where a fact comes from: the group and kind it speaks of, its name there, how it is read (None: a record has none).

    `column` is set where reading is no more than the record's attribute of that name.
    """

    group: str
    kind: str
    field: str
    column: str
    read: Reader | None


class Kinds(Mapping[str, Kind]):
    """The kinds of record by name. Frozen: another configuration has another one."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._groups: dict[str, Mapping[str, Path]] = {}
        self._readers: dict[str, Mapping[str, Reader]] = {}
        self.facts: dict[str, KnownFact] = {}
        """The facts that were asked for so far; see `fact`."""

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def named(self, name: str) -> Kind:
        """Return the kind. Raises Invalid if there is none of that name in force."""
        if name not in self._kinds:
            known = ", ".join(sorted(self._kinds))
            raise Invalid(
                [
                    Problem(
                        "kind", Text(f"没有「{name}」这类记录；可选：{known}", f"no kind {name!r}; there are {known}")
                    )
                ]
            )
        return self._kinds[name]

    # ---- Fields

    def of(self, kind: str) -> tuple[Field, ...]:
        """Return all fields of a kind; none for a kind that is not in force."""
        found = self._kinds.get(kind)
        return found.fields if found else ()

    def required(self, kind: str) -> tuple[Field, ...]:
        """Return the fields without which there is no record of a kind."""
        found = self._kinds.get(kind)
        return found.required if found else ()

    def by_name(self, kind: str) -> Mapping[str, Field]:
        """Return the fields of a kind by name."""
        found = self._kinds.get(kind)
        return found.by_name if found else {}

    def field(self, kind: str, name: str) -> Field | None:
        """Return a field, or None if the kind has none of that name."""
        return self.by_name(kind).get(name)

    def with_fields(self, added: Mapping[str, Sequence[Field]]) -> Kinds:
        """Return the same kinds with fields added, by kind."""
        return Kinds(
            replace(kind, fields=(*kind.fields, *added[kind.name])) if added.get(kind.name) else kind
            for kind in self._kinds.values()
        )

    # ---- Rules

    @cached_property
    def ruled(self) -> tuple[Kind, ...]:
        """The kinds whose events rules hear."""
        return tuple(kind for kind in self._kinds.values() if kind.ruled)

    @cached_property
    def collections(self) -> Mapping[str, tuple[Kind, Collection]]:
        """The collections that rules may match against, by name."""
        return {kind.collection.name: (kind, kind.collection) for kind in self._kinds.values() if kind.collection}

    def groups(self, kind: str) -> Mapping[str, Path]:
        """Return which records rules see on an event of this kind: itself, what it belongs to, and its owner.

        Each is named by its reference, with the references that lead to it; the shortest way counts.
        """
        if kind not in self._groups:
            self._groups[kind] = self._reached_from(kind)
        return self._groups[kind]

    def _reached_from(self, kind: str) -> Mapping[str, Path]:
        found: dict[str, Path] = {kind: ()}
        waiting: list[tuple[Kind, Path]] = [(self._kinds[kind], ())]
        while waiting:
            here, path = waiting.pop(0)
            for field in here.fields:
                is_owner = field.name == here.owner and field.group == "owner"
                if field.to not in self._kinds or not (field.parent or is_owner) or field.group in found:
                    continue
                found[field.group] = (*path, field.name)
                waiting.append((self._kinds[field.to], (*path, field.name)))
        return found

    def kind_of_group(self, group: str) -> str:
        """Return the kind of the records that a group of facts speaks of: `user` for `owner`."""
        return "user" if group == "owner" else group

    def fact_groups(self) -> tuple[str, ...]:
        """Return the groups that facts stand in, in the order of the kinds."""
        found = dict.fromkeys(group for kind in self.ruled for group in self.groups(kind.name))
        ordered = [name for name in self._kinds if name in found]
        return (*ordered, *(group for group in found if group not in ordered))

    def readers(self, kind: str) -> Mapping[str, Reader]:
        """Return how each fact of a kind is read from a record."""
        if kind not in self._readers:
            here = self._kinds[kind]
            self._readers[kind] = {fact.name: _reader(fact, here.by_name.get(fact.name)) for fact in here.facts}
        return self._readers[kind]

    def fact(self, name: str) -> KnownFact:
        """Return where a fact comes from, and keep it: rules ask for the same few of each event."""
        found = self.facts.get(name)
        if found is None:
            group, _, field = name.partition(".")
            kind = self.kind_of_group(group)
            read: Reader | None = None
            column = ""
            if kind in self._kinds:
                own = field.removeprefix("extra.")
                readers = self.readers(kind) if own == field else self.extra_readers(kind)
                read = readers.get(own)
                if read is None and own != field:
                    read = _within_extra(own)
                column = read.column if isinstance(read, _Column) else ""
            found = KnownFact(group, kind, field, column, read)
            if read is not None:
                self.facts[name] = found
        return found

    def absent(self, kind: str, fact: str) -> Any:
        """Return the value of a fact where there is no record of the kind."""
        return next((one.absent for one in self._kinds[kind].facts if one.name == fact), None)

    def extra_readers(self, kind: str) -> Mapping[str, Reader]:
        """Return how the added fields of a bundled kind are read: facts `<kind>.extra.<name>`."""
        here = self._kinds[kind]
        return {} if here.data else {one.name: _reader(Fact(one.name), one) for one in here.fields if one.extra}


def _reader(fact: Fact, field: Field | None) -> Reader:
    if fact.read is not None:
        return fact.read
    name = fact.name
    if field is None or not field.extra:
        return _Column(name)
    if field.type == "money":  # Kept as text in `extra`, exact.
        return lambda record, reading: _amount((record.extra or {}).get(name))
    return _within_extra(name)


class _Column:
    """Reads a column of a record."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __call__(self, record: Any, reading: Reading) -> Any:  # noqa: ARG002 - as every reader is called
        return getattr(record, self.column)


def _within_extra(name: str) -> Reader:
    return lambda record, reading: (getattr(record, "extra", None) or {}).get(name)


def _amount(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) and value else value
