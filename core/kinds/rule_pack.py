"""规则包 rule_pack: a pack as its file has it: its title, and the order of its rules."""

from __future__ import annotations

from peewee import CharField

from ...hooks.text import Text
from ..schema.kind import Kind
from ..storage.records import JSONText, Record


class RulePack(Record):
    """A pack of rules."""

    code = CharField(80, unique=True)
    title = JSONText(default=dict)
    rules = JSONText(default=list)

    class Meta:
        table_name = "rule_pack"


RULE_PACK = Kind(
    name="rule_pack",
    title=Text("规则包", "Rule pack"),
    plural=Text("规则包", "Rule packs"),
    model=RulePack,
    write="rules:edit",
    setting_up=True,
    named_by=("code",),
    icon="archive",
)
