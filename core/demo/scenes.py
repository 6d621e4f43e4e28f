"""What happens in the last days of the demo's month, so that each page has something to show: not by chance.

Each scene is played by the people whose work it is, through the door, and left as they leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ..errors import ClewError
from ..intake import take as intake
from ..journal.origin import Actor, Origin
from ..kinds import Customer, Lead, Quote, User
from ..people import leaving
from ..workspace import Workspace
from . import company
from .quotes import STAGE, drawn_up, seller_of
from .rulebook import LEAVES

LEADS = 1
"""How many leads come in by a scene."""
_BEFORE = ("demo", "diagnosis")
"""Where a lead stands that is offered something before its price is talked over."""
Scene = tuple[datetime, Callable[[], None]]


def of_the_last_days(ws: Workspace, start: datetime, until: datetime) -> Iterator[Scene]:
    """Return the scenes with the moments at which they are played, in a month from `start` to `until`."""
    yield start + (until - start) * 0.85, lambda: _leaves(ws)
    yield until - timedelta(days=1, hours=20), lambda: _goes_on_leave(ws)
    yield until - timedelta(hours=30), lambda: _comes_twice(ws)
    yield until - timedelta(hours=26), lambda: _meets_the_forgotten_rule(ws)
    yield _at_work(ws, until - timedelta(hours=50)), lambda: _runs_out(ws)
    yield until - timedelta(hours=5), lambda: _reassigned(ws)
    yield _at_work(ws, until - timedelta(minutes=40)), lambda: _accepts(ws)


def _at_work(ws: Workspace, moment: datetime) -> datetime:
    """Return a moment or, going back by hours, the first before it at which people work."""
    while not ws.calendar.is_open(moment):
        moment -= timedelta(hours=1)
    return moment


def _leaves(ws: Workspace) -> None:
    """Somebody leaves; what they had in hand goes to their team, and the rule that names them is forgotten."""
    ops, user = by("shenke"), _person(LEAVES)
    plan = leaving.plan_leave(ws, user.id, ops)
    leaving.leave(ws, user.id, ops.because("离职"), plan.token)


def _goes_on_leave(ws: Workspace) -> None:
    """A seller is on leave now; a colleague stands in."""
    now = ws.clock.now()
    ws.door.create(
        "leave",
        {
            "user_id": _person("chensiyu").id,
            "from_at": now,
            "to_at": now + timedelta(days=5),
            "kind": "annual",
            "deputy_id": _person("lihao").id,
        },
        by("shenke"),
    )


def _comes_twice(ws: Workspace) -> None:
    """A customer comes in again under nearly the same name, from somebody else there: operations have to say."""
    customer = Customer.select().where(Customer.merged_into.is_null()).order_by(Customer.id.desc()).first()
    if customer is None:
        return
    name = customer.name.replace("有限公司", "") + "分厂"
    values = {
        "company": name,
        "contact_name": "沈敏",
        "source": "exhibition",
        "note": "展会上留的名片",
        "industry": "其他",
    }
    intake.take(ws, values, Origin(Actor("import", name="线索登记"), "import"))


def _meets_the_forgotten_rule(ws: Workspace) -> None:
    """A large lead comes to where its price is negotiated: the rule that gives it to who has left can't."""
    ways = [("demo", ("negotiation",)), ("diagnosis", ("demo", "negotiation"))]
    for stage, onward in ways:
        waiting = (Lead.process == "sales") & (Lead.stage == stage) & (Lead.outcome == "open")
        for lead in Lead.select().where(waiting).order_by(Lead.budget.desc(nulls="LAST"), Lead.id):
            seller = seller_of(lead)
            try:
                with ws.door.transaction(seller) as tx:
                    tx.change("lead", lead.id, {"budget": max(lead.budget or 0, 680_000)})
                    for step in onward:
                        tx.change("lead", lead.id, {"stage": step})
            except ClewError:  # Its stage still lacks something.
                continue
            return


def _reassigned(ws: Workspace) -> None:
    """A manager gives a late lead to somebody who has time for it."""
    manager = _person("linlan")
    waiting = Lead.select().where((Lead.team == manager.team_id) & (Lead.outcome == "open"))
    lead = waiting.order_by(Lead.first_response_at.is_null(False), Lead.id.desc()).first()
    if lead is None:
        return
    taker = _person("zhaoyifan" if lead.owner_id != _person("zhaoyifan").id else "lihao")
    values = {"owner_id": taker.id, "team_id": taker.team_id}
    ws.door.change("lead", lead.id, values, by("linlan").because("王磊今天在客户现场"))


def _offered(ws: Workspace, days: int) -> Quote | None:
    """A lead whose price is talked over, and that nobody has offered anything for yet, gets a quote, and it is sent."""
    waiting = (Lead.process == "sales") & (Lead.outcome == "open") & Lead.budget.is_null(False)
    quoted = Quote.select(Quote.lead).where(Quote.status.in_(("sent", "accepted")))
    query = Lead.select().where(waiting & Lead.id.not_in(quoted)).order_by(Lead.team, Lead.id.desc())
    found = (query.where(Lead.stage == stage).first() for stage in (STAGE, *_BEFORE))
    lead = next((one for one in found if one is not None), None)
    if lead is None:
        return None
    made = drawn_up(ws, lead, lead.budget, days)
    sent: Quote = ws.door.change("quote", made.id, {"status": "sent"}, seller_of(lead))
    return sent


def _runs_out(ws: Workspace) -> None:
    """A quote is valid until the next day, and the customer does not answer."""
    _offered(ws, 1)


def _accepts(ws: Workspace) -> None:
    """A customer has just accepted a quote: its contract is still to be drawn up."""
    quote = _offered(ws, 15)
    if quote is not None:
        seller = seller_of(Lead.get_by_id(quote.lead_id))
        ws.door.change("quote", quote.id, {"status": "accepted"}, seller)


def by(login: str) -> Origin:
    """Return where an act of somebody of the demo company comes from."""
    return Origin(Actor.of(_person(login)), "console", ip="10.8.0.21")


def _person(login: str) -> User:
    found: User = User.get(User.email == f"{login}@{company.DOMAIN}")
    return found
