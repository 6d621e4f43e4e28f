"""The application for tests that ask it without a server between: made once a process, as that takes longer than most."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from flask import Flask
from werkzeug.local import LocalProxy

from clew.core.app import create_app
from clew.core.workspace import Workspace

_served: list[Workspace] = []


@cache
def _made() -> tuple[Flask, dict[str, Any]]:
    app = create_app(cast(Workspace, LocalProxy(lambda: _served[-1])))
    return app, dict(app.config)


def app_of(ws: Workspace, csrf: bool = True) -> Flask:
    """Return the application, configured anew: it serves this workspace from now on, and no other.

    Without `csrf` a form may be posted that was not fetched. Whoever needs settings of their own makes an application.
    """
    _served[:] = [ws]
    app, config = _made()
    app.config.clear()
    app.config.update(config | {"WTF_CSRF_ENABLED": csrf})
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    return app
