"""公司 company: what the company is called, how large it is, and how far its set-up has come. There is one record."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..schema.fields import field, options
from ..schema.kind import Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record

THE_ONE = "company"
LOCALES = options(("zh", "中文", "Chinese"), ("en", "英文", "English"))
SIZES = options(("small", "小", "Small"), ("medium", "中", "Medium"), ("large", "大", "Large"))


class Company(Record):
    """The company; `code` is always "company", so that there is one. `steps` are the finished steps of its set-up.

    `trade` is the plugin of its trade; `zone` and `locale` are empty where the installation's settings say it. `put_off` are
    the people who will set it up later: signing in leads them there no more.
    """

    code = CharField(20, unique=True, default=THE_ONE)
    name = CharField(120, default="")
    size = CharField(10, default="")
    trade = CharField(60, default="")
    zone = CharField(60, default="")
    locale = CharField(5, default="")
    steps = JSONText(default=list)
    put_off = JSONText(default=list)
    finished = BooleanField(default=False)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone. Raises Invalid for a name that none has."""
    try:
        return ZoneInfo(name)
    except Exception:  # A name may be a folder's, too long, or lead elsewhere: each raises something else.
        words = Text(f"没有时区「{name[:40]}」，例：Asia/Shanghai", f"no time zone {name[:40]!r}, e.g. Asia/Shanghai")
        raise Invalid([Problem("zone", words)]) from None


def _checked(values: Values, context: LifecycleContext) -> Values:
    if values.get("code", THE_ONE) != THE_ONE:
        words = Text(f"code 只能是 {THE_ONE}：公司只有一个", f"code is always {THE_ONE!r}: there is one company")
        raise Invalid([Problem("code", words)])
    if values.get("zone"):
        zone_named(values["zone"])
    return {}


def _rechecked(row: Any, values: Values, context: LifecycleContext) -> Values:
    return _checked(values, context)


COMPANY = Kind(
    name="company",
    title=Text("公司", "Company"),
    plural=Text("公司", "Company"),
    model=Company,
    fields=(
        field("name", "公司名称", "Name", longest=120, form=False),
        field("trade", "行业", "Trade", longest=60, form=False),
        field("zone", "时区", "Time zone", longest=60, form=False),
        field("locale", "语言", "Language", "choice", options=LOCALES, form=False),
        field("size", "规模", "Size", "choice", options=SIZES, form=False),
    ),
    lifecycle=Lifecycle(_checked, _rechecked),
    write="company",
    configuration="configuration",
    setting_up=True,
    named_in_files=("code",),
    kept_at_home=frozenset({"steps", "finished", "put_off"}),
    icon="building",
)
