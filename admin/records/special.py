"""Kinds whose lists show more than their fields: customers with their leads, leads with their contact and deadline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from operator import or_
from typing import Any

from flask import g
from markupsafe import Markup, escape
from peewee import ModelSelect, fn

from ...core import metrics
from ...core.access import policy as access
from ...core.kinds import Contact, Customer, Lead, PossibleDuplicate
from ...core.process.processes import Process
from ...core.schema.fields import Field, field
from ...core.storage.queries import found_in
from ...hooks.text import Text
from ..reports.report import REACHED
from ..session import english, t
from .address import Flag
from .filters import text_fits
from .lists import cells
from .model_view import RecordModelView


class CustomerRecords(RecordModelView):
    """客户: each with how many leads it has."""

    added = (field("leads", "线索", "Leads", "number", form=False),)
    first = ("name", "industry", "region", "leads", "created_at")
    quick = ("industry",)
    rail_key = "customers"

    def prepare(self, rows: Sequence[Any]) -> None:
        """Count the leads of all rows together."""
        super().prepare(rows)
        ids = [row.id for row in rows]
        query = Lead.select(Lead.customer, fn.COUNT(Lead.id)).where(
            Lead.customer.in_(ids) & Lead.withdrawn_at.is_null()
        )
        counted: Any = query.group_by(Lead.customer).tuples() if ids else ()
        g.leads_of_customers = dict(counted)

    def flags(self) -> dict[str, Flag]:
        """Return the customers of which somebody has to say whether they are another one."""
        if not access.may(self.actor, "duplicates"):
            return {}
        pairs = PossibleDuplicate.select().where(PossibleDuplicate.state == "open")
        twice = found_in(Customer.id, pairs.select(PossibleDuplicate.customer)) | found_in(
            Customer.id, pairs.select(PossibleDuplicate.other)
        )
        return {"duplicate": Flag(Text("可能重复", "Possible duplicates"), lambda query: query.where(twice))}

    def added_value(self, record: Any, _one: Field) -> Any:
        """Return how many leads a customer has."""
        return g.leads_of_customers.get(record.id, 0)

    def how_to_begin(self) -> str:
        """Return how the first customer comes to be."""
        return t("客户随线索进来而建立。", "Customers come with their leads.")


class LeadRecords(RecordModelView):
    """线索: each with its contact and the time left to answer; closed ones with how they ended."""

    added = (field("response", "响应时限", "Response", form=False),)
    quick = ("stage", "outcome", "source", "owner_id")
    born = "received_at"
    first = ("company", "response", "stage", "owner_id", "budget", "source", "received_at")
    rail_key = "leads"

    @property
    def new_url(self) -> str:
        """Where a lead is taken in."""
        return "/leads/new"

    def prepare(self, rows: Sequence[Any]) -> None:
        """Look up the contacts and the deadlines of all rows together."""
        super().prepare(rows)
        found = Contact.select().where(Contact.id.in_([row.contact_id for row in rows if row.contact_id]))
        g.contacts_of_leads = {one.id: one for one in found} if rows else {}
        g.countdowns_of_leads = self.countdowns(list(rows))

    def added_value(self, record: Any, _one: Field) -> Any:
        """Return the time left to answer a lead, in words."""
        return g.countdowns_of_leads[record.id]["text"]

    def cell(self, record: Any, one: Field, exact: bool) -> Markup:
        """Return the deadline with its bar, and how a closed lead ended in the place of its stage."""
        if one.name == "response":
            return Markup(cells().countdown(g.countdowns_of_leads[record.id]))
        if one.name == "stage" and record.outcome != "open":
            words = self.kind.by_name["outcome"].words(record.outcome, "en" if english() else "zh")
            won = record.outcome == "won"
            return Markup(cells().tag(words, "done" if won else "", "check" if won else "x"))
        return super().cell(record, one, exact)

    def beside(self, record: Any) -> Markup:
        """Return a lead's contact, masked as in every list, and what its data lacks."""
        shown = access.shown_contact(self.ws.kinds, g.contacts_of_leads.get(record.contact_id), False)
        who = f"{shown.get('name', '')} {shown.get('phone', '')}".strip()
        said = Markup(f' <span class="muted small nowrap">{escape(who)}</span>') if who else Markup("")
        if record.quality and record.quality != "合格":
            said += Markup(" ") + Markup(cells().tag(record.quality, "risk", "alert-triangle"))
        return said

    def also_searched(self, word: str) -> Any:
        """Return the condition that a lead's contact is called so, or has this number."""
        kind = self.ws.kinds["contact"]
        named = [text_fits(self.ws, self.actor, kind, kind.by_name[name], word) for name in ("name", "phone", "email")]
        return Lead.contact.in_(Contact.select(Contact.id).where(reduce(or_, named)))

    def flags(self) -> dict[str, Flag]:
        """Return the leads that nobody answered yet, and those of them that are late."""
        unanswered = Lead.first_response_at.is_null() & (Lead.outcome == "open")
        return {
            "waiting": Flag(Text("待响应", "Waiting"), lambda query: query.where(unanswered)),
            "overdue": Flag(Text("超时未响应", "Late"), metrics.overdue),
            **self._reached(),
        }

    def _reached(self) -> dict[str, Flag]:
        """Return for each stage the leads that came so far: those that a bar of the viewer's funnel counts."""
        return {
            f"{REACHED}{process.name}.{stage.name}": Flag(
                Text(f"走到过「{stage.title.zh}」", f"Came as far as {stage.title.en}"),
                partial(self._came_to, process=process, stage=stage.name),
                tab=False,
            )
            for process in self.ws.processes.of("lead")
            for stage in process.stages
        }

    def _came_to(self, query: ModelSelect, process: Process, stage: str) -> ModelSelect:
        mine = metrics.scope_for(self.actor).leads().select(Lead.id)
        return metrics.reached(query, process, stage).where(found_in(Lead.id, mine))

    def placeholder(self) -> str:
        """Return what can be looked for."""
        return t("公司、联系人、手机", "Company, contact, phone")


SPECIAL: dict[str, type[RecordModelView]] = {"customer": CustomerRecords, "lead": LeadRecords}
