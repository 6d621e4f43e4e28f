"""The outer shape of a rule document, said once: its keys in the order people write them, and their types.

documents.py reads with it, dumping.py orders by it, and the editor and the API may ask for `json_schema`.
"""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing

from .errors import Problems
from .schema_fields import (
    HIGHEST,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Anything,
    BothLanguages,
    Derivations,
    Events,
    Fault,
    Identifier,
    Moment,
    Part,
    Valid,
    Whole,
    Words,
)

MOST_TESTS = 100


class _Shape(Schema):
    class Meta:
        unknown = RAISE


class ExpectShape(_Shape):
    """What a test case expects."""

    fires = Anything("boolean")
    decisions = Anything("array")


class CaseShape(_Shape):
    """One test case of a rule."""

    title = BothLanguages(LONGEST_TITLE, or_one=True)
    event = Anything("string", required=True)
    at = Moment()
    facts = Anything("object")
    expect = Anything("object", required=True)


class DocumentShape(_Shape):
    """What every document has, whether it is one rule or a decision table."""

    id = Identifier(required=True)
    version = Whole(1, load_default=1)
    title = BothLanguages(LONGEST_TITLE, required=True)
    purpose = BothLanguages(LONGEST_TEXT, required=True)
    owner = Words(load_default="")
    valid = Valid(load_default=dict)
    trigger = Events(required=True)
    priority = Whole(-HIGHEST, load_default=0)
    group = Identifier(load_default=None)


class RuleShape(DocumentShape):
    """One rule."""

    match = Anything("array")
    when = Anything("object")
    derive = Derivations(load_default=dict)
    then = Anything("array")
    tests = Anything("array")


class PackShape(_Shape):
    """A file of rules and tables."""

    id = Identifier(required=True)
    title = BothLanguages(LONGEST_TITLE, required=True)
    rules = Anything("array", required=True)


KEYS = tuple(RuleShape().fields)
TABLE_KEYS = (*DocumentShape().fields, "hit", "inputs", "outputs", "when", "rows", "tests")
PACK_KEYS = tuple(PackShape().fields)
_SCHEMAS: dict[type[Schema], Schema] = {kind: kind() for kind in (RuleShape, PackShape, CaseShape, ExpectShape)}


def load(kind: type[Schema], document: object, path: str, problems: Problems) -> dict[str, Any]:
    """Return a document's keys as `kind` reads them, absent or wrong ones at their defaults; note what is wrong."""
    schema = _SCHEMAS[kind]
    if not isinstance(document, dict):
        problems.add(path, "需要一个映射", "needs a mapping", found=document, allowed=schema.fields)
        document = {}
    at = f"{path}." if path else ""
    try:
        found: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        found = {key: value for key, value in valid.items() if value is not missing}
        # Of marshmallow's own messages only two can come here: a key missing, and a key unknown.
        for key, messages in error.normalized_messages().items():
            if key not in schema.fields:
                allowed = tuple(schema.fields)
                problems.add(f"{at}{key}", "未知的键", "is an unknown key", found=key, allowed=allowed, word=str(key))
                continue
            faults = [one for one in messages if isinstance(one, Fault)] or _absent(schema.fields[key])
            for fault in faults:
                problems.add(f"{at}{key}{fault.at}", fault.zh, fault.en, found=fault.found)
    for key, field in schema.fields.items():
        if key not in found and field.load_default not in (None, missing) and not field.required:
            default = field.load_default
            found[key] = default() if callable(default) else default
    return found


def _absent(field: fields.Field[Any]) -> list[Fault]:
    faults = field.faults_of(None) if isinstance(field, Part) else []
    return faults or [Fault("缺少这一项", "is needed")]


def json_schema(kind: type[Schema] = RuleShape) -> dict[str, Any]:
    """Return the outer shape as a JSON Schema, for editors and the API."""
    parts = {name: field for name, field in _SCHEMAS[kind].fields.items() if isinstance(field, Part)}
    return {
        "type": "object",
        "properties": {name: part.description() for name, part in parts.items()},
        "required": [name for name, part in parts.items() if part.required],
        "additionalProperties": False,
    }
