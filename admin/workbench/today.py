"""What waits for whoever signs in: today, tasks, inbox."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.access.naming import stand_as
from ...core.access.owners import given_to
from ...core.errors import ClewError, Conflict, Forbidden, Invalid, NotFound
from ...core.intake.follow_ups import NextStep, log_follow_up
from ...core.kinds import Contract, Lead, Notification, Payment, Task, User
from ...core.storage.ids import new_id
from ...core.workbench import contract_money
from ...core.workbench.reminding import remind
from ...core.workbench.waiting import Part, parts_of
from ...core.write.prewrite import NeedsConfirmation
from .. import words
from ..addresses import local
from ..base import ConsoleView, day_of, page_of
from ..records.contracts import enter_money, take_step
from ..records.lead_data import Given, refused
from ..session import english, locale, origin, t
from ..undo import flash_act
from . import contract_day, operations_day, own_day, team_day

_ORDER = (Part.TEAM, Part.REVIEW, Part.BOOKS, Part.OPERATIONS, Part.OWN)
"""Which part comes first of those that are equally urgent."""


class TodayView(ConsoleView):
    """今天: what waits for the viewer, by what they may do; the most urgent part first, and all done in its row."""

    group, words_, icon_name = ("", ""), ("今天", "Today"), "home"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Today", url="/", endpoint="today")

    def count(self) -> tuple[int, bool]:
        """Return how much there is to do today, and whether some of it is late."""
        return self.day.total()

    @expose("/")
    def index(self) -> str:
        """Open on one sentence, then what waits."""
        return self._page()

    @expose("/day/follow-up/<lead_id>", methods=["POST"])
    def follow_up(self, lead_id: str) -> Any:
        """Record a contact and what comes next in the row, and open the next row; once, however often it is sent."""
        if not access.visible_leads(self.actor).where(Lead.id == lead_id).exists():
            raise NotFound("没有这条线索，或者它归别的团队。", "no such lead, or it belongs to another team")
        asked = request.form
        values = {"way": asked.get("way", ""), "content": asked.get("content", "")}
        step = NextStep.of(asked.get("next_step"), asked.get("next_at", ""))
        key = f"console:{self.actor.id}:{asked['key']}" if asked.get("key") else None
        try:
            log_follow_up(self.ws, lead_id, {**values, "effective": asked.get("effective") == "1"}, step, origin(), key)
        except Invalid as error:
            refused = {one.field: one.text.for_locale(locale()) for one in error.problems}
            return self._page(open_=lead_id, typed=asked, refused=refused), error.status
        flash(t("跟进已记下", "Follow-up saved"))
        following = asked.get("then", "") if asked.get("on") == "1" else ""
        return redirect(url_for("today.index", open=following) + "#order" if following else url_for("today.index"))

    @expose("/day/contract/<contract_id>", methods=["POST"])
    def contract(self, contract_id: str) -> Any:
        """Sign a contract off, send it back with a reason, hand it in again, or archive it."""
        row = self._contract(contract_id)
        to, reason = request.form.get("status", ""), request.form.get("reason", "").strip()[:300]
        try:
            said, changed, before = take_step(self, row, to, reason, request.form.get("revision", type=int))
        except NeedsConfirmation:
            raise
        except (Invalid, Conflict) as error:
            self._refuse("contract", contract_id, error, {"reason": reason})
            return self._page(), error.status
        flash_act(said, self.actor, "contract", changed, before)
        return redirect(url_for("today.index"))

    @expose("/day/invoice/<contract_id>", methods=["POST"])
    def invoice(self, contract_id: str) -> Any:
        """Enter the invoice of a contract; a refusal keeps what was typed, in its row."""
        row = self._contract(contract_id)
        typed = {name: request.form.get(name, "").strip() for name in ("number", "amount", "issued_at")}
        try:
            enter_money(self, "invoice", row, typed, "issued_at")
        except NeedsConfirmation:
            raise
        except (Invalid, Conflict) as error:
            self._refuse("invoice", contract_id, error, typed)
            return self._page(), error.status
        flash(t(f"{row.number} 的发票已登记", f"The invoice of {row.number} is entered"))
        return redirect(url_for("today.index"))

    @expose("/day/payment/<payment_id>", methods=["POST"])
    def payment(self, payment_id: str) -> Any:
        """Say which contract a payment is for; a difference to what the contract waits for takes a reason."""
        asked = request.form
        typed = {"contract_id": asked.get("contract_id", ""), "reason": asked.get("reason", "").strip()[:300]}
        row = access.visible(self.ws.kinds, self.actor, "payment").where(Payment.id == payment_id).first()
        try:
            changed = contract_money.match(self.ws, payment_id, typed["contract_id"], origin(typed["reason"]))
        except NeedsConfirmation:
            raise
        except (Invalid, Conflict) as error:
            self._refuse("payment", payment_id, error, typed)
            return self._page(), error.status
        number = Contract.get_by_id(changed.contract_id).number
        said = t(f"{changed.number} 已认领到 {number}", f"{changed.number} goes to {number}")
        flash_act(said, self.actor, "payment", changed, row.revision)
        return redirect(url_for("today.index"))

    @expose("/day/take/<lead_id>", methods=["POST"])
    def take(self, lead_id: str) -> Any:
        """Take a lead of the team over oneself; it can be taken back."""
        access.require(self.actor, "assign")
        lead = access.visible_leads(self.actor).where(Lead.id == lead_id).first()
        if lead is None:
            raise NotFound("没有这条线索，或者它归别的团队。", "no such lead, or it belongs to another team")
        values = given_to(self.ws.kinds["lead"], self.actor.id)
        try:
            changed = self.ws.door.change("lead", lead_id, values, origin(), request.form.get("revision", type=int))
        except NeedsConfirmation:
            raise
        except (Invalid, Conflict) as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            said = t(f"「{lead.company}」由你来接", f"You took {lead.company} over")
            flash_act(said, self.actor, "lead", changed, lead.revision)
        return redirect(url_for("today.index"))

    @expose("/day/remind/<user_id>", methods=["POST"])
    def remind(self, user_id: str) -> Any:
        """Remind somebody of the team of what waits for them, once a day for each reason."""
        try:
            person, new = remind(self.ws, self.actor, user_id, request.remote_addr or "")
        except Invalid as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            told = t(f"已提醒{person.name}", f"{person.name} was reminded")
            before = t(f"今天已经提醒过{person.name}", f"{person.name} was reminded of this today already")
            flash(told if new else before)
        return redirect(url_for("today.index"))

    def _contract(self, contract_id: str) -> Contract:
        rows = access.visible(self.ws.kinds, self.actor, "contract")
        found: Contract | None = rows.where(Contract.id == contract_id).first()
        if found is None:
            raise NotFound("没有这份合同，或者你看不到它。", "no such contract, or you may not see it")
        return found

    def _refuse(self, what: str, record_id: str, error: ClewError, typed: dict[str, str]) -> None:
        """Keep what was typed in a row and why it was refused, for the page that answers."""
        g.refused_in_row = {(what, record_id): refused(error, typed)}
        flash(error.text.for_locale(locale()), "error")

    @staticmethod
    def _given(what: str, record_id: str) -> Given:
        """Return what was typed in a row and refused; nothing for all other rows."""
        found: dict[tuple[str, str], Given] = g.get("refused_in_row", {})
        return found.get((what, record_id), Given())

    def _page(self, open_: str = "", typed: Any = None, refused: dict[str, str] | None = None) -> str:
        counts = day_of(self.ws, self.actor, whole=True)
        parts = sorted(parts_of(self.actor), key=lambda part: (*counts.urgency(part), _ORDER.index(part)))
        selling = access.may(self.actor, "sells")
        # Whoever has another part has one of their own only where something waits in it.
        own = [one for one in counts.things if one.part is Part.OWN and counts[one.name]]
        if len(parts) > 1 and not own and not selling:
            parts.remove(Part.OWN)
        makers = {
            Part.TEAM: lambda: team_day.values(self),
            Part.OWN: lambda: own_day.values(self, open_ or request.args.get("open", ""), typed, refused or {}),
            Part.REVIEW: lambda: contract_day.review(self),
            Part.BOOKS: lambda: contract_day.books(self),
            Part.OPERATIONS: lambda: operations_day.values(self),
        }
        made = {part.value: makers[part]() for part in parts}
        first = made[parts[0].value] if parts else {"headline": [(t("今天没有要做的。", "Nothing to do today."), "")]}
        now = self.ws.clock.now()
        return self.show(
            "today",
            parts=[part.value for part in parts],
            made=made,
            headline=first["headline"],
            sub=first.get("sub", ""),
            date=words.day(now, self.ws.settings.zone, english()),
            given=self._given,
            nothing_yet=not Lead.select(Lead.id).exists(),
            key=lambda: new_id(now),
        )


class TasksView(ConsoleView):
    """任务: what people have to do; ticked here."""

    permission, group, words_, icon_name = "task", ("协作", "Together"), ("任务", "Tasks"), "checklist"
    counts_kind = "task"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Tasks", url="/tasks", endpoint="tasks")

    @expose("/")
    def index(self) -> str:
        """List the tasks the viewer may see."""
        state = "done" if request.args.get("state") == "done" else "open"
        query = access.visible_tasks(self.actor).where(Task.state == state)
        total = query.count()
        rows, after = page_of(query, Task.id)
        leads = {lead.id: lead for lead in Lead.select().where(Lead.id.in_([r.lead_id for r in rows if r.lead_id]))}
        names = {u.id: u.name for u in User.select()}
        return self.show(
            "tasks",
            rows=rows,
            after=after,
            total=total,
            state=state,
            leads=leads,
            openable=self.openable(leads),
            names=names,
            now=self.ws.clock.now(),
        )

    @expose("/<task_id>/tick", methods=["POST"])
    def tick(self, task_id: str) -> Any:
        """Mark a task as done, or as open again."""
        task = access.visible_tasks(self.actor).where(Task.id == task_id).first()
        if task is None:
            raise NotFound("没有这个任务。", "no such task")
        state = "open" if task.state == "done" else "done"
        said = t("已完成", "Done") if state == "done" else t("重新打开了", "Open again")
        changed = self.ws.door.change("task", task_id, {"state": state}, origin())
        flash_act(
            f"{said}：{task.title}" if not english() else f"{said}: {task.title}",
            self.actor,
            "task",
            changed,
            task.revision,
        )
        return redirect(local(request.form.get("next")) or url_for("tasks.index"))


class InboxView(ConsoleView):
    """收件箱: what Clew told the viewer."""

    group, words_, icon_name, in_rail = ("", ""), ("收件箱", "Inbox"), "inbox", False

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Inbox", url="/inbox", endpoint="inbox")

    @expose("/")
    def index(self) -> str:
        """List the viewer's messages, newest first."""
        rows, after = page_of(Notification.select().where(Notification.user == self.actor.id), Notification.id)
        customers = {row.customer_id for row in rows if row.customer_id}
        return self.show(
            "inbox",
            rows=rows,
            after=after,
            openable=self.openable(row.lead_id for row in rows),
            merged=stand_as(self.ws.kinds, self.actor, "customer", customers),
            locale=locale(),
        )

    @expose("/read", methods=["POST"])
    def read(self) -> Any:
        """Mark one message, or all, as read."""
        one = request.form.get("id", "")
        query = Notification.select().where((Notification.user == self.actor.id) & (Notification.state == "sent"))
        rows = list(query.where(Notification.id == one) if one else query.limit(500))
        if (
            one
            and not rows
            and not Notification.select()
            .where((Notification.id == one) & (Notification.user == self.actor.id))
            .exists()
        ):
            raise Forbidden("这条消息不是发给你的。", "this message is not yours")
        with self.ws.door.transaction(origin()) as tx:
            for row in rows:
                tx.change("notification", row.id, {"state": "read", "read_at": tx.now})
        return redirect(url_for("inbox.index"))
