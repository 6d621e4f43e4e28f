"""Taking a list of people in: those whose rows are good, with the teams they need, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ...access.policy import require
from ...journal.origin import Origin
from ...kinds import Team, User
from ...people.batches import begin
from ...roles import book
from ...storage.turns import SETTING_UP, one_at_a_time
from ...workspace import Workspace
from ...write.transaction import Transaction
from . import drafts
from .checking import Entry, check
from .words import plain

_LONGEST_TITLE = 80


def take_in(ws: Workspace, origin: Origin, *, all_or_none: bool = False) -> list[User]:
    """Make people of the good rows of the asker's list, and return them; the other rows stay in the list.

    Teams that are not there are made; a team without a manager gets whom its rows name as such, else its only manager.
    With `all_or_none` nothing is done as long as a row waits. Asked twice, even at once, nobody is made twice. Raises
    Forbidden, and Invalid if a check of the door finds what these did not.
    """
    user_id = origin.actor.id
    require(origin.actor, "people")
    with ws.door.transaction(origin) as tx:
        one_at_a_time(SETTING_UP)
        begin()
        draft = drafts.find(user_id)
        if draft is None:
            return []
        # Against what is there now: somebody may have taken some of them in a moment ago.
        entries = check(origin.actor, draft.rows, draft.answers)
        if all_or_none and any(entry.waits for entry in entries):
            return []
        good = [entry for entry in entries if entry.state == "good"]
        made = _make(tx, good)
        done = {entry.number for entry in entries if not entry.waits}
        draft.rows = [row for row in draft.rows if row[0] not in done]
        drafts.keep(ws, user_id, draft)
    return made


def _make(tx: Transaction, good: Iterable[Entry]) -> list[User]:
    teams: dict[str, Team] = {team.name: team for team in Team.select().where(Team.retired_at.is_null())}
    locale = tx.configuration.company.locale
    made: list[tuple[Entry, User]] = []
    for entry in good:
        if entry.team and entry.team not in teams:
            teams[entry.team] = tx.create("team", {"name": entry.team}).record
        values = {
            "name": entry.values["name"],
            "email": entry.email,
            "roles": [entry.role],
            "team_id": teams[entry.team].id if entry.team else None,
            "staff_no": entry.values["staff_no"] or None,
            "phone": entry.phone or None,
            "title": _title(entry),
            **({"locale": locale} if locale else {}),
        }
        made.append((entry, tx.create("user", values).record))
    for name, manager_id in _managers(made).items():
        team = Team.get_by_id(teams[name].id)
        if not team.manager_id:
            tx.change("team", team.id, {"manager_id": manager_id})
    return [user for _, user in made]


def _title(entry: Entry) -> str:
    """Return what somebody is called at work, where the list says more than their role."""
    written, role = entry.values["role"], book().titles[entry.role]
    return "" if plain(written) in (entry.role, plain(role.zh), plain(role.en)) else written[:_LONGEST_TITLE]


def _managers(made: list[tuple[Entry, User]]) -> Mapping[str, str]:
    """Return who manages each team: the first of its managers, else whom most of its rows name."""
    ids: dict[str, str] = {}
    for user in User.select(User.id, User.email, User.name).order_by(User.id.desc()):
        ids[user.email] = ids[user.name] = user.id
    named: dict[str, Counter[str]] = {}
    first: dict[str, str] = {}
    for entry, user in made:
        wanted = ids.get(entry.values["manager"].lower()) or ids.get(entry.values["manager"])
        if entry.team and wanted and wanted != user.id:
            named.setdefault(entry.team, Counter())[wanted] += 1
        if entry.team and entry.role == "manager":
            first.setdefault(entry.team, user.id)
    return {**{team: counts.most_common(1)[0][0] for team, counts in named.items()}, **first}
