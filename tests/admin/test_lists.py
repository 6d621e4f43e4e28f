"""Lists: saved views and their counts, pages by cursor, filters that name what is gone, bulk acts undone as a batch."""

# ruff: noqa: F811 - fixtures come by their names

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from clew.admin.records.model_view import RecordModelView
from clew.core.company.switches import switch_plugin
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import FieldDefinition, Lead, SavedView, Task, User
from clew.core.outbox import bulk as queue
from clew.core.storage.system_tables import BulkBatch, BulkRow, JournalLine
from clew.core.workbench import acts
from clew.core.workbench import bulk as batches

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import Desk, desk, exported, make, owner, stranger, ws  # noqa: F401 - fixtures

NAMES = re.compile(r'class="name"[^>]*>([^<]+)<')


def tabs(text: str) -> dict[str, str]:
    """Return the tabs of a page with their counts."""
    nav = text.partition('<nav class="tabs"')[2].partition("</nav>")[0]
    return dict(re.findall(r'>\s*([^<]+?)\s*<span class="n">([^<]*)<', nav))


def save(at: Desk, path: str, name: str, **more: Any) -> Any:
    where, _, query = path.partition("?")
    where = where.replace("/leads/", "/records/lead/")
    answer = at.post(f"{where}views?{query}", do="save", name=name, **more)
    assert answer.status_code == 302
    return SavedView.get(SavedView.name == name)


def test_a_view_keeps_what_the_list_shows_and_is_put_right_from_there(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User, stranger: User
) -> None:
    for n in range(4):
        make(ws, "sample", lead, f"M{n}", quantity=n * 10)
    at = desk(owner)
    asked = "/records/sample/?quantity.from=20&sort=quantity&cols=model,quantity"
    one = save(at, asked, "大样品")
    assert tabs(at.get("/records/sample/").text)["大样品"] == "2"
    shown = at.get(f"/records/sample/?{one.query}&view={one.id}").text
    assert NAMES.findall(shown) == ["M2", "M3"]
    assert "更新视图" not in shown
    other = f"quantity.from=10&view={one.id}"
    assert "更新视图" in at.get(f"/records/sample/?{other}").text
    at.post(f"/records/sample/views?{other}", do="update")
    assert tabs(at.get("/records/sample/").text)["大样品"] == "3"
    at.post(f"/records/sample/views?view={one.id}", do="rename", name="", share="own")
    assert SavedView.get_by_id(one.id).name == "大样品"
    at.post(f"/records/sample/views?view={one.id}", do="retire")
    page = at.get("/records/sample/").text
    assert "大样品" not in tabs(page)
    undo = re.search(r'action="(/undo/\d+)"', page)
    assert undo
    at.post(undo[1])
    assert "大样品" in tabs(at.get("/records/sample/").text)
    lines = JournalLine.select().where(JournalLine.record_kind == "saved_view").order_by(JournalLine.seq)
    assert [(line.kind, line.actor_id) for line in lines] == [
        (kind, owner.id)
        for kind in ("saved_view.created", "saved_view.changed", "saved_view.retired", "saved_view.changed")
    ]


def test_a_view_is_seen_by_whom_it_is_shared_with_and_changed_by_its_owner_alone(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User, stranger: User
) -> None:
    everybody = [one for team in made.sellers.values() for one in team]
    colleague = next(one for one in everybody if one.team_id == owner.team_id and one.id != owner.id)
    at, elsewhere, ops = desk(owner), desk(stranger), desk(made.user("ops"))
    own = save(at, "/leads/?owner_id=me", "自己的")
    team = save(at, "/leads/?owner_id=me", "团队的", share="team")
    assert at.post("/records/lead/views", do="save", name="全员的", share="all").status_code == 302
    assert not SavedView.select().where(SavedView.name == "全员的").exists()
    every = save(ops, "/leads/?owner_id=me", "全员的", share="all")
    assert {"自己的", "团队的", "全员的"} <= tabs(at.get("/leads/").text).keys()
    seen = tabs(elsewhere.get("/leads/").text)
    assert ("自己的" in seen, "团队的" in seen, "全员的" in seen) == (False, False, True)
    assert "团队的" in tabs(desk(colleague).get("/leads/").text)
    # A view of whoever looks shows everybody their own rows.
    assert (tabs(at.get("/leads/").text)["全员的"], seen["全员的"]) == ("1", "0")
    for view in (own, team):
        assert elsewhere.post(f"/records/lead/views?view={view.id}", do="retire").status_code == 404
    elsewhere.post(f"/records/lead/views?view={every.id}", do="rename", name="我改的", share="all")
    assert SavedView.get_by_id(every.id).name == "全员的"


def test_what_a_view_names_that_is_gone_is_said_and_can_be_dropped(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User
) -> None:
    at = desk(owner)
    query = "stage=vanished&industry_code=7&source=展会&received_at.within=9999999&owner_id=01ARZ3NDEKTSV4RRFFQ69G5FAV"
    one = save(at, f"/leads/?{query}", "旧视图")
    page = at.get(f"/leads/?{one.query}&view={one.id}")
    assert ("「阶段」里已经没有「vanished」" in page.text, "industry_code" in page.text) == (True, False)
    page = at.get(f"/leads/?{query}&view={one.id}")
    assert page.status_code == 200
    assert "没有「industry_code」这个筛选了" in page.text
    assert "「阶段」里已经没有「vanished」" in page.text
    assert "应为 1 到 3660 天" in page.text
    assert "去掉这个筛选" in page.text
    assert at.get("/leads/").status_code == 200


def test_pages_go_by_cursor_there_and_back_whatever_they_are_sorted_by(
    ws: Any, desk: Any, lead: Lead, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.admin.records.lists.RecordList.page_size", 3)
    for n, quantity in enumerate([5, None, 5, 1, None, 9, 5, 2]):
        make(ws, "sample", lead, f"M{n}", quantity=quantity)
    at = desk(owner)
    for query in ("", "sort=quantity", "sort=quantity&desc=1", "sort=created_at"):
        pages, url = [], f"/records/sample/?{query}"
        while url:
            text = at.get(url).text
            pages.append(NAMES.findall(text))
            last = text
            found = re.search(r'rel="next" href="([^"]+)"', text)
            url = found[1].replace("&amp;", "&") if found else ""
        assert [len(one) for one in pages] == [3, 3, 2]
        assert len({name for one in pages for name in one}) == 8
        assert "第 7–8 条，共 8 条" in last
        back = []
        while found := re.search(r'rel="prev" href="([^"]+)"', last):
            last = at.get(found[1].replace("&amp;", "&")).text
            back.append(NAMES.findall(last))
        assert back == pages[1::-1], query
    for odd in ("after=%00", "after=zzz", f"before={lead.id}&page=2", "after=01ARZ3NDEKTSV4RRFFQ69G5FAV&page=3"):
        assert at.get(f"/records/sample/?{odd}").status_code == 200


def test_a_bulk_act_is_undone_as_a_batch_but_for_what_was_changed_since(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User, stranger: User
) -> None:
    visits = [make(ws, "visit", lead, f"P{n}") for n in range(4)]
    model = type(visits[0])
    at = desk(made.user("ops"))
    asked = {"action": "assign", "rowid": [one.id for one in visits], "target": stranger.id, "do": "1"}
    key = {"key": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    first = at.post("/records/visit/bulk", **asked, **key)
    twice = at.post("/records/visit/bulk", **asked, **key)
    assert first.headers["Location"] == twice.headers["Location"]
    assert BulkBatch.select().count() == 1
    assert {one.owner_id for one in model.select()} == {stranger.id}
    assert "4 条已转派给" in at.get(first.headers["Location"]).text
    ws.door.change("visit", visits[1].id, {"owner_id": owner.id}, SYSTEM)
    listed = at.get("/records/visit/bulk/").text
    assert first.headers["Location"] in listed
    batch = BulkBatch.get()
    for who in (owner, stranger):
        assert desk(who).post(f"/records/visit/bulk/{batch.id}/undo").status_code == 403
    undone = at.client.post(f"/records/visit/bulk/{batch.id}/undo", follow_redirects=True).text
    assert "已撤销 3 条，1 条没有撤销" in undone
    assert "之后又有改动" in undone
    assert {one.owner_id for one in model.select()} == {owner.id}
    assert "撤销这一批" not in undone
    again = at.client.post(f"/records/visit/bulk/{batch.id}/undo", follow_redirects=True).text
    assert "已由" in again
    assert BulkRow.select().where(BulkRow.state == "undone").count() == 3


def test_a_worker_carries_a_bulk_act_on_and_its_undo_and_stopping_keeps_what_is_done(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = [make(ws, "visit", lead, f"P{n}", result="good") for n in range(7)]
    model = type(visits[0])
    monkeypatch.setattr(batches.run_part, "__defaults__", (2,))
    ws.clock.advance(minutes=1)
    at = desk(owner)
    begun = at.post("/records/visit/bulk", action="move", rowid=[one.id for one in visits], target="held", do="1")
    path = begun.headers["Location"]
    page = at.get(path).text
    assert "还剩 5 条，共 7 条" in page
    assert "已做的保留" in page
    batch = BulkBatch.get()
    at.post(f"{path}/stop")
    assert queue.due(ws) == []
    assert not batches.run_bulk(ws, batch.id)
    assert at.client.get(f"{path}/progress").get_json() == {"state": "stopped", "left": 5, "total": 7}
    at.post(f"{path}/run")
    ws.clock.advance(minutes=1)
    assert queue.due(ws) == [batch.id]
    # Stopped by its owner between two parts of the worker.
    assert batches.run_bulk(ws, batch.id, lambda: at.post(f"{path}/stop"))
    assert at.client.get(f"{path}/progress").get_json()["left"] == 1
    at.post(f"{path}/run")
    assert at.client.get(f"{path}/progress").get_json()["state"] == "ended"
    assert {one.stage for one in model.select()} == {"held"}
    assert JournalLine.select().where(JournalLine.kind == "bulk.started").count() == 1
    lines = JournalLine.select().where((JournalLine.record_kind == "visit") & (JournalLine.actor_id == owner.id))
    assert lines.where(JournalLine.reason == "移到「已完成」").count() == 7
    since = {one.id: one.stage_since for one in visits}
    at.client.post(f"{path}/undo")
    assert batches.run_bulk(ws, batch.id)
    assert {one.stage for one in model.select()} == {"planned"}
    assert {one.id: one.stage_since for one in model.select()} == since
    begun = at.post("/records/visit/bulk", action="move", rowid=[visits[0].id], target="held", do="1")
    BulkBatch.update(created_at=ws.clock.now() - timedelta(days=31)).where(BulkBatch.undone_at.is_null()).execute()
    late = at.client.post(f"{begun.headers['Location']}/undo", follow_redirects=True).text
    assert "超过 30 天" in late


def test_a_bulk_act_makes_a_task_for_whoever_owns_each_record_once(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User
) -> None:
    others = [make(ws, "visit", lead, f"P{n}") for n in range(3)]
    at = desk(owner)
    asked = {"action": "task", "rowid": [one.id for one in others], "target": "回访一次", "due": "2026-11-26T15:00"}
    look = at.post("/records/visit/bulk", **asked).text
    assert "建 3 个任务" in look
    assert not Task.select().where(Task.title == "回访一次").exists()
    wrong = at.post("/records/visit/bulk", **{**asked, "due": "someday"}, do="1")
    assert 'id="value-error"' in wrong.text
    done = at.post("/records/visit/bulk", **asked, do="1")
    tasks = list(Task.select().where(Task.title == "回访一次"))
    assert {(one.assignee_id, one.lead_id, one.about_id) for one in tasks} == {
        (owner.id, lead.id, one.id) for one in others
    }
    assert {one.due_at.isoformat() for one in tasks} == {"2026-11-26T07:00:00+00:00"}
    assert "已建 3 个任务「回访一次」" in at.get(done.headers["Location"]).text
    ws.door.change("task", tasks[0].id, {"state": "done"}, SYSTEM)
    undone = at.client.post(f"{done.headers['Location']}/undo", follow_redirects=True).text
    assert "已撤销 2 条，1 条没有撤销" in undone
    assert "任务已被改过或完成" in undone
    assert sorted(one.state for one in Task.select().where(Task.title == "回访一次")) == [
        "cancelled",
        "cancelled",
        "done",
    ]


@pytest.mark.parametrize("gone", ["kind", "field", "stage", "permission", "person"])
def test_a_batch_that_can_not_go_on_says_what_is_gone_and_keeps_what_is_done(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches.run_part, "__defaults__", (2,))
    admin = made.user("admin")
    visits = [make(ws, "visit", lead, f"P{n}", result="good") for n in range(5)]
    at = desk(owner)
    sent = {"action": "move", "target": "held"}
    if gone == "field":
        sent = {"action": "set", "field": "cost", "target": "300"}
    begun = at.post("/records/visit/bulk", **sent, rowid=[one.id for one in visits], do="1")
    batch, path = BulkBatch.get(), begun.headers["Location"]
    if gone == "kind":
        switch_plugin(ws, "visits", False, SYSTEM)
    elif gone == "field":
        found = FieldDefinition.get((FieldDefinition.kind == "visit") & (FieldDefinition.name == "cost"))
        ws.door.change("field_definition", found.id, {"active": False}, SYSTEM)
    elif gone == "stage":
        monkeypatch.setattr(acts, "stages_of", lambda *_: [])
    elif gone == "permission":
        ws.door.change("user", owner.id, {"roles": []}, SYSTEM)
    else:
        ws.door.change("user", owner.id, {"active": False}, SYSTEM)
    assert batches.run_bulk(ws, batch.id)
    said = BulkBatch.get_by_id(batch.id)
    words = {
        "kind": "停用",
        "field": "没有「cost」这个字段了",
        "stage": "阶段",
        "permission": "不再有做这件事的权限",
        "person": "已停用",
    }[gone]
    assert (said.state, words in said.zh or said.zh) == ("stopped", True)
    assert BulkRow.select().where(BulkRow.state == "done").count() == 2
    who = at if gone in ("field", "stage") else desk(admin)
    page = who.get(path)
    assert page.status_code == (404 if gone == "kind" else 200)
    assert who.client.post(f"{path}/run").status_code in (302, 404)
    assert who.client.post(f"{path}/undo").status_code in (302, 404)


def test_a_field_is_set_for_many_and_a_value_that_can_not_be_stays_beside_its_reason(
    ws: Any, desk: Any, lead: Lead, owner: User
) -> None:
    samples = [make(ws, "sample", lead, f"M{n}", quantity=n) for n in range(3)]
    at = desk(owner)
    ids = [one.id for one in samples]
    for value in ("many", "NaN", "1e999"):
        look = at.post("/records/sample/bulk", action="set", rowid=ids, field="quantity", target=value, do="1")
        assert look.status_code == 200
        assert f'value="{value}"' in look.text
        assert 'id="value-error"' in look.text
    assert at.post("/records/sample/bulk", action="set", rowid=ids, field="id", target="x").status_code == 404
    done = at.client.post(
        "/records/sample/bulk",
        data={"action": "set", "rowid": ids, "field": "quantity", "target": "2", "do": "1"},
        follow_redirects=True,
    ).text
    assert "2 条已改为「2」，1 条本来就是" in done


def test_a_list_too_long_for_one_file_says_so_instead_of_stopping(
    ws: Any, desk: Any, lead: Lead, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.admin.records.model_view.MOST_EXPORTED", 2)
    at = desk(owner)
    for n in range(3):
        make(ws, "sample", lead, f"M{n}", quantity=n)
    refused = at.get("/records/sample/export.csv")
    assert refused.status_code == 409
    assert "超过 2 行" in refused.text
    assert not JournalLine.select().where(JournalLine.kind == "record.exported").exists()
    assert at.get("/records/sample/export.csv?quantity.from=1").status_code == 200


def test_a_long_list_is_a_whole_file_read_piece_by_piece_in_its_order(
    ws: Any, desk: Any, lead: Lead, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.admin.records.model_view._EXPORTED_AT_ONCE", 3)
    monkeypatch.setattr(batches, "MOST", 2)
    at = desk(owner)
    for n, quantity in enumerate([5, None, 3, 9, None, 1, 7]):
        make(ws, "sample", lead, f"M{n}", quantity=quantity)
    read: list[int] = []
    prepare = RecordModelView.prepare

    def watched(view: RecordModelView, rows: Any) -> None:
        read.append(len(rows))
        prepare(view, rows)

    monkeypatch.setattr(RecordModelView, "prepare", watched)
    answer = at.get("/records/sample/export.csv?sort=quantity&desc=1&cols=model")
    assert [row[0] for row in exported(answer)[1:]] == ["M3", "M6", "M0", "M2", "M5", "M4", "M1"]
    assert read == [3, 3, 1]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    # The bar's "all" is all of them, however few a bulk act takes.
    whole = at.post("/records/sample/bulk?cols=model", action="export.csv", scope="all", rowid=["x"])
    assert len(exported(whole)) == 8
    assert [line.after["rows"] for line in JournalLine.select().where(JournalLine.kind == "record.exported")] == [7, 7]
