"""Law 2: the journal alone tells how every record stands; so nothing was written without its line."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from clew import AddNote, CreateTask, Notify, Plugin, SetFields, StartDeadline, hookimpl
from clew.core.company.switches import switch_plugin, switch_rule
from clew.core.intake import duplicates
from clew.core.intake import take as intake
from clew.core.journal.lines import plain
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import BUNDLED, Customer, Lead, Notification, Task
from clew.core.people import sign_in as auth
from clew.core.replay.memory import InMemoryStore
from clew.core.running import drain, run_until
from clew.core.storage.records import Record
from clew.core.storage.system_tables import Firing, JournalLine
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover

FORM = Origin(Actor("public", name="官网"), "form")


class Busy(Plugin):
    """Asks for every effect there is."""

    name = "busy"

    @hookimpl
    def on_lead_created(self, event: Any) -> list[Any]:
        items = CreateTask("建档", items=("查工商信息", "建群"))
        return [AddNote("来自插件"), SetFields({"note": "插件看过"}), items, StartDeadline("visit", 480)]

    @hookimpl
    def on_state_change(self, event: Any) -> list[Any]:
        return [Notify("owner", "有进展"), CreateTask("回访", due_working_minutes=60)]


def test_every_record_is_rebuilt_from_its_lines(any_workspace: Workspace, found: Any) -> None:
    ws = any_workspace
    ws.use_plugins(discover(extra=[Busy()]))
    _live(ws, found(ws))

    rebuilt = _replayed()
    for kind, model in ((one.name, one.model) for one in BUNDLED):
        rows = {row.id: _state(ws, kind, row) for row in model.select()}
        assert rebuilt.get(kind, {}) == rows, kind
    for kind in ("lead", "customer", "contact", "follow_up", "contract", "task", "deadline", "notification"):
        assert rebuilt[kind], f"the scenario made no {kind}"


def test_every_line_made_by_a_rule_or_plugin_leads_back_to_its_cause(workspace: Workspace, found: Any) -> None:
    workspace.use_plugins(discover(extra=[Busy()]))
    _live(workspace, found(workspace))
    fired = {(row.seq, row.rule) for row in Firing.select()}
    by_rule = list(JournalLine.select().where(JournalLine.channel == "rule"))
    by_plugin = list(JournalLine.select().where(JournalLine.channel == "plugin", JournalLine.cause_seq.is_null(False)))
    assert by_rule
    assert by_plugin
    for line in by_rule:
        assert line.cause_version
        assert line.cause_seq < line.seq
        cause = JournalLine.get_by_id(line.cause_seq)
        assert (cause.seq, line.cause_rule) in fired or cause.cause_rule == line.cause_rule
    assert {line.cause_plugin for line in by_plugin} == {"busy", "car_dealer"}


def _live(ws: Workspace, company: Any) -> None:
    """A few busy days: arrivals, answers, silence, moves, a contract, money, mistakes, switches."""
    switch_plugin(ws, "busy", True, SYSTEM)
    switch_plugin(ws, "car_dealer", True, SYSTEM)
    switch_plugin(ws, "webhook", False, SYSTEM, {"url": "http://127.0.0.1:1/", "secret": "hush"})
    for number, (industry, region, budget) in enumerate(
        (("精密加工", "江苏", 400_000), ("医疗器械", "上海", None), ("汽车", "广东", 250_000), ("教育", "", "1200000"))
    ):
        values = {"company": f"客户{number}有限公司", "phone": f"1380000000{number}", "industry": industry}
        intake.take(ws, values | {"region": region, "budget": budget, "source": "web_form"}, FORM, f"form-{number}")
    drain(ws)
    lead, silent, car, key = Lead.select().order_by(Lead.id)
    user = Origin(Actor.of(lead.owner), "console", ip="127.0.0.1")
    ws.clock.advance(minutes=10)  # type: ignore[attr-defined]
    ws.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "约了演示"}, user)
    for stage in ("diagnosis", "demo", "negotiation", "signing"):
        ws.door.change("lead", lead.id, {"stage": stage, "pain_points": "价格敏感"}, user)
        drain(ws)
    paper = {"number": "YC-1", "customer_id": lead.customer_id, "lead_id": lead.id, "amount": "400000.10"}
    contract = ws.door.create("contract", paper, user).record
    legal = Origin(Actor.of(company.user("legal")), "console", ip="127.0.0.1")
    ws.door.change("contract", contract.id, {"status": "signed"}, legal)
    money = {"contract_id": contract.id, "customer_id": lead.customer_id, "amount": "0.10"}
    ws.door.create("invoice", {**money, "number": "F1", "issued_at": "2026-11-24"}, SYSTEM)
    ws.door.create("payment", {**money, "number": "P1", "paid_at": "2026-11-25 10:00"}, SYSTEM)
    ws.door.change("lead", lead.id, {"outcome": "won"}, user)
    run_until(ws, ws.clock.now() + timedelta(hours=3))
    assert Lead.get_by_id(silent.id).escalated_at
    ws.door.change("lead", silent.id, {"outcome": "lost", "lost_reason": "预算取消"}, SYSTEM)
    task = Task.select().where(Task.assignee.is_null(False)).first()
    ws.door.change("task", task.id, {"state": "done"}, SYSTEM)
    ws.door.change("contact", car.contact_id, {"email": "Li@Example.COM"}, SYSTEM)
    with ws.door.transaction(SYSTEM) as tx:
        duplicates.merge(tx, key.customer_id, lead.customer_id)
    auth.sign_in(ws, company.user("ops").email, company.password, "127.0.0.1")
    auth.issue_token(ws, company.user("ops"), "erp", SYSTEM)
    switch_rule(ws, "sop-demo", False, SYSTEM)
    switch_plugin(ws, "busy", False, SYSTEM)
    run_until(ws, ws.clock.now() + timedelta(days=2))
    assert Notification.select().count()
    assert Customer.get_by_id(key.customer_id).merged_into_id == lead.customer_id


def _replayed() -> dict[str, dict[str, dict[str, Any]]]:
    """Play the journal from its first line into plain dictionaries, reading no other table."""
    records: dict[str, dict[str, dict[str, Any]]] = {}
    for line in JournalLine.select().order_by(JournalLine.seq):
        if not line.record_revision:
            continue  # A note: something happened, no record changed.
        kind = records.setdefault(line.record_kind, {})
        if line.kind.endswith(".created"):
            assert line.record_id not in kind
            kind[line.record_id] = {"created_at": plain(line.at)}
        one = kind[line.record_id]
        if line.after:
            for name, value in line.before.items():
                assert one[name] == value, f"line {line.seq} says {name} was {value!r}"
            one |= line.after | {"revision": line.record_revision, "updated_at": plain(line.at)}
    return records


def _state(ws: Workspace, kind: str, row: Record) -> dict[str, Any]:
    here = ws.kinds[kind]
    values = plain({name: getattr(row, name) for name in here.columns})
    values |= {name: "[set]" for name in here.secrets if values.get(name)}
    if kind == "plugin":
        secrets = ws.plugins.secrets(row.name)
        values["settings"] = {k: "[set]" if k in secrets and v else v for k, v in row.settings.items()}
    shared = {name: plain(getattr(row, name)) for name in ("revision", "created_at", "updated_at")}
    return {**values, **shared}


def test_loads_in_memory_follow_every_change(workspace: Workspace, company: Any) -> None:
    rng = random.Random(12)
    store, kept = InMemoryStore(workspace.kinds), {}
    people = ["a", "b", "c"]
    for one in people:
        store.add("user", one, None, {"name": one, "team_id": "t", "roles": ["sales"], "active": True})
    for number in range(400):
        at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=rng.randrange(300))
        lead = rng.choice(list(kept)) if kept and rng.random() < 0.7 else f"lead{number}"
        if lead not in kept:
            kept[lead] = {"owner_id": rng.choice([*people, None]), "assigned_at": at, "outcome": "open"}
            store.add("lead", lead, None, kept[lead])
        elif rng.random() < 0.1:
            del kept[lead]
            store.remove("lead", lead)
        else:
            change: dict[str, Any] = {"owner_id": rng.choice([*people, None]), "assigned_at": at}
            change |= {"outcome": rng.choice(["open", "open", "won"])}
            change = {name: value for name, value in change.items() if rng.random() < 0.6}
            kept[lead] = {**kept[lead], **change}
            store.set("lead", lead, change)
        every = {one: [row for row in kept.values() if row["owner_id"] == one] for one in people}
        opened = {one: [row for row in mine if row["outcome"] == "open"] for one, mine in every.items()}
        assert {load.user_id: (load.open_leads, load.last) for load in store.loads()} == {
            one: (len(mine), max((row["assigned_at"].isoformat() for row in mine), default=""))
            for one, mine in opened.items()
        }
        newest = {one: max((row["assigned_at"].isoformat() for row in mine), default="") for one, mine in every.items()}
        assert store.last_assigned(people) == {one: at for one, at in newest.items() if at}
