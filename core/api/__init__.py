"""The REST API under /api/v1 (OpenAPI 3, bearer tokens) and the public web form."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from ..workspace import Workspace
from . import backtests, customers, dead_letters, erp, form, leads, problems, rule_ways, rules, tasks, why


def register(app: Flask, ws: Workspace) -> None:
    """Install the API on the application."""
    app.config.update(
        API_TITLE="Clew",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    problems.install(app)
    api = Api(app)
    for module in (leads, customers, tasks, erp, rules, rule_ways, backtests, dead_letters, why):
        api.register_blueprint(module.blueprint, url_prefix="/api/v1")
    app.register_blueprint(form.blueprint)
    form.limit(app, ws)
