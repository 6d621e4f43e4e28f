"""Leads: the list, one lead, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.access.owners import given_to
from ...core.errors import Conflict, Invalid, NotFound
from ...core.intake import take as intake
from ...core.intake.follow_ups import NextStep, log_follow_up
from ...core.kinds import Contract, Deadline, Lead, Quote, Task, Team, User
from ...core.schema.fields import Field
from ...core.schema.reserved import FORM_NAMES
from ...core.storage.ids import new_id
from ...core.storage.system_tables import JournalLine
from ...core.timeline.customer_lines import lines_of
from ...core.workbench.contracts import rule_title
from ...core.write.foreseen import closed_to, refusal
from ..base import ConsoleView, page_of
from ..session import english, locale, origin, t
from ..undo import flash_act
from .documents import folder_of
from .in_place import edit
from .lead_data import Given, refused, values_of
from .lead_head import Standing, pressing, sentence, takers
from .lead_next import next_step, stage_spans
from .lead_people import contacts_of, lead_people
from .quotes import accepted, new_path, quotes_of
from .record_page import related
from .thread_filter import thread_filter
from .timeline import Thread
from .typed_moves import check_typed
from .views import RecordsView
from .ways import needed_here, ways_of
from .wording import RecordWords, value_of

_NOT_VALUES = (*FORM_NAMES, "_choices")


class LeadsView(ConsoleView):
    """线索: the list with filters and search, one lead, and what can be done with it."""

    permission, group, words_, icon_name = "lead", ("客户", "Customers"), ("线索", "Leads"), "target"
    counts_kind = "lead"

    def __init__(self, ws: Any, records: RecordsView) -> None:
        super().__init__(ws, name="Leads", url="/leads", endpoint="leads")
        self.records = records

    @expose("/")
    def index(self) -> Any:
        """List the leads the viewer may see."""
        return self.records.view_of("lead").index_view()

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
                problems = {p.field: p.text.for_locale(locale()) for p in error.problems}
            else:
                flash(
                    t(f"「{taken.lead.company}」已进入，规则正在分配", f"“{taken.lead.company}” is in; rules assign it")
                )
                if access.visible_leads(self.actor).where(Lead.id == taken.lead.id).exists():
                    return redirect(url_for("leads.one", lead_id=taken.lead.id))
                return redirect(url_for("leads.index"))
        fields = [f for f in self.ws.kinds.of("lead") if f.form and (f.name not in ("note",))]
        contact = [f for f in self.ws.kinds.of("contact") if f.form]
        # What has no field of its own on the page is said below it: no refusal goes unseen.
        shown = {f.name for f in (*fields, *contact)}
        others = [words for name, words in problems.items() if name not in shown]
        page = self.show(
            "lead_new",
            grouped=self.ws.kinds["lead"].grouped(fields),
            contact=contact,
            problems=problems,
            others=others,
            form=request.form,
            key=self._key(),
        )
        return page, 422 if problems else 200

    @expose("/<lead_id>")
    def one(self, lead_id: str) -> str:
        """Show one lead: where it stands, what can be done, its people, its thread."""
        return self._page(self._lead(lead_id))

    @expose("/<lead_id>/follow-up", methods=["POST"])
    def follow_up(self, lead_id: str) -> Any:
        """Record a contact with the customer and what comes next; sent twice with one key it is recorded once."""
        lead, asked = self._lead(lead_id), request.form
        values = {name: asked.get(name, "") for name in ("way", "content")} | {
            "effective": asked.get("effective") == "1"
        }
        step = NextStep.of(asked.get("next_step"), asked.get("next_at", ""))
        typed = {**values, "next_step": asked.get("next_step", ""), "next_at": asked.get("next_at", "")}
        key = f"console:{self.actor.id}:{asked['key'][:40]}" if asked.get("key") else None
        try:
            log_follow_up(self.ws, lead.id, values, step, origin(), key)
        except (Invalid, Conflict) as error:
            # A key that was used for something else is not used again: what was typed now is something new.
            key = asked.get("key", "") if isinstance(error, Invalid) else ""
            return self._page(Lead.get_by_id(lead_id), follow=refused(error, typed), key=key), error.status
        flash(t("跟进已记下", "Follow-up saved"))
        return redirect(url_for("leads.one", lead_id=lead_id))

    @expose("/<lead_id>/stage", methods=["POST"])
    def move(self, lead_id: str) -> Any:
        """Move the lead to another stage."""
        stage, reason = request.form.get("stage", ""), request.form.get("reason", "")
        return self._change(lead_id, lambda: {"stage": stage}, t("阶段已更新", "Stage updated"), reason)

    @expose("/<lead_id>/edit", methods=["POST"])
    def edit(self, lead_id: str) -> Any:
        """Change fields of the lead: all of a form, or one in place, which is answered as JSON."""
        lead = self._lead(lead_id)
        return edit(
            self.ws,
            self.ws.kinds["lead"],
            lead,
            self._editable(self._whole(lead)),
            lambda given: self._page(Lead.get_by_id(lead_id), given),
            lambda: redirect(url_for("leads.one", lead_id=lead_id)),
        )

    @expose("/<lead_id>/outcome", methods=["POST"])
    def outcome(self, lead_id: str) -> Any:
        """Close the lead as won or lost, or open it again."""
        outcome = request.form.get("outcome", "")
        values = {"outcome": outcome, "lost_reason": request.form.get("lost_reason", "")}
        said = {"won": t("已赢单", "Won"), "lost": t("已输单", "Lost"), "open": t("已重新打开", "Reopened")}
        return self._change(lead_id, lambda: values, said.get(outcome, ""))

    @expose("/<lead_id>/tasks", methods=["POST"])
    def plan(self, lead_id: str) -> Any:
        """Put down something to do for this lead; sent twice with one key it is one task."""
        lead, asked = self._lead(lead_id), request.form
        typed = {name: asked.get(name, "") for name in ("title", "due_at", "assignee_id")}
        about = {"lead_id": lead.id, "customer_id": lead.customer_id}
        key = f"console:{self.actor.id}:{asked['key'][:40]}" if asked.get("key") else None
        try:
            self.ws.door.create("task", {**typed, **about}, origin(), key)
        except (Invalid, Conflict) as error:
            return self._page(Lead.get_by_id(lead_id), plan=refused(error, typed)), error.status
        flash(t("任务已记下", "Task added"))
        return redirect(url_for("leads.one", lead_id=lead_id))

    @expose("/<lead_id>/contact", methods=["POST"])
    def contact(self, lead_id: str) -> Any:
        """Make another person at the customer the one this lead is talked over with."""
        chosen = request.form.get("contact_id", "")
        theirs = contacts_of(self.ws, self.actor, self._lead(lead_id))
        if chosen not in [one.contact.id for one in theirs]:
            raise NotFound("这个客户没有这位联系人。", "the customer has no such contact")
        return self._change(lead_id, lambda: {"contact_id": chosen}, t("联系人已换", "Contact changed"))

    @expose("/<lead_id>/quote", methods=["POST"])
    def quote(self, lead_id: str) -> Any:
        """Say that a quote of this lead was sent, or what the customer answered."""
        lead = self._lead(lead_id)
        quotes = access.visible(self.ws.kinds, self.actor, "quote").where(Quote.lead == lead.id)
        found = quotes.where(Quote.id == request.form.get("quote_id", "")).first()
        if found is None:
            raise NotFound("没有这份报价，或者它归别的团队。", "no such quote, or it belongs to another team")
        revision = request.form.get("revision", type=int)
        try:
            changed = self.ws.door.change(
                "quote", found.id, {"status": request.form.get("status", "")}, origin(), revision
            )
        except (Invalid, Conflict) as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            flash_act(t("报价已更新", "Quote updated"), self.actor, "quote", changed, found.revision)
        return redirect(url_for("leads.one", lead_id=lead_id))

    @expose("/<lead_id>/unlock", methods=["POST"])
    def unlock(self, lead_id: str) -> Any:
        """Lift the lock a rule set."""
        return self._change(lead_id, lambda: {"locked": False}, t("已解锁", "Unlocked"))

    @expose("/<lead_id>/assign", methods=["POST"])
    def assign(self, lead_id: str) -> Any:
        """Give the lead to somebody else."""
        access.require(self.actor, "assign")
        kind, owner_id = self.ws.kinds["lead"], request.form.get("owner_id", "")
        user = User.get_or_none(User.id == owner_id)
        said = t(f"已转派给 {user.name}", f"Given to {user.name}") if user is not None else ""
        return self._change(lead_id, lambda: given_to(kind, owner_id), said)

    def _whole(self, lead: Lead) -> bool:
        return access.sees_whole(self.actor, lead.owner_id, lead.team_id, in_hand=lead.outcome == "open")

    def _editable(self, whole: bool) -> list[Field]:
        """Return the fields of the page's form: none that shows masked, for its mask would be saved as its value."""
        return [f for f in self.ws.kinds.of("lead") if f.form and (whole or not f.mask)]

    def _masked(self, whole: bool) -> list[Field]:
        return [f for f in self.ws.kinds.of("lead") if f.form and f.mask and not whole]

    def _change(self, lead_id: str, values: Callable[[], dict[str, Any]], said: str, reason: str = "") -> Any:
        revision, asked = request.form.get("revision", type=int), origin(reason)
        lead = self._lead(lead_id)
        check_typed(self.ws, self.ws.kinds["lead"], lead, lead.company)
        try:
            changed = self.ws.door.change("lead", lead_id, values(), asked, revision)
        except (Invalid, Conflict) as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            flash_act(said, self.actor, "lead", changed, lead.revision)
        if not access.visible_leads(self.actor).where(Lead.id == lead_id).exists():
            return redirect(url_for("leads.index"))  # It was given to another team.
        return redirect(url_for("leads.one", lead_id=lead_id))

    def _page(
        self,
        lead: Lead,
        given: Given | None = None,
        follow: Given | None = None,
        plan: Given | None = None,
        key: str = "",
    ) -> str:
        kind, here = self.ws.kinds["lead"], locale()
        whole = self._whole(lead)
        lines = lines_of(self.ws.kinds, self.actor, lead.customer_id).where(JournalLine.kind != "notification.created")
        narrowed = thread_filter(self.ws, lines, request.args, url_for("leads.one", lead_id=lead.id))
        shown, after = page_of(narrowed.lines, JournalLine.seq)
        thread = Thread(self.ws, english(), self.actor)
        contact = access.shown_contact(self.ws.kinds, lead.contact, whole)
        fields = self._editable(whole)
        words = RecordWords(self.ws, self.actor, kind, [lead], english())
        closed = self._closed(lead)
        outcomes = ("won", "lost") if lead.outcome == "open" else ("open",)
        people = lead_people(lead, self.actor.id)
        tasks = list(
            Task.select()
            .where((Task.lead == lead.id) & (Task.state != "cancelled"))
            .order_by(Task.state.desc(), Task.due_at, Task.id)
            .limit(30)
        )
        contracts = list(Contract.select().where(Contract.lead == lead.id))
        quotes = quotes_of(self.ws, self.actor, lead)
        contract_path = new_path(self.ws, self.actor, "contract", lead, accepted(quotes))
        nexts = ways_of(self.ws, self.actor, kind, lead, english())
        stage, deadline = self.stage(lead), pressing(lead.id) or self._first_response(lead)
        countdown = self._countdown(lead, deadline)
        standing = Standing(
            lead,
            stage["name"],
            deadline,
            thread.deadline(deadline.name) if deadline is not None else "",
            countdown,
            tasks,
            contracts,
            [way for way in nexts if stage["names"].index(way.stage.title.for_locale(here)) > stage["index"]],
        )
        process = self.ws.processes.get(lead.process)
        spans = stage_spans(self.ws, self._people_at_hand, lead, process, english())
        may_assign = access.may(self.actor, "assign") and lead.outcome == "open"
        return self.show(
            "lead",
            lead=lead,
            sentence=sentence(self.ws, self._people_at_hand, standing, english()),
            contact=contact,
            call=contact.get("phone", "") if whole else "",
            stage={**stage, "spans": spans},
            nexts=nexts,
            needed=needed_here(self.ws, kind, lead),
            grouped=kind.grouped(fields),
            values=values_of(words, lead, fields, given or Given()),
            others=given.others if given is not None else (),
            closed=closed,
            countdown=countdown,
            deadline=deadline,
            deadline_name=standing.deadline_name,
            entries=thread.entries(shown),
            narrowed=narrowed,
            after=after,
            next_step=next_step(standing, self.ws.clock.now(), self.page_values()["when"], quotes, contract_path),
            tasks=tasks,
            contracts=contracts,
            contract_status=self.ws.kinds["contract"].by_name["status"],
            contract_path=contract_path,
            quote_path=new_path(self.ws, self.actor, "quote", lead),
            quotes=quotes,
            quote_status=self.ws.kinds["quote"].by_name["status"],
            may_quote=bool(access.scopes(self.actor, "quote", "change")),
            related=related(self.records.view_of("lead"), lead, ("contract", "follow_up", "quote", "document")),
            folder=folder_of(self, kind, lead),
            masked=[(f, access.masked_value(f, value)) for f in self._masked(whole) if (value := value_of(lead, f))],
            cannot={one: closed or self._refused(lead, one) for one in outcomes},
            takers=takers(self.ws, self._people_at_hand, kind, lead, deadline, origin()) if may_assign else [],
            key=key or self._key(),
            task_key=self._key(),
            follow=follow or Given(),
            plan=plan or Given(typed={"assignee_id": lead.owner_id or self.actor.id}),
            people=people,
            may_plan=bool(access.scopes(self.actor, "task", "create")) and lead.outcome == "open",
            contacts=contacts_of(self.ws, self.actor, lead),
            may_add_contact=bool(access.scopes(self.actor, "contact", "create")),
            now=self.ws.clock.now(),
            ways_to_follow=self.ws.kinds["follow_up"].by_name["way"].options,
            may_unlock=access.may(self.actor, "rules:approve"),
            lock_title=rule_title(self.ws, lead.lock_rule).for_locale(here) if lead.locked and lead.lock_rule else "",
            names={u.id: u.name for u in User.select()},
            team=Team.get_or_none(Team.id == lead.team_id),
            locale=here,
        )

    def _first_response(self, lead: Lead) -> Deadline | None:
        named = (Deadline.lead == lead.id) & (Deadline.name == "first_response")
        found: Deadline | None = Deadline.select().where(named).order_by(Deadline.id.desc()).first()
        return found

    def _countdown(self, lead: Lead, deadline: Deadline | None) -> dict[str, Any]:
        """Return how the pressing deadline stands; where nobody waits any more, how the lead was answered."""
        waits = deadline is not None and deadline.state in ("open", "paused", "missed") and deadline.met_at is None
        if deadline is None or not waits or lead.outcome != "open":
            return self.countdown(lead, deadline)
        return self.time_left(lead, deadline)

    def _refused(self, lead: Lead, outcome: str) -> str:
        """Return the door's words against another outcome of the lead; empty if it has none."""
        values = {"outcome": outcome, "lost_reason": "—" if outcome == "lost" else ""}
        error = refusal(self.ws.door, self.ws.kinds["lead"], lead, values, origin())
        return error.text.for_locale(locale()) if error is not None else ""

    def _closed(self, lead: Lead) -> str:
        """Return why the viewer may not edit the lead; empty if they may."""
        values = {"company": lead.company, "outcome": lead.outcome}
        error = closed_to(self.ws.door, self.ws.kinds["lead"], lead, values, origin())
        return error.text.for_locale(locale()) if error is not None else ""

    def _lead(self, lead_id: str) -> Lead:
        lead: Lead | None = access.visible_leads(self.actor).where(Lead.id == lead_id).first()
        if lead is None:
            access.refuse_withdrawn(self.ws.kinds, self.actor, "lead", lead_id)
            raise NotFound("没有这条线索，或者它归别的团队。", "no such lead, or it belongs to another team")
        return lead

    def _key(self) -> str:
        return new_id(self.ws.clock.now())
