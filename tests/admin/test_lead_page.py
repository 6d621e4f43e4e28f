"""The page of one lead: what is recorded there, planned, mended and ended."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

import re
from typing import Any

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contact, Contract, Deadline, FollowUp, Lead, Task, User
from clew.core.running import drain

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import desk, owner, stranger, ws  # noqa: F401 - fixtures, too
from .test_asked_again import put


def _key(page: str) -> str:
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_double_click_records_one_contact_and_one_next_step(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    at, path = desk(owner), f"/leads/{lead.id}"
    said = {
        "way": "phone",
        "content": "要看样机",
        "effective": "1",
        "next_step": "约演示",
        "next_at": "2026-11-26T10:00",
    }
    key, other = _key(at.get(path).text), _key(at.get(path).text)
    for one in (key, key):
        assert at.post(f"{path}/follow-up", **said, key=one).status_code == 302
    tasks = Task.select().where((Task.lead == lead.id) & (Task.kind == "task"))
    assert [(one.title, one.assignee_id, one.due_at.isoformat()) for one in tasks] == [
        ("约演示", owner.id, "2026-11-26T02:00:00+00:00")
    ]
    assert FollowUp.select().where(FollowUp.lead == lead.id).count() == 1
    assert "约演示" in at.get(path).text
    at.post(f"{path}/follow-up", **said, key=other)
    assert FollowUp.select().where(FollowUp.lead == lead.id).count() == 2


def test_the_head_says_where_a_lead_stands_and_what_it_waits_for(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    page = desk(owner).get(f"/leads/{lead.id}").text
    head = re.sub(r"<[^>]+>", "", page[page.index("<h1") : page.index("</h1>")])
    assert re.fullmatch(rf"\s*{lead.company}刚进入「首次接触」，首次响应剩 30 分。\s*", head)
    assert f'href="tel:{lead.contact.phone.removeprefix("+86")}"' in page
    assert f"/records/contract/new?lead_id={lead.id}" in page
    main = page[page.index("<main") : page.index("</main>")]
    assert "转派" not in main, "a seller gives nothing away"
    ws.clock.advance(minutes=50)
    late = desk(owner).get(f"/leads/{lead.id}").text
    head = re.sub(r"<[^>]+>", "", late[late.index("<h1") : late.index("</h1>")])
    assert "首次响应已超 20 分" in head


def test_a_win_that_a_rule_blocks_is_grey_and_says_so_in_the_doors_words(ws: Any, desk: Any, lead: Lead) -> None:
    won, cheap = (
        {"field": f"lead.{name}", "op": op, "value": to}
        for name, op, to in (("outcome", "==", "won"), ("budget", "<", 500_000))
    )
    put(ws, "dear", "lead.saving", [{"block": {"message": "赢单要五十万以上"}}], when={"all": [won, cheap]})
    at, path = desk(User.get_by_id(lead.owner_id)), f"/leads/{lead.id}"
    assert re.search(r'value="won" aria-disabled="true" aria-describedby="cannot-won"', at.get(path).text)
    assert "赢单要五十万以上（规则「dear」" in at.get(path).text
    at.post(f"{path}/outcome", outcome="won")
    assert "赢单要五十万以上（规则「dear」" in at.get(path).text
    assert Lead.get_by_id(lead.id).outcome == "open"
    at.post(f"{path}/edit", budget="600000")
    assert "aria-disabled" not in at.get(path).text.partition('value="won"')[2][:40]


def _undo(at: Any, path: str) -> Any:
    """Click on the 撤销 of the toast, and return the page after it."""
    found = re.search(r'action="(/undo/\d+)"', at.get(path).text)
    assert found, "there is nothing to take back"
    return at.client.post(found[1], data={"next": path}, follow_redirects=True)


def test_what_can_be_put_back_is_put_back_from_the_toast(
    ws: Any, desk: Any, made: Any, lead: Lead, owner: User
) -> None:
    at, path, before = desk(owner), f"/leads/{lead.id}", Lead.get_by_id(lead.id)
    ws.clock.advance(minutes=5)
    for act in ({"stage": "diagnosis"}, {"outcome": "won"}, {"outcome": "lost", "lost_reason": "预算取消"}):
        at.post(f"{path}/{next(iter(act))}", **act)
        drain(ws)
        assert "已撤销" in _undo(at, path).text
        drain(ws)
        now = Lead.get_by_id(lead.id)
        same = ("stage", "stage_since", "outcome", "closed_at", "lost_reason", "owner_id")
        assert [getattr(now, name) for name in same] == [getattr(before, name) for name in same], act
    assert {one.state for one in Task.select().where(Task.lead == lead.id)} == {"cancelled"}, "the checklist goes along"
    assert Deadline.get(Deadline.name == "first_response").state == "open"
    manager = desk(next(m for m in made.managers.values() if m.team_id == owner.team_id))
    other = next(u for u in made.sellers["华东一部"] if u.id != owner.id)
    manager.post(f"{path}/assign", owner_id=other.id)
    _undo(manager, path)
    assert Lead.get_by_id(lead.id).owner_id == owner.id


def test_only_who_did_it_takes_it_back_and_not_after_another_change(
    ws: Any, desk: Any, made: Any, lead: Lead, owner: User
) -> None:
    at, path = desk(owner), f"/leads/{lead.id}"
    at.post(f"{path}/outcome", outcome="won")
    act = re.search(r'action="(/undo/\d+)"', at.get(path).text)
    assert act
    ops = desk(made.user("ops"))
    assert "不能撤销" in ops.client.post(act[1], data={"next": path}, follow_redirects=True).text
    ops.post(f"{path}/outcome", outcome="open")
    assert "之后又有改动" in at.client.post(act[1], data={"next": path}, follow_redirects=True).text
    at.post(f"{path}/outcome", outcome="lost", lost_reason="太贵")
    late = re.search(r'action="(/undo/\d+)"', at.get(path).text)
    assert late
    ws.clock.advance(minutes=11)
    assert "不能撤销" in at.client.post(late[1], data={"next": path}, follow_redirects=True).text
    assert Lead.get_by_id(lead.id).outcome == "lost"


def test_a_lead_that_is_given_to_another_team_leads_back_to_the_list(
    desk: Any, made: Any, lead: Lead, owner: User
) -> None:
    manager = desk(next(m for m in made.managers.values() if m.team_id == owner.team_id))
    page = manager.get(f"/leads/{lead.id}").text
    assert "时限接着走，不重来：「首次响应」仍是" in page
    far = made.sellers["华南部"][0]
    assert f'<option value="{far.id}">' in page
    answer = manager.client.post(f"/leads/{lead.id}/assign", data={"owner_id": far.id}, follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/leads/")
    assert f"已转派给 {far.name}" in answer.text


def test_a_contract_is_entered_from_the_lead_and_leads_back(desk: Any, lead: Lead, owner: User) -> None:
    at = desk(owner)
    page = at.get(f"/leads/{lead.id}").text
    found = re.search(r'href="(/records/contract/new[^"]*)"', page)
    assert found
    path = found[1].replace("&amp;", "&")
    form = at.form(path)
    assert (form["id-lead_id"], form["id-customer_id"], form["f-amount"]) == (lead.id, lead.customer_id, "400000")
    answer = at.client.post(path, data={**form, "f-number": "C-1"})
    assert answer.location == f"/leads/{lead.id}"
    assert Contract.get(Contract.number == "C-1").lead_id == lead.id
    away = at.client.post(path.replace("back=", "back=//elsewhere"), data={**at.form(path), "f-number": "C-2"})
    assert away.location.startswith("/contracts/")


def _in_place(at: Any, lead: Lead, name: str, value: str, was: str) -> Any:
    data = {name: value, f"was-{name}": was}
    return at.client.post(f"/leads/{lead.id}/edit", data=data, headers={"Accept": "application/json"})


def test_a_value_is_saved_in_place_or_refused_in_the_doors_words_with_what_was_meant(
    desk: Any, lead: Lead, owner: User
) -> None:
    at = desk(owner)
    saved = _in_place(at, lead, "budget", "500000", "400000")
    assert (saved.status_code, saved.json["values"]["budget"]["shown"]) == (200, "¥500,000")
    wrong = _in_place(at, lead, "budget", "86.4万上下", "500000")
    said = wrong.json["values"]["budget"]
    assert (wrong.status_code, said["problem"]) == (422, "「预算」「86.4万上下」不是金额，例：860000")
    assert (said["likely"], said["was"]) == ("864000", "500000")
    none = _in_place(at, lead, "budget", "三五十万", "500000")
    assert none.json["values"]["budget"]["likely"] == "", "nobody can tell"
    near = _in_place(at, lead, "source", "官网表", "")
    assert near.json["values"]["source"]["likely"] == "官网表单"


def test_who_changes_another_field_is_not_stopped_and_who_changes_the_same_is_told(
    desk: Any, made: Any, lead: Lead, owner: User
) -> None:
    at, other = desk(owner), desk(made.user("ops"))
    assert _in_place(other, lead, "region", "浙江", "江苏").status_code == 200
    assert _in_place(at, lead, "note", "要样机", "").status_code == 200
    late = _in_place(at, lead, "region", "安徽", "江苏")
    assert late.status_code == 409
    assert "别人刚把它改成了「浙江」" in late.json["values"]["region"]["problem"]
    assert _in_place(at, lead, "region", "安徽", late.json["values"]["region"]["was"]).status_code == 200
    now = Lead.get_by_id(lead.id)
    assert (now.region, now.note) == ("安徽", "要样机")


def test_without_a_script_the_form_keeps_what_was_typed_beside_what_is_wrong(
    desk: Any, lead: Lead, owner: User
) -> None:
    at, path = desk(owner), f"/leads/{lead.id}/edit"
    form = at.form(f"/leads/{lead.id}")
    sent = {name: value for name, value in form.items() if name not in ("key", "next_step", "next_at", "lost_reason")}
    answer = at.client.post(path, data={**sent, "budget": "86.4万上下", "region": "浙江"})
    assert answer.status_code == 422
    assert 'value="86.4万上下"' in answer.text
    assert 'value="浙江"' in answer.text
    assert "不是金额，例：860000" in answer.text
    offered = re.search(r'name="likely" value="([^"]+)"', answer.text)
    assert offered
    assert at.client.post(path, data={**sent, "budget": "86.4万上下", "likely": offered[1]}).status_code == 302
    assert Lead.get_by_id(lead.id).budget == 864_000


def test_a_locked_lead_is_read_and_says_why(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    ws.door.change("lead", lead.id, {"locked": True, "lock_reason": "法务在看"}, SYSTEM)
    page = desk(owner).get(f"/leads/{lead.id}").text
    assert "这条线索已锁定：法务在看" in page
    assert 'name="was-budget"' not in page


def test_a_contact_that_is_refused_keeps_what_was_typed_and_can_be_sent_again(
    desk: Any, lead: Lead, owner: User
) -> None:
    at, path = desk(owner), f"/leads/{lead.id}/follow-up"
    key = _key(at.get(f"/leads/{lead.id}").text)
    said = {"way": "visit", "content": "要看样机", "next_step": "约演示", "next_at": "2026-11-20T10:00", "key": key}
    refused = at.post(path, **said)
    assert refused.status_code == 422
    assert "要看样机</textarea>" in refused.text
    assert 'value="约演示"' in refused.text
    assert "下一步的时间已经过去" in refused.text
    assert _key(refused.text) == key
    assert at.post(path, **{**said, "next_at": "2026-11-26T10:00"}).status_code == 302
    other = at.post(path, **{**said, "content": "另一件事", "next_at": "2026-11-26T10:00"})
    assert other.status_code == 409
    again = {**said, "content": "另一件事", "next_at": "2026-11-26T10:00", "key": _key(other.text)}
    assert at.post(path, **again).status_code == 302
    assert FollowUp.select().where(FollowUp.lead == lead.id).count() == 2


def test_something_to_do_is_put_down_by_hand_once_and_ticked_with_a_way_back(
    desk: Any, made: Any, lead: Lead, owner: User
) -> None:
    at, path = desk(owner), f"/leads/{lead.id}"
    mate = next(u for u in made.sellers["华东一部"] if u.id != owner.id)
    page = at.get(path).text
    key = re.search(r'name="key" value="(\w+)">\s*<div class="field">\s*<label for="task-title"', page)
    assert key
    said = {"title": "寄样件", "due_at": "2026-11-26T10:00", "assignee_id": mate.id, "key": key[1]}
    for _ in range(2):
        at.post(f"{path}/tasks", **said)
    (task,) = Task.select().where(Task.title == "寄样件")
    assert (task.assignee_id, task.lead_id, task.customer_id) == (mate.id, lead.id, lead.customer_id)
    refused = at.post(f"{path}/tasks", title="约演示", due_at="明天", assignee_id=owner.id)
    assert refused.status_code == 422
    assert "不是时间" in refused.text
    assert 'value="约演示"' in refused.text
    theirs = desk(mate)
    theirs.post(f"/tasks/{task.id}/tick", next=path)
    assert Task.get_by_id(task.id).state == "done"
    _undo(theirs, "/tasks/")
    again = Task.get_by_id(task.id)
    assert (again.state, again.done_at) == ("open", None)


def test_contacts_are_added_edited_and_chosen_from_the_lead(desk: Any, lead: Lead, owner: User, stranger: User) -> None:
    at, path = desk(owner), f"/leads/{lead.id}"
    new = re.search(r'href="(/records/contact/new[^"]*)"', at.get(path).text)
    assert new
    address = new[1].replace("&amp;", "&")
    answer = at.client.post(address, data={**at.form(address), "f-name": "周敏", "f-phone": "13900001111"})
    assert answer.location == path
    other = Contact.get(Contact.name == "周敏")
    assert other.customer_id == lead.customer_id
    edit = f"/records/contact/{other.id}/edit?back={path}"
    assert f'href="{edit}"' in at.get(path).text
    assert at.client.post(edit, data={**at.form(edit), "f-title": "采购总监"}).location == path
    at.post(f"{path}/contact", contact_id=other.id)
    assert Lead.get_by_id(lead.id).contact_id == other.id
    _undo(at, path)
    assert Lead.get_by_id(lead.id).contact_id == lead.contact_id
    assert 'href="tel:13900001111"' in at.get(path).text
    assert desk(stranger).post(f"{path}/contact", contact_id=other.id).status_code == 404
    elsewhere = at.post(f"{path}/contact", contact_id="0" * 26)
    assert elsewhere.status_code == 404
