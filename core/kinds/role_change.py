"""角色变更 role_change: what somebody proposes for a role; it takes effect when another administrator approves."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField, IntegerField

from ...hooks.text import Text
from ..schema.fields import field, options
from ..schema.kind import Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record, UTCDateTimeField
from .role import check_role

STATES = options(
    ("open", "待审批", "Waiting"),
    ("approved", "已批准", "Approved"),
    ("rejected", "已退回", "Sent back"),
    ("withdrawn", "已撤回", "Withdrawn"),
)


class RoleChange(Record):
    """A proposal. `base` is the revision of the role that its author saw; 0: a role to be made.

    Without `active` the role is retired: it gives nothing to those who have it until it is brought back.
    """

    role = CharField(40, index=True)
    title_zh = CharField(80)
    title_en = CharField(80, default="")
    permissions = JSONText(default=list)
    cells = JSONText(default=dict)
    active = BooleanField(default=True)
    base = IntegerField(default=0)
    state = CharField(10, default="open", index=True)
    author_id = CharField(26, default="")
    author_name = CharField(80, default="")
    decided_by = CharField(80, default="")
    decided_at = UTCDateTimeField(null=True)
    note = CharField(300, default="")

    class Meta:
        table_name = "role_change"


def _checked(values: Values, context: LifecycleContext) -> Values:
    check_role(values, context.kinds)
    return {}


def _rechecked(change: Any, values: Values, context: LifecycleContext) -> Values:
    check_role(values, context.kinds)
    return {}


ROLE_CHANGE = Kind(
    name="role_change",
    title=Text("角色变更", "Change of a role"),
    plural=Text("角色变更", "Changes of roles"),
    model=RoleChange,
    fields=(
        field("role", "角色", "Role", longest=40, form=False),
        field("title_zh", "名称", "Title in Chinese", required=True, longest=80, form=False),
        field("title_en", "英文名称", "Title in English", longest=80, form=False),
        field("state", "状态", "State", "choice", options=STATES, form=False),
        field("note", "说明", "Note", longest=300, form=False),
    ),
    lifecycle=Lifecycle(_checked, _rechecked),
    write="roles",
    setting_up=True,
    named_by=("title_zh",),
    icon="lock",
)
