"""Personal data in fields added at run time: masked in what rules write, hidden once nobody says how to mask it."""

# ruff: noqa: F811 - fixtures come by their names

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clew.admin.records.timeline import Thread
from clew.core import backtest
from clew.core.access import policy
from clew.core.access.rows import Rows
from clew.core.backtest import parts
from clew.core.errors import Invalid
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import Contact, FieldDefinition, KindDefinition, Lead, Notification, RuleRecord, Task, User
from clew.core.people.sign_in import issue_token
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.trial import trial
from clew.core.rulebook.versions import new_draft, submit
from clew.core.running import drain
from clew.core.storage.database import door_opened
from clew.core.storage.system_tables import BacktestDifference, Firing, JournalLine
from clew.core.workspace import Workspace

from ..admin.records import desk, ws  # noqa: F401 - fixtures
from ..app import app_of
from .test_made_at_run_time import as_, owner_of, publish, rule

TEL = "13900001111"
FIELD = {"kind": "sample", "label_zh": "字段", "label_en": "Field", "type": "text"}


@pytest.fixture
def call(any_workspace: Workspace, made: Any) -> Any:
    """A function that asks the API as somebody."""
    client = app_of(any_workspace).test_client()

    def ask(user: User, path: str, method: str = "GET", **more: Any) -> Any:
        token = issue_token(any_workspace, user, "test", SYSTEM)
        return client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **more)

    return ask


@pytest.fixture
def tel(any_workspace: Workspace, made: Any) -> FieldDefinition:
    """A masked field of samples."""
    values = {**FIELD, "name": "tel", "mask": "phone"}
    return any_workspace.door.create("field_definition", values, as_(made.user("ops"))).record


def sample_of(ws: Workspace, lead: Lead, **more: Any) -> Any:
    given = {"customer_id": lead.customer_id, "model": "M5", "owner_id": lead.owner_id, "team_id": lead.team_id}
    wanted = {name: value for name, value in given.items() if name in ws.kinds["sample"].names}
    return ws.door.create("sample", {**wanted, **more}, SYSTEM).record


def test_what_rules_write_has_personal_data_masked(
    any_workspace: Workspace, made: Any, lead: Lead, tel: FieldDefinition
) -> None:
    ws = any_workspace
    then: list[dict[str, Any]] = [
        {"notify": {"to": "role:finance", "title": "打 {sample.tel}", "body": "{sample.model}：{sample.tel}"}},
        {"create_task": {"title": "打 {sample.tel}", "assignee": "role:finance"}},
        {"create_tasks": {"sop": "寄", "items": ["问 {sample.tel}"], "assignee": "role:finance"}},
        {"lock": {"reason": "等 {sample.tel}"}},
        {"set_field": {"field": "sample.tel", "value": "{sample.tel}"}},
        {"set_field": {"field": "sample.model", "value": "给 {sample.tel}"}},
    ]
    publish(ws, rule("sample.created", {"field": "sample.quantity", "op": ">=", "value": 1}, then))
    sample = sample_of(ws, lead, tel=TEL, quantity=1)
    drain(ws)
    now = type(sample).get_by_id(sample.id)
    assert (now.tel, now.model, now.lock_reason) == (TEL, "给 139****1111", "等 139****1111")
    assert {one.title for one in Task.select().where(Task.about_id == sample.id)} == {
        "打 139****1111",
        "问 139****1111",
    }
    told = Notification.select().where(Notification.about_id == sample.id)
    assert {(one.title, one.body) for one in told} == {("打 139****1111", "M5：139****1111")}
    fired = Firing.get(Firing.rule == "own")
    assert fired.facts["sample.tel"] == TEL
    assert TEL not in str(fired.decisions)
    wrote = JournalLine.select().where(JournalLine.cause_rule == "own")
    assert all(TEL not in f"{line.before}{line.after}" for line in wrote if line.record_kind != "sample")


def test_a_contacts_name_is_masked_in_what_rules_write(any_workspace: Workspace, lead: Lead) -> None:
    ws = any_workspace
    contact = Contact.get_by_id(lead.contact_id)
    ws.door.change("contact", contact.id, {"name": "欧阳锋利"}, SYSTEM)
    then = [{"notify": {"to": "owner", "title": "{lead.company} 的 {contact.name}", "body": "x"}}]
    publish(ws, rule("lead.changed", {"field": "lead.budget", "op": ">=", "value": 1}, then))
    ws.door.change("lead", lead.id, {"budget": 5}, SYSTEM)
    drain(ws)
    assert "恒锐精密 的 欧*利" in [one.title for one in Notification.select()]


def test_rows_that_a_rule_matches_are_masked_in_its_texts(
    any_workspace: Workspace, lead: Lead, tel: FieldDefinition
) -> None:
    ws = any_workspace
    document = rule(
        "lead.changed",
        {"field": "lead.budget", "op": ">=", "value": 1},
        [{"notify": {"to": "owner", "title": "打 {one.tel}", "body": "x"}}],
    )
    document["match"] = [{"as": "one", "of": "samples", "where": {"field": "one.quantity", "op": ">=", "value": 1}}]
    sample_of(ws, lead, tel=TEL, quantity=1)
    publish(ws, document)
    ws.door.change("lead", lead.id, {"budget": 5}, SYSTEM)
    drain(ws)
    assert "打 139****1111" in [one.title for one in Notification.select()]


def test_a_backtest_writes_what_life_writes(any_workspace: Workspace, made: Any, lead: Lead) -> None:
    ws, seller = any_workspace, as_(owner_of(lead))
    ws.door.create("field_definition", {**FIELD, "kind": "visit", "name": "tel", "mask": "phone"}, SYSTEM)
    then = [{"create_task": {"title": "打 {visit.tel}", "assignee": "owner"}}]
    publish(ws, rule("visit.created", {"field": "visit.cost", "op": ">=", "value": 1000}, then))
    for cost in (600, 1500):
        ws.clock.advance(minutes=5)  # type: ignore[attr-defined]
        ws.door.create("visit", {"lead_id": lead.id, "place": "苏州", "cost": cost, "tel": TEL}, seller)
        drain(ws)
    ws.clock.advance(days=1)  # type: ignore[attr-defined]
    stored = RuleRecord.get(RuleRecord.code == "own").document
    draft = {**stored, "version": 2, "when": {"field": "visit.cost", "op": ">=", "value": 500}}
    row = backtest.start(ws, [draft], since=ws.clock.now() - timedelta(days=2), origin=SYSTEM)
    while ids := parts.due(ws, row.id):
        for one in ids:
            parts.run_part(ws, one)
    row = backtest.backtest_of(row.id)
    assert row.state == "done", row.error
    found = list(BacktestDifference.select().where(BacktestDifference.backtest_id == row.id))
    assert {one.what for one in found if one.kind == "task"} == {"打 139****1111"}


def retire(ws: Workspace, field: FieldDefinition, how: str) -> None:
    if how == "field":
        ws.door.change("field_definition", field.id, {"active": False}, SYSTEM)
    else:
        kind = KindDefinition.get(KindDefinition.name == "sample")
        ws.door.change("kind_definition", kind.id, {"active": False}, SYSTEM)


@pytest.mark.parametrize("how", ["field", "kind"])
def test_what_no_field_in_force_masks_is_hidden(
    any_workspace: Workspace, made: Any, lead: Lead, tel: FieldDefinition, call: Any, desk: Any, how: str
) -> None:
    ws = any_workspace
    sample = sample_of(ws, lead, tel=TEL)
    ws.door.change("sample", sample.id, {"tel": "13900002222"}, SYSTEM)
    contract = {"customer_id": lead.customer_id, "lead_id": lead.id, "number": "HT-1", "amount": 5}
    ws.door.create("contract", contract, SYSTEM)
    retire(ws, tel, how)
    for role in ("ops", "admin", "legal"):
        user = made.user(role)
        timeline = call(user, f"/customers/{lead.customer_id}/timeline")
        assert timeline.status_code == 200
        said = [timeline.text, desk(user).get(f"/customers/{lead.customer_id}").text]
        if how == "field":
            said += [call(user, f"/why/sample/{sample.id}").text, call(user, f"/records/sample/{sample.id}").text]
            said += [desk(user).get(f"/records/sample/{sample.id}").text]
        assert not [text for text in said if "1390000" in text], role
    journal = [desk(made.user("admin")).get("/journal/").text, call(made.user("admin"), "/journal").text]
    assert not [text for text in journal if "1390000" in text]
    assert "***" in journal[1]


REFERENCES = (
    {**FIELD, "kind": "visit", "name": "peer_id", "type": "reference", "target": "lead"},
    {**FIELD, "kind": "visit", "name": "person_id", "type": "reference", "target": "contact"},
    {**FIELD, "kind": "visit", "name": "tax_id"},
)


@pytest.fixture
def apart(any_workspace: Workspace, made: Any, lead: Lead) -> Any:
    """A lead of another team, with its seller; and a visit there that refers to `lead` and its contact."""
    ws = any_workspace
    for values in REFERENCES:
        ws.door.create("field_definition", values, as_(made.user("ops")))
    ws.door.change("contact", lead.contact_id, {"name": "欧阳锋利"}, SYSTEM)
    other = next(one for team in made.sellers.values() for one in team if one.team_id != lead.team_id)
    customer = ws.door.create("customer", {"name": "别家"}, SYSTEM).record
    theirs = {"company": "别家", "customer_id": customer.id, "owner_id": other.id, "team_id": other.team_id}
    row = ws.door.create("lead", theirs, SYSTEM).record
    visit = ws.door.create("visit", {"lead_id": row.id, "place": "x"}, as_(other)).record
    return type("Apart", (), {"lead": row, "seller": other, "visit": visit})


def test_a_reference_is_named_only_to_who_sees_what_it_leads_to(
    any_workspace: Workspace, made: Any, lead: Lead, apart: Any, call: Any, desk: Any
) -> None:
    ws = any_workspace
    given = {"peer_id": lead.id, "person_id": lead.contact_id, "tax_id": "92Y"}
    ws.door.change("visit", apart.visit.id, given, SYSTEM)
    page = desk(apart.seller).get(f"/records/visit/{apart.visit.id}").text
    customer = desk(apart.seller).get(f"/customers/{apart.lead.customer_id}").text
    why = call(apart.seller, f"/why/visit/{apart.visit.id}").text
    for text in (page, customer, why):
        assert "恒锐精密" not in text
        assert "欧阳锋利" not in text
        assert "92Y" in text  # A text whose field is called *_id is no reference.
    assert "一条你看不到的线索" in page
    ops = desk(made.user("ops")).get(f"/records/visit/{apart.visit.id}").text
    assert "欧*利" in ops
    assert "恒锐精密" in ops
    assert "欧阳锋利" not in ops


def test_the_timeline_names_many_references_with_a_steady_number_of_queries(
    any_workspace: Workspace, made: Any, lead: Lead, apart: Any
) -> None:
    ws, seller = any_workspace, owner_of(lead)

    def queries() -> int:
        lines = list(JournalLine.select().where(JournalLine.record_kind == "visit"))
        asked: list[str] = []
        run = ws.db.execute_sql
        ws.db.execute_sql = lambda sql, *args, **more: (asked.append(sql), run(sql, *args, **more))[1]
        try:
            Thread(ws, False, Actor.of(seller)).entries(lines)
        finally:
            del ws.db.execute_sql
        return len(asked)

    def add(number: int) -> None:
        for place in range(number):
            peer = sample_lead(ws, lead, f"{number}-{place}")
            values = {"lead_id": lead.id, "place": "x", "peer_id": peer.id, "person_id": lead.contact_id}
            visit = ws.door.create("visit", values, SYSTEM).record
            ws.door.change("visit", visit.id, {"peer_id": lead.id}, SYSTEM)

    add(2)
    few = queries()
    add(8)
    assert queries() == few


def sample_lead(ws: Workspace, lead: Lead, name: str) -> Lead:
    own = {"owner_id": lead.owner_id, "team_id": lead.team_id, "customer_id": lead.customer_id}
    return ws.door.create("lead", {"company": name, **own}, SYSTEM).record


def test_a_kind_named_by_a_masked_field_is_named_masked(
    any_workspace: Workspace, made: Any, lead: Lead, desk: Any
) -> None:
    ws, ops = any_workspace, as_(made.user("ops"))
    titles = {"title_zh": "线路", "title_en": "Line", "belongs_to": ["customer"]}
    ws.door.create("kind_definition", {"name": "line", **titles}, ops)
    ws.door.create("field_definition", {**FIELD, "kind": "line", "name": "number", "mask": "phone"}, ops)
    ws.door.create("field_definition", {**FIELD, "name": "by_line", "type": "reference", "target": "line"}, ops)
    line = ws.door.create("line", {"customer_id": lead.customer_id, "number": TEL}, SYSTEM).record
    sample = sample_of(ws, lead)
    ws.door.change("sample", sample.id, {"by_line": line.id}, SYSTEM)
    page = desk(made.user("ops")).get(f"/records/sample/{sample.id}").text
    assert TEL not in page
    assert "139****1111" in page.partition("timeline")[2] + page


def test_a_reference_to_nothing_or_to_what_one_may_not_see_is_refused_in_the_same_words(
    any_workspace: Workspace, lead: Lead, apart: Any
) -> None:
    ws = any_workspace
    said = []
    for given in ({"peer_id": lead.id}, {"peer_id": "ZZZ"}):
        with pytest.raises(Invalid) as refused:
            ws.door.change("visit", apart.visit.id, given, as_(apart.seller))
        said.append([(one.field, one.text.en) for one in refused.value.problems])
        with pytest.raises(Invalid):
            ws.door.create("visit", {"lead_id": apart.lead.id, "place": "y", **given}, as_(apart.seller))
    assert said[0] == said[1] == [("peer_id", "no such lead, or you may not see it")]
    with pytest.raises(Invalid, match="no such lead"):
        ws.door.change("visit", apart.visit.id, {"peer_id": "ZZZ"}, SYSTEM)
    with pytest.raises(Invalid, match="no such lead"):
        ws.door.change("visit", apart.visit.id, {"lead_id": lead.id}, as_(apart.seller))
    ws.door.change("visit", apart.visit.id, {"peer_id": apart.lead.id}, as_(apart.seller))
    ws.door.change("visit", apart.visit.id, {"peer_id": lead.id}, SYSTEM)
    # What stands there already does not stop other changes.
    ws.door.change("visit", apart.visit.id, {"peer_id": lead.id, "place": "z"}, as_(apart.seller))


def test_whoever_shares_a_customer_reads_of_it_what_their_own_records_allow(
    any_workspace: Workspace, made: Any, lead: Lead, apart: Any, call: Any, desk: Any
) -> None:
    ws = any_workspace
    ws.door.change("lead", lead.id, {"note": "底价九折"}, SYSTEM)
    visit = ws.door.create("visit", {"lead_id": lead.id, "place": "昆山老厂"}, SYSTEM).record
    ws.door.create("task", {"lead_id": lead.id, "title": "问底价", "customer_id": lead.customer_id}, SYSTEM)
    own = {"owner_id": apart.seller.id, "team_id": apart.seller.team_id}
    mine = ws.door.create("lead", {"company": "我的", "customer_id": lead.customer_id, **own}, SYSTEM).record
    ws.door.change("lead", mine.id, {"note": "我记的"}, SYSTEM)
    exits = (
        lambda user: desk(user).get(f"/customers/{lead.customer_id}").text,
        lambda user: call(user, f"/customers/{lead.customer_id}/timeline").text,
    )
    for read_it in (*exits, lambda user: desk(user).get(f"/leads/{mine.id}").text):
        seen = read_it(apart.seller)
        assert not [word for word in ("底价", "昆山老厂", visit.id) if word in seen]
        assert "我记的" in seen
    for read_it in exits:
        seen = read_it(owner_of(lead))
        assert all(word in seen for word in ("底价九折", "昆山老厂", "问底价"))
        assert "我记的" not in seen
        assert all(word in read_it(made.user("ops")) for word in ("底价九折", "昆山老厂", "我记的"))


def test_pages_of_a_shared_customers_timeline_are_full(
    any_workspace: Workspace, lead: Lead, apart: Any, call: Any
) -> None:
    ws = any_workspace
    own = {"owner_id": apart.seller.id, "team_id": apart.seller.team_id}
    mine = ws.door.create("lead", {"company": "我的", "customer_id": lead.customer_id, **own}, SYSTEM).record
    for number in range(6):
        ws.door.change("lead", lead.id, {"note": f"甲{number}"}, SYSTEM)
        ws.door.change("lead", mine.id, {"note": f"乙{number}"}, SYSTEM)
    found, after = [], ""
    for _ in range(3):
        answer = call(apart.seller, f"/customers/{lead.customer_id}/timeline?limit=2{after}").json
        assert len(answer["items"]) == 2
        found += [one["after"]["note"] for one in answer["items"]]
        after = f"&after={answer['next']}"
    assert found == [f"乙{number}" for number in (5, 4, 3, 2, 1, 0)]


def test_why_a_rule_did_not_fire_on_a_customer_is_told_to_who_sees_it(
    any_workspace: Workspace, made: Any, lead: Lead, call: Any
) -> None:
    ws = any_workspace
    publish(
        ws,
        rule(
            "customer.created",
            {"field": "customer.grade", "op": "==", "value": "A"},
            [{"notify": {"to": "role:ops", "title": "x", "body": "x"}}],
            "graded",
        ),
    )
    line = JournalLine.get((JournalLine.kind == "customer.created") & (JournalLine.record_id == lead.customer_id))
    for user in (made.user("ops"), owner_of(lead), made.user("admin")):
        answer = call(user, f"/why-not/graded?seq={line.seq}")
        assert answer.status_code == 200, answer.text


def test_only_texts_are_masked_and_by_a_mask_there_is(any_workspace: Workspace, made: Any) -> None:
    ws, ops = any_workspace, as_(made.user("ops"))
    options = [{"value": "a", "zh": "甲", "en": "A"}]
    for number, type_ in enumerate(("number", "money", "date", "moment", "boolean", "choice", "choices", "json")):
        values = {**FIELD, "name": f"m{number}", "type": type_, "mask": "phone", "options": options}
        with pytest.raises(Invalid, match="only fields of text can be masked"):
            ws.door.create("field_definition", values, ops)
    with pytest.raises(Invalid, match="no option 'secret'"):
        ws.door.create("field_definition", {**FIELD, "name": "mm", "mask": "secret"}, ops)


OLD: tuple[tuple[str, Any, str], ...] = (
    ("choice", "13812345678", "13812345678"),
    ("choices", ["13812345678"], "13812345678"),
    ("money", "123456789.00", "123,456,789"),
    ("number", 13812345678, "13,812,345,678"),
    ("date", "1980-01-02", "1980"),
    ("moment", "1980-01-02T10:00:00+08:00", "1980"),
)


@pytest.mark.slow
@pytest.mark.parametrize(("type_", "value", "plain"), OLD, ids=[one[0] for one in OLD])
def test_masks_that_fields_of_other_types_have_from_before_hide_their_values(
    any_workspace: Workspace, made: Any, lead: Lead, call: Any, desk: Any, type_: str, value: Any, plain: str
) -> None:
    ws, ops = any_workspace, made.user("ops")
    options = [{"value": "13812345678", "zh": "13812345678", "en": "13812345678"}]
    values = {**FIELD, "name": "mm", "type": type_, "options": options if "choice" in type_ else []}
    made_field = ws.door.create("field_definition", values, as_(ops)).record
    sample = sample_of(ws, lead, mm=value)
    ws.door.change("sample", sample.id, {"mm": None}, SYSTEM)
    ws.door.change("sample", sample.id, {"mm": value}, SYSTEM)
    with door_opened():
        FieldDefinition.update(mask="id").where(FieldDefinition.id == made_field.id).execute()
    ws.door.change("field_definition", made_field.id, {"position": 9}, SYSTEM)
    with pytest.raises(Invalid, match="only fields of text can be masked"):
        ws.door.change("field_definition", made_field.id, {"mask": "phone"}, SYSTEM)
    at = desk(ops)
    paths = ["", "?cols=model,mm", "?mm=5", "?mm.is=5", "?mm.from=5", "?mm.since=2020-01-01", "?mm.empty=1", "?sort=mm"]
    paths += [sample.id, f"{sample.id}/edit", "export.csv?cols=model,mm"]
    answers = [at.get(f"/records/sample/{path}") for path in paths] + [at.get(f"/customers/{lead.customer_id}")]
    answers += [call(ops, f"{path}{sample.id}") for path in ("/records/sample/", "/why/sample/")]
    answers += [call(ops, f"/customers/{lead.customer_id}/timeline"), call(ops, "/records/sample")]
    offered = f"{sample.id}/edit" if "choice" in type_ else ""  # The form offers what there is to choose from.
    for path, answer in zip((*paths, "customer", "api", "why", "timeline", "list"), answers, strict=True):
        assert answer.status_code == 200, path
        assert path == offered or not [one for one in (plain, str(value).strip("[]'")) if one in answer.text], path


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["invoice", "payment", "shipment"])
def test_refusals_tell_no_contract_numbers(
    any_workspace: Workspace, made: Any, lead: Lead, call: Any, kind: str
) -> None:
    contract = {"customer_id": lead.customer_id, "lead_id": lead.id, "number": "HT-SECRET", "amount": 5}
    any_workspace.door.create("contract", contract, SYSTEM)
    seller = owner_of(lead)
    moment = {"invoice": "issued_at", "payment": "paid_at", "shipment": "shipped_at"}[kind]
    said = set()
    for number in ("HT-SECRET", "HT-NONE"):
        given = {"number": "N1", "contract_number": number, moment: "2026-01-01"}
        given |= {"amount": 1} if kind != "shipment" else {}
        answer = call(seller, f"/{kind}s", "POST", json=given)
        said.add((answer.status_code, answer.json["title"]))
    assert len(said) == 1
    assert {status for status, _ in said} == {403}


def test_trials_firings_and_undo_show_personal_data_masked(
    any_workspace: Workspace, made: Any, lead: Lead, tel: FieldDefinition, call: Any, desk: Any
) -> None:
    ws, ops = any_workspace, made.user("ops")
    then: list[dict[str, Any]] = [
        {"notify": {"to": "role:finance", "title": "打 {sample.tel}", "body": "x"}},
        {"set_field": {"field": "sample.tel", "value": "13900003333"}},
    ]
    document = rule("sample.created", {"field": "sample.quantity", "op": ">=", "value": 1}, then)
    sample = sample_of(ws, lead, tel=TEL, quantity=1)
    tried = trial(ws, document, sample.id, kind="sample")
    assert tried.decisions[0]["notify"]["title"] == "打 139****1111"
    draft = new_draft(ws, document, as_(ops))
    approve(ws, submit(ws, draft.id, "", as_(ops)).id, as_(made.user("manager")))
    ws.clock.advance(minutes=1)  # type: ignore[attr-defined]
    sample_of(ws, lead, tel=TEL, quantity=1)
    drain(ws)
    ws.clock.advance(minutes=1)  # type: ignore[attr-defined]
    effects = call(ops, "/rules/own/versions/1/effects?since=2020-01-01T00:00:00Z")
    assert effects.status_code == 200
    assert "139****1111" in effects.text
    pages = [desk(ops).get("/rules/own"), desk(ops).get("/rules/own/undo?version=1&since=2020-01-01T00:00")]
    assert [page.status_code for page in pages] == [200, 200]
    assert not [page for page in (*pages, effects) if TEL in page.text]


def test_what_is_seen_at_a_customer_is_what_is_seen_of_it_anywhere(
    any_workspace: Workspace, made: Any, lead: Lead, apart: Any
) -> None:
    ws = any_workspace
    own = {"owner_id": apart.seller.id, "team_id": apart.seller.team_id}
    mine = ws.door.create("lead", {"company": "我的", "customer_id": lead.customer_id, **own}, SYSTEM).record
    for number, one in enumerate((lead, mine)):
        owner = {"owner_id": one.owner_id, "team_id": one.team_id}
        about = {"lead_id": one.id, "customer_id": lead.customer_id}
        ws.door.create("visit", {"lead_id": one.id, "place": "x", **owner}, SYSTEM)
        ws.door.create("task", {**about, "title": "x", "assignee_id": one.owner_id}, SYSTEM)
        ws.door.create("follow_up", {"lead_id": one.id, "way": "phone", "content": "x", "effective": True}, SYSTEM)
        contract = ws.door.create("contract", {**about, "number": f"HT-{number}", "amount": 5}, SYSTEM).record
        paid = {"number": f"P-{number}", "amount": 1, "paid_at": ws.clock.now()}
        more = {"contract_id": contract.id, "customer_id": lead.customer_id}
        ws.door.create("payment", {**paid, **more}, SYSTEM)
    sample_of(ws, lead)
    people = [apart.seller, owner_of(lead), *made.managers.values()]
    people += [made.user(role) for role in ("ops", "legal", "finance", "delivery", "admin")]
    shared = 0
    for user in people:
        actor = Actor.of(user)
        if not policy.sees(ws.kinds, actor, "customer", lead.customer_id):
            continue
        shared += 1
        at = Rows(ws.kinds, actor, lead.customer_id)
        for kind in ws.kinds.values():
            if hasattr(kind.model, "customer"):
                query = policy.visible(ws.kinds, actor, kind.name)
                anywhere = {row.id for row in query.where(kind.model.customer == lead.customer_id)}
                assert {row.id for row in at.visible(kind.name)} == anywhere, (user.name, kind.name)
    assert shared >= 6


def test_a_leads_own_page_masks_added_fields_and_saves_no_mask(
    any_workspace: Workspace, made: Any, lead: Lead, desk: Any
) -> None:
    ws, ops = any_workspace, made.user("ops")
    ws.door.create("field_definition", {**FIELD, "kind": "lead", "name": "tel2", "mask": "phone"}, as_(ops))
    ws.door.change("lead", lead.id, {"tel2": TEL}, SYSTEM)
    at = desk(ops)
    page = at.get(f"/leads/{lead.id}").text
    assert TEL not in page
    assert "139****1111" in page
    at.post(f"/leads/{lead.id}/edit", region="浙江", tel2="139****1111")
    now = Lead.get_by_id(lead.id)
    assert (now.region, now.extra["tel2"]) == ("浙江", TEL)
    assert TEL in desk(owner_of(lead)).get(f"/leads/{lead.id}").text
