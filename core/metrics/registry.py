"""The registry: what each metric means, in which unit, from which source, and how it is counted."""

from __future__ import annotations

import difflib
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peewee import fn

from ...hooks.text import Text
from ..errors import NotFound
from ..kinds import Contract, Deadline, Lead, MetricSuspension, Payment
from ..storage.queries import Query, found_in
from ..storage.reading import read_once
from .scope import Period, Scope
from .stalled import stalled

WITHIN_MINUTES = 30


@dataclass(frozen=True)
class Measure:
    """A metric's value; None where there is nothing to measure, or it is suspended.

    `count` is how many rows stand behind it.
    """

    value: float | None
    count: int
    suspended: bool = False


@dataclass(frozen=True)
class Metric:
    """One metric: `better` is up, down or empty; `compute` counts it for a scope and a period."""

    name: str
    title: Text
    unit: Text
    formula: Text
    source: Text
    better: str
    compute: Callable[[Scope, Period], Measure]
    owner: Text = Text("销售运营", "Sales operations")
    version: int = 1


def _within(query: Query, column: Any, period: Period) -> Query:
    return query.where((column >= period.since) & (column < period.until))


def _received(scope: Scope, period: Period) -> Measure:
    count = _within(scope.leads(), Lead.received_at, period).count()
    return Measure(count, count)


def _response_minutes(scope: Scope, period: Period) -> list[int]:
    query = _within(scope.leads(), Lead.received_at, period).where(Lead.response_minutes.is_null(False))
    return [minutes for (minutes,) in query.select(Lead.response_minutes).tuples()]


def _response_median(scope: Scope, period: Period) -> Measure:
    minutes = _response_minutes(scope, period)
    return Measure(statistics.median(minutes) if minutes else None, len(minutes))


def _missed_first_response() -> Query:
    # A lead that changed hands may have missed several: it is one late lead all the same.
    return Deadline.select(Deadline.lead).where((Deadline.name == "first_response") & (Deadline.state == "missed"))


def missed_first_response() -> Any:
    """Return the condition that a lead's first response was missed, asked of each lead: of few, it costs by these."""
    return fn.EXISTS(_missed_first_response().where(Deadline.lead == Lead.id))


def overdue(leads: Query) -> Query:
    """Narrow `leads` to those that are overdue: open, unanswered, their first response missed."""
    return leads.where((Lead.outcome == "open") & Lead.first_response_at.is_null() & missed_first_response())


def _open(scope: Scope, _period: Period) -> Measure:
    count = scope.leads().where(Lead.outcome == "open").count()
    return Measure(count, count)


def _overdue(scope: Scope, _period: Period) -> Measure:
    count = overdue(scope.leads()).count()
    return Measure(count, count)


def _stalled(scope: Scope, period: Period) -> Measure:
    count = stalled(scope.leads(), period).count()
    return Measure(count, count)


def _response_within(scope: Scope, period: Period) -> Measure:
    """Of the leads answered or late, the share answered in time; one still within its time is left out."""
    minutes = _response_minutes(scope, period)
    unanswered = _within(scope.leads(), Lead.received_at, period).where(Lead.response_minutes.is_null())
    late = unanswered.where(found_in(Lead.id, _missed_first_response())).count()
    total = len(minutes) + late
    return Measure(sum(m <= WITHIN_MINUTES for m in minutes) / total if total else None, total)


def _escalated(scope: Scope, period: Period) -> Measure:
    count = _within(scope.leads(), Lead.escalated_at, period).count()
    return Measure(count, count)


def _closed(outcome: str) -> Callable[[Scope, Period], Measure]:
    def compute(scope: Scope, period: Period) -> Measure:
        count = _within(scope.leads(), Lead.closed_at, period).where(Lead.outcome == outcome).count()
        return Measure(count, count)

    return compute


def _win_rate(scope: Scope, period: Period) -> Measure:
    won, lost = _closed("won")(scope, period).count, _closed("lost")(scope, period).count
    return Measure(won / (won + lost) if won + lost else None, won + lost)


def _amount(query: Query, column: Any) -> Measure:
    """Sum an amount in yuan. The column holds fen, and a sum is not a column: it is divided here."""
    fen, count = query.select(fn.SUM(column).coerce(False), fn.COUNT(column)).tuples().get()
    return Measure(int(fen) / 100 if fen is not None else 0.0, count)


def _signed(scope: Scope, period: Period) -> Measure:
    query = _within(Contract.select(), Contract.signed_at, period)
    if not scope.everything:
        query = query.where(fn.EXISTS(scope.leads().select(Lead.id).where(Lead.id == Contract.lead)))
    return _amount(query, Contract.amount)


def _paid(scope: Scope, period: Period) -> Measure:
    query = _within(Payment.select(), Payment.paid_at, period)
    if not scope.everything:
        # Asked of each payment of the period, not the other way round: a team has more leads than a month has payments.
        contracts = Contract.select(Contract.id).where(Contract.id == Payment.contract)
        query = query.where(
            fn.EXISTS(contracts.where(fn.EXISTS(scope.leads().select(Lead.id).where(Lead.id == Contract.lead))))
        )
    return _amount(query, Payment.amount)


_LEADS = Text("线索", "leads")
_COUNT = Text("条", "")
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "leads_received", Text("新线索", "New leads"), _COUNT,
            Text("期内进入的线索数", "leads received in the period"), _LEADS, "", _received,
        ),
        Metric(
            "first_response_median", Text("首次响应中位数", "Median first response"), Text("分", "min"),
            Text(
                "期内进入且已响应的线索，从分配到第一次联系上的工作时间，取中位数",
                "working minutes from assignment to the first effective follow-up, median over answered leads received in the period",
            ),
            Text("线索与跟进", "leads and follow-ups"), "down", _response_median,
        ),
        Metric(
            "response_within_30", Text("30 分钟内响应", "Answered within 30 min"), Text("%", "%"),
            Text(
                "期内进入、已响应或已超时的线索中，30 个工作分钟内响应的占比",
                "of leads received in the period and answered or late, the share answered within 30 working minutes",
            ),
            Text("线索与时限", "leads and deadlines"), "up", _response_within,
        ),
        Metric(
            "escalations", Text("升级", "Escalations"), _COUNT,
            Text("期内升级给主管的线索数", "leads escalated to a manager in the period"), _LEADS, "down", _escalated,
        ),
        Metric(
            "open_leads", Text("在手线索", "Open leads"), _COUNT,
            Text("此刻未结束的线索数，与期间无关", "leads not closed at this moment, whatever the period"), _LEADS, "", _open,
        ),
        Metric(
            "overdue_leads", Text("超时未响应", "Overdue leads"), _COUNT,
            Text(
                "此刻未结束、首次响应时限已过而仍未响应的线索数，与期间无关",
                "leads open at this moment whose first response is missed and still to come, whatever the period",
            ),
            Text("线索与时限", "leads and deadlines"), "down", _overdue,
        ),
        Metric(
            "stalled_leads", Text("停滞的线索", "Stalled leads"), _COUNT,
            Text(
                "此刻未结束、已响应、停在当前阶段比同一阶段最近走过的线索的九成都久的线索数，按负责人的工作时间；"
                "一个阶段走过的不足 10 条时不判断，与期间无关",
                "leads open at this moment and answered that have been in their stage longer than nine of ten that lately "
                "moved on from it took, in the owner’s working time; a stage that fewer than 10 have left is not judged, whatever the period",
            ),
            Text("线索与台账", "leads and journal"), "down", _stalled,
        ),
        Metric(
            "leads_won", Text("赢单", "Won"), _COUNT,
            Text("期内以赢单结束的线索数", "leads closed as won in the period"), _LEADS, "up", _closed("won"),
        ),
        Metric(
            "leads_lost", Text("输单", "Lost"), _COUNT,
            Text("期内以输单结束的线索数", "leads closed as lost in the period"), _LEADS, "down", _closed("lost"),
        ),
        Metric(
            "win_rate", Text("赢单率", "Win rate"), Text("%", "%"),
            Text("赢单 ÷（赢单 + 输单），按结束时间", "won ÷ (won + lost), by closing time"), _LEADS, "up", _win_rate,
        ),
        Metric(
            "signed_amount", Text("签约", "Signed"), Text("元", "yuan"),
            Text("期内签署的合同金额，含税", "contracts signed in the period, tax included"),
            Text("合同", "contracts"), "up", _signed,
        ),
        Metric(
            "payments_received", Text("回款", "Payments"), Text("元", "yuan"),
            Text("期内到账的金额", "money that arrived in the period"), Text("ERP 回款", "ERP payments"), "up", _paid,
        ),
    )
}  # fmt: skip


def get(name: str) -> Metric:
    """Return the metric. Raises NotFound with the nearest name there is."""
    if name not in METRICS:
        near = difflib.get_close_matches(name, METRICS, 1)
        hint = f"，是不是 {near[0]}？" if near else ""
        raise NotFound(
            f"没有指标 {name}{hint}", f"no metric {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        )
    return METRICS[name]


def measure(name: str, scope: Scope, period: Period) -> Measure:
    """Return a metric's value for a scope and a period, none while it is suspended.

    Raises NotFound for an unknown metric.
    """
    metric = get(name)
    return Measure(None, 0, True) if suspension_of(name) is not None else metric.compute(scope, period)


def suspension_of(name: str) -> MetricSuspension | None:
    """Return why a metric shows no figure now: the reason, and the rule and version that suspended it."""
    return suspended().get(name)


def suspended() -> dict[str, MetricSuspension]:
    """Return the suspended metrics by name. A request asks once."""
    return read_once("suspended metrics", _ask_suspended)


def _ask_suspended() -> dict[str, MetricSuspension]:
    return {row.metric: row for row in MetricSuspension.select().where(MetricSuspension.state == "open")}
