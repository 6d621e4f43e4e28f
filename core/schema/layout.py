"""How the fields of a kind are laid out for people: sections and their order, columns of the list, hints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...hooks.text import Text
from .fields import Field


@dataclass(frozen=True)
class Section:
    """One section of a layout: its title (empty: none is shown) and its fields, by name.

    A title that was given in one language only is that in both.
    """

    title: Text
    fields: tuple[str, ...]

    @classmethod
    def of(cls, one: Mapping[str, Any]) -> Section:
        """Read a section of a layout record. Raises LookupError or TypeError for one that can't be read."""
        zh, en = one.get("zh", ""), one.get("en", "")
        return cls(Text(zh or en, en or zh), tuple(one["fields"]))


@dataclass(frozen=True)
class Layout:
    """The layout of one kind; an empty one changes nothing."""

    sections: tuple[Section, ...] = ()
    columns: tuple[str, ...] = ()
    hints: Mapping[str, Text] = field(default_factory=dict)

    @classmethod
    def of(cls, row: Any) -> Layout:
        """Read a layout record. Raises LookupError, TypeError or ValueError for one that can't be read."""
        sections = tuple(Section.of(one) for one in row.sections or ())
        hints = {name: Text(one["zh"], one["en"]) for name, one in (row.hints or {}).items()}
        return cls(sections, tuple(row.columns or ()), hints)

    def grouped(self, fields: Iterable[Field]) -> list[tuple[Text, list[Field]]]:
        """Return fields by section, in the order of the layout; those it does not name stay first, as they stood."""
        by_name = {one.name: one for one in fields}
        named = {name for section in self.sections for name in section.fields}
        found = [(one.title, [by_name[name] for name in one.fields if name in by_name]) for one in self.sections]
        rest = [one for one in by_name.values() if one.name not in named]
        if rest and found and not found[0][0].zh:
            found[0] = (found[0][0], rest + found[0][1])
        elif rest:
            found.insert(0, (Text("", ""), rest))
        return [(title, some) for title, some in found if some]

    def ordered(self, fields: Iterable[Field]) -> list[Field]:
        """Return fields in the order of the layout."""
        return [one for _, some in self.grouped(fields) for one in some]
