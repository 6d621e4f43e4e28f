"""Customers: the list, one customer across all departments, and those that may be one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_admin import expose

from ...core.access import policy as access
from ...core.access.wholeness import whole_ids
from ...core.errors import NotFound
from ...core.intake import duplicates
from ...core.kinds import Contact, Contract, Customer, FollowUp, Lead, PossibleDuplicate, User
from ...core.storage.system_tables import JournalLine
from ...core.timeline.customer_lines import lines_of
from ..base import ConsoleView, page_of
from ..session import english, origin, t
from .record_page import related
from .timeline import Thread
from .views import RecordsView


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
    def one(self, customer_id: str) -> str:
        """Show a customer's thread."""
        customer = access.visible_customers(self.actor).where(Customer.id == customer_id).first()
        if customer is None:
            raise NotFound("没有这个客户，或者它归别的团队。", "no such customer, or it belongs to another team")
        view = self.records.view_of("customer")
        theirs = access.visible_leads(self.actor).where(Lead.customer == customer)
        leads = list(theirs.order_by(Lead.id.desc()).limit(20))
        whole = customer.id in whole_ids(self.ws.kinds, self.actor, "customer", [customer.id])
        contacts = list(self._seen("contact").where(Contact.customer == customer).order_by(Contact.id))
        open_ = whole_ids(self.ws.kinds, self.actor, "contact", [one.id for one in contacts])
        lines, after = page_of(lines_of(self.ws.kinds, self.actor, customer.id), JournalLine.seq)
        return self.show(
            "customer",
            customer=customer,
            code=customer.credit_code if whole else access.mask("id", customer.credit_code),
            leads=leads,
            openable=self.openable(lead.id for lead in leads),
            stages={lead.id: self.stage(lead) for lead in leads},
            contacts=[access.shown_contact(self.ws.kinds, c, c.id in open_) for c in contacts],
            contracts=list(self._seen("contract").where(Contract.customer == customer)),
            entries=Thread(self.ws, english(), self.actor).entries(lines),
            after=after,
            names={u.id: u.name for u in User.select()},
            related=related(view, customer, ("lead", "contact", "contract", "follow_up")),
            may_edit=view.can_edit,
            follow_ups=self._seen("follow_up").where(FollowUp.customer == customer).count(),
        )

    def _seen(self, kind: str) -> Any:
        return access.visible(self.ws.kinds, self.actor, kind)


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
