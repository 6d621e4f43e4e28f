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
from ...core.kinds import Contract, Deadline, Lead, Task, Team, User
from ...core.schema.fields import Field
from ...core.schema.reserved import FORM_NAMES
from ...core.storage.ids import new_id
from ...core.storage.system_tables import JournalLine
from ...core.timeline.customer_lines import lines_of
from ..base import ConsoleView
from ..session import english, locale, origin, t
from .record_page import related
from .timeline import Thread
from .typed_moves import check_typed
from .views import RecordsView
from .ways import needed_here, ways_of
from .wording import value_of

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
        """Show one lead: its stage, its people, its thread."""
        lead = self._lead(lead_id)
        whole = access.sees_whole(self.actor, lead.owner_id, lead.team_id)
        lines = list(
            lines_of(self.ws.kinds, self.actor, lead.customer_id)
            .where(JournalLine.kind != "notification.created")
            .order_by(JournalLine.seq.desc())
            .limit(60)
        )
        deadline = (
            Deadline.select()
            .where((Deadline.lead == lead.id) & (Deadline.name == "first_response"))
            .order_by(Deadline.id.desc())
            .first()
        )
        members = (
            User.select().where(User.active & (User.team == lead.team_id))
            if lead.team_id
            else User.select().where(User.active)
        )
        return self.show(
            "lead",
            lead=lead,
            contact=access.shown_contact(self.ws.kinds, lead.contact, whole),
            stage=self.stage(lead),
            nexts=ways_of(self.ws, self.actor, self.ws.kinds["lead"], lead, english()),
            needed=needed_here(self.ws, self.ws.kinds["lead"], lead),
            grouped=self.ws.kinds["lead"].grouped(self._editable(whole)),
            countdown=self.countdown(lead, deadline),
            deadline=deadline,
            entries=Thread(self.ws, english(), self.actor).entries(lines),
            tasks=list(Task.select().where(Task.lead == lead.id).order_by(Task.state.desc(), Task.id).limit(30)),
            contracts=list(Contract.select().where(Contract.lead == lead.id)),
            related=related(self.records.view_of("lead"), lead, ("contract", "follow_up")),
            masked=[(f, access.masked_value(f, value)) for f in self._masked(whole) if (value := value_of(lead, f))],
            members=[u for u in members if "sales" in u.roles],
            key=self._key(),
            may_assign=access.may(self.actor, "assign"),
            may_unlock=access.may(self.actor, "rules:approve"),
            names={u.id: u.name for u in User.select()},
            team=Team.get_or_none(Team.id == lead.team_id),
            locale="en" if english() else "zh",
        )

    @expose("/<lead_id>/follow-up", methods=["POST"])
    def follow_up(self, lead_id: str) -> Any:
        """Record a contact with the customer and what comes next; sent twice with one key it is recorded once."""
        lead, asked = self._lead(lead_id), request.form
        values = {name: asked.get(name, "") for name in ("way", "content")} | {
            "effective": asked.get("effective") == "1"
        }
        step = NextStep.of(asked.get("next_step"), asked.get("next_at", ""))
        key = f"console:{self.actor.id}:{asked['key']}" if asked.get("key") else None
        said = t("跟进已记下", "Follow-up saved")
        return self._do(lead_id, lambda: log_follow_up(self.ws, lead.id, values, step, origin(), key), said)

    @expose("/<lead_id>/stage", methods=["POST"])
    def move(self, lead_id: str) -> Any:
        """Move the lead to another stage."""
        stage, reason = request.form.get("stage", ""), request.form.get("reason", "")
        return self._change(lead_id, lambda: {"stage": stage}, t("阶段已更新", "Stage updated"), reason)

    @expose("/<lead_id>/edit", methods=["POST"])
    def edit(self, lead_id: str) -> Any:
        """Change fields of the lead."""
        lead = self._lead(lead_id)
        whole = access.sees_whole(self.actor, lead.owner_id, lead.team_id)
        known = {f.name: f for f in self._editable(whole)}
        values: dict[str, Any] = {n: request.form[n] for n in request.form if n in known}
        for name, field in known.items():
            if field.type == "choices" and request.form.get("_choices"):
                values[name] = request.form.getlist(name)
            # What stands is not asked about: its option may have been taken out since.
            if field.type in ("choice", "choices") and (values.get(name) or None) == (value_of(lead, field) or None):
                values.pop(name, None)
        return self._change(lead_id, lambda: values, t("已保存", "Saved"))

    @expose("/<lead_id>/outcome", methods=["POST"])
    def outcome(self, lead_id: str) -> Any:
        """Close the lead as won or lost, or open it again."""
        values = {"outcome": request.form.get("outcome", ""), "lost_reason": request.form.get("lost_reason", "")}
        return self._change(lead_id, lambda: values, t("结果已更新", "Outcome updated"))

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

    def _editable(self, whole: bool) -> list[Field]:
        """Return the fields of the page's form: none that shows masked, for its mask would be saved as its value."""
        return [f for f in self.ws.kinds.of("lead") if f.form and (whole or not f.mask)]

    def _masked(self, whole: bool) -> list[Field]:
        return [f for f in self.ws.kinds.of("lead") if f.form and f.mask and not whole]

    def _change(self, lead_id: str, values: Callable[[], dict[str, Any]], said: str, reason: str = "") -> Any:
        revision, asked = request.form.get("revision", type=int), origin(reason)
        lead = self._lead(lead_id)
        check_typed(self.ws, self.ws.kinds["lead"], lead, lead.company)
        return self._do(lead_id, lambda: self.ws.door.change("lead", lead_id, values(), asked, revision), said)

    def _do(self, lead_id: str, act: Any, said: str) -> Any:
        try:
            act()
        except (Invalid, Conflict) as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            flash(said)
        return redirect(url_for("leads.one", lead_id=lead_id))

    def _lead(self, lead_id: str) -> Lead:
        lead: Lead | None = access.visible_leads(self.actor).where(Lead.id == lead_id).first()
        if lead is None:
            raise NotFound("没有这条线索，或者它归别的团队。", "no such lead, or it belongs to another team")
        return lead

    def _key(self) -> str:
        return new_id(self.ws.clock.now())
