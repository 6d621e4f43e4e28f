"""What a kind that is not in force leaves behind: nothing becomes more open, and nothing stays behind."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from clew.core.access import policy
from clew.core.access.rows import Rows
from clew.core.company.switches import switch_plugin
from clew.core.errors import Forbidden, Invalid
from clew.core.intake import duplicates
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import DataRecord, KindDefinition, Lead
from clew.core.opening import open_workspace
from clew.core.people import sign_in
from clew.core.settings import Settings
from clew.core.storage.database import database, door_opened
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

from ..app import app_of
from .test_made_at_run_time import as_, owner_of


def make(ws: Workspace, name: str, **more: Any) -> Any:
    titles = {"title_zh": name, "title_en": name.title()}
    return ws.door.create("kind_definition", {"name": name, **titles, **more}, SYSTEM).record


def definition(name: str) -> Any:
    return KindDefinition.get(KindDefinition.name == name)


def sees(ws: Workspace, user: Any, kind: str, record: Any) -> bool:
    return policy.sees(ws.kinds, Actor.of(user), kind, record.id)


@pytest.mark.parametrize("parents", [["visit"], ["visit", "lead"]])
def test_what_belongs_to_a_kind_that_is_off_is_no_more_open(
    any_workspace: Workspace, made: Any, lead: Lead, parents: list[str]
) -> None:
    ws, owner = any_workspace, owner_of(lead)
    stranger = next(one for one in made.sellers["华南部"] if one.id != owner.id)
    make(ws, "memo", belongs_to=parents, owned=False)
    field = {"kind": "memo", "name": "words", "label_zh": "话", "label_en": "Words", "type": "text"}
    ws.door.create("field_definition", field, SYSTEM)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州"}, as_(owner)).record
    given = {"visit_id": visit.id, "words": "密", **({"lead_id": lead.id} if "lead" in parents else {})}
    memo = ws.door.create("memo", given, as_(owner)).record
    assert [sees(ws, one, "memo", memo) for one in (owner, stranger, made.user("ops"))] == [True, False, True]
    switch_plugin(ws, "visits", False, SYSTEM)
    assert [sees(ws, one, "memo", memo) for one in (owner, stranger, made.user("ops"))] == [False, False, True]
    at_customer = {row.id for row in Rows(ws.kinds, Actor.of(owner), lead.customer_id).visible("memo")}
    assert at_customer == set()
    with pytest.raises(Forbidden):
        ws.door.change("memo", memo.id, {"words": "开"}, as_(stranger))
    if parents == ["visit"]:
        with pytest.raises(Forbidden):
            ws.door.create("memo", {"words": "谁的"}, as_(stranger))
    ws.door.change("memo", memo.id, {"words": "改"}, as_(made.user("ops")))
    switch_plugin(ws, "visits", True, SYSTEM)
    assert [sees(ws, one, "memo", memo) for one in (owner, stranger)] == [True, False]


def test_a_merge_takes_along_what_is_of_a_kind_that_is_off(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    owner = owner_of(lead)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "苏州"}, as_(owner)).record
    sample = ws.door.create("sample", {"customer_id": lead.customer_id, "model": "M"}, SYSTEM).record
    other = intake.take(ws, {"company": "恒锐集团", "phone": "13912345678"}, SYSTEM).customer
    switch_plugin(ws, "visits", False, SYSTEM)
    ws.door.change("kind_definition", definition("sample").id, {"active": False}, SYSTEM)
    with ws.door.transaction(SYSTEM) as tx:
        duplicates.merge(tx, lead.customer_id, other.id)
    into = other.id
    assert {row.customer_id for row in DataRecord.select()} == {into}
    switch_plugin(ws, "visits", True, SYSTEM)
    ws.door.change("kind_definition", definition("sample").id, {"active": True}, SYSTEM)
    for kind, one in (("visit", visit), ("sample", sample)):
        row = ws.kinds[kind].model.get_by_id(one.id)
        assert (row.customer_id, row.revision) == (into, 2)
        line = JournalLine.select().where(JournalLine.record_id == one.id).order_by(JournalLine.seq.desc()).get()
        assert (line.kind, line.after) == (f"{kind}.changed", {"customer_id": into})
        assert line.cause_seq is not None


# ---- Kinds that belong to each other


def test_kinds_never_belong_to_each_other_by_way_of_one_that_is_off(any_workspace: Workspace, made: Any) -> None:
    ws = any_workspace
    kb = make(ws, "kb")
    ka = make(ws, "ka", belongs_to=["kb"])
    ws.door.change("kind_definition", kb.id, {"active": False}, SYSTEM)
    with pytest.raises(Invalid, match="ka itself belongs to kb"):
        ws.door.change("kind_definition", kb.id, {"belongs_to": ["ka"]}, SYSTEM)
    assert ws.door.change("kind_definition", ka.id, {"active": False}, SYSTEM).active is False
    with pytest.raises(Invalid, match="can't belong to 'kb'"):
        make(ws, "kc", belongs_to=["kb"])
    with pytest.raises(Invalid, match="'customer' is named twice"):
        make(ws, "kc", belongs_to=["customer", "customer"])


def test_an_old_circle_is_left_out_and_can_be_mended(any_workspace: Workspace, made: Any) -> None:
    ws = any_workspace
    kb = make(ws, "kb")
    ka = make(ws, "ka", belongs_to=["kb"])
    with door_opened():
        KindDefinition.update(belongs_to=["ka"]).where(KindDefinition.id == kb.id).execute()
    again = open_workspace(settings=Settings(ws.settings.database_url))
    assert not {"ka", "kb"} & {*again.kinds}
    client = app_of(again).test_client()
    token = sign_in.issue_token(again, made.user("ops"), "test", SYSTEM)
    assert client.get("/api/v1/records/ka", headers={"Authorization": f"Bearer {token}"}).status_code == 404
    again.door.change("kind_definition", kb.id, {"active": False}, SYSTEM)
    assert "ka" in again.kinds
    with pytest.raises(Invalid, match="itself belongs to"):
        again.door.change("kind_definition", kb.id, {"active": True}, SYSTEM)
    again.door.change("kind_definition", kb.id, {"belongs_to": []}, SYSTEM)
    again.door.change("kind_definition", kb.id, {"active": True}, SYSTEM)
    assert [one.to for one in again.kinds[ka.name].parents] == ["kb"]
    again.close()


@pytest.mark.postgres
def test_two_at_once_cannot_make_kinds_belong_to_each_other(postgres_workspace: Workspace) -> None:
    ws = postgres_workspace
    ids = {name: make(ws, name).id for name in ("ka", "kb")}
    together, said = threading.Barrier(2), []

    def join(name: str, to: str) -> None:
        try:
            together.wait(10)
            ws.door.change("kind_definition", ids[name], {"belongs_to": [to]}, SYSTEM)
            said.append("taken")
        except Invalid:
            said.append("refused")
        finally:
            database.close()

    threads = [threading.Thread(target=join, args=pair) for pair in (("ka", "kb"), ("kb", "ka"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["refused", "taken"]
