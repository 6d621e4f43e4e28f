"""发货 shipment: goods that left for the customer, as the ERP tells it."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.fields import field, reference
from ..schema.kind import Event, Kind
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


SHIPMENT = Kind(
    name="shipment",
    title=Text("发货", "Shipment"),
    plural=Text("发货", "Shipments"),
    model=Shipment,
    fields=(
        field("number", "发货单号", "Shipment number", required=True, longest=60),
        field("shipped_at", "发货时间", "Shipped", "moment", required=True),
        reference("contract_id", "contract", "合同", "Contract", parent=True),
        reference("customer_id", "customer", "客户", "Customer", parent=True),
    ),
    events=(Event("created", Text("发货", "Goods shipped"), icon="route", tone="done"),),
    write="contract",
    ruled=True,
    icon="route",
)
