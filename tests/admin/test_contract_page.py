"""The page of one contract: what it says, who may do what there, and that nothing typed is lost."""

from __future__ import annotations

import copy
import io
from typing import Any

from clew.core.company.field_publishing import publish_field
from clew.core.company.process_publishing import publish_process
from clew.core.company.publishing import Asked
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Contract, Document, Invoice, Lead, Payment, ProcessDefinition, Task
from clew.core.process.processes import SALES
from clew.core.running import drain

from ..mornings import Morning

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + b"\0" * 64


def test_each_sees_what_they_may_do(company: Any, morning: Morning, at: Any) -> None:
    one, signed = morning.to_review[0], morning.overdue
    path = f"/contracts/{one.id}"
    assert at(company.user("legal")).get(f"/records/contract/{one.id}").headers["Location"] == path
    legal, seller = at(company.user("legal")).get(path).text, at(morning.seller).get(path).text
    finance = at(company.user("finance")).get(f"/contracts/{signed.id}").text
    assert "等法务：终审通过或退回修改" in legal
    assert 'value="signed"' in legal
    assert "退回原因" in legal
    assert 'value="signed"' not in seller
    assert "退回原因" not in seller
    assert 'value="archived"' in finance
    assert "登记发票" in finance
    assert "还差回款 ¥100,000" in finance
    assert at(company.sellers["华北部"][0]).get(path).status_code == 404
    draft = Contract.get(Contract.number == "S-8")
    assert "提交终审" in at(morning.seller).get(f"/contracts/{draft.id}").text
    english = at(company.user("legal"))
    english.post("/locale", data={"locale": "en"})
    assert english.get("/contracts/" + "0" * 26).status_code == 404


def test_a_refusal_keeps_what_was_typed(company: Any, morning: Morning, at: Any) -> None:
    one = morning.to_review[0]
    legal = at(company.user("legal"))
    told = legal.post(f"/contracts/{one.id}/step", data={"to": "revising", "reason": " "})
    assert told.status_code == 422
    assert "退回要写明原因" in told.text
    stale = legal.post(f"/contracts/{one.id}/step", data={"to": "revising", "reason": "改争议条款", "revision": "1"})
    assert stale.status_code == 409
    assert "改争议条款" in stale.text
    path = f"/contracts/{one.id}/edit"
    wrong = legal.post(
        path, data={"amount": "86.4万上下", "was-amount": "100000"}, headers={"Accept": "application/json"}
    )
    assert wrong.status_code == 422
    assert wrong.get_json()["values"]["amount"]["likely"] == "864000"
    finance = at(company.user("finance"))
    bad = finance.post(f"/contracts/{morning.overdue.id}/invoice", data={"number": "FP-9", "amount": "很多"})
    assert bad.status_code == 422
    assert "FP-9" in bad.text
    assert "很多" in bad.text


def test_a_double_click_makes_one_and_it_can_be_undone(workspace: Any, company: Any, morning: Morning, at: Any) -> None:
    finance, legal = at(company.user("finance")), at(company.user("legal"))
    one, signed = morning.to_review[0], morning.overdue
    for _ in range(2):
        finance.post(f"/contracts/{signed.id}/invoice", data={"number": "FP-1", "amount": "40000", "key": "k"})
        finance.post(f"/contracts/{signed.id}/payment", data={"number": "HK-9", "amount": "60000", "key": "k2"})
        page = legal.post(f"/contracts/{one.id}/step", data={"to": "signed"}, follow_redirects=True).text
    assert (Invoice.select().count(), Payment.select().where(Payment.number == "HK-9").count()) == (1, 1)
    assert "还差回款 ¥40,000" in finance.get(f"/contracts/{signed.id}").text
    # Without a time it is now, and that is a little later the second time: still one act.
    for _ in range(2):
        for kind, number in (("invoice", "FP-2"), ("payment", "HK-10")):
            sent = {"number": number, "amount": "100", "issued_at": "", "paid_at": "", "key": f"again-{kind}"}
            assert finance.post(f"/contracts/{signed.id}/{kind}", data=sent).status_code == 302
        sent = {"number": "FP-3", "amount": "100", "issued_at": "", "key": "from today"}
        assert finance.post(f"/day/invoice/{signed.id}", data=sent).status_code == 302
        workspace.clock.advance(seconds=1)
    assert (Invoice.select().count(), Payment.select().where(Payment.number == "HK-10").count()) == (3, 1)
    other = finance.post(
        f"/contracts/{signed.id}/invoice", data={"number": "FP-4", "amount": "100", "key": "again-invoice"}
    )
    assert (other.status_code, "幂等键" in other.text) == (409, False)
    seq = page.partition('action="/undo/')[2].partition('"')[0]
    legal.post(f"/undo/{seq}", data={"next": f"/contracts/{one.id}"})
    assert (Contract.get_by_id(one.id).status, Contract.get_by_id(one.id).signed_at) == ("legal_review", None)


def test_a_locked_contract_says_why_and_who_lifts_it(workspace: Any, company: Any, morning: Morning, at: Any) -> None:
    ws, one = workspace, morning.to_review[0]
    ws.door.change("contract", one.id, {"locked": True, "lock_reason": "法务终审中"}, SYSTEM)
    seller, manager = at(morning.seller), at(morning.manager)
    page = seller.get(f"/contracts/{one.id}").text
    assert "法务终审中" in page
    assert "找经理或运营解锁" in page
    assert 'aria-label="修改金额' not in page
    refused = seller.post(
        f"/contracts/{one.id}/edit",
        data={"amount": "5", "was-amount": "100000"},
        headers={"Accept": "application/json"},
    )
    assert refused.status_code == 423
    seller.post(f"/contracts/{one.id}/unlock")
    assert Contract.get_by_id(one.id).locked
    assert "/unlock" in manager.get(f"/contracts/{one.id}").text
    manager.post(f"/contracts/{one.id}/unlock")
    assert not Contract.get_by_id(one.id).locked


def test_a_scan_opens_the_review_and_locks_the_contract(
    workspace: Any, company: Any, morning: Morning, at: Any
) -> None:
    """As the demo's protocol has it: uploading the scan hands the contract in; sending it back unlocks it."""
    from clew.core.demo.routing import install_contracts

    ws = workspace
    with ws.door.transaction(SYSTEM) as tx:
        install_contracts(tx)
    draft = Contract.get(Contract.number == "S-8")
    seller = at(morning.seller)
    seller.post(f"/documents/of/contract/{draft.id}", data={"file": [(io.BytesIO(PNG), "扫描件.png")]})
    drain(ws)
    row = Contract.get_by_id(draft.id)
    assert (row.status, row.locked, Document.get().lead_id) == ("legal_review", True, draft.lead_id)
    by = Origin(Actor.of(company.user("legal")), "console").because("付款改 4-4-2")
    ws.door.change("contract", draft.id, {"status": "revising"}, by)
    drain(ws)
    row = Contract.get_by_id(draft.id)
    assert (row.status, row.locked) == ("revising", False)
    assert "退回原因：付款改 4-4-2" in seller.get(f"/contracts/{draft.id}").text


def test_who_answers_for_a_stage_moves_the_lead_on_where_they_see_the_contract(
    workspace: Any, company: Any, morning: Morning, at: Any
) -> None:
    """Finance confirms the payment on the contract: the process says so, and no other stage is theirs."""
    ws, signed = workspace, morning.overdue
    finance, path = at(company.user("finance")), f"/contracts/{signed.id}"
    lead = Lead.get_by_id(signed.lead_id)
    ws.door.change("lead", lead.id, {"budget": 100_000, "industry": "电子"}, SYSTEM)
    stages = ("diagnosis", "demo", "negotiation", "signing")
    for stage in stages[stages.index(lead.stage) + 1 if lead.stage in stages else 0 :]:
        assert "到「回款确认」" not in finance.get(path).text
        ws.door.change("lead", lead.id, {"stage": stage}, SYSTEM)
    page = finance.get(path).text
    assert "线索到「回款确认」" in page
    assert "线索到「报价谈判」" not in page
    assert "线索到「回款确认」" not in at(company.user("legal")).get(path).text
    assert at(company.user("legal")).post(f"{path}/lead", data={"stage": "payment"}).status_code == 403
    assert finance.post(f"{path}/lead", data={"stage": "negotiation"}).status_code == 403
    told = finance.post(f"{path}/lead", data={"stage": "payment"}, follow_redirects=True).text
    assert "已到「回款确认」" in told
    assert Lead.get_by_id(lead.id).stage == "payment"
    finance.post("/undo/" + told.partition('action="/undo/')[2].partition('"')[0])
    assert Lead.get_by_id(lead.id).stage == "signing"


def test_a_task_is_put_down_on_the_page_of_a_contract(company: Any, morning: Morning, at: Any) -> None:
    one, legal = morning.to_review[0], company.user("legal")
    seller, path = at(morning.seller), f"/contracts/{one.id}"
    wrong = seller.post(f"{path}/tasks", data={"title": "问法务进度", "due_at": "很快", "assignee_id": legal.id})
    assert wrong.status_code == 422
    assert "问法务进度" in wrong.text
    for _ in range(2):
        seller.post(f"{path}/tasks", data={"title": "问法务进度", "assignee_id": legal.id, "key": "k"})
    task = Task.get(Task.title == "问法务进度")
    assert (task.about_kind, task.about_id, task.assignee_id) == ("contract", one.id, legal.id)
    assert (task.lead_id, task.customer_id) == (one.lead_id, one.customer_id)
    assert "问法务进度" in at(legal).get(path).text
    assert at(company.sellers["华北部"][0]).post(f"{path}/tasks", data={"title": "x"}).status_code == 404


def test_taking_a_step_back_takes_back_the_lock_that_rules_answered_it_with(
    workspace: Any, company: Any, morning: Morning, at: Any
) -> None:
    from clew.core.demo.routing import install_contracts

    ws = workspace
    with ws.door.transaction(SYSTEM) as tx:
        install_contracts(tx)
    draft = Contract.get(Contract.number == "S-8")
    seller, legal, path = at(morning.seller), at(company.user("legal")), f"/contracts/{draft.id}"

    def step(who: Any, to: str) -> str:
        told = who.post(f"{path}/step", data={"to": to, "reason": "改争议条款"}, follow_redirects=True).text
        drain(ws)
        return str(told.partition('action="/undo/')[2].partition('"')[0])

    def stands() -> tuple[str, bool, str, str]:
        row = Contract.get_by_id(draft.id)
        return row.status, row.locked, row.lock_reason, row.lock_rule

    handed_in = step(seller, "legal_review")
    under_review = ("legal_review", True, "法务终审中", "review-locks")
    assert stands() == under_review
    for verdict in ("signed", "revising"):
        seq = step(legal, verdict)
        assert stands() == (verdict, False, "", "")
        legal.post(f"/undo/{seq}")
        drain(ws)
        assert stands() == under_review
    assert Contract.get_by_id(draft.id).signed_at is None
    # The other way round, too: what was handed in by mistake is open to its seller again.
    draft = Contract.get(Contract.number == "S-8")
    seq = step(legal, "revising")
    handed_in = step(seller, "legal_review")
    assert stands() == under_review
    seller.post(f"/undo/{handed_in}")
    drain(ws)
    assert stands() == ("revising", False, "", "")
    # A lock that somebody lifted by hand since stays lifted.
    handed_in = step(seller, "legal_review")
    at(morning.manager).post(f"{path}/unlock")
    seller.post(f"/undo/{handed_in}")
    assert stands() == ("revising", False, "", "")


def test_what_is_published_while_a_contract_is_open_is_said_and_what_was_typed_stays(
    workspace: Any, company: Any, morning: Morning, at: Any
) -> None:
    """A field that is retired meanwhile, and a stage that is taken out of the process of its lead."""
    ws, signed, asked = workspace, morning.overdue, Origin(Actor.of(company.user("ops")), "console")
    values = {"label_zh": "运输方式", "label_en": "Transport", "type": "text"}
    publish_field(ws, "contract", "transport", values, Asked(asked))
    seller, form = at(morning.seller), "/records/contract/new"
    typed = {"f-number": "S-77", "f-amount": "5000", "f-transport": "海运", "id-lead_id": morning.fresh.id}
    typed |= {"f-lead_id": morning.fresh.company, "key": "k"}
    assert "运输方式" in seller.get(form).text
    publish_field(ws, "contract", "transport", {"active": False}, Asked(asked, 1))
    told = seller.post(form, data=typed)
    assert told.status_code == 409
    assert "刚被停用，其中填的「海运」没有保存" in told.text
    assert ('value="S-77"' in told.text, 'value="5000"' in told.text) == (True, True)
    assert not Contract.select().where(Contract.number == "S-77").exists()

    lead = Lead.get_by_id(signed.lead_id)
    ws.door.change("lead", lead.id, {"budget": 100_000}, SYSTEM)
    for stage in ("diagnosis", "demo", "negotiation", "signing"):
        ws.door.change("lead", lead.id, {"stage": stage}, SYSTEM)
    finance, path = at(company.user("finance")), f"/contracts/{signed.id}"
    assert "线索到「回款确认」" in finance.get(path).text
    document = copy.deepcopy(SALES)
    document["stages"] = [one for one in document["stages"] if one["name"] != "payment"]
    document["transitions"] = [pair for pair in document["transitions"] if "payment" not in pair]
    row = ProcessDefinition.get_or_none(ProcessDefinition.name == "sales")
    publish_process(ws, "sales", "lead", document, Asked(asked, row.revision if row is not None else None))
    gone = finance.post(f"{path}/lead", data={"stage": "payment"}, follow_redirects=True).text
    assert "流程刚发布过，这个阶段没有了" in gone
    assert "线索到「回款确认」" not in gone
    assert Lead.get_by_id(lead.id).stage == "signing"
    # What does not hang on the process goes on: the form that was open is saved.
    del typed["f-transport"]
    assert seller.post(form, data=typed).status_code == 302
    assert Contract.get(Contract.number == "S-77").lead_id == morning.fresh.id


def test_who_only_moves_leads_on_is_offered_no_new_one(company: Any, morning: Morning, at: Any) -> None:
    path = f"/contracts/{morning.overdue.id}"
    assert "/leads/new" not in at(company.user("finance")).get(path).text
    assert "/leads/new" in at(morning.seller).get(f"/contracts/{morning.to_review[0].id}").text
