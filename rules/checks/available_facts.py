"""Which facts a record can have on which event: a follow-up's way is known only when one is recorded."""

from __future__ import annotations

from ..language.vocabulary import FieldType, Vocabulary

MISSING_ONLY = FieldType("text", ("",))
"""The type of a fact that is never there."""


def available(name: str, event: str, vocabulary: Vocabulary) -> bool:
    """Say whether the fact `name` can have a value on `event`; of what it does not know it says yes."""
    known = vocabulary.events.get(event)
    if known is None:
        return True
    group = name.partition(".")[0]
    if group != "event":
        return group in known.groups or group not in vocabulary.groups
    told = {fact for pair in vocabulary.staged.values() for fact in pair}
    if name not in told:
        return True
    # Only the record that a stage belongs to tells of a change of it.
    of = event.partition(".")[0]
    return any(fact.partition(".")[0] == of and name in pair for fact, pair in vocabulary.staged.items())


def type_on(name: str, event: str, vocabulary: Vocabulary) -> FieldType | None:
    """Return the type a fact has on `event`, None where any value will do."""
    if name == "event.kind":
        return FieldType("text", (event,))
    if not available(name, event, vocabulary):
        return MISSING_ONLY
    return vocabulary.fields.get(name)
