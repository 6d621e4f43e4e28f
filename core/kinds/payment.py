"""回款 payment: money that arrived, as the ERP tells it."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.facts import facts_of, like
from ..schema.fields import field, reference
from ..schema.kind import BY_ROLES, Event, Kind
from ..storage.records import MoneyField, Record, UTCDateTimeField
from .contract import Contract
from .customer import Customer


class Payment(Record):
    """Money that arrived."""

    number = CharField(60, unique=True)
    contract = ForeignKeyField(Contract, null=True, backref="payments", on_delete="RESTRICT")
    contract_id: str | None
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    customer_id: str
    amount = MoneyField()
    paid_at = UTCDateTimeField(index=True)


_TITLE, _PLURAL = Text("回款", "Payment"), Text("回款", "Payments")
_FIELDS = (
    field("number", "流水号", "Payment number", required=True, longest=60),
    field("amount", "金额", "Amount", "money", required=True),
    field("paid_at", "到账时间", "Paid", "moment", required=True),
    reference("contract_id", "contract", "合同", "Contract", parent=True),
    reference("customer_id", "customer", "客户", "Customer", parent=True),
)
PAYMENT = Kind(
    name="payment",
    title=_TITLE,
    plural=_PLURAL,
    model=Payment,
    fields=_FIELDS,
    events=(Event("created", Text("回款", "Payment arrived"), icon="circle-check", tone="done"),),
    facts=facts_of(_TITLE, _FIELDS),
    collection=like("payment", _PLURAL, _FIELDS),
    write=BY_ROLES,
    ruled=True,
    judged=True,
    found_by=("number",),
    icon="circle-check",
)
