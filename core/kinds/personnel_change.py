"""人事变动 personnel_change: what changed hands in one go as somebody left or a team was merged, split or retired."""

from __future__ import annotations

from typing import Any

from peewee import CharField

from ...hooks.text import Text
from ..journal.origin import Actor
from ..roles import may
from ..schema.fields import field, options, reference
from ..schema.kind import Event, Kind
from ..storage.queries import Query
from ..storage.records import JSONText, Record, UTCDateTimeField

WHAT = options(
    ("leave", "成员停用", "Person switched off"),
    ("merge", "团队合并", "Teams merged"),
    ("split", "团队拆分", "Team split"),
    ("retire", "团队停用", "Team retired"),
)


class PersonnelChange(Record):
    """One batch: about a person or a team, by whom and why.

    `items` are what was written, in order: kind, record, values before (None: the record was made) and after.
    """

    what = CharField(12)
    user_id = CharField(26, null=True, index=True)
    team_id = CharField(26, null=True, index=True)
    by_id = CharField(26, default="")
    by_name = CharField(80, default="")
    reason = CharField(300, default="")
    items = JSONText(default=list)
    undone_at = UTCDateTimeField(null=True)
    undone_by = CharField(80, default="")

    class Meta:
        table_name = "personnel_change"


def _visible(actor: Actor, kinds: Any) -> Query:
    query = PersonnelChange.select()
    return query if may(actor, "people") else query.where(False)


PERSONNEL_CHANGE = Kind(
    name="personnel_change",
    title=Text("人事变动", "Personnel change"),
    plural=Text("人事变动", "Personnel changes"),
    model=PersonnelChange,
    fields=(
        field("what", "变动", "What", "choice", options=WHAT, form=False),
        reference("user_id", "user", "成员", "Person"),
        reference("team_id", "team", "团队", "Team"),
        field("reason", "原因", "Reason", longest=300, form=False),
        field("undone_at", "撤销时间", "Undone", "moment", form=False),
        field("undone_by", "撤销人", "Undone by", longest=80, form=False, along=True),
    ),
    events=(
        Event("created", Text("人事变动", "Personnel change"), icon="users"),
        Event("undone", Text("撤销人事变动", "Personnel change undone"), "undone_at", icon="refresh"),
    ),
    write="people",
    visible=_visible,
    setting_up=True,
    named_by=("what",),
    icon="users",
)
