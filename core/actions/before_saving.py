"""要求确认 require_confirmation, 拦下 block: what rules say of a write before it happens; see `core.write.prewrite`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec
from .action import Action, CannotApply, Writer
from .arguments import text
from .subject import Subject


def _apply(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    raise CannotApply("这个动作只能在保存之前", "this action is taken before a record is saved, not after")


REQUIRE_CONFIRMATION = Action(
    "require_confirmation",
    ActionSpec(
        {"message": text("提示", "Message")},
        title=("要求确认", "Ask for confirmation"),
        before_saving=True,
        phrase=("要求确认{message}", "ask for confirmation {message}"),
    ),
    _apply,
)
BLOCK = Action(
    "block",
    ActionSpec(
        {"message": text("提示", "Message")},
        title=("拦下", "Block"),
        before_saving=True,
        phrase=("拦下保存（提示{message}）", "stop it from being saved (saying {message})"),
    ),
    _apply,
)
