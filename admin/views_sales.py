"""The sales side of the console: today, leads, customers, tasks, inbox."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from peewee import fn

from ..core import access, intake, metrics
from ..core.errors import Conflict, Forbidden, Invalid, NotFound
from ..core.fields import OUTCOMES, SOURCES
from ..core.models import (
    Contact,
    Contract,
    Customer,
    Deadline,
    FollowUp,
    JournalLine,
    Lead,
    Notification,
    PossibleDuplicate,
    Task,
    Team,
    User,
)
from . import words
from .base import ConsoleView, page_of
from .session import english, origin, t
from .timeline import Thread

_NOT_VALUES = ("csrf_token", "key", "_choices", "confirm")


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
        process = self.ws.door.processes.get("sales")
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
            own="manager" not in current_user.roles and "ops" not in current_user.roles,
        )

    def _companies(self, tasks: list[Task]) -> dict[str, str]:
        ids = {task.lead_id for task in tasks if task.lead_id}
        rows = Lead.select(Lead.id, Lead.company).where(Lead.id.in_(ids)).tuples() if ids else ()
        return dict(rows)

    def _longest(self, lead: Lead) -> str:
        missed = (
            Deadline.select()
            .where((Deadline.lead == lead) & (Deadline.name == "first_response") & (Deadline.state == "missed"))
            .order_by(Deadline.due_at)
            .first()
        )
        over = self.ws.door.calendar.minutes_between(missed.due_at, self.ws.clock.now())
        return words.minutes(over, english())


class LeadsView(ConsoleView):
    """线索: the list with filters and search, one lead, and what can be done with it."""

    permission, group, words_, icon_name = "lead", ("客户", "Customers"), ("线索", "Leads"), "target"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Leads", url="/leads", endpoint="leads")

    @expose("/")
    def index(self) -> str:
        """List the leads the viewer may see."""
        query = access.visible_leads(self.actor)
        args = {k: v.strip() for k, v in request.args.items() if v.strip() and k != "after"}
        for name in ("stage", "outcome", "industry", "source", "owner_id", "team_id"):
            if name in args:
                query = query.where(getattr(Lead, name.removesuffix("_id")) == args[name])
        if args.get("waiting"):
            query = query.where(Lead.first_response_at.is_null() & (Lead.outcome == "open"))
        if args.get("q"):
            text = f"%{args['q']}%"
            found = Contact.select(Contact.id).where((Contact.name**text) | (Contact.phone.contains(args["q"])))
            query = query.where((Lead.company**text) | Lead.contact.in_(found))
        total = query.count()
        leads, after = page_of(query, Lead.id)
        contacts = {
            c.id: c for c in Contact.select().where(Contact.id.in_([x.contact_id for x in leads if x.contact_id]))
        }
        owners = User.select().where(User.id.in_(access.visible_leads(self.actor).select(Lead.owner).distinct()))
        industries = (
            access.visible_leads(self.actor).select(Lead.industry).where(Lead.industry != "").distinct().tuples()
        )
        return self.show(
            "leads",
            leads=leads,
            after=after,
            total=total,
            args=args,
            contacts={k: access.shown_contact(self.ws.door.fields, c, False) for k, c in contacts.items()},
            stages={lead.id: self.stage(lead) for lead in leads},
            countdowns=self.countdowns(leads),
            owners=sorted(owners, key=lambda u: u.name),
            names={u.id: u.name for u in User.select()},
            industries=sorted(row[0] for row in industries),
            stage_options=[s for p in self.ws.door.processes.all() for s in p.stages],
            outcomes=OUTCOMES,
            sources=SOURCES,
            source_words={k: v.for_locale("en" if english() else "zh") for k, v in SOURCES},
        )

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> Any:
        """Take a lead in by hand."""
        problems: dict[str, str] = {}
        if request.method == "POST":
            values = {k: v for k, v in request.form.items() if k not in _NOT_VALUES and v.strip()}
            if "pain_points" in request.form:
                values["pain_points"] = request.form.getlist("pain_points")  # type: ignore[assignment]
            try:
                taken = intake.take(self.ws, values, origin(), f"console:{self.actor.id}:{request.form.get('key', '')}")
            except Invalid as error:
                problems = {p.field: p.text.for_locale("en" if english() else "zh") for p in error.problems}
            else:
                flash(
                    t(f"「{taken.lead.company}」已进入，规则正在分配", f"“{taken.lead.company}” is in; rules assign it")
                )
                if access.visible_leads(self.actor).where(Lead.id == taken.lead.id).exists():
                    return redirect(url_for("leads.one", lead_id=taken.lead.id))
                return redirect(url_for("leads.index"))
        fields = [f for f in self.ws.door.fields.of("lead") if f.form and (f.name not in ("note",))]
        contact = [f for f in self.ws.door.fields.of("contact") if f.form]
        # What has no field of its own on the page is said below it: no refusal goes unseen.
        shown = {f.name for f in (*fields, *contact)}
        others = [words for name, words in problems.items() if name not in shown]
        page = self.show(
            "lead_new",
            fields=fields,
            contact=contact,
            problems=problems,
            others=others,
            form=request.form,
            key=self._key(),
        )
        return page, 422 if problems else 200

    @expose("/<lead_id>")
    def one(self, lead_id: str) -> str:
        """Show one lead: its stage, its people, its thread."""
        lead = self._lead(lead_id)
        whole = access.sees_whole(self.actor, lead.owner_id, lead.team_id)
        lines = list(
            JournalLine.select()
            .where((JournalLine.customer_id == lead.customer_id) & (JournalLine.kind != "notification.created"))
            .order_by(JournalLine.seq.desc())
            .limit(60)
        )
        deadline = Deadline.select().where((Deadline.lead == lead.id) & (Deadline.name == "first_response")).first()
        members = (
            User.select().where(User.active & (User.team == lead.team_id))
            if lead.team_id
            else User.select().where(User.active)
        )
        process = self.ws.door.processes.get(lead.process)
        return self.show(
            "lead",
            lead=lead,
            contact=access.shown_contact(self.ws.door.fields, lead.contact, whole),
            stage=self.stage(lead),
            nexts=[
                s for s in process.next_stages(lead.stage) if self.actor.roles & {s.role, "manager", "ops", "admin"}
            ],
            countdown=self.countdown(lead, deadline),
            entries=Thread(self.ws, english(), whole).entries(lines, self.ws.clock.now()),
            tasks=list(Task.select().where(Task.lead == lead.id).order_by(Task.state.desc(), Task.id).limit(30)),
            contracts=list(Contract.select().where(Contract.lead == lead.id)),
            fields=[f for f in self.ws.door.fields.of("lead") if f.form],
            members=[u for u in members if "sales" in u.roles],
            may_assign=access.may(self.actor, "assign"),
            may_unlock=access.may(self.actor, "rules:approve"),
            names={u.id: u.name for u in User.select()},
            team=Team.get_or_none(Team.id == lead.team_id),
            locale="en" if english() else "zh",
        )

    @expose("/<lead_id>/follow-up", methods=["POST"])
    def follow_up(self, lead_id: str) -> Any:
        """Record a contact with the customer."""
        values = {
            "lead_id": self._lead(lead_id).id,
            "way": request.form.get("way", ""),
            "content": request.form.get("content", ""),
        }
        values["effective"] = request.form.get("effective", "") == "1"
        return self._do(
            lead_id, lambda: self.ws.door.create("follow_up", values, origin()), t("跟进已记下", "Follow-up saved")
        )

    @expose("/<lead_id>/stage", methods=["POST"])
    def move(self, lead_id: str) -> Any:
        """Move the lead to another stage."""
        return self._change(lead_id, {"stage": request.form.get("stage", "")}, t("阶段已更新", "Stage updated"))

    @expose("/<lead_id>/edit", methods=["POST"])
    def edit(self, lead_id: str) -> Any:
        """Change fields of the lead."""
        known = {f.name: f for f in self.ws.door.fields.of("lead") if f.form}
        values: dict[str, Any] = {n: request.form[n] for n in request.form if n in known}
        for name, field in known.items():
            if field.type == "choices" and request.form.get("_choices"):
                values[name] = request.form.getlist(name)
        return self._change(lead_id, values, t("已保存", "Saved"))

    @expose("/<lead_id>/outcome", methods=["POST"])
    def outcome(self, lead_id: str) -> Any:
        """Close the lead as won or lost, or open it again."""
        values = {"outcome": request.form.get("outcome", ""), "lost_reason": request.form.get("lost_reason", "")}
        return self._change(lead_id, values, t("结果已更新", "Outcome updated"))

    @expose("/<lead_id>/unlock", methods=["POST"])
    def unlock(self, lead_id: str) -> Any:
        """Lift the lock a rule set."""
        return self._change(lead_id, {"locked": False}, t("已解锁", "Unlocked"))

    @expose("/<lead_id>/assign", methods=["POST"])
    def assign(self, lead_id: str) -> Any:
        """Give the lead to somebody else."""
        access.require(self.actor, "assign")
        user = User.get_or_none(User.id == request.form.get("owner_id", ""))
        if user is None:
            raise NotFound("没有这位成员。", "no such person")
        return self._change(
            lead_id, {"owner_id": user.id, "team_id": user.team_id}, t(f"已转派给 {user.name}", f"Given to {user.name}")
        )

    def _change(self, lead_id: str, values: dict[str, Any], said: str) -> Any:
        revision = request.form.get("revision", type=int)
        self._lead(lead_id)
        return self._do(lead_id, lambda: self.ws.door.change("lead", lead_id, values, origin(), revision), said)

    def _do(self, lead_id: str, act: Any, said: str) -> Any:
        try:
            act()
        except (Invalid, Conflict) as error:
            flash(error.text.for_locale("en" if english() else "zh"), "error")
        else:
            flash(said)
        return redirect(url_for("leads.one", lead_id=lead_id))

    def _lead(self, lead_id: str) -> Lead:
        lead = access.visible_leads(self.actor).where(Lead.id == lead_id).first()
        if lead is None:
            raise NotFound("没有这条线索，或者它归别的团队。", "no such lead, or it belongs to another team")
        return lead

    def _key(self) -> str:
        from ..core.ids import new_id

        return new_id(self.ws.clock.now())


class CustomersView(ConsoleView):
    """客户: the list, and one customer's thread across all departments."""

    permission, group, words_, icon_name = "customer", ("客户", "Customers"), ("客户", "Customers"), "building"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Customers", url="/customers", endpoint="customers")

    @expose("/")
    def index(self) -> str:
        """List the customers the viewer may see."""
        query = access.visible_customers(self.actor)
        text, industry = request.args.get("q", "").strip(), request.args.get("industry", "").strip()
        if text:
            query = query.where(Customer.name ** f"%{text}%")
        if industry:
            query = query.where(Customer.industry == industry)
        total = query.count()
        rows, after = page_of(query, Customer.id)
        ids = [c.id for c in rows]
        counts = (
            dict(
                Lead.select(Lead.customer, fn.COUNT(Lead.id))
                .where(Lead.customer.in_(ids))
                .group_by(Lead.customer)
                .tuples()
            )
            if ids
            else {}
        )
        found = access.visible_customers(self.actor).select(Customer.industry).where(Customer.industry != "").distinct()
        industries = sorted(c.industry for c in found)
        return self.show(
            "customers",
            rows=rows,
            after=after,
            total=total,
            q=text,
            industry=industry,
            counts=counts,
            industries=industries,
        )

    @expose("/<customer_id>")
    def one(self, customer_id: str) -> str:
        """Show a customer's thread."""
        customer = access.visible_customers(self.actor).where(Customer.id == customer_id).first()
        if customer is None:
            raise NotFound("没有这个客户，或者它归别的团队。", "no such customer, or it belongs to another team")
        leads = list(Lead.select().where(Lead.customer == customer).order_by(Lead.id.desc()).limit(20))
        whole = any(access.sees_whole(self.actor, lead.owner_id, lead.team_id) for lead in leads)
        lines, after = page_of(JournalLine.select().where(JournalLine.customer_id == customer.id), JournalLine.seq)
        return self.show(
            "customer",
            customer=customer,
            code=customer.credit_code if whole else access.mask("id", customer.credit_code),
            leads=leads,
            openable=self.openable(lead.id for lead in leads),
            stages={lead.id: self.stage(lead) for lead in leads},
            contacts=[access.shown_contact(self.ws.door.fields, c, whole) for c in customer.contacts],
            contracts=list(Contract.select().where(Contract.customer == customer)),
            entries=Thread(self.ws, english(), whole).entries(lines, self.ws.clock.now()),
            after=after,
            names={u.id: u.name for u in User.select()},
            follow_ups=FollowUp.select().where(FollowUp.customer == customer).count(),
        )


class DuplicatesView(ConsoleView):
    """可能重复: customers that may be one, for ops to say."""

    permission, group, words_ = "duplicates", ("客户", "Customers"), ("可能重复", "Duplicates")
    icon_name = "user"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Duplicates", url="/duplicates", endpoint="duplicates")

    @expose("/")
    def index(self) -> str:
        """List the pairs that wait, the newest first."""
        query = PossibleDuplicate.select().where(PossibleDuplicate.state == "open")
        rows, after = page_of(query, PossibleDuplicate.id)
        ids = [one for row in rows for one in (row.customer_id, row.other_id)]
        customers = {c.id: c for c in Customer.select().where(Customer.id.in_(ids))}
        contacts: dict[str, dict[str, str]] = {}
        for contact in Contact.select().where(Contact.customer.in_(ids)):
            contacts.setdefault(contact.customer_id, access.shown_contact(self.ws.door.fields, contact, False))
        return self.show(
            "duplicates", rows=rows, after=after, total=query.count(), customers=customers, contacts=contacts
        )

    @expose("/<pair_id>/<answer>", methods=["POST"])
    def answer(self, pair_id: str, answer: str) -> Any:
        """Merge the pair (leads, contacts and contracts move to the older customer), or keep both."""
        pair = PossibleDuplicate.get_or_none((PossibleDuplicate.id == pair_id) & (PossibleDuplicate.state == "open"))
        if pair is None or answer not in ("merge", "keep"):
            raise NotFound("这一对已经处理过了。", "this pair has been dealt with")
        with self.ws.door.transaction(origin()) as tx:
            if answer == "merge":
                new, old = intake.surviving(pair.customer), intake.surviving(pair.other)
                if new.id != old.id:
                    intake.merge(tx, new.id, old.id)
            tx.change("possible_duplicate", pair.id, {"state": "merged" if answer == "merge" else "kept"})
        flash(t("已合并", "Merged") if answer == "merge" else t("已保留为两家", "Kept as two"))
        return redirect(url_for("duplicates.index"))


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
        self.ws.door.change("task", task_id, {"state": "open" if task.state == "done" else "done"}, origin())
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
