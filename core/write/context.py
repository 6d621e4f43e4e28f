"""What the door asks of the rest of Clew: the configuration, who must hear of a line, what validators say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..configuration.configuration import Configuration
from ..errors import Problem


class WriteContext(Protocol):
    """What stands around the door; a workspace brings it."""

    @property
    def configuration(self) -> Configuration:
        """The configuration in force; a transaction keeps the one it began with."""
        ...

    def consumers(self, configuration: Configuration, kind: str) -> Sequence[str]:
        """Return who must hear of a journal line of this kind: "rules", plugins, channels."""
        ...

    def validate(self, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Problem]:
        """Return what plugins have against a write."""
        ...

    def secret_settings(self, plugin: str) -> set[str]:
        """Return the names of a plugin's settings that never reach the journal."""
        ...

    def committed(self, dispatches: Sequence[int], configuration: bool) -> None:
        """Hear that a transaction is in the database, with these dispatches to run."""
        ...
