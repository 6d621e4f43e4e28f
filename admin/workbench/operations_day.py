"""Operations' part of today: what is broken, what waits for them, what the company still lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.access import policy as access
from ...core.company.readiness import readiness
from ...core.workbench.waiting import Part
from ..session import t
from .first_rows import first_rows

if TYPE_CHECKING:
    from ..base import ConsoleView

_MARKS = {
    "dead_letters": "archive",
    "plugins_aside": "plug",
    "rule_trouble": "bolt",
    "rule_names": "bolt",
    "unowned": "user-off",
    "duplicates": "copy",
}


def values(view: ConsoleView) -> dict[str, Any]:
    """Return what the part shows: what is broken first, then what waits, then what is lacking."""
    counts, locale = view.day, t("zh", "en")
    rows = [
        {
            "name": one.name,
            "title": one.title.for_locale(locale),
            "n": counts[one.name],
            "path": one.path,
            "late": one.late,
            "first": first_rows(view, one),
            "mark": _MARKS.get(one.name, "circle-check"),
        }
        for one in counts.things
        if one.part is Part.OPERATIONS and counts[one.name]
    ]
    rows.sort(key=lambda one: not one["late"])
    lacking = [one for one in readiness(view.ws) if not one.ok] if access.may(view.actor, "rules:edit") else []
    return {
        "headline": _headline(rows, len(lacking)),
        "sub": t(
            "坏了的在前：修好原因再重试；然后是等你拿主意的。",
            "What is broken comes first: mend its cause; then what waits for you.",
        ),
        "rows": rows,
        "lacking": [(one.title.for_locale(locale), one.said.for_locale(locale), one.path) for one in lacking],
        "may_ready": access.may(view.actor, "rules:edit"),
    }


def _headline(rows: list[dict[str, Any]], lacking: int) -> list[tuple[str, str]]:
    broken, waits = [one for one in rows if one["late"]], [one for one in rows if not one["late"]]
    said: list[tuple[str, str]] = []
    if broken:
        what = t("、", ", ").join(f"{one['title']} {one['n']}" for one in broken)
        said += [(what, "late"), (t("；", "; ") if waits else t("。", "."), "")]
    if waits:
        n = sum(one["n"] for one in waits)
        things = "thing waits" if n == 1 else "things wait"
        said.append((t(f"{n} 件等你处理。", f"{n} {things} for you."), "" if broken else "risk"))
    if said:
        return said
    if lacking:
        gaps = "check is" if lacking == 1 else "checks are"
        return [
            (t("没有出错的，", "Nothing is broken; "), ""),
            (t(f"就绪检查还差 {lacking} 项。", f"{lacking} readiness {gaps} still open."), "risk"),
        ]
    return [
        (t("没有出错的，", "Nothing is broken, "), ""),
        (t("也没有等你处理的。", "and nothing waits for you."), "done"),
    ]
