"""What a person reads when a page is not to be had: what happened, who helps, and a code to quote, within the frame."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from flask import Flask, current_app, redirect, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from ..core.access.holders import holders
from ..core.actions.takers import in_charge, operations
from ..core.api.problems import document, is_api
from ..core.documents.files import Files
from ..core.errors import ClewError
from ..core.facts.database_store import DatabaseStore
from ..core.storage.faults import unavailable
from ..core.workspace import Workspace
from ..core.write.prewrite import NeedsConfirmation
from . import session
from .session import t

log = structlog.get_logger()
_MOST_HELPERS = 3


@dataclass(frozen=True)
class _Failure:
    """One page that was not to be had; `code` is what the log has it under."""

    status: int
    title: str
    text: str
    code: str


def install(app: Flask, ws: Workspace) -> None:
    """Answer every error of the console with a page that keeps the frame, and every error of the API with a document."""
    for kind, answer in ((ClewError, _ours), (HTTPException, _http), (Exception, _crash)):
        app.register_error_handler(kind, partial(answer, ws))


def _ours(ws: Workspace, error: ClewError) -> Any:
    if is_api():
        return document(error)
    if isinstance(error, NeedsConfirmation):
        again = [(name, value) for name, value in request.form.items(multi=True) if name != "confirm"]
        return render_template("clew/confirm.html", error=error, again=again), error.status
    words = error.text.for_locale(session.locale())
    return _page(ws, error.status, _TITLES.get(error.status, _NOT_DONE), _sentence(words))


def _http(ws: Workspace, error: HTTPException) -> Any:
    if is_api():
        return document(error)
    if error.code == 403 and not current_user.is_authenticated:
        return redirect("/sign-in")
    if isinstance(error, CSRFError):
        return _page(ws, 400, _NOT_DONE, t(*_OPEN_TOO_LONG))
    status = error.code or 500
    if status == 413 and request.endpoint in current_app.config["UPLOADS"]:
        told = Files.of(ws.settings).too_large().text.for_locale(session.locale())
        if request.accept_mimetypes.best == "application/json":  # Its script says so beside the file.
            return {"text": told}, status
        return _page(ws, status, _NOT_DONE, told)
    words = _WORDS.get(status)
    said = t(*words) if words else error.description or error.name
    return _page(ws, status, _TITLES.get(status, _NOT_DONE), said)


def _crash(ws: Workspace, error: Exception) -> Any:
    code = _code()
    log.error("page failed", path=request.path, code=code, exc_info=error)
    if is_api():
        return document(error)
    known = unavailable(error)
    if known is not None:  # Who asks, and in which language, stands in the database, too.
        english = request.accept_languages.best_match(["zh", "en"], "zh") == "en"
        words = known.text.for_locale("en" if english else "zh")
        page = current_app.jinja_env.get_template("clew/unavailable.html")
        return page.render(english=english, text=words, code=code), known.status
    return _shown(ws, _Failure(500, t(*_BROKE), t(*_WORDS[500]), code))


_NOT_DONE = ("没有办成", "That did not work")
_BROKE = ("系统出错了", "Something broke")
_TITLES = {
    403: ("你看不到这一页", "Not for your role"),
    404: ("没有这一页", "Nothing here"),
    410: ("已经撤出", "Taken back"),
    500: _BROKE,
}
_WORDS = {
    403: ("需要的话请找管理员授权。", "Ask an administrator if you need it."),
    404: ("地址写错了，或者它归别的团队。", "The address is wrong, or it belongs to another team."),
    405: ("这个地址不能直接打开。", "This address can't be opened by itself."),
    413: ("发来的内容太大；请拆成几份再发。", "What was sent is too large: send it in parts."),
    429: ("请求太频繁，请过一会儿再试。", "Too many requests: try again in a while."),
    500: ("不是你的操作有问题。", "It was nothing that you did."),
}
_OPEN_TOO_LONG = ("页面放得太久了；请返回刷新后再提交。", "This page was open for too long; reload and try again.")


def _page(ws: Workspace, status: int, title: tuple[str, str], text: str) -> Any:
    code = _code()
    log.info("page refused", path=request.path, status=status, code=code)
    return _shown(ws, _Failure(status, t(*title), text, code))


def _shown(ws: Workspace, failure: _Failure) -> Any:
    values = {
        "failure": failure,
        "typed": request.method == "POST",
    }
    if not current_user.is_authenticated:
        return render_template("clew/error_plain.html", helpers=[], **values), failure.status
    try:
        helpers = [one.name for one in _helpers(ws, failure.status)]
        return render_template("clew/error.html", helpers=helpers, **values), failure.status
    except Exception as error:  # What broke the page may break the frame as well.
        log.error("the frame of an error page failed", path=request.path, code=failure.code, exc_info=error)
        return render_template("clew/error_plain.html", helpers=[], **values), failure.status


def _helpers(ws: Workspace, status: int) -> list[Any]:
    """Return who can do something about it: who gives access, who knows whose a record is, who mends what broke."""
    actor, store = current_user.actor, DatabaseStore(ws.kinds)
    found: Iterable[Any] = ()
    if status == 403:
        found = holders("roles")
    elif status == 404:
        found = [in_charge(store, actor.team_id)]
    elif status >= 500:
        found = operations(store)
    return [one for one in found if one is not None and one.id != actor.id][:_MOST_HELPERS]


def _sentence(words: str) -> str:
    """Return the words of an error, which go on where a caller's sentence began, as a sentence of their own."""
    whole = words[:1].upper() + words[1:]
    return whole if whole.endswith(("。", ".", "！", "？", "?", "!")) else whole + t("。", ".")


def _code() -> str:
    return f"E-{secrets.token_hex(2).upper()}-{secrets.token_hex(2).upper()}"
