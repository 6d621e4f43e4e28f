"""What of a contract is billed and paid, and what a payment may be for: the page of a contract and finance's day agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from peewee import fn

from ...hooks.text import Text
from ..access import policy as access
from ..errors import Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import Contract, Invoice, Payment
from ..storage.database import write_transaction
from ..storage.queries import tuples
from ..storage.statements import by_id
from ..workspace import Workspace


@dataclass(frozen=True)
class Money:
    """A contract's amount, what was invoiced and what arrived, in yuan."""

    amount: Decimal
    billed: Decimal
    paid: Decimal

    @property
    def to_bill(self) -> Decimal:
        """What is still to be invoiced; 0 if more was than was agreed."""
        return max(self.amount - self.billed, Decimal(0))

    @property
    def open(self) -> Decimal:
        """What has not arrived yet; below 0 if too much did."""
        return self.amount - self.paid


def money_of(contracts: Iterable[Contract]) -> dict[str, Money]:
    """Return what is billed and paid of contracts, by their ids, with two statements for all."""
    rows = list(contracts)
    ids = [one.id for one in rows]
    billed, paid = _sums(Invoice, ids), _sums(Payment, ids)
    nothing = Decimal(0)
    return {one.id: Money(one.amount, billed.get(one.id, nothing), paid.get(one.id, nothing)) for one in rows}


def _sums(model: Any, ids: list[str]) -> Mapping[str, Decimal]:
    if not ids:
        return {}
    total = fn.SUM(model.amount).coerce(False)
    rows = model.select(model.contract, total).where(model.contract.in_(ids)).group_by(model.contract)
    return {contract: Decimal(int(fen)) / 100 for contract, fen in tuples(rows)}


def match(ws: Workspace, payment_id: str, contract_id: str, origin: Origin, revision: int | None = None) -> Payment:
    """Say which contract a payment is for.

    One that is not what the contract still waits for takes a reason. Raises NotFound for what the asker does not see,
    Invalid for a difference without a reason, or another customer's contract, and what the door raises.
    """
    payment = _seen(ws, origin, "payment", payment_id)
    contract = _seen(ws, origin, "contract", contract_id)
    if payment is None or contract is None:
        raise NotFound("没有这笔到账或这份合同。", "no such payment, or no such contract")
    if payment.customer_id != contract.customer_id:
        words = Text("这份合同是另一个客户的", "that contract is another customer's")
        raise Invalid([Problem("contract_id", words)])
    with write_transaction():
        by_id(Contract, contract.id, lock=True)  # Of two payments at once the second sees what the first left open.
        waited_for = money_of([contract])[contract.id].open
        if payment.amount != waited_for and not origin.reason.strip():
            zh = f"这笔到账 ¥{payment.amount:,.2f}，合同还差 ¥{waited_for:,.2f}：金额对不上，要写明原因"
            en = f"¥{payment.amount:,.2f} arrived, ¥{waited_for:,.2f} is open: the amounts differ, so say why"
            raise Invalid([Problem("reason", Text(zh, en))])
        done: Payment = ws.door.change("payment", payment.id, {"contract_id": contract.id}, origin, revision)
    return done


def _seen(ws: Workspace, origin: Origin, kind: str, record_id: str) -> Any:
    rows = access.visible(ws.kinds, origin.actor, kind)
    return rows.where(rows.model.id == record_id).first()
