"""报价: those of a lead as its page lists them, the contract that is made of an accepted one, and the printed quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template
from flask_admin import expose

from ...core.access import policy as access
from ...core.errors import NotFound
from ...core.journal.origin import Actor
from ...core.kinds import Customer, Lead, Quote, User
from ...core.workspace import Workspace
from .. import words
from ..base import ConsoleView
from ..reports.report import pdf_of
from ..session import english, locale, origin, t
from .served import is_id

SHOWN = 10
"""So many of a lead's quotes are on its page, the newest first."""
_WAITING = ("draft", "sent")


@dataclass(frozen=True)
class Line:
    """A quote with its last day in words; `ran_out` if the customer did not answer until then."""

    row: Quote
    until: str
    ran_out: bool


def quotes_of(ws: Workspace, actor: Actor, lead: Lead) -> list[Line]:
    """Return the newest quotes of a lead, as far as an actor sees them."""
    seen = access.visible(ws.kinds, actor, "quote").where(Quote.lead == lead.id)
    today = ws.clock.now().astimezone(ws.settings.zone).date()
    return [
        Line(
            one,
            day_of(ws, one.valid_until),
            one.status == "sent" and one.valid_until is not None and one.valid_until < today,
        )
        for one in seen.order_by(Quote.id.desc()).limit(SHOWN)
    ]


def day_of(ws: Workspace, day: Any) -> str:
    """Return a day in words; empty if there is none."""
    return words.calendar_date(f"{day}", ws.clock.now(), ws.settings.zone, english()) if day is not None else ""


def accepted(quotes: Sequence[Line]) -> Quote | None:
    """Return the newest quote that the customer accepted; None if there is none."""
    return next((one.row for one in quotes if one.row.status == "accepted"), None)


def new_path(ws: Workspace, actor: Actor, name: str, lead: Lead, of: Quote | None = None) -> str:
    """Return where a quote or a contract of a lead is entered; empty if an actor may not.

    Its amount is that of the quote `of`, else the lead's budget.
    """
    kind = ws.kinds.get(name)
    if kind is None or not (access.may_write(actor, kind) and access.scopes(actor, name, "create")):
        return ""
    amount = of.amount if of is not None else lead.budget
    known = {"lead_id": lead.id, "customer_id": lead.customer_id, "amount": "" if amount is None else amount}
    return f"/records/{name}/new?" + urlencode({**known, "back": f"/leads/{lead.id}"})


class QuotesView(ConsoleView):
    """A quote as it is handed to the customer; lists and pages are those of every kind."""

    in_rail, first_page, rail_key = False, "printed", "records:quote"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Quotes", url="/quotes", endpoint="quotes")

    @expose("/<quote_id>.pdf")
    def printed(self, quote_id: str) -> Response:
        """Return a quote as PDF, A4; the journal says who took it along."""
        mine = access.within(self.ws.kinds, self.actor, "quote", "export")
        quote: Quote | None = mine.where(Quote.id == quote_id).first() if is_id(quote_id) else None
        if quote is None:
            raise NotFound("没有这份报价，或者你不能带走它。", "no such quote, or you may not take it along")
        lead = Lead.get_or_none(Lead.id == quote.lead_id) if quote.lead_id else None
        kind = self.ws.kinds["quote"]
        page = render_template(
            "clew/quote_pdf.html",
            quote=quote,
            status=kind.by_name["status"].words(quote.status, locale()),
            customer=Customer.get_by_id(quote.customer_id).name,
            seller=User.get_or_none(User.id == lead.owner_id) if lead is not None and lead.owner_id else None,
            company=self.ws.settings.company,
            amount=words.yuan_exact(quote.amount),
            today=_in_full(self.ws.clock.now().astimezone(self.ws.settings.zone).date()),
            until=_in_full(quote.valid_until) if quote.valid_until is not None else "",
        )
        body = pdf_of(page)
        with self.ws.door.transaction(origin()) as tx:
            tx.note("record.exported", "user", self.actor.id, {"kind": "quote", "format": "pdf", "rows": 1, "of": 1})
        headers = {"Content-Disposition": f'inline; filename="quote-{quote.id}.pdf"', "Cache-Control": "no-store"}
        return Response(body, mimetype="application/pdf", headers=headers)


def _in_full(day: date) -> str:
    """Return a day as papers have it, its year always said."""
    return t(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {day:%B %Y}")
