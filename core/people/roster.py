"""The people of a company as they are listed, found and changed; and its teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from peewee import fn

from ...hooks.text import Text
from ..access import policy as access
from ..errors import Invalid, NotFound, Problem
from ..journal.origin import Origin
from ..kinds import Lead, Team, User
from ..roles import book
from ..schema.identity import normal_email
from ..storage.queries import Query, pairs
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine, SignInSession
from ..workspace import Workspace
from .batches import begin

PERSON = ("name", "email", "staff_no", "title", "phone", "roles", "team_id", "deputy_id", "locale")
"""What of a person is changed by hand."""
TEAM = ("name", "region", "parent_id", "manager_id", "deputy_id")
NO_TEAM = "none"
_UNEVEN = 2.0
_LEAST = 6


@dataclass(frozen=True)
class Asked:
    """Which people: in these teams (None: any), found by words, of a role; `state` is active, off or invited."""

    teams: Sequence[str] | None = None
    loose: bool = False
    words: str = ""
    role: str = ""
    state: str = "active"


def people(asked: Asked) -> Query:
    """Return the people asked for, as a query."""
    query: Query = User.select()
    query = query.where(User.active == (asked.state != "off"))
    if asked.state == "invited":
        query = query.where(User.password_hash == "")
    if asked.loose:
        retired = Team.select(Team.id).where(Team.retired_at.is_null(False))
        query = query.where(User.team.is_null() | User.team.in_(retired))
    elif asked.teams is not None:
        query = query.where(User.team.in_(list(asked.teams)))
    if asked.words:
        query = query.where(
            User.name.contains(asked.words)
            | User.email.contains(asked.words)
            | User.staff_no.contains(asked.words)
            | User.title.contains(asked.words)
        )
    if asked.role:
        query = query.where(User.roles.cast("text").contains(f'"{asked.role}"'))
    return query


def page(query: Query, after: str | None, size: int) -> tuple[list[User], str | None]:
    """Return the next people by name behind the person whose id is `after`, and the cursor of the page after."""
    if after and (last := by_id(User, after)) is not None:
        query = query.where((User.name > last.name) | ((User.name == last.name) & (User.id > last.id)))
    rows = list(query.order_by(User.name, User.id).limit(size + 1))
    return rows[:size], rows[size - 1].id if len(rows) > size else None


def last_sign_ins(user_ids: list[str]) -> dict[str, datetime]:
    """Return when each of these people last signed in; who never did is not named."""
    if not user_ids:
        return {}
    kept = SignInSession.select(SignInSession.user_id, fn.MAX(SignInSession.made_at)).where(
        SignInSession.user_id.in_(user_ids)
    )
    found = {one: _moment(at) for one, at in pairs(kept.group_by(SignInSession.user_id))}
    if missing := [one for one in user_ids if one not in found]:
        # Sessions are kept for some months; the journal knows of those before.
        lines = JournalLine.select(JournalLine.record_id, fn.MAX(JournalLine.at)).where(
            (JournalLine.record_kind == "user")
            & JournalLine.record_id.in_(missing)
            & (JournalLine.kind == "user.signed_in")
        )
        found |= {one: _moment(at) for one, at in pairs(lines.group_by(JournalLine.record_id))}
    return found


def _moment(value: Any) -> datetime:
    moment: datetime = JournalLine.at.python_value(value)
    return moment


@dataclass(frozen=True)
class Uneven:
    """Somebody who has far more in hand than their team's median seller, and how many leads would level it."""

    user_id: str
    leads: int
    median: float

    @property
    def times(self) -> float:
        """How many times the median they have."""
        return round(self.leads / self.median, 1)

    @property
    def over(self) -> int:
        """How many leads they have over the median."""
        return int(self.leads - self.median)


def uneven(teams: Sequence[str]) -> Uneven | None:
    """Return who of these teams has at least twice the median in hand; None if nobody has."""
    sellers = [
        user.id
        for user in User.select(User.id, User.roles).where(User.team.in_(list(teams)) & User.active)
        if book().permits(frozenset(user.roles), "sells")
    ]
    rows = Lead.select(Lead.owner, fn.COUNT(Lead.id)).where(Lead.owner.in_(sellers) & (Lead.outcome == "open"))
    counts = dict(pairs(rows.group_by(Lead.owner))) if len(sellers) > 1 else {}
    if not counts:
        return None
    most = max(counts, key=lambda one: (counts[one], one))
    middle = float(median([counts.get(one, 0) for one in sellers]))
    found = Uneven(most, counts[most], middle)
    return found if middle and found.leads >= _LEAST and found.times >= _UNEVEN else None


def left_behind() -> list[tuple[str, int]]:
    """Return people who are switched off and still have open leads, with how many."""
    rows = (
        Lead.select(User.name, fn.COUNT(Lead.id))
        .join(User, on=(Lead.owner == User.id))
        .where(~User.active & (Lead.outcome == "open"))
        .group_by(User.id, User.name)
        .order_by(fn.COUNT(Lead.id).desc(), User.id)
    )
    return [(name, count) for name, count in pairs(rows)]


# ---- Changing


def save_person(
    ws: Workspace, user_id: str | None, values: Mapping[str, Any], origin: Origin, revision: int | None = None
) -> User:
    """Add a person (no id), or change one. Raises Invalid with every problem, Forbidden, NotFound, Conflict."""
    access.require(origin.actor, "people")
    given = {name: values[name] for name in PERSON if name in values}
    _check_person(user_id, given)
    if "staff_no" in given and given["staff_no"] == "":
        given["staff_no"] = None
    with ws.door.transaction(origin) as tx:
        begin()
        if user_id is None:
            user: User = tx.create("user", given).record
        else:
            user = tx.change("user", user_id, given, revision)
    return user


def _check_person(user_id: str | None, given: Mapping[str, Any]) -> None:
    """Raise Invalid for what another person has already, and for nobody's name or no role."""
    problems = []
    if user_id is None or "name" in given:
        if not str(given.get("name") or "").strip():
            problems.append(Problem("name", Text("请填写姓名", "give a name")))
    if user_id is None or "roles" in given:
        if not given.get("roles"):
            problems.append(Problem("roles", Text("请至少选一个角色", "choose one role or more")))
    for name, title in (("email", Text("邮箱", "e-mail")), ("staff_no", Text("工号", "staff number"))):
        value = given.get(name)
        if name == "email" and isinstance(value, str) and value.strip():
            try:
                value = normal_email(value)
            except Invalid as error:
                problems += error.problems
                continue
        if not isinstance(value, str) or not value:
            if name == "email" and (user_id is None or name in given):
                problems.append(Problem("email", Text("请填写邮箱", "give an e-mail address")))
            continue
        other = User.get_or_none((getattr(User, name) == value) & (User.id != (user_id or "")))
        if other is not None:
            off = (
                Text("（已停用，可以恢复）", " (switched off: switch them on again)")
                if not other.active
                else Text("", "")
            )
            words = Text(f"「{other.name}」用的就是这个{title.zh}{off.zh}", f"{other.name} has this {title.en}{off.en}")
            problems.append(Problem(name, words))
    if problems:
        raise Invalid(problems)


def save_team(
    ws: Workspace, team_id: str | None, values: Mapping[str, Any], origin: Origin, revision: int | None = None
) -> Team:
    """Make a team (no id), or change one. Raises Invalid with every problem, Forbidden, NotFound, Conflict."""
    access.require(origin.actor, "people")
    given = {name: values[name] for name in TEAM if name in values}
    if "name" in given or team_id is None:
        name = str(given.get("name") or "").strip()
        given["name"] = name
        if not name:
            raise Invalid([Problem("name", Text("请填写团队名称", "give the team a name"))])
        if Team.select().where((Team.name == name) & (Team.id != (team_id or ""))).exists():
            raise Invalid(
                [Problem("name", Text("已有同名的团队，请换一个", "there is a team of this name: choose another"))]
            )
    with ws.door.transaction(origin) as tx:
        begin()
        if team_id is None:
            team: Team = tx.create("team", given).record
        else:
            team = tx.change("team", team_id, given, revision)
    return team


def person_of(user_id: str) -> User:
    """Return a person. Raises NotFound."""
    user: User | None = by_id(User, user_id)
    if user is None:
        raise NotFound("没有这位成员。", "no user of that id")
    return user


def team_of(team_id: str) -> Team:
    """Return a team. Raises NotFound."""
    team: Team | None = by_id(Team, team_id)
    if team is None:
        raise NotFound("没有这个团队。", "no such team")
    return team
