"""Lists, pages and forms of every kind of record, bundled and made at run time: served by one ModelView over the door."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names
from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from clew.admin.records import served
from clew.admin.records.columns import columns_of
from clew.core.app import create_app
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contact, Contract, Customer, Lead, User
from clew.core.kinds.locking import locking
from clew.core.storage.system_tables import JournalLine

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
    app = create_app(ws)
    app.config["WTF_CSRF_ENABLED"] = False
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
    return f"{listed(kind)}{record.id}"


def rows(text: str) -> int:
    return text.count("<tr data-href")


def exported(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


# ---- Who sees what, by page, search, filter and file


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_those_the_viewer_may_see_on_every_way_out(
    ws: Any,
    made: Any,
    desk: Any,
    lead: Lead,
    owner: User,
    stranger: User,
    kind: str,
) -> None:
    record = make(ws, kind, lead, "NF-7788")
    manager = next(m for m in made.managers.values() if m.team_id == owner.team_id)
    who = {"own": (owner, True), "team": (manager, True), "ops": (made.user("ops"), True), "other": (stranger, False)}
    for name, (user, sees) in who.items():
        at = desk(user)
        ways = (listed(kind), f"{listed(kind)}?q=nf-77", f"{listed(kind)}?{_NAMES[kind]}.has=7788")
        assert [("NF-7788" in at.get(way).text.partition("<main")[2]) for way in ways[:1]] == [sees], name
        assert [rows(at.get(way).text) for way in ways[1:]] == [int(sees)] * 2, name
        found = exported(at.get(f"/records/{kind}/export.csv"))
        assert any("NF-7788" in row for row in found[1:]) is sees, name
        assert at.get(page_of(kind, record)).status_code == (200 if sees else 404), name
        assert at.get(f"/records/{kind}/{record.id}/edit").status_code == (200 if sees else 404), name
        if not sees:
            assert at.post(f"/records/{kind}/{record.id}/edit", revision=1).status_code == 404
            assert (
                "先选中"
                in at.client.post(
                    f"/records/{kind}/bulk", data={"action": "export.csv", "rowid": record.id}, follow_redirects=True
                ).text
            )


def test_no_access_to_a_kind_is_403_and_no_such_kind_404(ws: Any, made: Any, desk: Any) -> None:
    legal = desk(made.user("legal"))
    assert legal.get("/records/lead/").status_code == 403
    assert legal.get("/records/sample/").status_code == 200
    assert legal.get("/records/invoice/").status_code == 200
    seller = desk(made.user("sales"))
    for kind in ("user", "api_token", "rule", "plugin", "nothing"):
        assert seller.get(f"/records/{kind}/").status_code == 404, kind
    assert seller.get("/records/invoice/new").status_code == 403
    assert "新建发票" not in seller.get("/records/invoice/").text
    for path in ("/records/sample/x", "/records/sample/%00", f"/records/sample/{'0' * 26}"):
        assert seller.get(path).status_code == 404, path
    assert create_app(ws).test_client().get("/records/sample/").status_code == 302


def test_a_kind_made_while_the_server_runs_has_its_pages_at_once(ws: Any, made: Any, desk: Any) -> None:
    ops = desk(made.user("ops"))
    assert ops.get("/records/crate/").status_code == 404
    origin = Origin(Actor.of(made.user("ops")), "console")
    ws.door.create("kind_definition", {"name": "crate", "title_zh": "木箱", "title_en": "Crate"}, origin)
    data = {"kind": "crate", "name": "data", "label_zh": "尺寸", "label_en": "Size", "type": "text"}
    ws.door.create("field_definition", data, origin)
    page = ops.get("/records/crate/").text
    assert "还没有木箱" in page
    assert 'href="/records/crate/"' in page.partition("</nav>")[0]
    answer = ops.post("/records/crate/new", f__data="1200 × 800", key="one")
    assert answer.status_code == 302
    assert "1200 × 800" in ops.get("/records/crate/").text
    assert "1200 × 800" in ops.get(answer.location).text
    field = {"kind": "crate", "name": "wood", "label_zh": "木材", "label_en": "Wood", "type": "text"}
    ws.door.create("field_definition", field, origin)
    assert "木材" in ops.get("/records/crate/new").text


def test_every_kind_has_a_list_and_a_page_and_a_form_where_people_make_it(
    ws: Any, made: Any, desk: Any, lead: Lead
) -> None:
    contract = make(ws, "contract", lead, "HT-1")
    of = {"customer_id": lead.customer_id, "contract_id": contract.id}
    ws.door.create("invoice", {"number": "I-1", "amount": 5, "issued_at": "2026-11-24", **of}, SYSTEM)
    ws.door.create("shipment", {"number": "S-1", "shipped_at": "2026-11-24", **of}, SYSTEM)
    file = {"name": "图.pdf", "media_type": "application/pdf", "size": 5, "sha256": "0" * 64}
    ws.door.create("document", {**file, **of}, SYSTEM)
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "说好了"}, SYSTEM)
    about = {"about_kind": "contract", "about_id": contract.id}
    ws.door.create("task", {"title": "盖章", **about}, SYSTEM)
    for kind in ("visit", "sample"):
        make(ws, kind, lead, "甲")
    at = desk(made.user("admin"))
    kinds = [kind for kind in ws.kinds.values() if served.is_served(kind)]
    assert len(kinds) > 10
    for kind in kinds:
        assert at.get(f"/records/{kind.name}/").status_code == 200, kind.name
        every = ",".join(one.name for one in columns_of(kind))
        assert at.get(f"/records/{kind.name}/?cols={every}").status_code == 200, kind.name
        assert at.get(f"/records/{kind.name}/export.xlsx").status_code == 200, kind.name
        assert at.get(f"/records/{kind.name}/new").status_code in (200, 302, 403, 404), kind.name
        for record in list(kind.model.select().limit(2)):
            page = at.get(f"/records/{kind.name}/{record.id}")
            assert page.status_code in (200, 302), kind.name
            assert at.get(f"/records/{kind.name}/{record.id}/edit").status_code in (200, 403), kind.name
        for one in columns_of(kind):
            for query in (f"sort={one.name}&desc=1", f"{one.name}.empty=1", f"{one.name}.has=1", f"{one.name}.from=1"):
                assert at.get(f"/records/{kind.name}/?{query}").status_code == 200, (kind.name, query)
    assert at.get("/records/document/new").status_code == 404


# ---- Masking


def test_personal_data_is_masked_alike_on_page_search_filter_and_file(
    ws: Any,
    made: Any,
    desk: Any,
    lead: Lead,
    owner: User,
) -> None:
    contact = Contact.get(Contact.customer == lead.customer_id)
    mine, ops = desk(owner), desk(made.user("ops"))
    assert "13812345678" in mine.get("/records/contact/").text
    assert "13812345678" in mine.get(f"/records/contact/{contact.id}").text
    for path in ("", contact.id, f"{contact.id}/edit", "export.csv"):
        text = ops.get(f"/records/contact/{path}").data.decode()
        assert "13812345678" not in text, path
        assert "138****5678" in text, path
    # Whoever knows the number finds it; nobody gropes for its digits.
    for query, found in (("13812345678", 1), ("1381234", 0), ("5678", 0)):
        assert rows(ops.get(f"/records/contact/?q={query}").text) == found, query
    assert rows(ops.get("/records/contact/?phone=138 1234 5678").text) == 1
    assert rows(ops.get("/records/contact/?phone=13812340000").text) == 0
    assert rows(mine.get("/records/contact/?q=1381234").text) == 1
    assert rows(ops.get("/records/contact/?phone.has=1381").text) == 1, "no such filter, so none is used"
    assert "sort=phone" not in ops.get("/records/contact/").text
    # What was shown masked is not saved masked.
    form = ops.form(f"/records/contact/{contact.id}/edit")
    assert (
        ops.client.post(f"/records/contact/{contact.id}/edit", data={**form, "f-title": "采购总监"}).status_code == 302
    )
    contact = Contact.get_by_id(contact.id)
    assert (contact.phone, contact.title) == ("+8613812345678", "采购总监")


# ---- Filters, sort, columns, pages


def test_filters_fit_the_types_of_the_fields(ws: Any, made: Any, desk: Any, lead: Lead, owner: User) -> None:
    make(ws, "visit", lead, "苏州工厂", cost="1200.50", result="good")
    make(ws, "visit", lead, "上海 100% 展馆", cost=30)
    make(ws, "contract", lead, "HT-1", amount=864_000, status="signed")
    make(ws, "contract", lead, "HT-2", amount=10)
    at = desk(owner)

    def count(query: str, kind: str = "visit") -> int:
        answer = at.get(f"/records/{kind}/?{query}")
        assert answer.status_code == 200, query
        return rows(answer.text)

    expected = {
        "place.has=苏州": 1,
        "place.has=%25": 1,
        "place=苏州工厂": 1,
        "place=苏州": 0,
        "cost.from=1000": 1,
        "cost.to=1200.50": 2,
        "cost.from=31&cost.to=1,300": 1,
        "result=good": 1,
        "result.empty=1": 1,
        "result.empty=0": 1,
        "stage=planned": 2,
        "stage=held": 0,
        f"owner_id={owner.id}": 2,
        f"lead_id={lead.id}": 2,
        "lead_id.has=恒锐": 2,
        "lead_id.has=别家": 0,
        "created_at.since=2026-11-24": 2,
        "created_at.since=2026-11-25": 0,
        "created_at.until=2026-11-24": 2,
        "q=苏州 工厂": 1,
        "q=恒锐 苏州": 1,
        "q=nothing": 0,
    }
    assert {query: count(query) for query in expected} == expected
    assert (count("amount.from=1000", "contract"), count("status=signed", "contract")) == (1, 1)
    assert count("status=signed,draft", "contract") == 2
    bad = at.get("/records/visit/?cost.from=dear&created_at.since=gestern&place.has=%00").text
    assert rows(bad) == 2
    assert "不是金额" in bad
    assert "不是日期" in bad


def test_what_an_address_says_stays_when_another_thing_is_chosen(
    ws: Any,
    desk: Any,
    lead: Lead,
    owner: User,
) -> None:
    make(ws, "visit", lead, "苏州", cost=5)
    text = desk(owner).get("/records/visit/?place.has=苏&sort=cost&desc=1").text
    links = re.findall(r'href="(/records/visit/\?[^"]*)"', text)
    assert links
    sorts = [one for one in links if "sort=created_at" in one]
    assert sorts
    assert all("place.has=" in one for one in sorts)
    assert "包含 <b>苏</b>" in text


def test_an_empty_list_says_which_filter_to_drop(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    at = desk(owner)
    assert "新建第一条" in at.get("/records/sample/").text
    make(ws, "sample", lead, "M5", quantity=5)
    text = at.get("/records/sample/?quantity.from=20&model.has=M").text
    assert "没有符合条件的样品" in text
    assert "去掉「数量 ≥ 20」，有 1 条" in text
    assert "去掉「型号 包含 M」" not in text


def test_stages_and_options_sort_in_their_own_order_and_nothing_comes_last(
    ws: Any,
    desk: Any,
    lead: Lead,
    owner: User,
) -> None:
    for name, status in (("HT-1", "signed"), ("HT-2", "draft"), ("HT-3", "legal_review")):
        make(ws, "contract", lead, name, status=status)
    text = desk(owner).get("/records/contract/?sort=status").text
    assert re.findall(r'class="name"[^>]*>(HT-\d)', text) == ["HT-2", "HT-3", "HT-1"]
    for model, quantity in (("M1", 30), ("M2", None), ("M3", 200)):
        make(ws, "sample", lead, model, quantity=quantity)
    for query, order in (("sort=quantity", ["M1", "M3", "M2"]), ("sort=quantity&desc=1", ["M3", "M1", "M2"])):
        text = desk(owner).get(f"/records/sample/?{query}").text
        assert re.findall(r'class="name"[^>]*>(M\d)', text) == order


def test_columns_are_chosen_and_kept(ws: Any, desk: Any, lead: Lead, owner: User) -> None:
    make(ws, "contract", lead, "HT-1")
    at = desk(owner)
    head = re.compile(r"<thead>(.*?)</thead>", re.S)

    def heads(path: str) -> str:
        return head.search(at.get(path).text)[1]  # type: ignore[index]

    assert "签署时间" in heads("/records/contract/")
    assert "签署时间" not in heads("/records/contract/?cols=number,amount,nonsense")
    assert "签署时间" not in heads("/records/contract/")
    assert exported(at.get("/records/contract/export.csv"))[0] == ["合同编号", "金额"]
    assert "签署时间" in heads("/records/contract/?cols=")


def test_a_thousand_rows_are_shown_page_by_page_with_a_steady_number_of_queries(
    ws: Any,
    desk: Any,
    lead: Lead,
    owner: User,
) -> None:
    at = desk(owner)

    def asked(path: str) -> int:
        seen: list[str] = []
        run = ws.db.execute_sql
        ws.db.execute_sql = lambda sql, *args, **more: (seen.append(sql), run(sql, *args, **more))[1]
        try:
            assert at.get(path).status_code == 200
        finally:
            del ws.db.execute_sql
        return len(seen)

    paths = ("/records/sample/", "/records/sample/?sort=quantity&q=M", "/records/sample/export.csv")
    make(ws, "sample", lead, "M0", quantity=0)
    make(ws, "sample", lead, "M00", quantity=0)
    for path in paths:
        at.get(path)
    few = [asked(path) for path in paths]
    with ws.door.transaction(SYSTEM) as tx:
        for n in range(998):
            given = {"customer_id": lead.customer_id, "model": f"M{n + 1}", "quantity": n % 7}
            tx.create("sample", given)
    assert [asked(path) for path in paths] == few
    seen: list[str] = []
    for page in range(1, 21):
        text = at.get(f"/records/sample/?sort=quantity&page={page}").text
        seen += re.findall(r'class="name"[^>]*>(M\d+)<', text)
    assert (len(seen), len(set(seen))) == (1000, 1000)
    assert "第 951–1000 条，共 1,000 条" in text
    assert "这一页没有了" in at.get("/records/sample/?page=99999999999999999999999").text
    assert at.get("/records/sample/?page=-3").status_code == 200
    assert len(exported(at.get("/records/sample/export.csv"))) == 1001


# ---- Files


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
def test_no_cell_of_a_file_is_a_formula(ws: Any, desk: Any, lead: Lead, owner: User, start: str) -> None:
    make(ws, "sample", lead, f"{start}|cmd", quantity=-5)
    at = desk(owner)
    row = exported(at.get("/records/sample/export.csv"))[1]
    assert row[0] == f"'{start}|cmd"
    assert "-5" in row
    answer = at.get("/records/sample/export.xlsx")
    cells = next(load_workbook(io.BytesIO(answer.data)).active.iter_rows(min_row=2))
    assert (cells[0].value, cells[0].data_type) == (f"'{start}|cmd", "s")
    assert -5 in [one.value for one in cells]


def test_a_file_is_journalled_and_holds_what_the_page_shows(
    ws: Any,
    desk: Any,
    lead: Lead,
    owner: User,
) -> None:
    make(ws, "contract", lead, "123456789012345678")
    make(ws, "contract", lead, "HT-2")
    at = desk(owner)
    answer = at.get("/records/contract/export.xlsx?number.has=1234")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="contract-20261124.xlsx"')
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[2]][:2] == ["123456789012345678", 864000]
    assert sheet.max_row == 2
    line = JournalLine.get(JournalLine.kind == "record.exported")
    assert (line.actor_id, line.after["kind"], line.after["rows"]) == (owner.id, "contract", 1)
    chosen = at.post("/records/contract/bulk", action="export.csv", rowid=[Contract.get(number="HT-2").id])
    assert [row[0] for row in exported(chosen)] == ["合同编号", "HT-2"]
    assert JournalLine.select().where(JournalLine.kind == "record.exported").count() == 2
    assert at.get("/records/contract/export.pdf").status_code == 404


# ---- Forms


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
        form |= {"f-lead_id": "恒锐精密", "f-amount": "1,200.50"}
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
    assert "补上「结果」后可以进入「已完成」" in refused.text
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
    text = desk(made.user("finance")).get(f"/records/contract/{contract.id}").text
    assert "P-1" in text
    assert f"/records/invoice/new?contract_id={contract.id}" in text
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
    assert "补上「结果」" in look.text
    assert "等报告" in look.text
    assert "把 1 条移到「已完成」" in look.text
    model = ws.kinds["visit"].model
    assert {one.stage for one in model.select()} == {"planned"}
    revisions = {f"revision-{one.id}": one.revision for one in model.select()}
    done = at.client.post(bulk, data={"action": "move", "rowid": ids, "target": "held", "do": "1", **revisions})
    assert "1 条已移到「已完成」，2 条没有改" in done.text
    assert [model.get_by_id(one).stage for one in ids] == ["planned", "held", "planned"]
    twice = at.client.post(bulk, data={"action": "move", "rowid": ids, "target": "held", "do": "1", **revisions})
    assert "0 条已移到「已完成」，2 条没有改，1 条本来就是" in twice.text
    stale = {"action": "assign", "rowid": ids, "target": stranger.id, "do": "1", **revisions}
    given = at.client.post(bulk, data=stale)
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
    app = create_app(ws)
    app.config["WTF_CSRF_ENABLED"] = False
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
