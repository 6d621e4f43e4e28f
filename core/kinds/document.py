"""文件 document: a file that belongs to a contract, a quote, a lead or a customer; its bytes lie outside the database.

`core.documents` takes files in and hands them out: no document is made without its file. One that was removed keeps
its record and its file, and can be put back.
"""

from __future__ import annotations

from typing import Any

from peewee import BigIntegerField, CharField, ForeignKeyField, IntegerField

from ...hooks.text import Text
from ..errors import Conflict
from ..schema.facts import facts_of, like
from ..schema.fields import field, reference
from ..schema.kind import ANY, BY_ROLES, Event, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import Record, UTCDateTimeField
from .contract import Contract
from .customer import Customer
from .lead import Lead
from .quote import Quote
from .user import User


class Document(Record):
    """A file: `size` in bytes, `sha256` of its content, `pages` of a PDF that can be shown, `retired_at` when it was removed.

    A contract's or a quote's file names the lead and the customer of that, too.
    """

    customer = ForeignKeyField(Customer, backref="documents", on_delete="RESTRICT")
    customer_id: str
    contract = ForeignKeyField(Contract, null=True, on_delete="RESTRICT")
    contract_id: str | None
    quote = ForeignKeyField(Quote, null=True, on_delete="RESTRICT")
    quote_id: str | None
    lead = ForeignKeyField(Lead, null=True, on_delete="RESTRICT")
    lead_id: str | None
    uploader = ForeignKeyField(User, null=True, on_delete="RESTRICT")
    uploader_id: str | None
    name = CharField(200)
    media_type = CharField(100)
    size = BigIntegerField()
    sha256 = CharField(64, index=True)
    pages = IntegerField(null=True)
    retired_at = UTCDateTimeField(null=True)


def _belonging(values: Values, context: LifecycleContext) -> Values:
    """Return what else a file belongs to: a contract's or a quote's to its lead and customer, a lead's to its customer."""
    found: Values = {}
    get = context.store.get
    if of := get("contract", values.get("contract_id")) or get("quote", values.get("quote_id")):
        found = {"lead_id": of.lead_id, "customer_id": of.customer_id}
    elif lead := get("lead", values.get("lead_id")):
        found = {"customer_id": lead.customer_id}
    if context.actor.kind == "user":
        found["uploader_id"] = context.actor.id
    return found


def _removed(document: Any, values: Values, context: LifecycleContext) -> Values:
    """Refuse to remove, put back or rename a file of a contract that is locked: its review rests on these files."""
    contract = context.store.get("contract", document.contract_id)
    if contract is not None and contract.locked and context.actor.kind == "user" and _touches(document, values):
        raise Conflict(
            f"合同 {contract.number} 锁定中（{contract.lock_reason}），不能移除或改名它的文件；可以再传一份新的。",
            f"contract {contract.number} is locked ({contract.lock_reason}): its files can't be removed or renamed; "
            "a new one can be added",
        )
    return {}


def _touches(document: Any, values: Values) -> bool:
    return any(name in values and values[name] != getattr(document, name) for name in ("retired_at", "name"))


_TITLE, _PLURAL = Text("文件", "Document"), Text("文件", "Documents")
_FIELDS = (
    field("name", "文件名", "File name", required=True),
    field("media_type", "类型", "Type", required=True, longest=100, form=False),
    field("size", "大小", "Size", "number", required=True, form=False),
    field("sha256", "校验值", "SHA-256", required=True, longest=64, form=False),
    field("pages", "页数", "Pages", "number", form=False, along=True),
    field("retired_at", "移除时间", "Removed", "moment", form=False),
    reference("uploader_id", "user", "上传人", "Uploaded by", along=True),
    reference("contract_id", "contract", "合同", "Contract", parent=True),
    reference("quote_id", "quote", "报价", "Quote", parent=True),
    reference("lead_id", "lead", "线索", "Lead", parent=True),
    reference("customer_id", "customer", "客户", "Customer", parent=True),
)
DOCUMENT = Kind(
    name="document",
    title=_TITLE,
    plural=_PLURAL,
    model=Document,
    found_by=("name",),
    fields=_FIELDS,
    events=(
        Event(
            "created",
            Text("上传文件", "Document uploaded"),
            trigger=Text("文件已上传", "A document is uploaded"),
            icon="paperclip",
        ),
        Event("retired", Text("移除文件", "Document removed"), "retired_at", ANY, icon="trash"),
        Event("restored", Text("恢复文件", "Document put back"), "retired_at", icon="paperclip"),
    ),
    facts=facts_of(_TITLE, _FIELDS),
    collection=like("document", _PLURAL, _FIELDS),
    lifecycle=Lifecycle(defaults=_belonging, derive_changes=_removed),
    write=BY_ROLES,
    acts_on="contract",
    ruled=True,
    judged=True,
    icon="paperclip",
)
