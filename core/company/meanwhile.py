"""What became of a definition since somebody looked at it: by whom, and what of it, in words for a conflict."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from ..storage.system_tables import JournalLine
from ..workspace import Workspace

_MOST_NAMES = 4


def since(ws: Workspace, record: Any, revision: int) -> Text:
    """Return who changed a record after a revision, and which of its values: （李敏：选项、名称）."""
    kind = next(one for one in ws.kinds.values() if one.model is type(record))
    own = (JournalLine.record_kind == kind.name) & (JournalLine.record_id == record.id)
    lines = list(JournalLine.select().where(own & (JournalLine.record_revision > revision)).order_by(JournalLine.seq))
    who = list(dict.fromkeys(line.actor_name for line in lines if line.actor_name))
    names = list(dict.fromkeys(name for line in lines for name in line.after))
    labels = [kind.by_name[name].label for name in names if name in kind.by_name][:_MOST_NAMES]
    if not who:
        return Text("", "")
    if not revision:  # There was none: what is in it says less than who made it.
        labels = []
    zh, en = "、".join(one.zh for one in labels), ", ".join(one.en.lower() for one in labels)
    return Text(
        f"（{'、'.join(who)}{f'：{zh}' if zh else ''}）",
        f" by {', '.join(who)}{f' ({en})' if en else ''}",
    )
