"""Events that can't be handled: kept as dead letters, and told to who can mend the cause."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace

import structlog

from ...hooks.text import Text
from ...rules.language.errors import RulesError
from ..actions import CannotApply, Subject, notify, subject_of
from ..actions.takers import operations
from ..errors import ClewError
from ..journal.causes import FAILED, failed_before
from ..journal.origin import SYSTEM, Cause
from ..storage.statements import by_id, insert
from ..storage.system_tables import Dispatch, JournalLine
from ..workspace import Workspace
from ..write.transaction import Transaction

log = structlog.get_logger()
_LONGEST = 2000
_ORIGIN = replace(SYSTEM, channel="outbox")
_CONSUMERS = {"rule": ("规则", "The rule"), "plugin": ("插件", "The plugin"), "channel": ("渠道", "The channel")}
_HINT = Text("修好原因后，在「死信」页重试。", "Mend the cause, then try again on the page of dead letters.")


class ActionMissing(CannotApply):
    """A rule asks for an action that no plugin in force brings."""

    def __init__(self, action: str, words: Text) -> None:
        super().__init__(words.zh, words.en)
        self.action = action


def waits_for(error: Exception) -> str:
    """Return the action for want of which something failed; empty if it was something else."""
    return error.action if isinstance(error, ActionMissing) else ""


def set_aside(
    tx: Transaction, event: Dispatch, consumer: str, title: Mapping[str, str], subject: Subject, error: Exception
) -> None:
    """Keep within `tx` that a rule could not be carried out on an event: as a dead letter of its own, for `consumer`."""
    words = words_of(error)
    log.warning("rule set aside", rule=consumer, dispatch=event.id, seq=event.seq, error=type(error).__name__)
    asked = tx.origin
    # What listens to failures and fails itself would hear of its own: it is told to people, and to no rule.
    rule = asked.cause.rule
    round_ = event.kind == FAILED or failed_before(by_id(JournalLine, event.seq), rule)
    tx.caused_by(asked.because(f"{words.zh} {words.en}"))
    line = tx.note(FAILED, event.record_kind, event.record_id, {"error": kept(words)}, heard=not round_)
    first = not Dispatch.select().where((Dispatch.consumer == consumer) & (Dispatch.state == "dead")).exists()
    row = Dispatch(
        seq=event.seq,
        kind=event.kind,
        consumer=consumer,
        record_kind=event.record_kind,
        record_id=event.record_id,
        state="dead",
        attempts=1,
        due_at=tx.now,
        created_at=tx.now,
        rules_at=event.rules_at or tx.now,
        error=kept(words),
        waits_for=waits_for(error),
    )
    insert(row)
    if first:
        who = whose(consumer, title)
        said = Text(f"{who.zh}没能执行", f"{who.en} could not be carried out")
        about = Text(f"{subject.title}：{words.zh}", f"{subject.title}: {words.en}")
        tx.caused_by(replace(_ORIGIN, cause=Cause(seq=line.seq, depth=asked.cause.depth + 1)))
        _tell(tx, row.id, said, about, subject, f"dead:{row.id}")


def given_up(ws: Workspace, event: Dispatch, words: Text) -> None:
    """Tell that an event was given up after all its tries, unless there is a dead letter of its consumer already."""
    same = (Dispatch.consumer == event.consumer) & (Dispatch.state == "dead") & (Dispatch.id != event.id)
    if Dispatch.select().where(same).exists():
        return
    who = whose(event.consumer)
    said = Text(f"{who.zh}没能处理事件", f"{who.en} could not handle an event")
    with ws.door.transaction(_ORIGIN) as tx:
        _tell(tx, event.id, said, words, None, f"dead:{event.id}:{event.seq}")


def cut_off(tx: Transaction, row: Dispatch) -> None:
    """Tell within `tx` that a chain of causes went round and was cut, once a circle until its dead letters are mended."""
    if (
        Dispatch.select()
        .where((Dispatch.state == "dead") & (Dispatch.error == row.error) & (Dispatch.id < row.id))
        .exists()
    ):
        return
    asked = tx.origin
    tx.caused_by(replace(_ORIGIN, cause=Cause(seq=row.seq, depth=1)))
    said = Text("规则互相触发，已切断", "Rules set each other off and were cut")
    record = tx.store.get(row.record_kind, row.record_id) if row.record_kind in tx.kinds else None
    subject = subject_of(tx.kinds, tx.store, row.record_kind, record) if record is not None else None
    _tell(tx, row.id, said, read_error(row.error), subject, f"dead:{row.id}:cut")
    tx.caused_by(asked)


def words_of(error: Exception) -> Text:
    """Return a failure in words: our own errors in both languages, those of others as Python names them."""
    if isinstance(error, RulesError):
        return Text(_line(error.zh), _line(error.en))
    if isinstance(error, ClewError):
        return Text(*(_line(words) for words in (error.text.zh, error.text.en)))
    said = _line("".join(traceback.format_exception_only(error)))
    return Text(said, said)


def kept(words: Text) -> str:
    """Return what a dead letter keeps of a failure: a line for each language, or one for both."""
    return words.zh if words.zh == words.en else f"{words.zh}\n{words.en}"


def read_error(error: str) -> Text:
    """Return what `kept` made, as words."""
    zh, _, en = error.partition("\n")
    return Text(zh, en or zh)


def whose(consumer: str, title: Mapping[str, str] | None = None) -> Text:
    """Return in words who could not handle an event: a rule by its title, if it has one."""
    kind, _, name = consumer.partition(":")
    if kind == "rules":
        return Text("规则", "The rules")
    (zh, en), called = _CONSUMERS[kind], title or {}
    return Text(f"{zh}「{called.get('zh') or name}」", f"{en} “{called.get('en') or name}”")


def _tell(tx: Transaction, letter: int, title: Text, body: Text, subject: Subject | None, key: str) -> None:
    """Tell those who see to dead letters, each in their language: operations, or the administrators if there are none."""
    for person in operations(tx.store):
        said, more, hint = (words.for_locale(person.locale) for words in (title, body, _HINT))
        address = f"/dead-letters/?letter={letter}"
        notify(tx, person.id, said, f"{more}\n{hint}", subject, f"{key}:{person.id}", "trouble", link=address)


def _line(words: str) -> str:
    fit = words.replace("\0", " ").encode("utf-8", "replace").decode()  # What no database holds must not stop it.
    return " ".join(fit.split())[:_LONGEST]
