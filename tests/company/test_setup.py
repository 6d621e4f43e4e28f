"""The guided set-up over HTTP: from nothing to a company, refused in place, nothing lost, nobody twice."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from clew.core.company import progress
from clew.core.company.roster import drafts
from clew.core.company.roster.reading import MOST_ROWS
from clew.core.company.switches import switch_plugin
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Company, FieldDefinition, Invitation, PluginRecord, RuleRecord, Team, User
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

from ..app import app_of

PASSWORD = "clew-test-2026"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
BLOCK = "\n".join(
    (
        "姓名\t部门\t岗位\t邮箱",
        "林岚\t华东二部\t部门经理\tlin@a.example",
        "王磊\t华东二部\t销售\twang@a.example",
        "李昊\t华东二部\t销售\twang@a.example",
        "周晨\t华东2部\t销售\tzhou@a.example",
    )
)


def person(ws: Workspace, login: str, role: str) -> User:
    values = {"email": f"{login}@a.example", "name": login, "roles": [role], "password_hash": _HASH}
    made: User = ws.door.create("user", values, SYSTEM).record
    return made


def entered(ws: Workspace, login: str, following: str = "") -> tuple[FlaskClient, str]:
    """Sign somebody in; return their client, and where signing in led."""
    client = app_of(ws, csrf=False).test_client()
    answer = client.post(f"/sign-in{following}", data={"name": f"{login}@a.example", "password": PASSWORD})
    assert answer.status_code == 302
    return client, answer.location


@pytest.fixture
def admin(workspace: Workspace) -> FlaskClient:
    person(workspace, "admin", "admin")
    return entered(workspace, "admin")[0]


def post(client: FlaskClient, path: str, **form: Any) -> Any:
    return client.post(f"/setup/{path}", data=form, content_type="multipart/form-data")


# ---- Where signing in leads


@pytest.mark.slow
def test_the_first_sign_in_leads_to_the_set_up_until_it_is_done_or_put_off(workspace: Workspace) -> None:
    person(workspace, "admin", "admin")
    client, led = entered(workspace, "admin")
    assert led == "/setup/"
    assert entered(workspace, "admin", "?next=/")[1] == "/setup/"
    assert entered(workspace, "admin", "?next=/leads/")[1] == "/leads/"
    assert "0/5" in client.get("/leads/").text
    assert post(client, "later").location == "/"
    assert entered(workspace, "admin")[1] == "/"
    assert "0/5" in client.get("/leads/").text, "the rail goes on saying so"


def test_nobody_else_is_led_there_and_a_company_at_work_neither(workspace: Workspace, company: Any) -> None:
    person(workspace, "seller", "sales")
    client, led = entered(workspace, "seller")
    assert led == "/"
    for path, method in (
        ("/setup/", "get"),
        ("/setup/company", "post"),
        ("/setup/people", "post"),
        ("/setup/links", "post"),
    ):
        assert getattr(client, method)(path).status_code == 403
    person(workspace, "boss", "admin")
    assert entered(workspace, "boss")[1] == "/"


def test_five_steps_and_it_is_done(workspace: Workspace, admin: FlaskClient) -> None:
    assert (
        post(admin, "company", name="远川工业", size="small", zone="Asia/Shanghai", locale="zh").location == "/setup/"
    )
    assert workspace.settings.company == "远川工业"
    for step in ("people", "hours", "channels"):
        assert post(admin, f"step/{step}").location == "/setup/"
    assert "4/5" in admin.get("/leads/").text
    assert post(admin, "step/ready").location == "/"
    assert not progress.is_under_way()
    assert "已经开通" in admin.get("/setup/").text
    assert entered(workspace, "admin")[1] == "/"


def test_a_step_there_is_not_and_one_that_needs_a_size(admin: FlaskClient) -> None:
    assert post(admin, "step/nothing").status_code == 422
    assert post(admin, "step/company").status_code == 422
    assert not Company.select().exists()


# ---- Company


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": ""}, "请选择规模"),
        ({"size": "huge"}, "请选择规模"),
        ({"zone": "Mars/North"}, "没有时区"),
        ({"zone": "../etc/passwd"}, "没有时区"),
        ({"zone": "x" * 5000}, "最多 60 个字"),
        ({"name": "远" * 121}, "最多 120 个字"),
        ({"locale": "fr"}, "「fr」"),
        ({"trade": "nothere"}, "没有安装插件"),
    ],
)
def test_what_can_not_be_is_refused_in_place_and_nothing_is_kept(
    workspace: Workspace, admin: FlaskClient, given: dict[str, str], words: str
) -> None:
    lines = JournalLine.select().count()
    answer = post(
        admin, "company", **{"name": "我们公司", "size": "small", "zone": "Asia/Shanghai", "locale": "zh", **given}
    )
    assert 400 <= answer.status_code < 500
    assert words in answer.text
    assert given.get("name", "我们公司") in answer.text, "what was typed stays"
    assert JournalLine.select().count() == lines


def test_a_trade_is_switched_on_with_what_it_brings_and_another_choice_off_again(
    workspace: Workspace, admin: FlaskClient
) -> None:
    said = {"name": "车行", "size": "small", "zone": "", "locale": "zh"}
    post(admin, "company", **said, trade="car_dealer")
    assert PluginRecord.get(PluginRecord.name == "car_dealer").enabled
    assert FieldDefinition.select().where(FieldDefinition.plugin == "car_dealer").exists()
    post(admin, "company", **said, trade="")
    assert not PluginRecord.get(PluginRecord.name == "car_dealer").enabled


def test_operations_set_up_and_leave_trades_to_administrators(workspace: Workspace) -> None:
    person(workspace, "ops", "ops")
    client, led = entered(workspace, "ops")
    assert led == "/setup/"
    switch_plugin(workspace, "car_dealer", True, SYSTEM)
    assert post(client, "company", name="甲", size="small", zone="", locale="zh", trade="webhook").status_code == 302
    assert not PluginRecord.select().where(PluginRecord.name == "webhook").exists()
    assert PluginRecord.get(PluginRecord.name == "car_dealer").enabled


def test_a_rule_of_their_own_is_asked_about(workspace: Workspace, admin: FlaskClient) -> None:
    row = RuleRecord.get(RuleRecord.code == "first-response-start")
    document = {**row.document, "title": {"zh": "我们自己的", "en": "Our own"}}
    workspace.door.change("rule", row.id, {"document": document, "version": 2}, SYSTEM)
    said = {"name": "甲", "size": "small", "zone": "", "locale": "zh"}
    page = admin.get("/setup/").text
    assert "你们自己改过的 1 条保持原样" in page
    post(admin, "company", **said)
    assert RuleRecord.get_by_id(row.id).document["title"]["zh"] == "我们自己的"
    post(admin, "company", **said, also="first-response-start")
    assert RuleRecord.get_by_id(row.id).document["title"]["zh"] != "我们自己的"


# ---- People


def test_a_pasted_list_is_kept_asked_about_and_taken_in(workspace: Workspace, admin: FlaskClient) -> None:
    assert post(admin, "people", act="paste", block=BLOCK).location == "/setup/?step=people"
    page = admin.get("/setup/").text if progress.company().steps else admin.get("/setup/?step=people").text
    assert "和第 3 行王磊的邮箱相同" in page
    assert "没有「华东2部」，是「华东二部」吗？" in page
    assert 'aria-disabled="true"' in page
    assert User.select().count() == 1
    assert post(admin, "people", act="all").location == "/setup/?step=people", "grey, whoever presses it"
    assert User.select().count() == 1
    part = post(admin, "people", act="good")
    assert part.text.count("/join/") >= 2
    assert {user.name for user in User.select()} == {"admin", "林岚", "王磊"}
    assert "people" not in progress.company().steps
    post(admin, "people", **{"act": "check", "email.4": "ＬＩ＠a.example"})
    post(admin, "people", answer="5:华东二部")
    done = post(admin, "people", act="all")
    assert "加入了 2 人" in done.text
    assert [team.name for team in Team.select()] == ["华东二部"]
    assert User.get(User.email == "li@a.example").team.manager_id == User.get(User.name == "林岚").id
    assert "people" in progress.company().steps
    assert Invitation.select().count() == 4
    assert drafts.find(User.get(User.name == "admin").id) is None


def test_sent_twice_nobody_is_made_twice(workspace: Workspace, admin: FlaskClient) -> None:
    post(admin, "people", act="paste", block=BLOCK)
    for _ in range(2):
        assert post(admin, "people", act="good").status_code in (200, 302)
    post(admin, "people", act="paste", block=BLOCK)
    assert "2 行已经是成员" in admin.get("/setup/?step=people").text
    post(admin, "people", act="good")
    assert User.select().count() == 3


def test_a_row_may_be_left_out(admin: FlaskClient) -> None:
    post(admin, "people", act="paste", block=BLOCK)
    post(admin, "people", drop="4")
    page = admin.get("/setup/?step=people").text
    assert "李昊" not in page
    assert "王磊" in page


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_does_the_same(admin: FlaskClient, ending: str) -> None:
    rows = [line.split("\t") for line in BLOCK.splitlines()]
    if ending == "csv":
        data = "\n".join(",".join(row) for row in rows).encode()
    else:
        book, held = openpyxl.Workbook(), io.BytesIO()
        for row in rows:
            book.active.append(row)
        book.save(held)
        data = held.getvalue()
    assert post(admin, "people", act="paste", file=(io.BytesIO(data), f"名单.{ending}")).status_code == 302
    assert "没有「华东2部」" in admin.get("/setup/?step=people").text


@pytest.mark.parametrize(
    "form",
    [
        {"act": "paste", "block": ""},
        {"act": "paste", "block": "a\0b"},
        {"act": "paste", "block": "姓名\t邮箱"},
        {"act": "paste", "block": "\n".join(f"人{n}\tp{n}@a.example" for n in range(MOST_ROWS + 1))},
        {"act": "paste", "file": (b"\x00\x01", "people.xlsx")},
        {"act": "paste", "file": (b"MZ", "people.exe")},
        {"act": "paste", "file": (b"", "../../etc/passwd.csv")},
    ],
)
def test_what_is_no_list_is_refused_in_words(admin: FlaskClient, form: dict[str, Any]) -> None:
    if isinstance(form.get("file"), tuple):
        data, name = form["file"]
        form = {**form, "file": (io.BytesIO(data), name)}
    answer = post(admin, "people", **form)
    assert 400 <= answer.status_code < 500
    assert "data-failed" in answer.text or "不能保存" in answer.text


@pytest.mark.parametrize(
    "form",
    [
        {"answer": "5:nothing"},
        {"answer": "99999999999999999999:new"},
        {"answer": ":"},
        {"answer": "²:new"},
        {"drop": "999999999999"},
        {"drop": "²"},
        {"email.²": "x"},
        {"email.-1": "x"},
        {"email.999": "x"},
        {"nothing.2": "x"},
        {"name.2": "x" * 100_000},
        {"act": "nothing"},
    ],
)
def test_odd_forms_do_no_harm(admin: FlaskClient, form: dict[str, str]) -> None:
    post(admin, "people", act="paste", block=BLOCK)
    assert post(admin, "people", **form).status_code in (302, 422)
    assert admin.get("/setup/?step=people").status_code == 200
    assert User.select().count() == 1


def test_names_are_shown_as_they_are_and_never_as_markup(admin: FlaskClient) -> None:
    post(admin, "people", act="paste", block='姓名\t邮箱\n<script>alert(1)</script>\t"><img src=x>')
    page = admin.get("/setup/?step=people").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_operations_are_told_whom_they_can_not_make(workspace: Workspace) -> None:
    person(workspace, "ops", "ops")
    client, _ = entered(workspace, "ops")
    post(client, "people", act="paste", block="姓名\t岗位\t邮箱\n甲\t管理员\ta@a.example\n乙\t销售\tb@a.example")
    assert "权限比你多" in client.get("/setup/?step=people").text
    post(client, "people", act="good")
    assert {user.name for user in User.select()} == {"ops", "乙"}


def test_links_can_be_made_anew(admin: FlaskClient) -> None:
    post(admin, "people", act="paste", block="姓名\t岗位\t邮箱\n甲\t销售\ta@a.example")
    first = post(admin, "people", act="good").text
    page = admin.get("/setup/?step=people").text
    assert "1 人还没有设密码" in page
    assert "/join/" not in page
    second = post(admin, "links").text
    key = second.split("/join/")[1].split('"')[0].split("<")[0]
    assert key not in first
    assert admin.get(f"/join/{key}").status_code == 200


def test_two_people_have_their_own_lists(workspace: Workspace, admin: FlaskClient) -> None:
    person(workspace, "ops", "ops")
    other, _ = entered(workspace, "ops")
    post(other, "people", act="paste", block="姓名\t岗位\t邮箱\n甲\t销售\ta@a.example")
    admin, _ = entered(workspace, "admin")
    assert "a@a.example" not in admin.get("/setup/?step=people").text


# ---- The page


@pytest.mark.parametrize("step", ["", "company", "people", "hours", "channels", "ready", "nothing"])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_step_opens_in_both_languages(admin: FlaskClient, step: str, locale: str) -> None:
    admin.post("/language", data={"locale": locale})
    page = admin.get(f"/setup/?step={step}").text
    assert ("来自苏州、精密加工的线索" if locale == "zh" else "A lead from Suzhou in precision machining") in page


def test_to_look_writes_nothing(admin: FlaskClient) -> None:
    lines = JournalLine.select().count()
    for step in progress.STEPS:
        admin.get(f"/setup/?step={step}")
    assert JournalLine.select().count() == lines
