"""Customers: the list, one customer across all departments, and those that may be one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.access.wholeness import whole_ids
from ...core.errors import NotFound
from ...core.intake import duplicates
from ...core.intake.merging import merged_meanwhile, standing
from ...core.kinds import Contact, Contract, Customer, Lead, PossibleDuplicate, User
from ...core.schema.fields import Field
from ...core.storage.system_tables import JournalLine
from ...core.timeline.customer_lines import lines_of
from ...core.write.foreseen import closed_to
from ...core.write.taking_back import WITHIN
from ..base import ConsoleView, page_of
from ..session import english, locale, origin, t
from .customer_head import MergedIn, head_of
from .in_place import edit
from .lead_data import Given, refused, sent, values_of
from .lead_people import people_at
from .record_page import related
from .thread_filter import thread_filter
from .timeline import Thread
from .views import RecordsView
from .wording import RecordWords, value_of


class CustomersView(ConsoleView):
    """客户: the list, and one customer's thread across all departments."""

    permission, group, words_, icon_name = "customer", ("客户", "Customers"), ("客户", "Customers"), "building"

    def __init__(self, ws: Any, records: RecordsView) -> None:
        super().__init__(ws, name="Customers", url="/customers", endpoint="customers")
        self.records = records

    @expose("/")
    def index(self) -> Any:
        """List the customers the viewer may see."""
        return self.records.view_of("customer").index_view()

    @expose("/<customer_id>")
    def one(self, customer_id: str) -> Any:
        """Show one customer across all departments; one that was merged away leads to the one that stands."""
        customer = self._found(customer_id)
        if customer is None:
            here = standing(self.ws.kinds, self.actor, self.ws.kinds["customer"], customer_id)
            if here is None:
                access.refuse_withdrawn(self.ws.kinds, self.actor, "customer", customer_id)
                raise _no_such()
            return redirect(url_for("customers.one", customer_id=here.id))
        return self._page(customer)

    @expose("/<customer_id>/edit", methods=["POST"])
    def edit(self, customer_id: str) -> Any:
        """Change fields of the customer: all of a form, or one in place, which is answered as JSON."""
        customer = self._found(customer_id)
        if customer is None:
            return self._merged_under_it(customer_id)
        return edit(
            self.ws,
            self.ws.kinds["customer"],
            customer,
            self._editable(self._whole(customer)),
            lambda given: self._page(Customer.get_by_id(customer_id), given),
            lambda: redirect(url_for("customers.one", customer_id=customer_id)),
        )

    def _merged_under_it(self, customer_id: str) -> Any:
        """Answer who edits a customer that was merged since they opened it: nothing is saved, what they typed stays."""
        kind = self.ws.kinds["customer"]
        here = standing(self.ws.kinds, self.actor, kind, customer_id)
        if here is None:
            raise _no_such()
        error = merged_meanwhile(self.ws.kinds, self.actor, kind, here)
        given = refused(error, sent(request.form, self._editable(self._whole(here)), here))
        if request.accept_mimetypes.best == "application/json":
            return {"values": {}, "others": list(given.others)}, error.status
        return self._page(here, given), error.status

    def _page(self, customer: Customer, given: Given | None = None) -> str:
        kind, here = self.ws.kinds["customer"], locale()
        whole = self._whole(customer)
        fields = self._editable(whole)
        words = RecordWords(self.ws, self.actor, kind, [customer], english())
        leads = list(
            access.visible_leads(self.actor).where(Lead.customer == customer).order_by(Lead.id.desc()).limit(20)
        )
        lines = lines_of(self.ws.kinds, self.actor, customer.id).where(JournalLine.kind != "notification.created")
        narrowed = thread_filter(self.ws, lines, request.args, request.path)
        shown, after = page_of(narrowed.lines, JournalLine.seq)
        closed = closed_to(self.ws.door, kind, customer, {"name": customer.name}, origin())
        may_edit = closed is None
        contacts = people_at(self.ws, self.actor, customer.id)
        # What shows masked is read only: a mask would be saved as the value.
        masked = [
            (one, access.masked_value(one, value))
            for one in kind.fields
            if one.form and one.mask and not whole and (value := value_of(customer, one))
        ]
        return self.show(
            "customer",
            customer=customer,
            head=head_of(self.ws, self.actor, customer),
            owner=User.get_or_none(User.id == customer.owner_id),
            leads=leads,
            openable=self.openable(lead.id for lead in leads),
            stages={lead.id: self.stage(lead) for lead in leads},
            contacts=contacts,
            contracts=list(
                self._seen("contract").where(Contract.customer == customer).order_by(Contract.id.desc()).limit(20)
            ),
            contract_status=self.ws.kinds["contract"].by_name.get("status"),
            entries=Thread(self.ws, english(), self.actor).entries(shown),
            narrowed=narrowed,
            after=after,
            names={u.id: u.name for u in User.select()},
            related=related(self.records.view_of("customer"), customer, ("lead", "contact", "contract", "follow_up")),
            grouped=kind.grouped(fields),
            values=values_of(words, customer, fields, given or Given()),
            others=given.others if given is not None else (),
            masked=masked,
            needed=set(),
            closed=closed.text.for_locale(here) if closed is not None else "",
            may_edit=may_edit,
            may_split=may_edit and bool(access.scopes(self.actor, "customer", "create")),
            may_add_contact=bool(access.scopes(self.actor, "contact", "create")),
            merged_in=self._merged_in(customer) if may_edit else [],
            split_from=self._found(customer.split_from_id) if customer.split_from_id else None,
            now=self.ws.clock.now(),
            locale=here,
        )

    def _merged_in(self, customer: Customer) -> list[MergedIn]:
        """Return what was merged into a customer and can be given back yet."""
        since = self.ws.clock.now() - WITHIN
        merged = {row.id: row for row in Customer.select().where(Customer.merged_into == customer.id)}
        lines = JournalLine.select().where(
            (JournalLine.record_kind == "customer")
            & JournalLine.record_id.in_(sorted(merged))
            & (JournalLine.kind == "customer.merged")
            & (JournalLine.at >= since)
        )
        newest = {line.record_id: line for line in lines.order_by(JournalLine.seq)} if merged else {}
        return [MergedIn(one, merged[one].name, line.at, line.at + WITHIN) for one, line in newest.items()]

    def _found(self, customer_id: str) -> Customer | None:
        found: Customer | None = access.visible_customers(self.actor).where(Customer.id == customer_id).first()
        return found

    def _whole(self, customer: Customer) -> bool:
        return customer.id in whole_ids(self.ws.kinds, self.actor, "customer", [customer.id])

    def _editable(self, whole: bool) -> list[Field]:
        return [one for one in self.ws.kinds.of("customer") if one.form and (whole or not one.mask)]

    def _seen(self, kind: str) -> Any:
        return access.visible(self.ws.kinds, self.actor, kind)


def _no_such() -> NotFound:
    return NotFound("没有这个客户，或者它归别的团队。", "no such customer, or it belongs to another team")


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
        for contact in Contact.select().where(Contact.customer.in_(ids) & Contact.merged_into.is_null()):
            contacts.setdefault(contact.customer_id, access.shown_contact(self.ws.kinds, contact, False))
        return self.show(
            "duplicates", rows=rows, after=after, total=query.count(), customers=customers, contacts=contacts
        )

    @expose("/<pair_id>/<answer>", methods=["POST"])
    def answer(self, pair_id: str, answer: str) -> Any:
        """Merge the pair (leads, contacts and contracts move to the older customer), or keep both."""
        if answer not in ("merge", "keep"):
            raise NotFound("没有这一页。", "no such page")
        with self.ws.door.transaction(origin()) as tx:
            duplicates.answer(tx, pair_id, same=answer == "merge")
        flash(t("已合并", "Merged") if answer == "merge" else t("已保留为两家", "Kept as two"))
        return redirect(url_for("duplicates.index"))
