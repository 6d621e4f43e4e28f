"""发票 invoice: what was billed, as the ERP tells it."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.facts import facts_of, like
from ..schema.fields import field, reference
from ..schema.kind import BY_ROLES, Event, Kind
from ..storage.records import MoneyField, Record, UTCDateTimeField
from .contract import Contract
from .customer import Customer


class Invoice(Record):
    """An invoice as the ERP issued it."""

    number = CharField(60, unique=True)
    contract = ForeignKeyField(Contract, null=True, backref="invoices", on_delete="RESTRICT")
    contract_id: str | None
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    customer_id: str
    amount = MoneyField()
    issued_at = UTCDateTimeField(index=True)


_TITLE, _PLURAL = Text("发票", "Invoice"), Text("发票", "Invoices")
_FIELDS = (
    field("number", "发票号码", "Invoice number", required=True, longest=60),
    field("amount", "金额", "Amount", "money", required=True),
    field("issued_at", "开票时间", "Issued", "moment", required=True),
    reference("contract_id", "contract", "合同", "Contract", parent=True),
    reference("customer_id", "customer", "客户", "Customer", parent=True),
)
INVOICE = Kind(
    name="invoice",
    title=_TITLE,
    plural=_PLURAL,
    model=Invoice,
    fields=_FIELDS,
    events=(Event("created", Text("开票", "Invoice issued"), icon="file-text"),),
    facts=facts_of(_TITLE, _FIELDS),
    collection=like("invoice", _PLURAL, _FIELDS),
    write=BY_ROLES,
    ruled=True,
    judged=True,
    found_by=("number",),
    icon="file-text",
)
