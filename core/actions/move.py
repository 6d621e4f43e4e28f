"""换阶段 move_stage, 改结果 set_outcome: where a record stands in its process, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec
from ..kinds.lead import OUTCOMES
from ..schema.facts import pair
from .action import Action, CannotApply, Writer
from .arguments import one_of, text
from .subject import Subject


def _require(subject: Subject, field: str, zh: str, en: str) -> None:
    if field not in subject.kind.columns or (field == "stage" and not subject.kind.staged):
        title = subject.kind.title
        raise CannotApply(f"{title.zh}没有{zh}", f"a {title.en.lower()} has no {en}")


def _move(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    # The door checks the move against the process, as for anybody.
    _require(subject, "stage", "阶段", "stages")
    tx.change(subject.kind.name, subject.record.id, {"stage": args["stage"]})


def _set_outcome(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    _require(subject, "outcome", "结果", "outcome")
    values = {"outcome": args["outcome"], "lost_reason": args.get("reason", "")}
    tx.change(subject.kind.name, subject.record.id, values)


def _moved(args: Mapping[str, Any], on: str, turn: int) -> dict[str, Any]:
    return {f"{on}.stage": args.get("stage")}


def _ended(args: Mapping[str, Any], on: str, turn: int) -> dict[str, Any]:
    return {f"{on}.outcome": args.get("outcome")}


MOVE_STAGE = Action(
    "move_stage",
    ActionSpec(
        # Its options are the stages of the processes in force: the vocabulary fills them in.
        {"stage": one_of("阶段", "Stage", {}, names="stage")},
        title=("换阶段", "Move to a stage"),
        phrase=("把阶段改为{stage}", "set the stage to {stage}"),
        writes=_moved,
    ),
    _move,
)
SET_OUTCOME = Action(
    "set_outcome",
    ActionSpec(
        {
            "outcome": one_of("结果", "Outcome", {value: pair(words) for value, words in OUTCOMES}),
            "reason": text("原因", "Reason"),
        },
        title=("改结果", "Set the outcome"),
        phrase=("把结果改为{outcome}（原因{reason}）", "set the outcome to {outcome} (because {reason})"),
        writes=_ended,
    ),
    _set_outcome,
)
