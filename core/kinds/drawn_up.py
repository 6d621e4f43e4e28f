"""What can happen to a paper that is drawn up and goes from state to state: quotes and contracts alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ..schema.kind import Describer, Event


def events_of(kind: str, title: Text, status: str = "status") -> tuple[Event, ...]:
    """Return the events of a kind: drawn up, changed, and another state in its field `status`, of which plugins hear."""
    zh, en, one = title.zh, title.en, f"A {title.en.lower()}"

    def moved(describe: Describer, after: Mapping[str, Any], channel: str) -> Text:
        to = describe.value(kind, status, after.get(status))
        return Text(f"{zh}：{to.zh}", f"{en}: {to.en}")

    return (
        Event(
            "created",
            Text(f"新建{zh}", f"{en} drawn up"),
            trigger=Text(f"{zh}已创建", f"{one} is created"),
            icon="file-text",
        ),
        Event(
            "changed",
            Text(f"修改{zh}", f"{en} changed"),
            trigger=Text(f"{zh}已修改", f"{one} is changed"),
            hook="on_field_saved",
        ),
        Event(
            f"{status}_changed",
            Text(f"{zh}状态", f"{en} status"),
            status,
            trigger=Text(f"{zh}状态已改变", f"{one}'s state changes"),
            icon="file-text",
            hook="on_state_change",
            headline=moved,
        ),
    )
