"""The company as a folder: out of one installation and into another, nothing lost, nothing half-written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.company import company_group
from clew.core.company.portable.applying import apply
from clew.core.company.portable.reading import read
from clew.core.company.portable.writing import export, write
from clew.core.company.presets.choosing import choose
from clew.core.company.switches import switch_plugin
from clew.core.demo import company as demo
from clew.core.errors import ClewError, Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Lead, RuleRecord, Team, User
from clew.core.opening import open_workspace
from clew.core.running import drain
from clew.core.settings import Settings
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

LEAD = {"company": "恒锐精密", "phone": "13812345678", "industry": "精密加工", "region": "江苏", "budget": 400_000}


@pytest.fixture
def lived(workspace: Workspace, company: Any) -> Workspace:
    """A company with what ops add to one: a plugin, a kind, a field, a role, a day off, rules off and retired."""
    ws = workspace
    switch_plugin(ws, "car_dealer", True, SYSTEM)
    switch_plugin(ws, "webhook", True, SYSTEM, {"url": "http://127.0.0.1:1/in", "secret": "hush-hush"})
    with ws.door.transaction(SYSTEM) as tx:
        tx.create(
            "kind_definition", {"name": "sample", "title_zh": "样品", "title_en": "Sample", "belongs_to": ["customer"]}
        )
        words = {"label_zh": "型号", "label_en": "Model", "type": "text", "required": True}
        tx.create("field_definition", {"kind": "sample", "name": "model", **words})
        team, person = company.teams["华东一部"], company.sellers["华东一部"][0]
        below = {"name": "昆山组", "parent_id": team.id, "deputy_id": company.managers["华东一部"].id}
        tx.create("team", below)
        tx.change("user", person.id, {"deputy_id": company.managers["华东一部"].id, "phone": "13800001111"})
        tx.create("calendar_day", {"day": "2026-12-25", "working": False, "name": "年会"})
        week = {"fri": ["20:00-02:00"]}
        own = tx.create("calendar", {"name": "夜班", "scope": "team", "of_id": team.id, "week": week}).record
        tx.create("calendar", {"name": "半天", "scope": "person", "of_id": person.id, "week": {"mon": ["09:00-12:00"]}})
        tx.create("calendar_day", {"calendar_id": own.id, "day": "2026-12-26", "working": False, "name": "搬家"})
        away = {"from_at": "2026-12-01T01:00:00+00:00", "to_at": "2026-12-02T10:00:00+00:00"}
        leave = {"user_id": person.id, **away, "deputy_id": company.managers["华东一部"].id}
        tx.change("leave", tx.create("leave", leave).record.id, {"cancelled": True})
        tx.create("leave", leave)
        cells = {"*": {"see": "own"}}
        tx.create("role", {"name": "presales", "title_zh": "售前", "cells": cells, "permissions": []})
        tx.create("user", {"email": "pre@test.example", "name": "售前甲", "roles": ["presales"], "active": False})
        off = RuleRecord.get(RuleRecord.pack == "sop")
        tx.change("rule", off.id, {"enabled": False})
    ws.refresh()
    return ws


@pytest.fixture
def anew(tmp_path: Path) -> Iterator[Callable[[], Workspace]]:
    """A function that opens an empty workspace beside the first, which may not be used any more."""
    made: list[Workspace] = []

    def open_() -> Workspace:
        made.append(open_workspace(settings=Settings(f"sqlite:///{tmp_path / f'new{len(made)}.db'}"), migrate=True))
        return made[-1]

    yield open_
    for ws in made:
        ws.close()


def owner_of_a_new_lead(ws: Workspace) -> tuple[str, str]:
    """Return the team and the owner that rules give a lead, by name."""
    lead = intake.take(ws, LEAD, SYSTEM).lead
    drain(ws)
    lead = Lead.get_by_id(lead.id)
    return lead.team.name, lead.owner.email


def test_out_and_in_again_nothing_is_lost(lived: Workspace, anew: Callable[[], Workspace], tmp_path: Path) -> None:
    write(lived, tmp_path / "out")
    before = export(lived)
    route = owner_of_a_new_lead(lived)
    other = anew()
    applied = apply(other, read(other, tmp_path / "out"), SYSTEM)
    assert applied.made["user"] == len(list(User.select()))
    assert [note.en for note in applied.notes] == ["plugin 'webhook' stays off: Signing secret is needed"]
    switch_plugin(other, "webhook", True, SYSTEM, {"url": "http://127.0.0.1:1/in", "secret": "another"})
    assert export(other) == before
    assert owner_of_a_new_lead(other) == route
    assert other.kinds["sample"].by_name["model"].required
    lines = JournalLine.select().count()
    again = apply(other, read(other, tmp_path / "out"), SYSTEM)
    assert not again.anything
    assert JournalLine.select().count() == lines, "done twice, it writes nothing"


def test_no_secret_leaves_the_house(lived: Workspace) -> None:
    written = "\n".join(export(lived).values())
    assert "hush-hush" not in written
    assert "password" not in written
    assert "argon2" not in written
    assert "http://127.0.0.1:1/in" in written


def test_a_dry_run_and_a_wrong_file_write_nothing(
    lived: Workspace, anew: Callable[[], Workspace], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    write(lived, folder)
    other = anew()
    before, lines = export(other), JournalLine.select().count()
    assert apply(other, read(other, folder), SYSTEM, dry_run=True).made["team"] == 6
    (folder / "user.yaml").write_text((folder / "user.yaml").read_text("utf-8") + "- email: x@test.example\n", "utf-8")
    with pytest.raises(Invalid, match=r"x@test\.example"):
        apply(other, read(other, folder), SYSTEM)
    assert (export(other), JournalLine.select().count()) == (before, lines)
    assert not Team.select().exists()


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("company.yaml", "format: 2\n", "format should be 1"),
        ("company.yaml", "format: 1\nowner: me\n", "no 'owner'"),
        ("company.yaml", "format: 1\nrules:\n  of: []\n", "two lists, off and retired"),
        ("company.yaml", "format: 1\ncompany:\n- code: other\n", "always 'company'"),
        ("company.yaml", "format: 1\ncompany:\n- code: company\n  zone: Mars/North\n", "no time zone 'Mars/North'"),
        ("company.yaml", "format: 1\ncompany:\n- code: company\n  size: huge\n", "huge"),
        ("team.yaml", "team:\n- name: 华东\n- nmae: 华南\n", "line 3: there is no 'nmae': did you mean 'name'"),
        ("team.yaml", "team:\n- nmae: 华东\n", "no 'nmae': did you mean 'name'"),
        (
            "team.yaml",
            "team:\n- name: 华东\n  manager_id: nobody@test.example\n",
            "'nobody@test.example', which is not there",
        ),
        ("team.yaml", "team:\n- name: 华东\n- name: 华东\n", "'华东' is there twice"),
        ("team.yaml", "team: 华东\n", "should be a list"),
        ("team.yaml", "team:\n- 华东\n", "should be a list"),
        ("team.yaml", "team:\n- name: [华东]\n", "name"),
        ("team.yaml", 'team:\n- name: "a\\0b"\n', "can't be saved|characters"),
        ("team.yaml", "a: &a [x]\nb: *a\n", "aliases"),
        ("teams.yaml", "team: []\n", "no such file: did you mean 'team.yaml'"),
        (
            "user.yaml",
            "user:\n- email: a@x.example\n  name: 甲\n  roles: [sales]\n  team_id: 华东1部\n",
            "which is not there",
        ),
        ("role.yaml", "role:\n- name: boss\n  title_zh: 老板\n  cells: {lead: {see: evryone}}\n", "evryone"),
        ("role.yaml", "role:\n- name: boss\n  title_zh: 老板\n  cells: 5\n  permissions: 7\n", "boss"),
        ("plugin.yaml", "plugin:\n- name: nothere\n  enabled: true\n", "nothere"),
        ("calendar_day.yaml", "calendar_day:\n- day: 2026-02-31\n  working: true\n", "day"),
        (
            "rules/own.yaml",
            "id: own\ntitle: {zh: 自己的, en: Own}\nrules:\n- id: x\n  title: {zh: 甲, en: A}\n  purpose: {zh: 甲, en: A}\n"
            "  trigger: lead.created\n  when: {field: lead.bugdet, op: '>', value: 1}\n  then:\n"
            "  - set_field: {field: lead.quality, value: 合格}\n",
            "did you mean 'lead.budget'",
        ),
        ("rules/own.yaml", "id: own\ntitle: {zh: 自己的, en: Own}\nrules:\n- id: x\n", "rules"),
    ],
)
def test_a_wrong_folder_says_what_is_wrong_and_where(
    workspace: Workspace, tmp_path: Path, file: str, text: str, said: str
) -> None:
    folder = tmp_path / "in"
    (folder / "rules").mkdir(parents=True)
    (folder / "company.yaml").write_text("format: 1\n", "utf-8")
    (folder / file).write_text(text, "utf-8")
    with pytest.raises(ClewError, match=said):
        apply(workspace, read(workspace, folder), SYSTEM)
    assert not Team.select().exists()


def test_a_link_out_of_the_folder_is_not_followed(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("team:\n- name: 外面\n", "utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "company.yaml").write_text("format: 1\n", "utf-8")
    (folder / "team.yaml").symlink_to(secret)
    with pytest.raises(Invalid, match="leads out of the folder"):
        read(workspace, folder)


def test_on_the_command_line(workspace: Workspace, company: Any, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(company_group, words, obj=lambda: workspace)

    folder = tmp_path / "out"
    assert "files written to" in run("export", str(folder)).output
    assert "nothing changed" in run("import", str(folder)).output
    (folder / "team.yaml").write_text("team:\n- name: 新队\n", "utf-8")
    tried = run("import", str(folder), "--dry-run")
    assert "a dry run" in tried.output
    assert not Team.select().where(Team.name == "新队").exists()
    assert run("import", str(folder)).exit_code == 0
    assert Team.select().where(Team.name == "新队").exists()
    (folder / "team.yaml").write_text("team: 1\n", "utf-8")
    wrong = run("import", str(folder))
    assert wrong.exit_code == 1
    assert "team.yaml" in wrong.output
    assert "nothing was written" in wrong.output


@pytest.mark.slow
def test_the_demo_company_comes_through_byte_for_byte(
    workspace: Workspace, anew: Callable[[], Workspace], tmp_path: Path
) -> None:
    demo.found(workspace)
    choose(workspace, "medium", SYSTEM)
    before = export(workspace)
    write(workspace, tmp_path / "demo")
    route = owner_of_a_new_lead(workspace)
    other = anew()
    apply(other, read(other, tmp_path / "demo"), SYSTEM)
    assert other.settings.company == "远川工业"
    write(other, tmp_path / "again")
    assert folder_of(tmp_path / "again") == folder_of(tmp_path / "demo")
    assert (export(other), owner_of_a_new_lead(other)) == (before, route)


def folder_of(path: Path) -> dict[str, bytes]:
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}


def test_rules_off_may_be_written_without_quotes(workspace: Workspace, tmp_path: Path) -> None:
    write(workspace, tmp_path)
    (tmp_path / "company.yaml").write_text("format: 1\nrules:\n  off: [sop-demo]\n", "utf-8")
    apply(workspace, read(workspace, tmp_path), SYSTEM)
    assert RuleRecord.get(RuleRecord.code == "sop-demo").enabled is False


def test_replacing_retires_what_the_folder_does_not_speak_of(
    workspace: Workspace, company: Any, tmp_path: Path
) -> None:
    write(workspace, tmp_path)
    with workspace.door.transaction(SYSTEM) as tx:
        tx.create("user", {"email": "extra@test.example", "name": "多出来的", "roles": ["sales"]})
        words = {"label_zh": "多出来的", "label_en": "Extra", "type": "text"}
        tx.create("field_definition", {"kind": "lead", "name": "extra_one", **words})
    (tmp_path / "rules" / "sop.yaml").unlink()
    given = read(workspace, tmp_path)
    assert apply(workspace, given, SYSTEM).anything is False, "without --replace it stays"
    tried = apply(workspace, given, SYSTEM, dry_run=True, replace=True)
    assert User.get(User.email == "extra@test.example").active
    done = apply(workspace, given, SYSTEM, replace=True)
    assert done.retired == tried.retired
    assert set(done.retired) == {
        ("user", "extra@test.example"),
        ("field_definition", "lead / extra_one"),
        ("rule", "sop-demo"),
        ("rule", "sop-diagnosis"),
    }
    assert not User.get(User.email == "extra@test.example").active
    assert User.select().where(User.active).count() == len(company.managers) * 3 + 5
    assert apply(workspace, given, SYSTEM, replace=True).retired == []


def test_replacing_leaves_somebody_who_sees_to_people(workspace: Workspace, company: Any, tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text("format: 1\n", "utf-8")
    assert not apply(workspace, read(workspace, tmp_path), SYSTEM, replace=True).anything, "of no file nothing is said"
    only = "user:\n- email: only@test.example\n  name: 一个人\n  roles: [sales]\n"
    (tmp_path / "user.yaml").write_text(only, "utf-8")
    done = apply(workspace, read(workspace, tmp_path), SYSTEM, replace=True)
    assert any("admin@test.example" in note.en for note in done.notes), "the last administrator can't be switched off"
    seeing = [user for user in User.select().where(User.active) if "admin" in user.roles]
    assert seeing


def test_the_command_asks_before_it_retires(workspace: Workspace, company: Any, tmp_path: Path) -> None:
    write(workspace, tmp_path)
    workspace.door.create("user", {"email": "extra@test.example", "name": "多", "roles": ["sales"]}, SYSTEM)

    def run(answer: str, *words: str) -> Any:
        return CliRunner().invoke(company_group, ["import", str(tmp_path), *words], input=answer, obj=lambda: workspace)

    asked = run("n\n", "--replace")
    assert "extra@test.example" in asked.output
    assert asked.exit_code == 1
    assert User.get(User.email == "extra@test.example").active
    assert run("", "--replace", "--yes").exit_code == 0
    assert not User.get(User.email == "extra@test.example").active


def test_a_folder_after_which_nobody_could_change_roles_is_refused(
    workspace: Workspace, company: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    write(workspace, folder)
    text = "role:\n- name: admin\n  title_zh: 管理员\n  title_en: Administrator\n  permissions: []\n  cells: {}\n"
    (folder / "role.yaml").write_text(text, "utf-8")
    for dry_run in (True, False):
        with pytest.raises(Invalid, match="nobody could change roles"):
            apply(workspace, read(workspace, folder), SYSTEM, dry_run=dry_run)
    assert export(workspace)["role.yaml"] != text
