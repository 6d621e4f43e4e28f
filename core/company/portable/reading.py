"""Reading a company's folder: every file held against what is known before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from ....hooks.text import Text
from ....rules.language.errors import RuleError
from ....rules.language.yaml_source import read_yaml
from ....rules.packs.reading import Pack, load_pack
from ...errors import Invalid, Problem
from ...schema.validator import unstorable
from ...workspace import Workspace
from .records import Portable, portables
from .writing import FORMAT, HEAD

_LARGEST = 1_000_000
_HEAD = ("format", "rules", "company", "title", "promise")
_LISTS = ("off", "retired")


@dataclass
class Folder:
    """What a folder says: rows by kind, packs of rules, the rules that are off or retired.

    `lines` has where each row stands in its file, by its identity: rows are not copied.
    """

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    packs: list[Pack] = field(default_factory=list)
    off: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    lines: dict[int, int] = field(default_factory=dict)

    def place_of(self, row: Mapping[str, Any]) -> Text:
        """Return where a row stands, in words."""
        line = self.lines.get(id(row), 0)
        return Text(f"第 {line} 行", f"line {line}")


def read(ws: Workspace, path: Path) -> Folder:
    """Read a folder that `write` made, or somebody wrote by hand. Raises Invalid with every problem, by file."""
    if not (path / HEAD).is_file():
        words = Text(
            f"「{path}」里没有 company.yaml：这不是公司的文件夹", f"no company.yaml in {path}: not a company's folder"
        )
        raise Invalid([Problem(HEAD, words)])
    folder, problems = Folder(), list[Problem]()
    known = {one.file: one for one in portables(ws.kinds)}
    for file in sorted([*path.glob("*.yaml"), *path.glob("rules/*.yaml")]):
        name = file.relative_to(path).as_posix()
        try:
            _one(folder, name, _text(path, file), known)
        except RuleError as error:
            problems += [Problem(name, Text(one.text("zh"), one.text("en"))) for one in error.problems]
        except Invalid as error:
            problems += [Problem(name, one.text) for one in error.problems]
    if problems:
        raise Invalid(problems)
    return folder


def _text(path: Path, file: Path) -> str:
    if not file.resolve().is_relative_to(path.resolve()):
        raise _invalid("指向文件夹外面，没有读", "leads out of the folder and was not read")
    try:
        if file.stat().st_size > _LARGEST:
            raise _invalid(f"超过 {_LARGEST} 字节", f"is larger than {_LARGEST} bytes")
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid(f"读不了：{error}", f"can't be read: {error}") from None


def _one(folder: Folder, name: str, text: str, known: Mapping[str, Portable]) -> None:
    if name.startswith("rules/"):
        folder.packs.append(load_pack(text, name))
        return
    document = read_yaml(text, name)
    if name == HEAD:
        _head(folder, document)
        if "company" not in document:
            return
        document = {"company": document["company"]}
    if name not in known:
        raise _invalid(f"没有这样的文件{_near(name, known).zh}", f"no such file{_near(name, known).en}")
    one = known[name]
    rows = document.get(one.kind.name) if isinstance(document, Mapping) and len(document) == 1 else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise _invalid(f"应为「{one.kind.name}:」下面的列表", f"should be a list below “{one.kind.name}:”")
    kept = folder.rows[one.kind.name] = [dict(row) for row in rows]
    folder.lines |= {id(row): line for row, line in zip(kept, lines_of(text, one.kind.name), strict=True)}
    problems = [problem for row in kept for problem in _row_problems(one, folder.place_of(row), row)]
    problems += _twice(folder, one, kept)
    if problems:
        raise Invalid(problems)


def lines_of(text: str, key: str) -> list[int]:
    """Return the lines on which the items of a list stand that `read_yaml` has read below `key`, counted from 1."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    lists = [value for name, value in node.value if name.value == key] if isinstance(node, yaml.MappingNode) else []
    return [item.start_mark.line + 1 for item in lists[0].value] if lists else []


def _head(folder: Folder, document: Any) -> None:
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise _invalid(
            f"format 应为 {FORMAT}；它来自别的版本的 Clew", f"format should be {FORMAT}: another Clew wrote it"
        )
    if unknown := [str(one) for one in document if one not in _HEAD]:
        raise _invalid(f"没有「{unknown[0]}」这一项", f"there is no {unknown[0]!r}")
    rules = document.get("rules") or {}
    if isinstance(rules, Mapping):
        # Written by hand without quotes, `off` is YAML for "no".
        rules = {"off" if name is False else name: one for name, one in rules.items()}
    if not isinstance(rules, Mapping) or not all(
        name in _LISTS and isinstance(one, list) and all(isinstance(code, str) for code in one)
        for name, one in rules.items()
    ):
        raise _invalid("rules 应为 off 和 retired 两个列表", "rules should have two lists, off and retired")
    folder.off, folder.retired = (tuple(rules.get(name, ())) for name in _LISTS)


def _row_problems(one: Portable, where: Text, row: Mapping[str, Any]) -> Iterator[Problem]:
    allowed = {*one.columns, *(("settings",) if one.kind.name == "plugin" else ())}
    for name in row:
        if name not in allowed:
            near = _near(str(name), allowed)
            yield Problem(
                "", Text(f"{where.zh}：没有「{name}」{near.zh}", f"{where.en}: there is no {name!r}{near.en}")
            )
    for name in one.kind.named_in_files:
        if name not in one.refers and row.get(name) in (None, ""):
            yield Problem("", Text(f"{where.zh}：缺「{name}」", f"{where.en}: {name!r} is missing"))
    for problem in unstorable(dict(row)):
        yield Problem("", Text(f"{where.zh}：{problem.text.zh}", f"{where.en}: {problem.text.en}"))


def _twice(folder: Folder, one: Portable, rows: list[Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for row in rows:
        key = one.key_of(row)
        if key in seen:
            where = folder.place_of(row)
            yield Problem("", Text(f"{where.zh}：「{key}」有两条", f"{where.en}: {key!r} is there twice"))
        seen.add(key)


def _near(name: str, known: Any) -> Text:
    near = get_close_matches(name, [str(one) for one in known], 1)
    return Text(f"；是「{near[0]}」吗？", f": did you mean {near[0]!r}?") if near else Text("", "")


def _invalid(zh: str, en: str) -> Invalid:
    return Invalid([Problem("", Text(zh, en))])
