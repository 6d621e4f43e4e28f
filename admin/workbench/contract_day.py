"""The parts of today about contracts and money: what waits for review, and what is to be invoiced, archived, matched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import request
from peewee import fn

from ...core.access import policy as access
from ...core.kinds import Contract, Customer, Lead, Payment
from ...core.storage.queries import pairs
from ...core.storage.system_tables import JournalLine
from ...core.time.working_calendar import NoWorkingTime
from ...core.workbench.contract_money import money_of
from ...core.workbench.contracts import contracts_of
from ...core.workbench.invoicing import WORKING_DAYS, derived, invoice_due
from ...hooks.text import Text, n_of
from .. import words
from ..records.contract_head import acts_of
from ..records.documents import folder_of
from ..records.wording import RecordWords
from ..session import english, origin, t

if TYPE_CHECKING:
    from ..base import ConsoleView

_WEEKDAYS = (Text("周一", "Mon"), Text("周二", "Tue"), Text("周三", "Wed"), Text("周四", "Thu"), Text("周五", "Fri"))
_WEEKEND = (Text("周六", "Sat"), Text("周日", "Sun"))
_REASONS = (
    Text("银行手续费", "bank charges"),
    Text("客户少付", "the customer paid less"),
    Text("扣质保金", "retention kept back"),
    Text("分期付款", "an instalment"),
)
"""What is offered for a difference; any other words do."""
_MOST_CANDIDATES = 20
_SHOWN = 8


def review(view: ConsoleView) -> dict[str, Any]:
    """Return the contracts that wait for review, the oldest first, with what was said of them before."""
    counts = view.day
    thing = {one.name: one for one in counts.things}["to_review"]
    n = counts["to_review"]
    rows = contracts_of(view.ws, thing.rows) if n else []
    if not n:
        headline = [
            (t("没有合同等终审。", "No contract waits for review."), ""),
            (t("都审完了。", "All reviewed."), "done"),
        ]
        return {"headline": headline, "rows": [], "total": 0, "path": thing.path, "sub": ""}
    asked = request.args.get("contract", "")
    chosen = next((one for one in rows if one.contract.id == asked), rows[0])
    kind = view.ws.kinds["contract"]
    folder = folder_of(view, kind, chosen.contract)
    said = RecordWords(view.ws, view.actor, kind, [chosen.contract], english())
    span = words.minutes(rows[0].minutes, english())
    plural = "contract waits" if n == 1 else "contracts wait"
    return {
        "headline": [
            (t(f"{n} 份合同等终审", f"{n} {plural} for review"), "risk"),
            (t(f"，最久等了 {span}（工作时间）。", f", the longest for {span} (working time)."), ""),
        ],
        "sub": _sub(_done_today(view)),
        "rows": [(one, words.minutes(one.minutes, english())) for one in rows],
        "chosen": chosen,
        "acts": acts_of(view.ws, kind, chosen.contract, origin()),
        "scan": next((one for one in folder.there if one.shown), None) if folder is not None else None,
        "clauses": _clauses(view, said, chosen.contract),
        "total": n,
        "path": thing.path,
        "sum": words.wan(_sum(thing.rows), english()),
    }


def _sub(done: dict[str, int]) -> str:
    total = done["approved"] + done["back"]
    if not total:
        return t(
            "等得久的在前。退回要写明改哪一条、改成什么。",
            "Oldest first. To send one back, say what to change, and to what.",
        )
    return t(
        f"等得久的在前。今天已审 {total} 份：通过 {done['approved']}，退回 {done['back']}。",
        f"Oldest first. Reviewed today: {total}, of which {done['approved']} approved and {done['back']} sent back.",
    )


def _clauses(view: ConsoleView, said: RecordWords, contract: Contract) -> list[dict[str, str]]:
    """Return what the contract says as it was entered, to hold against the scan; what differs from the lead is marked."""
    kind = view.ws.kinds["contract"]
    found = []
    for one in kind.arranged:
        if one.form and one.name not in ("status", "signed_at"):
            found.append(
                {"label": said_label(one), "value": said.text(contract, one, exact=True), "tone": "", "note": ""}
            )
    lead = Lead.get_or_none(Lead.id == contract.lead_id) if contract.lead_id else None
    if lead is not None and lead.budget is not None and access.sees(view.ws.kinds, view.actor, "lead", lead.id):
        same = lead.budget == contract.amount
        budget = words.yuan_exact(lead.budget)
        note = (
            t("和合同金额一致", "as the contract has it") if same else t("和合同金额不同", "differs from the contract")
        )
        label = t("商机预算", "Lead’s budget")
        found.append({"label": label, "value": budget, "tone": "done" if same else "risk", "note": note})
    return found


def said_label(field: Any) -> str:
    """Return a field's label in the viewer's language."""
    return str(field.label.for_locale(t("zh", "en")))


def _done_today(view: ConsoleView) -> dict[str, int]:
    """Return how many contracts the viewer approved and sent back today."""
    ws, states = view.ws, view.ws.kinds["contract"].states
    if states is None:
        return {"approved": 0, "back": 0}
    zone = ws.settings.zone
    since = datetime.combine(ws.clock.now().astimezone(zone).date(), time(), zone)
    mine = (JournalLine.actor_id == view.actor.id) & (JournalLine.at >= since)
    lines = JournalLine.select().where(mine & (JournalLine.kind == "contract.status_changed")).limit(500)
    steps = [states.step(one.before.get(states.field, ""), one.after.get(states.field, "")) for one in lines]
    reviewed = states.waiting_for("reviews")
    done = [one for one in steps if one is not None and one.source in reviewed]
    return {"approved": sum(not one.back for one in done), "back": sum(one.back for one in done)}


def books(view: ConsoleView) -> dict[str, Any]:
    """Return what is to be invoiced, archived and matched, with how the days were counted."""
    counts = view.day
    things = {one.name: one for one in counts.things}
    late, billing = counts["invoice_late"], counts["invoice_late"] + counts["to_invoice"]
    archive, match = counts["to_archive"], counts["to_match"]
    said: list[tuple[str, str]] = []
    if late:
        total = words.wan(_sum(things["invoice_late"].rows), english())
        contracts = "contract" if late == 1 else "contracts"
        said.append(
            (
                t(
                    f"{late} 份合同签署超 {WORKING_DAYS} 个工作日未开票，合计 {total}",
                    f"{late} {contracts} not invoiced {WORKING_DAYS} working days after signing, {total} in all",
                ),
                "late",
            )
        )
    if match:
        payments = "payment is" if match == 1 else "payments are"
        said.append((t(f"{match} 笔到账还没对上", f"{match} {payments} not matched"), "" if late else "risk"))
    if not late and billing + archive:
        said.append(
            (
                t(
                    f"开票 {billing} 份、归档 {archive} 份没有超时",
                    f"{billing} to invoice and {archive} to archive are in time",
                ),
                "",
            )
        )
    if not said:
        said = [(t("没有要开票、归档、认领的", "Nothing to invoice, archive or match"), "done")]
    joined = [part for one in said for part in ((t("；", "; "), ""), one)][1:]
    in_all = billing + archive + match
    return {
        "headline": [*joined, (t("。", "."), "")],
        "sub": t(
            f"{in_all} 件：开票 {billing}、归档 {archive}、到账 {match}。期限按工作日算，从签署次日数起。",
            f"{in_all} in all: {billing} to invoice, {archive} to archive, {match} to match. "
            "Working days count from the day after signing.",
        ),
        "figures": _figures(view, things),
        "billing": _billing(view, things),
        "billing_total": billing,
        "late": late,
        "paths": {name: things[name].path for name in ("invoice_late", "to_invoice", "to_archive", "to_match")},
        "counts": {name: counts[name] for name in ("invoice_late", "to_invoice", "to_archive", "to_match")},
        "archive": [
            (one, words.minutes(one.minutes, english()))
            for one in contracts_of(view.ws, things["to_archive"].rows, _SHOWN)
        ]
        if archive
        else [],
        "today": f"{view.ws.clock.now().astimezone(view.ws.settings.zone):%Y-%m-%dT%H:%M}",
        "reasons": [one.for_locale(t("zh", "en")) for one in _REASONS],
        "match": _matching(view, things["to_match"].rows) if match else [],
    }


def _figures(view: ConsoleView, things: Any) -> list[dict[str, str]]:
    """Return how much of each there is now, with the amount: together they are what the sentence counts."""
    copies, sums = t("份", ""), t("笔", "")
    titles = (
        ("invoice_late", t("超时未开票", "Invoice late"), copies),
        ("to_invoice", t("待开票，未超时", "To invoice, in time"), copies),
        ("to_archive", t("待归档", "To archive"), copies),
        ("to_match", t("到账待认领", "Payments to match"), sums),
    )
    found = []
    for name, label, unit in titles:
        n = view.day[name]
        model = Payment if name == "to_match" else Contract
        note = words.wan(_sum(things[name].rows, model), english()) if n else ""
        tone = "late" if name == "invoice_late" and n else ""
        path = things[name].path if n else ""
        found.append({"label": label, "value": f"{n:,}", "unit": unit, "note": note, "tone": tone, "path": path})
    return found


def _billing(view: ConsoleView, things: Any) -> list[dict[str, Any]]:
    """Return the contracts to invoice, the most overdue first: each with its due day, and how that was counted."""
    ws, now, zone = view.ws, view.ws.clock.now(), view.ws.settings.zone
    ids = [thing.rows.select(Contract.id) for thing in (things["invoice_late"], things["to_invoice"])]
    signed = access.visible(ws.kinds, view.actor, "contract").where(Contract.id.in_(ids[0]) | Contract.id.in_(ids[1]))
    rows = list(signed.order_by(Contract.signed_at, Contract.id).limit(_SHOWN))
    names = _customers(row.customer_id for row in rows)
    found = []
    for row in rows:
        try:
            due = invoice_due(ws, row.signed_at)
        except NoWorkingTime:
            due = None
        over = ws.calendar.main.days_between(due, now) if due is not None and due < now else 0
        left = ws.calendar.main.days_between(now, due, today=True) if due is not None and due >= now else 0
        if due is None:
            said, tone = t("日历里没有工作日", "no working day on the calendar"), "risk"
        elif due >= now and due.astimezone(zone).date() == now.astimezone(zone).date():
            said, tone = t("今天到期", "due today"), "risk"
        elif due < now:
            said, tone = (
                t(f"已超 {over} 个工作日", f"{n_of(over, 'working day')} late")
                if over
                else t("已过到期日", "past due"),
                "late",
            )
        else:
            said, tone = t(f"剩 {left} 个工作日", f"{n_of(left, 'working day')} left"), ""
        found.append(
            {
                "contract": row,
                "customer": names.get(row.customer_id, ""),
                "said": said,
                "tone": tone,
                "due": words.day(due, zone, english()) if due is not None else "",
                "days": [_day(one) for one in derived(ws, row.signed_at)] if due is not None else [],
            }
        )
    return found


def _day(one: Any) -> dict[str, str]:
    dates = f"{one.first.month}/{one.first.day}"
    if one.last != one.first:
        dates += f"–{one.last.day}" if one.last.month == one.first.month else f"–{one.last.month}/{one.last.day}"
    else:
        dates += " " + (*_WEEKDAYS, *_WEEKEND)[one.first.weekday()].for_locale(t("zh", "en"))
    said = {
        "signed": t("签署", "signed"),
        "counted": t(f"第 {one.number}", f"day {one.number}"),
        "closed": t("不算", "closed"),
        "due": t("到期", "due"),
        "over": t(f"已超 {one.number}", f"{one.number} late"),
    }[one.what]
    return {"what": one.what, "dates": dates, "said": said}


def _matching(view: ConsoleView, rows: Any) -> list[dict[str, Any]]:
    """Return the payments to match, the newest first, each with the contracts of its customer that it may be for."""
    payments = list(rows.order_by(Payment.paid_at.desc(), Payment.id).limit(10))
    ids = {row.customer_id for row in payments}
    names = _customers(ids)
    seen = access.visible(view.ws.kinds, view.actor, "contract").where(Contract.customer.in_(ids))
    signed = Contract.status.in_(view.ws.kinds["contract"].sign_off[1])
    contracts = list(seen.where(signed).order_by(Contract.id.desc()).limit(200))
    money = money_of(contracts)
    found = []
    for row in payments:
        own = [one for one in contracts if one.customer_id == row.customer_id][:_MOST_CANDIDATES]
        # The likely one stands first; nothing is filled in without its button.
        own.sort(key=lambda one: (money[one.id].open <= 0, abs(money[one.id].open - row.amount)))
        differs = bool(own) and money[own[0].id].open != row.amount
        found.append(
            {
                "payment": row,
                "customer": names.get(row.customer_id, ""),
                "contracts": [(one, words.yuan_exact(money[one.id].open), str(money[one.id].open)) for one in own],
                "differs": differs,
                "basis": _basis(row, own[0], money[own[0].id].open) if own else "",
                "by": _difference(row.amount - money[own[0].id].open) if differs else "",
            }
        )
    return found


def _basis(payment: Payment, contract: Contract, waited_for: Decimal) -> str:
    """Return why a contract is the likely one, and how far the amounts are apart."""
    if payment.amount == waited_for:
        return t("户名和金额都对得上", "payer and amount agree")
    apart = abs(payment.amount - waited_for) / waited_for * 100 if waited_for > 0 else Decimal(100)
    return t(
        f"户名对得上；{contract.number} 的金额差 {apart:.2f}%",
        f"the payer agrees; {contract.number} differs by {apart:.2f}%",
    )


def _difference(amount: Decimal) -> str:
    said = words.yuan_exact(abs(amount))
    return t(f"多 {said}", f"{said} more") if amount > 0 else t(f"少 {said}", f"{said} less")


def _customers(ids: Iterable[str]) -> dict[str, str]:
    wanted = set(ids)
    return dict(pairs(Customer.select(Customer.id, Customer.name).where(Customer.id.in_(wanted)))) if wanted else {}


def _sum(rows: Any, model: Any = Contract) -> Decimal:
    fen = rows.select(fn.SUM(model.amount).coerce(False)).scalar()
    return Decimal(int(fen)) / 100 if fen is not None else Decimal(0)
