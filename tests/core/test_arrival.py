"""A lead comes in: who is who, who is found again, and how a lead moves through its process."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from typing import Any

import pytest

from clew.core.company.switches import switch_plugin, switch_rule
from clew.core.errors import ClewError, Invalid
from clew.core.intake import duplicates
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contact, Customer, Lead, PossibleDuplicate, Task
from clew.core.running import drain
from clew.core.schema.identity import name_key, normal_credit_code, normal_email, normal_phone
from clew.core.storage.database import database
from clew.core.workspace import Workspace

CODE = "91350100M000100Y43"


@pytest.mark.parametrize(
    "text", ["13812345678", "138 1234 5678", "+86-138-1234-5678", "0086 13812345678", "１３８１２３４５６７８"]
)
def test_one_phone_has_one_spelling(text: str) -> None:
    assert normal_phone(text) == "+8613812345678"


@pytest.mark.parametrize(
    ("text", "e164"), [("0512-6288 1234", "+8651262881234"), ("+44 20 7946 0958", "+442079460958")]
)
def test_landlines_and_other_countries(text: str, e164: str) -> None:
    assert normal_phone(text) == e164


@pytest.mark.parametrize("text", ["12", "nobody", "1381234567890123"])
def test_what_is_no_phone_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is no phone number"):
        normal_phone(text)


def test_e_mail_and_credit_code() -> None:
    assert normal_email(" Li.Wei@Example.COM ") == "li.wei@example.com"
    assert normal_credit_code(CODE.lower()) == CODE
    for wrong in (CODE[:-1] + "5", CODE[:-1], CODE.replace("M", "I")):
        with pytest.raises(Invalid, match="no unified social credit code"):
            normal_credit_code(wrong)
    for wrong in ("nobody", "a@b", "a b@c.cn", "a@b.cn,c@d.cn"):
        with pytest.raises(Invalid, match="no e-mail address"):
            normal_email(wrong)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("😀@x.cn", "holds '😀'"),
        ("王@x.cn", "holds '王'"),
        ("wang@公司.cn", "holds '公'"),
        ("wa ng@x.cn", "a space or an unseen character"),
        ("wa\x07ng@x.cn", "a space or an unseen character"),
        ("wang\u200b@x.cn", "a space or an unseen character"),
        ("wang..li@x.cn", "no e-mail address"),
        (f"{'a' * 65}@x.cn", "no e-mail address"),
        ("wang@-x.cn", "no e-mail address"),
        ("wang@x", "no e-mail address"),
    ],
)
def test_what_no_mail_server_takes_is_no_address(wrong: str, why: str) -> None:
    with pytest.raises(Invalid, match=re.escape(why)):
        normal_email(wrong)


def test_full_width_letters_are_the_plain_ones() -> None:
    assert normal_email("ｗａｎｇ＠x.cn") == "wang@x.cn"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("恒锐精密有限公司", "恒锐精密股份有限公司", True),
        ("恒锐精密（苏州）有限公司", "恒锐精密(苏州)有限责任公司", True),
        ("ACME Co., Ltd.", "acme", True),
        ("恒锐精密", "恒瑞精密", False),
    ],
)
def test_a_name_without_its_legal_form(one: str, other: str, same: bool) -> None:
    assert (name_key(one) == name_key(other)) is same


# ---- Finding again

FIRST = {"company": "恒锐精密有限公司", "phone": "13812345678", "email": "li@hengrui.example", "credit_code": CODE}


@pytest.mark.parametrize(
    "again",
    [
        {"company": "别名", "phone": "+86 138 1234 5678"},
        {"company": "别名", "email": "LI@hengrui.example"},
        {"company": "别名", "credit_code": CODE.lower(), "phone": "13900000000"},
        {"company": "恒锐精密股份有限公司"},
    ],
)
def test_who_came_before_is_found_again(any_workspace: Workspace, again: dict[str, str]) -> None:
    first = intake.take(any_workspace, FIRST, SYSTEM)
    second = intake.take(any_workspace, again, SYSTEM)
    assert second.customer.id == first.customer.id
    assert second.known_customer
    assert (Customer.select().count(), Lead.select().count()) == (1, 2)
    assert Contact.select().count() == (2 if again.get("phone") == "13900000000" else 1)


def test_a_close_name_is_a_question_for_operations(workspace: Workspace) -> None:
    intake.take(workspace, {"company": "苏州恒锐精密机械设备有限公司"}, SYSTEM)
    intake.take(workspace, {"company": "苏州恒瑞精密机械设备有限公司"}, SYSTEM)
    intake.take(workspace, {"company": "苏州云织家纺有限公司"}, SYSTEM)
    assert Customer.select().count() == 3
    (question,) = PossibleDuplicate.select()
    assert question.score >= duplicates.CLOSE
    with workspace.door.transaction(SYSTEM) as tx:
        duplicates.merge(tx, question.customer_id, question.other_id)
    assert intake.take(workspace, {"company": "苏州恒瑞精密机械设备"}, SYSTEM).customer.id == question.other_id


def test_the_same_call_twice_is_one_lead(any_workspace: Workspace) -> None:
    calls = [intake.take(any_workspace, FIRST, SYSTEM, "form-1") for _ in range(3)]
    assert [call.new for call in calls] == [True, False, False]
    assert len({call.lead.id for call in calls}) == Lead.select().count() == 1


def test_every_problem_of_a_lead_is_told_and_nothing_written(workspace: Workspace) -> None:
    with pytest.raises(Invalid) as refused:
        intake.take(workspace, {"phone": "12", "email": "x", "budget": "many", "source": "webform"}, SYSTEM)
    assert {one.field for one in refused.value.problems} == {"company", "phone", "email", "budget", "source"}
    with pytest.raises(Invalid, match="did you mean 'company'"):
        intake.take(workspace, {"compny": "x"}, SYSTEM)
    assert Customer.select().count() == 0


@pytest.mark.postgres
def test_two_arrivals_of_one_phone_at_once_are_one_customer(postgres_workspace: Workspace) -> None:
    together, errors = threading.Barrier(6), []

    def arrive(number: int) -> None:
        try:
            together.wait(10)
            intake.take(postgres_workspace, {"company": f"名字{number}", "phone": "13812345678"}, SYSTEM)
        except Exception as error:
            errors.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=arrive, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert (Customer.select().count(), Contact.select().count(), Lead.select().count()) == (1, 1, 6)


# ---- The process


@pytest.fixture
def lead(workspace: Workspace, company: Any) -> Lead:
    """A lead with an owner, at the first stage."""
    made = intake.take(workspace, {"company": "恒锐精密", "region": "江苏"}, SYSTEM).lead
    drain(workspace)
    return Lead.get_by_id(made.id)


def _move(ws: Workspace, lead: Lead, **values: Any) -> Lead:
    return ws.door.change("lead", lead.id, values, Origin(Actor.of(lead.owner), "console"))


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"stage": "demo"}, "stage", "can't go from First contact to Demo; next: Diagnosis"),
        ({"stage": "nowhere"}, "stage", "no stage 'nowhere'"),
        ({"stage": "diagnosis"}, "industry", "fill in “Industry” before Diagnosis"),
        ({"outcome": "lost"}, "lost_reason", "say why the lead was lost"),
    ],
)
def test_a_move_the_process_does_not_know_is_refused(
    workspace: Workspace, lead: Lead, values: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _move(workspace, lead, **values)
    assert refused.value.problems[0].field == field
    assert words in str(refused.value)
    assert Lead.get_by_id(lead.id).revision == lead.revision


def test_what_a_stage_needs_may_come_with_the_move(workspace: Workspace, lead: Lead) -> None:
    workspace.clock.advance(minutes=5)  # type: ignore[attr-defined]
    assert _move(workspace, lead, stage="diagnosis", industry="电子").stage_since == workspace.clock.now()
    drain(workspace)
    assert Task.select().where(Task.sop == "需求诊断").count() == 4


def test_a_closed_lead_is_reopened_before_it_moves(workspace: Workspace, lead: Lead) -> None:
    _move(workspace, lead, outcome="lost", lost_reason="无预算")
    assert Lead.get_by_id(lead.id).closed_at == workspace.clock.now()
    with pytest.raises(Invalid, match="reopen it first"):
        _move(workspace, lead, stage="diagnosis", industry="电子")
    _move(workspace, lead, outcome="open")
    assert Lead.get_by_id(lead.id).closed_at is None
    assert _move(workspace, lead, stage="diagnosis", industry="电子").stage == "diagnosis"


# ---- Switches


@pytest.mark.slow
def test_another_process_follows_a_switch(any_workspace: Workspace) -> None:
    script = (
        "import sys, time; from clew.core.opening import open_workspace; from clew.core.settings import Settings\n"
        "ws = open_workspace(settings=Settings(sys.argv[1], queue_path=sys.argv[2])); print('ready', flush=True)\n"
        "end = time.monotonic() + 20\n"
        "while ws.processes.get('car_4s').name != 'car_4s' and time.monotonic() < end: time.sleep(0.05); ws.refresh()\n"
        "print(ws.plugins.enabled, ws.processes.get('car_4s').name, flush=True)\n"
    )
    settings = any_workspace.settings
    arguments = [sys.executable, "-c", script, settings.database_url, settings.queue_path]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        switch_plugin(any_workspace, "car_dealer", True, SYSTEM)
        out, _ = other.communicate(timeout=5)
    assert out == "('car_dealer',) car_4s\n"


def test_a_rule_switched_off_decides_no_more(workspace: Workspace, company: Any) -> None:
    switch_rule(workspace, "first-response-start", False, SYSTEM)
    made = intake.take(workspace, {"company": "恒锐精密", "region": "江苏"}, SYSTEM).lead
    drain(workspace)
    assert Lead.get_by_id(made.id).owner_id
    assert Lead.get_by_id(made.id).deadlines.count() == 0
    with pytest.raises(ClewError, match="no rule 'nonsense'"):
        switch_rule(workspace, "nonsense", True, SYSTEM)
