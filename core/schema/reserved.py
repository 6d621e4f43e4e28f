"""Names that API, console and rules use themselves beside the fields of a record: no field can be called so."""

from __future__ import annotations

CONFIRM = "confirm"
"""In a call and in a form: yes to what a rule wants confirmed."""
FORM_NAMES = frozenset({CONFIRM, "csrf_token", "key"})
"""What forms of the console and bodies of the API hold beside values."""
LIST_PARAMETERS = frozenset({"limit", "after", "sort", "q"})
"""The API's parameters of lists; a filter by a field of such a name is called `<name>_is`."""
FACTS_OF_DATA = frozenset({"stage_working_hours"})
"""Facts that kinds kept as data have beside their fields."""
RANGES: dict[str, tuple[str, ...]] = {
    "number": ("_min", "_max"),
    "money": ("_min", "_max"),
    "date": ("_after", "_before"),
    "moment": ("_after", "_before"),
}
"""The filters that a list has beside `<field>`, by the type of the field."""
