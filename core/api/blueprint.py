"""The blueprint of the API: what a call sends is read and checked by its schema, and every answer is described.

It refuses what is no JSON, names that nobody asked for, and values that no database can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Request, g
from webargs.flaskparser import FlaskParser

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .schemas import resolved
from .sent import parameters, sent_object, unknown

PROBLEM = "application/problem+json"
PROBLEMS: Mapping[int, str] = {
    400: "The body is no JSON object, or it changes what can't be changed here",
    401: "No token, or one that is not valid",
    403: "The role, or the row, is not the caller's, or the token was made for less",
    404: "There is no such thing, or the caller may not know of it",
    409: "Changed meanwhile, a key or number used before, or a rule wants it confirmed (`questions`)",
    413: "The body is too large",
    415: "The body is not application/json",
    422: "What was sent is not valid: `problems` names each field",
    423: "A rule locked the record",
    500: "Something broke; it was logged",
    503: "What it stands on can't be reached or written to at the moment: a full disk, a file that is not there",
}
_SAID: Mapping[str, Text] = {
    "Missing data for required field.": Text("请填写", "is needed"),
    "Field may not be null.": Text("不能为空", "can't be null"),
    "Not a valid integer.": Text("应为整数", "takes an integer"),
    "Not a valid boolean.": Text("应为 true 或 false", "takes true or false"),
    "Not a valid string.": Text("应为文字", "takes text"),
    "Not a valid mapping type.": Text("应为 JSON 对象", "should be a JSON object"),
    "Not a valid list.": Text("应为列表", "should be a list"),
}
_UNKNOWN = "Unknown field."


class Reader(FlaskParser):
    """Reads what a call sends: strictly, and with words in both languages for what is wrong."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE, "json": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Return the JSON object that was sent, nothing for no body."""
        g.sent = sent_object(req)
        return g.sent

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Return the query's parameters by name."""
        return parameters(req)

    def handle_error(self, error: ma.ValidationError, req: Request, schema: ma.Schema, **more: Any) -> Any:
        """Turn what the schema refuses into a problem document."""
        location, messages = next(iter(error.messages.items()))  # type: ignore[union-attr]
        names = [field.data_key or name for name, field in resolved(schema).fields.items()]
        found = list(_problems(messages, names, query=location == "query"))
        raise Invalid(found) from None


def _problems(messages: Any, names: Iterable[str], path: str = "", *, query: bool = False) -> Iterator[Problem]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            here = path if name == ma.exceptions.SCHEMA else f"{path}.{name}" if path else str(name)
            yield from _problems(inner, names, here, query=query)
        return
    for one in messages if isinstance(messages, list) else [messages]:
        if one == _UNKNOWN:
            yield unknown(path, names, query=query)
        else:
            yield Problem(path, one if isinstance(one, Text) else _SAID.get(str(one), Text(str(one), str(one))))


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint whose operations say everything: names, bodies, parameters, headers, answers and problems."""

    ARGUMENTS_PARSER = Reader()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._prepare_doc_cbks.append(self._prepare_problems_doc)

    def takes(self, schema: Any, **more: Any) -> Callable[[Any], Any]:
        """Let a view take a JSON body of this schema as its argument. A body may be left out; what it needs may not."""
        return self.arguments(schema, required=False, **more)  # type: ignore[no-any-return]

    def query(self, schema: Any) -> Callable[[Any], Any]:
        """Let a view take the parameters of the query as its argument."""

        def decorator(view: Any) -> Any:
            found = self.arguments(schema, location="query")(view)
            found.takes_query = True
            return found

        return decorator

    @staticmethod
    def problems(*codes: int) -> Callable[[Any], Any]:
        """Declare the problems an operation can answer with, besides those that its way of being called brings."""

        def decorator(view: Any) -> Any:
            view._apidoc = deepcopy(getattr(view, "_apidoc", {}))
            view._apidoc["problems"] = codes
            return view

        return decorator

    @staticmethod
    def headers(*names: str) -> Callable[[Any], Any]:
        """Declare the headers an operation reads: components of the document."""

        def decorator(view: Any) -> Any:
            view._apidoc = deepcopy(getattr(view, "_apidoc", {}))
            view._apidoc["headers"] = names
            return view

        return decorator

    def _store_endpoint_docs(self, endpoint: str, obj: Any, parameters: Any, tags: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, parameters, tags, **options)
        for name, info in self._docs[endpoint].items():
            if name != "parameters":
                info.setdefault("manual_doc", {})["operationId"] = obj.__name__

    def _prepare_problems_doc(self, doc: dict[str, Any], doc_info: dict[str, Any], **more: Any) -> dict[str, Any]:
        codes = {401, 403, 422, 500, *doc_info.get("problems", ())}
        if "requestBody" in doc:
            codes |= {400, 413, 415}
        responses = {
            code: one for code, one in doc.get("responses", {}).items() if code != "default" and int(code) < 400
        }
        doc["responses"] = responses | {code: f"Problem{code}" for code in sorted(codes)}
        if names := doc_info.get("headers"):
            doc.setdefault("parameters", []).extend(names)
        return doc
