"""Documents and packs written as YAML, the way people write them; reading it back gives the equal document."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import yaml

from . import schema

_WIDTH = 110
_ODD_BREAKS = frozenset("\r\x85\u2028\u2029")
# Keys inside a document, in the order people write them; others stay in the order they have.
_INNER = (
    *("id", "as", "of", "where", "none", "at_least", "action", "arg", "derive"),
    *("field", "derived", "op", "value", "than", "title", "zh", "en", "from", "until"),
    *("event", "at", "facts", "expect", "fires", "decisions", "when", "then", "note"),
)
# What stands below these is named by actions and facts: it keeps its order.
_AS_IT_IS = ("then", "facts", "decisions")


class _Dumper(yaml.SafeDumper):
    """SafeDumper that indents lists, keeps short mappings on one line and never writes an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # YAML takes some characters for line breaks and gives "\n" back: those are escaped.
    style = '"' if _ODD_BREAKS.intersection(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
# Our reader takes dates as text, so they need no quotes.
_Dumper.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def dump_document(document: Mapping[str, Any]) -> str:
    """Return one document as YAML, its keys in the order people write them."""
    return _dump(ordered(document))


def dump_pack(document: Mapping[str, Any]) -> str:
    """Return a pack's document ({id, title, rules}) as YAML."""
    found = {key: document[key] for key in (*schema.PACK_KEYS, *document) if key in document}
    if isinstance(found.get("rules"), list):
        found["rules"] = [ordered(one) for one in found["rules"]]
    return _dump(found)


def ordered(document: Any) -> Any:
    """Return a document with its keys, at every depth, in the order people write them."""
    if not isinstance(document, Mapping):
        return document
    first = schema.TABLE_KEYS if "rows" in document else schema.KEYS
    return {key: _below(key, document[key]) for key in (*first, *document) if key in document}


def _below(key: str, value: Any) -> Any:
    return value if key in _AS_IT_IS else _ordered(value)


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        known = {key: value[key] for key in _INNER if key in value}
        return {key: _below(key, inner) for key, inner in {**known, **value}.items()}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value


def _dump(document: Any) -> str:
    dumped = _Dumper(io.StringIO(), sort_keys=False)
    node = dumped.represent_data(document)
    _lay_out(node, 0)
    text: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=_WIDTH)
    return text


def _lay_out(node: yaml.Node, depth: int) -> int:
    """Choose one line for what is short; return how long the node is on one line."""
    if not isinstance(node, yaml.CollectionNode):
        # A text of several lines can't stand on one.
        return len(node.value) + 2 if not (isinstance(node, yaml.ScalarNode) and node.style == "|") else _WIDTH
    pairs = isinstance(node, yaml.MappingNode)
    inner = [part for item in node.value for part in (item if pairs else (item,))]
    length = 2 + sum(_lay_out(part, depth + 1) + 2 for part in inner)
    # A list of mappings, or a mapping in a mapping, is easier to read line by line.
    plain = all(
        not isinstance(part, yaml.CollectionNode)
        or (pairs and isinstance(part, yaml.SequenceNode) and part.flow_style)
        or not part.value
        for part in inner
    )
    node.flow_style = not inner or (depth > 0 and plain and length < _WIDTH - 2 * depth - 8)
    return length
