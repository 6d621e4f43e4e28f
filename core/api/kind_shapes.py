"""What the API takes and answers about kinds of record made at run time."""

from __future__ import annotations

from .company_shapes import ANSWERS
from .described import Body, Shown, anything, given, listed, out


class KindShown(Shown):
    """A kind of record made at run time."""

    name = out("string", examples=["sample"])
    title_zh = out("string")
    title_en = out("string")
    plural_en = out("string")
    belongs_to = out("array", items={"type": "string"}, description="the kinds its records belong to, closest first")
    owned = out("boolean", description="its records have an owner and a team")
    icon = out("string")
    active = out("boolean", description="false: retired, its records are kept")
    process = out("string")
    plugin = out("string", description="the plugin that brings it; empty: operations made it")
    revision = out("integer")
    roles = anything("what each role gives on its records: {role: {action: words of the scope}}")


class KindsShown(Shown):
    """The kinds of record made at run time."""

    items = listed(KindShown)


class KindGiven(Body):
    """What of a kind is published; what is left out stays."""

    title_zh = given("string")
    title_en = given("string")
    plural_en = given("string")
    belongs_to = given("array", "of a new kind: customer, lead, contract …, closest first", items={"type": "string"})
    owned = given(
        "boolean", "of a new kind: its records have an owner and a team; else they follow what they belong to"
    )
    icon = given("string")
    active = given("boolean", "false retires the kind, true brings it back")
    staged = given("boolean", "of a new kind: gives it its first process")
    answers = given("object", ANSWERS, additionalProperties={"type": "string"})
    typed_name = given("string", "the kind's title, to confirm that it is retired")
