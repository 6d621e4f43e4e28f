"""One error tree. Each error says what is wrong, where and how to mend it, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..hooks.text import Text


class ClewError(Exception):
    """Anything Clew refuses or fails at; `.text` is what the person who meets it reads."""

    status = 400
    code = "error"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field; `field` is empty when it concerns the whole record.

    `likely` is the value that was probably meant, where one can tell: a form offers it and never fills it in.
    """

    field: str
    text: Text
    likely: str = ""


class Invalid(ClewError):
    """Input that the schema, the process or a plugin's validator refuses; nothing was written."""

    status = 422
    code = "invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "；".join(p.text.zh for p in problems),
            "; ".join(f"{p.field}: {p.text.en}" if p.field else p.text.en for p in problems),
        )


class Forbidden(ClewError):
    """The actor's role may not do this."""

    status = 403
    code = "forbidden"


class NotFound(ClewError):
    """There is no such record, or the viewer may not know of it."""

    status = 404
    code = "not_found"


class Withdrawn(NotFound):
    """The record was taken out again, with the import that made it."""

    status = 410
    code = "withdrawn"


class Conflict(ClewError):
    """The record changed meanwhile, or an idempotency key was used for something else."""

    status = 409
    code = "conflict"


class Changed(Conflict):
    """Somebody wrote at the same moment: asking again may do, as it does for no other Conflict."""


class Unavailable(ClewError):
    """What Clew stands on can't be reached or written to at the moment; trying again later may help."""

    status = 503
    code = "unavailable"


class ConfigurationError(ClewError):
    """A setting is missing or wrong; Clew does not start."""

    code = "configuration"


class DoorClosed(ClewError):
    """Somebody tried to write a record without the door (law 1): a bug, never bad input."""

    status = 500
    code = "door_closed"
