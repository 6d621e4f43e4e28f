"""The tabs of a list: those that follow from the kind's declaration, and the views that people saved; with their counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from flask import request
from peewee import ModelSelect

from ...core.access import policy as access
from ...core.kinds import SavedView
from ...core.kinds.saved_view import SHARES
from ...core.storage.queries import count_each
from ...core.workbench import waiting
from ..session import locale, t
from .filters import ME
from .paging import told
from .served import is_id

if TYPE_CHECKING:
    from .lists import RecordList

NEW_DAYS = 7
"""Records this young are new."""
_MOST = 40
_NOT_ROWS = ("sort", "desc", "cols", "view")


@dataclass(frozen=True)
class Tab:
    """One tab: what it is called, what it asks for, its address, and the saved view that it is.

    `here` says that it is the one shown, `same` that it has the rows that are shown; `count` is in words.
    """

    words: str
    said: Mapping[str, str]
    url: str
    here: bool
    same: bool
    view: SavedView | None = None
    count: str = ""


def tabs_of(view: RecordList, query: ModelSelect, known: int | None = None) -> tuple[int, list[Tab]]:
    """Return how many rows the list shown has, and its tabs, all counted with one statement.

    Of the views from birth empty ones are left out; `query` are the rows of the list shown, `known` how many there are
    if that is known.
    """
    said = view.said_by(view._get_list_extra_args())
    shown = current(view)
    asked = rows_only(said)
    tabs = [
        Tab(words, one, view.address(one), shown is None and one == asked, one == asked)
        for words, one in _from_birth(view)
    ]
    for one in saved_for(view):
        kept = dict(parse_qsl(one.query))
        is_shown = shown is not None and one.id == shown.id
        tabs.append(
            Tab(one.name, kept, view.address({**kept, "view": one.id}), is_shown, rows_only(kept) == asked, one)
        )
    others = [one for one in tabs if not one.same]
    counts = count_each([*([query] if known is None else []), *(view.rows_asked(one.said) for one in others)])
    here = counts.pop(0) if known is None else known
    by_tab = {id(one): count for one, count in zip(others, counts, strict=True)}
    found = [(one, by_tab.get(id(one), here)) for one in tabs]
    return here, [
        replace(one, count=told(count))
        for one, count in found
        if count or one.here or one.view is not None or not one.said
    ]


def rows_only(said: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says about which rows there are."""
    return {name: value for name, value in said.items() if name not in _NOT_ROWS}


def current(view: RecordList) -> SavedView | None:
    """Return the saved view that this address names, if the viewer sees it."""
    asked = request.args.get("view", "")
    query = access.visible(view.ws.kinds, view.actor, "saved_view")
    here = (SavedView.id == asked) & (SavedView.kind == view.kind.name) & SavedView.retired_at.is_null()
    found: SavedView | None = query.where(here).first() if is_id(asked) else None
    return found


def saved_for(view: RecordList) -> list[SavedView]:
    """Return the saved views of a list that the viewer sees: their own first, in their order."""
    query = access.visible(view.ws.kinds, view.actor, "saved_view")
    rows = query.where((SavedView.kind == view.kind.name) & SavedView.retired_at.is_null())
    found = list(rows.order_by(SavedView.place, SavedView.id).limit(_MOST))
    return sorted(found, key=lambda one: one.user_id != view.actor.id)


def is_changed(view: RecordList, saved: SavedView) -> bool:
    """Say whether the list shows something else than its saved view does."""
    return dict(parse_qsl(saved.query)) != _kept(view)


def query_of(view: RecordList) -> str:
    """Return what a view saved now keeps of this list."""
    return urlencode(_kept(view))


def _kept(view: RecordList) -> dict[str, str]:
    said = view.said_by(view._get_list_extra_args())
    said.pop("view", None)
    if "cols" not in said and (chosen := view.chosen_columns()) != view.first_columns():
        said["cols"] = ",".join(chosen)
    return said


def _from_birth(view: RecordList) -> Iterator[tuple[str, dict[str, str]]]:
    """Return the views every list has: all, one's own, what waits for the viewer, what is new."""
    yield t("全部", "All"), {}
    owner = view.kind.by_name.get(view.kind.owner)
    if owner is not None and owner.to == "user" and view.actor.kind == "user":
        yield t("我的", "Mine"), {owner.name: ME}
    things = [one for one in waiting(view.ws, view.actor) if one.kind == view.kind.name]
    for one in things:
        yield one.title.for_locale(locale()), {"waits": one.name}
    titles = {one.title.zh for one in things}
    for name, flag in view.flags().items():
        if flag.tab and flag.title.zh not in titles:
            yield flag.title.for_locale(locale()), {name: "1"}
    if f"{view.born}.within" in (view._filter_args or {}):
        yield (
            t(f"近 {NEW_DAYS} 天新增", f"New in {NEW_DAYS} days"),
            {f"{view.born}.within": str(NEW_DAYS)},
        )


def shares_shown(shares: list[str]) -> list[tuple[str, str]]:
    """Return with whom a view can be shared, in words."""
    words: dict[str, Any] = dict(SHARES)
    return [(one, words[one].for_locale(locale())) for one in shares]
