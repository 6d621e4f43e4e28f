"""角色 role: what a person of it may do, and with which records: kind x action -> scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from peewee import BooleanField, CharField

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..roles import ACTIONS, BUNDLED, EVERY_OTHER, PERMISSION_WORDS, SCOPES, Role, RoleBook
from ..schema.definitions import BAD_NAME, NAME
from ..schema.fields import field
from ..schema.kind import Change, Kind, Lifecycle, LifecycleContext, Values
from ..storage.records import JSONText, Record
from .ending_access import end_links


class RoleRecord(Record):
    """A role; `cells` map kinds ("*": every other) to actions to scopes, see `core.roles`."""

    name = CharField(40, unique=True)
    title_zh = CharField(80)
    title_en = CharField(80, default="")
    permissions = JSONText(default=list)
    cells = JSONText(default=dict)
    active = BooleanField(default=True)

    class Meta:
        table_name = "role"


def book_of(rows: Iterable[RoleRecord]) -> RoleBook:
    """Return the roles that records say; those that come with Clew where there are none yet."""
    known = list(rows)
    return RoleBook(_role(row) for row in known if row.active is not False) if known else BUNDLED


def _role(row: RoleRecord) -> Role:
    return Role(row.name, Text(row.title_zh, row.title_en or row.title_zh), frozenset(row.permissions), row.cells)


def _checked(values: Values, context: LifecycleContext) -> Values:
    if not NAME.fullmatch(str(values.get("name") or "")):
        raise Invalid([Problem("name", BAD_NAME)])
    check_role(values, context.kinds)
    return {"title_en": values.get("title_en") or values["title_zh"]}


def _rechecked(role: Any, values: Values, context: LifecycleContext) -> Values:
    if values.get("name", role.name) != role.name:
        words = Text("角色的代号不能修改；可以改名称", "a role's name can't be changed: change its title")
        raise Invalid([Problem("name", words)])
    check_role(values, context.kinds)
    return {}


def _changed_powers(role: Any, changed: Values | None, context: LifecycleContext) -> Iterator[Change]:
    """End the open links of people whose role may do something else now: who made them may have less power."""
    if changed and {"permissions", "cells", "active"} & changed.keys():
        for user in context.store.related("user", active=True):
            if role.name in (user.roles or ()):
                yield from end_links(context, user.id)


def check_role(values: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    """Raise Invalid, with every problem, for permissions and cells that no role can have."""
    problems = [
        *_unknown("permissions", values.get("permissions") or (), PERMISSION_WORDS),
        *_cell_problems(values.get("cells") or {}, kinds),
    ]
    if problems:
        raise Invalid(problems)


def _cell_problems(cells: Any, kinds: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(cells, Mapping) or not all(isinstance(row, Mapping) for row in cells.values()):
        words = Text("应是「资料 → 动作 → 范围」", "cells map kinds to actions to scopes")
        yield Problem("cells", words)
        return
    # A kind that is off just now keeps its row.
    for kind in cells:
        if kind != EVERY_OTHER and kind not in kinds and not NAME.fullmatch(str(kind)):
            yield Problem("cells", Text(f"没有「{kind}」这类资料", f"no kind {kind!r}"))
    for row in cells.values():
        yield from _unknown("cells", row, ACTIONS)
        yield from _unknown("cells", [scope for scope in row.values() if scope != ""], SCOPES)


def _unknown(name: str, given: Any, known: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(given, list | tuple | Mapping):
        yield Problem(name, Text("应是列表", "a list is expected"))
        return
    for one in given:
        if not isinstance(one, str) or one not in known:
            near = get_close_matches(str(one), known, 1)
            hint = Text(f"；是「{near[0]}」吗？", f": did you mean {near[0]!r}?") if near else Text("", "")
            yield Problem(name, Text(f"没有「{one}」{hint.zh}", f"there is no {one!r}{hint.en}"))


ROLE = Kind(
    name="role",
    title=Text("角色", "Role"),
    plural=Text("角色", "Roles"),
    model=RoleRecord,
    fields=(
        field("name", "代号", "Name", longest=40, form=False),
        field("title_zh", "名称", "Title in Chinese", required=True, longest=80, form=False),
        field("title_en", "英文名称", "Title in English", longest=80, form=False),
    ),
    lifecycle=Lifecycle(_checked, _rechecked, _changed_powers),
    write="roles",
    configuration="configuration",
    setting_up=True,
    named_in_files=("name",),
    named_by=("title_zh",),
    icon="lock",
)
