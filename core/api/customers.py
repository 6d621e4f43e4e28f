"""Customers over the API, and the thread of everything that happened to one; the journal."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..errors import NotFound
from ..intake.merging import standing
from ..kinds import Customer
from ..storage.system_tables import JournalLine
from ..timeline.customer_lines import lines_of
from . import shapes, show
from .blueprint import Blueprint
from .caller import actor, page, token_needed, workspace
from .described import PageQuery
from .schemas import OfKind

blueprint = Blueprint("api_customers", "customers", description="Customers and their timelines")


def _customer(customer_id: str) -> Customer:
    found: Customer | None = access.visible_customers(actor()).where(Customer.id == customer_id).first()
    found = found or standing(workspace().kinds, actor(), workspace().kinds["customer"], customer_id)
    if found is None:
        raise NotFound("没有这个客户，或者它归别的团队。", f"no customer {customer_id}, or it belongs to another team")
    return found


@blueprint.get("/customers")
@token_needed
@blueprint.query(shapes.CustomerQuery)
@blueprint.response(200, OfKind("rows", "customer"))
def list_customers(given: dict[str, str]) -> dict[str, Any]:
    """List customers, newest first; `q` looks in the name."""
    query = access.visible_customers(actor())
    if text := given.get("q"):
        query = query.where(Customer.name.contains(text))
    return page(query, Customer.id, show.customer)


@blueprint.get("/customers/<customer_id>")
@token_needed
@blueprint.response(200, OfKind("row", "customer"))
@blueprint.problems(404)
def read_customer(customer_id: str) -> dict[str, Any]:
    """Read one customer; one that was merged away answers with the customer that it was merged into."""
    return show.customer(_customer(customer_id))


@blueprint.get("/customers/<customer_id>/timeline")
@token_needed
@blueprint.query(PageQuery)
@blueprint.response(200, shapes.LinePage)
@blueprint.problems(404)
def read_timeline(given: dict[str, str], customer_id: str) -> dict[str, Any]:
    """List what happened to a customer, newest first: the lines about records that the caller may see."""
    query = lines_of(workspace().kinds, actor(), _customer(customer_id).id)
    return page(query, JournalLine.seq, show.line)


@blueprint.get("/journal")
@token_needed
@blueprint.query(shapes.JournalQuery)
@blueprint.response(200, shapes.LinePage)
@blueprint.problems(403)
def list_journal(given: dict[str, str]) -> dict[str, Any]:
    """List the whole journal, newest first; `kind`, `record_id` narrow it."""
    access.require(actor(), "journal")
    query = JournalLine.select()
    for name in ("kind", "record_id"):
        if value := given.get(name):
            query = query.where(getattr(JournalLine, name) == value)
    return page(query, JournalLine.seq, show.line)
