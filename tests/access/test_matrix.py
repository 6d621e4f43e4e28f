"""Every address x every role x own, team's, other's and joined records: what answers show is what the policy says."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest
from werkzeug.routing import Rule

from clew.core.access import policy as access
from clew.core.intake.batches import keeping
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import Calendar, Deadline, PersonnelChange, RuleVersion
from clew.core.people import sign_in as auth
from clew.core.storage.database import database
from clew.core.storage.system_tables import Dispatch, Firing, ImportBatch
from clew.core.timeline.customer_lines import lines_of
from clew.core.workspace import Workspace

from ..app import app_of
from ..own_kinds import install
from .house import RULE, House, build
from .oracle import Oracle

pytestmark = pytest.mark.slow

_NO_RECORDS = {"/healthz", "/readyz", "/metrics", "/form/leads", "/sign-in", "/api/v1/openapi.json"}
"""What is asked without a session, and tells of no record."""
_WALKING = ("seller", "stranger", "manager", "other_manager", "ops", "legal", "delivery")
"""Who walks every address: each role but two that see what another one sees (finance, administrator)."""
_DEPUTIES = ("acting", "cover", "asked", "waiting")
"""Who stands in: for a manager, for a seller on leave, for whom a lead was escalated to; and who doesn't now."""
_SEARCHED = {"leads", "customers", "tasks", "contact", "contract", "visit", "sample", "journal"}
"""Whose last part this is, is asked with a search, too."""
_OWN = {
    "document_id": "document",
    "quote_id": "quote",
    "lead_id": "lead",
    "customer_id": "customer",
    "contract_id": "contract",
    "task_id": "task",
}


@pytest.fixture
def made(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Any:
    """The company, in a workspace that has kinds of its own."""
    install(any_workspace)
    return found(any_workspace)


@pytest.fixture
def house(any_workspace: Workspace, made: Any) -> House:
    """The house, and the oracle is asked about it."""
    return build(any_workspace, made)


@pytest.mark.parametrize("any_workspace", ["sqlite"], indirect=True)
@pytest.mark.parametrize("walking", [_WALKING, _DEPUTIES], ids=["roles", "deputies"])
def test_no_address_shows_more_than_the_policy(house: House, walking: tuple[str, ...]) -> None:
    oracle, differences, asked = Oracle(house), [], 0
    for who in walking:
        user = house.people[who]
        ask = _client(house.ws, user)
        hidden = [mark for mark, those in house.marks.items() if not any(oracle.reads(user, *one) for one in those)]
        masked = [phone for phone, contact in house.phones.items() if not oracle.whole(user, contact)]
        for address in _addresses(house):
            status, text = ask("GET", address)
            asked += 1
            assert status < 500, (who, address)
            differences += [
                (who, address, mark)
                for mark in (*hidden, *masked)
                if mark in text.replace(" ", "") and mark not in address
            ]
    assert not differences, "\n".join(map(str, differences[:40]))
    assert asked > 280 * len(walking)


def test_each_record_opens_to_whom_the_policy_says(house: House) -> None:
    oracle, differences = Oracle(house), []
    for who, user in house.people.items():
        ask = _client(house.ws, user)
        for kind, record in house.records:
            expected = oracle.sees(user, kind, record)
            opened = ask("GET", f"/api/v1/records/{kind}/{record.id}")[0] < 400
            page = ask("GET", f"/records/{kind}/{record.id}")[0] < 400
            # The console leaves messages to the inbox, and leads to those who work on them.
            if opened is not expected or (page and not expected):
                differences.append((who, kind, record.id, opened, page, expected))
            elif expected and not page and kind not in ("lead", "notification"):
                differences.append((who, kind, record.id, "no page"))
    assert not differences, "\n".join(map(str, differences[:40]))


def test_each_record_is_changed_by_whom_the_policy_says(house: House) -> None:
    oracle, differences = Oracle(house), []
    fields = {
        "lead": "note", "contact": "title", "customer": "name", "follow_up": "content", "contract": "amount",
        "task": "title", "document": "name", "visit": "place", "sample": "model", "invoice": "amount",
    }  # fmt: skip
    for who, user in house.people.items():
        ask = _client(house.ws, user)
        for kind, record in house.records:
            if kind not in fields:
                continue
            value = getattr(record, fields[kind])
            body = {fields[kind]: value if isinstance(value, str) else str(value)}
            status, text = ask("PATCH", f"/api/v1/records/{kind}/{record.id}", body)
            expected = 404 if not oracle.sees(user, kind, record) else 200
            if expected == 200 and not oracle.may(user, "change", kind, record):
                expected = 403
            if status != expected:
                differences.append((who, kind, fields[kind], status, expected, text[:120]))
    assert not differences, "\n".join(map(str, differences[:40]))


# ---- Asking


@pytest.mark.parametrize("any_workspace", ["sqlite"], indirect=True)
def test_what_one_sees_is_asked_with_room_to_spare(house: House) -> None:
    """SQLite's parser takes a hundred things that are open at once; a page narrows, sorts and counts by more."""
    customers, spare, asked = [one for kind, one in house.records if kind == "customer"], 15, 0
    for user in house.people.values():
        actor = Actor.of(user)
        queries = [access.visible(house.ws.kinds, actor, name) for name in house.ws.kinds]
        for query in [*queries, *(lines_of(house.ws.kinds, actor, one.id) for one in customers)]:
            written, values = query.sql()
            database.execute_sql(f"SELECT {'(' * spare}EXISTS({written}){')' * spare}", values)
            asked += 1
    assert asked > 12 * len(house.people)


def _client(ws: Workspace, user: Any) -> Callable[..., tuple[int, str]]:
    """Return a function that asks an address as somebody signed in, of the API with a token: status and text."""
    app = app_of(ws, csrf=False)
    app.config["RATELIMIT_ENABLED"] = False
    client, token = app.test_client(), auth.issue_token(ws, user, "matrix", SYSTEM)
    signed_in = client.post("/sign-in", data={"name": user.email, "password": "clew-test-2026"})
    assert signed_in.status_code == 302

    def ask(method: str, address: str, body: Any = None) -> tuple[int, str]:
        head = {"Authorization": f"Bearer {token}"} if address.startswith("/api/") else {}
        answer = client.open(address, method=method, json=body, headers=head)
        return answer.status_code, _text(answer)

    return ask


def _text(answer: Any) -> str:
    if "spreadsheetml" in (answer.mimetype or ""):
        book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
        return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return str(answer.data.decode("utf-8", "replace"))


def _addresses(house: House) -> Iterator[str]:
    """Yield every address that is read, with every record of the house in its place."""
    app = app_of(house.ws)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static") or str(rule) in _NO_RECORDS:
            continue
        if "pdf" in str(rule):  # What is printed is what the page beside it shows.
            continue
        yield from _filled(house, rule)


def _filled(house: House, rule: Rule) -> Iterator[str]:
    places = [{**(rule.defaults or {})}]
    for name in sorted(rule.arguments - set(rule.defaults or ()), key=lambda one: one != "kind"):
        places = [{**place, name: value} for place in places for value in _values(house, name, place)]
    for place in places:
        built = rule.build(place, append_unknown=False)
        assert built is not None, (rule, place)
        yield built[1]
        if built[1].rstrip("/").rpartition("/")[2] in _SEARCHED:
            yield from (f"{built[1]}?q={word}" for word in ("Q3Z", "13922220003"))
        if built[1].endswith("/undo"):
            yield f"{built[1]}?version=1&since=2026-11-01T00:00&until=2026-12-01T00:00"


def _batch(house: House) -> str:
    """Return an import that names the phone numbers of everybody there, as operations upload it."""
    asker = Actor.of(house.people["ops"])
    kept = ImportBatch.select().where(ImportBatch.user_id == asker.id).first()
    lines = "".join(f"{phone},new {number}\n" for number, phone in enumerate(house.phones))
    return str((kept or keeping.begin(house.ws, asker, "list.csv", f"phone,company\n{lines}".encode())).id)


def _values(house: House, name: str, place: dict[str, Any]) -> list[Any]:
    kinds = sorted({kind for kind, _ in house.records})
    if name == "kind":
        return kinds
    if name == "record_id":
        return [record.id for kind, record in house.records if kind == place.get("kind", kind)] or ["none"]
    if name in _OWN:
        return [record.id for kind, record in house.records if kind == _OWN[name]]
    if name == "code":
        return [RULE["id"], "lead-assignment"]
    return {
        "version_id": lambda: [row.id for row in RuleVersion.select().where(RuleVersion.code == RULE["id"])],
        "number": lambda: [1],
        "seq": lambda: [row.seq for row in Firing.select().where(Firing.rule == RULE["id"])],
        "backtest_id": lambda: [house.backtest.id],
        "batch_id": lambda: [_batch(house)],
        "export_type": lambda: ["csv", "xlsx"],
        "dispatch_id": lambda: [row.id for row in Dispatch.select().limit(3)],
        "deadline_id": lambda: [row.id for row in Deadline.select()],
        "calendar_id": lambda: [row.id for row in Calendar.select()],
        "user_id": lambda: [user.id for user in house.people.values()],
        "team_id": lambda: [user.team_id for user in house.people.values() if user.team_id],
        "change_id": lambda: [row.id for row in PersonnelChange.select()] or ["none"],
        "role_name": lambda: ["sales"],
        "of": lambda: ["lead", "contact"],
        "process": lambda: ["sales"],
        "name": lambda: ["sales"],
        "key": lambda: ["none"],
    }[name]()
