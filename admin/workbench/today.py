"""What waits for whoever signs in: today, tasks, inbox."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_admin import expose
from peewee import fn

from ...core import metrics
from ...core.access import policy as access
from ...core.errors import Forbidden, NotFound
from ...core.kinds import Deadline, Lead, Notification, Task, User
from ...core.kinds.deadline_clock import clock_of
from ...core.storage.queries import pairs
from .. import words
from ..base import ConsoleView, page_of
from ..session import english, origin, t
from ..undo import flash_act


class TodayView(ConsoleView):
    """今天: who needs help, or what to do first."""

    group, words_, icon_name = ("", ""), ("今天", "Today"), "home"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Today", url="/", endpoint="today")

    @expose("/")
    def index(self) -> str:
        """Open on one sentence, then what waits."""
        mine = access.visible_leads(self.actor)
        waiting = mine.where((Lead.outcome == "open") & Lead.first_response_at.is_null())
        overdue = metrics.overdue(mine)
        since = Deadline.select(fn.MIN(Deadline.due_at)).where(
            (Deadline.lead == Lead.id) & (Deadline.name == "first_response") & (Deadline.state == "missed")
        )
        late = list(overdue.order_by(since).limit(20))
        open_tasks = access.visible_tasks(self.actor).where(Task.state == "open")
        tasks = list(open_tasks.order_by(Task.due_at.asc(nulls="last"), Task.id).limit(20))
        names = {u.id: u.name for u in User.select()}
        worst = [
            (names.get(owner, t("未分配", "Nobody")), n)
            for owner, n in overdue.select(Lead.owner, fn.COUNT(Lead.id).alias("n"))
            .group_by(Lead.owner)
            .order_by(fn.COUNT(Lead.id).desc(), Lead.owner)
            .tuples()
        ]
        stages = list(
            mine.select(Lead.process, Lead.stage, fn.COUNT(Lead.id).alias("n"))
            .where((Lead.outcome == "open") & (Lead.process == "sales"))
            .group_by(Lead.process, Lead.stage)
        )
        counts = {row.stage: row.n for row in stages}
        process = self.ws.processes.get("sales")
        locale = "en" if english() else "zh"
        funnel = [(s.title.for_locale(locale), counts.get(s.name, 0)) for s in process.stages]
        shown = late or list(waiting.order_by(Lead.received_at).limit(20))
        return self.show(
            "today",
            late=late,
            shown=shown,
            late_total=overdue.count(),
            longest=self._longest(late[0]) if late else "",
            worst=worst,
            countdowns=self.countdowns(shown),
            tasks=tasks,
            tasks_total=open_tasks.count(),
            companies=self._companies(tasks),
            openable=self.openable([lead.id for lead in shown] + [task.lead_id for task in tasks]),
            process=process.title.for_locale(locale),
            names=names,
            funnel=funnel,
            most=max([n for _, n in funnel] + [1]),
            own=not access.may(self.actor, "see:team"),
        )

    def _companies(self, tasks: list[Task]) -> dict[str, str]:
        ids = {task.lead_id for task in tasks if task.lead_id}
        return dict(pairs(Lead.select(Lead.id, Lead.company).where(Lead.id.in_(ids)))) if ids else {}

    def _longest(self, lead: Lead) -> str:
        missed = (
            Deadline.select()
            .where((Deadline.lead == lead) & (Deadline.name == "first_response") & (Deadline.state == "missed"))
            .order_by(Deadline.due_at)
            .first()
        )
        over = clock_of(self.ws.calendar, self._people_at_hand, lead.owner_id, lead.team_id).minutes_between(
            missed.due_at, self.ws.clock.now()
        )
        return words.minutes(over, english())


class TasksView(ConsoleView):
    """任务: what people have to do; ticked here."""

    permission, group, words_, icon_name = "task", ("协作", "Together"), ("任务", "Tasks"), "checklist"

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
        back = request.form.get("next", "")
        return redirect(back if back.startswith("/") and not back.startswith("//") else url_for("tasks.index"))


class InboxView(ConsoleView):
    """收件箱: what Clew told the viewer."""

    group, words_, icon_name, in_rail = ("", ""), ("收件箱", "Inbox"), "inbox", False

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Inbox", url="/inbox", endpoint="inbox")

    @expose("/")
    def index(self) -> str:
        """List the viewer's messages, newest first."""
        rows, after = page_of(Notification.select().where(Notification.user == self.actor.id), Notification.id)
        return self.show("inbox", rows=rows, after=after, openable=self.openable(row.lead_id for row in rows))

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
