"""合同: one contract, from its entry to its last payment, for whoever has a part in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.access.holders import holders
from ...core.errors import Conflict, Invalid, NotFound
from ...core.kinds import Contract, Customer, Deadline, Document, Invoice, Lead, Payment, Task, User
from ...core.storage.ids import new_id
from ...core.storage.queries import Query
from ...core.storage.system_tables import JournalLine
from ...core.workbench import contract_money
from ...core.workbench.contracts import rule_title
from ...core.write.foreseen import closed_to
from ...core.write.idempotency import fingerprint_of
from ...core.write.locks import Locked
from ...core.write.prewrite import NeedsConfirmation
from ...core.write.transaction import Created
from .. import words
from ..base import ConsoleView
from ..session import english, locale, origin, t
from ..undo import flash_act
from .contract_head import acts_of, bar_of, lead_acts, sentence, standing_of
from .documents import folder_of
from .in_place import edit
from .lead_data import Given, refused, values_of
from .lead_people import lead_people
from .record_page import related
from .served import is_id
from .timeline import Thread
from .views import RecordsView
from .wording import RecordWords

_MOST, _LINES = 50, 60
_AGAIN = timedelta(seconds=20)
"""The same step asked for again within this time is one step."""


class ContractsView(ConsoleView):
    """One contract; the list is that of every kind."""

    in_rail, first_page, rail_key = False, "one", "records:contract"

    def __init__(self, ws: Any, records: RecordsView) -> None:
        super().__init__(ws, name="Contracts", url="/contracts", endpoint="contracts")
        self.records = records

    @expose("/<contract_id>")
    def one(self, contract_id: str) -> str:
        """Show one contract: where it stands, what can be done, its scan, its money, its thread."""
        return self._page(self._contract(contract_id))

    @expose("/<contract_id>/step", methods=["POST"])
    def step(self, contract_id: str) -> Any:
        """Take a contract to another state; to send it back takes a reason."""
        contract, asked = self._contract(contract_id), request.form
        to, reason = asked.get("to", ""), asked.get("reason", "").strip()[:300]
        try:
            said, changed, before = take_step(self, contract, to, reason, asked.get("revision", type=int))
        except (Invalid, Conflict) as error:
            if isinstance(error, NeedsConfirmation):
                raise
            given = refused(error, {"reason": reason})
            return self._page(self._contract(contract_id), back=replace(given, typed={"reason": reason})), error.status
        flash_act(said, self.actor, "contract", changed, before)
        return self._to(contract_id)

    @expose("/<contract_id>/lead", methods=["POST"])
    def move_lead(self, contract_id: str) -> Any:
        """Move the contract's lead on to a stage that the viewer's role answers for: payment confirmed, say."""
        contract, asked = self._contract(contract_id), request.form
        lead = self._lead_of(contract)
        if lead is None:
            raise NotFound("这份合同没有线索，或者你看不到它。", "this contract has no lead that you may see")
        stage = asked.get("stage", "")
        try:
            if self.ws.processes.get(lead.process).stage(stage) is None:
                raise Conflict(
                    "流程刚发布过，这个阶段没有了，线索没有动。",
                    "the process was published meanwhile and has no such stage any more; nothing was moved",
                )
            changed = self.ws.door.change("lead", lead.id, {"stage": stage}, origin(), asked.get("revision", type=int))
        except NeedsConfirmation:
            raise
        except (Invalid, Conflict) as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            title = self.ws.processes.stage_title(stage)
            said = t(f"「{lead.company}」已到「{title.zh}」", f"“{lead.company}” is in {title.en} now")
            flash_act(said, self.actor, "lead", changed, lead.revision)
        return self._to(contract_id)

    @expose("/<contract_id>/tasks", methods=["POST"])
    def plan(self, contract_id: str) -> Any:
        """Put down something to do for this contract; sent twice with one key it is one task."""
        contract, asked = self._contract(contract_id), request.form
        typed = {name: asked.get(name, "") for name in ("title", "due_at", "assignee_id")}
        about = {"about_kind": "contract", "about_id": contract.id, "customer_id": contract.customer_id}
        if self._lead_of(contract) is not None:
            about["lead_id"] = contract.lead_id or ""
        key = f"console:{self.actor.id}:{asked['key'][:40]}" if asked.get("key") else None
        try:
            self.ws.door.create("task", {**typed, **about}, origin(), key)
        except (Invalid, Conflict) as error:
            return self._page(self._contract(contract_id), plan=refused(error, typed)), error.status
        flash(t("任务已记下", "Task added"))
        return self._to(contract_id)

    @expose("/<contract_id>/edit", methods=["POST"])
    def edit(self, contract_id: str) -> Any:
        """Change fields of the contract: all of a form, or one in place, which is answered as JSON."""
        contract = self._contract(contract_id)
        kind = self.ws.kinds["contract"]
        return edit(
            self.ws,
            kind,
            contract,
            self._editable(),
            lambda given: self._page(self._contract(contract_id), given),
            lambda: self._to(contract_id),
        )

    @expose("/<contract_id>/invoice", methods=["POST"])
    def invoice(self, contract_id: str) -> Any:
        """Enter an invoice of the contract; sent twice with one key it is one."""
        return self._money(contract_id, "invoice", "issued_at", t("发票已登记", "Invoice entered"))

    @expose("/<contract_id>/payment", methods=["POST"])
    def payment(self, contract_id: str) -> Any:
        """Enter a payment for the contract; sent twice with one key it is one."""
        return self._money(contract_id, "payment", "paid_at", t("到账已登记", "Payment entered"))

    def _money(self, contract_id: str, kind: str, at: str, said: str) -> Any:
        contract, asked = self._contract(contract_id), request.form
        typed = {name: asked.get(name, "").strip() for name in ("number", "amount", at)}
        try:
            enter_money(self, kind, contract, typed, at)
        except NeedsConfirmation:
            raise
        except (Invalid, Conflict) as error:
            return self._page(self._contract(contract_id), **{kind: refused(error, typed)}), error.status
        flash(said)
        return self._to(contract_id)

    @expose("/<contract_id>/unlock", methods=["POST"])
    def unlock(self, contract_id: str) -> Any:
        """Lift the lock that a rule set."""
        self._contract(contract_id)
        try:
            self.ws.door.change("contract", contract_id, {"locked": False}, origin())
        except (Invalid, Conflict) as error:
            flash(error.text.for_locale(locale()), "error")
        else:
            flash(t("已解锁", "Unlocked"))
        return self._to(contract_id)

    # ---- Inside

    def _contract(self, contract_id: str) -> Contract:
        found: Contract | None = self._seen("contract").where(Contract.id == contract_id).first()
        if found is None or not is_id(contract_id):
            raise NotFound("没有这份合同，或者你看不到它。", "no such contract, or you may not see it")
        return found

    def _lead_of(self, contract: Contract) -> Lead | None:
        """Return the contract's lead, if the viewer sees it."""
        seen = access.visible_leads(self.actor).where(Lead.id == contract.lead_id)
        found: Lead | None = seen.first() if contract.lead_id else None
        return found

    def _people(self, lead: Lead | None) -> list[User]:
        """Return who can be given something to do about a contract: those of its lead, and who reviews or keeps books."""
        states = self.ws.kinds["contract"].states
        turns = sorted({*states.turns.values()} - {"sells"}) if states is not None else []
        others = [one for turn in turns for one in holders(turn)]
        mine = list(User.select().where(User.id == self.actor.id))
        first = lead_people(lead, self.actor.id) if lead is not None else mine
        return list({one.id: one for one in [*first, *others]}.values())

    def _to(self, contract_id: str) -> Any:
        return redirect(url_for("contracts.one", contract_id=contract_id))

    def _seen(self, kind: str) -> Query:
        return access.visible(self.ws.kinds, self.actor, kind)

    def _words(self, contract: Contract) -> RecordWords:
        return RecordWords(self.ws, self.actor, self.ws.kinds["contract"], [contract], english())

    def _editable(self) -> list[Any]:
        """Return the fields that are edited in place: the state has its own way."""
        kind = self.ws.kinds["contract"]
        state = kind.states.field if kind.states is not None else ""
        return [one for one in kind.arranged if one.form and one.name != state and not one.mask]

    def _closed(self, contract: Contract) -> str:
        """Return why the viewer may not edit the contract; empty if they may."""
        values = {"amount": contract.amount, "number": contract.number}
        error = closed_to(self.ws.door, self.ws.kinds["contract"], contract, values, origin())
        if isinstance(error, Locked):  # The box above says by which rule, in its words.
            return t(f"已锁定：{contract.lock_reason}", f"Locked: {contract.lock_reason}")
        return error.text.for_locale(locale()) if error is not None else ""

    def _page(
        self,
        contract: Contract,
        given: Given | None = None,
        back: Given | None = None,
        invoice: Given | None = None,
        payment: Given | None = None,
        plan: Given | None = None,
    ) -> str:
        ws, kind = self.ws, self.ws.kinds["contract"]
        row: Any = contract
        customer = self._seen("customer").where(Customer.id == contract.customer_id).first()
        lead = Lead.get_or_none(Lead.id == contract.lead_id) if contract.lead_id else None
        seller = User.get_or_none(User.id == lead.owner_id) if lead is not None and lead.owner_id else None
        money = contract_money.money_of([contract])[contract.id]
        here = standing_of(ws, contract)
        folder = folder_of(self, kind, contract)
        scan = next((one for one in folder.there if one.shown), None) if folder is not None else None
        invoices = self._of(Invoice, "invoice", contract)
        payments = self._of(Payment, "payment", contract)
        acts = acts_of(ws, kind, contract, origin())
        fields = self._editable()
        tasks = list(Task.select().where(Task.about_id == contract.id).order_by(Task.state.desc(), Task.id).limit(30))
        ids = [one.id for one in tasks]
        ticked = {one.id for one in access.visible_tasks(self.actor).where(Task.id.in_(ids))} if ids else set()
        thread = Thread(ws, english(), self.actor)
        locked = bool(contract.locked)
        return self.show(
            "contract",
            contract=contract,
            sentence=sentence(ws, kind, contract, here, seller, money),
            state=kind.by_name["status"].words(contract.status, locale()),
            sent_back=kind.states is not None and contract.status in kind.states.sent_back,
            here=here,
            bar=bar_of(kind, contract),
            acts=acts,
            lead_acts=lead_acts(ws, self._lead_of(contract), origin()),
            lead_revision=lead.revision if lead is not None else 0,
            back=back or Given(),
            customer=customer,
            lead=lead if lead is not None and self.openable([lead.id]) else None,
            seller=seller,
            money=money,
            exact=words.yuan_exact,
            invoices=invoices,
            payments=payments,
            may_bill=bool(access.scopes(self.actor, "invoice", "create")),
            may_pay=bool(access.scopes(self.actor, "payment", "create")),
            invoice=invoice or Given(),
            payment=payment or Given(),
            today=_today(ws),
            grouped=kind.grouped(fields),
            values=values_of(self._words(contract), row, fields, given or Given()),
            others=given.others if given is not None else (),
            closed=self._closed(contract),
            edit_path=f"/contracts/{contract.id}/edit",
            needed=(),
            masked=(),
            folder=folder,
            scan=scan,
            tasks=tasks,
            ticked=ticked,
            plan=plan or Given(typed={"assignee_id": self.actor.id}),
            may_plan=bool(access.scopes(self.actor, "task", "create")),
            people=self._people(lead),
            deadlines=list(
                Deadline.select().where(Deadline.about_id == contract.id).order_by(Deadline.due_at).limit(20)
            ),
            deadline_words=thread.deadline,
            related=related(self.records.view_of("contract"), contract, ("invoice", "payment", "document")),
            entries=thread.entries(self._lines(contract, [*invoices, *payments])),
            locked=locked,
            lock_title=rule_title(ws, contract.lock_rule).for_locale(locale()) if contract.lock_rule else "",
            may_unlock=locked and access.may(self.actor, "rules:approve"),
            keys=[new_id(ws.clock.now()) for _ in range(3)],
            now=ws.clock.now(),
            locale=locale(),
        )

    def _of(self, model: Any, kind: str, contract: Contract) -> list[Any]:
        rows = self._seen(kind).where(model.contract == contract.id)
        return list(rows.order_by(model.id.desc()).limit(_MOST))

    def _lines(self, contract: Contract, money: list[Any]) -> list[JournalLine]:
        """Return the lines about a contract and what belongs to it, as far as the viewer sees it, newest first."""
        files = self._seen("document").select(Document.id).where(Document.contract == contract.id)
        ids = [contract.id, *(one.id for one in money), *(one.id for one in files.limit(_MOST))]
        about = JournalLine.record_kind.in_(("contract", "invoice", "payment", "document"))
        lines = JournalLine.select().where(
            about & JournalLine.record_id.in_(ids) & (JournalLine.kind != "document.viewed")
        )
        return list(lines.order_by(JournalLine.seq.desc()).limit(_LINES))


def take_step(
    view: ConsoleView, contract: Contract, to: str, reason: str, revision: int | None
) -> tuple[str, Contract, int]:
    """Take a contract to another state; return what to say, the record as it is then, and its revision of before.

    Asked for twice in a row by one person, by a double click say, it is done once and said again. Raises Conflict if
    there is no such step from where it is now, and what the door raises.
    """
    states = view.ws.kinds["contract"].states
    if states is None:
        raise NotFound("合同没有状态可走。", "contracts have no states to go to")
    before = contract.status
    mine = _just_now(view, contract) if before == to else None
    step = states.step(mine if mine is not None else before, to)
    if step is None:
        raise Conflict(
            "这份合同刚被别人处理过；请刷新看看。", "somebody saw to this contract meanwhile: reload the page"
        )
    said = f"{contract.number} · {step.done.for_locale(locale())}"
    if mine is not None:
        return said, contract, contract.revision - 1
    changed: Contract = view.ws.door.change("contract", contract.id, {states.field: to}, origin(reason), revision)
    return said, changed, contract.revision


def _just_now(view: ConsoleView, contract: Contract) -> str | None:
    """Return where the viewer themselves has just brought the contract from; None if they have not."""
    about = (JournalLine.record_kind == "contract") & (JournalLine.record_id == contract.id)
    moved = about & (JournalLine.kind == "contract.status_changed")
    line: Any = JournalLine.select().where(moved).order_by(JournalLine.seq.desc()).first()
    if line is None or line.actor_id != view.actor.id or line.at < view.ws.clock.now() - _AGAIN:
        return None
    return str(line.before.get("status", ""))


def enter_money(view: ConsoleView, kind: str, contract: Contract, typed: dict[str, Any], at: str) -> Created:
    """Enter an invoice or a payment of a contract, once for each key of a form. Raises what the door raises.

    `typed` is what the form says, `at` the name of its moment; left empty it is now. A form sent twice is known by what
    was typed, since now is another moment the second time.
    """
    of = {"contract_id": contract.id, "customer_id": contract.customer_id}
    given = request.form.get("key", "")[:40]
    key = f"console:{view.actor.id}:{given}" if given else None
    values = {**typed, at: typed[at] or view.ws.clock.now(), **of}
    return view.ws.door.create(kind, values, origin(), key, fingerprint_of(kind, {**typed, **of}) if key else None)


def _today(ws: Any) -> str:
    return f"{ws.clock.now().astimezone(ws.settings.zone):%Y-%m-%dT%H:%M}"
