"""What the demo company offers: quotes drawn up, sent, sent anew for less, accepted with the contract, declined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random

from ..journal.origin import Actor, Origin
from ..kinds import Lead, Quote, User
from ..workspace import Workspace

STAGE = "negotiation"
"""Where a lead's price is talked over."""
_DAYS = (7, 15, 15, 30)
Later = Callable[[float, Callable[[], None]], None]
"""Plans an act so many working minutes from now."""


class Quotes:
    """Plays what becomes of quotes; its dice are its own, so that all else happens as it would without them."""

    def __init__(self, ws: Workspace, seed: int, later: Later) -> None:
        self.ws, self._later = ws, later
        self._dice = Random(seed)  # noqa: S311 - a story, not a secret

    def draw_up(self, lead_id: str, *, of: float = 1.0) -> None:
        """The seller draws a quote up, and sends it some hours later."""
        lead = Lead.get_by_id(lead_id)
        if lead.outcome != "open" or not lead.budget:
            return
        quote = drawn_up(self.ws, lead, (lead.budget * Decimal(of)).quantize(Decimal(100)), self._dice.choice(_DAYS))
        self._later(self._dice.uniform(40, 900), lambda: self._send(quote.id, anew=of == 1.0))

    def _send(self, quote_id: str, *, anew: bool) -> None:
        quote = Quote.get_by_id(quote_id)
        lead = Lead.get_by_id(quote.lead_id)
        if quote.status != "draft" or lead.outcome != "open":
            return
        self.ws.door.change("quote", quote.id, {"status": "sent"}, seller_of(lead))
        if anew and self._dice.random() < 0.3:
            self._later(self._dice.uniform(400, 1500), lambda: self._for_less(quote_id))

    def _for_less(self, quote_id: str) -> None:
        """The customer finds it too dear: another one follows."""
        quote = Quote.get_by_id(quote_id)
        lead = Lead.get_by_id(quote.lead_id)
        if quote.status == "sent" and lead.outcome == "open":
            self.ws.door.change("quote", quote.id, {"status": "declined"}, seller_of(lead).because("价格高于预期"))
            self.draw_up(lead.id, of=0.97)

    def accept(self, lead: Lead) -> Decimal | None:
        """The customer takes the newest quote; return what it says, None if there is none."""
        quote = Quote.select().where(Quote.lead == lead.id).order_by(Quote.id.desc()).first()
        if quote is None:
            return None
        if quote.status != "accepted":
            self.ws.door.change("quote", quote.id, {"status": "accepted"}, seller_of(lead))
        found: Decimal = quote.amount
        return found

    def decline(self, lead: Lead) -> None:
        """The customer buys nothing: what was sent is declined."""
        for quote in list(Quote.select().where((Quote.lead == lead.id) & (Quote.status == "sent"))):
            self.ws.door.change("quote", quote.id, {"status": "declined"}, seller_of(lead))


def drawn_up(ws: Workspace, lead: Lead, amount: Decimal, days: int) -> Quote:
    """Return a new quote of a lead by its seller, valid for so many days."""
    now = ws.clock.now().astimezone(ws.settings.zone)
    values = {
        "number": f"Q-{now:%Y}-{Quote.select().count() + 201:03d}",
        "lead_id": lead.id,
        "amount": amount,
        "valid_until": now.date() + timedelta(days=days),
    }
    made: Quote = ws.door.create("quote", values, seller_of(lead)).record
    return made


def seller_of(lead: Lead) -> Origin:
    """Return where an act of whoever has a lead comes from."""
    return Origin(Actor.of(User.get_by_id(lead.owner_id)), "console", ip="10.8.0.21")
