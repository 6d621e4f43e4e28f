"""The finance side, as the ERP tells it: invoices, payments, shipments."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ..storage.records import MoneyField, Record, UTCDateTimeField
from .sales import Contract, Customer


class Invoice(Record):
    """An invoice as the ERP issued it."""

    number = CharField(60, unique=True)
    contract = ForeignKeyField(Contract, null=True, backref="invoices", on_delete="RESTRICT")
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    amount = MoneyField()
    issued_at = UTCDateTimeField(index=True)


class Payment(Record):
    """Money that arrived."""

    number = CharField(60, unique=True)
    contract = ForeignKeyField(Contract, null=True, backref="payments", on_delete="RESTRICT")
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    amount = MoneyField()
    paid_at = UTCDateTimeField(index=True)


class Shipment(Record):
    """Goods that left for the customer."""

    number = CharField(60, unique=True)
    contract = ForeignKeyField(Contract, null=True, backref="shipments", on_delete="RESTRICT")
    customer = ForeignKeyField(Customer, on_delete="RESTRICT")
    shipped_at = UTCDateTimeField(index=True)
