"""Personal data as viewers may read it: masked by the rule of each field, below every exit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..kinds import Contact
from ..schema.fields import Field
from ..schema.registry import Kinds

HIDDEN = "***"
"""Stands for a value that nobody in force says how to mask."""
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_NO_ROWS: Mapping[str, str] = {}
_OF_RULES = ("event", "derived")


def mask(rule: str, value: Any) -> Any:
    """Return `value` masked by `rule` (phone, email, name, id); anything empty stays as it is."""
    if not value or not rule:
        return value
    text = str(value)
    if rule == "phone":
        digits = text.removeprefix("+86")
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "****"
    if rule == "email":
        name, _, domain = text.partition("@")
        return f"{name[:1]}***@{domain}"
    if rule == "name":
        return f"{text[0]}*{text[-1] if len(text) > 2 else ''}"
    return f"{text[:4]}****{text[-4:]}" if len(text) >= 10 else "****"


def masked_value(field: Field, value: Any) -> Any:
    """Return a field's value masked by its rule; what is no text has no part that could be shown."""
    if not field.mask or value in _NOTHING:
        return value
    return mask(field.mask, value) if field.type == "text" and isinstance(value, str) else HIDDEN


def masked(kinds: Kinds, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with each personal field masked, those in `extra` too.

    What lies in `extra` under a name that no field in force has is hidden: its mask went with its definition.
    """
    by_name = kinds.by_name(kind)
    shown: dict[str, Any] = {}
    for name, value in values.items():
        if name == "extra" and isinstance(value, Mapping):
            shown[name] = {one: _added(by_name, one, kept) for one, kept in value.items()}
        else:
            shown[name] = masked_value(by_name[name], value) if name in by_name else value
    return shown


def _added(by_name: Mapping[str, Field], name: str, value: Any) -> Any:
    if name in by_name:
        return masked_value(by_name[name], value)
    return value if value in _NOTHING else HIDDEN


def masked_fact(kinds: Kinds, name: str, value: Any, rows: Mapping[str, str] = _NO_ROWS) -> Any:
    """Return a fact's value masked by the field it is read from; hidden if it is one of a kind or field retired.

    `rows` are the collections that a rule matches, by the names it gives their rows.
    """
    group, _, rest = name.partition(".")
    if group in _OF_RULES or value in _NOTHING:
        return value
    if not rest:
        return _masked_rows(kinds, group, value)
    kind, own = _kind_of(kinds, group, rows), rest.removeprefix("extra.")
    field = kinds.field(kind, own)
    if field is not None:
        return masked_value(field, value)
    known = kinds.get(kind)
    retired = known is None or own != rest or (known.data and own not in kinds.readers(kind))
    return HIDDEN if retired else value


def _masked_rows(kinds: Kinds, collection: str, value: Any) -> Any:
    found = kinds.collections.get(collection)
    if found is None or not isinstance(value, list | tuple):
        return value
    return [masked(kinds, found[0].name, row) if isinstance(row, Mapping) else row for row in value]


def _kind_of(kinds: Kinds, group: str, rows: Mapping[str, str]) -> str:
    if group in rows:
        found = kinds.collections.get(rows[group])
        return found[0].name if found is not None else ""
    return kinds.kind_of_group(group)


def masked_facts(kinds: Kinds, facts: Mapping[str, Any], rows: Mapping[str, str] = _NO_ROWS) -> dict[str, Any]:
    """Return facts by name, each as `masked_fact` says."""
    return {name: masked_fact(kinds, name, value, rows) for name, value in facts.items()}


def shown_contact(kinds: Kinds, contact: Contact | None, whole: bool) -> dict[str, str]:
    """Return a contact's name, title, phone and e-mail as a viewer may read them."""
    values = {name: getattr(contact, name) or "" for name in ("name", "title", "phone", "email")} if contact else {}
    if values:
        values["phone"] = values["phone"].removeprefix("+86")
    return values if whole else masked(kinds, "contact", values)
