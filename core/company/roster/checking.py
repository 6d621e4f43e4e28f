"""Checking a list of people: each row by itself, against the others, and against who is there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from unicodedata import category

from ....hooks.text import Text
from ...access.policy import check_over
from ...errors import Forbidden, Invalid
from ...journal.origin import Actor
from ...kinds import Team, User
from ...roles import book
from ...schema.identity import normal_email, normal_phone
from ...schema.validator import unstorable
from .words import COLUMNS, plain, roles_meant, same_team

Answers = Mapping[str, Mapping[str, str]]
"""What was answered: by column, then by the text that was asked about. One answer counts for every row that has it."""
_LIMITS = {"name": 80, "team": 80, "staff_no": 40, "email": 254}
_NEW = "new"


@dataclass(frozen=True)
class Option:
    """One reading of what was asked: its value, its words, and which other rows it is about."""

    value: str
    words: Text
    effect: Text


@dataclass
class Entry:
    """One row and what the checks say. `state` is good, bad, question, or there: somebody who is in already.

    `role` and `team` are what the row comes to; `said` is about `column`, and `options` are what may be answered.
    """

    number: int
    values: dict[str, str]
    state: str = "good"
    said: Text = field(default_factory=lambda: Text("", ""))
    column: str = ""
    options: tuple[Option, ...] = ()
    role: str = ""
    team: str = ""
    email: str = ""
    phone: str = ""

    @property
    def waits(self) -> bool:
        """Whether somebody has to mend or answer something first."""
        return self.state in ("bad", "question")


class Checker:
    """Checks the rows of one list; `actor` is who would take them in."""

    def __init__(self, actor: Actor, rows: Iterable[tuple[int, Mapping[str, str]]], answers: Answers) -> None:
        self._actor, self._answers = actor, answers
        self.entries = [
            Entry(number, {name: values.get(name, "").strip() for name in COLUMNS}) for number, values in rows
        ]
        people = list(User.select(User.id, User.email, User.name, User.staff_no))
        self._people = {one.email: one.name for one in people}
        self._numbers = {one.staff_no: one.name for one in people if one.staff_no}
        self._names = Counter([one.name for one in people] + [entry.values["name"] for entry in self.entries])
        teams = list(Team.select(Team.name, Team.retired_at))
        self._teams = [team.name for team in teams if team.retired_at is None]
        self._retired = {team.name for team in teams if team.retired_at is not None}
        self._wanted = Counter(entry.values["team"] for entry in self.entries if entry.values["team"])
        self._first: dict[tuple[str, str], Entry] = {}
        self._near: dict[str, str] = {}
        self._lines: dict[tuple[str, str], list[int]] = {}
        for entry in self.entries:
            for column in ("role", "team"):
                self._lines.setdefault((column, entry.values[column]), []).append(entry.number)

    def check(self) -> list[Entry]:
        """Return every row with what is wrong or asked."""
        for entry in self.entries:
            for look in (self._texts, self._email, self._staff_no, self._phone, self._role, self._team, self._manager):
                look(entry)
                if entry.state != "good":
                    break
        return self.entries

    # ---- One look each; the first that finds something has its say

    def _texts(self, entry: Entry) -> None:
        for name, value in entry.values.items():
            if any(unstorable(value)) or any(category(letter) == "Cc" for letter in value):
                return _bad(
                    entry, name, "含有看不见的字符；请重新输入", "holds a character that can't be seen: type it anew"
                )
            if len(value) > _LIMITS.get(name, 200):
                return _bad(
                    entry,
                    name,
                    f"最多 {_LIMITS.get(name, 200)} 个字，现在有 {len(value)} 个",
                    f"takes at most {_LIMITS.get(name, 200)} characters; this has {len(value)}",
                )
        if not entry.values["name"]:
            _bad(entry, "name", "填姓名", "give the name")
        return None

    def _email(self, entry: Entry) -> None:
        given, name = entry.values["email"], entry.values["name"]
        try:
            entry.email = normal_email(given)
        except Invalid:
            said = f"「{given}」不是邮箱地址；" if given else ""
            said_en = f"{given!r} is no e-mail address: " if given else ""
            return _bad(
                entry,
                "email",
                f"{said}填{name}登录用的邮箱，如 wang@example.com",
                f"{said_en}give the e-mail that {name} signs in with, such as wang@example.com",
            )
        twin = self._first.setdefault(("email", entry.email), entry)
        if twin is not entry:
            return _bad(
                entry,
                "email",
                f"和第 {twin.number} 行{twin.values['name']}的邮箱相同，一个邮箱只能登录一个人；"
                f"填{name}自己的邮箱，你贴的值还在格子里",
                f"the same as that of {twin.values['name']} in row {twin.number}, and one e-mail signs one person in: "
                f"give that of {name}; what you pasted is still in the cell",
            )
        known = self._people.get(entry.email)
        if known == name:
            entry.state, entry.column = "there", "email"
            entry.said = Text("已经是成员", "is a member already")
        elif known is not None:
            _bad(entry, "email", f"这个邮箱是成员「{known}」的；填{name}自己的", f"this is the e-mail of {known}")
        return None

    def _staff_no(self, entry: Entry) -> None:
        number = entry.values["staff_no"]
        if not number:
            return
        twin = self._first.setdefault(("staff_no", number), entry)
        if number in self._numbers:
            who = self._numbers[number]
            _bad(entry, "staff_no", f"工号 {number} 是成员「{who}」的", f"staff number {number} is that of {who}")
        elif twin is not entry:
            zh = f"和第 {twin.number} 行{twin.values['name']}的工号相同"
            _bad(entry, "staff_no", zh, f"the same staff number as {twin.values['name']} in row {twin.number}")

    def _phone(self, entry: Entry) -> None:
        if not entry.values["phone"]:
            return
        try:
            entry.phone = normal_phone(entry.values["phone"])
        except Invalid as error:
            _bad(entry, "phone", error.problems[0].text.zh, error.problems[0].text.en)

    def _role(self, entry: Entry) -> None:
        given, titles = entry.values["role"], book().titles
        meant = roles_meant(given) if given else ()
        answer = self._answers.get("role", {}).get(given, "")
        entry.role = meant[0] if len(meant) == 1 else answer if answer in titles else ""
        if not entry.role:
            others = self._others("role", given, entry)
            offered = meant or tuple(titles)
            entry.options = tuple(Option(one, titles[one], others) for one in offered)
            entry.column, entry.state = "role", "question" if meant or not given else "bad"
            if not given:
                entry.said = Text("没写角色，是哪一个？", "no role is given: which is it?")
            elif meant:
                names = "还是".join(f"「{titles[one].zh}」" for one in meant)
                english = " or ".join(titles[one].en for one in meant)
                entry.said = Text(f"「{given}」是{names}？", f"does {given!r} mean {english}?")
            else:
                entry.said = Text(f"没有「{given}」这个角色；选一个", f"there is no role {given!r}: choose one")
            return
        try:
            check_over(self._actor, [entry.role])
        except Forbidden as error:
            _bad(entry, "role", error.text.zh, error.text.en)

    def _team(self, entry: Entry) -> None:
        team = entry.team = entry.values["team"]
        if not team or team in self._teams:
            return
        if team in self._retired:
            words = f"the team {team!r} was retired: choose another, or take it back under People first"
            _bad(entry, "team", f"团队「{team}」已停用；换一个团队，或先在「成员与权限」里恢复它", words)
            return
        if team not in self._near:
            self._near[team] = next(iter(self._alike(team)), "")
        near = self._near[team]
        if not near:
            return
        answer = self._answers.get("team", {}).get(team, "")
        if answer == near:
            entry.team = near
        elif answer != _NEW:
            others = self._others("team", team, entry)
            entry.state, entry.column = "question", "team"
            entry.said = Text(f"没有「{team}」，是「{near}」吗？", f"there is no {team!r}: is it {near!r}?")
            entry.options = (
                Option(near, Text(f"是，{near}", f"Yes, {near}"), others),
                Option(_NEW, Text(f"新建团队「{team}」", f"Make the team {team}"), others),
            )

    def _alike(self, team: str) -> list[str]:
        """Return the names of which this one may be another spelling: of teams there are, else what more rows say."""
        others = [*self._teams, *(one for one, count in self._wanted.most_common() if count > self._wanted[team])]
        ties = [one for one in self._wanted if self._wanted[one] == self._wanted[team]]
        others += ties[: ties.index(team)] if team in ties else []  # Of two as common, the first is taken as it is.
        return [one for one in others if one != team and same_team(team, one)]

    def _manager(self, entry: Entry) -> None:
        given = entry.values["manager"]
        if not given or plain(given) in ("-", "—", "无", "none"):
            return
        if "@" in given:
            known = {*self._people, *(one.values["email"].lower() for one in self.entries)}
            if given.lower() not in known:
                _bad(entry, "manager", f"没有邮箱是「{given}」的成员", f"nobody has the e-mail {given!r}")
        elif not self._names[given]:
            near = get_close_matches(given, [one for one in self._names if one], 1, 0.5)
            hint = Text(f"；是「{near[0]}」吗？", f": did you mean {near[0]!r}?") if near else Text("", "")
            _bad(entry, "manager", f"名单里没有「{given}」{hint.zh}", f"nobody is called {given!r}{hint.en}")
        elif self._names[given] > 1:
            count = self._names[given]
            words = f"several people are called {given!r}: give the e-mail"
            _bad(entry, "manager", f"有 {count} 位「{given}」；写邮箱", words)

    def _others(self, column: str, text: str, entry: Entry) -> Text:
        """Return which other rows an answer is about, in words."""
        rows = [number for number in self._lines[column, text] if number != entry.number]
        if not rows:
            return Text("", "")
        few = [str(number) for number in rows[:5]]
        more = Text(f"等 {len(rows)} 行", f" and {len(rows) - 5} more") if len(rows) > 5 else Text("行", "")
        return Text(f"第 {'、'.join(few)} {more.zh}也照此", f"rows {', '.join(few)}{more.en} likewise")


def check(actor: Actor, rows: Iterable[tuple[int, Mapping[str, str]]], answers: Answers) -> list[Entry]:
    """Return each row with what is wrong, or asked."""
    return Checker(actor, rows, answers).check()


def _bad(entry: Entry, column: str, zh: str, en: str) -> None:
    entry.state, entry.column, entry.said = "bad", column, Text(zh, en)
