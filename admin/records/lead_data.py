"""资料 of a lead's page: values edited in place, one at a time, or all in the form that needs no script.

What somebody changed meanwhile is told for the field itself: who changes another field is not stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from ...core.errors import ClewError, Invalid
from ...core.schema.fields import Field
from ..session import locale, t
from ..words import yuan_exact
from . import forms
from .wording import RecordWords, value_of


@dataclass(frozen=True)
class Given:
    """What stands in the form: the lead's values, and over them what was typed and refused."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    likely: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[str] = ()


@dataclass(frozen=True)
class Value:
    """One field as the page has it: in words, as it stands in its input, and what is wrong with it."""

    field: Field
    shown: str
    stands: Any
    was: str
    problem: str
    likely: str
    opened: bool

    @property
    def likely_words(self) -> str:
        """What was probably meant, as the page writes it: an amount as ¥864,000."""
        return likely_words(self.field, self.likely)


def likely_words(field: Field, likely: str) -> str:
    """Return what was probably meant by a value, as the page writes it."""
    try:
        amount = Decimal(likely) if field.type == "money" else None
    except InvalidOperation:
        return likely
    return yuan_exact(amount) if amount is not None and amount.is_finite() else likely


def values_of(words: RecordWords, lead: Any, fields: Sequence[Field], given: Given) -> dict[str, Value]:
    """Return the fields of the page by name."""
    found = {}
    for one in fields:
        raw = forms.raw_of(words, lead, one)
        stands = list(raw.several) if one.type == "choices" else raw.text
        opened = one.name in given.typed
        found[one.name] = Value(
            one,
            words.text(lead, one, exact=True),
            given.typed.get(one.name, stands),
            forms.as_was(raw),
            given.problems.get(one.name, ""),
            given.likely.get(one.name, ""),
            opened,
        )
    return found


def sent(form: Mapping[str, Any], fields: Sequence[Field], lead: Any) -> dict[str, Any]:
    """Return what somebody typed over what stood there; a form that does not say what stood there means all it has."""
    found: dict[str, Any] = {}
    for one in fields:
        if one.type == "choices":
            if f"was-{one.name}" not in form and "_choices" not in form:
                continue
            value: Any = form.getlist(one.name)  # type: ignore[attr-defined]
        elif one.name in form:
            value = form[one.name]
        else:
            continue
        text = "\n".join(value) if one.type == "choices" else value.replace("\r\n", "\n")
        # What stands is not asked about: its option may have been taken out since.
        stands = one.type in ("choice", "choices") and (value or None) == (value_of(lead, one) or None)
        if not stands and text != form.get(f"was-{one.name}"):
            found[one.name] = value
    name, _, likely = form.get("likely", "").partition("=")
    if name in found:
        found[name] = likely
    return found


def changed_meanwhile(words: RecordWords, lead: Any, fields: Mapping[str, Field], form: Mapping[str, Any]) -> Given:
    """Return, for what is to be changed, where somebody else changed it since the page was made."""
    problems = {}
    for name, one in fields.items():
        was = form.get(f"was-{name}")
        if was is not None and was.replace("\r\n", "\n") != forms.as_was(forms.raw_of(words, lead, one)):
            now = words.text(lead, one, exact=True)
            problems[name] = t(
                f"别人刚把它改成了「{now}」；再保存会用你填的盖掉它。",
                f"somebody has just changed this to “{now}”; saving again puts yours over it.",
            )
    return Given(problems=problems)


def refused(error: ClewError, typed: Mapping[str, Any]) -> Given:
    """Return a refusal as the page shows it: beside the fields that are on it, else above them."""
    if not isinstance(error, Invalid):
        return Given(typed, others=[error.text.for_locale(locale())])
    problems = {one.field: one.text.for_locale(locale()) for one in error.problems if one.field in typed}
    likely = {one.field: one.likely for one in error.problems if one.likely}
    others = [one.text.for_locale(locale()) for one in error.problems if one.field not in typed]
    return Given(typed, problems, likely, others)
