"""升级 escalate: brings a record before the manager of its owner or team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec
from ..schema.kind import Typed
from .action import Action, CannotApply, Writer
from .arguments import one_of, text
from .notify import notify
from .people import MANAGERS, people
from .subject import Subject
from .takers import operations


def _apply(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    # A team without a manager must not mean that nobody hears of it.
    managers = people(tx, args.get("to", "owner_manager"), subject) or [one.id for one in operations(tx.store)]
    if not managers:
        raise CannotApply(
            f"「{subject.title}」没有可升级的主管；请给团队设主管", f"no manager to escalate {subject.title!r} to"
        )
    if "escalated_at" in subject.kind.columns:
        values = Typed(escalated_at=tx.now, escalated_to_id=managers[0])
        tx.change(subject.kind.name, subject.record.id, values)
    notify(tx, managers[0], args["message"], "", subject, key, "escalation")


ESCALATE = Action(
    "escalate",
    ActionSpec(
        {"to": one_of("升级给", "To", MANAGERS), "message": text("消息", "Message")},
        title=("升级", "Escalate"),
        phrase=("升级给{to}（附言{message}）", "escalate to {to} (saying {message})"),
        told_by=("to",),
        repeats=True,
    ),
    _apply,
)
