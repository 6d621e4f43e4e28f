"""Contracts, and what the ERP tells: invoices, payments, shipments."""

from __future__ import annotations

from typing import Any

from ..access import policy as access
from ..errors import ClewError, NotFound
from ..kinds import Contract, Customer, Lead
from . import show
from .blueprint import Blueprint
from .caller import actor, etag, key, origin, page, reason_of, revision, token_needed, values_of, workspace
from .described import Confirm, PageQuery
from .records import ETAG
from .schemas import OfKind

blueprint = Blueprint("api_erp", "erp", description="Contracts, invoices, payments, shipments")


def _create(kind: str, values: dict[str, Any]) -> Any:
    made = workspace().door.create(kind, values, origin(), key())
    return show.record(kind, made.record), 201 if made.new else 200


def _of_contract(kind: str, given: dict[str, Any]) -> Any:
    """Create an ERP record; its contract is named by `contract_number`."""
    access.check_write(workspace().kinds, actor(), kind)  # First: else refusals tell which numbers there are.
    values = values_of(given)
    number = values.pop("contract_number", None)
    contract = Contract.get_or_none(Contract.number == str(number))
    if contract is None:
        raise ClewError(
            f"没有合同「{number}」；请给出 contract_number", f"no contract {number!r}: give contract_number"
        )
    return _create(kind, {**values, "contract_id": contract.id, "customer_id": contract.customer_id})


@blueprint.get("/contracts")
@token_needed
@blueprint.query(PageQuery)
@blueprint.response(200, OfKind("rows", "contract"))
def list_contracts(given: dict[str, str]) -> dict[str, Any]:
    """List the contracts the caller may see, newest first."""
    query = access.visible(workspace().kinds, actor(), "contract")
    return page(query, Contract.id, lambda row: show.record("contract", row))


@blueprint.post("/contracts")
@token_needed
@blueprint.takes(OfKind("create", "contract"))
@blueprint.response(201, OfKind("row", "contract"))
@blueprint.alt_response(200, schema=OfKind("row", "contract"), description="Drawn up before", success=True)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IdempotencyKey")
def create_contract(given: dict[str, Any]) -> Any:
    """Draw up a contract for a lead (`lead_id`) or a customer (`customer_id`)."""
    values = values_of(given)
    if lead_id := values.get("lead_id"):
        lead = access.visible_leads(actor()).where(Lead.id == lead_id).first()
        if lead is None:
            raise NotFound("没有这条线索，或者它归别的团队。", f"no lead {lead_id}")
        values["customer_id"] = lead.customer_id
    elif not access.visible_customers(actor()).where(Customer.id == values.get("customer_id")).exists():
        raise NotFound("没有这个客户，或者它归别的团队。", "no such customer, or it belongs to another team")
    return _create("contract", values)


@blueprint.patch("/contracts/<contract_id>")
@token_needed
@blueprint.takes(OfKind("change", "contract"))
@blueprint.response(200, OfKind("row", "contract"), headers=ETAG)
@blueprint.problems(403, 404, 409, 423)
@blueprint.headers("IfMatch")
def change_contract(given: dict[str, Any], contract_id: str) -> Any:
    """Change fields of a contract. With If-Match, 409 if it changed meanwhile; 423 if a rule locked it."""
    _contract(contract_id)
    values, why = reason_of(workspace().kinds["contract"], values_of(given))
    changed = workspace().door.change("contract", contract_id, values, origin().because(why), revision())
    return show.record("contract", changed), 200, etag(changed)


@blueprint.post("/contracts/<contract_id>/unlock")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, OfKind("row", "contract"), headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def unlock_contract(given: dict[str, Any], contract_id: str) -> Any:
    """Unlock a contract that a rule locked; for managers, ops and administrators."""
    _contract(contract_id)
    changed = workspace().door.change("contract", contract_id, {"locked": False}, origin(), revision())
    return show.record("contract", changed), 200, etag(changed)


def _contract(contract_id: str) -> Contract:
    found: Contract | None = (
        access.visible(workspace().kinds, actor(), "contract").where(Contract.id == contract_id).first()
    )
    if found is None:
        raise NotFound("没有这份合同，或者它归别的团队。", f"no contract {contract_id}, or it belongs to another team")
    return found


@blueprint.post("/invoices")
@token_needed
@blueprint.takes(OfKind("erp", "invoice"))
@blueprint.response(201, OfKind("row", "invoice"))
@blueprint.alt_response(200, schema=OfKind("row", "invoice"), description="Taken over before", success=True)
@blueprint.problems(400, 403, 409)
@blueprint.headers("IdempotencyKey")
def create_invoice(given: dict[str, Any]) -> Any:
    """Take over an invoice: number, contract_number, amount, issued_at."""
    return _of_contract("invoice", given)


@blueprint.post("/payments")
@token_needed
@blueprint.takes(OfKind("erp", "payment"))
@blueprint.response(201, OfKind("row", "payment"))
@blueprint.alt_response(200, schema=OfKind("row", "payment"), description="Taken over before", success=True)
@blueprint.problems(400, 403, 409)
@blueprint.headers("IdempotencyKey")
def create_payment(given: dict[str, Any]) -> Any:
    """Take over a payment: number, contract_number, amount, paid_at."""
    return _of_contract("payment", given)


@blueprint.post("/shipments")
@token_needed
@blueprint.takes(OfKind("erp", "shipment"))
@blueprint.response(201, OfKind("row", "shipment"))
@blueprint.alt_response(200, schema=OfKind("row", "shipment"), description="Taken over before", success=True)
@blueprint.problems(400, 403, 409)
@blueprint.headers("IdempotencyKey")
def create_shipment(given: dict[str, Any]) -> Any:
    """Take over a shipment: number, contract_number, shipped_at."""
    return _of_contract("shipment", given)
