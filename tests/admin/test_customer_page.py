"""The page of one customer: where it stands, its timeline narrowed, edited in place, merged, given back, split."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

import io
import re
from typing import Any

import pytest

from clew.admin.records.merge_questions import ASKED
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Contact, Customer, Document, Lead, Quote, User
from clew.core.storage.system_tables import JournalLine

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import desk, owner, stranger, ws  # noqa: F401 - fixtures, too


@pytest.fixture
def ops(made: Any) -> User:
    return made.user("ops")


def _token(page: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found, page
    return found[1]


def _plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_the_timeline_is_narrowed_by_its_address_and_its_chips_add_up(
    ws: Any, desk: Any, lead: Lead, ops: User
) -> None:
    at, path = desk(ops), f"/customers/{lead.customer_id}"
    said = {"way": "phone", "content": "问了交期", "lead_id": lead.id, "customer_id": lead.customer_id}
    ws.door.create("follow_up", said, SYSTEM)
    page = at.get(path).text
    chips = {
        words: int(count) for words, count in re.findall(r'class="chip.*?>\s*(\S+) <span class="small">(\d+)', page)
    }
    assert chips["全部"] == sum(count for words, count in chips.items() if words != "全部")
    narrow = at.get(f"{path}?what=follow_up").text
    assert narrow.count('<li class="entry">') == 1
    assert '<option value="follow_up" selected>' in narrow
    assert at.get(f"{path}?what=nothing").text.count('<li class="entry">') == 0
    assert at.get(f"{path}?dept=automatic&until=2020-01-01").text.count('<li class="entry">') == 0
    assert "日期写成" in at.get(f"{path}?since=yesterday").text
    for day in ("0001-01-01", "9999-12-31"):
        assert "太远了" in at.get(f"{path}?until={day}").text
    for value in ("\ufffd", "😀" * 50, "=1+1", "１２"):
        assert at.get(f"{path}?who={value}&dept={value}").status_code == 200


def test_a_value_saved_in_place_can_be_undone_and_a_refused_one_stays_typed(desk: Any, lead: Lead, ops: User) -> None:
    at, path = desk(ops), f"/customers/{lead.customer_id}"
    was = Customer.get_by_id(lead.customer_id).region
    answer = at.client.post(f"{path}/edit", data={"region": "浙江"}, headers={"Accept": "application/json"}).json
    assert (answer["values"]["region"]["shown"], Customer.get_by_id(lead.customer_id).region) == ("浙江", "浙江")
    at.post(f"/undo/{answer['undo']}", next=path)
    assert Customer.get_by_id(lead.customer_id).region == was
    refused = at.post(f"{path}/edit", name="很长" * 150)
    assert refused.status_code == 422
    assert "很长很长" in refused.text


def test_a_merge_is_previewed_done_found_at_the_old_address_and_undone(
    ws: Any, desk: Any, lead: Lead, ops: User
) -> None:
    at, source = desk(ops), lead.customer_id
    other = intake.take(ws, {"company": "上海另一家机床", "region": "上海"}, SYSTEM).customer
    assert other.name in at.get(f"/merging/customer/{source}?q=另一家").text
    path = f"/merging/customer/{source}"
    page = at.get(f"{path}?into_id={other.id}").text
    assert f"并入「{other.name}」" in page
    late = at.post(path, into_id=other.id, token="old")
    assert late.status_code == 409
    assert "预览之后又有变化" in late.text
    assert at.post(path, into_id=other.id, token=_token(page)).location == f"/customers/{other.id}"
    assert at.get(f"/customers/{source}").location == f"/customers/{other.id}"
    assert Lead.get_by_id(lead.id).customer_id == other.id
    shown = at.get(f"/customers/{other.id}").text
    assert f'href="{path}/undo"' in shown
    ws.clock.advance(minutes=5)
    came = intake.take(ws, {"company": other.name}, SYSTEM).lead
    undo = at.get(f"{path}/undo").text
    name = f"record:lead:{came.id}:customer_id"
    assert name in undo
    missing = at.post(f"{path}/undo", token=_token(undo))
    assert missing.status_code == 422
    assert "归哪边" in missing.text
    assert at.post(f"{path}/undo", token=_token(undo), **{name: "stays"}).location == f"/customers/{source}"
    assert (Lead.get_by_id(lead.id).customer_id, Lead.get_by_id(came.id).customer_id) == (source, other.id)
    assert at.get(f"{path}/undo").status_code == 404


def test_much_that_came_since_a_merge_is_asked_about_page_by_page(ws: Any, desk: Any, lead: Lead, ops: User) -> None:
    at, source = desk(ops), lead.customer_id
    other = intake.take(ws, {"company": "上海另一家机床"}, SYSTEM).customer
    path = f"/merging/customer/{source}"
    ws.door.create("notification", {"user_id": ops.id, "title": "说到旧的", "customer_id": source}, SYSTEM)
    at.post(path, into_id=other.id, token=_token(at.get(f"{path}?into_id={other.id}").text))
    assert "这家客户已并入 上海另一家机床" in _plain(at.get("/inbox/").text)
    ws.clock.advance(minutes=5)
    for number in range(ASKED + 3):
        ws.door.create("contact", {"customer_id": other.id, "name": f"新人{number:02}"}, SYSTEM)
    came = list(Contact.select().where(Contact.name.startswith("新人")).order_by(Contact.id))
    first, last = (f"record:contact:{one.id}:customer_id" for one in (came[0], came[-1]))
    undo = at.get(f"{path}/undo").text
    assert undo.count("<legend>") == ASKED + 1
    assert (f'name="{first}"' in undo, f'name="{last}"' in undo) == (True, False)
    turned = at.post(f"{path}/undo", token=_token(undo), page="1", **{first: "back", "every:contact": ""}).text
    assert f'<input type="hidden" name="{first}" value="back">' in turned
    assert f'name="{last}"' in turned
    lacks = at.post(f"{path}/undo", token=_token(undo), **{first: "back", last: "back"})
    assert (lacks.status_code, lacks.text.count('role="alert"') >= ASKED - 1) == (422, True)
    said = {first: "back", last: "back", "every:contact": "stays"}
    assert at.post(f"{path}/undo", token=_token(undo), **said).location == f"/customers/{source}"
    now = [Contact.get_by_id(one.id).customer_id for one in came]
    assert (now[0], now[-1], {*now[1:-1]}) == (source, source, {other.id})
    assert "这家客户已并入" not in at.get("/inbox/").text


def test_who_edits_what_is_merged_meanwhile_is_told_and_keeps_what_they_typed(
    ws: Any, desk: Any, lead: Lead, ops: User
) -> None:
    at, source = desk(ops), lead.customer_id
    other = intake.take(ws, {"company": "上海另一家机床", "region": "上海"}, SYSTEM).customer
    form = at.form(f"/records/customer/{source}/edit")
    path = f"/merging/customer/{source}"
    at.post(path, into_id=other.id, token=_token(at.get(f"{path}?into_id={other.id}").text))
    stood = Customer.get_by_id(other.id).revision
    in_place = at.client.post(
        f"/customers/{source}/edit", data={"region": "浙江", "was-region": ""}, headers={"Accept": "application/json"}
    )
    assert in_place.status_code == 409
    assert "刚并入了「上海另一家机床」" in in_place.json["others"][0]
    whole = at.client.post(f"/customers/{source}/edit", data={"region": "浙江", "was-region": ""})
    assert (whole.status_code, "刚并入了" in whole.text, 'value="浙江"' in whole.text) == (409, True, True)
    told = at.client.post(f"/records/customer/{source}/edit", data={**form, "revision": stood, "f-region": "浙江"})
    assert (told.status_code, "刚并入了" in told.text, 'value="浙江"' in told.text) == (409, True, True)
    assert f'action="/records/customer/{other.id}/edit' in told.text
    assert Customer.get_by_id(other.id).region == "上海"
    assert at.get(f"/records/customer/{source}/edit").location == f"/records/customer/{other.id}/edit"
    unmoved = at.client.post(f"/records/customer/{source}/assign", data={"owner_id": ops.id, "revision": stood})
    assert unmoved.status_code == 409
    assert Customer.get_by_id(other.id).owner_id is None


def test_a_split_is_previewed_and_merged_back(ws: Any, desk: Any, lead: Lead, ops: User) -> None:
    at, source = desk(ops), lead.customer_id
    path = f"/merging/customer/{source}/split"
    assert "请选哪些记录归新客户" in at.get(f"{path}?name=新客户").text
    preview = at.get(f"{path}?name=新客户&chosen=lead:{lead.id}").text
    done = at.post(path, name="新客户", chosen=f"lead:{lead.id}", token=_token(preview))
    made = Customer.get(Customer.name == "新客户")
    assert done.location == f"/customers/{made.id}"
    assert Lead.get_by_id(lead.id).customer_id == made.id == Contact.get_by_id(lead.contact_id).customer_id
    page = at.get(f"/customers/{made.id}").text
    assert f"/merging/customer/{made.id}?into_id={source}" in page
    assert at.get(f"{path}?name=x&chosen=lead:{lead.id}").status_code == 200, "it is not this customer's any more"


def test_who_may_not_change_a_customer_neither_merges_nor_splits_it(
    ws: Any, desk: Any, lead: Lead, owner: User, stranger: User
) -> None:
    other = intake.take(ws, {"company": "上海另一家机床"}, SYSTEM).customer
    path = f"/merging/customer/{lead.customer_id}"
    for at, status in ((desk(stranger), 404), (desk(owner), 404)):
        assert at.get(f"{path}?into_id={other.id}").status_code == status
        assert at.post(path, into_id=other.id, token="x").status_code == status
    assert desk(stranger).get(f"/customers/{lead.customer_id}").status_code == 404
    assert desk(stranger).get(f"{path}/split").status_code == 404


def test_a_quote_is_made_from_the_lead_sent_and_answered(desk: Any, lead: Lead, owner: User, stranger: User) -> None:
    at, path = desk(owner), f"/leads/{lead.id}"
    assert f'href="/records/quote/new?lead_id={lead.id}' in at.get(path).text
    new = f"/records/quote/new?lead_id={lead.id}&customer_id={lead.customer_id}"
    at.client.post(new, data={**at.form(new), "f-number": "Q-2026-1", "f-amount": "864000"})
    quote = Quote.get()
    for status, words in (("sent", "已发出"), ("accepted", "客户接受")):
        assert desk(stranger).post(f"{path}/quote", quote_id=quote.id, status=status).status_code == 404
        at.post(f"{path}/quote", quote_id=quote.id, status=status)
        assert f"¥864,000 · {words}" in _plain(at.get(path).text)
    assert at.post(f"{path}/quote", quote_id="x", status="sent").status_code == 404


def test_a_lead_says_how_long_it_was_in_each_stage_and_what_comes_next(
    ws: Any, desk: Any, lead: Lead, owner: User
) -> None:
    at, path = desk(owner), f"/leads/{lead.id}"
    assert "先联系客户" in at.get(path).text
    ws.clock.advance(minutes=20)
    at.post(
        f"{path}/follow-up",
        way="phone",
        content="要看样机",
        effective="1",
        next_step="约演示",
        next_at="2026-11-26T10:00",
    )
    ws.clock.advance(days=7)
    page = desk(owner).get(path).text
    assert re.search(r'id="next-step">约演示<', page)
    assert "5 个工作日" in _plain(page[page.index('class="steps"') : page.index("</ol>", page.index('class="steps"'))])
    assert "5 个工作日" in page[page.index("<h1") : page.index("</h1>")]


def test_a_quote_is_suggested_its_number_printed_and_becomes_the_contract(
    ws: Any, desk: Any, lead: Lead, owner: User, stranger: User
) -> None:
    at = desk(owner)
    form = f"/records/quote/new?lead_id={lead.id}&back=/leads/{lead.id}"
    assert "接着编" not in at.get(form).text, "there is no series yet"
    first = {"f-number": "Q-2026-041", "f-amount": "86000", "f-valid_until": "2026-11-25"}
    at.client.post(form, data=at.form(form) | first)
    assert at.form(form)["f-number"] == "Q-2026-042"
    twice = at.client.post(form, data=at.form(form) | first)
    assert twice.status_code == 409
    assert "接着编：Q-2026-042" in twice.text
    assert 'value="Q-2026-041"' in twice.text
    quote = Quote.get()
    page = at.get(f"/leads/{lead.id}").text
    assert "有效期至 11月25日" in page
    at.post(f"/leads/{lead.id}/quote", quote_id=quote.id, status="sent")
    ws.clock.advance(days=3)
    at = desk(owner)  # The session has ended meanwhile.
    assert "过期了，有效期到 11月25日" in at.get(f"/leads/{lead.id}").text
    at.post(f"/leads/{lead.id}/quote", quote_id=quote.id, status="accepted")
    assert "过期了" not in at.get(f"/leads/{lead.id}").text
    path = re.search(r'href="(/records/contract/new[^"]+)"', at.get(f"/leads/{lead.id}").text)
    assert path is not None
    filled = at.form(path[1].replace("&amp;", "&"))
    assert (filled["f-amount"], filled["id-lead_id"]) == ("86000", lead.id)
    printed = at.get(f"/quotes/{quote.id}.pdf")
    assert (printed.status_code, printed.mimetype, printed.data[:5]) == (200, "application/pdf", b"%PDF-")
    line = JournalLine.select().where(JournalLine.kind == "record.exported").order_by(JournalLine.seq.desc()).first()
    assert (line.actor_id, line.after["kind"], line.after["format"]) == (owner.id, "quote", "pdf")
    assert desk(stranger).get(f"/quotes/{quote.id}.pdf").status_code == 404
    assert at.get("/quotes/nothing.pdf").status_code == 404
    sent = {"file": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "报价单.pdf")}
    at.client.post(f"/documents/of/quote/{quote.id}", data=sent)
    row = Document.get()
    assert (row.quote_id, row.lead_id, row.customer_id) == (quote.id, lead.id, lead.customer_id)
    assert "报价单.pdf" in at.get(f"/records/quote/{quote.id}").text
