"""文件 document: a file that belongs to a customer: name, type, size, and the hash of its bytes."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, IntegerField

from ...hooks.text import Text
from ..schema.facts import facts_of, like
from ..schema.fields import field, reference
from ..schema.kind import BY_ROLES, Event, Kind
from ..storage.records import Record
from .contract import Contract
from .customer import Customer


class Document(Record):
    """A file of a customer, of a contract if it is one's."""

    customer = ForeignKeyField(Customer, backref="documents", on_delete="RESTRICT")
    customer_id: str
    contract = ForeignKeyField(Contract, null=True, on_delete="RESTRICT")
    contract_id: str | None
    name = CharField(200)
    media_type = CharField(100)
    size = IntegerField()
    sha256 = CharField(64, index=True)


_TITLE, _PLURAL = Text("文件", "Document"), Text("文件", "Documents")
_FIELDS = (
    field("name", "文件名", "File name", required=True),
    field("media_type", "类型", "Type", required=True, longest=100, form=False),
    field("size", "大小", "Size", "number", required=True, form=False),
    field("sha256", "校验值", "SHA-256", required=True, longest=64, form=False),
    reference("contract_id", "contract", "合同", "Contract", parent=True),
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
        ),
    ),
    facts=facts_of(_TITLE, _FIELDS),
    collection=like("document", _PLURAL, _FIELDS),
    write=BY_ROLES,
    ruled=True,
    judged=True,
)
