"""改动 company_change: fields or a process published in one transaction, with what moved along; can be taken back."""

from __future__ import annotations

from peewee import CharField

from ...hooks.text import Text
from ..schema.fields import field
from ..schema.kind import Kind
from ..storage.records import JSONText, Record, UTCDateTimeField


class CompanyChange(Record):
    """One publishing. Its journal line is the cause of every line that it wrote: that is what taking back reads.

    `subject` is "fields", "process" or "kind", `name` the kind or the process; `answers` are what was decided about each
    record, rule and process that it touched.
    """

    subject = CharField(20)
    name = CharField(40)
    title_zh = CharField(200)
    title_en = CharField(200)
    answers = JSONText(default=dict)
    author_name = CharField(80, default="")
    undone_at = UTCDateTimeField(null=True)

    class Meta:
        indexes = ((("subject", "name"), False),)


COMPANY_CHANGE = Kind(
    name="company_change",
    title=Text("改动", "Change of the company"),
    plural=Text("改动", "Changes of the company"),
    model=CompanyChange,
    fields=(
        field("subject", "改了什么", "What was changed", form=False, required=True, longest=20),
        field("name", "名称", "Name", form=False, required=True, longest=40),
        field("title_zh", "中文说明", "Chinese title", form=False, longest=200),
        field("title_en", "英文说明", "English title", form=False, longest=200),
        field("answers", "怎么搬", "Answers", "json", form=False),
        field("author_name", "谁改的", "By", form=False, longest=80),
        field("undone_at", "撤销时间", "Taken back", "moment", form=False),
    ),
    write="company",
    setting_up=True,
    named_by=("title_zh", "name"),
    icon="history",
)
