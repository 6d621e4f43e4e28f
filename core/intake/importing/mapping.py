"""The mapping: which column of a file becomes which field of ours. Read strictly, every problem named at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from ....hooks.text import Text
from ...errors import ClewError, Invalid
from ...schema.fields import Field
from ...workspace import Workspace
from .readings import MARKS, ORDERS, read_date, read_number
from .tables import Table
from .targets import OUTCOME, Target, moment, target, target_names

_SOURCE_KEYS = ("as", "columns", "key", "constants", "occurred_at")
_TOP_KEYS = (*_SOURCE_KEYS, "sources", "until")
_COLUMN_KEYS = ("column", "map", "default", "otherwise", "lower", "first", "format", "date", "number", "times")


class BadMapping(ClewError):
    """A mapping that does not fit; `.problems` holds every one of its faults. Nothing was imported."""

    code = "bad_mapping"

    def __init__(self, problems: Sequence[Text]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(p.zh for p in problems), "\n".join(p.en for p in problems))


@dataclass(frozen=True)
class Column:
    """How one field gets its value: a column, perhaps translated, shortened, put into words, or read in a way of its own.

    `date` and `number` say how what can be read two ways is read, `times` by how much an amount is multiplied.
    """

    column: str
    map: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    lower: bool = False
    first: int = 0
    format: str = ""
    date: str = ""
    number: str = ""
    times: int = 1
    otherwise: str = ""
    options: frozenset[str] = frozenset()
    """What the field takes, in small letters; anything else becomes `otherwise`, if that is given."""

    def value(self, cells: Mapping[str, str]) -> str:
        """Return the value for a row. What `map` does not name passes as it is."""
        text = cells[self.column]
        text = text.lower() if self.lower else text
        if text in self.map:
            text = self.map[text]
        elif text and self.otherwise and text.strip().lower() not in self.options:
            text = self.otherwise
        text = text[: self.first] if self.first else text
        text = self.format.replace("{value}", text) if self.format and text else text
        text = read_date(text, self.date) if self.date and text else text
        text = read_number(text, self.number, self.times) if (self.number or self.times != 1) and text else text
        return text or self.default


@dataclass(frozen=True)
class Source:
    """What to do with the files whose name fits `match`."""

    kind: str
    columns: Mapping[str, Column]
    key: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    occurred_at: str = ""
    match: str = "*"

    def values(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Return a row's values under our names; an empty one counts as not given."""
        found = dict(self.constants) | {name: column.value(cells) for name, column in self.columns.items()}
        return {name: value for name, value in found.items() if value != ""}

    def used(self) -> list[str]:
        """Return the columns of the file that something is made of."""
        named = [self.key, self.occurred_at, *(column.column for column in self.columns.values())]
        return [name for name in dict.fromkeys(named) if name]


@dataclass(frozen=True)
class FileMapping:
    """A mapping as read: its sources, and how long a history goes on after the last row."""

    sources: tuple[Source, ...]
    until: datetime | None = None


def read_mapping(ws: Workspace, path: Path, kind: str = "lead") -> FileMapping:
    """Read a mapping file, or the bundled one of that name. Raises BadMapping."""
    name = path.name
    try:
        text = bundled(name) if not path.exists() else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping([Text(f"读不了映射「{path}」：{error}", f"can't read the mapping {path}: {error}")]) from None
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadMapping([Text(f"{name} 不是有效的 YAML：{error}", f"{name} is not YAML: {error}")]) from None
    return parse_mapping(ws, document, name, kind)


def bundled(name: str) -> str:
    """Return a YAML file that comes with the importer, by its name without or with `.yaml`. Raises FileNotFoundError."""
    return (resources.files(__package__) / f"{name.removesuffix('.yaml')}.yaml").read_text(encoding="utf-8")


def parse_mapping(ws: Workspace, document: Any, name: str = "mapping", kind: str = "lead") -> FileMapping:
    """Check a mapping's document and return it. Raises BadMapping with every problem."""
    reader = _Reader(ws, name)
    found = reader.read(document, kind)
    if reader.problems:
        raise BadMapping(reader.problems)
    return found


def guess_mapping(ws: Workspace, table: Table, kind: str = "lead") -> tuple[FileMapping, tuple[str, ...]]:
    """Match columns by our field names and labels; return the mapping and the columns that fit nothing.

    Raises BadMapping if no column fits.
    """
    if kind == OUTCOME:
        raise BadMapping([Text("导入结果（outcome）需要 --mapping", "importing outcomes needs a --mapping")])
    goal = _target(ws, kind)
    names = names_and_labels(goal)
    columns: dict[str, Column] = {}
    unknown = []
    for column in table.columns:
        ours = names.get(column.strip().lower())
        if ours and ours not in columns:
            columns[ours] = Column(column)
        else:
            unknown.append(column)
    missing = [group for group in goal.needed() if not {*group} & set(columns)]
    if missing or not columns:
        raise BadMapping([_no_column(goal, table, group) for group in missing or [sorted(goal.fields())]])
    key = columns["external_id"].column if "external_id" in columns else ""
    occurred = columns.pop("received_at", None)
    source = Source(kind, columns, key=key, occurred_at=occurred.column if occurred else "")
    return FileMapping((source,)), tuple(unknown)


def source_for(mapping: FileMapping, table: Table) -> Source:
    """Return the source that a file belongs to, its columns checked. Raises BadMapping."""
    name = table.path.name
    source = next((s for s in mapping.sources if fnmatch(name, s.match)), None)
    if source is None:
        known = ", ".join(s.match for s in mapping.sources)
        raise BadMapping([Text(f"映射里没有适合「{name}」的来源（有：{known}）", f"no source fits {name}: {known}")])
    wanted = {c.column for c in source.columns.values()} | {source.key, source.occurred_at} - {""}
    missing = [column for column in sorted(wanted - {""}) if column not in table.columns]
    if missing:
        raise BadMapping(
            [
                Text(
                    f"「{name}」没有列「{c}」{_near_zh(c, table.columns)}",
                    f"{name} has no column {c!r}{_near_en(c, table.columns)}",
                )
                for c in missing
            ]
        )
    return source


def _target(ws: Workspace, kind: str) -> Target:
    known = target_names(ws)
    if kind not in known:
        raise BadMapping(
            [
                Text(
                    f"不能导入「{kind}」{_near_zh(kind, known)}",
                    f"{kind!r} can't be imported{_near_en(kind, known)}",
                )
            ]
        )
    return target(ws, kind)


def names_and_labels(goal: Target) -> dict[str, str]:
    """Return our name of each field by what a column's head may say: the name itself, or a label."""
    found: dict[str, str] = {name.lower(): name for name in sorted(goal.fields())}
    for name, one in goal.labelled():
        found.setdefault(one.label.zh.lower(), name)
        found.setdefault(one.label.en.lower(), name)
    return found


def _no_column(goal: Target, table: Table, group: Iterable[str]) -> Text:
    labels = {name: one.label for name, one in goal.labelled()}
    wanted = [labels.get(name, Text(name, name)) for name in group]
    zh, en = "或".join(f"「{label.zh}」" for label in wanted), " or ".join(f"“{label.en}”" for label in wanted)
    return Text(
        f"「{table.path.name}」里没有{zh}列（有：{'、'.join(table.columns)}）；请改表头，或用 --mapping 说明",
        f"{table.path.name} has no column {en} (it has {', '.join(table.columns)}); rename one, or say it in a --mapping",
    )


def _near_zh(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"，是不是「{near[0]}」？" if near else f"；可用：{'、'.join(sorted(known))}"


def _near_en(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"


class _Reader:
    """Reads one document and collects what is wrong with it."""

    def __init__(self, ws: Workspace, name: str) -> None:
        self.ws, self.name = ws, name
        self.problems: list[Text] = []
        self._targets = {kind: target(ws, kind) for kind in target_names(ws)}

    def read(self, document: Any, kind: str) -> FileMapping:
        if not isinstance(document, dict):
            self._say("", "应为映射（columns: …）", "should be a mapping (columns: …)")
            return FileMapping(())
        self._known(document, _TOP_KEYS, "")
        until = self._moment(document["until"]) if "until" in document else None
        if "sources" not in document:
            return FileMapping((self._source(document, "", kind),), until)
        for key in sorted(set(document) & set(_SOURCE_KEYS)):
            self._say(key, "与 sources 不能并用；请写到各个来源里", "goes into each of the sources")
        sources = document["sources"]
        if not isinstance(sources, list) or not sources:
            self._say("sources", "应为列表", "should be a list")
            return FileMapping((), until)
        return FileMapping(tuple(self._matched(s, f"sources[{n}]", kind) for n, s in enumerate(sources)), until)

    def _matched(self, document: Any, path: str, kind: str) -> Source:
        if not isinstance(document, dict):
            self._say(path, "应为映射", "should be a mapping")
            return Source(kind, {})
        self._known(document, (*_SOURCE_KEYS, "match"), path)
        return self._source(document, path, kind)

    def _source(self, document: Mapping[Any, Any], path: str, kind: str) -> Source:
        at = f"{path}." if path else ""
        kind = str(document.get("as", kind))
        if kind not in self._targets:
            known = tuple(self._targets)
            self._say(
                f"{at}as", f"不能是「{kind}」{_near_zh(kind, known)}", f"can't be {kind!r}{_near_en(kind, known)}"
            )
            kind = "lead"
        given = document.get("columns", {})
        if not isinstance(given, dict) or not given:
            self._say(f"{at}columns", "应为「我们的字段: 列名」", "should map our fields to columns")
            given = {}
        columns = {}
        for name, spec in given.items():
            self._field(str(name), kind, f"{at}columns.{name}")
            columns[str(name)] = self._column(spec, f"{at}columns.{name}", self._choices(str(name), kind))
        constants = document.get("constants", {})
        if not isinstance(constants, dict):
            self._say(f"{at}constants", "应为「字段: 值」", "should map fields to values")
            constants = {}
        for name, value in constants.items():
            self._field(str(name), kind, f"{at}constants.{name}")
            self._constant(str(name), value, kind, f"{at}constants.{name}")
        for name in sorted(set(columns) & {str(n) for n in constants}):
            self._say(f"{at}constants.{name}", "与 columns 重复", "stands in columns too")
        key = self._text(document, "key", at)
        for place, words in self._targets[kind].problems(key, {*columns, *map(str, constants)}):
            self._say(f"{at}{place}", words.zh, words.en)
        return Source(
            kind,
            columns,
            key,
            {str(name): str(value) for name, value in constants.items()},
            self._text(document, "occurred_at", at),
            self._text(document, "match", at) or "*",
        )

    def _choices(self, name: str, kind: str) -> Field | None:
        """Return a field if it has options to choose from."""
        goal = self._targets[kind]
        found = dict(goal.labelled()).get(name) or self.ws.kinds.field(goal.kind, name)
        return found if found is not None and found.options else None

    def _otherwise(self, spec: Mapping[Any, Any], field: Field | None, path: str) -> tuple[str, frozenset[str]]:
        text = spec.get("otherwise", "")
        if "otherwise" not in spec:
            return "", frozenset()
        known = {one.lower() for key, words in field.offered for one in (key, words.zh, words.en)} if field else set()
        if field is None:
            self._say(f"{path}.otherwise", "只用于有选项的字段", "goes with a field that has options")
        elif not isinstance(text, str) or text.strip().lower() not in known:
            offered = [key for key, _ in field.offered]
            self._say(
                f"{path}.otherwise",
                f"没有选项「{text}」{_near_zh(str(text), offered)}",
                f"no option {text!r}{_near_en(str(text), offered)}",
            )
        return str(text), frozenset(known)

    def _column(self, spec: Any, path: str, field: Field | None = None) -> Column:
        if isinstance(spec, str) and spec:
            return Column(spec)
        if not isinstance(spec, dict) or not isinstance(spec.get("column"), str):
            self._say(path, "应为列名，或 {column: 列名, …}", "should be a column, or {column: …}")
            return Column("")
        self._known(spec, _COLUMN_KEYS, path)
        words = spec.get("map", {})
        if not isinstance(words, dict):
            self._say(f"{path}.map", "应为「原值: 新值」", "should map values to values")
            words = {}
        first, shape = spec.get("first", 0), spec.get("format", "")
        if not isinstance(first, int) or isinstance(first, bool) or first < 0:
            self._say(f"{path}.first", "应为正整数", "should be a whole number")
            first = 0
        if shape and "{value}" not in str(shape):
            self._say(f"{path}.format", "应含 {value}", "should hold {value}")
        for key, known in (("date", ORDERS), ("number", MARKS)):
            if spec.get(key, known[0]) not in known:
                self._say(f"{path}.{key}", f"应为 {'、'.join(known)}", f"should be one of {', '.join(known)}")
        times = spec.get("times", 1)
        if not isinstance(times, int) or isinstance(times, bool) or times < 1:
            self._say(f"{path}.times", "应为正整数", "should be a whole number of at least 1")
            times = 1
        if not isinstance(spec.get("lower", False), bool):
            self._say(f"{path}.lower", "应为 true 或 false", "should be true or false")
        return Column(
            spec["column"],
            {str(a): "" if b is None else str(b) for a, b in words.items()},
            str(spec.get("default", "")),
            spec.get("lower", False) is True,
            first,
            str(shape),
            str(spec.get("date", "")),
            str(spec.get("number", "")),
            times,
            *self._otherwise(spec, field, path),
        )

    def _constant(self, name: str, value: Any, kind: str, path: str) -> None:
        written = self._targets[kind].kind
        field = self.ws.kinds.field(written, name)
        if field is None or field.to:
            return
        try:
            self.ws.configuration.validator.read(written, {name: value}, whole=False)
        except Invalid as error:
            self._blame(path, error)

    def _field(self, name: str, kind: str, path: str) -> None:
        known = self._targets[kind].fields()
        if name not in known:
            self._say(path, f"没有字段「{name}」{_near_zh(name, known)}", f"no field {name!r}{_near_en(name, known)}")

    def _text(self, document: Mapping[Any, Any], name: str, at: str) -> str:
        value = document.get(name, "")
        if not isinstance(value, str):
            self._say(f"{at}{name}", "应为文字", "should be text")
            return ""
        return value

    def _moment(self, value: Any) -> datetime | None:
        try:
            return moment(self.ws, value)
        except Invalid as error:
            self._blame("until", error)
            return None

    def _known(self, document: Mapping[Any, Any], allowed: tuple[str, ...], path: str) -> None:
        for key in document:
            if key not in allowed:
                where = f"{path}.{key}" if path else str(key)
                word = str(key)
                self._say(where, f"未知的键{_near_zh(word, allowed)}", f"is an unknown key{_near_en(word, allowed)}")

    def _blame(self, path: str, error: Invalid) -> None:
        for problem in error.problems:
            self._say(path, problem.text.zh, problem.text.en)

    def _say(self, path: str, zh: str, en: str) -> None:
        where = f"{self.name}: {path}" if path else self.name
        self.problems.append(Text(f"{where} {zh}", f"{where} {en}"))
