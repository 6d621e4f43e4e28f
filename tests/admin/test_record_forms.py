"""Forms and bulk actions of every kind of record: what is written goes through the door."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

import re
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contract, Customer, Lead, User
from clew.core.kinds.locking import locking
from clew.core.storage.system_tables import JournalLine

from ..app import app_of
from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import _NAMES, KINDS, Desk, desk, exported, listed, make, owner, page_of, rows, stranger, ws  # noqa: F401 - fixtures, too


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_made_shown_and_changed(
    ws: Any,
    desk: Any,
    lead: Lead,
    owner: User,
    kind: str,
) -> None:
    at = desk(owner)
    name = "😀 苏州１２３ 123456789012345678"
    form = at.form(f"/records/{kind}/new" + ("" if kind == "customer" else f"?customer_id={lead.customer_id}"))
    assert (form.get("f-customer_id") == "恒锐精密") is (kind != "customer")
    if kind in ("visit", "contract"):
        form |= {"f-lead_id": "恒锐精密"} | ({"f-amount": "1,200.50"} if kind == "contract" else {})
    answer = at.client.post(f"/records/{kind}/new", data={**form, f"f-{_NAMES[kind]}": name})
    assert answer.status_code == 302, answer.text
    # The same page sent twice makes one record.
    again = at.client.post(f"/records/{kind}/new", data={**form, f"f-{_NAMES[kind]}": name})
    assert again.location == answer.location
    model = ws.kinds[kind].model
    assert model.select().where(getattr(model, _NAMES[kind]) == name).count() == 1
    made_ = model.get(getattr(model, _NAMES[kind]) == name)
    if kind == "customer":  # It has no lead yet, so that the policy shows it to nobody in sales.
        return
    assert name in at.get(answer.location).text
    edit = f"/records/{kind}/{made_.id}/edit"
    stale = at.form(edit)
    assert at.client.post(edit, data={**stale, f"f-{_NAMES[kind]}": "改过"}).status_code == 302
    refused = at.client.post(edit, data={**stale, f"f-{_NAMES[kind]}": "又改"})
    assert refused.status_code == 409
    assert "刚被别人改过" in refused.text
    assert 'value="又改"' in refused.text
    assert "现在是：改过" in refused.text
    line = JournalLine.select().where(JournalLine.record_id == made_.id).order_by(JournalLine.seq.desc()).first()
    assert (line.channel, line.actor_id, line.ip) == ("console", owner.id, "127.0.0.1")


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("visit", {}, "请填写「地点」"),
        ("visit", {"place": "苏州\0"}, "含有不能保存的字符"),
        ("visit", {"place": "苏州", "cost": "dear"}, "不是金额"),
        ("visit", {"place": "苏州", "cost": "1e99"}, "金额应在"),
        ("visit", {"place": "苏州", "customer_id": "没有的公司"}, "没有找到「没有的公司」"),
        ("visit", {"place": "苏州", "customer_id": "\0"}, "没有找到"),
        ("contract", {"number": "苏" * 41, "amount": "5", "lead_id": "恒锐精密"}, "最多 40 个字"),
        ("sample", {"model": "M", "quantity": "123456789012345678"}, "太大"),
        ("contract", {"number": "HT-1", "amount": "5"}, "请填写「客户」"),
        ("customer", {"name": "甲", "credit_code": "911"}, "不是有效的统一社会信用代码"),
    ],
)
def test_what_the_door_refuses_stands_beside_the_field_and_what_was_typed_stays(
    ws: Any,
    desk: Any,
    lead: Lead,
    owner: User,
    kind: str,
    given: dict[str, str],
    words: str,
) -> None:
    at = desk(owner)
    before = ws.kinds[kind].model.select().count()
    answer = at.client.post(f"/records/{kind}/new", data={f"f-{name}": value for name, value in given.items()})
    assert answer.status_code == 422
    assert re.search(rf'class="error"[^>]*>[^<]*{re.escape(words)}', answer.text), answer.text
    for value in given.values():
        assert value in answer.text
    assert ws.kinds[kind].model.select().count() == before


def test_a_second_contract_of_a_number_is_refused_in_words(
    ws: Any,
    desk: Any,
    lead: Lead,
    owner: User,
) -> None:
    make(ws, "contract", lead, "HT-1")
    form = {"f-number": "HT-1", "f-amount": "5", "f-lead_id": "恒锐精密"}
    answer = desk(owner).client.post("/records/contract/new", data=form)
    assert answer.status_code == 409
    assert "HT-1" in answer.text
    assert Contract.select().count() == 1


def test_a_stranger_cannot_add_to_what_they_do_not_see(
    ws: Any,
    desk: Any,
    lead: Lead,
    stranger: User,
) -> None:
    at = desk(stranger)
    assert "恒锐精密" not in at.get(f"/records/visit/new?lead_id={lead.id}").text
    assert at.get("/records/visit/names?name=lead_id&query=恒锐").json == []
    for named in ("恒锐精密", lead.id):
        answer = at.client.post("/records/visit/new", data={"f-place": "苏州", "f-lead_id": named})
        assert answer.status_code == 422, named


def test_names_to_pick_from_are_those_the_asker_sees(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    at = desk(owner)
    assert at.get("/records/visit/names?name=lead_id&query=恒锐").json == [[lead.id, "恒锐精密"]]
    assert at.get("/records/visit/names?name=nothing").status_code == 404


def test_a_rule_may_want_a_form_confirmed(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    document = {
        "id": "ask",
        "title": {"zh": "贵", "en": "Dear"},
        "purpose": {"zh": "试", "en": "Try"},
        "trigger": "visit.saving",
        "when": {"field": "visit.cost", "op": ">", "value": 100},
        "then": [{"require_confirmation": {"message": "超过 100 元"}}],
    }
    ws.door.create("rule", {"code": "ask", "pack": "own", "version": 1, "document": document}, SYSTEM)
    at = desk(owner)
    form = {"f-place": "苏州", "f-cost": "500", "f-lead_id": "恒锐精密", "key": "k"}
    answer = at.client.post("/records/visit/new", data=form)
    assert answer.status_code == 409
    assert "超过 100 元" in answer.text
    assert at.client.post("/records/visit/new", data={**form, "confirm": "1"}).status_code == 302


# ---- One record


def test_a_page_of_a_record_shows_stage_lock_links_tasks_and_what_happened(
    ws: Any,
    made: Any,
    desk: Any,
    lead: Lead,
    owner: User,
) -> None:
    visit = make(ws, "visit", lead, "苏州", cost=500)
    about = {"about_kind": "visit", "about_id": visit.id, "lead_id": lead.id, "customer_id": lead.customer_id}
    ws.door.create("task", {"title": "写报告", "assignee_id": owner.id, **about}, SYSTEM)
    at = desk(owner)
    path = f"/records/visit/{visit.id}"
    text = at.get(path).text
    for said in ("苏州", "¥500", "已约定", "到已完成", "写报告", "新建拜访", f'href="/leads/{lead.id}"'):
        assert said in text, said
    refused = at.client.post(f"{path}/move", data={"stage": "held", "revision": visit.revision}, follow_redirects=True)
    assert "请补充结果，再进入「已完成」" in refused.text
    ws.door.change("visit", visit.id, {"result": "good"}, SYSTEM)
    stale = at.client.post(f"{path}/move", data={"stage": "held", "revision": visit.revision}, follow_redirects=True)
    assert "刚被别人改过" in stale.text
    moved = at.client.post(f"{path}/move", data={"stage": "held", "revision": 2}, follow_redirects=True)
    assert "阶段已更新" in moved.text
    assert "到已完成" not in moved.text
    ws.door.change("visit", visit.id, locking("等报告", "own", "1"), SYSTEM)
    text = at.get(path).text
    assert "等报告" in text
    assert "解锁</button>" not in text
    assert f'href="{path}/edit"' not in text
    form = {**at.form(f"{path}/edit"), "f-place": "上海"}
    assert at.client.post(f"{path}/edit", data=form).status_code == 423
    manager = desk(next(m for m in made.managers.values() if m.team_id == owner.team_id))
    assert "解锁</button>" in manager.get(path).text
    manager.post(f"{path}/unlock")
    assert not type(visit).get_by_id(visit.id).locked
    assert manager.post(f"{path}/assign", owner_id=made.user("sales").id).status_code == 302
    assert at.post(f"{path}/assign", owner_id=owner.id).status_code in (403, 404)


def test_a_contract_page_lists_what_belongs_to_it(ws: Any, made: Any, desk: Any, lead: Lead) -> None:
    contract = make(ws, "contract", lead, "HT-1")
    paid = {"number": "P-1", "amount": 5, "paid_at": "2026-11-24", "contract_id": contract.id}
    ws.door.create("payment", {**paid, "customer_id": lead.customer_id}, SYSTEM)
    text = desk(made.user("finance")).get(page_of("contract", contract)).text
    assert "P-1" in text
    assert "P-1" in desk(made.user("finance")).get(f"/records/payment/?contract_id={contract.id}").text


# ---- Many at once


def test_a_bulk_action_is_looked_at_then_done_and_says_what_was_refused(
    ws: Any,
    made: Any,
    desk: Any,
    lead: Lead,
    owner: User,
    stranger: User,
) -> None:
    visits = [make(ws, "visit", lead, f"P{n}", result="good" if n else None) for n in range(3)]
    ws.door.change("visit", visits[2].id, locking("等报告", "own", "1"), SYSTEM)
    at = desk(made.user("ops"))
    ids = [one.id for one in visits]
    bulk = "/records/visit/bulk"
    look = at.client.post(bulk, data={"action": "move", "rowid": ids, "target": "held"})
    assert "请补充结果" in look.text
    assert "等报告" in look.text
    assert "把 1 条移到「已完成」" in look.text
    model = ws.kinds["visit"].model
    assert {one.stage for one in model.select()} == {"planned"}
    revisions = {f"revision-{one.id}": one.revision for one in model.select()}
    done = at.client.post(
        bulk, data={"action": "move", "rowid": ids, "target": "held", "do": "1", **revisions}, follow_redirects=True
    )
    assert "1 条已移到「已完成」，2 条没有改" in done.text
    assert [model.get_by_id(one).stage for one in ids] == ["planned", "held", "planned"]
    twice = at.client.post(
        bulk, data={"action": "move", "rowid": ids, "target": "held", "do": "1", **revisions}, follow_redirects=True
    )
    assert "0 条已移到「已完成」，2 条没有改，1 条本来就是" in twice.text
    stale = {"action": "assign", "rowid": ids, "target": stranger.id, "do": "1", **revisions}
    given = at.client.post(bulk, data=stale, follow_redirects=True)
    assert "刚被别人改过" in given.text
    assert model.get_by_id(ids[0]).owner_id == stranger.id
    assert model.get_by_id(ids[0]).team_id == stranger.team_id
    every = at.client.post(f"{bulk}?place.has=P1", data={"action": "move", "scope": "all"})
    assert "把 1 条拜访移到哪个阶段" in every.text


def test_bulk_actions_are_for_those_who_may(ws: Any, desk: Any, lead: Lead, owner: User, stranger: User) -> None:
    visit = make(ws, "visit", lead, "P1")
    at = desk(owner)
    page = at.get("/records/visit/").text
    assert 'value="assign"' not in page
    assert 'value="move"' in page
    assert at.post("/records/visit/bulk", action="assign", rowid=[visit.id]).status_code == 403
    gone = desk(stranger).client.post(
        "/records/visit/bulk", data={"action": "move", "rowid": [visit.id, "\0", "x"], "target": "held", "do": "1"}
    )
    assert gone.status_code == 302
    assert at.post("/records/visit/bulk", action="move", rowid=[visit.id], target="nowhere").status_code == 404


def test_forms_need_their_token(ws: Any, made: Any, lead: Lead, owner: User) -> None:
    app = app_of(ws, csrf=False)
    at = Desk(app, owner, made.password)
    app.config["WTF_CSRF_ENABLED"] = True
    for path in ("new", "bulk"):
        assert at.post(f"/records/visit/{path}").status_code == 400
    assert Customer.select().count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_pages_speak_english_too(ws: Any, desk: Any, lead: Lead, owner: User, kind: str) -> None:
    record = make(ws, kind, lead, "NF")
    at = desk(owner)
    at.post("/language", locale="en")
    for path in (listed(kind), f"{listed(kind)}?q=zzz", f"/records/{kind}/new", f"/records/{kind}/{record.id}/edit"):
        main = at.get(path).text.partition("<main")[2].partition("</main>")[0]
        left = re.sub(r"恒锐精密|精密加工|江苏|[a-z]+ 同事|[东南西北华大客户一二部]+(经理|销售.)?", "", main)
        assert not re.search(r"[一-鿿]{2,}", left), (path, re.findall(r".{20}[一-鿿]{2,}.{20}", left))
