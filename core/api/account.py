"""Accounts over the API: who calls, and of oneself (`me`) or, for administrators, of anybody: tokens, sessions, links."""

from __future__ import annotations

from typing import Any

from flask import g

from ..errors import Forbidden, NotFound
from ..journal.lines import plain
from ..kinds import ApiToken, Invitation, User
from ..people import devices, invitations, sessions, tokens
from ..people.others import account_of
from ..roles import may
from ..storage.statements import by_id
from ..storage.system_tables import SignInSession, TokenUse
from . import account_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, origin, token_needed, workspace
from .described import Confirm
from .problems import locale

blueprint = Blueprint("api_account", "account", description="One's own account, and for administrators others'")


@blueprint.get("/me")
@token_needed
@blueprint.response(200, shapes.Me)
def read_me() -> dict[str, Any]:
    """Say who calls, and what the token may."""
    user = g.token.user
    shown = {name: getattr(user, name) for name in ("id", "name", "email", "locale", "roles")}
    return {**shown, "token": _token(g.token, tokens.last_used([g.token]).get(g.token.id))}


@blueprint.get("/accounts/<user_id>/tokens")
@token_needed
@blueprint.response(200, shapes.TokensShown)
@blueprint.problems(404)
def list_tokens(user_id: str) -> dict[str, Any]:
    """List the tokens of `me` or of another person that hold."""
    rows = tokens.tokens_of(workspace(), _person(user_id))
    used = tokens.last_used(rows)
    return {"items": [_token(row, used.get(row.id)) for row in rows]}


@blueprint.post("/accounts/<user_id>/tokens")
@token_needed
@blueprint.takes(shapes.TokenAsked)
@blueprint.response(201, shapes.TokenMade)
@blueprint.problems(404, 409)
def create_token(given: dict[str, Any], user_id: str) -> Any:
    """Make a token for `me`; its key is answered here and never again. For others nobody makes one."""
    asked = {name: given[name] for name in ("name", "scope", "kinds", "days") if given.get(name) is not None}
    name, scope = str(asked.pop("name", "")), asked.pop("scope", tokens.READ)
    user = _person(user_id)
    key = tokens.issue_token(workspace(), user, name, origin(), scope=scope, **asked)
    made = ApiToken.get(ApiToken.token_hash == sessions.hash_of(key))
    return {"key": key, "token": _token(made, None)}, 201


@blueprint.post("/accounts/<user_id>/tokens/<token_id>/revoke")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.TokensShown)
@blueprint.problems(404)
def revoke_token(given: dict[str, Any], user_id: str, token_id: str) -> dict[str, Any]:
    """Revoke a token, at once and for good; answers those that still hold."""
    user = _person(user_id)
    if not ApiToken.select().where((ApiToken.id == token_id) & (ApiToken.user == user.id)).exists():
        raise NotFound("没有这个令牌。", "no such token")
    tokens.revoke(workspace(), token_id, origin())
    rows = tokens.tokens_of(workspace(), user)
    used = tokens.last_used(rows)
    return {"items": [_token(row, used.get(row.id)) for row in rows]}


@blueprint.get("/accounts/<user_id>/sessions")
@token_needed
@blueprint.response(200, shapes.SessionsShown)
@blueprint.problems(404)
def list_sessions(user_id: str) -> dict[str, Any]:
    """List where `me` or another person is signed in."""
    return {"items": [_session(row) for row in sessions.of(workspace(), _person(user_id))]}


@blueprint.post("/accounts/<user_id>/sessions/<session_id>/end")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.SessionsShown)
@blueprint.problems(404)
def end_session(given: dict[str, Any], user_id: str, session_id: str) -> dict[str, Any]:
    """End a session at once; answers those that still hold."""
    user, row = _person(user_id), by_id(SignInSession, session_id)
    if row is None or row.user_id != user.id:
        raise NotFound("没有这个登录。", "no such session")
    sessions.end(workspace(), session_id, origin())
    return {"items": [_session(one) for one in sessions.of(workspace(), user)]}


@blueprint.post("/accounts/<user_id>/links")
@token_needed
@blueprint.takes(shapes.LinkAsked)
@blueprint.response(201, shapes.LinkMade)
@blueprint.problems(404, 409)
def create_link(given: dict[str, Any], user_id: str) -> Any:
    """Make the one-time link by which a person sets a password; earlier ones of theirs end."""
    purpose, ws = given.get("purpose") or "invite", workspace()
    if not any(may(actor(), one) for one in ("people", "company")):
        raise Forbidden("只有管理员和运营能发邀请。", "only administrators and operations invite people")
    make = invitations.reset if purpose == "reset" else invitations.invite
    path = make(ws, user_id, origin())
    made = Invitation.select().where(Invitation.user == user_id).order_by(Invitation.id.desc()).first()
    return {"path": path, "expires_at": plain(made.expires_at)}, 201


def _person(user_id: str) -> User:
    """Return the person of a path: the caller, or another for who sees to people. Raises NotFound."""
    return account_of(actor(), actor().id if user_id == "me" else user_id)


def _token(row: ApiToken, use: TokenUse | None) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "name", "ends", "scope", "kinds")}
    moments = {"created_at": plain(row.created_at), "expires_at": plain(row.expires_at)}
    return {**shown, **moments, "used_at": plain(use.at) if use else None, "used_ip": use.ip if use else ""}


def _session(row: SignInSession) -> dict[str, Any]:
    moments = {name: plain(getattr(row, name)) for name in ("made_at", "seen_at", "expires_at")}
    return {"id": row.id, "device": devices.in_words(row.agent).for_locale(locale()), "ip": row.ip, **moments}
