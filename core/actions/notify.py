"""发消息 notify: a message to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.language.vocabulary import ActionSpec
from ..schema.kind import Typed
from .action import Action, Writer
from .arguments import cut, text
from .people import people, person
from .subject import Subject


def notify(  # noqa: PLR0913 - whom, what, about what, once; where it leads by name
    tx: Writer,
    user_id: str,
    title: str,
    body: str,
    subject: Subject | None,
    key: str,
    topic: str = "rule",
    *,
    link: str = "",
) -> None:
    """Put a message into a person's inbox; the same `key` does so once.

    `topic` is one of `kinds.notification.TOPICS`, `link` the console's page to act on, if it is not the record's.
    """
    about = subject.references() if subject is not None else {}
    values = Typed(about, user_id=user_id, title=cut(title, 200), body=cut(body, 4000), topic=topic)
    if link:
        values["link"] = link
    tx.create("notification", values, key)


def _apply(tx: Writer, subject: Subject, args: Mapping[str, Any], key: str) -> None:
    for number, user_id in enumerate(people(tx, args["to"], subject)):
        notify(tx, user_id, args["title"], args.get("body", ""), subject, f"{key}:{number}")


NOTIFY = Action(
    "notify",
    ActionSpec(
        {"to": person("发给", "To"), "title": text("标题", "Title"), "body": text("正文", "Text")},
        title=("发消息", "Send a message"),
        phrase=("给{to}发消息{title}（正文{body}）", "send {to} the message {title} (text {body})"),
        repeats=True,
    ),
    _apply,
)
