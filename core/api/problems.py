"""Errors of the API as problem documents (RFC 9457), in the caller's language."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from ...hooks.text import Text
from ..documents.files import Files
from ..errors import ClewError, Invalid
from ..rulebook.versions import Outdated
from ..storage.faults import unavailable
from ..write.prewrite import NeedsConfirmation

log = structlog.get_logger()
_STATUS = {
    401: Text("请带上有效的令牌", "send a valid token"),
    404: Text("没有这个地址", "nothing at this address"),
    405: Text("这个地址不支持这种方法", "this address does not take that method"),
    413: Text("内容太大", "too large"),
    429: Text("太频繁了，请一分钟后再试", "too many requests; try again in a minute"),
    500: Text("系统出错了，已记录", "something broke; it was logged"),
}


def locale() -> str:
    """Return the language the caller asks for: zh unless English comes first."""
    return "en" if request.accept_languages.best_match(["zh", "en"], "zh") == "en" else "zh"


def is_api() -> bool:
    """Say whether the request is for the API or the form, whose errors are documents and not pages."""
    return request.path.startswith(("/api/", "/form/"))


def problem(error: ClewError) -> Response:
    """Return one of our errors as a problem document."""
    body: dict[str, Any] = {
        "type": f"urn:clew:{error.code}",
        "title": error.text.for_locale(locale()),
        "status": error.status,
        "code": error.code,
    }
    if isinstance(error, Invalid):
        body["problems"] = [{"field": p.field, "message": p.text.for_locale(locale())} for p in error.problems]
    if isinstance(error, NeedsConfirmation):
        body["questions"] = [{"message": q.message, "rule": q.rule, "version": q.version} for q in error.questions]
    if isinstance(error, Outdated):
        body["differences"] = [
            {"path": d.path, "message": d.zh if locale() == "zh" else d.en} for d in error.differences
        ]
    return _document(body)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    title = _STATUS.get(status)
    words = title.for_locale(locale()) if title else error.name
    body: dict[str, Any] = {"type": f"urn:clew:http-{status}", "title": words, "status": status}
    return _document(body)


def _document(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = int(body["status"])
    response.mimetype = "application/problem+json"
    return response


def document(error: Exception) -> Response:
    """Return any error as a problem document."""
    error = unavailable(error) or _file_too_large(error) or error
    if isinstance(error, ClewError):
        return problem(error)
    return _http(error) if isinstance(error, HTTPException) else _http(InternalServerError())


def _file_too_large(error: Exception) -> ClewError | None:
    """Return what to say of an upload that was stopped before its file was reached, with the limit."""
    too_large = isinstance(error, RequestEntityTooLarge) and request.endpoint in current_app.config["UPLOADS"]
    return Files.of(current_app.extensions["clew"].settings).too_large() if too_large else None


def install(app: Flask) -> None:
    """Turn errors of /api and /form into problem documents where no console shows pages for them."""

    def answer(error: Exception) -> Any:
        if not isinstance(error, ClewError | HTTPException):
            log.error("request failed", path=request.path, exc_info=error)
        return document(error)

    for kind in (ClewError, HTTPException, Exception):
        app.register_error_handler(kind, answer)
