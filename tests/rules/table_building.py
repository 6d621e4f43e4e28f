"""Decision tables for tests: one as in the console's picture, and random ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.language.vocabulary import FieldType, Vocabulary

KNOWN = bundled_vocabulary()
TEAMS = ("华东一部", "华东二部", "大客户部")


def table(rows: list[tuple[Any, ...]], **more: Any) -> dict[str, Any]:
    """Return a table of industry × region × budget → team, of rows (cells…, team); ids are r1, r2, …"""
    return {
        "id": "east",
        "title": {"zh": "华东线索分配", "en": "East leads"},
        "purpose": {"zh": "谁来接新线索。", "en": "Who takes a new lead."},
        "trigger": "lead.created",
        "hit": "first",
        "inputs": [{"field": "lead.industry"}, {"field": "lead.region"}, {"field": "lead.budget"}],
        "outputs": [{"action": "assign", "arg": "team"}],
        "rows": [
            {"id": f"r{number}", "when": list(cells), "then": [team]} for number, (*cells, team) in enumerate(rows, 1)
        ],
    } | more


REST = ("-", "-", "-", "华北部")
PICTURE = [
    ("医疗器械", "上海、江苏", "≥ 50 万", "大客户部"),
    ("纺织机械", "浙江", "≥ 80 万", "华东一部"),
    ("纺织机械", "浙江", "50–200 万", "华东二部"),
    ("纺织机械", "浙江", "< 50 万", "华东二部"),
    ("精密加工", "江苏", "≥ 50 万", "华东一部"),
    ("精密加工", "江苏", "< 20 万", "电话销售"),
    ("食品包装", "-", "≥ 30 万", "华东二部"),
    ("食品包装", "安徽", "≥ 60 万", "华东一部"),
    ("-", "-", "≥ 200 万", "大客户部"),
    REST,
]


# ---- Random tables over a text with three named values, a number, a choice and a yes-or-no

RANDOM = Vocabulary(
    {
        "t.word": FieldType("text"),
        "t.number": FieldType("number"),
        "t.choice": FieldType("text", ("a", "b", "c")),
        "t.flag": FieldType("bool"),
    },
    frozenset({"t"}),
    dict(KNOWN.actions),
)
_NUMBERS = st.integers(0, 4)
_WORD = st.sampled_from(["-", "x", "y", "x、y", "非 x", "非 x、z", "空", "非空", "y 或 空"])
_NUMBER = st.one_of(
    st.sampled_from(["-", "空", "非空"]),
    st.builds("{} {}".format, st.sampled_from(["≥", "<", ">", "≤", "非"]), _NUMBERS),
    st.builds(lambda a, b: f"{min(a, b)}–{max(a, b)}", _NUMBERS, _NUMBERS),
    st.builds(lambda a, b: f"> {a} 且 < {b}", _NUMBERS, _NUMBERS),
    st.builds("< {} 或 空".format, _NUMBERS),
)
_CHOICE = st.sampled_from(["-", "a", "b", "a、b", "非 c", "空"])
_FLAG = st.sampled_from(["-", "true", "false", "空"])
_WHEN = st.sampled_from(
    [
        None,
        {"field": "t.number", "op": "present"},
        {
            "any": [
                {"field": "t.word", "op": "==", "value": "x"},
                {"not": {"field": "t.flag", "op": "==", "value": True}},
            ]
        },
        {
            "not": {
                "all": [{"field": "t.choice", "op": "==", "value": "a"}, {"field": "t.number", "op": ">", "value": 2}]
            }
        },
    ]
)


@st.composite
def random_tables(draw: Any) -> dict[str, Any]:
    """Draw a table of up to six rows; a catch-all row ends some of them."""
    rows = draw(st.lists(st.tuples(_WORD, _NUMBER, _CHOICE, _FLAG, st.sampled_from(TEAMS)), min_size=1, max_size=6))
    if draw(st.booleans()):
        rows.append(("-", "-", "-", "-", TEAMS[0]))
    document = table(
        rows,
        trigger="t",
        hit=draw(st.sampled_from(["first", "unique"])),
        inputs=[{"field": name} for name in RANDOM.fields],
        outputs=[{"derive": "team"}],
    )
    when = draw(_WHEN)
    return document | ({"when": when} if when else {})


SAMPLES: dict[str, list[Any]] = {
    "t.word": [None, "x", "y", "z", "w"],
    "t.number": [None, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5],
    "t.choice": [None, "a", "b", "c"],
    "t.flag": [None, True, False],
}
