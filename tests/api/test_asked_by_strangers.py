"""What strangers send to merging, bulk acts, files and search: refused in words, naming nothing that they don't see."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clew.core import documents
from clew.core.documents.files import Files
from clew.core.errors import Conflict, Invalid, NotFound, Unavailable
from clew.core.finding.find import find
from clew.core.intake import merging, unmerging
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import ApiToken, Lead, User
from clew.core.people import tokens as auth
from clew.core.storage.database import database
from clew.core.storage.ids import new_id
from clew.core.storage.system_tables import BulkBatch, BulkRow, JournalLine
from clew.core.workbench import bulk
from clew.core.workspace import Workspace
from clew.core.write.taking_back import take_back_act

from ..app import app_of

NAMES = ("苏州恒锐精密", "上海另一家仪器", "成都卓越光电")


def by(user: User) -> Origin:
    return Origin(Actor.of(user), "console")


@pytest.fixture
def leads(any_workspace: Workspace, found: Callable[[Any], Any]) -> list[Lead]:
    found(any_workspace)
    given = ({"company": name, "phone": f"1381234567{n}"} for n, name in enumerate(NAMES))
    return [intake.take(any_workspace, one, SYSTEM).lead for one in given]


@pytest.fixture
def ops(leads: Any, any_workspace: Workspace, found: Callable[[Any], Any]) -> User:
    user: User = found(any_workspace).user("ops")
    return user


def merge(ws: Workspace, source: str, into: str, who: User) -> None:
    token = merging.plan_merge(ws.kinds, Actor.of(who), "customer", source, into).token
    merging.merge(ws, "customer", source, into, by(who), token)


def stranger_to(ws: Workspace, lead: Lead, found: Any) -> User:
    sellers = [one for team in found(ws).sellers.values() for one in team]
    return next(one for one in sellers if one.team_id != Lead.get_by_id(lead.id).team_id)


def test_nobody_hears_the_name_of_a_customer_on_the_way_to_one_they_do_not_see(
    any_workspace: Workspace, leads: list[Lead], ops: User, found: Any
) -> None:
    ws, (a, b, c) = any_workspace, (one.customer_id for one in leads)
    merge(ws, a, b, ops)
    merge(ws, b, c, ops)
    for lead in leads:  # All of it is one team's.
        ws.door.change("lead", lead.id, {"owner_id": leads[2].owner_id, "team_id": leads[2].team_id}, SYSTEM)
    stranger = stranger_to(ws, leads[2], found)
    ws.door.change("customer", c, {"owner_id": Lead.get_by_id(leads[2].id).owner_id}, SYSTEM)
    with pytest.raises(NotFound) as refused:
        unmerging.plan_unmerge(ws, "customer", a, by(stranger))
    assert not [name for name in NAMES if name in str(refused.value.text)]
    with pytest.raises(NotFound):
        merging.plan_merge(ws.kinds, Actor.of(stranger), "customer", a, c)
    with pytest.raises(Conflict, match="take that merge back first"):
        unmerging.plan_unmerge(ws, "customer", a, by(ops))


def test_a_second_click_on_a_merge_leads_to_the_one_that_stands(
    any_workspace: Workspace, leads: list[Lead], ops: User, found: Any
) -> None:
    ws, (a, b, _) = any_workspace, (one.customer_id for one in leads)
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": ops.email, "password": found(ws).password})
    token = merging.plan_merge(ws.kinds, Actor.of(ops), "customer", a, b).token
    for _ in range(2):
        answer = client.post(f"/merging/customer/{a}", data={"into_id": b, "token": token})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/customers/{b}")
    with pytest.raises(Conflict, match=f"merged into “{NAMES[1]}”"):
        merging.plan_merge(ws.kinds, Actor.of(ops), "customer", a, b)


@pytest.mark.parametrize("seen", [10**30, 2**63, 2**31, -1])
def test_a_revision_that_no_record_has_is_refused_with_its_row(
    any_workspace: Workspace, leads: list[Lead], ops: User, seen: int
) -> None:
    ws = any_workspace
    act = bulk.Act("lead", "set", "上海", {"region": "上海"})
    batch = bulk.begin(ws, act, [(leads[0].id, seen)], by(ops))
    assert bulk.run_part(ws, batch, by(ops)) == 0
    assert (BulkRow.get().state, Lead.get_by_id(leads[0].id).region) == ("refused", leads[0].region)


def test_the_id_of_another_act_begins_nothing(any_workspace: Workspace, leads: list[Lead], ops: User) -> None:
    ws, key = any_workspace, new_id(any_workspace.clock.now())
    bulk.begin(ws, bulk.Act("lead", "set", "上海", {"region": "上海"}), [(leads[0].id, None)], by(ops), key)
    with pytest.raises(Conflict, match="used before"):
        bulk.begin(
            ws, bulk.Act("customer", "set", "上海", {"region": "上海"}), [(leads[0].customer_id, None)], by(ops), key
        )
    assert BulkRow.select().count() == 1


@pytest.mark.postgres
def test_clicked_many_times_at_once_a_bulk_act_is_one_batch(postgres_workspace: Workspace, found: Any) -> None:
    ws, ops = postgres_workspace, found(postgres_workspace).user("ops")
    lead = intake.take(ws, {"company": NAMES[0]}, SYSTEM).lead
    key, start = new_id(ws.clock.now()), threading.Barrier(8)
    began: list[Any] = []

    def click() -> None:
        try:
            start.wait(20)
            act = bulk.Act("lead", "set", "上海", {"region": "上海"})
            began.append(bulk.begin(ws, act, [(lead.id, None)], by(ops), key).id)
        except Exception as error:
            began.append(error)
        finally:
            database.close()

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(30)
    assert began == [key] * 8
    assert (BulkBatch.select().count(), BulkRow.select().count()) == (1, 1)


@pytest.mark.parametrize("broken", ["", "incoming"])
def test_a_folder_of_files_that_is_none_is_said_in_words(
    any_workspace: Workspace, leads: list[Lead], ops: User, broken: str
) -> None:
    ws = any_workspace
    root = Path(ws.settings.files_folder)
    (root / broken).parent.mkdir(parents=True, exist_ok=True)
    (root / broken).write_text("no folder")
    with pytest.raises(Unavailable, match="CLEW_FILES_PATH"):
        documents.attach(ws, "lead", leads[0].id, "a.txt", io.BytesIO(b"text"), by(ops))


def test_a_file_that_may_not_be_looked_at_is_missing_in_words(
    any_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clew.core.documents.files import Missing

    def refused(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(Missing, match="CLEW_FILES_PATH"):
        Files.of(any_workspace.settings).there("a" * 64)


def test_a_file_that_only_begins_as_its_type_is_called_broken(
    any_workspace: Workspace, leads: list[Lead], ops: User
) -> None:
    with pytest.raises(Invalid) as refused:
        documents.attach(any_workspace, "lead", leads[0].id, "a.docx", io.BytesIO(b"PK\x03\x04"), by(ops))
    assert "已经损坏" in refused.value.text.zh
    assert "看起来是 .docx" not in refused.value.text.zh


def test_an_upload_stopped_by_its_length_hears_the_limit(
    any_workspace: Workspace, leads: list[Lead], ops: User
) -> None:
    ws = any_workspace
    app = app_of(ws)
    head = {"Authorization": f"Bearer {auth.issue_token(ws, ops, 'test', SYSTEM)}", "Accept-Language": "en"}
    size = (ws.settings.max_file_mb + 2) * 1024 * 1024
    sent = {"file": (io.BytesIO(b"x" * size), "a.txt"), "kind": "lead", "record_id": leads[0].id}
    answer = app.test_client().post("/api/v1/documents", data=sent, headers=head, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert f"{ws.settings.max_file_mb} MB" in answer.json["title"]


def test_a_file_that_was_removed_is_found_as_such(any_workspace: Workspace, leads: list[Lead], ops: User) -> None:
    ws = any_workspace
    made = documents.attach(ws, "lead", leads[0].id, "报价说明.txt", io.BytesIO(b"text"), by(ops)).document
    documents.retire(ws, made, by(ops))
    one = find(ws.kinds, Actor.of(ops), "报价说明", [ws.kinds["document"]], lambda kind, record: None)
    assert [(each.id, each.detail.zh) for each in one] == [(made.id, "已移除")]


def test_what_sets_the_company_up_is_not_taken_back_by_the_way_of_a_toast(
    any_workspace: Workspace, leads: list[Lead], ops: User, found: Any
) -> None:
    ws, admin, other = any_workspace, found(any_workspace).user("admin"), found(any_workspace).user("legal")
    auth.issue_token(ws, ops, "old", SYSTEM)
    auth.revoke(ws, ApiToken.get().id, by(ops))
    ws.door.change("user", other.id, {"active": False}, by(admin))
    ws.door.change("user", other.id, {"roles": ["sales"]}, by(admin))
    for who, kind in ((ops, "api_token"), (admin, "user")):
        for line in list(
            JournalLine.select().where((JournalLine.record_kind == kind) & (JournalLine.actor_id == who.id))
        ):
            with pytest.raises(NotFound, match="can't be undone"):
                take_back_act(ws.door, line.seq, by(who))
    assert ApiToken.get().revoked_at is not None
    assert not User.get_by_id(other.id).active


@pytest.mark.parametrize("away", ["/\\elsewhere.example", "//elsewhere.example", "/\t/elsewhere.example", "https:x"])
def test_a_ticked_task_leads_to_no_other_server(
    any_workspace: Workspace, leads: list[Lead], ops: User, found: Any, away: str
) -> None:
    ws = any_workspace
    task = ws.door.create("task", {"title": "寄样品", "lead_id": leads[0].id, "assignee_id": ops.id}, SYSTEM).record
    client = app_of(ws, csrf=False).test_client()
    client.post("/sign-in", data={"name": ops.email, "password": found(ws).password})
    answer = client.post(f"/tasks/{task.id}/tick", data={"next": away})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tasks/")
