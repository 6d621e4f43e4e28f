"""A company with records of several kinds, and somebody's browser: for the tests of lists, pages and forms."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

import csv
import io
import re
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, User

from ..app import app_of
from ..kinds.conftest import lead, made  # noqa: F401 - fixtures

KINDS = ("visit", "sample", "contract", "customer")
_NAMES = {"visit": "place", "sample": "model", "contract": "number", "customer": "name"}


class Desk:
    """Somebody's browser."""

    def __init__(self, app: Any, user: Any, password: str) -> None:
        self.client = app.test_client()
        self.user = user
        answer = self.client.post("/sign-in", data={"name": user.email, "password": password})
        assert answer.status_code == 302

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(path, data={name.replace("__", "-"): value for name, value in data.items()})

    def form(self, path: str) -> dict[str, str]:
        """Return what the form on a page would send as it stands."""
        text = self.get(path).text
        page = text.partition("<main")[2].partition("</main>")[0]
        found = {}
        for tag in re.findall(r"<input\b[^>]*>", page):
            name, value = (re.search(rf'\b{one}="([^"]*)"', tag) for one in ("name", "value"))
            if name and 'type="checkbox"' not in tag:
                found[name[1]] = value[1] if value else ""
        for name, options in re.findall(r'<select[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
            chosen = re.search(r'value="([^"]*)" selected', options)
            found[name] = chosen[1] if chosen else ""
        return found


@pytest.fixture
def ws(any_workspace: Any) -> Any:
    return any_workspace


@pytest.fixture
def owner(lead: Lead) -> User:
    return User.get_by_id(lead.owner_id)


@pytest.fixture
def stranger(made: Any, owner: User) -> User:
    return next(one for team in made.sellers.values() for one in team if one.team_id != owner.team_id)


@pytest.fixture
def desk(ws: Any, made: Any) -> Any:
    """A function that signs somebody in."""
    app = app_of(ws, csrf=False)
    return lambda user: Desk(app, user, made.password)


def make(ws: Any, kind: str, lead: Lead, name: str, **more: Any) -> Any:
    """Make a record of a kind that belongs to a lead's customer, through the door."""
    given: dict[str, Any] = {_NAMES[kind]: name, **more}
    if kind != "customer":
        given["customer_id"] = lead.customer_id
    if kind in ("visit", "contract"):
        given["lead_id"] = lead.id
    if kind == "contract":
        given.setdefault("amount", 864_000)
    if kind == "visit":
        given |= {"owner_id": lead.owner_id, "team_id": lead.team_id}
    record = ws.door.create(kind, given, SYSTEM).record
    if kind == "customer":
        ws.door.create(
            "lead",
            {"company": name, "customer_id": record.id, "owner_id": lead.owner_id, "team_id": lead.team_id},
            SYSTEM,
        )
    return record


def listed(kind: str) -> str:
    return "/customers/" if kind == "customer" else f"/records/{kind}/"


def page_of(kind: str, record: Any) -> str:
    return f"/contracts/{record.id}" if kind == "contract" else f"{listed(kind)}{record.id}"


def rows(text: str) -> int:
    return text.count("<tr data-href")


def exported(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
