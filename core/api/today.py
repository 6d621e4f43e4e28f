"""What waits for the caller over the API: what the console's page of today, its rail and its lists count."""

from __future__ import annotations

from typing import Any

from ..workbench import Waiting, waiting
from ..workbench.counts import Counts, count
from . import shapes
from .blueprint import Blueprint
from .caller import actor, token_needed, workspace

blueprint = Blueprint("api_today", "today", description="What waits for the caller")


@blueprint.get("/today")
@token_needed
@blueprint.response(200, shapes.Today)
def read_today() -> dict[str, Any]:
    """Count what there is to do for the caller today, the most urgent of each part first."""
    counts = count(waiting(workspace(), actor()))
    total, late = counts.total()
    return {"total": total, "late": late, "items": [_shown(one, counts) for one in counts.things]}


def _shown(one: Waiting, counts: Counts) -> dict[str, Any]:
    title = {"zh": one.title.zh, "en": one.title.en}
    shown = {name: getattr(one, name) for name in ("name", "kind", "late", "counted", "path")}
    return {**shown, "part": one.part.value, "title": title, "count": counts[one.name]}
