"""The Flask application: health, metrics, and whatever faces are installed on top (console, API)."""

from __future__ import annotations

import importlib
import secrets
from typing import Any

from flask import Flask, Response, g, jsonify, request
from peewee import PeeweeException
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from . import serving
from .company.install import is_current
from .kinds import Deadline
from .logs import configure_logs
from .opening import open_workspace
from .settings import Settings, load_settings
from .storage.database import database
from .storage.reading import reading
from .storage.system_tables import Dispatch, JournalLine, PluginHealth, Seal
from .workspace import Workspace


def create_app(ws: Workspace | None = None, settings: Settings | None = None) -> Flask:
    """Return the application for a workspace, opened from the settings if none is given."""
    configure_logs()
    ws = ws or open_workspace(settings=settings or load_settings())
    app = Flask("clew", static_folder=None)
    app.config.update(
        # Without a key of its own an installation answers this machine only: see `core.serving`.
        SECRET_KEY=ws.settings.secret_key or secrets.token_hex(32),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=ws.settings.secure_cookies,
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        # Endpoints that take a file: the faces add theirs.
        UPLOADS=set(),
    )
    app.json.ensure_ascii = False
    app.extensions["clew"] = ws
    serving.protect(app, ws.settings)
    _connections(app, ws)
    _health(app, ws)
    # The core may not import the console: it is found by name, and a core without it still serves.
    for face in ("clew.core.api", "clew.admin"):
        register = getattr(importlib.import_module(face), "register", None)
        if register is not None:
            register(app, ws)
    return app


def _connections(app: Flask, ws: Workspace) -> None:
    @app.before_request
    def allow_files() -> None:
        if request.endpoint in app.config["UPLOADS"]:
            # A file and what stands beside it in the form; the file itself is measured as it is read.
            request.max_content_length = (ws.settings.max_file_mb + 1) * 1024 * 1024

    @app.before_request
    def connect() -> None:
        if request.endpoint in ("healthz", "readyz"):  # They answer while the database is out of reach.
            return
        database.connect(reuse_if_open=True)
        ws.refresh()
        # The request keeps the configuration it began with, whatever is published meanwhile.
        g.configuration = ws.pinned()
        g.configuration.__enter__()
        g.reading = reading()
        g.reading.__enter__()

    @app.teardown_request
    def release(_error: BaseException | None) -> None:
        for block in ("reading", "configuration"):
            if (entered := g.pop(block, None)) is not None:
                entered.__exit__(None, None, None)
        if not database.is_closed() and not database.in_transaction():
            database.close()


def _health(app: Flask, ws: Workspace) -> None:
    @app.get("/healthz")
    def healthz() -> Any:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> Any:
        try:
            database.connect(reuse_if_open=True)
            database.execute_sql("SELECT 1")
            current = is_current(ws.db)
        except (PeeweeException, OSError):
            return jsonify(status="database out of reach"), 503
        return (jsonify(status="ok"), 200) if current else (jsonify(status="run `clew init`: migrations wait"), 503)

    @app.get("/metrics")
    def metrics() -> Response:
        serving.check_metrics(ws.settings)
        return Response(generate_latest(_measures(ws)), content_type=CONTENT_TYPE_LATEST)


def _measures(ws: Workspace) -> CollectorRegistry:
    registry = CollectorRegistry()
    events = Gauge("clew_dispatch", "Events by state, done ones left out", ["state"], registry=registry)
    for state in ("pending", "running", "held", "dead"):
        events.labels(state).set(Dispatch.select().where(Dispatch.state == state).count())
    overdue = Gauge("clew_deadlines_due", "Open deadlines whose moment has passed", registry=registry)
    now = ws.clock.now()
    overdue.set(Deadline.select().where((Deadline.state == "open") & (Deadline.due_at <= now)).count())
    last = Seal.select().order_by(Seal.number.desc()).first()
    unsealed = Gauge("clew_journal_unsealed", "Journal lines not sealed yet", registry=registry)
    unsealed.set(JournalLine.select().where(JournalLine.seq > (last.last_seq if last else 0)).count())
    aside = Gauge("clew_plugins_quarantined", "Plugins set aside", registry=registry)
    aside.set(PluginHealth.select().where(PluginHealth.quarantined_at.is_null(False)).count())
    return registry
