"""Backtests over the API: ask for one, see how far it is and what it found, read its differences, stop it."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from .. import backtest
from ..access import policy as access
from ..errors import Invalid, Problem
from ..kinds import Lead
from ..storage.system_tables import Backtest, BacktestDifference
from . import rule_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, origin, page, token_needed, workspace
from .described import Confirm, PageQuery
from .show_rules import moment_in

blueprint = Blueprint("api_backtests", "backtests", description="A period lived again under other rules")
LOCATION = {"Location": {"description": "where to ask how far it is", "schema": {"type": "string"}}}
_FILTERS = ("kind", "change", "team_id", "rule", "person_id", "lead_id")


def _see() -> None:
    access.require(actor(), "rules:see")


@blueprint.post("/backtests")
@token_needed
@blueprint.takes(shapes.BacktestAsked)
@blueprint.response(202, shapes.BacktestShown, headers=LOCATION)
@blueprint.problems(403, 404, 409)
def start_backtest(given: dict[str, Any]) -> Any:
    """Ask for a backtest: `since` (needed), `until`, `documents` (drafts) or `version_ids`; 202."""
    _see()
    since = moment_in(given, "since")
    if since is None:
        raise Invalid([Problem("since", Text("请给出开始时间 since", "give the moment `since`"))])
    row = backtest.start(
        workspace(),
        given.get("documents") or (),
        version_ids=given.get("version_ids") or (),
        since=since,
        until=moment_in(given, "until"),
        origin=origin(),
    )
    return _shown(row), 202, {"Location": f"/api/v1/backtests/{row.id}"}


@blueprint.get("/backtests")
@token_needed
@blueprint.query(PageQuery)
@blueprint.response(200, shapes.BacktestPage)
@blueprint.problems(403)
def list_backtests(given: dict[str, str]) -> dict[str, Any]:
    """List backtests, newest first, without their results."""
    _see()
    return page(Backtest.select(), Backtest.id, _shown)


@blueprint.get("/backtests/<backtest_id>")
@token_needed
@blueprint.response(200, shapes.BacktestInFull)
@blueprint.problems(403, 404)
def read_backtest(backtest_id: str) -> dict[str, Any]:
    """Read one: its state and progress, and when it is done its figures and what it says in a sentence."""
    _see()
    row = backtest.backtest_of(backtest_id)
    shown = {**_shown(row), "result": row.result or None, "stale": backtest.is_stale(row)}
    if row.result:
        said = backtest.headline(row, workspace().settings.zone)
        shown["headline"] = {"zh": said.zh, "en": said.en}
    return shown


@blueprint.get("/backtests/<backtest_id>/differences")
@token_needed
@blueprint.query(shapes.DifferenceQuery)
@blueprint.response(200, shapes.DifferencePage)
@blueprint.problems(403, 404)
def list_differences(given: dict[str, str], backtest_id: str) -> dict[str, Any]:
    """List its differences, of leads the caller may see; filters: kind, change, team_id, rule, person_id, lead_id."""
    _see()
    row = backtest.backtest_of(backtest_id)
    query = BacktestDifference.select().where(BacktestDifference.backtest_id == row.id)
    for name in _FILTERS:
        if value := given.get(name):
            query = query.where(getattr(BacktestDifference, name) == value)
    if not access.may(actor(), "see:all"):
        query = query.where(BacktestDifference.lead_id.in_(access.visible_leads(actor()).select(Lead.id)))
    return page(query, BacktestDifference.id, _difference)


@blueprint.post("/backtests/<backtest_id>/stop")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.BacktestShown)
@blueprint.problems(403, 404, 409)
def stop_backtest(given: dict[str, Any], backtest_id: str) -> dict[str, Any]:
    """Stop it; what it has is kept."""
    return _shown(backtest.stop(workspace(), backtest_id, origin()))


def _shown(row: Backtest) -> dict[str, Any]:
    names = ("id", "code", "version_id", "state", "done", "total", "error", "asked_name")
    moments = ("since", "until", "covered_until", "created_at", "started_at", "done_at")
    shown = {name: getattr(row, name) for name in names}
    return shown | {name: value.isoformat() if (value := getattr(row, name)) else None for name in moments}


def _difference(row: BacktestDifference) -> dict[str, Any]:
    names = ("id", "kind", "change", "lead_id", "company", "team_id", "person_id", "rule", "version", "before", "after")
    facts = access.masked_facts(workspace().kinds, row.facts)
    return {name: getattr(row, name) for name in names} | {
        "what": row.what,
        "at": row.at.isoformat(),
        "event": row.event,
        "facts": facts,
    }
