"""What a call sends, read strictly: JSON objects and parameters that hold nothing a database can't."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Request, request

from ...hooks.text import Text
from ..errors import ClewError, Invalid, Problem
from ..schema.validator import kept_exactly, unstorable

PAGE, MOST = 50, 200
_LONGEST_NAME = 80


class NotJSON(ClewError):
    """The body is no JSON object."""

    code = "json"


class WrongType(ClewError):
    """The body is of a type that the API does not read."""

    status = 415
    code = "media_type"


def sent_object(req: Request) -> dict[str, Any]:
    """Return the JSON object in a request's body, nothing for no body. Raises NotJSON, WrongType or Invalid."""
    text = req.get_data(cache=True)
    if not text.strip():
        return {}
    if not req.is_json:
        raise WrongType(
            "请求体应为 JSON：Content-Type: application/json", "send JSON, with Content-Type: application/json"
        )
    try:
        found = json.loads(text, parse_constant=_no_constant, parse_float=_whole_float)
    except (ValueError, RecursionError):
        raise NotJSON("请求体不是有效的 JSON。", "the body is no valid JSON") from None
    if not isinstance(found, dict):
        raise NotJSON("请求体应为 JSON 对象。", "the body should be a JSON object")
    if problems := list(unstorable(found)):
        raise Invalid(problems[:20])
    return found


def _whole_float(text: str) -> float:
    """Return a number with a fraction. Raises Invalid for one with more digits than it would read back with."""
    found = float(text)
    if math.isfinite(found) and not kept_exactly(text):
        shown = text[:_LONGEST_NAME]
        words = Text(f"数字 {shown} 位数太多，不能原样保存", f"the number {shown} has more digits than can be kept")
        raise Invalid([Problem("", words)])
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def parameters(req: Request) -> dict[str, str]:
    """Return the parameters of the query. Raises Invalid for what no database holds, and for one given twice."""
    problems = []
    for name, values in req.args.lists():
        if len(values) > 1:
            problems.append(Problem(name, Text(f"参数「{name}」给了 {len(values)} 次", f"{name} is given twice")))
        problems += [Problem(name, one.text) for one in unstorable(values[0], name)]
    if problems:
        raise Invalid(problems)
    return {name: req.args[name] for name in req.args}


def unknown(name: str, names: Iterable[str], *, query: bool = False) -> Problem:
    """Return the problem of a name that nobody asked for, with the nearest that somebody does."""
    known, name = sorted(names), name[:_LONGEST_NAME]
    near = difflib.get_close_matches(name, known, 1)
    zh, en = ("参数", "parameter") if query else ("字段", "field")
    if near:
        return Problem(
            name, Text(f"没有{zh}「{name}」，是不是「{near[0]}」？", f"no {en} {name!r}; did you mean {near[0]!r}?")
        )
    zh_more, en_more = (
        (f"；可选：{'、'.join(known)}", f"; there are {', '.join(known)}") if known and query else ("", "")
    )
    return Problem(name, Text(f"没有{zh}「{name}」{zh_more}", f"no {en} {name!r}{en_more}"))


def refuse_parameters(view: Any) -> None:
    """Raise Invalid for parameters of a query where the view takes none."""
    if request.args and not getattr(view, "takes_query", False):
        raise Invalid([unknown(name, (), query=True) for name in parameters(request)])


def limit_of(given: Mapping[str, str]) -> int:
    """Return how many items a page is to have, at most MOST. Raises Invalid."""
    text = given.get("limit") or str(PAGE)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise Invalid([Problem("limit", Text("limit 应为正整数", "limit is a positive integer"))])
    return min(MOST, int(text))
