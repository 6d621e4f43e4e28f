"""Finding over the API what the console's search finds: records of every kind, by a part of what they are called."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..finding.find import EACH, Found, find, searchable
from ..process.words import stage_of
from ..rulebook.finding import FoundRule, find_rules
from . import shapes
from .blueprint import Blueprint
from .caller import actor, token_needed, workspace

blueprint = Blueprint("api_search", "search", description="Records of every kind, found by what they are called")


@blueprint.get("/search")
@token_needed
@blueprint.query(shapes.SearchQuery)
@blueprint.response(200, shapes.SearchResult)
def search_records(given: dict[str, str]) -> dict[str, Any]:
    """Find records whose texts hold every word of `q`: the closest first, then the newest, at most 6 of a kind.

    Letters match whatever their case or width; spaces and hyphens within a number don't count. A text that the caller
    reads masked is found by the whole of it only.
    """
    text = given.get("q", "").strip()
    if not text:
        raise Invalid([Problem("q", Text("请填写要找什么", "says what to look for"))])
    ws = workspace()
    kinds = searchable(ws.kinds)
    if name := given.get("kind"):
        kinds = [kind for kind in kinds if kind.name == name]
        if not kinds and name != "rule":
            words = Text(f"「{name}」不是能搜索的记录", f"no kind of record that is found is called {name}")
            raise Invalid([Problem("kind", words)])
    items = [_shown(one) for one in find(ws.kinds, actor(), text, kinds, stage_of(ws.processes), EACH)]
    if name in (None, "", "rule"):
        items += [_rule(one) for one in find_rules(actor(), text, EACH)]
    return {"items": items}


def _shown(one: Found) -> dict[str, Any]:
    return {
        "kind": one.kind.name,
        "id": one.id,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "detail": {"zh": one.detail.zh, "en": one.detail.en},
    }


def _rule(one: FoundRule) -> dict[str, Any]:
    detail = Text("", "") if one.enabled else Text("已停用", "Off")
    return {
        "kind": "rule",
        "id": one.code,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "detail": {"zh": detail.zh, "en": detail.en},
    }
