"""How a backtest reads on its page and in its PDF: the sentence, the figures, each difference in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...core import backtest
from ...core.access.masking import masked_facts
from ...core.kinds import User
from ...core.rulebook.documents import rules_of
from ...core.storage.queries import pairs
from ...core.storage.system_tables import Backtest, BacktestDifference
from ...core.workspace import Workspace
from ...hooks.text import n_of
from ...rules.language.documents import Rule
from .. import words
from ..records.served import record_path
from ..session import english, t
from . import shown

_KINDS = {
    "owner": ("负责人", "Owner"),
    "escalation": ("升级", "Escalation"),
    "message": ("消息", "Message"),
    "task": ("任务", "Task"),
    "missed": ("超时", "Missed deadline"),
    "field": ("字段", "Field"),
    "skipped": ("对不上的动作", "Act that no longer fits"),
}


@dataclass(frozen=True)
class Figure:
    """One figure: both sides, the unit, and in words what the change means."""

    label: str
    before: str
    after: str
    unit: str
    note: str
    tone: str


class Words:
    """Puts one backtest into the viewer's words."""

    def __init__(self, ws: Workspace, row: Backtest) -> None:
        self.ws, self.row, self.result = ws, row, row.result

    @property
    def headline(self) -> str:
        """The sentence the page opens with."""
        return shown.said(backtest.headline(self.row, self.ws.settings.zone))

    @property
    def sides(self) -> tuple[str, str]:
        """What the two sides are called."""
        if not self.row.documents:
            return t("实际", "Actual"), t("今天的规则", "Today's rules")
        return t("现行", "In force"), t("草稿", "Draft")

    @property
    def state(self) -> tuple[str, str, str]:
        """The state as a word, a tone and an icon."""
        return {
            "queued": (t("排队中", "Queued"), "", "clock"),
            "running": (t("进行中", "Running"), "blue", "activity"),
            "done": (t("已完成", "Done"), "done", "circle-check"),
            "stopped": (t("已停止", "Stopped"), "risk", "minus"),
            "failed": (t("失败", "Failed"), "late", "alert-triangle"),
        }[self.row.state]

    @property
    def told(self) -> Mapping[str, Any]:
        """What the second side says of itself: lines read, events, rules, what did not fit."""
        found: Mapping[str, Any] = self.result["runs"]["candidate"]
        return found

    @property
    def seconds(self) -> str:
        """How long it took, as people say it."""
        if self.row.started_at is None or self.row.done_at is None:
            return ""
        spent = (self.row.done_at - self.row.started_at).total_seconds()
        return t(f"{spent:.0f} 秒", f"{spent:.0f} s") if spent >= 1 else t("1 秒以内", "under a second")

    @property
    def reservations(self) -> list[str]:
        """What the reader must know to read the figures rightly."""
        side = self.told
        found = [
            t(
                "人做的事照历史原样重放：跟进、改阶段、关单不会因为规则变了而变早或变晚。",
                "What people did is replayed as it was: they do not call sooner because a rule reminds them.",
            )
        ]
        if side.get("skipped"):
            found.append(
                t(
                    f"有 {side['skipped']} 个人工动作在新情形下对不上（例如任务没有产生），已跳过，列在下面。",
                    f"{side['skipped']} acts of people no longer fit (their task was never made); "
                    "they are left out and listed.",
                )
            )
        if failed := sum((side.get("failed") or {}).values()):
            found.append(
                t(
                    f"有 {failed} 个事件的动作做不成，会成为死信。",
                    f"{failed} events could not be carried out: dead letters.",
                )
            )
        if outside := sum((side.get("outside") or {}).values()):
            found.append(
                t(f"{outside} 个对外动作只计数，没有执行。", f"{outside} actions on the outside are counted, not done.")
            )
        if endless := sum((side.get("endless") or {}).values()):
            found.append(
                t(
                    f"{endless} 处规则链停不下来，已截断。",
                    f"{n_of(endless, 'chain')} of rules went round and {'was' if endless == 1 else 'were'} cut.",
                )
            )
        return found

    @property
    def figures(self) -> list[Figure]:
        """The four figures."""
        f = self.result["figures"]
        one, other = f["response"]
        gap = None if one is None or other is None else other - one
        owners = f["owners"]
        return [
            Figure(
                t("首次响应中位数", "Median first response"),
                _number(one),
                _number(other),
                t("分", "min"),
                t("不变", "unchanged")
                if not gap
                else t(f"{'慢' if gap > 0 else '快'} {abs(gap):g} 分", f"{gap:+g} min"),
                "" if not gap else "late" if gap > 0 else "done",
            ),
            Figure(
                t("48 小时无人响应、也没人知道", "Unanswered for 48 h, nobody told"),
                f"{f['untold'][0]:,}",
                f"{f['untold'][1]:,}",
                t("条", "leads"),
                t(f"无人响应共 {f['unanswered'][1]:,} 条", f"{f['unanswered'][1]:,} unanswered in all"),
                _tone(f["untold"]),
            ),
            Figure(
                t("升级给主管", "Escalations"),
                f"{f['escalations'][0]:,}",
                f"{f['escalations'][1]:,}",
                t("次", ""),
                _more(f["escalations"], f["days"]),
                "risk" if f["escalations"][1] > f["escalations"][0] else "done" if _moved(f["escalations"]) else "",
            ),
            Figure(
                t("换负责人的线索", "Leads that change owner"),
                "—",
                f"{owners:,}",
                t("条", ""),
                t(f"{f['owners_followed']:,} 条别人已跟进过", f"{f['owners_followed']:,} already worked on by another")
                if owners
                else t("不变", "unchanged"),
                "risk" if f["owners_followed"] else "",
            ),
        ]

    def table(self, by: str) -> list[dict[str, Any]]:
        """Return the rows of one tab, those that differ most first, with the share of their bar."""
        name = {"team": "teams", "rule": "rules", "person": "people"}[by]
        rows = [dict(one) for one in self.result[name]]
        for one in rows:
            one["key"] = one.get("id") or one.get("rule")
            one["title"] = self.rule(one["rule"]) if by == "rule" else one["name"] or "—"
            main = "escalations" if by == "team" else "messages" if by == "person" else "fired"
            one["main"] = one[main]
            one["more"] = one[main][1] - one[main][0]
            one["weight"] = sum(abs(b - a) for a, b in (one["escalations"], one["messages"], one["tasks"], one[main]))
        most = max((abs(one["more"]) for one in rows), default=0) or 1
        for one in rows:
            one["share"] = round(100 * abs(one["more"]) / most)
        return sorted(rows, key=lambda one: (-one["weight"], str(one["title"])))

    def per_person(self, one: Mapping[str, Any], side: int) -> str:
        """Return a team's messages for a person and working day."""
        people, days = one.get("people") or 1, max(1, self.result["figures"]["days"])
        return f"{one['messages'][side] / people / days:.1f}"

    def kind(self, kind: str) -> str:
        """Return what a kind of difference is called."""
        return t(*_KINDS.get(kind, (kind, kind)))

    def kinds(self) -> list[tuple[str, str, int]]:
        """Return the kinds that occur, with their words and how many there are."""
        return [(kind, self.kind(kind), sum(of.values())) for kind, of in self.result["differences"].items()]

    def change(self, d: BacktestDifference) -> tuple[str, str]:
        """Return a difference as what was and what would be."""
        before, after = d.before, d.after
        if d.kind == "owner":
            return self.person(before) or t("无人", "nobody"), self.person(after) or t("无人", "nobody")
        who = self.person(d.person_id)
        if d.change == "moved":
            return self._clock(before), self._clock(after)
        none = t("没有", "none")
        if d.kind == "escalation":
            words_ = t(f"升级给 {who}", f"escalated to {who}")
        elif d.kind == "skipped":
            words_ = t(f"{who or '系统'} 的动作不再适用", f"what {who or 'the system'} did no longer fits")
        elif d.kind == "field":
            return before or none, after or none
        else:
            words_ = f"{who} · {d.what}" if who else d.what
        if d.change == "changed":
            return before, after
        return (none, words_) if d.change == "added" else (words_, none)

    def person(self, person_id: str) -> str:
        """Return a person's name."""
        return self._people.get(person_id, "")

    def rule(self, rule_id: str) -> str:
        """Return a rule's title; a row of a decision table is named by its table and its number."""
        return self._rules.get(rule_id, rule_id)

    def link(self, rule_id: str) -> str:
        """Return the code of the record that a rule comes from: a row's is its table's."""
        return self._tables.get(rule_id, rule_id)

    def facts(self, d: BacktestDifference) -> list[tuple[str, str]]:
        """Return what the rule saw, in words."""
        return shown.facts_in_words(self.ws, masked_facts(self.ws.kinds, d.facts))

    def about(self, d: BacktestDifference) -> str:
        """Return what the record is called that a difference is about; empty if it is about none."""
        here = self.ws.kinds.get(d.record_kind)
        if here is None or not d.record_id:
            return ""
        return d.title or f"{t(here.title.zh, here.title.en)} {d.record_id[-6:]}"

    def path(self, d: BacktestDifference) -> str:
        """Return the address of that record's page."""
        return record_path(self.ws.kinds[d.record_kind], d.record_id)

    def _clock(self, text: str) -> str:
        return words.moment(backtest.moment_of(text), self.ws.clock.now(), self.ws.settings.zone, english()) + (
            f" {backtest.moment_of(text).astimezone(self.ws.settings.zone):%H:%M}"
        )

    @cached_property
    def _people(self) -> dict[str, str]:
        return dict(pairs(User.select(User.id, User.name)))

    @cached_property
    def _known(self) -> list[Rule]:
        drafts = [rule for one in self.row.documents for rule in rules_of(one)]
        return [*self.ws.ruleset.rules, *drafts]

    @cached_property
    def _rules(self) -> dict[str, str]:
        found = {}
        for rule in self._known:
            title = rule.title[shown.language()]
            found[rule.id] = t(f"{title} 第 {rule.row} 行", f"{title}, row {rule.row}") if rule.row else title
        return found

    @cached_property
    def _tables(self) -> dict[str, str]:
        return {rule.id: rule.table for rule in self._known if rule.table}


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:g}"


def _moved(pair: Any) -> bool:
    return bool(pair[0] != pair[1])


def _tone(pair: Any) -> str:
    return "" if not _moved(pair) else "done" if pair[1] < pair[0] else "late"


def _more(pair: Any, days: int) -> str:
    more = pair[1] - pair[0]
    if not more:
        return t("不变", "unchanged")
    each = f"{abs(more) / max(1, days):.1f}"
    return t(f"{'多' if more > 0 else '少'} {abs(more):,} 次 · 每个工作日 {each}", f"{more:+,} · {each} a working day")
