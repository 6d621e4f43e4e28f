"""What rules and plugins can have done, one file an action: how rules name it, and how it is carried out."""

from collections.abc import Mapping
from typing import Any

from .action import Action, CannotApply, Writer
from .assign import ASSIGN
from .award import AWARD
from .before_saving import BLOCK, REQUIRE_CONFIRMATION
from .deadlines import CLOSE_DEADLINE, PAUSE_DEADLINE, RESUME_DEADLINE, START_DEADLINE
from .escalate import ESCALATE
from .lock import LOCK, UNLOCK
from .metrics import SUSPEND_METRIC
from .move import MOVE_STAGE, SET_OUTCOME
from .notify import NOTIFY, notify
from .people import people
from .set_field import SET_FIELD
from .subject import Subject, subject_of
from .tasks import CREATE_TASK, CREATE_TASKS

ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        *(ASSIGN, ESCALATE, NOTIFY, CREATE_TASK, CREATE_TASKS, SET_FIELD, START_DEADLINE, CLOSE_DEADLINE),
        *(PAUSE_DEADLINE, RESUME_DEADLINE),
        *(SET_OUTCOME, MOVE_STAGE, LOCK, UNLOCK, SUSPEND_METRIC, AWARD, REQUIRE_CONFIRMATION, BLOCK),
    )
}


def apply(tx: Writer, name: str, args: Mapping[str, Any], subject: Subject, key: str) -> None:
    """Carry one action out; `key` makes what it creates count once. Raises CannotApply for no such action."""
    action = ACTIONS.get(name)
    if action is None:
        raise CannotApply(f"没有动作「{name}」", f"no action {name!r}")
    action.apply(tx, subject, args, key)


__all__ = ["ACTIONS", "Action", "CannotApply", "Subject", "Writer", "apply", "notify", "people", "subject_of"]
