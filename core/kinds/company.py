"""公司 company: what the company is called, how large it is, and how far its set-up has come. There is one record."""

from __future__ import annotations

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..schema.fields import field, options
from ..schema.kind import Kind
from ..storage.records import JSONText, Record

SIZES = options(("small", "小", "Small"), ("medium", "中", "Medium"), ("large", "大", "Large"))


class Company(Record):
    """The company; `code` is always "company", so that there is one. `steps` are the finished steps of its set-up."""

    code = CharField(20, unique=True, default="company")
    name = CharField(120, default="")
    size = CharField(10, default="")
    steps = JSONText(default=list)
    finished = BooleanField(default=False)


COMPANY = Kind(
    name="company",
    title=Text("公司", "Company"),
    plural=Text("公司", "Company"),
    model=Company,
    fields=(
        field("name", "公司名称", "Name", longest=120, form=False),
        field("size", "规模", "Size", "choice", options=SIZES, form=False),
    ),
    write="company",
    configuration="configuration",
    setting_up=True,
    named_in_files=("code",),
    kept_at_home=frozenset({"steps", "finished"}),
    icon="building",
)
