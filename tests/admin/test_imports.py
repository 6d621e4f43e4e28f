"""A file brought in through the console: asked about, looked at, let in by a worker, taken back; nothing guessed."""

# ruff: noqa: F811 - fixtures of the made kinds come by their names

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from clew.core.intake import take as intake
from clew.core.intake.batches.running import run_import
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contact, Customer, Lead, Task, User
from clew.core.metrics import Scope
from clew.core.outbox import imports
from clew.core.running import drain
from clew.core.storage.system_tables import ImportBatch, ImportMapping, ImportRow, JournalLine

from ..kinds.conftest import lead, made  # noqa: F401 - fixtures
from .imports import SHEET, answer, at, bring_in, heading, run, upload  # noqa: F401 - fixtures
from .records import Desk, desk, owner, ws  # noqa: F401 - fixtures


def refused_rows(at: Desk, path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(at.get(f"{path}/refused.csv").data.decode("utf-8-sig"))))


def test_columns_are_suggested_with_their_reasons_and_can_be_changed(ws: Any, at: Desk) -> None:
    path = upload(at)
    page = at.get(path).text
    chosen = re.findall(r'<select name="column-\d+".*?<option value="(\w*)" selected', page, re.S)
    assert chosen == ["company", "contact_name", "phone", "budget", "received_at", "industry"]
    assert "通常是它" in page
    assert "按万读：32 → ¥320,000" in page
    assert "13700018846" not in page
    form = {
        f"column-{n}": name for n, name in enumerate(["company", "contact_name", "phone", "budget", "", "industry"])
    }
    at.client.post(f"{path}/columns", data=form)
    page = at.get(path).text
    assert "登记日期 的字段" in page
    assert "05/06/2026 是哪一天" not in page
    assert "按万读" not in page
    at.client.post(f"{path}/columns", data={"column-5": "company"})
    assert "两列都对应" in at.get(path).text


def test_what_reads_two_ways_is_asked_and_nothing_comes_in_before(ws: Any, at: Desk) -> None:
    path, before = upload(at), Lead.select().count()
    page = at.get(path).text
    assert "05/06/2026 是哪一天" in page
    assert "5 月 6 日 月/日/年" in page
    assert "那样 2 行读不出，会退回，例：05/13/2026" in page
    assert "「1585746339」不是完整的手机" in page
    assert not re.search(r'type="radio"[^>]*checked', page)
    assert "回答 2 个问题后可以提交" in page
    refused = at.client.post(f"{path}/start", follow_redirects=True)
    assert "先回答" in refused.text
    assert Lead.select().count() == before
    answer(at, path, "date:登记日期", "mdy")
    assert heading(at, path).endswith("还有1个问题要你回答")
    answer(at, path, "unreadable:电话", "=refuse")
    assert heading(at, path) == "4行里新增3、更新0、退回1"
    batch = bring_in(ws, at, path)
    assert batch.state == "done"
    assert heading(at, path) == "4行：新增3、更新0、没有变化0、退回1"
    one = Lead.get(Lead.company == "昆山拓锋模具")
    assert (one.budget, one.received_at.astimezone(ws.settings.zone).date().isoformat()) == (320_000, "2026-05-06")
    assert one.contact.phone == "+8613700018846"


def test_each_answer_reads_the_rows_its_way(ws: Any, at: Desk) -> None:
    text = 'company,budget,date,source\n甲,"1.234,56",05/06/2026,网站\n乙,"2.000,00",07/06/2026,展会\n'
    path = upload(at, text)
    page = at.get(path).text
    assert "1.234,56 是多少" in page
    assert "1234.56（逗号是小数点）" in page
    assert "「网站」是哪个来源" in page
    for question, value in (("number:budget", "comma"), ("date:date", "dmy"), ("option:source:网站", "web_form")):
        answer(at, path, question, value)
    bring_in(ws, at, path)
    one = Lead.get(Lead.company == "甲")
    assert (one.budget, one.source) == (Decimal("1234.56"), "web_form")
    assert one.received_at.astimezone(ws.settings.zone).date().isoformat() == "2026-06-05"


def test_an_answer_nobody_offered_is_none(ws: Any, at: Desk) -> None:
    path = upload(at)
    answer(at, path, "date:登记日期", "ydm")
    assert "还有2个问题" in heading(at, path)


def test_only_what_is_empty_is_filled_and_the_rest_by_tick(ws: Any, at: Desk) -> None:
    old = intake.take(
        ws, {"company": "绍兴云织纺机", "phone": "13800005678", "budget": "860000", "note": "老客户"}, SYSTEM
    ).lead
    text = "公司,电话,预算,行业,备注\n绍兴云织纺机有限公司,13800005678,920000,纺织,老客户\n"
    path = upload(at, text)
    assert "等客户已有进行中的线索" in at.get(path).text
    answer(at, path, "open", "update")
    page = at.get(path).text
    assert "手机相同" in page
    assert re.search(r'class="im-was">86.*?</span> → <strong>92.*?留着', page, re.S)
    assert "补空" in page
    bring_in(ws, at, path)
    now = Lead.get_by_id(old.id)
    assert (now.budget, now.industry, now.company) == (860_000, "纺织", "绍兴云织纺机")
    # With the tick the value of the file takes its place, of this field alone.
    again = upload(at, text.replace("纺织", "机械"))
    answer(at, again, "open", "update")
    at.client.post(f"{again}/ticks", data={"tick": ["budget"]})
    bring_in(ws, at, again)
    now = Lead.get_by_id(old.id)
    assert (now.budget, now.industry) == (920_000, "纺织")
    line = JournalLine.select().where(JournalLine.record_id == old.id).order_by(JournalLine.seq.desc()).first()
    assert (line.channel, line.actor_name, line.before["budget"]) == ("import", at.user.name, "860000.00")


def test_decisions_of_people_are_no_fields_of_an_import(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,结果,阶段,负责人\n甲,赢单,demo,王磊\n")
    page = at.get(path).text
    for name in ("outcome", "stage", "owner_id", "lost_reason"):
        assert f'<option value="{name}"' not in page
        assert at.client.post(f"{path}/columns", data={"column-1": name}).status_code == 404
    at.client.post(f"{path}/ticks", data={"tick": ["outcome", "stage"]})
    assert ImportBatch.get_by_id(path.rpartition("/")[2]).document["ticks"] == []


def test_what_was_changed_after_the_preview_is_not_overwritten(ws: Any, at: Desk) -> None:
    old = intake.take(ws, {"company": "绍兴云织纺机", "budget": "860000"}, SYSTEM).lead
    path = upload(at, "公司,预算\n绍兴云织纺机,920000\n")
    answer(at, path, "open", "update")
    at.client.post(f"{path}/ticks", data={"tick": ["budget"]})
    at.client.post(f"{path}/start")
    ws.door.change("lead", old.id, {"budget": "1"}, SYSTEM)
    run(ws, path)
    assert Lead.get_by_id(old.id).budget == 1
    assert "预览之后又改过" in at.get(path).text


def test_the_refused_rows_come_back_mended_and_no_cell_of_them_is_a_formula(ws: Any, at: Desk) -> None:
    path = upload(at, '公司,电话,备注\n甲,=1+1,@SUM(1)\n"=2+5","+86 138 0000 5678",好\n')
    answer(at, path, "unreadable:电话", "=refuse")
    bring_in(ws, at, path)
    rows = refused_rows(at, path)
    assert rows[0] == ["公司", "电话", "备注", "错误", "Error"]
    assert rows[1][:3] == ["甲", "'=1+1", "'@SUM(1)"]
    assert "手机" in rows[1][3]
    assert len(rows) == 2
    rows[1][1] = "'+8613800001111"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    again = upload(at, out.getvalue(), "mended.csv")
    bring_in(ws, at, again)
    one = Lead.get(Lead.company == "甲")
    assert (one.contact.phone, one.note) == ("+8613800001111", "@SUM(1)")
    assert at.get(f"{path}/refused.xlsx").data[:2] == b"PK"


def test_the_same_file_again_makes_nothing(ws: Any, at: Desk) -> None:
    text = "公司,电话\n甲,13800001111\n乙,13800002222\n"
    bring_in(ws, at, upload(at, text))
    before = Lead.select().count()
    path = upload(at, text)
    assert heading(at, path) == "2行里新增0、更新0、退回0"
    assert "没有可以导入的行" in at.client.post(f"{path}/start", follow_redirects=True).text
    assert Lead.select().count() == before


def test_a_worker_that_dies_leaves_each_row_done_once(ws: Any, at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "公司,电话\n" + "".join(f"公司 {n},138{n:08d}\n" for n in range(45))
    path, before = upload(at, text), Lead.select().count()
    at.client.post(f"{path}/start")
    batch_id = path.rpartition("/")[2]

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        run_import(ws, batch_id, die)
    assert Lead.select().count() == before + 20
    assert not run_import(ws, batch_id)
    ws.clock.advance(seconds=ws.settings.lease_seconds + 1)
    assert imports.due(ws) == [batch_id]
    assert run(ws, path).state == "done"
    assert Lead.select().count() == before + 45
    assert ImportRow.select().where((ImportRow.batch_id == batch_id) & (ImportRow.state == "created")).count() == 45


def test_it_stops_where_it_is_and_goes_on(ws: Any, at: Desk) -> None:
    text = "公司,电话\n" + "".join(f"公司 {n},138{n:08d}\n" for n in range(45))
    path, before = upload(at, text), Lead.select().count()
    at.client.post(f"{path}/start")
    batch_id = path.rpartition("/")[2]
    assert at.get(f"{path}/progress").json == {"state": "queued", "done": 0, "total": 45}
    run_import(ws, batch_id, lambda: at.client.post(f"{path}/stop"))
    assert heading(at, path) == "45行：新增40、更新0、没有变化0、退回0；还有5行没有导入"
    at.client.post(f"{path}/go-on")
    run(ws, path)
    assert Lead.select().count() == before + 45
    assert heading(at, path) == "45行：新增45、更新0、没有变化0、退回0"


def test_a_whole_import_is_taken_back_but_for_what_people_used_since(ws: Any, at: Desk, made: Any) -> None:
    old = intake.take(ws, {"company": "绍兴云织纺机", "budget": "860000"}, SYSTEM).lead
    path = upload(at, "公司,姓名,电话,行业\n甲,张,13800001111,\n乙,李,13800002222,\n绍兴云织纺机,,,纺织\n")
    answer(at, path, "open", "update")
    bring_in(ws, at, path)
    drain(ws)
    used = Lead.get(Lead.company == "乙")
    gone = Lead.get(Lead.company == "甲")
    by = Origin(Actor.of(at.user), "console")
    ws.door.create("follow_up", {"lead_id": used.id, "way": "phone", "content": "聊过"}, by)
    lines = JournalLine.select().count()
    counted = Scope().leads().count()
    assert at.client.post(f"{path}/undo").status_code == 302
    assert run(ws, path).state == "undone"
    assert heading(at, path) == "已撤销2行；1行保留"
    assert "已有跟进" in at.get(path).text
    assert Lead.get_by_id(old.id).industry == ""
    assert Lead.get_by_id(used.id).withdrawn_at is None
    gone = Lead.get_by_id(gone.id)
    assert (gone.withdrawn_at is not None, gone.outcome) == (True, "lost")
    assert Customer.get_by_id(gone.customer_id).withdrawn_at is not None
    assert Contact.get_by_id(gone.contact_id).withdrawn_at is not None
    assert Scope().leads().count() == counted - 1
    assert "甲" not in re.findall(r'class="name" href="/leads/\w+">(.*?)<', at.get("/leads/").text)
    assert at.get(f"/leads/{gone.id}").status_code == 410
    assert JournalLine.select().count() > lines
    assert "已经撤销过了" in at.client.post(f"{path}/undo", follow_redirects=True).text
    # The same file comes in anew, and the customer that was taken out is not found again.
    again = upload(at, "公司,姓名,电话,行业\n甲,张,13800001111,\n")
    bring_in(ws, at, again)
    anew = Lead.get((Lead.company == "甲") & Lead.withdrawn_at.is_null())
    assert anew.customer_id != gone.customer_id


def test_rules_no_longer_answer_what_was_taken_back_before_they_did(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,电话\n甲,13800001111\n")
    bring_in(ws, at, path)
    at.client.post(f"{path}/undo")
    run(ws, path)
    drain(ws)
    gone = Lead.get(Lead.company == "甲")
    assert (gone.withdrawn_at is not None, gone.owner_id) == (True, None)
    assert not JournalLine.select().where(JournalLine.record_kind == "deadline").exists()


def test_rules_assign_what_came_in_and_its_tasks_end_when_it_is_taken_back(ws: Any, at: Desk) -> None:
    path = upload(at, "公司,电话\n甲,13800001111\n")
    bring_in(ws, at, path)
    drain(ws)
    one = Lead.get(Lead.company == "甲")
    assert one.owner_id is not None
    ws.door.create("task", {"title": "回电", "lead_id": one.id, "assignee_id": one.owner_id}, SYSTEM)
    at.client.post(f"{path}/undo")
    run(ws, path)
    drain(ws)
    assert Lead.get_by_id(one.id).withdrawn_at is not None
    assert [task.state for task in Task.select().where(Task.lead == one.id)] == ["cancelled"]


def test_after_thirty_days_nothing_is_taken_back_and_the_file_is_gone(ws: Any, at: Desk, desk: Any, made: Any) -> None:
    path = upload(at, "公司\n甲\n")
    bring_in(ws, at, path)
    ws.clock.advance(days=31)
    at = desk(made.user("ops"))
    assert "30 天内" in at.client.post(f"{path}/undo", follow_redirects=True).text
    imports.purge(ws.clock.now())
    assert at.get(path).status_code == 200
    batch = ImportBatch.get_by_id(path.rpartition("/")[2])
    assert (bytes(batch.file), ImportRow.select().where(ImportRow.batch_id == batch.id).count()) == (b"", 0)


def test_a_mapping_is_kept_with_its_answers_and_suggested_again(ws: Any, at: Desk) -> None:
    path = upload(at)
    answer(at, path, "date:登记日期", "mdy")
    at.client.post(f"{path}/mapping", data={"name": "工博会"})
    assert ImportMapping.get_by_id("工博会").kind == "lead"
    page = at.get(upload(at, SHEET.replace("昆山", "太仓"))).text
    assert "模板「工博会」" in page
    assert "是哪一天" not in page
    assert "月/日/年" in page


def test_other_kinds_come_in_as_new_records(ws: Any, at: Desk) -> None:
    path = upload(at, "公司名称,地区\n甲机械,苏州\n乙电气,上海\n", kind="customer")
    bring_in(ws, at, path)
    assert Customer.get(Customer.name == "甲机械").region == "苏州"
    assert heading(at, path) == "2行：新增2、更新0、没有变化0、退回0"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", b"%PDF", "读不了"),
        ("a.csv", b"", "空文件"),
        ("a.csv", "公司\n".encode(), "只有表头"),
        ("a.xlsx", b"PK not a workbook", "打不开"),
        ("a.csv", b"company\n" + b"x\n" * 5001, "一次最多 5,000 行"),
        ("a.csv", b"company\n" + b"x" * (10 * 1024 * 1024), "10 MB"),
    ],
)
def test_a_file_that_can_not_be_read_says_why(ws: Any, at: Desk, name: str, data: bytes, said: str) -> None:
    answer = at.client.post("/import/", data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert said in answer.text
    assert not ImportBatch.select().exists()


def test_only_who_may_import_comes_here(ws: Any, at: Desk, desk: Any, owner: User) -> None:
    path = upload(at)
    seller = desk(owner)
    for one in ("/import/", path, f"{path}/progress", f"{path}/refused.csv"):
        assert seller.get(one).status_code == 403
    for one in ("answer", "columns", "ticks", "values", "mend", "mapping", "drop", "start", "stop", "go-on", "undo"):
        assert seller.client.post(f"{path}/{one}").status_code == 403
    assert 'href="/import/"' not in seller.get("/").text


def test_the_page_refuses_what_the_command_refuses_and_says_what_it_leaves_out(ws: Any, at: Desk) -> None:
    text = "公司名称,手机,预算,进入时间\n,xyz,八千,3/1/2026\n甲机床,１３９１２３４５００１,100,2026/3/1\n"
    path = upload(at, text)
    for question, value in (("unreadable:手机", "=refuse"), ("date:进入时间", "dmy")):
        answer(at, path, question, value)
    assert heading(at, path) == "2行里新增1、更新0、退回1"
    bring_in(ws, at, path)
    assert Contact.get().phone == "+8613912345001"
    for coded in ("company\n远山机床\n".encode() + "东岸机床\n".encode("gbk"), "company\nKöhler\n".encode("latin-1")):
        data = {"file": (io.BytesIO(coded), "编码.csv"), "kind": "lead"}
        said = at.client.post("/import/", data=data, content_type="multipart/form-data")
        assert said.status_code == 422
        assert "编码" in said.text
    serial = "".join(f"测试客户 20260{n}\n" for n in range(10, 18))
    assert "只差编号" in at.get(upload(at, f"公司名称\n{serial}")).text


def test_a_workbook_names_its_other_sheets_and_refuses_its_errors(ws: Any, at: Desk) -> None:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["公司名称", "预算"])
    book.active.append(["甲机床", "#REF!"])
    book.active.append(["乙机床", 12])
    book.create_sheet("旧的")
    book.save(file)
    data = {"file": (io.BytesIO(file.getvalue()), "线索.xlsx"), "kind": "lead"}
    path = at.client.post("/import/", data=data, content_type="multipart/form-data").headers["Location"]
    page = at.get(path).text
    assert "没有读的：「旧的」" in page
    assert "是错误值 #REF!" in page
    assert heading(at, path).startswith("2行里新增1、更新0、退回1")


TWICE = """公司名称,联系人,职务,手机
恒锐精密,周宁,,13912345001
恒锐精密有限公司,周宁,厂长,13912345001
云织纺织,吴桐,采购,13912345001
"""


@pytest.mark.parametrize(
    ("other", "twice", "companies", "customers"),
    [
        ("=refuse", "each", ["恒锐精密", "恒锐精密有限公司"], 1),
        ("without", "=refuse", ["恒锐精密", "云织纺织"], 2),
        ("same", "each", ["恒锐精密", "恒锐精密有限公司", "云织纺织"], 1),
    ],
)
def test_rows_of_one_file_are_held_against_each_other_and_asked_about(
    ws: Any, at: Desk, other: str, twice: str, companies: list[str], customers: int
) -> None:
    path = upload(at, TWICE)
    page = at.get(path).text
    assert "第 4 行：这个手机在第 2 行是「恒锐精密」的，这一行写的是「云织纺织」" in page
    assert "第 3 行：和第 2 行手机相同" in page
    assert "回答 2 个问题后可以提交" in page
    assert not re.search(r'type="radio"[^>]*checked', page)
    answer(at, path, "other", other)
    answer(at, path, "twice", twice)
    bring_in(ws, at, path)
    assert [one.company for one in Lead.select().order_by(Lead.id)] == companies
    assert Customer.select().count() == customers
    if twice == "each":
        assert Contact.get().title == "厂长", "what the contact lacked is filled in"
        at.client.post(f"{path}/undo")
        run(ws, path)
        assert not Lead.select().where(Lead.withdrawn_at.is_null()).exists()


def test_a_phone_that_is_there_under_another_name_is_asked_about(ws: Any, at: Desk) -> None:
    intake.take(ws, {"company": "恒锐精密", "phone": "13912345001"}, SYSTEM)
    path = upload(at, "公司名称,手机\n云织纺织,13912345001\n")
    page = at.get(path).text
    assert "这个手机是「恒锐精密」的联系人的" in page
    assert "13912345001" not in page
    answer(at, path, "other", "without")
    bring_in(ws, at, path)
    assert Lead.get(Lead.company == "云织纺织").customer.name == "云织纺织"


def test_one_number_of_two_lists_is_refused(ws: Any, at: Desk) -> None:
    bring_in(ws, at, upload(at, "编号,公司名称\n1,恒锐精密\n"))
    page = at.get(upload(at, "编号,公司名称\n1,云织纺织\n")).text
    assert "编号「1」先前导入的是「恒锐精密」，这一行是「云织纺织」" in page


def test_what_was_taken_back_says_so_to_who_saw_it_and_is_unknown_to_others(
    ws: Any, at: Desk, desk: Any, owner: User, made: Any
) -> None:
    path = upload(at, "公司名称,手机\n海岸机床,13912345881\n")
    bring_in(ws, at, path)
    lead = Lead.get(Lead.company == "海岸机床")
    assert at.get(f"/leads/{lead.id}").status_code == 200
    at.client.post(f"{path}/undo")
    run(ws, path)
    for page in (f"/leads/{lead.id}", f"/customers/{lead.customer_id}"):
        told = at.get(page)
        assert told.status_code == 410
        assert "已随导入撤销" in told.text
        assert desk(owner).get(page).status_code == 404
