"""授予标兵 award: a badge for people, and a message that tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec
from .action import Action, Writer
from .arguments import text
from .notify import notify
from .people import people, person
from .subject import Subject


def _apply(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    cause = tx.origin.cause
    lead_id = subject.references()["lead_id"]
    badge = tx.kinds["badge"].by_name["badge"]
    for number, user_id in enumerate(people(tx, args["to"], subject)):
        values = {
            "user_id": user_id,
            "badge": args["badge"],
            "reason": args["reason"][:300],
            "lead_id": lead_id,
            "rule": cause.rule or cause.plugin,
            "version": cause.version,
        }
        tx.create("badge", values, f"{key}:{number}")
        locale = getattr(tx.store.get("user", user_id), "locale", None) or "zh"
        said = f"🏅 {badge.words(args['badge'], locale)}"
        notify(tx, user_id, said, args["reason"], subject, f"{key}:{number}:told", "badge")


AWARD = Action(
    "award",
    ActionSpec(
        {
            "to": person("授予", "To"),
            "badge": text("标兵称号", "Badge", names="badge"),
            "reason": text("原因", "Reason"),
        },
        title=("授予标兵", "Award a badge"),
        phrase=("授予{to}{badge}称号（原因{reason}）", "award {to} the badge {badge} (because {reason})"),
        repeats=True,
    ),
    _apply,
)
