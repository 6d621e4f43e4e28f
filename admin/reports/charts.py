"""Charts: one Vega-Lite specification drawn to SVG on the server, for page and PDF alike."""

from __future__ import annotations

from typing import Any

import altair as alt
import vl_convert as vlc

_FONT = "Noto Sans CJK SC, system-ui, sans-serif"
_STAGES = ["#B9C6E4", "#93A7D3", "#6D87C0", "#4C69AB", "#344F8F", "#213870"]
_VARIABLES = {
    **{colour: f"s{number}" for number, colour in enumerate(_STAGES, 1)},
    "#5C6370": "muted",
    "#E5E7EB": "line",
    "#2456E6": "accent",
    "#8F5400": "risk",
}
_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "labelColor": "#5C6370",
        "gridColor": "#E5E7EB",
        "domain": False,
        "ticks": False,
        "title": None,
    },
}


def funnel(rows: list[tuple[str, int]], width: int = 300) -> str:
    """Return bars from zero with their numbers, one a stage, as SVG."""
    data = [{"stage": name, "n": n, "at": at} for at, (name, n) in enumerate(rows)]
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("stage:N", sort=[name for name, _ in rows], axis=alt.Axis(labelPadding=8)),
        x=alt.X("n:Q", axis=None, scale=alt.Scale(zero=True)),
    )
    colours = alt.Scale(domain=list(range(len(rows))), range=_STAGES[: len(rows)])
    bars = base.mark_bar(height=16, cornerRadius=2).encode(color=alt.Color("at:O", scale=colours, legend=None))
    words = base.mark_text(align="left", dx=6, fontSize=12, color="#5C6370").encode(text=alt.Text("n:Q", format=","))
    return _svg((bars + words).properties(width=width, height=28 * max(1, len(rows))))


def trend(rows: list[tuple[str, float | None]], limit: float, limit_words: str, width: int = 300) -> str:
    """Return a line over days with a dashed amber limit, as SVG."""
    data = [{"day": day, "value": value, "at": at} for at, (day, value) in enumerate(rows)]
    x = alt.X("day:N", sort=[day for day, _ in rows], axis=alt.Axis(labelAngle=0, labelOverlap=True, grid=False))
    line = (
        alt.Chart(alt.Data(values=data))
        .mark_line(color="#2456E6", strokeWidth=2, point=alt.OverlayMarkDef(color="#2456E6", size=24))
        .encode(x=x, y=alt.Y("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4)))
    )
    rule_data = alt.Data(values=[{"limit": limit, "words": limit_words}])
    rule = alt.Chart(rule_data).mark_rule(color="#8F5400", strokeDash=[4, 3]).encode(y="limit:Q")
    words = (
        alt.Chart(rule_data)
        .mark_text(color="#8F5400", align="right", dy=-7, fontSize=12)
        .encode(y="limit:Q", x=alt.value(width), text="words:N")
    )
    return _svg((line + rule + words).properties(width=width, height=160))


def themed(svg: str) -> str:
    """Return a chart for a page: its colours follow the page's theme, light or dark."""
    for colour, name in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{name})").replace(colour.lower(), f"var(--{name})")
    return svg


def _svg(chart: Any) -> str:
    return str(vlc.vegalite_to_svg({**chart.to_dict(), "config": _CONFIG}))
