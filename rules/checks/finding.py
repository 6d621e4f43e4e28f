"""What the checks say: a finding names the rules, shows a record, and offers repairs."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["error", "warning", "info"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")
Patch = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Repair:
    """One way to mend a finding: what it does, and a JSON patch of the document of the finding's first rule."""

    zh: str
    en: str
    patch: Patch


@dataclass(frozen=True)
class Finding:
    """One thing the checks found; an error keeps a draft from being published.

    `path` lies in the document of the first of `rules`. `witness` are the facts of a record that shows it on
    `event` at the moment `at`: it was evaluated with all rules. Without one, the text says so.
    """

    code: str
    level: Level
    path: str
    zh: str
    en: str
    rules: tuple[str, ...]
    event: str = ""
    witness: Mapping[str, Any] | None = None
    repairs: tuple[Repair, ...] = ()
    at: str = ""


def patched(document: Mapping[str, Any], patch: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the document with a repair's patch applied: add, remove, replace and move, as RFC 6902 says.

    Raises ValueError where the patch does not fit the document.
    """
    found: dict[str, Any] = copy.deepcopy(dict(document))
    for step in patch:
        try:
            if step["op"] == "move":
                moved = _taken(found, str(step["from"]))
                _put(found, str(step["path"]), {"op": "add", "value": moved})
            else:
                _put(found, str(step["path"]), step)
        except (KeyError, IndexError, TypeError) as error:
            raise ValueError(f"the patch {dict(step)} does not fit the document") from error
    return found


def _way(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _taken(document: Any, path: str) -> Any:
    value = _at(document, _way(path))
    _put(document, path, {"op": "remove"})
    return value


def _put(document: Any, path: str, step: Mapping[str, Any]) -> None:
    *way, last = _way(path)
    _apply(_at(document, way), last, step)


def _at(value: Any, way: Sequence[str]) -> Any:
    for part in way:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def _apply(target: Any, last: str, step: Mapping[str, Any]) -> None:
    op = step["op"]
    if op not in ("add", "remove", "replace"):
        raise KeyError(op)
    if isinstance(target, list):
        place = len(target) if last == "-" else int(last)
        if op == "add":
            target.insert(place, copy.deepcopy(step["value"]))
        elif op == "replace":
            target[place] = copy.deepcopy(step["value"])
        else:
            del target[place]
    elif op == "remove":
        del target[last]
    else:
        if op == "replace" and last not in target:
            raise KeyError(last)
        target[last] = copy.deepcopy(step["value"])


def pointer(path: str) -> str:
    """Return the JSON pointer of a path such as when.all[0].value."""
    parts = path.replace("[", ".").replace("]", "").split(".")
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts if part)
