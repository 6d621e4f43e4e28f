"""The rules in force in this process: read once each, compiled together, and never taken down by a bad one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog

from ...rules.engine.ruleset import Ruleset
from ...rules.language.documents import Rule
from ...rules.language.errors import RulesError
from ...rules.packs.reading import rules_from_document
from ..kinds import RuleRecord, RuleVersion
from ..storage.database import write_transaction
from ..storage.queries import tuples
from ..storage.system_tables import RuleTrouble
from .plugins import PluginsInForce

log = structlog.get_logger()
Found = tuple[Rule, ...]
Trouble = tuple[int, int | None, RulesError]
"""The version that has it, the one that decides instead (None: none does), and what is wrong."""


class RulesInForce:
    """Follows the rules in the database. A change of one of a thousand reads and parses that one.

    A document that can't be loaded (an upgrade dropped what it names) is stood in for by its newest
    earlier version that can, in every process alike; what is wrong stands in `RuleTrouble`.
    """

    def __init__(self) -> None:
        self._read: dict[str, tuple[int, Found]] = {}
        self._troubles: dict[str, Trouble] = {}
        self._waiting: dict[str, Trouble] = {}
        self._lock = threading.Lock()

    def by_code(self, plugins: PluginsInForce) -> dict[str, Found]:
        """Return the rules in force now, by the code of the record they come from.

        Nothing is kept of what was read: a transaction that asks may yet be rolled back.
        """
        with self._lock:
            return self._by_code(plugins)[0]

    def compile(self, last: Ruleset, plugins: PluginsInForce) -> Ruleset:
        """Return the ruleset in force now; `last` is the one it replaces, and stays if nothing can be compiled."""
        with self._lock:
            found, self._read, self._troubles = self._by_code(plugins)
            try:
                made = compiled(found.values(), last)
            except RulesError:
                found = self._without_the_bad(found)
                try:
                    made = compiled(found.values(), last)
                except RulesError as error:
                    self._troubles[""] = (0, None, error)
                    made = last
            self._waiting = {
                code: said for code, some in found.items() if (said := self._missing(some, plugins)) is not None
            }
            return made

    @staticmethod
    def _missing(some: Found, plugins: PluginsInForce) -> Trouble | None:
        """Say which action of a rule nobody can do now; the rule decides all the same."""
        for rule in some:
            for action in rule.then:
                if (words := plugins.unavailable_reason(action.name)) is not None:
                    return (rule.version, rule.version, RulesError(words.zh, words.en))
        return None

    def _by_code(
        self, plugins: PluginsInForce
    ) -> tuple[dict[str, Found], dict[str, tuple[int, Found]], dict[str, Trouble]]:
        on = set(plugins.enabled)
        rows = RuleRecord.select(
            RuleRecord.id, RuleRecord.revision, RuleRecord.code, RuleRecord.version, RuleRecord.plugin
        ).where(RuleRecord.enabled)
        present = [row for row in tuples(rows.order_by(RuleRecord.code)) if not row[4] or row[4] in on]
        fresh = [row[0] for row in present if self._read.get(row[0], (0, ()))[0] != row[1]]
        documents: dict[str, Mapping[str, object]] = {}
        for start in range(0, len(fresh), 500):
            query = RuleRecord.select().where(RuleRecord.id.in_(fresh[start : start + 500]))
            documents |= {row.id: row.document for row in query}
        read: dict[str, tuple[int, Found]] = {}
        troubles = {code: said for code, said in self._troubles.items() if code}
        found: dict[str, Found] = {}
        taken: dict[str, str] = {}
        for record_id, revision, code, version, _ in present:
            if record_id in documents:
                troubles.pop(code, None)
                try:
                    rules_here: Found = rules_from_document(documents[record_id])
                except RulesError as error:
                    rules_here, number = _stand_in(code, version)
                    troubles[code] = (version, number, error)
            else:
                rules_here = self._read[record_id][1]
            read[record_id] = (revision, rules_here)
            doubled = sorted(rule.id for rule in rules_here if rule.id in taken)
            if doubled:
                other = taken[doubled[0]]
                troubles[code] = (version, None, _doubled(doubled, other))
                continue
            taken |= {rule.id: code for rule in rules_here}
            found[code] = rules_here
        here = {row[2] for row in present}
        return found, read, {code: said for code, said in troubles.items() if code in here}

    def _without_the_bad(self, found: dict[str, Found]) -> dict[str, Found]:
        good: dict[str, Found] = {}
        for code, some in found.items():
            try:
                Ruleset.compile(some).close()
            except RulesError as error:
                self._troubles[code] = (some[0].version, None, error)
            else:
                good[code] = some
        return good

    def note(self, now: datetime) -> None:
        """Keep on record what could not be loaded, and drop what was mended; called outside every lock."""
        with self._lock:
            troubles = {**self._waiting, **self._troubles}
        known = {row.code: row for row in RuleTrouble.select()}
        if not known and not troubles:
            return
        with write_transaction():
            gone = sorted(set(known) - set(troubles))
            if gone:
                RuleTrouble.delete().where(RuleTrouble.code.in_(gone)).execute()
            for code, (version, stands_in, error) in sorted(troubles.items()):
                said = {"version": version, "stands_in": stands_in, "zh": error.zh, "en": error.en}
                if code in known and all(getattr(known[code], name) == value for name, value in said.items()):
                    continue
                log.error("rule in trouble", rule=code, version=version, stands_in=stands_in, error=error.en)
                RuleTrouble.insert(code=code, at=now, **said).on_conflict(
                    conflict_target=[RuleTrouble.code], update={**said, "at": now}
                ).execute()


def compiled(found: Iterable[Found], last: Ruleset | None = None) -> Ruleset:
    """Compile rules together; `last` lends what did not change. Raises RulesError."""
    wanted = [rule for some in found for rule in some]
    if last is None:
        return Ruleset.compile(wanted)
    have = {rule.id: rule for rule in last.rules}
    ids = {rule.id for rule in wanted}
    # The very same object was compiled before; an equal one read anew need not be (its texts may differ).
    fresh = [rule for rule in wanted if have.get(rule.id) is not rule]
    if len(ids) < len(wanted):
        return Ruleset.compile(wanted)  # Says which ids are doubled.
    return last.replacing(fresh, without=have.keys() - ids)


def _stand_in(code: str, version: int) -> tuple[Found, int | None]:
    earlier = RuleVersion.select().where(
        (RuleVersion.code == code) & (RuleVersion.number < version) & RuleVersion.published_at.is_null(False)
    )
    for row in earlier.order_by(RuleVersion.number.desc()).limit(20):
        try:
            return rules_from_document(row.document), row.number
        except RulesError:
            continue
    return (), None


def _doubled(ids: list[str], other: str) -> RulesError:
    names = ", ".join(ids)
    return RulesError(
        f"规则 id {names} 已被「{other}」使用；请改名或停用其中一条",
        f"the rule ids {names} are taken by {other!r}; rename or switch off one of them",
    )
