"""Car dealers (4S): test drive → financing → handover, with the fields and checklists of the trade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clew import (
    CreateTask,
    Event,
    FieldSpec,
    Plugin,
    PluginContext,
    Problem,
    ProcessSpec,
    SetFields,
    Setting,
    StageSpec,
    Text,
    hookimpl,
)

PROCESS = "car_4s"
_CHECKLISTS = {
    "financing": ("金融方案", ("确认首付与期数", "提交资质审核", "把方案书发给客户")),
    "handover": ("交车仪式", ("车辆精洗与检查", "准备交车礼与合影", "讲解车辆功能", "约首保日期")),
}


class CarDealer(Plugin):
    """A car dealer's way of selling."""

    name = "car_dealer"
    title = Text("汽车 4S", "Car dealer (4S)")
    description = Text("试驾邀约 → 金融方案 → 交车仪式", "Test drive → financing → handover")
    vendor = "Clew"
    version = "0.1.0"
    category = "industry"
    icon = "steering-wheel"
    settings = (
        Setting(
            "invite_within_minutes",
            Text("试驾邀约时限（工作分钟）", "Invite to a test drive within (working minutes)"),
            "number",
            default=60,
        ),
    )

    @hookimpl
    def register_fields(self) -> list[FieldSpec]:
        """The trade's own fields."""
        yes_no = (("yes", Text("是", "Yes")), ("no", Text("否", "No")))
        plans = (
            ("full", Text("全款", "Paid in full")),
            ("loan", Text("分期贷款", "Loan")),
            ("lease", Text("融资租赁", "Lease")),
        )
        return [
            FieldSpec("lead", "car_model", Text("意向车型", "Model wanted")),
            FieldSpec("lead", "trade_in", Text("是否置换", "Trade-in"), "choice", yes_no),
            FieldSpec("lead", "finance_plan", Text("金融方案", "Financing"), "choice", plans),
        ]

    @hookimpl
    def register_processes(self) -> list[ProcessSpec]:
        """The trade's own stages."""
        stages = (
            StageSpec("test_drive", Text("试驾邀约", "Test drive")),
            StageSpec("financing", Text("金融方案", "Financing"), ("car_model",)),
            StageSpec("handover", Text("交车仪式", "Handover"), ("car_model", "finance_plan")),
        )
        moves = (("test_drive", "financing"), ("financing", "handover"), ("financing", "test_drive"))
        return [ProcessSpec(PROCESS, Text("汽车 4S 流程", "Car dealer"), stages, moves)]

    @hookimpl
    def on_lead_created(self, event: Event, context: PluginContext) -> list[SetFields | CreateTask]:
        """A lead from the trade starts on its own process, with an invitation to a test drive."""
        if event.record.get("industry") != "汽车":
            return []
        minutes = int(context.settings.get("invite_within_minutes") or 60)
        return [
            SetFields({"process": PROCESS}),
            CreateTask("邀约试驾", assignee="owner", due_working_minutes=minutes),
        ]

    @hookimpl
    def on_state_change(self, event: Event) -> list[CreateTask]:
        """Each stage brings its checklist."""
        title, items = _CHECKLISTS.get(str(event.after.get("stage")), ("", ()))
        return [CreateTask(title, items=items)] if items and event.record.get("process") == PROCESS else []

    @hookimpl
    def validate_record(self, record_kind: str, after: Mapping[str, Any]) -> list[Problem]:
        """No car is handed over before its financing is settled."""
        if record_kind != "lead" or after.get("process") != PROCESS or after.get("outcome") != "won":
            return []
        if (after.get("extra") or {}).get("finance_plan"):
            return []
        return [Problem("finance_plan", Text("先选好「金融方案」，再交车", "Choose the financing before handing over"))]
