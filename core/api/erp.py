"""Contracts, and what the ERP tells: invoices, payments, shipments."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from ..access import policy as access
from ..errors import ClewError, NotFound
from ..kinds import Contract, Customer, Lead
from . import show
from .caller import actor, body, key, origin, page, revision, token_needed, workspace

blueprint = Blueprint("api_erp", "erp", description="Contracts, invoices, payments, shipments")


def _create(kind: str, values: dict[str, Any]) -> Any:
    made = workspace().door.create(kind, values, origin(), key())
    return show.record(kind, made.record), 201 if made.new else 200


def _of_contract(kind: str) -> Any:
    """Create an ERP record; its contract is named by `contract_number`."""
    values = body()
    number = values.pop("contract_number", None)
    contract = Contract.get_or_none(Contract.number == number)
    if contract is None:
        raise ClewError(
            f"没有合同「{number}」；请给出 contract_number", f"no contract {number!r}: give contract_number"
        )
    return _create(kind, {**values, "contract_id": contract.id, "customer_id": contract.customer_id})


@blueprint.get("/contracts")
@token_needed
def list_contracts() -> dict[str, Any]:
    """List the contracts of the customers the caller may see, newest first."""
    customers = access.visible_customers(actor()).select(Customer.id)
    query = Contract.select().where(Contract.customer.in_(customers))
    return page(query, Contract.id, lambda row: show.record("contract", row))


@blueprint.post("/contracts")
@token_needed
def create_contract() -> Any:
    """Draw up a contract for a lead (`lead_id`) or a customer (`customer_id`)."""
    values = body()
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
def change_contract(contract_id: str) -> Any:
    """Change fields of a contract. With If-Match, 409 if it changed meanwhile; 423 if a rule locked it."""
    _contract(contract_id)
    known = {field.name for field in workspace().kinds.of("contract") if field.form}
    values = body()
    if refused := sorted(set(values) - known):
        names = ", ".join(refused)
        raise ClewError(f"不能这样修改：{names}", f"these can't be changed here: {names}")
    changed = workspace().door.change("contract", contract_id, values, origin(), revision())
    return show.record("contract", changed), 200, {"ETag": f'"{changed.revision}"'}


@blueprint.post("/contracts/<contract_id>/unlock")
@token_needed
def unlock_contract(contract_id: str) -> Any:
    """Unlock a contract that a rule locked; for managers, ops and administrators."""
    _contract(contract_id)
    changed = workspace().door.change("contract", contract_id, {"locked": False}, origin(), revision())
    return show.record("contract", changed)


def _contract(contract_id: str) -> Contract:
    customers = access.visible_customers(actor()).select(Customer.id)
    found: Contract | None = Contract.get_or_none((Contract.id == contract_id) & Contract.customer.in_(customers))
    if found is None:
        raise NotFound("没有这份合同，或者它归别的团队。", f"no contract {contract_id}, or it belongs to another team")
    return found


@blueprint.post("/invoices")
@token_needed
def create_invoice() -> Any:
    """Take over an invoice: number, contract_number, amount, issued_at."""
    return _of_contract("invoice")


@blueprint.post("/payments")
@token_needed
def create_payment() -> Any:
    """Take over a payment: number, contract_number, amount, paid_at."""
    return _of_contract("payment")


@blueprint.post("/shipments")
@token_needed
def create_shipment() -> Any:
    """Take over a shipment: number, contract_number, shipped_at."""
    return _of_contract("shipment")
