"""Holds every answer that a test of the API gets against the document: its status, its type, its shape."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from clew.core.api.document import document


def hold_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every answer that a test client gets."""
    original = FlaskClient.open

    def open_(self: FlaskClient, *args: Any, **more: Any) -> Any:
        answer = original(self, *args, **more)
        if answer.request.path.startswith("/api/v1/") and not answer.request.path.endswith("openapi.json"):
            hold(self.application, answer)
        return answer

    monkeypatch.setattr(FlaskClient, "open", open_)


def hold(app: Any, answer: Any) -> None:
    """Fail unless an answer is one that the document declares for its operation."""
    method = answer.request.method
    try:
        rule, values = app.url_map.bind("localhost").match(answer.request.path, method, return_rule=True)
    except HTTPException:
        return
    with app.test_request_context("/"):
        found = document()
    path = rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
    own = path.replace("{kind}", str(values.get("kind")))
    operation = found["paths"].get(own, found["paths"][path]).get(method.lower(), {})
    if not operation:  # The paths of any kind take what this kind does not.
        operation = found["paths"][path][method.lower()]
    where = f"{method} {own}: {answer.status_code}"
    declared = operation["responses"].get(str(answer.status_code))
    assert declared is not None, f"{where} is not declared"
    if "$ref" in declared:
        declared = found["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    assert answer.mimetype in declared["content"], where
    for name in declared.get("headers", {}):
        assert name in answer.headers, f"{where} without {name}"
    schema = {**declared["content"][answer.mimetype]["schema"], "components": found["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    if errors := [f"{one.instance_path}: {one.message}" for one in validator.iter_errors(json.loads(answer.text))]:
        pytest.fail(f"{where}: {'; '.join(errors[:5])}")
