"""A rule's way: draft, review, approval by somebody else, in force from a moment on, back, retired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from clew.core.company.switches import switch_rule
from clew.core.errors import Conflict, Forbidden, Invalid, NotFound
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, Notification, RuleRecord, RuleVersion
from clew.core.rulebook.history import documents_at, rules_at, ruleset_at
from clew.core.rulebook.publishing import approve, publish_due, retire, rollback
from clew.core.rulebook.versions import (
    Outdated,
    begin_draft,
    discard,
    new_draft,
    open_draft,
    rebase,
    reject,
    save_draft,
    submit,
)
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import Firing, JournalLine
from clew.core.workspace import Workspace

CODE = "quality-unreachable"


@dataclass
class Desk:
    """A workspace with three people at it."""

    ws: Workspace
    ops: Origin
    manager: Origin
    admin: Origin
    sales: Origin

    def draft(self, **changes: Any) -> RuleVersion:
        version = begin_draft(self.ws, CODE, self.ops)
        return save_draft(self.ws, version.id, {**version.document, **changes}, self.ops)

    def reviewed(self, **changes: Any) -> RuleVersion:
        return submit(self.ws, self.draft(**changes).id, "请看", self.ops)

    def published(self, **changes: Any) -> RuleVersion:
        return approve(self.ws, self.reviewed(**changes).id, self.manager)


@pytest.fixture
def desk(any_workspace: Workspace, found: Callable[[Workspace], Any]) -> Desk:
    company = found(any_workspace)
    by = {role: Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager", "admin", "sales")}
    return Desk(any_workspace, **by)


def title(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def inbox(who: Origin) -> list[str]:
    rows = Notification.select().where(Notification.user == who.actor.id).order_by(Notification.id)
    return [row.title for row in rows]


def refusal(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.text.zh)


def test_every_rule_of_a_workspace_has_its_versions_row(any_workspace: Workspace) -> None:
    for row in RuleRecord.select():
        version = RuleVersion.get(RuleVersion.code == row.code)
        assert (version.number, version.state, version.document) == (row.version, "published", row.document)


def test_a_changed_rule_decides_once_a_colleague_has_approved_it(desk: Desk) -> None:
    version = desk.draft(then=[{"set_field": {"field": "lead.quality", "value": "待补全"}}])
    assert (version.number, version.base, version.state, version.document["version"]) == (2, 1, "draft", 2)
    with pytest.raises(Conflict):
        begin_draft(desk.ws, CODE, desk.admin)
    assert open_draft(CODE).id == version.id, "one draft, whoever opens it"
    version = submit(desk.ws, version.id, "改了措辞", desk.ops)
    assert inbox(desk.manager) == inbox(desk.admin) == ["待审批：规则「无电话且无邮箱的线索标为无法联系」第 2 版"]
    assert inbox(desk.ops) == []
    version = approve(desk.ws, version.id, desk.manager, note="好")
    assert (version.state, version.reviewer_id) == ("published", desk.manager.actor.id)
    assert inbox(desk.ops) == ["已批准：规则「无电话且无邮箱的线索标为无法联系」第 2 版"]
    rule = RuleRecord.get(RuleRecord.code == CODE)
    assert (rule.version, rule.document) == (2, version.document)
    assert RuleVersion.get((RuleVersion.code == CODE) & (RuleVersion.number == 1)).state == "retired"

    lead = intake.take(desk.ws, {"company": "恒锐精密"}, SYSTEM).lead
    drain(desk.ws)
    assert Lead.get_by_id(lead.id).quality == "待补全"
    assert {row.version for row in Firing.select().where(Firing.rule == CODE)} == {2}
    cause = JournalLine.get((JournalLine.kind == "rule.changed") & (JournalLine.record_id == rule.id)).cause_seq
    assert JournalLine.get_by_id(cause).record_id == version.id, "what changed the rule leads back to the version"


def test_the_author_cant_approve_and_editing_makes_an_author(desk: Desk) -> None:
    version = desk.reviewed(priority=7)
    with pytest.raises(Forbidden) as refused:
        approve(desk.ws, version.id, desk.ops)
    assert "四眼" in refusal(refused)
    with pytest.raises(Forbidden):
        approve(desk.ws, version.id, SYSTEM)
    save_draft(desk.ws, version.id, {**version.document, "priority": 8}, desk.admin)
    assert RuleVersion.get_by_id(version.id).state == "draft", "what is edited in review is reviewed anew"
    submit(desk.ws, version.id, "", desk.ops)
    with pytest.raises(Forbidden):
        approve(desk.ws, version.id, desk.admin)
    assert approve(desk.ws, version.id, desk.ops).state == "published"


@pytest.mark.parametrize("deed", ["begin_draft", "new_draft", "approve", "rollback", "retire", "reject"])
def test_who_may_not_does_not(desk: Desk, deed: str) -> None:
    version = desk.reviewed(priority=7)
    deeds: dict[str, Callable[[], Any]] = {
        "begin_draft": lambda: begin_draft(desk.ws, CODE, desk.manager),
        "new_draft": lambda: new_draft(desk.ws, version.document, desk.manager),
        "approve": lambda: approve(desk.ws, version.id, desk.sales),
        "reject": lambda: reject(desk.ws, version.id, "不", desk.sales),
        "rollback": lambda: rollback(desk.ws, CODE, 1, desk.sales),
        "retire": lambda: retire(desk.ws, CODE, desk.sales),
    }
    with pytest.raises(Forbidden):
        deeds[deed]()


def test_a_rejected_draft_goes_back_with_the_reason(desk: Desk) -> None:
    version = desk.reviewed(priority=7)
    with pytest.raises(Invalid):
        reject(desk.ws, version.id, " ", desk.manager)
    version = reject(desk.ws, version.id, "优先级太高", desk.manager)
    assert (version.state, version.note, version.reviewer_name) == ("draft", "优先级太高", desk.manager.actor.name)
    message = Notification.get(Notification.user == desk.ops.actor.id)
    assert (message.title[:3], message.body) == ("已退回", "优先级太高")
    with pytest.raises(Conflict):
        approve(desk.ws, version.id, desk.manager)


def test_two_who_edit_at_once(desk: Desk) -> None:
    version = desk.draft(priority=1)
    seen = version.revision
    save_draft(desk.ws, version.id, {**version.document, "priority": 2}, desk.ops, seen)
    with pytest.raises(Conflict):
        save_draft(desk.ws, version.id, {**version.document, "priority": 3}, desk.admin, seen)
    assert RuleVersion.get_by_id(version.id).document["priority"] == 2


def test_a_reviewer_approves_what_they_saw(desk: Desk) -> None:
    version = desk.reviewed(priority=1)
    save_draft(desk.ws, version.id, {**version.document, "priority": 999}, desk.ops)
    submit(desk.ws, version.id, "", desk.ops)
    with pytest.raises(Conflict):
        approve(desk.ws, version.id, desk.manager, revision=version.revision)
    assert RuleRecord.get(RuleRecord.code == CODE).version == 1


def test_a_draft_with_problems_is_kept_but_not_submitted(desk: Desk) -> None:
    version = desk.draft(when={"field": "lead.budgte", "op": ">=", "value": 1})
    with pytest.raises(Invalid) as refused:
        submit(desk.ws, version.id, "", desk.ops)
    assert [problem.field for problem in refused.value.problems] == ["when.field"]
    assert "lead.budget" in refusal(refused)
    with pytest.raises(Invalid):
        save_draft(desk.ws, version.id, {**version.document, "id": "another"}, desk.ops)
    with pytest.raises(Invalid):
        save_draft(desk.ws, version.id, {"id": CODE, "title": "长" * 1_100_000}, desk.ops)


def test_nothing_changed_is_nothing_to_review(desk: Desk) -> None:
    version = begin_draft(desk.ws, CODE, desk.ops)
    with pytest.raises(Invalid) as refused:
        submit(desk.ws, version.id, "", desk.ops)
    assert "没有差别" in refusal(refused)


def test_a_version_takes_effect_at_its_moment(desk: Desk) -> None:
    moment = desk.ws.clock.now() + timedelta(hours=2)
    version = approve(desk.ws, desk.reviewed(priority=7).id, desk.manager, moment)
    assert (version.state, RuleRecord.get(RuleRecord.code == CODE).version) == ("approved", 1)
    assert publish_due(desk.ws) == []
    run_until(desk.ws, moment - timedelta(seconds=1))
    assert RuleRecord.get(RuleRecord.code == CODE).version == 1
    run_until(desk.ws, moment)
    version = RuleVersion.get_by_id(version.id)
    assert (version.state, version.published_at) == ("published", moment)
    assert next(rule.priority for rule in desk.ws.ruleset.rules if rule.id == CODE) == 7


def test_a_draft_of_an_outdated_version_is_rebased_first(desk: Desk) -> None:
    moment = desk.ws.clock.now() + timedelta(hours=1)
    first = approve(desk.ws, desk.reviewed(priority=7).id, desk.manager, moment)
    second = begin_draft(desk.ws, CODE, desk.ops)
    assert (second.number, second.base) == (3, 1)
    second = save_draft(desk.ws, second.id, {**second.document, "title": title("新标题")}, desk.ops)
    submit(desk.ws, second.id, "", desk.ops)
    run_until(desk.ws, moment)
    assert RuleVersion.get_by_id(first.id).state == "published"
    with pytest.raises(Outdated) as refused:
        approve(desk.ws, second.id, desk.manager)
    assert [(d.path, d.after) for d in refused.value.differences if d.path] == [("priority", 7)]
    second = rebase(desk.ws, second.id, desk.ops)
    assert (second.number, second.base, second.state) == (4, 2, "draft")
    assert (second.document["priority"], second.document["title"]["zh"]) == (7, "新标题")
    submit(desk.ws, second.id, "", desk.ops)
    assert approve(desk.ws, second.id, desk.manager).number == 4


def test_an_approved_version_that_no_longer_fits_goes_back_to_its_author(desk: Desk) -> None:
    moment = desk.ws.clock.now() + timedelta(hours=1)
    waiting = approve(desk.ws, desk.reviewed(priority=7).id, desk.manager, moment)
    other = begin_draft(desk.ws, CODE, desk.admin)
    other = save_draft(desk.ws, other.id, {**other.document, "priority": 9}, desk.admin)
    approve(desk.ws, submit(desk.ws, other.id, "", desk.admin).id, desk.manager)
    run_until(desk.ws, moment)
    waiting = RuleVersion.get_by_id(waiting.id)
    assert waiting.state == "draft"
    assert "先合并" in waiting.note
    assert RuleRecord.get(RuleRecord.code == CODE).version == 3
    assert inbox(desk.ops)[-1].startswith("已退回")


def test_rolling_back_is_one_step(desk: Desk) -> None:
    old = RuleRecord.get(RuleRecord.code == CODE).document
    desk.published(priority=7)
    version = rollback(desk.ws, CODE, 1, desk.manager.because("线索被错标"))
    assert (version.number, version.state, version.base) == (3, "published", 2)
    rule = RuleRecord.get(RuleRecord.code == CODE)
    assert rule.document == {**old, "version": 3}
    assert JournalLine.select().order_by(JournalLine.seq.desc()).first().reason == "线索被错标"
    for number, kind in ((3, Conflict), (9, NotFound)):
        with pytest.raises(kind):
            rollback(desk.ws, CODE, number, desk.manager)
    draft = desk.draft(priority=1)
    with pytest.raises(Conflict, match="never was in force"):
        rollback(desk.ws, CODE, draft.number, desk.manager)


def test_a_retired_rule_comes_back_only_by_a_version(desk: Desk) -> None:
    retire(desk.ws, CODE, desk.manager)
    assert CODE not in {rule.id for rule in desk.ws.ruleset.rules}
    with pytest.raises(Conflict):
        switch_rule(desk.ws, CODE, True, desk.admin)
    with pytest.raises(Conflict):
        retire(desk.ws, CODE, desk.manager)
    rollback(desk.ws, CODE, 1, desk.manager)
    assert CODE in {rule.id for rule in desk.ws.ruleset.rules}


def test_a_new_rule_and_a_draft_given_up(desk: Desk) -> None:
    document = {
        "id": "big-budget",
        "title": title("大额线索"),
        "purpose": title("主管尽早介入"),
        "trigger": "lead.created",
        "when": {"field": "lead.budget", "op": ">=", "value": 500000},
        "then": [{"notify": {"to": "owner_manager", "title": "大额线索", "body": "看看"}}],
    }
    version = new_draft(desk.ws, document, desk.ops)
    with pytest.raises(Conflict):
        new_draft(desk.ws, document, desk.admin)
    assert discard(desk.ws, version.id, desk.ops).state == "discarded"
    version = new_draft(desk.ws, document, desk.ops)
    assert version.number == 2
    approve(desk.ws, submit(desk.ws, version.id, "", desk.ops).id, desk.admin)
    assert "big-budget" in {rule.id for rule in desk.ws.ruleset.rules}


def test_the_journal_tells_which_rules_were_in_force_when(desk: Desk) -> None:
    before = desk.ws.clock.now()
    run_until(desk.ws, before + timedelta(hours=1))
    desk.published(priority=7)
    published = desk.ws.clock.now()
    run_until(desk.ws, published + timedelta(hours=1))
    switch_rule(desk.ws, CODE, False, desk.admin)
    off = desk.ws.clock.now()

    def at(moment: Any) -> int | None:
        found = documents_at(moment).get(CODE)
        return found.number if found else None

    assert [at(moment) for moment in (before - timedelta(days=1), before, published, off)] == [None, 1, 2, None]
    assert next(r.priority for r in rules_at(published) if r.id == CODE) == 7
    then = ruleset_at(desk.ws, published)
    assert then is ruleset_at(desk.ws, published + timedelta(minutes=1)), "compiled once"
    assert len(then.rules) == len(desk.ws.ruleset.rules) + 1


def test_a_draft_must_pass_the_test_cases_of_every_other_rule(desk: Desk) -> None:
    case = {
        "title": title("没有联系方式"),
        "event": "lead.created",
        "facts": {"lead.outcome": "open", "contact.has_phone": False, "contact.has_email": False},
        "expect": {"fires": True},
    }
    desk.published(group="reach", priority=10, tests=[case])
    rival = {
        "id": "rival",
        "version": 1,
        "title": title("抢先的规则"),
        "purpose": title("抢先"),
        "trigger": "lead.created",
        "group": "reach",
        "priority": 20,
        "when": {"field": "lead.outcome", "op": "==", "value": "open"},
        "then": [{"set_field": {"field": "lead.quality", "value": "抢先"}}],
    }
    draft = new_draft(desk.ws, rival, desk.ops)
    with pytest.raises(Invalid) as error:
        submit(desk.ws, draft.id, "请看", desk.ops)
    assert "没有联系方式" in refusal(error)
