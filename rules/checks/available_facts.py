"""Which facts a record can have on which event: a follow-up's way is known only when one is recorded."""

from __future__ import annotations

from ..language.vocabulary import FieldType, Vocabulary
from .value_solver import MISSING_ONLY

# The first part of a fact's name, and the events (by the first part of theirs) on which it is known.
_OWN = {
    "deadline": ("deadline",),
    "follow_up": ("follow_up",),
    "task": ("task",),
    "contract": ("contract",),
}
# A document belongs to a customer and to no single lead.
_OF_A_LEAD = ("lead", "contact", "customer", "owner")
_WITHOUT_LEAD = ("document",)
_STAGES = ("event.from_stage", "event.to_stage")


def available(name: str, event: str) -> bool:
    """Say whether the fact `name` can have a value on `event`; of what it does not know it says yes."""
    group, of = name.partition(".")[0], event.partition(".")[0]
    if group in _OWN:
        return of in _OWN[group]
    if group in _OF_A_LEAD:
        return of not in _WITHOUT_LEAD
    return name not in _STAGES or of == "lead"


def type_on(name: str, event: str, vocabulary: Vocabulary) -> FieldType | None:
    """Return the type a fact has on `event`, None where any value will do."""
    if name == "event.kind":
        return FieldType("text", (event,))
    if not available(name, event):
        return MISSING_ONLY
    return vocabulary.fields.get(name)
