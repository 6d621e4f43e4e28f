"""The OpenAPI document of the configuration in force: kinds made at run time are in it like any other."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import current_app
from flask_smorest import Api
from flask_smorest.spec import FlaskPlugin

from ..schema.kind import Kind
from . import records
from .blueprint import PROBLEM, PROBLEMS
from .described import Described
from .schemas import documenting, open_kinds, resolved, schemas
from .shapes import ProblemDocument

OPTIONS: dict[str, Any] = {
    "info": {"description": "Leads come in, rules assign them, what nobody answers escalates: over HTTP."},
    "components": {
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "`clew token create you@example.com` makes a token; it acts as its user",
            }
        }
    },
    "security": [{"token": []}],
}
_HEADERS = {
    "IdempotencyKey": (
        "Idempotency-Key",
        "the same call with the same key makes one record: 201, then 200; 409 with other content",
        {"type": "string", "examples": ["order-4711"]},
    ),
    "IfMatch": (
        "If-Match",
        "the ETag that was read: 409 if the record changed meanwhile",
        {"type": "string", "pattern": r'^((W/)?"?[0-9]{1,18}"?|\*)$', "examples": ['"3"']},
    ),
}


class _Converter(OpenAPIConverter):
    """Describes the schema that stands for a kind as that kind has it now."""

    def resolve_nested_schema(self, schema: Any) -> Any:
        return super().resolve_nested_schema(resolved(schema))  # type: ignore[no-untyped-call]

    def schema2parameters(self, schema: Any, **more: Any) -> Any:
        return super().schema2parameters(resolved(schema), **more)


class _Rules(FlaskPlugin):  # type: ignore[misc]
    """Describes paths by their rule; those of one kind are written out already."""

    def path_helper(self, rule: Any = None, operations: Any = None, parameters: Any = None, **more: Any) -> Any:
        if rule is None:
            return None
        return super().path_helper(rule=rule, operations=operations, parameters=parameters, **more)


class _Marshmallow(MarshmallowPlugin):
    Converter = _Converter


def _described(converter: Any, field: Any, ret: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(field, Described):
        return {}
    ret.clear()
    return deepcopy(field.schema)


class ClewApi(Api):  # type: ignore[misc]
    """Serves the document of the configuration in force: with the paths of kinds made at run time."""

    def _openapi_json(self) -> Any:
        found = current_app.response_class(mimetype="application/json")
        found.set_data(current_app.json.dumps(document()))
        return found


def document() -> dict[str, Any]:
    """Return the OpenAPI document of the configuration in force; made once for each."""
    configuration = current_app.extensions["clew"].configuration
    held = current_app.extensions.get("clew-openapi")
    if held is None or held[0] is not configuration:
        held = current_app.extensions["clew-openapi"] = (configuration, _made(current_app))
    found: dict[str, Any] = held[1]
    return found


def _made(app: Any) -> dict[str, Any]:
    spec = APISpec("Clew", "v1", "3.1.0", [_Rules(), plugin := _Marshmallow()], **deepcopy(OPTIONS))
    plugin.converter.add_attribute_function(_described)  # type: ignore[union-attr]
    for code, words in PROBLEMS.items():
        spec.components.response(
            f"Problem{code}", {"description": words, "content": {PROBLEM: {"schema": ProblemDocument}}}
        )
    for name, (header, words, schema) in _HEADERS.items():
        spec.components.parameter(name, "header", {"name": header, "description": words, "schema": schema})
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    for name, blueprint in app.blueprints.items():
        if name not in app.extensions["flask-smorest"]["blp_name_to_api"]:
            continue
        tag = name.removeprefix("api_").replace("_", "-")
        if blueprint is records.blueprint:
            spec.tag({"name": tag, "description": "Records of any kind, by the name of the kind"})
            _describe_kinds(spec, api, app)
        else:
            blueprint.register_views_in_doc(api, app, _Tagged(spec, tag), name=name, parameters=None)
            if all(one["name"] != tag for one in spec._tags):
                spec.tag({"name": tag, "description": blueprint.description})
    found = spec.to_dict()
    _exemplify(found)
    return found


class _Tagged:
    """A document whose operations carry one tag."""

    def __init__(self, spec: APISpec, tag: str) -> None:
        self.spec, self.tag = spec, tag

    def __getattr__(self, name: str) -> Any:
        return getattr(self.spec, name)

    def path(self, rule: Any, operations: dict[str, Any], parameters: list[Any]) -> None:
        """Describe a path."""
        for operation in operations.values():
            operation["tags"] = [self.tag]
        self.spec.path(rule=rule, operations=operations, parameters=parameters)


class _OfKind(_Tagged):
    """A document that takes the paths of any kind as those of one; without a kind as they are."""

    def __init__(self, spec: APISpec, kind: Kind | None, names: list[str]) -> None:
        super().__init__(spec, kind.name if kind else "records")
        self.kind, self.names = kind, names

    def path(self, rule: Any, operations: dict[str, Any], parameters: list[Any]) -> None:
        """Describe a path, if the kind has it."""
        kind = self.kind
        if kind is None:
            parameters.append({"in": "path", "name": "kind", "schema": {"type": "string", "enum": self.names}})
            super().path(rule, operations, parameters)
            return
        suffix = rule.rule.partition("<kind>")[2]
        methods = dict(records.paths_of(kind)).get(suffix, {})
        mine = {method: one for method, one in operations.items() if method.upper() in methods}
        if not mine:
            return
        for operation in mine.values():
            _name(operation, kind)
        ids = [{"in": "path", "name": "record_id", "required": True, "schema": {"type": "string"}}]
        path = FlaskPlugin.flaskpath2openapi(rule.rule).replace("{kind}", kind.name)
        self.spec.path(path=path, operations=mine, parameters=ids if "{record_id}" in path else [])


def _describe_kinds(spec: APISpec, api: Any, app: Any) -> None:
    kinds = open_kinds(schemas().configuration)
    for kind in (*kinds, None):
        with documenting(kind.name if kind else "*"):
            target = _OfKind(spec, kind, [one.name for one in kinds])
            records.blueprint.register_views_in_doc(api, app, target, name=records.blueprint.name, parameters=None)
        if kind is not None:
            spec.tag({"name": kind.name, "description": f"{kind.plural.en} ({kind.plural.zh})"})


def _name(operation: dict[str, Any], kind: Kind) -> None:
    """Name an operation of any kind after one."""
    verb, _, noun = operation["operationId"].partition("_")
    operation["operationId"] = f"{verb}_{kind.name}_{noun}"
    operation["tags"] = [kind.name]
    one, many = _with_article(kind.title.en), kind.plural.en.lower()
    summary = operation["summary"].replace("the records", f"the {many}").replace("a record", one)
    operation["summary"] = summary.replace("one record", f"one {kind.title.en.lower()}")


def _with_article(title: str) -> str:
    return f"{'an' if title[:1].lower() in 'aeiou' else 'a'} {title.lower()}"


# ---- Examples


def _exemplify(found: dict[str, Any]) -> None:
    """Give every JSON body and answer an example, put together from what its schema says."""
    for path in found["paths"].values():
        for operation in path.values():
            if not isinstance(operation, dict):
                continue
            contents = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in contents:
                body = content.get("content", {}).get("application/json")
                if body and "schema" in body:
                    body.setdefault("example", example_of(body["schema"], found))
    for code, response in found["components"]["responses"].items():
        number = int(code.removeprefix("Problem"))
        example: dict[str, Any] = {"type": f"urn:clew:http-{number}", "title": PROBLEMS[number], "status": number}
        if number == 422:
            problems = [{"field": "phone", "message": "“Phone” '12' is no phone number"}]
            example |= {"type": "urn:clew:invalid", "code": "invalid", "problems": problems}
        response["content"][PROBLEM]["example"] = example


_SAMPLES: Mapping[str, Any] = {
    "id": "01KAVN3Y2M8Q4T7R5W9X1Z6C0D",
    "company": "苏州恒锐精密机械有限公司",
    "contact_name": "高建明",
    "phone": "13812345678",
    "email": "gao@hengrui.example",
    "credit_code": "91350100M000100Y43",
    "budget": "860000.00",
    "amount": "860000.00",
    "industry": "精密加工",
    "region": "江苏",
    "number": "HT-2026-0031",
    "contract_number": "HT-2026-0031",
    "next": None,
    "zh": "规则",
    "en": "Rule",
}


def example_of(schema: Mapping[str, Any], found: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """Return an example that a schema of the document allows."""
    if "$ref" in schema:
        part: Any = found
        for step in schema["$ref"].split("/")[1:]:
            part = part[step]
        return example_of(part, found, name, depth + 1)
    for key in ("example", "default"):
        if key in schema:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], found, name, depth)
    types: Any = schema.get("type")
    kind = types[0] if isinstance(types, list) and types else types
    if kind == "object" or "properties" in schema:
        return {
            key: example_of(one, found, key, depth + 1)
            for key, one in schema.get("properties", {}).items()
            if key in schema.get("required", ()) or (depth == 0 and key in _SAMPLES)
        }
    if kind == "array":
        return [example_of(schema["items"], found, name, depth + 1)] if "items" in schema and depth < 4 else []
    return _scalar(kind, schema, name)


def _scalar(kind: str | None, schema: Mapping[str, Any], name: str) -> Any:
    if name in _SAMPLES and kind == "string":
        return _SAMPLES[name] if _SAMPLES[name] is not None or "null" in schema["type"] else "x"
    if kind == "string":
        if name.endswith("_id"):
            return _SAMPLES["id"]
        formats = {"date-time": "2026-11-24T01:00:00+00:00", "date": "2026-11-24"}
        return formats.get(schema.get("format", ""), "860000.00" if "pattern" in schema else "…")
    return {"integer": 1, "number": 1, "boolean": True}.get(kind or "")
