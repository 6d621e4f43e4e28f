"""A backtest in one sentence, in both languages: what would have been better, what worse, and where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...hooks.text import Text
from ..rulebook.documents import title_of
from ..storage.system_tables import Backtest

_MOST = 3


def headline(row: Backtest, zone: ZoneInfo) -> Text:
    """Return the sentence a result opens with."""
    period = _period(row, zone)
    opening = _opening(row, period)
    said = _said(row.result)[:_MOST]
    if not said:
        same = Text("结果和现在一样，没有一处差别。", "nothing would have been otherwise.")
        if not row.documents:
            same = Text("结果和实际发生的一样，没有一处差别。", "nothing would have been otherwise than it was.")
        return Text(opening.zh + same.zh, opening.en + same.en)
    where = _where(row.result)
    zh, en = "，".join(one.zh for one in said), ", ".join(one.en for one in said)
    return Text(f"{opening.zh}{zh}{where.zh}。", f"{opening.en}{en}{where.en}.")


def _opening(row: Backtest, period: Text) -> Text:
    if not row.documents:
        return Text(f"{period.zh}若用今天的规则，", f"With today's rules, {period.en}: ")
    names = [title_of(one) for one in row.documents]
    if len(names) == 1:
        version = row.documents[0].get("version", 1)
        return Text(f"{period.zh}若用「{names[0].zh}」v{version}，", f"With “{names[0].en}” v{version}, {period.en}: ")
    return Text(f"{period.zh}若用这 {len(names)} 份草稿，", f"With these {len(names)} drafts, {period.en}: ")


def _period(row: Backtest, zone: ZoneInfo) -> Text:
    since, until = (_day(one.astimezone(zone)) for one in (row.since, row.covered_until or row.until))
    return Text(f"{since.zh}–{until.zh}", f"{since.en} – {until.en}")


def _day(moment: datetime) -> Text:
    return Text(f"{moment.month}月{moment.day}日", f"{moment.day} {moment:%b}")


def _said(result: Mapping[str, Any]) -> list[Text]:
    figures = result["figures"]
    days = max(1, figures["days"])
    found: list[Text] = []
    before, after = figures["response"]
    if before is not None and after is not None and before != after:
        gap = f"{abs(after - before):g}"
        found.append(
            Text(f"首次响应快 {gap} 分", f"the first response comes {gap} min sooner")
            if after < before
            else Text(f"首次响应慢 {gap} 分", f"the first response comes {gap} min later")
        )
    for name, zh, en in (
        ("escalations", "次升级", "escalations"),
        ("messages", "条消息", "messages"),
        ("tasks", "个任务", "tasks"),
    ):
        more = figures[name][1] - figures[name][0]
        if name == "messages":
            # Every escalation is a message, too: it is said once.
            more -= figures["escalations"][1] - figures["escalations"][0]
        if more:
            word = ("多", "more") if more > 0 else ("少", "fewer")
            each = f"{abs(more) / days:.1f}"
            found.append(
                Text(
                    f"{word[0]} {abs(more):,} {zh}（每个工作日 {each}）",
                    f"{abs(more):,} {word[1]} {en} ({each} a working day)",
                )
            )
    if moved := result["differences"].get("escalation", {}).get("moved"):
        found.append(Text(f"{moved:,} 次升级换了时间", f"{moved:,} escalations come at another time"))
    if figures["owners"]:
        found.insert(
            0,
            Text(
                f"{figures['owners']:,} 条线索换负责人",
                f"{figures['owners']:,} {'lead changes' if figures['owners'] == 1 else 'leads change'} owner",
            ),
        )
    return found or _smaller(result)


def _smaller(result: Mapping[str, Any]) -> list[Text]:
    """What differs where the counts are equal: things that come at another time, or say something else."""
    total = sum(count for of_kind in result["differences"].values() for count in of_kind.values())
    return [Text(f"数量不变，但有 {total:,} 处不同", f"as much of everything, but {total:,} differ")] if total else []


def _where(result: Mapping[str, Any]) -> Text:
    before, after = result["figures"]["escalations"]
    whole = after - before
    for team in result["teams"]:
        mine = team["escalations"][1] - team["escalations"][0]
        if whole and team["name"] and mine / whole > 0.5 and len(result["teams"]) > 1:
            return Text(f"，升级的变化多半在{team['name']}", f"; most of the change is in {team['name']}")
    return Text("", "")
