"""People and teams as they come from a spreadsheet: read from a pasted block, checked row by row, and taken in."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from ...hooks.text import Text
from ..access.policy import check_over
from ..errors import Invalid, Problem
from ..journal.origin import Origin
from ..kinds import Team, User
from ..people.batches import begin
from ..roles import book
from ..schema.validator import unstorable
from ..workspace import Workspace
from ..write.transaction import Transaction

COLUMNS: Mapping[str, Text] = {
    "name": Text("姓名", "Name"),
    "team": Text("团队", "Team"),
    "role": Text("角色", "Role"),
    "email": Text("登录邮箱", "E-mail"),
    "staff_no": Text("工号", "Staff number"),
}
MOST_ROWS = 1000
"""So many rows are taken at a time; larger companies come as a folder."""
_HEADS: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "名字", "员工", "成员", "name", "fullname"),
    "team": ("团队", "部门", "小组", "组", "team", "department", "group"),
    "role": ("角色", "岗位", "职位", "职务", "role", "position", "title"),
    "email": ("邮箱", "登录邮箱", "电子邮箱", "邮件", "email", "mail", "e-mail"),
    "staff_no": ("工号", "员工编号", "staffno", "staffnumber", "id"),
}
_ROLES: Mapping[str, tuple[str, ...]] = {
    "manager": ("经理", "部门经理", "销售经理", "主管", "负责人", "组长", "总监", "manager", "lead"),
    "sales": ("销售", "业务员", "业务", "客户经理", "销售代表", "sales", "seller"),
    "ops": ("运营", "销售运营", "ops", "operations"),
    "legal": ("法务", "legal"),
    "finance": ("财务", "会计", "出纳", "finance"),
    "delivery": ("交付", "实施", "售后", "发货", "delivery"),
    "admin": ("管理员", "系统管理员", "it", "admin", "administrator"),
}
"""What spreadsheets call the roles that come with Clew; a role's own titles are known besides."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_CLOSE = 0.6
_DIGITS = str.maketrans("一二三四五六七八九十", "1234567890")


@dataclass
class Entry:
    """One row: what was written, the answer to its question, and what the checks say.

    `state` is good, bad, question, or there (somebody of that e-mail and name is there already).
    """

    number: int
    values: dict[str, str]
    answer: str = ""
    state: str = "good"
    said: Text = field(default_factory=lambda: Text("", ""))
    column: str = ""
    near: str = ""
    role: str = ""


def read_block(text: str) -> list[dict[str, str]]:
    """Return the rows of a pasted block (cells apart by tabs, commas or semicolons), with or without a head.

    Raises Invalid for an empty block, one too long, or one in which no column can be told.
    """
    text = unicodedata.normalize("NFKC", text.replace("\0", " ")).strip("\ufeff\n\r")
    if not text.strip():
        raise _invalid("先粘贴几行", "paste some rows first")
    apart = max(("\t", ",", ";"), key=text.splitlines()[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=apart)]
    return from_cells([row for row in rows if any(row)])


def from_cells(rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Return rows of cells by column. Raises Invalid."""
    if len(rows) > MOST_ROWS + 1:
        raise _invalid(f"一次最多 {MOST_ROWS} 行", f"at most {MOST_ROWS} rows at a time")
    head = _head(rows[0]) if rows else {}
    body = rows[1:] if head else rows
    places = head or _guessed(body)
    if "name" not in places and "email" not in places:
        raise _invalid(
            "认不出哪一列是姓名、哪一列是邮箱；请连表头一起粘贴",
            "which column is the name and which the e-mail can't be told: paste the head, too",
        )
    return [{name: row[at] if at < len(row) else "" for name, at in places.items()} for row in body]


def check(rows: Sequence[Mapping[str, str]], answers: Mapping[int, str]) -> list[Entry]:
    """Return each row with what is wrong, or asked; `answers` are by number: `use` the near team, or `new`."""
    people = {user.email: user.name for user in User.select(User.email, User.name)}
    numbers = {user.staff_no or "" for user in User.select(User.staff_no).where(User.staff_no.is_null(False))}
    teams = [team.name for team in Team.select(Team.name).where(Team.retired_at.is_null())]
    seen: dict[str, Entry] = {}
    known = list(dict.fromkeys([*teams, *(row.get("team", "").strip() for row in rows)]))
    counts = {one: sum(row.get("team", "").strip() == one for row in rows) for one in known}
    found = []
    for number, row in enumerate(rows, 1):
        values = {name: row.get(name, "").strip() for name in COLUMNS}
        values["email"] = values["email"].lower()
        entry = Entry(number, values, answers.get(number, ""))
        _check_one(entry, people, numbers, seen)
        if entry.state == "good":
            _check_team(entry, teams, known, counts)
        if values["email"]:
            seen.setdefault(values["email"], entry)
        found.append(entry)
    return found


def take_in(ws: Workspace, entries: Iterable[Entry], origin: Origin) -> list[User]:
    """Make the people of the good rows, and teams that are not there yet, in one transaction; return the people.

    Who is a manager manages their team, if it has none. Raises Forbidden for roles that give more than the asker has.
    """
    good = [entry for entry in entries if entry.state == "good"]
    for entry in good:
        check_over(origin.actor, [entry.role])
    made: list[User] = []
    with ws.door.transaction(origin) as tx:
        begin()
        teams = {team.name: team for team in Team.select().where(Team.retired_at.is_null())}
        for entry in good:
            team = _team_of(entry)
            if team and team not in teams:
                teams[team] = tx.create("team", {"name": team}).record
            made.append(_person(tx, entry, teams.get(team)))
        for entry, user in zip(good, made, strict=True):
            team_record = teams.get(_team_of(entry))
            if team_record is not None and "manager" in user.roles and not Team.get_by_id(team_record.id).manager_id:
                tx.change("team", team_record.id, {"manager_id": user.id})
    return made


# ---- Inside


def _person(tx: Transaction, entry: Entry, team: Team | None) -> User:
    given = entry.values
    values: dict[str, object] = {"name": given["name"], "email": given["email"], "roles": [entry.role]}
    values |= {"team_id": team.id if team is not None else None, "staff_no": given["staff_no"] or None}
    user: User = tx.create("user", values).record
    return user


def _team_of(entry: Entry) -> str:
    return entry.near if entry.near and entry.answer == "use" else entry.values["team"]


def _check_one(entry: Entry, people: Mapping[str, str], numbers: set[str], seen: Mapping[str, Entry]) -> None:
    given, role = entry.values, role_of(entry.values["role"])
    entry.role = role
    email, twin = given["email"], seen.get(given["email"])
    if any(unstorable(given)):
        _bad(entry, "name", "含有不能保存的字符", "holds characters that can't be saved")
    elif not given["name"]:
        _bad(entry, "name", "填姓名", "give a name")
    elif len(given["name"]) > 80:
        _bad(entry, "name", "姓名最多 80 个字", "a name has at most 80 characters")
    elif not _EMAIL.fullmatch(email) or len(email) > 254:
        _bad(
            entry,
            "email",
            "填一个邮箱，登录用；如 wang@example.com",
            "give an e-mail to sign in with: wang@example.com",
        )
    elif twin is not None:
        words = f"和第 {twin.number} 行{twin.values['name']}的邮箱相同，一个邮箱只能登录一个人"
        _bad(entry, "email", words, f"the same e-mail as {twin.values['name']} in row {twin.number}")
    elif email in people:
        same = people[email] == given["name"]
        entry.state = "there" if same else "bad"
        entry.column = "email"
        entry.said = (
            Text("已经在了", "is there already")
            if same
            else Text(f"这个邮箱是「{people[email]}」的", f"this e-mail is that of {people[email]}")
        )
    elif given["staff_no"] and given["staff_no"] in numbers:
        _bad(entry, "staff_no", "这个工号已经有人用了", "somebody has this staff number")
    elif len(given["staff_no"]) > 40 or len(given["team"]) > 80:
        _bad(entry, "team", "太长了", "is too long")
    elif not role:
        titles = "、".join(one.zh for one in book().titles.values())
        english = ", ".join(one.en for one in book().titles.values())
        _bad(
            entry,
            "role",
            f"没有「{given['role']}」这个角色；可填：{titles}",
            f"no role {given['role']!r}: there are {english}",
        )


def _check_team(entry: Entry, teams: Sequence[str], known: Sequence[str], counts: Mapping[str, int]) -> None:
    """Ask about a team's name that is nearly that of another, which is there or has more of the rows."""
    team = entry.values["team"]
    if not team or team in teams:
        return
    others = [one for one in known if one and one != team and (one in teams or counts[one] > counts[team])]
    close = [(_likeness(team, one), one) for one in others]
    score, near = max(close, default=(0.0, ""))
    if score < _CLOSE:
        return
    entry.near, entry.column = near, "team"
    if entry.answer not in ("use", "new"):
        entry.state = "question"
        entry.said = Text(f"没有「{team}」，是「{near}」吗？", f"there is no {team!r}: is it {near!r}?")


def _likeness(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1; 华东2部 and 华东二部 are the same, 华东一部 and 华东二部 are not at all."""
    plain, plain_other = (name.casefold().translate(_DIGITS).replace(" ", "") for name in (one, other))
    if plain == plain_other:
        return 1.0
    if re.sub(r"\d", "", plain) == re.sub(r"\d", "", plain_other):
        return 0.0
    ratio = SequenceMatcher(None, plain, plain_other).ratio()
    return ratio if ratio >= 0.8 else 0.0


def role_of(words: str) -> str:
    """Return the role that a spreadsheet's word means; empty if there is none in force. Nothing written is sales."""
    word, roles = words.casefold().replace(" ", ""), book().titles
    if not word:
        return "sales" if "sales" in roles else ""
    for name, title in roles.items():
        if word in (name, title.zh.casefold(), title.en.casefold().replace(" ", "")):
            return name
    return next((name for name, known in _ROLES.items() if word in known and name in roles), "")


def _bad(entry: Entry, column: str, zh: str, en: str) -> None:
    entry.state, entry.column, entry.said = "bad", column, Text(zh, en)


def _head(row: Sequence[str]) -> dict[str, int]:
    """Return where each column stands, if the row is a head."""
    words = [unicodedata.normalize("NFKC", cell).casefold().replace(" ", "") for cell in row]
    found = {}
    for name, known in _HEADS.items():
        at = next((at for at, word in enumerate(words) if word in known), None)
        if at is not None:
            found[name] = at
    return found if len(found) > 1 or (len(row) == 1 and found) else {}


def _guessed(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return where the columns stand in rows without a head: told by what most cells look like."""
    width = max((len(row) for row in rows), default=0)
    found: dict[str, int] = {}
    for at in range(width):
        cells = [row[at] for row in rows if at < len(row) and row[at]]
        if not cells:
            continue
        shares = {
            "email": sum(bool(_EMAIL.fullmatch(cell)) for cell in cells) / len(cells),
            "role": sum(bool(role_of(cell)) for cell in cells) / len(cells),
        }
        name = max(shares, key=lambda one: shares[one])
        if shares[name] > 0.5 and name not in found:
            found[name] = at
    left = [at for at in range(width) if at not in found.values()]
    return {**found, **dict(zip(("name", "team"), left, strict=False))}


def _invalid(zh: str, en: str) -> Invalid:
    return Invalid([Problem("rows", Text(zh, en))])
