"""Which kinds of record have pages of their own, who may open them, and where a record's page is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ...core.access import policy as access
from ...core.access.policy import may_write
from ...core.errors import Forbidden, NotFound
from ...core.journal.origin import Actor
from ...core.schema.kind import Kind
from ...core.schema.registry import Kinds
from ...core.workspace import Workspace

_OWN_LIST = {"lead": "/leads/", "customer": "/customers/"}
"""Kinds whose list has an address of its own."""
_OWN_PERMISSION = ("lead", "customer", "task")
"""Kinds whose pages take a permission that is called like the kind."""
_OWN_PAGE = {"lead": "/leads/{}", "customer": "/customers/{}", "contract": "/contracts/{}"}
_NOT_ON_RAIL = ("task", "follow_up", "deadline")
"""Kinds with a view of their own on the rail, or that are read on the page of what they belong to."""
_ID = re.compile(r"[0-9A-Z]{26}")


def is_id(text: str) -> bool:
    """Say whether a text could be a record's id: anything else never reaches the database."""
    return bool(_ID.fullmatch(text))


def is_served(kind: Kind) -> bool:
    """Say whether records of a kind are business records, with pages; how Clew is set up has its own."""
    return (kind.ruled or kind.data) and not kind.configuration and not kind.setting_up


def served(ws: Workspace, name: str) -> Kind:
    """Return the kind. Raises NotFound for one that has no pages."""
    kind = ws.kinds.get(name)
    if kind is None or not is_served(kind):
        raise NotFound("没有这一页。", "there is no such page")
    return kind


def may_open(kinds: Kinds, actor: Actor, kind: Kind) -> bool:
    """Say whether an actor may open the pages of a kind: to write it, or because of what it belongs to."""
    if kind.name in _OWN_PERMISSION:
        return access.may(actor, kind.name)
    if may_write(actor, kind):
        return True
    return any(may_open(kinds, actor, kinds[field.to]) for field in kind.parents if field.to in kinds)


def require_write(actor: Actor, kind: Kind) -> None:
    """Raise Forbidden unless an actor may write a kind."""
    if not may_write(actor, kind):
        raise Forbidden(
            f"你的角色不能新建或修改{kind.title.zh}；需要的话请找管理员授权。",
            f"your role may not write a {kind.title.en.lower()}; ask an administrator if you need it",
        )


def list_path(kind: Kind) -> str:
    """Return where the list of a kind is."""
    return _OWN_LIST.get(kind.name, f"/records/{kind.name}/")


def record_path(kind: Kind, record_id: str) -> str:
    """Return where the page of a record is."""
    return _OWN_PAGE.get(kind.name, f"/records/{kind.name}/{{}}").format(record_id)


@dataclass(frozen=True)
class RailItem:
    """A kind's list on the rail; see `ConsoleView` for what the rail reads."""

    endpoint: str
    words_: tuple[str, str]
    icon_name: str
    path: str
    kind: str
    waiting: Callable[[str], tuple[int, bool]]

    def count(self) -> tuple[int, bool]:
        """Return how many of these records the viewer's day has, and whether some are late."""
        return self.waiting(self.kind)


def rail_items(ws: Workspace, actor: Actor, waiting: Callable[[str], tuple[int, bool]]) -> list[RailItem]:
    """Return the lists that stand on the rail below those with a view of their own, in the order of the kinds.

    `waiting` says how many records of a kind the actor's day has, and whether some are late.
    """
    return [
        RailItem(
            f"records:{kind.name}", (kind.title.zh, kind.plural.en), kind.icon, list_path(kind), kind.name, waiting
        )
        for kind in ws.kinds.values()
        if is_served(kind)
        and kind.name not in _OWN_LIST
        and kind.name not in _NOT_ON_RAIL
        and may_open(ws.kinds, actor, kind)
    ]
