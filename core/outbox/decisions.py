"""What rules decide on an event, carried out: each rule by itself, so that one that can't be takes no other along."""

from __future__ import annotations

from peewee import InterfaceError, InternalError, OperationalError

from ...hooks.text import Text
from ...rules.engine.outcome import Decision, Firing
from ...rules.engine.ruleset import Ruleset
from .. import actions
from ..actions import Subject, subject_of
from ..actions.told import carried_out
from ..errors import Changed
from ..facts.facts import facts_of_line
from ..journal.origin import Actor, Origin
from ..rulebook.history import ruleset_at
from ..storage.queries import pairs
from ..storage.statements import by_id
from ..storage.system_tables import Dispatch, JournalLine
from ..storage.system_tables import Firing as FiringRow
from ..workspace import Workspace
from ..write.prewrite import record_firings
from ..write.transaction import Transaction, cause_of
from .alone import NotDecided, evaluated, meant
from .set_aside import ActionMissing, set_aside

RULES, ONE_RULE = "rules", "rule:"
"""Consumers of events: all rules together, and before a rule's id that one alone, which was set aside."""


def by_rules(consumer: str) -> bool:
    """Say whether rules handle the events of a consumer: all of them, or one that was set aside."""
    return consumer == RULES or consumer.startswith(ONE_RULE)


def decide(ws: Workspace, tx: Transaction, line: JournalLine, row: Dispatch) -> None:
    """Have the rules decide on a journal line, and carry out what they say.

    What trying again can't mend sets aside the rule that said it, as an event of its own: what the rule did is taken
    back, the others are carried out. Raises what trying again may mend, and for a rule that was set aside everything.
    """
    # One ruleset from here to the end: a publish meanwhile replaces the configuration, never changes it.
    ruleset = ruleset_at(ws, row.rules_at or row.created_at) if row.rules_then else tx.configuration.ruleset
    alone = row.consumer.removeprefix(ONE_RULE) if row.consumer.startswith(ONE_RULE) else ""
    facts = facts_of_line(tx.setting, line, tx.now)
    firings, broken = evaluated(ruleset, line.kind, facts, tx.now)
    if alone:
        firings = meant(ruleset, firings, alone)
        if not firings:
            raise NotDecided(ruleset, line.kind, alone, row)
    if not firings and not broken:
        return
    subject = subject_of(tx.kinds, tx.store, line.record_kind, facts.record)
    for rule, wrong in broken.items():
        if alone:
            raise wrong
        _set_aside(tx, row, ruleset, rule, subject, wrong)
    known = _on_record(line, [one.rule_id for one in firings]) if alone else ()
    fresh = tuple(one for one in firings if (one.rule_id, one.rule_version) not in known)
    record_firings(tx.configuration.telling, ruleset, tx.now, line.seq, subject, fresh)
    for firing in firings:
        version = str(firing.rule_version)
        try:
            with tx.caused_by(_origin(line, firing.rule_id, version)).apart():
                for decision in firing.decisions:
                    key = f"{line.seq}:{firing.rule_id}:{version}:{decision.index}"
                    said = decision._replace(args=carried_out(tx.configuration.telling, ruleset, firing, decision))
                    _carry_out(tx, line, _again(tx, subject), firing, said, key)
        except Exception as error:
            if alone or may_pass(error):
                raise
            _set_aside(tx, row, ruleset, firing.rule_id, subject, error)


def _origin(line: JournalLine, rule: str, version: str) -> Origin:
    return Origin(Actor("rule", rule, rule), "rule", cause=cause_of(line, rule=rule, version=version))


def _set_aside(
    tx: Transaction, row: Dispatch, ruleset: Ruleset, rule_id: str, subject: Subject, error: Exception
) -> None:
    rule = ruleset.rule(rule_id)
    line = by_id(JournalLine, row.seq)
    set_aside(
        tx.caused_by(_origin(line, rule_id, str(rule.version))), row, f"{ONE_RULE}{rule_id}", rule.title, subject, error
    )


def may_pass(error: Exception) -> bool:
    """Say whether trying again may mend an error: the database was out of reach, or somebody wrote at the same moment."""
    return isinstance(error, Changed | OperationalError | InterfaceError | InternalError)


def _on_record(line: JournalLine, rules: list[str]) -> set[tuple[str, int]]:
    """Return the versions of rules that are known to have fired on a line: they may have been tried before."""
    rows = FiringRow.select(FiringRow.rule, FiringRow.version)
    return set(pairs(rows.where((FiringRow.seq == line.seq) & FiringRow.rule.in_(rules))))


def _again(tx: Transaction, subject: Subject) -> Subject:
    """Return what to act on as it is now: an earlier action of the same event may have changed it."""
    own = tx.store.get(subject.own_kind.name, subject.own.id)
    record = own if subject.own is subject.record else tx.store.get(subject.kind.name, subject.record.id)
    return Subject(subject.kind, record, subject.own_kind, own)


def _carry_out(
    tx: Transaction, line: JournalLine, subject: Subject, firing: Firing, decision: Decision, key: str
) -> None:
    """Do what a rule decided, or ask the plugin that brought the action, which has its own time and tries."""
    plugins = tx.configuration.plugins
    if plugin := plugins.provider_of(decision.action):
        tx.ask_plugin(plugin, line, {"plugin": plugin, "action": decision.action, "args": decision.args})
        return
    if (reason := plugins.unavailable_reason(decision.action)) is not None:
        by = f"{firing.rule_id} v{firing.rule_version}"
        raise ActionMissing(decision.action, Text(f"规则 {by}：{reason.zh}", f"rule {by}: {reason.en}"))
    actions.apply(tx, decision.action, decision.args, subject, key)
