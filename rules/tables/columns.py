"""The columns of a decision table: what each looks at, or which argument each fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..language.errors import Problems
from ..language.operators import OPERATORS
from ..language.vocabulary import ArgSpec, Title, Vocabulary
from .cells import Column

MOST_COLUMNS = 20
_BARE_OPS = ("contains", "starts_with", "matches")


@dataclass(frozen=True)
class Output:
    """An output column: an argument of an action, or a derived fact."""

    action: str = ""
    arg: str = ""
    derive: str = ""
    title: Title = ("", "")
    spec: ArgSpec = field(default=ArgSpec("scalar"), compare=False)


def column_of(document: Mapping[str, Any], vocabulary: Vocabulary | None) -> Column:
    """Return an input column with what the vocabulary knows of its fact."""
    name, derived = str(document.get("field") or document.get("derived") or ""), "derived" in document
    known = vocabulary.fields.get(name) if vocabulary and not derived else None
    title = title_of(document.get("title")) or (known.title if known else ("", ""))
    op = document.get("op")
    if known is None:
        return Column(name, derived, op=op, title=title)
    return Column(name, derived, known.kind, known.options, known.labels, op, title, known.known, known.unit)


def output_of(document: Mapping[str, Any], vocabulary: Vocabulary | None) -> Output:
    """Return an output column with what the vocabulary knows of its argument."""
    title = title_of(document.get("title"))
    if "derive" in document:
        return Output(derive=str(document["derive"]), title=title or ("", ""))
    action, arg = str(document.get("action") or ""), str(document.get("arg") or "")
    known = vocabulary.actions.get(action) if vocabulary else None
    spec = known.args.get(arg) if known else None
    return Output(action, arg, title=title or (spec.title if spec else ("", "")), spec=spec or ArgSpec("scalar"))


def title_of(value: object) -> Title | None:
    """Return a title as written, None if it is none."""
    if isinstance(value, Mapping) and isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):
        return value["zh"], value["en"]
    return None


def parse_inputs(
    documents: object, path: str, problems: Problems, vocabulary: Vocabulary | None
) -> tuple[Column | None, ...]:
    """Read the input columns; None stands for one that can't be used."""
    found: list[Column | None] = []
    for index, document in enumerate(_listed(documents, path, problems)):
        where = f"{path}[{index}]"
        allowed = ("field", "derived", "op", "title")
        if not _shape(document, where, allowed, problems) or ("field" in document) is ("derived" in document):
            problems.add(where, "输入列写作 {field: 字段} 或 {derived: 名称}", "an input is {field: …} or {derived: …}")
            found.append(None)
            continue
        column = column_of(document, vocabulary)
        found.append(column)
        if not column.name:
            problems.add(where, "需要一个字段名", "needs the name of a fact", found=document)
        elif vocabulary is not None and not column.derived and not vocabulary.knows(column.name):
            names = vocabulary.fields
            problems.add(
                f"{where}.field", "未知的字段", "is no known field", found=column.name, allowed=names, word=column.name
            )
        if column.op is not None and (
            column.op not in _BARE_OPS or (column.kind and column.kind not in OPERATORS[column.op].kinds)
        ):
            problems.add(f"{where}.op", "不能作为这一列的运算符", "can't be this column's operator", found=column.op)
    return tuple(found)


def parse_outputs(
    documents: object, path: str, problems: Problems, vocabulary: Vocabulary | None
) -> tuple[Output | None, ...]:
    """Read the output columns; None stands for one that can't be used."""
    found: list[Output | None] = []
    for index, document in enumerate(_listed(documents, path, problems)):
        where = f"{path}[{index}]"
        if not _shape(document, where, ("action", "arg", "derive", "title"), problems) or not _is_output(document):
            problems.add(
                where,
                "输出列写作 {action: 动作, arg: 参数} 或 {derive: 名称}",
                "an output is {action, arg} or {derive}",
            )
            found.append(None)
            continue
        output = output_of(document, vocabulary)
        if output in found:
            problems.add(where, "这一列重复", "is there twice", found=document)
        known = vocabulary is None or _is_known(output, where, problems, vocabulary)
        found.append(output if known else None)
    return tuple(found)


def _is_output(document: Mapping[str, Any]) -> bool:
    names = [key for key in ("action", "arg", "derive") if isinstance(document.get(key), str) and document[key]]
    return names in (["action", "arg"], ["derive"])


def _is_known(output: Output, path: str, problems: Problems, vocabulary: Vocabulary) -> bool:
    if output.derive:
        return True
    spec = vocabulary.actions.get(output.action)
    if spec is None:
        names, word = vocabulary.actions, output.action
        problems.add(f"{path}.action", "未知的动作", "is no known action", found=word, allowed=names, word=word)
    elif output.arg not in spec.args:
        word = output.arg
        problems.add(f"{path}.arg", "未知的参数", "is an unknown argument", found=word, allowed=spec.args, word=word)
    return spec is not None and output.arg in spec.args


def _listed(documents: object, path: str, problems: Problems) -> list[Any]:
    if isinstance(documents, list) and 0 < len(documents) <= MOST_COLUMNS:
        return documents
    problems.add(
        path, f"需要 1 到 {MOST_COLUMNS} 列的列表", f"needs a list of 1 to {MOST_COLUMNS} columns", found=documents
    )
    return []


def _shape(document: object, path: str, allowed: tuple[str, ...], problems: Problems) -> bool:
    """Check a column's keys and title."""
    if not isinstance(document, dict):
        return False
    for key in document:
        if key not in allowed:
            problems.add(f"{path}.{key}", "未知的键", "is an unknown key", found=key, allowed=allowed, word=str(key))
    if "title" in document and title_of(document["title"]) is None:
        problems.add(f"{path}.title", "需要中英文：{zh: …, en: …}", "needs both languages: {zh: …, en: …}")
    return True
