"""Decision tables: a grid of conditions and outcomes that stands for one rule a row.

A table's document is read here; its cells in cells.py, what its rows miss in report.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..language.actions import Action, parse_actions
from ..language.conditions import ALWAYS, All, Condition, parse_condition
from ..language.documents import Rule, rule_from_document
from ..language.errors import Problems, RuleError
from ..language.values import Scalar, is_scalar
from ..language.vocabulary import CatchAll, Vocabulary
from .cell_parser import document_cell
from .cells import ANY, BadCell, Cell, Column
from .columns import Output, parse_inputs, parse_outputs, title_of

HIT_POLICIES = ("first", "unique", "collect")
LONGEST_ID = 80
MOST_ROWS = 5000
TABLE_KEYS = (
    *("id", "version", "title", "purpose", "owner", "valid", "trigger", "priority", "group", "hit"),
    *("when", "inputs", "outputs", "rows", "tests"),
)
_HEAD = ("id", "version", "title", "purpose", "owner", "valid", "trigger", "priority", "group", "when", "tests")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Row:
    """One row as read: its cells, one an input, and its values, one an output (None: not given)."""

    id: str
    cells: tuple[Cell, ...]
    values: tuple[Any, ...]
    note: tuple[str, str] = ("", "")

    @property
    def catches_all(self) -> bool:
        """Say whether this row takes whatever comes."""
        return all(cell.any for cell in self.cells)


@dataclass(frozen=True)
class Table:
    """A decision table as read; `head` is a rule without outcome that carries what all rows share."""

    head: Rule
    hit: str
    inputs: tuple[Column, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]


def is_table(document: Mapping[str, Any]) -> bool:
    """Say whether a document is a decision table's, and not a single rule's."""
    return "rows" in document or "inputs" in document or "outputs" in document


def table_from_document(document: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> Table:
    """Read a decision table. Raises one RuleError with every problem."""
    problems = Problems()
    table = parse_table(dict(document), "", problems, vocabulary)
    problems.raise_if_any()
    return table


def rules_of_table(document: Mapping[str, Any], vocabulary: Vocabulary | None = None) -> tuple[Rule, ...]:
    """Return one rule a row; row `r` of table `t` is the rule `t-r`. Raises one RuleError with every problem."""
    return rules_of(table_from_document(document, vocabulary))


def rules_of(table: Table) -> tuple[Rule, ...]:
    """Return the rules of a table that was read without problems."""
    return tuple(_rule_of(table, index, row) for index, row in enumerate(table.rows))


def parse_table(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> Table:
    """Read a decision table; what is wrong goes to `problems` (the result is then not to be used)."""
    at = f"{path}." if path else ""
    if not isinstance(document, dict):
        problems.add(path, "决策表必须是一个映射", "a decision table is a mapping", found=document, allowed=TABLE_KEYS)
        document = {}
    for key in document:
        if key not in TABLE_KEYS:
            problems.add(f"{at}{key}", "未知的键", "is an unknown key", found=key, allowed=TABLE_KEYS, word=str(key))
    head = _head(document, at, problems, vocabulary)
    hit = document.get("hit", "first")
    if hit not in HIT_POLICIES:
        word = hit if isinstance(hit, str) else None
        problems.add(f"{at}hit", "未知的命中策略", "is no hit policy", found=hit, allowed=HIT_POLICIES, word=word)
        hit = "first"
    inputs = parse_inputs(document.get("inputs"), f"{at}inputs", problems, vocabulary)
    outputs = parse_outputs(document.get("outputs"), f"{at}outputs", problems, vocabulary)
    rows = _rows(document.get("rows"), f"{at}rows", inputs, outputs, problems, vocabulary, head.id)
    table = Table(head, hit, tuple(c for c in inputs if c), tuple(o for o in outputs if o), rows)
    _demand_catch_all(table, at, problems, vocabulary)
    return table


def _rule_of(table: Table, index: int, row: Row) -> Rule:
    head = table.head
    parts = [cell.condition(column) for cell, column in zip(row.cells, table.inputs, strict=True)]
    asked = [part for part in parts if part is not None]
    given = head.document.get("when")
    when = [given, *asked] if given else asked
    derive, actions = outcome_of(table.outputs, row.values)
    zh, en = row.note
    group = None if table.hit == "collect" else head.group or head.id
    title = {"zh": f"{head.title['zh']} · 第 {index + 1} 行", "en": f"{head.title['en']} · row {index + 1}"}
    document = {key: value for key, value in head.document.items() if key not in ("derive", "tests", "when", "group")}
    document |= {
        "id": f"{head.id}-{row.id}",
        "title": title,
        "purpose": {"zh": zh, "en": en} if zh and en else head.purpose,
        "priority": head.priority - index,
    }
    if group:
        document["group"] = group
    if when:
        document["when"] = when[0] if len(when) == 1 else {"all": when}
    if derive:
        document["derive"] = derive
    if actions:
        document["then"] = actions
    return replace(
        head,
        id=document["id"],
        title=title,
        purpose=document["purpose"],
        priority=document["priority"],
        group=group,
        when=_joined(head.when, asked),
        derive=tuple(derive.items()),
        then=tuple(Action(name, args) for action in actions for name, args in action.items()),
        document=json.loads(json.dumps(document)),
        table=head.id,
        row=index + 1,
    )


def _head(document: Mapping[str, Any], at: str, problems: Problems, vocabulary: Vocabulary | None) -> Rule:
    """Read what all rows share, as a rule; its outcome is a stand-in that each row puts its own for."""
    shared = {key: document[key] for key in _HEAD if key in document} | {"derive": {"row": "1"}}
    try:
        return rule_from_document(shared, vocabulary)
    except RuleError as error:
        problems.found += [replace(one, path=f"{at}{one.path}") for one in error.problems]
        return Rule("", 1, {"zh": "", "en": ""}, {"zh": "", "en": ""}, (), ALWAYS, (), ())


def _joined(given: Condition, asked: Sequence[Mapping[str, Any]]) -> Condition:
    """Return the condition of a row, as reading its document gives it."""
    problems = Problems()
    parts = [parse_condition(part, "", problems, None) for part in asked]
    problems.raise_if_any()
    every = parts if given == ALWAYS else [given, *parts]
    return every[0] if len(every) == 1 else All(tuple(every)) if every else ALWAYS


def outcome_of(
    outputs: Sequence[Output | None], values: Sequence[Any]
) -> tuple[dict[str, Scalar], list[dict[str, dict[str, Any]]]]:
    """Return what a row derives, and its actions: columns of one action make one, without what is not given."""
    derive: dict[str, Scalar] = {}
    actions: dict[str, dict[str, Any]] = {}
    for output, value in zip(outputs, values, strict=False):
        if output is None or value is None:
            continue
        if output.derive:
            derive[output.derive] = value
        else:
            actions.setdefault(output.action, {})[output.arg] = value
    return derive, [{name: args} for name, args in actions.items()]


def _rows(
    documents: object,
    path: str,
    inputs: Sequence[Column | None],
    outputs: Sequence[Output | None],
    problems: Problems,
    vocabulary: Vocabulary | None,
    table: str,
) -> tuple[Row, ...]:
    if not isinstance(documents, list) or not 0 < len(documents) <= MOST_ROWS:
        found = len(documents) if isinstance(documents, list) else documents
        problems.add(path, f"需要 1 到 {MOST_ROWS} 行的列表", f"needs a list of 1 to {MOST_ROWS} rows", found=found)
        return ()
    seen: set[str] = set()
    rows: list[Row] = []
    for index, document in enumerate(documents):
        where = f"{path}[{index}]"
        allowed = ("id", "when", "then", "note")
        if not isinstance(document, dict):
            problems.add(
                where, "一行写作 {id, when: […], then: […]}", "a row is {id, when: […], then: […]}", found=document
            )
            continue
        for key in document:
            if key not in allowed:
                problems.add(
                    f"{where}.{key}", "未知的键", "is an unknown key", found=key, allowed=allowed, word=str(key)
                )
        row_id = _row_id(document.get("id"), f"{where}.id", table, seen, problems)
        cells = tuple(
            _cell(source, column, f"{where}.when[{place}]", problems)
            for place, (source, column) in enumerate(
                zip(_of_length(document.get("when"), len(inputs), f"{where}.when", problems), inputs, strict=False)
            )
        )
        values = tuple(_of_length(document.get("then"), len(outputs), f"{where}.then", problems))
        _outcome(values, outputs, where, problems, vocabulary)
        rows.append(Row(row_id, cells, values, _note(document.get("note"), f"{where}.note", problems)))
    return tuple(rows)


def _row_id(value: object, path: str, table: str, seen: set[str], problems: Problems) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value) or len(f"{table}-{value}") > LONGEST_ID:
        problems.add(
            path,
            f"需要小写字母、数字与连字符组成的行名，与表名合计至多 {LONGEST_ID} 字符，如 east",
            f"needs lower-case words joined by hyphens, {LONGEST_ID} characters with the table's id, as in east",
            found=value,
        )
        return ""
    if value in seen:
        problems.add(path, "行名重复", "is used by two rows", found=value)
    seen.add(value)
    return value


def _of_length(value: object, count: int, path: str, problems: Problems) -> list[Any]:
    if isinstance(value, list) and len(value) == count:
        return value
    found = len(value) if isinstance(value, list) else value
    problems.add(
        path, f"需要 {count} 格，每列一格", f"needs {count} cell{'' if count == 1 else 's'}, one a column", found=found
    )
    return []


def _cell(source: object, column: Column | None, path: str, problems: Problems) -> Cell:
    if column is None:
        return ANY
    try:
        return document_cell(source, column)
    except BadCell as bad:
        problems.add(path, bad.zh, bad.en, found=source, allowed=bad.allowed, word=bad.word or None, called=bad.called)
        return ANY


def _outcome(
    values: Sequence[Any],
    outputs: Sequence[Output | None],
    path: str,
    problems: Problems,
    vocabulary: Vocabulary | None,
) -> None:
    """Check a row's values; what is wrong with an argument is said of its cell."""
    for place, (value, output) in enumerate(zip(values, outputs, strict=False)):
        if output and output.derive and value is not None and (not is_scalar(value) or value == ""):
            problems.add(f"{path}.then[{place}]", "需要文本、数字或布尔值", "needs a text, number or bool", found=value)
    if values and all(value is None for value in values):
        problems.add(
            f"{path}.then", "这一行什么也不做：至少填一格，或删去这一行", "does nothing: fill a cell or delete the row"
        )
        return
    if None in outputs:
        return  # What is wrong with a column is said once, not of each row.
    _, actions = outcome_of(outputs, values)
    inner = Problems()
    parse_actions(actions, "", inner, vocabulary)
    for problem in inner.found:
        problems.found.append(replace(problem, path=_cell_path(problem.path, actions, outputs, path)))


def _cell_path(found: str, actions: Sequence[Mapping[str, Any]], outputs: Sequence[Output | None], path: str) -> str:
    """Return the path of the cell that a problem of a row's actions is about."""
    number, _, rest = found.removeprefix("[").partition("]")
    name = next(iter(actions[int(number)])) if number.isdigit() else ""
    arg = rest.removeprefix(f".{name}").removeprefix(".").partition(".")[0].partition("[")[0]
    for place, output in enumerate(outputs):
        if output and output.action == name and arg in ("", output.arg):
            return f"{path}.then[{place}]"
    return f"{path}.then"


def _note(value: object, path: str, problems: Problems) -> tuple[str, str]:
    if value is None:
        return "", ""
    if isinstance(value, str):
        return value, value
    found = title_of(value)
    if found is None:
        problems.add(path, "需要一段文本或中英文 {zh: …, en: …}", "needs a text, or {zh: …, en: …}", found=value)
    return found or ("", "")


def _demand_catch_all(table: Table, at: str, problems: Problems, vocabulary: Vocabulary | None) -> None:
    """A table with some actions, such as assigning, has a last row for everything, so that nothing is left over."""
    demanding = [(o, spec) for o in table.outputs if (spec := _catch_all_of(o, vocabulary)) is not None]
    if not demanding or not table.rows:
        return
    (_, why), place = demanding[0], len(table.rows) - 1
    if table.hit == "collect":
        problems.add(
            f"{at}hit",
            f"{why.table[0]}不能用 collect（每行都生效）；请用 first 或 unique",
            f"{why.table[1]} can't collect, or several rows would do so; use first or unique",
            found="collect",
            allowed=("first", "unique"),
        )
    last = table.rows[-1]
    given = {(o.action, o.arg): value for o, value in zip(table.outputs, last.values, strict=False)}
    if not last.catches_all:
        problems.add(
            f"{at}rows[{place}].when",
            f"{why.table[0]}，最后一行须兜底：每格都写「-」，{why.reason[0]}",
            f"{why.table[1]} ends with a catch-all row, all cells '-', so that {why.reason[1]}",
        )
    elif not any(given.get((o.action, o.arg)) is not None for o, _ in demanding):
        problems.add(f"{at}rows[{place}].then", *why.missing)


def _catch_all_of(output: Output, vocabulary: Vocabulary | None) -> CatchAll | None:
    spec = vocabulary.actions.get(output.action) if vocabulary is not None and output.action else None
    return spec.catch_all if spec is not None else None
