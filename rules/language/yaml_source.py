"""Reads YAML from people we don't know: bounded in size and depth, no aliases, no tags, no doubled keys."""

from __future__ import annotations

from typing import Any

import yaml

from .errors import Problems

LARGEST = 1_000_000
DEEPEST = 24


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses what makes small documents large, and what silently loses text."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not taken", self._here())
        if self.depth >= DEEPEST:
            raise yaml.composer.ComposerError(None, None, f"nested more than {DEEPEST} deep", self._here())
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _here(self) -> Any:
        return self.peek_event().start_mark  # type: ignore[no-untyped-call]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# Dates stay text, so that a document is JSON as it stands.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str, source: str) -> Any:
    """Return the document as plain dicts, lists and scalars; raises RuleError naming line and column."""
    problems = Problems()
    size = len(text.encode("utf-8", errors="replace"))
    if size > LARGEST:
        problems.add("", f"文件超过 {LARGEST} 字节", f"is larger than {LARGEST} bytes", found=size)
        problems.raise_if_any(source)
    document: Any = None
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        problems.add(
            where,
            f"YAML 有误：{reason}（>=、!= 等运算符须加引号）",
            f'is not the YAML we take: {reason} (operators such as ">=" and "!=" need quotes)',
        )
    except (ValueError, OverflowError, RecursionError) as error:
        problems.add("", f"YAML 中的值无法读取：{error}", f"holds a value that can't be read: {error}")
    problems.raise_if_any(source)
    return document
