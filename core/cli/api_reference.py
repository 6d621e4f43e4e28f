"""docs/api.md, made from the OpenAPI document: `make docs` writes it anew.

What stands above its mark is written by hand.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from ..api import records
from ..api.document import document
from ..app import create_app
from ..opening import open_workspace
from ..settings import Settings

MARK = "<!-- Made from the OpenAPI document by `make docs`. Write above this line. -->"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def page(found: Mapping[str, Any], introduction: str) -> str:
    """Return docs/api.md: the introduction, and every operation by tag."""
    lines = [introduction.rstrip(), "", MARK, ""]
    for tag in found["tags"]:
        operations = list(_operations(found, tag["name"]))
        if operations:
            lines += [f"## {tag['name']}", tag["description"] + ".", ""]
            for method, path, operation in operations:
                lines += _section(method, path, operation, found)
    return "\n".join(lines).rstrip() + "\n"


def _operations(found: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and tag in operation["tags"]:
                shared = methods.get("parameters", [])
                yield method, path, {**operation, "parameters": [*shared, *operation.get("parameters", [])]}


def _section(method: str, path: str, operation: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    short = path.removeprefix(records.PREFIX)
    of_kind = short.startswith("/records/") and "{kind}" not in short
    lines = [f"### {method.upper()} {short}", operation["summary"]]
    if (words := operation.get("description")) and not of_kind:
        lines.append(" ".join(words.split()))
    parameters = [_resolved(one, found) for one in operation["parameters"]]
    for place, title in (("header", "Headers"), ("query", "Query")):
        lines += _listed(title, [(one["name"], one, False) for one in parameters if one["in"] == place], of_kind)
    if body := operation.get("requestBody"):
        schema = _resolved(next(iter(body["content"].values()))["schema"], found)
        needed = schema.get("required", ())
        values = [(name, one, name in needed) for name, one in schema.get("properties", {}).items()]
        lines += _listed("Body", values, of_kind and method != "post")
    codes = [code for code in operation["responses"] if code not in ("401", "500")]
    return [*lines, f"- Answers {', '.join(codes)}.", ""]


def _listed(title: str, values: list[tuple[str, Mapping[str, Any], bool]], short: bool) -> list[str]:
    """Return what may be sent: in one line where the names say it."""
    if short:
        return [f"- {title}: {', '.join(f'`{name}`' for name, _, _ in values)}"] if values else []
    needed = {True: " (needed)", False: ""}
    return [f"- `{name}`{needed[must]}: {one.get('description', '')}".removesuffix(": ") for name, one, must in values]


def _resolved(one: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in one:
        return one
    part: Any = found
    for step in one["$ref"].split("/")[1:]:
        part = part[step]
    return part  # type: ignore[no-any-return]


def written(app: Flask, text: str) -> str:
    """Return docs/api.md as it should be, with the introduction that `text` has."""
    with app.test_request_context("/"):
        return page(document(), text.partition(MARK)[0])


def main() -> int:
    """Write docs/api.md anew, for the kinds that come with Clew."""
    with tempfile.TemporaryDirectory() as folder:
        ws = open_workspace(settings=Settings(f"sqlite:///{folder}/clew.sqlite3"), migrate=True)
        PAGE.write_text(written(create_app(ws), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        ws.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
