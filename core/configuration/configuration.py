"""The configuration: one frozen object, made whole from one snapshot of the database and swapped by one assignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...rules.engine.ruleset import Ruleset
from ...rules.language.vocabulary import Vocabulary
from ..actions import ACTIONS
from ..actions.worded import Telling
from ..process.processes import ProcessBook
from ..roles import RoleBook
from ..schema.registry import Kinds
from ..schema.validator import Validator
from ..time.calendars import Calendars
from .company import CompanySays
from .plugins import PluginsInForce
from .vocabulary import vocabulary_of_kinds


@dataclass(frozen=True, eq=False)
class Configuration:
    """What is in force. Whoever began with one ends with it: a transaction, an event, a request.

    `company` is what it says of itself. `versions` are the counters it was made from, by what they are about.
    """

    versions: Mapping[str, int]
    kinds: Kinds
    processes: ProcessBook
    calendar: Calendars
    validator: Validator
    plugins: PluginsInForce
    roles: RoleBook
    company: CompanySays
    ruleset: Ruleset

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What rules may speak of, without the names of people and teams."""
        return vocabulary_of_kinds(self.kinds, self.processes, self.plugins.rule_actions())

    @cached_property
    def telling(self) -> Telling:
        """How texts that rules write are filled in for people. An argument of a plugin's own action is none."""
        prose = (
            (action.name, name)
            for action in ACTIONS.values()
            for name, arg in action.spec.args.items()
            if arg.kind == "text" and not (arg.names or arg.options or arg.prefixes)
        )
        return Telling(self.kinds, self.vocabulary, self.calendar.zone, frozenset(prose))

    @cached_property
    def heard(self) -> frozenset[str]:
        """The events that a rule in force listens to."""
        return frozenset(name for rule in self.ruleset.rules for name in rule.trigger)

    @cached_property
    def judged(self) -> frozenset[str]:
        """The kinds of record that a rule in force judges before they are written."""
        return frozenset(
            kind.name for kind in self.kinds.values() if kind.judged and f"{kind.name}.saving" in self.heard
        )

    @cached_property
    def hooks(self) -> Mapping[str, str]:
        """The plugin hooks that are told of journal lines, by the kind of line."""
        return {name: event.hook for kind in self.kinds.values() for name, event in kind.event.items() if event.hook}
