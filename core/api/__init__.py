"""The REST API under /api/v1 (OpenAPI 3, bearer tokens) and the public web form."""

from __future__ import annotations

from flask import Flask

from ..workspace import Workspace
from . import (
    account,
    backtests,
    bulk,
    calendars,
    company,
    customers,
    dead_letters,
    deadlines,
    documents,
    erp,
    form,
    kinds,
    leads,
    leave,
    merging,
    people,
    problems,
    records,
    roles,
    rule_ways,
    rules,
    search,
    tasks,
    teams,
    today,
    views,
    why,
)
from .document import ClewApi


def register(app: Flask, ws: Workspace) -> None:
    """Install the API on the application."""
    app.config.update(
        API_TITLE="Clew",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    problems.install(app)
    app.config["UPLOADS"].add(documents.UPLOADS)
    api = ClewApi(app)
    for module in (
        today,
        search,
        leads,
        customers,
        tasks,
        erp,
        documents,
        rules,
        rule_ways,
        backtests,
        company,
        kinds,
        calendars,
        leave,
        deadlines,
        dead_letters,
        why,
        roles,
        account,
        people,
        teams,
        merging,
        views,
        bulk,
        records,
    ):
        # Not by `api.register_blueprint`: that would describe it once for all, and kinds come and go.
        app.extensions["flask-smorest"]["blp_name_to_api"][module.blueprint.name] = api
        app.register_blueprint(module.blueprint, url_prefix=records.PREFIX)
    records.install(app)
    app.register_blueprint(form.blueprint)
    form.limit(app, ws)
