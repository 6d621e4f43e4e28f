"""The form of a field: what was typed into it as values to publish, and what stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...core.company.publishing import Answers
from ...core.errors import Invalid, Problem
from ...core.kinds import CompanyChange
from ...core.schema.fields import MASKS, Field
from ...core.schema.options import colours_of, options_of, retired_of
from ...hooks.text import Text
from ..session import t

TYPE_WORDS: dict[str, tuple[str, str]] = {
    "text": ("文本", "Text"),
    "choice": ("单选", "Choice"),
    "choices": ("多选", "Choices"),
    "number": ("数字", "Number"),
    "money": ("金额", "Amount"),
    "date": ("日期", "Date"),
    "moment": ("时间", "Moment"),
    "boolean": ("是否", "Yes or no"),
    "reference": ("关联", "Reference"),
    "json": ("数据", "Data"),
}
MASK_WORDS: dict[str, tuple[str, str]] = dict(
    zip(
        ("", *MASKS),
        (("不脱敏", "Not masked"), ("电话", "Phone"), ("邮箱", "E-mail"), ("姓名", "Name"), ("证件号", "Id")),
        strict=True,
    )
)
COLOUR_WORDS: dict[str, tuple[str, str]] = {
    "blue": ("蓝", "Blue"),
    "orange": ("橙", "Orange"),
    "navy": ("深蓝", "Navy"),
    "teal": ("青", "Teal"),
    "pink": ("紫红", "Pink"),
    "grey": ("灰", "Grey"),
}
OPTION_WORDS: dict[str, tuple[str, str]] = {
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
    "retire": ("停用", "Retire"),
    "restore": ("恢复", "Bring back"),
    "remove": ("去掉", "Remove"),
    "fresh": ("新增", "new"),
    "colour": ("颜色", "Colour"),
    "move": ("移动：Alt ↑ ↓", "Move: Alt ↑ ↓"),
    "none": ("无", "none"),
}
"""What the script that edits options says."""
ANSWER = "answer:"


def values_of(form: Mapping[str, str], present: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values that a form would publish: with `present`, those that differ. Raises Invalid for bad JSON."""
    zh = form.get("label_zh", "").strip()
    given: dict[str, Any] = {
        "label_zh": zh,
        "label_en": form.get("label_en", "").strip() or zh,
        "type": form.get("type", "text"),
        "options": _options(form.get("options", "[]")),
        "mask": form.get("mask", ""),
        "hint_zh": form.get("hint_zh", "").strip(),
        "hint_en": form.get("hint_en", "").strip() or form.get("hint_zh", "").strip(),
        "required": form.get("required") == "1",
        "target": form.get("target", "") if form.get("type") == "reference" else "",
        "indexed": form.get("indexed") == "1",
        "trade": form.get("trade", ""),
        "needed_when": _when(form),
        "active": form.get("active", "1") == "1",
    }
    if present is None:
        return given
    return {name: value for name, value in given.items() if value != _normal(name, present.get(name))}


def _normal(name: str, value: Any) -> Any:
    if name == "options":
        return [option for option in (_option(one) for one in value or ()) if option]
    return value if value is not None else ""


def _options(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        raise Invalid(
            [Problem("options", Text("选项读不出来；请刷新后再改", "the options can't be read: reload"))]
        ) from None
    if not isinstance(found, list):
        raise Invalid([Problem("options", Text("应为选项的列表", "is a list of options"))])
    return [option for option in (_option(one) for one in found) if option]


def _option(one: Any) -> dict[str, Any]:
    if not isinstance(one, Mapping):
        return {}
    zh = str(one.get("zh") or "").strip()
    found: dict[str, Any] = {
        "value": str(one.get("value") or zh).strip(),
        "zh": zh,
        "en": str(one.get("en") or zh).strip(),
    }
    if one.get("colour"):
        found["colour"] = str(one["colour"])
    if one.get("retired"):
        found["retired"] = True
    return found


def _when(form: Mapping[str, str]) -> dict[str, Any]:
    field, value = form.get("when_field", ""), form.get("when_value", "")
    return {"field": field, "in": [one for one in value.split("\n") if one]} if field and value else {}


def answers_of(form: Mapping[str, str]) -> Answers:
    """Return what was answered about each thing that is touched."""
    return {name.removeprefix(ANSWER): value for name, value in form.items() if name.startswith(ANSWER) and value}


def published_words(change: CompanyChange | None) -> str:
    """Return what is said after publishing; None: nothing was to be changed."""
    if change is None:
        return t("没有改动", "Nothing was changed")
    return t("已发布；30 天内可以撤销", "Published; it can be taken back for 30 days")


def revision_of(form: Mapping[str, str]) -> int | None:
    """Return the revision that the page was made of, None if there was no definition."""
    text = form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def as_field(name: str, values: Mapping[str, Any]) -> Field:
    """Return a field as these values would make it, for the preview. Raises Invalid for options that are none."""
    options = values.get("options") or []
    return Field(
        name or "field",
        Text(str(values.get("label_zh") or "…"), str(values.get("label_en") or "…")),
        str(values.get("type") or "text"),
        tuple(one for one in options_of(options)),
        required=bool(values.get("required")),
        hint=Text(str(values.get("hint_zh") or ""), str(values.get("hint_en") or "")),
        retired=retired_of(options),
        colours=colours_of(options),
    )
