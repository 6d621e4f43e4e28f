"""The company that most tests work in, founded through the door."""

from __future__ import annotations

from dataclasses import dataclass

from clew.core.demo.routing import install_routing
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Team, User
from clew.core.running import drain
from clew.core.workspace import Workspace

PASSWORD = "clew-test-2026"
TEAMS = ("华东一部", "华东二部", "华南部", "华北部", "大客户部")
_OTHERS = ("ops", "legal", "finance", "delivery", "admin")


@dataclass(frozen=True)
class Company:
    """The teams that the demo's routing names, each with a manager and two sellers, and the other roles."""

    teams: dict[str, Team]
    managers: dict[str, User]
    sellers: dict[str, list[User]]
    others: dict[str, User]
    password: str = PASSWORD

    def user(self, role: str) -> User:
        """Return somebody of the role."""
        if role == "sales":
            return self.sellers["华东一部"][0]
        return self.managers["华东一部"] if role == "manager" else self.others[role]


def found_company(ws: Workspace, password_hash: str) -> Company:
    """Return the company of a workspace, founded now where it is not there yet."""
    if Team.get_or_none(Team.name == TEAMS[0]) is None:
        _make(ws, password_hash)
        drain(ws)
    people = {user.email.partition("@")[0]: user for user in User.select()}
    teams = {team.name: team for team in Team.select()}
    company = Company({name: teams[name] for name in TEAMS}, {}, {}, {role: people[role] for role in _OTHERS})
    for number, name in enumerate(TEAMS, 1):
        company.managers[name] = people[f"manager{number}"]
        company.sellers[name] = [people[f"seller{number}{which}"] for which in "ab"]
    return company


def _make(ws: Workspace, password_hash: str) -> None:
    with ws.door.transaction(SYSTEM) as tx:

        def person(login: str, name: str, role: str, team: Team | None = None) -> User:
            values = {
                "email": f"{login}@test.example",
                "name": name,
                "roles": [role],
                "password_hash": password_hash,
                "team_id": team.id if team else None,
            }
            made: User = tx.create("user", values).record
            return made

        for number, name in enumerate(TEAMS, 1):
            team = tx.create("team", {"name": name}).record
            tx.change("team", team.id, {"manager_id": person(f"manager{number}", f"{name}经理", "manager", team).id})
            for which in "ab":
                person(f"seller{number}{which}", f"{name}销售{which}", "sales", team)
        install_routing(tx)
        for role in _OTHERS:
            person(role, f"{role} 同事", role)
