"""The rules in force in one process: followed whole, never half, while another publishes."""

from __future__ import annotations

import threading
from typing import Any

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import RuleRecord
from clew.core.rulebook.history import documents_at
from clew.core.storage.database import database
from clew.core.storage.system_tables import RuleTrouble
from clew.core.workspace import Workspace

PAIR = ("first-of-pair", "second-of-pair")
PUBLISHED = 60


def publish(ws: Workspace, version: int) -> None:
    with ws.door.transaction(SYSTEM) as tx:
        for code in PAIR:
            words = {"zh": code, "en": code}
            rule = {"id": code, "version": version, "title": words, "purpose": words, "trigger": "lead.created"}
            rule |= {"derive": {code.replace("-", "_"): version}}
            row = RuleRecord.get_or_none(RuleRecord.code == code)
            values = {"version": version, "document": rule}
            if row is None:
                tx.create("rule", {"code": code, "pack": "custom", **values})
            else:
                tx.change("rule", row.id, values)


def test_rules_published_together_are_followed_together_and_never_backwards(any_workspace: Workspace) -> None:
    ws = any_workspace
    publish(ws, 1)
    failed: list[BaseException] = []

    def publishing() -> None:
        try:
            for version in range(2, PUBLISHED + 1):
                publish(ws, version)
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    thread = threading.Thread(target=publishing)
    thread.start()
    seen: list[tuple[int, ...]] = []
    while thread.is_alive():
        ws.refresh()
        by_id = {rule.id: rule.version for rule in ws.ruleset.rules}
        seen.append(tuple(by_id[code] for code in PAIR))
    thread.join()
    assert not failed
    assert all(first == second for first, second in seen)
    assert seen == sorted(seen)
    ws.refresh()
    assert {rule.version for rule in ws.ruleset.rules if rule.id in PAIR} == {PUBLISHED}


def test_a_change_that_is_rolled_back_leaves_nothing_behind(any_workspace: Workspace) -> None:
    """The rulebook asks for the rules within the transaction that publishes; its successor has the same revision."""
    ws = any_workspace
    publish(ws, 1)
    row = RuleRecord.get(RuleRecord.code == PAIR[0])

    class Stopped(Exception):
        pass

    try:
        with ws.door.transaction(SYSTEM) as tx:
            tx.change("rule", row.id, {"version": 2, "document": {**row.document, "version": 2, "priority": 9}})
            assert [rule.priority for rule in ws.loader.rules.by_code(ws.configuration.plugins)[PAIR[0]]] == [9]
            raise Stopped
    except Stopped:
        pass
    ws.door.change("rule", row.id, {"version": 2, "document": {**row.document, "version": 2, "priority": 5}}, SYSTEM)
    assert [rule.priority for rule in ws.ruleset.rules if rule.id == PAIR[0]] == [5]


def test_only_what_changed_is_read_and_compiled_again(any_workspace: Workspace) -> None:
    ws = any_workspace
    publish(ws, 1)
    before = {rule.id: rule for rule in ws.ruleset.rules}
    row = RuleRecord.get(RuleRecord.code == PAIR[0])
    ws.door.change("rule", row.id, {"version": 2, "document": {**row.document, "version": 2}}, SYSTEM)
    after = {rule.id: rule for rule in ws.ruleset.rules}
    assert {code for code in after if after[code] is not before[code]} == {PAIR[0]}


def test_a_rule_that_no_longer_loads_is_named_and_the_others_go_on(any_workspace: Workspace) -> None:
    ws = any_workspace
    publish(ws, 1)
    others = {rule.id for rule in ws.ruleset.rules} - {PAIR[0]}
    row = RuleRecord.get(RuleRecord.code == PAIR[0])
    broken: dict[str, Any] = {**row.document, "version": 2, "when": {"field": "lead.budget", "op": "~", "value": 1}}
    ws.door.change("rule", row.id, {"version": 2, "document": broken}, SYSTEM)
    assert {rule.id for rule in ws.ruleset.rules} == others
    assert (RuleTrouble.get().code, RuleTrouble.get().version) == (PAIR[0], 2)
    assert documents_at(ws.clock.now())[PAIR[0]].number == 2
    ws.door.change("rule", row.id, {"version": 3, "document": {**row.document, "version": 3}}, SYSTEM)
    assert not RuleTrouble.select().exists()
