"""就绪检查: what the company still lacks, and where to mend it."""

from __future__ import annotations

from typing import Any

from flask_admin import expose

from ...core.company.readiness import readiness
from ..base import ConsoleView


class ReadinessView(ConsoleView):
    """就绪检查: everything a lead needs on its way, checked as the page is opened."""

    permission, group, words_ = "rules:edit", ("系统", "System"), ("就绪检查", "Readiness")
    icon_name = "checklist"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Readiness", url="/readiness", endpoint="readiness")

    @expose("/")
    def index(self) -> str:
        """Show every check, what is lacking first."""
        found = readiness(self.ws)
        lacking = sum(not one.ok for one in found)
        return self.show("readiness", checks=sorted(found, key=lambda one: one.ok), lacking=lacking)
