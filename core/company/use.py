"""One thing that names another: a rule that names a field, a process whose stage needs it, the records that hold it."""

from __future__ import annotations

from dataclasses import dataclass

from ...hooks.text import Text

USES: dict[str, Text] = {
    "rule": Text("条规则", "rules"),
    "table": Text("张决策表", "decision tables"),
    "draft": Text("份草稿", "drafts"),
    "process": Text("个流程", "processes"),
    "field": Text("个字段", "fields"),
    "kind": Text("种记录类型", "kinds"),
    "layout": Text("个布局", "layouts"),
    "plugin": Text("个插件", "plugins"),
    "person": Text("个成员", "people"),
    "team": Text("个团队", "teams"),
    "record": Text("条记录", "records"),
}
"""What can name something, with the words it is counted in."""


@dataclass(frozen=True)
class Use:
    """What names a thing.

    `use` is one of USES, `name` what it is told apart by (a rule's code, a process's name), `said` what of it names
    the thing, `path` the page of the console that shows or mends it. `places` are paths within a rule's document,
    `rows` the rows of a decision table, counted from 1. `count` is above 1 for records only.
    """

    use: str
    name: str
    title: Text
    said: Text
    path: str = ""
    count: int = 1
    places: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    state: Text = Text("", "")
    version: int = 0


def counted(found: list[Use]) -> Text:
    """Return uses as a count in words: 2 条规则、1 张决策表、37 条记录. Empty for none."""
    totals = {use: sum(one.count for one in found if one.use == use) for use in USES}
    zh = "、".join(f"{n} {USES[use].zh}" for use, n in totals.items() if n)
    en = ", ".join(f"{n} {_one(USES[use].en, n)}" for use, n in totals.items() if n)
    return Text(zh, en)


def _one(plural: str, n: int) -> str:
    if n != 1:
        return plural
    singular = {"people": "person", "processes": "process"}
    return singular.get(plural, plural.removesuffix("s"))
