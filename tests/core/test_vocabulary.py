"""What rules may speak of in one workspace: its fields, stages, people and plugins' actions, always up to date."""

from __future__ import annotations

from typing import Any

import pytest

from clew import ActionArg, ActionSpec, Plugin, Text, hookimpl
from clew.core.company.switches import switch_plugin
from clew.core.facts.facts import facts_of_line
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.metrics import METRICS
from clew.core.rulebook.vocabulary import vocabulary_of
from clew.core.running import drain
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover
from clew.rules.language.errors import RuleError
from clew.rules.packs.reading import rules_from_document


def test_added_fields_are_facts_with_their_labels_options_and_units(any_workspace: Workspace) -> None:
    ws = any_workspace
    field = {"kind": "lead", "label_zh": "车型", "label_en": "Model", "mask": "", "hint_zh": "", "hint_en": ""}
    options = [{"value": "suv", "zh": "越野车", "en": "SUV"}]
    ws.door.create("field_definition", {**field, "name": "model", "type": "choice", "options": options}, SYSTEM)
    ws.door.create("field_definition", {**field, "name": "deposit", "type": "money", "options": []}, SYSTEM)
    ws.door.create("field_definition", {**field, "name": "pickup", "type": "date", "options": []}, SYSTEM)
    found = vocabulary_of(ws).fields
    assert found["lead.extra.model"].options == ("suv",)
    assert found["lead.extra.model"].labels == {"suv": ("越野车", "SUV")}
    assert found["lead.extra.model"].title == ("车型", "Model")
    assert (found["lead.extra.deposit"].kind, found["lead.extra.deposit"].unit[0]) == ("number", "元")
    assert found["lead.extra.pickup"].kind == "datetime"
    assert found["lead.pain_points"].suggestions == ("price", "delivery", "endorsement")
    assert found["lead.source"].labels["exhibition"] == ("展会", "Exhibition")


def test_values_in_use_are_on_offer(any_workspace: Workspace, found: Any) -> None:
    ws = any_workspace
    company = found(ws)
    for number, industry in enumerate(("光伏", "汽车", "光伏")):
        intake.take(ws, {"company": f"客户{number}", "industry": industry, "region": "江苏"}, SYSTEM)
    ws.clock.advance(minutes=2)  # type: ignore[attr-defined]
    known = vocabulary_of(ws)
    assert known.fields["lead.industry"].suggestions[:2] == ("光伏", "汽车")
    assert known.fields["customer.region"].suggestions == ("江苏",)
    assert set(known.fields["lead.team"].suggestions) == set(company.teams)
    seller = company.user("sales")
    assert known.fields["lead.owner_id"].labels[seller.id] == (seller.name, seller.name)
    assert seller.name in known.actions["assign"].args["user"].suggestions
    assert known.actions["suspend_metric"].args["metric"].options == tuple(METRICS)
    assert "lead.extra.pain_points" in known.actions["set_field"].args["field"].suggestions


def test_a_new_person_is_on_offer_at_once_and_two_of_one_name_by_their_address(any_workspace: Workspace) -> None:
    ws = any_workspace
    assert vocabulary_of(ws) is vocabulary_of(ws)
    for login in ("a@test.example", "b@test.example"):
        ws.door.create("user", {"email": login, "name": "王伟", "roles": ["sales"]}, SYSTEM)
    assert vocabulary_of(ws).actions["assign"].args["user"].suggestions == ("a@test.example", "b@test.example")


def test_a_trades_stages_are_known_while_its_plugin_is_on(any_workspace: Workspace) -> None:
    ws = any_workspace
    before = vocabulary_of(ws)
    switch_plugin(ws, "car_dealer", True, SYSTEM)
    new = set(vocabulary_of(ws).fields["lead.stage"].options) - set(before.fields["lead.stage"].options)
    assert new
    known = vocabulary_of(ws)
    assert known.actions["move_stage"].args["stage"].options == known.fields["lead.stage"].options
    assert known.collections["leads"].fields["stage"].options == known.fields["lead.stage"].options


class Bell(Plugin):
    """Brings an action."""

    name = "bell"
    version = "1.0"

    @hookimpl
    def register_actions(self) -> list[ActionSpec]:
        tone = ActionArg("tone", Text("音", "Tone"), options=(("low", Text("低", "Low")),))
        times = ActionArg("times", Text("次数", "Times"), kind="number", required=True)
        return [ActionSpec("ring_bell", Text("敲钟", "Ring the bell"), (tone, times))]


def test_a_plugins_actions_are_known_and_checked_while_it_is_on(any_workspace: Workspace) -> None:
    ws = any_workspace
    ws.use_plugins(discover([], [Bell()]))
    switch_plugin(ws, "bell", True, SYSTEM)
    words = {"zh": "敲", "en": "ring"}
    rule = {"id": "ringer", "title": words, "purpose": words, "trigger": "lead.created"}
    for args, wrong in (
        ({"times": 2, "tone": "low"}, ""),
        ({"tone": "low"}, "then[0].ring_bell.times"),
        ({"times": 2, "tone": "high"}, "then[0].ring_bell.tone"),
    ):
        document = {**rule, "then": [{"ring_bell": args}]}
        if not wrong:
            rules_from_document(document, vocabulary_of(ws))
            continue
        with pytest.raises(RuleError) as refused:
            rules_from_document(document, vocabulary_of(ws))
        assert [one.path for one in refused.value.problems] == [wrong]
    switch_plugin(ws, "bell", False, SYSTEM)
    assert "ring_bell" not in vocabulary_of(ws).actions


def test_every_fact_that_is_read_is_one_that_rules_know_and_the_other_way_round(
    any_workspace: Workspace, found: Any
) -> None:
    ws = any_workspace
    found(ws)
    given = {"company": "恒锐", "phone": "13812345678", "pain_points": ["price"]}
    intake.take(ws, given, SYSTEM)
    lead = intake.take(ws, given, SYSTEM).lead
    drain(ws)
    follow_up = {"lead_id": lead.id, "way": "phone", "content": "聊过", "effective": False}
    ws.door.create("follow_up", follow_up, SYSTEM)
    ws.door.create("task", {"title": "拜访", "lead_id": lead.id}, SYSTEM)
    contract = {"number": "HT-1", "amount": "10.05", "lead_id": lead.id, "customer_id": lead.customer_id}
    quote = ws.door.create("quote", {**contract, "number": "Q-1"}, SYSTEM).record
    about = {"contract_id": ws.door.create("contract", contract, SYSTEM).record.id, "customer_id": lead.customer_id}
    scan = {"name": "scan.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64}
    ws.door.create("document", {"quote_id": quote.id, "customer_id": lead.customer_id, **scan}, SYSTEM)
    ws.door.create("document", {**about, **scan}, SYSTEM)
    ws.door.create("invoice", {**about, "number": "F-1", "amount": "5.05", "issued_at": ws.clock.now()}, SYSTEM)
    ws.door.create("payment", {**about, "number": "P-1", "amount": "5.05", "paid_at": ws.clock.now()}, SYSTEM)
    ws.door.create("shipment", {**about, "number": "S-1", "shipped_at": ws.clock.now()}, SYSTEM)
    drain(ws)
    known = vocabulary_of(ws)
    seen: set[str] = set()
    for kind in (kind.name for kind in ws.kinds.ruled):
        line = JournalLine.select().where(JournalLine.record_kind == kind).order_by(JournalLine.seq.desc()).get()
        facts = dict(facts_of_line(ws.setting, line, ws.clock.now()))
        seen |= set(facts)
        for name, rows in facts.items():
            if name in known.collections:
                assert rows, name
                assert set(rows[0]) == set(known.collections[name].fields), name
    assert seen == known.fields.keys() | known.collections.keys()
