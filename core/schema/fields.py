"""What a field is: name, label, type, options, mask. Server, form, import and API all read it here (law 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...hooks.text import Text

TYPES = ("text", "number", "money", "date", "moment", "boolean", "choice", "choices", "reference", "json")
MASKS = ("phone", "email", "name", "id")
NOTHING = Text("", "")


@dataclass(frozen=True)
class Field:
    """One field of one kind of record.

    `options` are (value, words) pairs for `choice` and `choices`. `mask` names the masking rule
    (phone, email, name, id) for viewers who may not see the value whole. `form` says whether people fill
    it in; the rest is set by the system. `extra` says that the value lies in the record's `extra`.
    `to` is the kind a `reference` leads to, and `parent` that the record belongs to what it leads to.
    `clean` brings a text into its normal form, or raises Invalid. `secret` values never reach the journal.
    `along` fields change together with another one and are no news by themselves. `open` says that operations
    may add, rename and retire the options of a bundled field. `retired` are the options that records may still
    hold and nobody can choose any more; `colours` are the (value, colour) pairs of options that have one.
    `came_with` are the options that a bundled field had before operations edited them.
    `needed_when` says that the field is needed while another one (name, values) holds one of these. `series` says that
    it holds numbers of the company's own series, of which the next one is suggested.
    """

    name: str
    label: Text
    type: str = "text"
    options: tuple[tuple[str, Text], ...] = ()
    required: bool = False
    mask: str = ""
    hint: Text = NOTHING
    form: bool = True
    extra: bool = False
    longest: int = 200
    to: str = ""
    parent: bool = False
    clean: Callable[[str], str] | None = None
    secret: bool = False
    along: bool = False
    indexed: bool = False
    open: bool = False
    retired: tuple[str, ...] = ()
    colours: tuple[tuple[str, str], ...] = ()
    needed_when: tuple[str, tuple[str, ...]] | None = None
    series: bool = False
    came_with: tuple[str, ...] | None = None

    @property
    def offered(self) -> tuple[tuple[str, Text], ...]:
        """The options that can be chosen: all but the retired."""
        return tuple(one for one in self.options if one[0] not in self.retired) if self.retired else self.options

    def words(self, value: str, locale: str = "zh") -> str:
        """Return the words of an option's value, or the value itself if it has none."""
        return next((text.for_locale(locale) for key, text in self.options if key == value), value)

    @property
    def group(self) -> str:
        """The name under which rules see what a reference leads to: `customer` for `customer_id`."""
        return self.name.removesuffix("_id")


def field(name: str, zh: str, en: str, type: str = "text", **more: object) -> Field:
    """Return a field with its label in both languages."""
    return Field(name, Text(zh, en), type, **more)  # type: ignore[arg-type]


def reference(name: str, to: str, zh: str, en: str, **more: object) -> Field:
    """Return a field that leads to a record of the kind `to`; the system fills it in unless `form` is given."""
    return Field(name, Text(zh, en), "reference", to=to, **{"form": False, **more})  # type: ignore[arg-type]


def options(*pairs: tuple[str, str, str]) -> tuple[tuple[str, Text], ...]:
    """Return options from (value, Chinese, English)."""
    return tuple((value, Text(zh, en)) for value, zh, en in pairs)
