"""Roles: what each may do, and with which records. Every check of a permission ends here.

Roles are records of the kind `role`; the configuration in force holds them as a `RoleBook`. `roles.yaml` has those
that a workspace starts with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ..hooks.text import Text
from .errors import Forbidden
from .journal.origin import Actor

ACTIONS: Mapping[str, Text] = {
    "see": Text("看", "See"),
    "create": Text("新建", "Create"),
    "change": Text("改", "Change"),
    "move": Text("换阶段", "Move on"),
    "export": Text("导出", "Export"),
    "personal": Text("看个人信息", "Personal data"),
}
OWN, TEAM, BELOW, CUSTOMERS, ALL = "own", "team", "below", "customers", "all"
SCOPES: Mapping[str, Text] = {
    OWN: Text("本人", "Own"),
    TEAM: Text("本部门", "Team"),
    BELOW: Text("本部门及下级", "Team and below"),
    CUSTOMERS: Text("有份的客户", "Customers they share"),
    ALL: Text("全部", "All"),
}
"""What a cell can hold, beside nothing; the widest last. A person with several roles has what any of them gives."""
PERMISSION_WORDS: Mapping[str, Text] = {
    "sells": Text("接线索：自动分配会分给他", "Takes leads: they are assigned automatically"),
    "manages": Text("督办：看团队的今天", "Steps in: sees the team's day"),
    "reviews": Text("终审合同：今天列出等终审的", "Reviews contracts: their day lists those that wait"),
    "books": Text(
        "归档、开票、认领到账：今天列出这些", "Archives, invoices and matches payments: their day lists these"
    ),
    "assign": Text("改派负责人", "Reassign records"),
    "stages:any": Text("替别的角色确认阶段", "Confirm stages of other roles"),
    "report": Text("看报告", "See reports"),
    "rules:see": Text("看规则", "See rules"),
    "rules:edit": Text("起草规则", "Draft rules"),
    "rules:approve": Text("审批规则、解锁记录", "Approve rules, unlock records"),
    "import": Text("导入", "Import"),
    "duplicates": Text("处理可能重复的客户", "Settle possible duplicates"),
    "dead_letters": Text("处理死信", "See to dead letters"),
    "company": Text("设置公司：日历、字段、流程", "Set up the company: calendars, fields, processes"),
    "people": Text("管成员与团队", "People and teams"),
    "roles": Text("管角色", "Roles"),
    "plugins": Text("管插件", "Plugins"),
    "journal": Text("查台账", "Read the journal"),
}
POWERS = (
    *("rules:edit", "rules:approve", "import", "duplicates", "dead_letters"),
    *("company", "people", "roles", "plugins", "journal"),
)
"""What nobody gives to others, or takes from them, without having it."""
TRUSTED = ("system", "rule", "plugin", "import", "public")
"""Actors that stand for Clew itself: no role limits them."""
EVERY_OTHER = "*"
"""The row of cells that stands for every kind that has none of its own."""

# What pages ask of a role in a word, answered from its cells: kind, action, and the scopes that do (none: any).
_DERIVED: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "lead": ("lead", "change", frozenset()),
    "customer": ("customer", "see", frozenset()),
    "task": ("task", "change", frozenset()),
    "records": (EVERY_OTHER, "create", frozenset()),
    "contract": ("contract", "move", frozenset()),
    "see:all": (EVERY_OTHER, "see", frozenset({ALL})),
    "see:team": ("lead", "see", frozenset({TEAM, BELOW, ALL})),
}
_EVERYTHING = frozenset({ALL})


def row_of(cells: Mapping[str, Mapping[str, str]], kind: str) -> Mapping[str, str]:
    """Return what cells give for a kind: its own row, or that of every other kind."""
    row = cells.get(kind)
    return cells.get(EVERY_OTHER, {}) if row is None else row


@dataclass(frozen=True)
class Role:
    """One role: `permissions` by name, `cells` by kind and action."""

    name: str
    title: Text
    permissions: frozenset[str]
    cells: Mapping[str, Mapping[str, str]]

    def scope(self, kind: str, action: str) -> str:
        """Return the scope of one cell; empty if it gives nothing."""
        return row_of(self.cells, kind).get(action, "")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Role:
        """Return the role that a document of `roles.yaml` is."""
        title = Text(str(values["zh"]), str(values["en"]))
        return cls(str(values["name"]), title, frozenset(values["permissions"]), values["cells"])


class RoleBook:
    """The roles in force, by name."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self.roles = {role.name: role for role in roles}
        self._scopes: dict[tuple[frozenset[str], str, str], frozenset[str]] = {}

    def scopes(self, names: frozenset[str], kind: str, action: str) -> frozenset[str]:
        """Return the scopes that roles of these names give for an action on a kind."""
        key = (names, kind, action)
        if key not in self._scopes:
            found = {self.roles[name].scope(kind, action) for name in names if name in self.roles}
            self._scopes[key] = frozenset(found - {""})
        return self._scopes[key]

    def permits(self, names: frozenset[str], permission: str) -> bool:
        """Say whether one of these roles carries a permission."""
        if permission in _DERIVED:
            kind, action, needed = _DERIVED[permission]
            found = self.scopes(names, kind, action)
            return bool(found & needed if needed else found)
        return any(permission in self.roles[name].permissions for name in names if name in self.roles)

    def carrying(self, permission: str) -> frozenset[str]:
        """Return the names of the roles that carry a permission."""
        return frozenset(name for name in self.roles if self.permits(frozenset({name}), permission))

    def with_role(self, role: Role) -> RoleBook:
        """Return these roles with one put in the place of its namesake."""
        return RoleBook({**self.roles, role.name: role}.values())

    def without(self, name: str) -> RoleBook:
        """Return these roles without one."""
        return RoleBook(role for role in self.roles.values() if role.name != name)

    @cached_property
    def titles(self) -> Mapping[str, Text]:
        """The roles' titles by name."""
        return {name: role.title for name, role in self.roles.items()}


def bundled_documents() -> list[dict[str, Any]]:
    """Return the roles that a workspace starts with, as documents."""
    found: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "roles.yaml").read_text("utf-8"))
    return found


BUNDLED = RoleBook(Role.of(one) for one in bundled_documents())
_in_force = BUNDLED
_tried: ContextVar[RoleBook | None] = ContextVar("roles tried", default=None)


def use(book: RoleBook) -> None:
    """Put roles in force in this process, as its database is; the workspace does so whenever they change."""
    global _in_force
    _in_force = book


def book() -> RoleBook:
    """Return the roles in force; within `trying`, those that are tried."""
    return _tried.get() or _in_force


@contextmanager
def trying(other: RoleBook) -> Iterator[None]:
    """Within the block, and in this thread only, answer by other roles: to show what a change would do."""
    token = _tried.set(other)
    try:
        yield
    finally:
        _tried.reset(token)


def scopes(actor: Actor, kind: str, action: str) -> frozenset[str]:
    """Return the scopes within which an actor may do something with records of a kind; empty: not at all."""
    if actor.kind in TRUSTED:
        return _EVERYTHING
    return book().scopes(actor.roles, kind, action)


def may(actor: Actor, permission: str) -> bool:
    """Say whether one of the actor's roles carries `permission`."""
    return actor.kind in TRUSTED or book().permits(actor.roles, permission)


def require(actor: Actor, permission: str) -> None:
    """Raise Forbidden unless the actor has `permission`."""
    if not may(actor, permission):
        raise refused()


def refused() -> Forbidden:
    """Return the error for what an actor's roles do not give."""
    return Forbidden(
        "你的角色不能做这件事；需要的话请找管理员授权。",
        "your role may not do this; ask an administrator if you need it",
    )


def title(name: str) -> Text:
    """Return a role's title; its name if there is no such role in force."""
    found = book().roles.get(name)
    return found.title if found is not None else Text(name, name)
