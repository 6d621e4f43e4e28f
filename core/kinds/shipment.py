"""发货 shipment: goods that left for the customer, as the ERP tells it."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.facts import facts_of, like
from ..schema.fields import field, reference
from ..schema.kind import BY_ROLES, Event, Kind
from ..storage.records import Record, UTCDateTimeField
from .contract import Contract
from .customer import Customer


class Shipment(Record):
    """Goods that left for the customer."""

    number = CharField(60, unique=True)
    contract = ForeignKeyField(Contract, null=True, backref="shipments", on_delete="RESTRICT")
    contract_id: str | None
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    customer_id: str
    shipped_at = UTCDateTimeField(index=True)


_TITLE, _PLURAL = Text("发货", "Shipment"), Text("发货", "Shipments")
_FIELDS = (
    field("number", "发货单号", "Shipment number", required=True, longest=60),
    field("shipped_at", "发货时间", "Shipped", "moment", required=True),
    reference("contract_id", "contract", "合同", "Contract", parent=True),
    reference("customer_id", "customer", "客户", "Customer", parent=True),
)
SHIPMENT = Kind(
    name="shipment",
    title=_TITLE,
    plural=_PLURAL,
    model=Shipment,
    fields=_FIELDS,
    events=(Event("created", Text("发货", "Goods shipped"), icon="route", tone="done"),),
    facts=facts_of(_TITLE, _FIELDS),
    collection=like("shipment", _PLURAL, _FIELDS),
    write=BY_ROLES,
    ruled=True,
    judged=True,
    found_by=("number",),
    icon="route",
)
