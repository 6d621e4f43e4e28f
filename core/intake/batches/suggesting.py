"""Which column of a file is probably which field: by a mapping kept before, its heading, or what its cells look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ....hooks.text import Text
from ...errors import Invalid
from ...storage.system_tables import ImportMapping
from ...workspace import Workspace
from ..importing.mapping import names_and_labels
from ..importing.tables import Table
from ..importing.targets import Target

Columns = dict[str, dict[str, Any]]
"""What is chosen for each column of a file: the field, and how its cells are read."""
_ENOUGH, _LOOKED_AT = 0.8, 200
_IN_BRACKETS = re.compile(r"[（(\[【]\s*(.*?)\s*[）)\]】]")
_ALSO = {
    "company": "公司 单位 企业 企业名称 单位名称 客户 客户名称 company name account organisation organization",
    "contact_name": "姓名 联系人姓名 客户姓名 name full name contact name",
    "contact_title": "职位 职称 岗位 title job position",
    "phone": "电话 手机号 手机号码 联系电话 电话号码 联系方式 mobile tel telephone cell",
    "email": "邮件 电子邮件 电子邮箱 邮箱地址 mail e-mail email",
    "credit_code": "信用代码 社会信用代码 税号 纳税人识别号",
    "budget": "金额 预算金额 采购预算 amount value",
    "region": "省份 城市 区域 所在地 地址 city province country",
    "industry": "所属行业 sector branch",
    "source": "渠道 来源渠道 线索来源 channel",
    "note": "说明 描述 留言 需求 note notes comment remarks",
    "received_at": "日期 时间 登记日期 登记时间 创建日期 创建时间 提交时间 date time created created at",
    "external_id": "编号 序号 线索编号 id 外部编号",
}


@dataclass(frozen=True)
class Suggested:
    """What is suggested: the columns, why each, and the name of the mapping kept before if it was one."""

    columns: Columns
    reasons: dict[str, Text]
    template: str = ""


def suggest(ws: Workspace, goal: Target, table: Table) -> Suggested:
    """Return a suggestion; each field goes to one column at most, the surest first."""
    kept = _kept(goal, table)
    if kept is not None:
        why = Text(f"模板「{kept.name}」", f"from the mapping “{kept.name}”")
        known = {"", *goal.fields()}
        theirs = {name: dict(spec) for name, spec in kept.document.items() if spec.get("field", "") in known}
        return Suggested(theirs, dict.fromkeys(theirs, why), kept.name)
    columns: Columns = {}
    reasons: dict[str, Text] = {}
    ways: tuple[Callable[[str], tuple[str, Text] | None], ...] = (
        lambda column: _by_heading(goal, column),
        lambda column: _by_other_names(goal, column),
        lambda column: _by_content(ws, goal, table, column),
    )
    for by in ways:
        for column in table.columns:
            if column in columns:
                continue
            found = by(column)
            if found is None or any(one["field"] == found[0] for one in columns.values()):
                continue
            field, reasons[column] = found
            columns[column] = {"field": field, **_unit(goal, column, field)}
    return Suggested(columns, reasons)


def _kept(goal: Target, table: Table) -> ImportMapping | None:
    """Return the mapping kept for files of the same headings; of several the one used last."""
    wanted = set(table.columns)
    for one in ImportMapping.select().where(ImportMapping.kind == goal.name).order_by(ImportMapping.updated_at.desc()):
        if set(one.headings) == wanted:
            found: ImportMapping = one
            return found
    return None


def _by_heading(goal: Target, column: str) -> tuple[str, Text] | None:
    name = names_and_labels(goal).get(column.strip().lower())
    return (name, Text("列名就是它", "the heading says so")) if name else None


def _by_other_names(goal: Target, column: str) -> tuple[str, Text] | None:
    plain = _IN_BRACKETS.sub("", column).strip().lower()
    name = names_and_labels(goal).get(plain) or next((one for one, words in _ALSO.items() if _among(plain, words)), "")
    if name not in goal.fields():
        return None
    return name, Text(f"列名「{column}」通常是它", f"“{column}” is mostly that")


def _by_content(ws: Workspace, goal: Target, table: Table, column: str) -> tuple[str, Text] | None:
    texts = [row.cells[column] for row in table.rows[:_LOOKED_AT] if row.cells[column]]
    fields = dict(goal.labelled())
    for name in ("email", "phone", "credit_code"):
        if texts and name in fields and _share(ws, fields[name], texts) >= _ENOUGH:
            label = fields[name].label
            return name, Text(f"看内容像{label.zh}", f"its cells look like “{label.en}”")
    return None


def _share(ws: Workspace, field: Any, texts: Iterable[str]) -> float:
    good = total = 0
    for text in texts:
        total += 1
        try:
            ws.configuration.validator.typed(field, text)
        except Invalid:
            continue
        good += 1
    return good / total


def _unit(goal: Target, column: str, field: str) -> dict[str, Any]:
    """Return by how much a heading says that its amounts are counted: 预算（万）."""
    declared = dict(goal.labelled()).get(field)
    inside = "".join(_IN_BRACKETS.findall(column))
    return {"times": 10_000} if declared is not None and declared.type == "money" and "万" in inside else {}


def _among(text: str, words: str) -> bool:
    return any(text == one for one in words.split()) or (" " in text and f" {text} " in f" {words} ")
