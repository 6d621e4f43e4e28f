"""Lists, pages and forms of every kind of record, bundled and made at run time: served by one ModelView over the door."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from clew.admin.records import served
from clew.admin.records.columns import columns_of
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contact, Contract, Lead, User
from clew.core.storage.system_tables import JournalLine

from ..app import app_of
from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .records import _NAMES, KINDS, Desk, desk, exported, listed, make, owner, page_of, rows, stranger, ws  # noqa: F401 - fixtures, too

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
    assert app_of(ws).test_client().get("/records/sample/").status_code == 302


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


@pytest.mark.slow
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


def test_days_are_compared_with_moments_that_lie_in_extra_as_with_those_of_a_column(
    ws: Any, made: Any, desk: Any, lead: Lead
) -> None:
    for name in ("tested", "due"):
        words = {"label_zh": name, "label_en": name, "type": "moment" if name == "tested" else "date"}
        ws.door.create("field_definition", {"kind": "sample", "name": name, **words}, SYSTEM)
    for model, tested in (("A", "2026-11-20T00:30"), ("B", "2026-11-24T00:30"), ("C", "2026-11-24T23:30")):
        make(ws, "sample", lead, model, tested=tested, due=tested[:10])
    make(ws, "sample", lead, "D")
    at = desk(made.user("ops"))
    for query, fit in (
        ("tested.since=2026-11-24", "BC"),
        ("tested.until=2026-11-24", "ABC"),
        ("tested.until=2026-11-23", "A"),
        ("tested.since=2026-11-20&tested.until=2026-11-20", "A"),
        ("tested.since=2026-11-25", ""),
        ("tested.empty=1", "D"),
        ("due.since=2026-11-24", "BC"),
        ("due.until=2026-11-20", "A"),
    ):
        file = exported(at.get(f"/records/sample/export.csv?cols=model&{query}"))
        assert sorted(row[0] for row in file[1:]) == list(fit), query
        assert rows(at.get(f"/records/sample/?{query}").text) == len(fit), query


@pytest.mark.parametrize("kind", ["lead", *KINDS])
def test_a_day_beyond_the_years_that_are_kept_is_refused_in_words(
    ws: Any, made: Any, desk: Any, lead: Lead, kind: str
) -> None:
    at = desk(made.user("ops"))
    for query in ("since=0001-01-01", "until=9999-12-31", "since=9999-12-31", "until=0001-01-01", "since=2026-W48"):
        page = at.get(f"{'/leads/' if kind == 'lead' else listed(kind)}?created_at.{query}")
        assert page.status_code == 200
        assert ("不是日期" if "W" in query else "年份应在 1900 到 2199 之间") in page.text
        file = at.get(f"/records/{kind}/export.csv?created_at.{query}")
        assert file.status_code == 422, "no file of more rows than were asked for"
    assert at.get("/report/?since=0001-01-01&until=9999-12-31").status_code == 200


def test_a_file_of_excel_can_be_read_whatever_its_texts_hold(ws: Any, made: Any, desk: Any, lead: Lead) -> None:
    make(ws, "sample", lead, "A\uffff\ufffeB\U0001f600")
    file = desk(made.user("ops")).get("/records/sample/export.xlsx?cols=model")
    assert load_workbook(io.BytesIO(file.data)).active["A2"].value == "AB\U0001f600"


@pytest.mark.slow
@pytest.mark.parametrize("user", ["ops", "admin"])
def test_what_no_database_holds_is_refused_in_words_by_every_page(
    ws: Any, made: Any, desk: Any, lead: Lead, user: str
) -> None:
    at = desk(made.user(user))
    answer = at.post(f"/leads/{lead.id}/assign", owner_id="\0")
    assert (answer.status_code, "含有不能保存的字符" in answer.text) == (422, True)
    rules = [
        rule for rule in at.client.application.url_map.iter_rules() if not rule.rule.startswith(("/api/", "/form/"))
    ]
    broken: list[tuple[str, ...]] = []
    for rule in rules:
        if rule.endpoint in ("session.sign_out", "static") or rule.endpoint.endswith(".static"):
            continue
        path = re.sub(r"<(int:)?[^>]*>", lambda one: "9" * 30 if one[1] else "%00", rule.rule)
        path = path.replace("/records/%00/", "/records/sample/")
        for way in sorted({"GET", "POST"} & (rule.methods or set())):
            for where in {path, path.replace("%00", lead.id)}:
                names = (
                    "q",
                    "id",
                    "owner_id",
                    "rowid",
                    "version",
                    "name",
                    "query",
                    "after",
                    "rule",
                    "field",
                    "key",
                )
                data = dict.fromkeys(names, "\0") | {"from": "9" * 30, "revision": "9" * 30, "title": "\0"}
                sent = {"query_string": data} if way == "GET" else {"data": data}
                answer = at.client.open(where, method=way, **sent)
                broken += [(way, where)] if answer.status_code >= 500 else []
                whole = {"revision": "9" * 30, "from": "9" * 30, "id": "9" * 30, "a": "9" * 30, "after": "x"}
                sent = {"query_string": whole} if way == "GET" else {"data": whole}
                answer = at.client.open(where, method=way, **sent)
                broken += [(way, where, "numbers")] if answer.status_code >= 500 else []
    assert not broken


@pytest.mark.parametrize("name", ["leads", "customers", "records"])
def test_an_error_of_a_page_is_logged_as_what_it_is(
    ws: Any, made: Any, desk: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seen: list[str] = []

    def broken(*_: Any, **__: Any) -> Any:
        seen.append(name)
        raise TypeError("the true error")

    monkeypatch.setattr("clew.admin.records.lists.RecordList.get_list", broken)
    logged: list[Any] = []
    monkeypatch.setattr("clew.admin.failures.log.error", lambda *_, exc_info, **__: logged.append(str(exc_info)))
    assert desk(made.user("ops")).get("/records/sample/" if name == "records" else f"/{name}/").status_code == 500
    assert (logged, seen) == (["the true error"], [name])


def test_nothing_is_given_to_somebody_who_can_not_take_it(
    ws: Any, made: Any, desk: Any, lead: Lead, owner: User
) -> None:
    visit = make(ws, "visit", lead, "苏州")
    colleague = next(one for team in made.sellers.values() for one in team if one.id != owner.id)
    ws.door.change("user", colleague.id, {"active": False}, SYSTEM)
    at = desk(made.user("ops"))
    legal = made.user("legal")
    for target, words in ((colleague, "已停用，不能接手"), (legal, "法务）不处理线索")):
        pages = [f"/leads/{lead.id}", *([f"/records/visit/{visit.id}"] if target is colleague else [])]
        for page in pages:
            at.post(f"{page}/assign", owner_id=target.id)
            assert words in at.get(page).text
        given = {"action": "assign", "rowid": lead.id, "target": target.id, "do": "1"}
        assert words in at.post("/records/lead/bulk", **given).text
    assert (Lead.get_by_id(lead.id).owner_id, type(visit).get_by_id(visit.id).owner_id) == (owner.id, owner.id)
    other = next(one for team in made.sellers.values() for one in team if one.id not in (owner.id, colleague.id))
    at.post(f"/leads/{lead.id}/assign", owner_id=other.id)
    assert Lead.get_by_id(lead.id).owner_id == other.id


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


@pytest.mark.slow
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
    # A short list asks once more: whether there are rows without a value behind it.
    assert all(now <= before for now, before in zip([asked(path) for path in paths], few, strict=True))
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
