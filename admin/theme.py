"""How the console looks: the Flask-Admin theme, its files, the rail and the phone's bottom bar.

The console calls `install` once and passes `ClewTheme()` to Flask-Admin; templates call the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app, url_for
from flask_admin.theme import BootstrapTheme

FILES = Path(__file__).parent / "static" / "clew"
STYLES = ("tokens.css", "base.css", "layout.css", "components.css", "forms.css", "thread.css", "pages.css")
SCRIPTS = ("clew.js", "forms.js", "keys.js")

# The rail's groups in their order. A view joins one by its Flask-Admin category.
GROUPS: dict[str, tuple[str, str]] = {
    "Customers": ("客户", "Customers"),
    "Together": ("协作", "Together"),
    "Rules": ("规则", "Rules"),
    "Data": ("数据", "Data"),
    "System": ("系统", "System"),
}

# The phone's bottom bar, by role: the first four of these that the viewer may open; 我的 follows.
_LEADING = {"manager", "ops", "admin"}
_BAR_LEADING = ("today", "leads", "approvals", "boards", "tasks", "rules", "report")
_BAR_SELLING = ("today", "customers", "events", "tasks", "leads", "inbox")


@dataclass
class ClewTheme(BootstrapTheme):
    """Flask-Admin's templates under our base; none of Bootstrap is loaded."""

    folder: Any = "bootstrap4"
    base_template: str = "clew/base.html"


@dataclass(frozen=True)
class RailItem:
    """A page in the rail: `endpoint` names it for counts, `icon` is a name from icons.html."""

    endpoint: str
    title: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True)
class RailGroup:
    """Pages under one heading; the first group has none."""

    title: str
    items: tuple[RailItem, ...]


def install(app: Flask) -> None:
    """Serve the console's files and give templates `asset`, `styles`, `scripts`, `rail` and `bottom_bar`."""
    pages = Blueprint(
        "clew_theme", __name__, template_folder="templates", static_folder="static", static_url_path="/assets"
    )
    app.register_blueprint(pages)
    app.jinja_env.globals.update(asset=asset, styles=STYLES, scripts=SCRIPTS, rail=rail, bottom_bar=bottom_bar)


def asset(name: str) -> str:
    """Return the address of a file of the console; it changes with the content, so browsers may keep it."""
    mark = _mark(name, (FILES / name).stat().st_mtime_ns)
    return url_for("clew_theme.static", filename=f"clew/{name}", v=mark)


@lru_cache(maxsize=64)
def _mark(name: str, changed: int) -> str:
    return hashlib.sha256((FILES / name).read_bytes()).hexdigest()[:10]


def rail(view: Any, locale: str) -> list[RailGroup]:
    """Return what the viewer may open, grouped, as seen from `view`; a view outside the rail marks its parent.

    A view may carry `words_` (zh, en), `icon_name`, `in_rail`, and `rail_parent`, the endpoint it belongs under.
    """
    found: dict[str, list[RailItem]] = {"": []}
    for entry in view.admin.menu():
        if not entry.is_accessible() or not entry.is_visible():
            continue
        if entry.is_category():
            found.setdefault(str(entry.name), []).extend(_items(entry.get_children(), view, locale))
        else:
            found[""].extend(_items([entry], view, locale))
    order = ["", *GROUPS, *(name for name in found if name and name not in GROUPS)]
    groups = [RailGroup(_pick(GROUPS.get(n, (n, n)), locale), tuple(found[n])) for n in order if found.get(n)]
    return [group for group in groups if group.items]


def bottom_bar(groups: Iterable[RailGroup], roles: Iterable[str]) -> list[RailItem]:
    """Return the phone's bottom bar, at most four pages."""
    items = {item.endpoint: item for group in groups for item in group.items}
    order = _BAR_LEADING if _LEADING & set(roles) else _BAR_SELLING
    return [items[name] for name in order if name in items][:4]


def _items(entries: Iterable[Any], view: Any, locale: str) -> list[RailItem]:
    items = []
    for entry in entries:
        page = getattr(entry, "_view", None)
        if not getattr(page, "in_rail", True):
            continue
        endpoint = str(getattr(page, "endpoint", "") or getattr(entry, "endpoint", "") or entry.name)
        words = getattr(page, "words_", None) or (str(entry.name), str(entry.name))
        icon = getattr(page, "icon_name", "") or entry.get_icon_value() or "dots"
        active = entry.is_active(view) or getattr(view, "rail_parent", "") == endpoint
        items.append(RailItem(endpoint, _pick(words, locale), str(entry.get_url() or "#"), str(icon), bool(active)))
    return items


def has_page(endpoint: str) -> bool:
    """Say whether the application serves this endpoint."""
    return endpoint in current_app.view_functions


def _pick(words: tuple[str, str], locale: str) -> str:
    return words[1] if locale == "en" else words[0]
