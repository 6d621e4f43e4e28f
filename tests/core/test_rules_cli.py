"""`clew rules …` in a process of its own: reading, Git and back without loss, checks, trials, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, RulePack, RuleRecord, RuleVersion, Task
from clew.core.rulebook.compare import compare
from clew.core.rulebook.overview import open_version
from clew.core.rulebook.publishing import approve
from clew.core.rulebook.versions import begin_draft, new_draft, open_draft, save_draft, submit
from clew.core.running import drain
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace
from clew.rules.language.dumping import dump_pack
from clew.rules.packs.reading import load_pack

CODE = "quality-unreachable"
Clew = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def clew(workspace: Workspace, tmp_path: Path) -> Clew:
    """Run `clew …` as people do; it speaks English, or Chinese with `lang="zh"`."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("CLEW_")}
    settings = {
        "CLEW_DATABASE_URL": workspace.settings.database_url,
        "CLEW_QUEUE_PATH": workspace.settings.queue_path,
        "COLUMNS": "200",
        "USER": "shen",
    }

    def run(*arguments: object, lang: str = "en") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "clew.core.cli", "rules", *map(str, arguments)]
        environment = {**mine, **settings, "LC_ALL": "zh_CN.UTF-8" if lang == "zh" else "C.UTF-8"}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return run


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def _pack_of(code: str, folder: Path) -> Path:
    return folder / f"{RuleRecord.get(RuleRecord.code == code).pack}.yaml"


def test_all_rules_go_to_git_and_back_without_loss(clew: Clew, tmp_path: Path) -> None:
    written = clew("export", "rules")
    assert written.returncode == 0, written.stderr
    back = {d["id"]: d for p in (tmp_path / "rules").iterdir() for d in load_pack(p.read_text("utf-8")).documents}
    assert back == {row.code: row.document for row in RuleRecord.select().where(RuleRecord.retired_at.is_null())}
    before = JournalLine.select().count()
    again = clew("import", "rules")
    assert again.returncode == 0, again.stderr
    assert again.stdout.strip() == f"drafts made: 0; unchanged: {len(back)}"
    assert JournalLine.select().count() == before, "nothing to change, nothing written"
    clew("export", "twice")
    assert {p.name: p.read_text("utf-8") for p in (tmp_path / "twice").iterdir()} == {
        p.name: p.read_text("utf-8") for p in (tmp_path / "rules").iterdir()
    }


def test_what_was_changed_in_git_is_a_draft_with_exactly_that_difference(clew: Clew, tmp_path: Path) -> None:
    clew("export", "rules")
    title = RuleRecord.get(RuleRecord.code == CODE).document["title"]["zh"]
    _edit(_pack_of(CODE, tmp_path / "rules"), title, "没有电话也没有邮箱")
    dry = clew("import", "rules", "--dry-run", lang="zh")
    assert "没有电话也没有邮箱" in dry.stdout
    assert "1 条会成为草稿" in dry.stdout
    assert open_draft(CODE) is None
    assert "drafts made: 1" in clew("import", "rules").stdout
    draft = open_draft(CODE)
    assert draft is not None
    assert (draft.state, draft.author_name, draft.base) == ("draft", "shen", 1)
    row = RuleRecord.get(RuleRecord.code == CODE)
    found = [one for one in compare(row.document, draft.document) if one.path]
    assert [(one.path, one.after) for one in found] == [("title.zh", "没有电话也没有邮箱")]
    assert row.version == 1, "what is in force stays"
    assert RuleVersion.select().where(RuleVersion.state == "draft").count() == 1


def test_a_change_of_one_rule_changes_its_lines_alone(clew: Clew, workspace: Workspace, company: Any) -> None:
    before = clew("export", "-").stdout.splitlines()
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = begin_draft(workspace, CODE, ops)
    save_draft(workspace, draft.id, {**draft.document, "priority": 77}, ops)
    approve(workspace, submit(workspace, draft.id, "", ops).id, manager)
    after = clew("export", "-").stdout.splitlines()
    gone, come = [line for line in before if line not in after], [line for line in after if line not in before]
    assert gone == []
    assert [line.strip() for line in come] == ["version: 2", "priority: 77"] or come == ["    priority: 77"]
    assert len(after) - len(before) <= 2


def test_a_new_pack_keeps_its_title_and_order(clew: Clew, tmp_path: Path, workspace: Workspace) -> None:
    document = RuleRecord.get(RuleRecord.code == CODE).document
    pack = {
        "id": "spring",
        "title": {"zh": "春季活动", "en": "Spring"},
        "rules": [{**document, "id": "spring-b"}, {**document, "id": "spring-a"}],
    }
    (tmp_path / "spring.yaml").write_text(dump_pack(pack), encoding="utf-8")
    assert "drafts made: 2" in clew("import", "spring.yaml").stdout
    row = RulePack.get(RulePack.code == "spring")
    assert (row.title, row.rules) == ({"zh": "春季活动", "en": "Spring"}, ["spring-b", "spring-a"])
    again = clew("import", "spring.yaml")
    assert again.returncode == 0
    assert RuleVersion.select().where(RuleVersion.code.startswith("spring")).count() == 2


def test_import_overwrites_nobodys_draft(clew: Clew, tmp_path: Path, workspace: Workspace, company: Any) -> None:
    clew("export", "rules")
    title = RuleRecord.get(RuleRecord.code == CODE).document["title"]["zh"]
    _edit(_pack_of(CODE, tmp_path / "rules"), title, "改了")
    mine = begin_draft(workspace, CODE, Origin(Actor.of(company.user("ops")), "console"))
    refused = clew("import", "rules")
    assert refused.returncode == 1
    assert "is with ops 同事" in refused.stderr
    assert RuleVersion.get_by_id(mine.id).document == mine.document


def test_a_file_that_is_no_pack_says_where_and_writes_nothing(clew: Clew, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("id: p\ntitle: {zh: 包, en: P}\nrules:\n  - {id: x, trigger: 5}\n", "utf-8")
    refused = clew("import", "bad.yaml")
    assert refused.returncode == 1
    assert "bad.yaml" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert clew("import", "nowhere.yaml").returncode == 1
    assert not RuleVersion.select().where(RuleVersion.state == "draft").exists()


def test_check_ends_with_1_and_shows_an_example_where_rules_conflict(clew: Clew, tmp_path: Path) -> None:
    assert clew("check").returncode == 0
    wrong = {
        "id": "wrong",
        "title": {"zh": "错", "en": "Wrong"},
        "purpose": {"zh": "试", "en": "A try"},
        "trigger": "lead.created",
        "when": {
            "all": [{"field": "lead.budget", "op": ">", "value": 5}, {"field": "lead.budget", "op": "<", "value": 5}]
        },
        "then": [{"set_field": {"field": "lead.quality", "value": "优质"}}],
    }
    pack = {"id": "p", "title": {"zh": "包", "en": "P"}, "rules": [wrong]}
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(pack, allow_unicode=True), "utf-8")
    found = clew("check", "p.yaml", lang="zh")
    assert found.returncode == 1
    assert "wrong" in found.stdout
    assert "1 个错误" in found.stdout


def test_test_cases_run_from_a_file_and_end_with_1_if_one_fails(clew: Clew, tmp_path: Path) -> None:
    document = RuleRecord.get(RuleRecord.code == CODE).document
    case = {"title": {"zh": "有电话", "en": "Phone"}, "event": "lead.created", "facts": {"contact.has_phone": True}}
    for fires, code in ((True, 1), (False, 0)):
        tested = {**document, "tests": [{**case, "expect": {"fires": fires}}]}
        pack = {"id": "p", "title": {"zh": "包", "en": "P"}, "rules": [tested]}
        (tmp_path / "p.yaml").write_text(dump_pack(pack), encoding="utf-8")
        found = clew("test", "p.yaml")
        assert found.returncode == code, found.stdout + found.stderr
        assert f"1 cases, {code} failed" in found.stdout


def test_rules_are_listed_and_shown_in_the_terminals_language(clew: Clew) -> None:
    row = RuleRecord.get(RuleRecord.code == CODE)
    english, chinese = clew("list").stdout, clew("list", lang="zh").stdout
    assert row.document["title"]["en"] in english
    assert "v1 In force" in english
    assert row.document["title"]["zh"] in chinese
    assert "v1 生效中" in chinese
    assert yaml.safe_load(clew("show", CODE, "--yaml").stdout) == row.document
    assert clew("show", CODE, lang="zh").stdout.splitlines()[1].endswith("。")
    assert clew("show", "none").returncode == 1


def test_a_rule_is_tried_on_a_lead_and_on_made_up_facts(clew: Clew, tmp_path: Path, workspace: Workspace) -> None:
    lead = intake.take(workspace, {"company": "恒锐精密有限公司", "email": "a@a.example"}, SYSTEM).lead
    tried = clew("try", CODE, "恒锐精密有限公司", lang="zh")
    assert tried.returncode == 0, tried.stderr
    assert "不会触发" in tried.stdout
    assert "✗" in tried.stdout, "the clause that failed"
    (tmp_path / "facts.json").write_text(
        json.dumps({"lead.outcome": "open", "contact.has_phone": False, "contact.has_email": False})
    )
    assert "would fire" in clew("try", CODE, "--facts", "facts.json").stdout
    assert clew("try", CODE).returncode == 2
    assert Lead.get_by_id(lead.id).revision == lead.revision


def test_a_draft_is_submitted_here_and_approved_by_a_person(
    clew: Clew, workspace: Workspace, company: Any, tmp_path: Path
) -> None:
    assert clew("submit", CODE).returncode == 1
    clew("export", CODE, "rules")
    title = RuleRecord.get(RuleRecord.code == CODE).document["title"]["zh"]
    _edit(_pack_of(CODE, tmp_path / "rules"), title, "改了")
    clew("import", "rules")
    assert "version 2 waits for approval" in clew("submit", CODE, "--note", "请看").stdout
    refused = clew("approve", CODE, lang="zh")
    assert refused.returncode == 1
    assert "四眼原则" in refused.stderr
    draft = open_version(CODE)
    assert draft is not None
    approve(workspace, draft.id, Origin(Actor.of(company.user("manager")), "console"))
    assert "→ 改了" in clew("compare", CODE, 1, 2).stdout
    assert "version 1 is in force as version 3" in clew("rollback", CODE, 1, "--reason", "改错了").stdout
    listed = clew("versions", CODE, lang="zh").stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["v3", "v2", "v1"]
    assert "is retired" in clew("retire", CODE, "--yes").stdout
    assert RuleRecord.get(RuleRecord.code == CODE).retired_at is not None


def test_effects_are_undone_after_a_preview(clew: Clew, workspace: Workspace, company: Any) -> None:
    document = {
        "id": "call-today",
        "title": {"zh": "当天致电", "en": "Call today"},
        "trigger": "lead.created",
        "then": [{"create_task": {"title": "当天致电", "assignee": "owner"}}],
    }
    ops, manager = (Origin(Actor.of(company.user(role)), "console") for role in ("ops", "manager"))
    draft = new_draft(workspace, {**document, "purpose": {"zh": "试", "en": "A try"}}, ops)
    approve(workspace, submit(workspace, draft.id, "", ops).id, manager)
    intake.take(workspace, {"company": "恒锐精密有限公司", "email": "a@a.example", "region": "江苏"}, SYSTEM)
    drain(workspace)
    assert Task.get(Task.title == "当天致电").state == "open"
    span = ("--since", "2026-11-24T00:00", "--until", "2026-11-25T00:00")
    asked = clew("undo", "call-today", 1, *span, lang="zh")
    assert asked.returncode == 1, "nobody said yes"
    assert "可以撤销 1 项" in asked.stdout
    assert Task.get(Task.title == "当天致电").state == "open"
    done = clew("undo", "call-today", 1, *span, "--yes", "--reason", "写错了")
    assert "1 effect undone, 0 kept" in done.stdout, done.stderr
    assert Task.get(Task.title == "当天致电").state == "cancelled"
    line = JournalLine.get(JournalLine.kind == "rule.undone")
    assert (line.reason, line.channel, line.actor_name) == ("写错了", "cli", "shen")
