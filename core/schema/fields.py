"""Each field once: name, words, type, options, mask. Server, form, import and API all ask here (law 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...hooks.text import Text
from ..models import FieldDefinition

TYPES = ("text", "number", "money", "date", "moment", "boolean", "choice", "choices", "reference", "json")


@dataclass(frozen=True)
class Field:
    """One field of one kind of record.

    `options` are (value, words) pairs for `choice` and `choices`; `mask` names the masking rule
    (phone, email, name, id) for viewers who may not see it whole; `form` says whether people fill
    it in (the rest is set by the system); `extra` says the value lies in the record's `extra`.
    """

    name: str
    label: Text
    type: str = "text"
    options: tuple[tuple[str, Text], ...] = ()
    required: bool = False
    mask: str = ""
    hint: Text = Text("", "")
    form: bool = True
    extra: bool = False
    longest: int = 200

    def words(self, value: str, locale: str = "zh") -> str:
        """Return the words of an option's value, or the value itself if it has none."""
        return next((text.for_locale(locale) for key, text in self.options if key == value), value)


def _f(name: str, zh: str, en: str, type: str = "text", **more: object) -> Field:
    return Field(name, Text(zh, en), type, **more)  # type: ignore[arg-type]


def _options(*pairs: tuple[str, str, str]) -> tuple[tuple[str, Text], ...]:
    return tuple((value, Text(zh, en)) for value, zh, en in pairs)


SOURCES = _options(
    ("web_form", "官网表单", "Web form"),
    ("exhibition", "展会", "Exhibition"),
    ("phone", "电话呼入", "Inbound call"),
    ("wecom", "企业微信", "WeCom"),
    ("referral", "转介绍", "Referral"),
    ("search", "搜索", "Search"),
    ("social", "社交媒体", "Social media"),
    ("email", "邮件", "E-mail"),
    ("advertising", "广告", "Advertising"),
    ("direct", "直接访问", "Direct"),
    ("api", "接口", "API"),
    ("import", "导入", "Import"),
    ("other", "其他", "Other"),
    ("unknown", "未知", "Unknown"),
)
OUTCOMES = _options(("open", "进行中", "Open"), ("won", "赢单", "Won"), ("lost", "输单", "Lost"))
WAYS = _options(
    ("phone", "电话", "Phone"),
    ("wecom", "企业微信", "WeCom"),
    ("visit", "拜访", "Visit"),
    ("email", "邮件", "E-mail"),
    ("other", "其他", "Other"),
)
CONTRACT_STATUS = _options(
    ("draft", "草稿", "Draft"),
    ("confirmed", "客户确认", "Customer confirmed"),
    ("legal_review", "法务终审", "Legal review"),
    ("revising", "销售修改中", "Being revised"),
    ("signed", "已签署", "Signed"),
    ("archived", "财务归档", "Archived"),
)
TASK_STATES = _options(("open", "待办", "To do"), ("done", "已完成", "Done"), ("cancelled", "已取消", "Cancelled"))

FIXED: dict[str, tuple[Field, ...]] = {
    "customer": (
        _f("name", "公司名称", "Company", required=True),
        _f("credit_code", "统一社会信用代码", "Credit code", mask="id", longest=18),
        _f("industry", "行业", "Industry", longest=40),
        _f("region", "地区", "Region", longest=40),
        _f("grade", "评级", "Grade", longest=10),
        _f("owner_id", "负责人", "Owner", "reference", form=False),
    ),
    "contact": (
        _f("name", "联系人", "Contact", mask="name", longest=80),
        _f("title", "职务", "Job title", longest=80),
        _f("phone", "手机", "Phone", mask="phone", longest=40),
        _f("email", "邮箱", "E-mail", mask="email", longest=254),
    ),
    "lead": (
        _f("company", "公司名称", "Company", required=True),
        _f("source", "来源", "Source", "choice", options=SOURCES),
        _f("industry", "行业", "Industry", longest=40),
        _f("region", "地区", "Region", longest=40),
        _f("budget", "预算", "Budget", "money", hint=Text("含税，单位元", "Tax included, in yuan")),
        _f("note", "备注", "Note", longest=4000),
        _f("quality", "资料", "Data", form=False, longest=20),
        _f("stage", "阶段", "Stage", form=False, longest=40),
        _f("outcome", "结果", "Outcome", "choice", options=OUTCOMES, form=False),
        _f("lost_reason", "输单原因", "Reason lost", form=False),
        _f("owner_id", "负责人", "Owner", "reference", form=False),
        _f("received_at", "进入时间", "Received", "moment", form=False),
        _f("closed_at", "结束时间", "Closed", "moment", form=False),
        _f("external_id", "外部编号", "External id", form=False, longest=100),
    ),
    "follow_up": (
        _f("lead_id", "线索", "Lead", "reference", form=False, required=True),
        _f("way", "方式", "Way", "choice", options=WAYS, required=True),
        _f("content", "内容", "What was said", required=True, longest=4000),
        _f("effective", "联系上了", "Reached them", "boolean"),
        _f("at", "时间", "Time", "moment", form=False),
        _f("next_at", "下次跟进", "Next follow-up", "moment"),
    ),
    "contract": (
        _f("number", "合同编号", "Contract number", required=True, longest=40),
        _f("amount", "金额", "Amount", "money", required=True, hint=Text("含税，单位元", "Tax included, in yuan")),
        _f("status", "状态", "Status", "choice", options=CONTRACT_STATUS),
        _f("signed_at", "签署时间", "Signed", "moment"),
    ),
    "task": (
        _f("title", "任务", "Task", required=True),
        _f("state", "状态", "State", "choice", options=TASK_STATES),
        _f("due_at", "截止", "Due", "moment"),
    ),
    "document": (
        _f("name", "文件名", "File name", required=True),
        _f("media_type", "类型", "Type", required=True, longest=100),
        _f("size", "大小", "Size", "number", required=True),
        _f("sha256", "校验值", "SHA-256", required=True, longest=64),
    ),
    "invoice": (
        _f("number", "发票号码", "Invoice number", required=True, longest=60),
        _f("amount", "金额", "Amount", "money", required=True),
        _f("issued_at", "开票时间", "Issued", "moment", required=True),
    ),
    "payment": (
        _f("number", "流水号", "Payment number", required=True, longest=60),
        _f("amount", "金额", "Amount", "money", required=True),
        _f("paid_at", "到账时间", "Paid", "moment", required=True),
    ),
    "shipment": (
        _f("number", "发货单号", "Shipment number", required=True, longest=60),
        _f("shipped_at", "发货时间", "Shipped", "moment", required=True),
    ),
}


class FieldRegistry:
    """The fixed fields and those that trades and ops added, by kind of record."""

    def __init__(self, definitions: Iterable[FieldDefinition] = ()) -> None:
        self._added: dict[str, list[Field]] = {}
        for row in definitions:
            options = tuple((o["value"], Text(o["zh"], o["en"])) for o in row.options)
            self._added.setdefault(row.kind, []).append(
                Field(
                    row.name,
                    Text(row.label_zh, row.label_en),
                    row.type,
                    options,
                    mask=row.mask,
                    hint=Text(row.hint_zh, row.hint_en),
                    extra=True,
                    longest=2000,
                )
            )

    def of(self, kind: str) -> tuple[Field, ...]:
        """Return all fields of `kind`, the fixed ones first."""
        return (*FIXED.get(kind, ()), *self._added.get(kind, ()))

    def get(self, kind: str, name: str) -> Field | None:
        """Return the field, or None if `kind` has no such field."""
        return next((field for field in self.of(kind) if field.name == name), None)

    def by_name(self, kind: str) -> Mapping[str, Field]:
        """Return the fields of `kind` by name."""
        return {field.name: field for field in self.of(kind)}
