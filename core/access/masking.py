"""Personal data as viewers may read it: masked by the rule of each field, below every exit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..kinds import Contact
from ..schema.registry import Kinds


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


def masked(kinds: Kinds, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with each personal field masked, those in `extra` too."""
    by_name = kinds.by_name(kind)
    shown: dict[str, Any] = {}
    for name, value in values.items():
        if name == "extra" and isinstance(value, Mapping):
            shown[name] = masked(kinds, kind, value)
        else:
            shown[name] = mask(by_name[name].mask, value) if name in by_name else value
    return shown


def masked_facts(kinds: Kinds, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as rules see them with the personal data masked, in the rows of collections, too."""
    shown: dict[str, Any] = {}
    for fact, value in facts.items():
        group, _, name = fact.partition(".")
        if not name and group in kinds.collections and isinstance(value, list):
            kind = kinds.collections[group][0].name
            shown[fact] = [masked(kinds, kind, row) for row in value]
        else:
            field = kinds.field(kinds.kind_of_group(group), name.removeprefix("extra."))
            shown[fact] = mask(field.mask, value) if field is not None else value
    return shown


def masked_args(kinds: Kinds, facts: Mapping[str, Any], args: Any) -> Any:
    """Return what a rule gives to a plugin, with the personal data among the facts it names masked."""
    hidden: dict[str, str] = {}
    for fact, value in facts.items():
        group, _, name = fact.partition(".")
        field = kinds.field(kinds.kind_of_group(group), name.removeprefix("extra."))
        if field is not None and field.mask and isinstance(value, str) and value:
            hidden[value] = str(mask(field.mask, value))

    def clean(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [clean(inner) for inner in value]
        for whole, part in hidden.items() if isinstance(value, str) else ():
            value = value.replace(whole, part)
        return value

    return clean(args)


def shown_contact(kinds: Kinds, contact: Contact | None, whole: bool) -> dict[str, str]:
    """Return a contact's name, title, phone and e-mail as a viewer may read them."""
    values = {name: getattr(contact, name) or "" for name in ("name", "title", "phone", "email")} if contact else {}
    if values:
        values["phone"] = values["phone"].removeprefix("+86")
    return values if whole else masked(kinds, "contact", values)
