"""What the document of a process must be, so that a bad one is refused before anything reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..roles import ROLES
from .processes import Process

_SHAPE = Text(
    "应含 name、title（zh、en）、stages（name、zh、en，可有 role、required）和 transitions（[从, 到]）",
    "holds name, title (zh, en), stages (name, zh, en, perhaps role and required) and transitions ([from, to])",
)


def check_process(name: str, document: Any) -> None:
    """Raise Invalid if no process can be made of this document."""
    try:
        process = Process(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid([Problem("document", _SHAPE)]) from None
    problems = [Problem("document", text) for text in _problems(name, process, document)]
    if problems:
        raise Invalid(problems)


def _problems(name: str, process: Process, document: Mapping[str, Any]) -> Iterator[Text]:
    names = [stage.name for stage in process.stages]
    if process.name != name:
        yield Text(f"name 应为「{name}」", f"its name should be {name!r}")
    if not names:
        yield Text("至少要有一个阶段", "a process has at least one stage")
    if any(not isinstance(one, str) or not one or len(one) > 40 for one in names) or len({*names}) < len(names):
        yield Text("阶段的 name 应各不相同，1 至 40 个字", "stages have names of their own, 1 to 40 characters")
    for stage in process.stages:
        if stage.role not in ROLES:
            yield Text(f"没有角色「{stage.role}」", f"there is no role {stage.role!r}")
    for pair in document["transitions"]:
        for one in pair:
            if one not in names:
                yield Text(f"transitions 里没有阶段「{one}」", f"transitions name {one!r}, which is no stage")
