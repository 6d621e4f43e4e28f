"""What the API takes and answers about fields, layouts, processes, and what changing them touches."""

from __future__ import annotations

from .described import Body, Shown, anything, given, listed, moment, nested, out, param
from .shapes import Words

_TEXT = ["string", "null"]
_WHOLE = ["integer", "null"]
ANSWERS = "what becomes of each touched thing that has choices: its key, and one of their values"
"""What `answers` of a publishing are."""


class OptionGiven(Shown):
    """One option of a choice."""

    value = out("string")
    zh = out("string")
    en = out("string")


class FieldShown(Shown):
    """A field of a kind."""

    name = out("string", examples=["source"])
    label = nested(Words)
    type = out("string")
    required = out("boolean")
    mask = out("string")
    hint = nested(Words)
    options = listed(OptionGiven)
    retired = out("array", items={"type": "string"}, description="the options nobody can choose any more")
    editable = out("boolean", description="operations may publish it")
    revision = out(_WHOLE, description="of its definition; null where there is none")


class LayoutShown(Shown):
    """The layout of a kind."""

    sections = anything("a list of {zh, en, fields}")
    columns = out("array", items={"type": "string"})
    hints = anything("{field: {zh, en}}")
    revision = out(_WHOLE)


class FieldsShown(Shown):
    """The fields of a kind in the order of its layout, and that layout."""

    kind = out("string")
    items = listed(FieldShown)
    layout = nested(LayoutShown)


class FieldGiven(Body):
    """What of a field is published; what is left out stays."""

    label_zh = given("string")
    label_en = given("string")
    type = given("string", "of a new field, or of one that no record holds")
    options = given("array", "a list of {value, zh, en}, perhaps colour and retired", items={"type": "object"})
    mask = given("string", "phone, email, name, id, or empty")
    hint_zh = given("string")
    hint_en = given("string")
    required = given("boolean")
    target = given("string", "the kind that a reference leads to")
    indexed = given("boolean")
    trade = given("string", "the plugin without which the field is not in force")
    needed_when = given("object", "{field, in: [values]}: needed while another field holds one of these")
    active = given("boolean", "false retires the field")
    answers = given("object", ANSWERS, additionalProperties={"type": "string"})
    typed_name = given("string", "the field's label, to confirm that more people see personal data")


class LayoutGiven(Body):
    """A layout; what is left out stays."""

    sections = given("array", "a list of {zh, en, fields}; one of the titles suffices", items={"type": "object"})
    columns = given("array", "the columns that the list shows at first", items={"type": "string"})
    hints = given("object", "{field: {zh, en}}")


class ProcessGiven(Body):
    """A process to publish."""

    kind = given("string", "the kind whose records go through it; of a process that is there: its own")
    document = given("object", "title, stages and transitions", required=True)
    active = given("boolean", "false takes it out of force")
    answers = given("object", ANSWERS, additionalProperties={"type": "string"})


class ProcessShown(Shown):
    """A process in force."""

    name = out("string")
    kind = out("string")
    document = anything("title, stages and transitions")
    plugin = out("string")
    revision = out(_WHOLE)
    counts = anything("how many records stand in each stage, by its name")


class ProcessList(Shown):
    """The processes in force."""

    items = listed(ProcessShown)


class Choice(Shown):
    """One thing that may be done about what is touched."""

    value = out("string", examples=["to:demo"])
    words = nested(Words)


class TouchShown(Shown):
    """One thing that a change touches; without choices it is only told."""

    key = out("string", description="answer to this")
    use = out("string", description="rule, table, draft, process, field, kind, layout, plugin, person, team or record")
    name = out("string")
    title = nested(Words)
    said = nested(Words)
    path = out("string", description="the page of the console that shows it")
    count = out("integer")
    places = out("array", items={"type": "string"}, description="paths within a rule's document")
    rows = out("array", items={"type": "integer"}, description="rows of a decision table")
    choices = listed(Choice)


class Touched(Shown):
    """Everything that a change touches, or that names a thing."""

    totals = nested(Words)
    items = listed(TouchShown)


class NamedQuery(Body):
    """What is named."""

    what = param(
        "string", "kind, field, option, stage, process, role, team, person, action, badge, pause_reason or deadline"
    )
    name = param("string", "its name; of a person the id")
    of = param("string", "of a field the kind, of an option <kind>.<field>, of a stage the process")


class Published(Shown):
    """What was published, and can be taken back for 30 days."""

    change = out(_TEXT, description="its id; null if nothing changes, and nothing is recorded")
    revision = out(_WHOLE, description="of the definition now")


class CompanyChangeShown(Shown):
    """One publishing."""

    id = out("string")
    subject = out("string", enum=["fields", "process", "kind"])
    name = out("string")
    title = nested(Words)
    author_name = out("string")
    created_at = moment()
    undone_at = moment(nullable=True)
    can_undo = out("boolean")


class CompanyChanges(Shown):
    """The newest publishings."""

    items = listed(CompanyChangeShown)


class LeftAsItIs(Shown):
    """One record that was not put back."""

    kind = out("string")
    id = out("string")
    title = nested(Words)
    reason = nested(Words)


class ChangeUndone(Shown):
    """What was put back, and what somebody changed since, which stays."""

    back = out("integer")
    kept = out("integer")
    left = listed(LeftAsItIs)
