"""What waits for an actor: each thing as a query, with its title, whether it is late, and the page that lists its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from peewee import SQL, fn

from ...hooks.text import Text
from .. import metrics
from ..access import policy as access
from ..journal.origin import Actor
from ..kinds import Contract, Deadline, FollowUp, Invoice, Lead, Payment, PossibleDuplicate, RuleVersion, Task
from ..kinds.standing_in import standing_of
from ..roles import may, scopes
from ..schema.states import States
from ..storage.queries import Query, found_in
from ..storage.system_tables import Dispatch, NameTrouble, PluginHealth, RuleTrouble
from ..workspace import Workspace
from .invoicing import invoice_before

OLD = timedelta(days=1)
"""A version that waits longer than this for a second person is late."""


class Part(StrEnum):
    """A part of somebody's day."""

    TEAM = "team"
    OWN = "own"
    REVIEW = "review"
    BOOKS = "books"
    OPERATIONS = "operations"


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: `rows` are its records, `path` is the page of the console that lists exactly these.

    What is not `counted` is worth knowing, but nothing for the actor to do today. `kind` is empty for what is no record.
    """

    name: str
    part: Part
    title: Text
    rows: Query
    path: str
    kind: str = ""
    late: bool = False
    counted: bool = True


def waiting(ws: Workspace, actor: Actor, *, whole: bool = True) -> tuple[Waiting, ...]:
    """Return what there may be to do for an actor at this moment, the most urgent of each part first.

    Without `whole` only what is `counted`. Asks at most for the usual stay in each stage, of what is not.
    """
    return tuple(one for one in _Day(ws, actor, whole).everything() if whole or one.counted)


def named(ws: Workspace, actor: Actor, name: str) -> Waiting | None:
    """Return one of these by its name, None if the actor has none called so."""
    return next((one for one in waiting(ws, actor) if one.name == name), None)


def parts_of(actor: Actor) -> list[Part]:
    """Return the parts that an actor's day has, by what they may do."""
    rules: tuple[tuple[Part, Callable[[], bool]], ...] = (
        (Part.TEAM, lambda: may(actor, "manages") and may(actor, "see:team")),
        (Part.OWN, lambda: may(actor, "lead") or may(actor, "task")),
        (Part.REVIEW, lambda: may(actor, "reviews") and bool(scopes(actor, "contract", "move"))),
        (Part.BOOKS, lambda: may(actor, "books") and bool(scopes(actor, "contract", "move"))),
        (
            Part.OPERATIONS,
            lambda: any(may(actor, one) for one in ("dead_letters", "plugins", "rules:edit", "duplicates")),
        ),
    )
    return [part for part, has in rules if has()]


class _Day:
    """The queries of one actor's day."""

    def __init__(self, ws: Workspace, actor: Actor, whole: bool) -> None:
        self.ws, self.actor, self.whole, self.now = ws, actor, whole, ws.clock.now()

    def everything(self) -> Iterator[Waiting]:
        made = {
            Part.TEAM: self._team,
            Part.OWN: self._own,
            Part.REVIEW: self._review,
            Part.BOOKS: self._books,
            Part.OPERATIONS: self._operations,
        }
        for part in parts_of(self.actor):
            yield from made[part]()
        yield from self._approvals()

    # ---- A team

    @property
    def _manages(self) -> bool:
        return Part.TEAM in parts_of(self.actor)

    def _team(self) -> Iterator[Waiting]:
        leads = metrics.scope_for(self.actor).leads()
        yield _of_kind("team_late", Part.TEAM, Text("超时未响应", "Late"), "lead", metrics.overdue(leads), late=True)
        unowned = leads.where(Lead.owner.is_null() & (Lead.outcome == "open"))
        yield _of_kind(
            "team_unowned", Part.TEAM, Text("没有负责人的线索", "Leads without an owner"), "lead", unowned, late=True
        )
        contracts = self._seen("contract")
        late = self._to_invoice(contracts).where(Contract.signed_at < self._invoice_before)
        title = Text("签署超 5 个工作日未开票的合同", "Contracts not invoiced 5 working days after signing")
        yield _of_kind("team_uninvoiced", Part.TEAM, title, "contract", late, late=True, counted=False)
        revising = contracts.where(Contract.status.in_(self._states.sent_back))
        title = Text("退回后还在改的合同", "Contracts sent back and being revised")
        yield _of_kind("team_revising", Part.TEAM, title, "contract", revising, counted=False)
        reviewed = contracts.where(Contract.status == "legal_review")
        title = Text("等法务终审的合同", "Contracts in legal review")
        yield _of_kind("team_reviews", Part.TEAM, title, "contract", reviewed, counted=False)
        if self.whole:
            title = Text("停滞的线索", "Stalled leads")
            yield _of_kind(
                "team_stalled", Part.TEAM, title, "lead", metrics.stalled(leads, self._moment), counted=False
            )
            paused = leads.where(
                (Lead.outcome == "open") & Lead.first_response_at.is_null() & found_in(Lead.id, _deadlines("paused"))
            )
            title = Text("时限暂停的线索", "Leads whose deadline is paused")
            yield _of_kind("team_paused", Part.TEAM, title, "lead", paused, counted=False)

    # ---- One's own

    @cached_property
    def _people(self) -> list[str]:
        """The actor, and whose place they take."""
        return [self.actor.id, *standing_of(self.actor, self.ws.kinds).people]

    def _own(self) -> Iterator[Waiting]:
        if may(self.actor, "lead"):
            yield from self._own_leads()
        if may(self.actor, "task"):
            yield from self._own_tasks()

    def _own_leads(self) -> Iterator[Waiting]:
        own = self._seen("lead").where(Lead.owner.in_(self._people) & (Lead.outcome == "open"))
        unanswered = own.where(Lead.first_response_at.is_null())
        late = metrics.overdue(own)
        # Who manages the team has these among the team's.
        title = Text("我的超时未响应", "My late leads")
        yield _of_kind("late_leads", Part.OWN, title, "lead", late, late=True, counted=not self._manages)
        paused = found_in(Lead.id, _deadlines("paused"))
        due = unanswered.where(~metrics.missed_first_response() & ~paused)
        yield _of_kind("due_leads", Part.OWN, Text("等我首次响应", "Waiting for my first answer"), "lead", due)
        later = FollowUp.alias()
        newer = later.select(later.id).where((later.lead == FollowUp.lead) & (later.id > FollowUp.id))
        planned = FollowUp.select(FollowUp.lead).where(
            (FollowUp.next_at < self._tomorrow) & ~fn.EXISTS(newer) & found_in(FollowUp.lead, own.select(Lead.id))
        )
        # A next step with a task is that task's.
        tasks = Task.select(SQL("1")).where(
            (Task.lead == Lead.id) & (Task.state == "open") & (Task.due_at < self._tomorrow)
        )
        follow = own.where(Lead.first_response_at.is_null(False) & found_in(Lead.id, planned) & ~fn.EXISTS(tasks))
        yield _of_kind("follow_ups", Part.OWN, Text("约好今天再跟进", "To be followed up today"), "lead", follow)
        title = Text("时限暂停，在等别人", "Paused, waiting for others")
        yield _of_kind("paused_leads", Part.OWN, title, "lead", unanswered.where(paused), counted=False)
        if self.whole:
            title = Text("停滞的线索", "Stalled leads")
            yield _of_kind("stalled_leads", Part.OWN, title, "lead", metrics.stalled(own, self._moment), counted=False)
        contracts = self._seen("contract").where(found_in(Contract.lead, own.select(Lead.id)))
        title = Text("我的合同等法务终审", "My contracts in legal review")
        reviewed = contracts.where(self._waits_for("reviews"))
        yield _of_kind("my_reviews", Part.OWN, title, "contract", reviewed, counted=False)
        title = Text("退回给我改的合同", "Contracts sent back to me")
        back = contracts.where(Contract.status.in_(self._states.sent_back))
        yield _of_kind("my_revisions", Part.OWN, title, "contract", back)

    def _own_tasks(self) -> Iterator[Waiting]:
        own = self._seen("task").where(Task.assignee.in_(self._people) & (Task.state == "open"))
        late, today = Task.due_at < self.now, (Task.due_at >= self.now) & (Task.due_at < self._tomorrow)
        later = Task.due_at.is_null() | (Task.due_at >= self._tomorrow)
        yield _of_kind("late_tasks", Part.OWN, Text("过期的任务", "Overdue tasks"), "task", own.where(late), late=True)
        yield _of_kind("today_tasks", Part.OWN, Text("今天到期的任务", "Tasks due today"), "task", own.where(today))
        title = Text("不急的任务", "Tasks for later")
        yield _of_kind("later_tasks", Part.OWN, title, "task", own.where(later), counted=False)

    # ---- Contracts and money

    @cached_property
    def _signable(self) -> Query:
        """The contracts that the actor may move on: who sells one does not sign it off."""
        found = access.within(self.ws.kinds, self.actor, "contract", "move")
        sold = Lead.select(Lead.id).where(Lead.owner == self.actor.id)
        return found.where(Contract.lead.is_null() | Contract.lead.not_in(sold))

    @cached_property
    def _invoice_before(self) -> datetime:
        return invoice_before(self.ws)

    @cached_property
    def _states(self) -> States:
        """The states of contracts, as the kind declares them."""
        states = self.ws.kinds["contract"].states
        return states if states is not None else States("status", {}, ())

    def _waits_for(self, permission: str) -> Any:
        """Return the condition that a contract waits for who has a permission."""
        return Contract.status.in_(self._states.waiting_for(permission))

    def _to_invoice(self, contracts: Query) -> Query:
        billed = Invoice.select(SQL("1")).where(Invoice.contract == Contract.id)
        signed = self.ws.kinds["contract"].sign_off[1]
        return contracts.where(Contract.status.in_(signed) & ~fn.EXISTS(billed))

    def _review(self) -> Iterator[Waiting]:
        rows = self._signable.where(self._waits_for("reviews"))
        yield _of_kind("to_review", Part.REVIEW, Text("等终审的合同", "Contracts to review"), "contract", rows)

    def _books(self) -> Iterator[Waiting]:
        billing = self._to_invoice(self._seen("contract"))
        late = Contract.signed_at < self._invoice_before
        title = Text("超过 5 个工作日未开票", "Not invoiced after 5 working days")
        yield _of_kind("invoice_late", Part.BOOKS, title, "contract", billing.where(late), late=True)
        title = Text("待开票", "To invoice")
        yield _of_kind(
            "to_invoice", Part.BOOKS, title, "contract", billing.where(Contract.signed_at >= self._invoice_before)
        )
        signed = self._signable.where(self._waits_for("books"))
        yield _of_kind("to_archive", Part.BOOKS, Text("待归档", "To archive"), "contract", signed)
        payments = access.within(self.ws.kinds, self.actor, "payment", "change").where(Payment.contract.is_null())
        yield _of_kind("to_match", Part.BOOKS, Text("到账待认领", "Payments to match"), "payment", payments)

    # ---- Operations

    def _operations(self) -> Iterator[Waiting]:
        part = Part.OPERATIONS
        if may(self.actor, "dead_letters"):
            rows = Dispatch.select().where(Dispatch.state == "dead")
            yield Waiting("dead_letters", part, Text("死信", "Dead letters"), rows, "/dead-letters/", late=True)
        if may(self.actor, "plugins"):
            # What a plugin that is gone left behind is nobody's to mend.
            here = PluginHealth.name.in_(list(self.ws.plugins.catalogue.plugins))
            aside = PluginHealth.select().where(PluginHealth.quarantined_at.is_null(False) & here)
            title = Text("被隔离的插件", "Plugins set aside")
            yield Waiting("plugins_aside", part, title, aside, "/plugins/?aside=1", late=True)
        if may(self.actor, "rules:edit"):
            title = Text("装不上的规则", "Rules that don't load")
            yield Waiting("rule_trouble", part, title, RuleTrouble.select(), "/rules/?state=unloaded", late=True)
            title = Text("提到的名称不在了的规则", "Rules that name what is not there")
            yield Waiting("rule_names", part, title, NameTrouble.select(), "/rules/?state=misnaming", late=True)
        if may(self.actor, "assign") and may(self.actor, "see:all") and not self._manages:
            unowned = self._seen("lead").where(Lead.owner.is_null() & (Lead.outcome == "open"))
            title = Text("没有负责人的线索", "Leads without an owner")
            yield _of_kind("unowned", part, title, "lead", unowned, late=True)
        if may(self.actor, "duplicates"):
            pairs = PossibleDuplicate.select().where(PossibleDuplicate.state == "open")
            title = Text("可能重复的客户", "Possible duplicates")
            yield Waiting("duplicates", part, title, pairs, "/duplicates/")

    def _approvals(self) -> Iterator[Waiting]:
        if not (may(self.actor, "rules:see") and may(self.actor, "rules:approve")):
            return
        part = Part.TEAM if self._manages else Part.OPERATIONS
        rows = RuleVersion.select().where((RuleVersion.state == "review") & (RuleVersion.author_id != self.actor.id))
        old, title = (
            RuleVersion.submitted_at < self.now - OLD,
            Text("等你审批的规则", "Rules that wait for your approval"),
        )
        yield Waiting("approvals_late", part, title, rows.where(old), "/approvals/", late=True)
        fresh = RuleVersion.submitted_at.is_null() | ~old
        yield Waiting("approvals", part, title, rows.where(fresh), "/approvals/")

    # ---- Inside

    @cached_property
    def _moment(self) -> metrics.Period:
        return metrics.Period(self.now, self.now, self.now, self.ws.calendar)

    def _seen(self, kind: str) -> Query:
        return access.visible(self.ws.kinds, self.actor, kind)

    @cached_property
    def _tomorrow(self) -> datetime:
        day = self.now.astimezone(self.ws.settings.zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), self.ws.settings.zone)


def _of_kind(name: str, part: Part, title: Text, kind: str, rows: Query, **how: Any) -> Waiting:
    path = f"/leads/?waits={name}" if kind == "lead" else f"/records/{kind}/?waits={name}"
    return Waiting(name, part, title, rows, path, kind, **how)


def _deadlines(state: str) -> Query:
    return Deadline.select(Deadline.lead).where(
        (Deadline.name == "first_response") & (Deadline.state == state) & Deadline.lead.is_null(False)
    )
