"""Law 1: one door. Every other way to write a record is refused, and a passage is whole or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.company.switches import switch_plugin
from clew.core.errors import Conflict, DoorClosed, Forbidden, Invalid, NotFound
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import BUNDLED, CalendarDay, Contact, Customer, Task, Team, User
from clew.core.storage.system_tables import Dispatch, JournalLine
from clew.core.workspace import Workspace

PAST_THE_MODELS: dict[str, Callable[[Team], Any]] = {
    "create": lambda team: Team.create(id="x", name="x", created_at=team.created_at, updated_at=team.updated_at),
    "save": lambda team: team.save(),
    "insert": lambda team: Team.insert(id="x", name="x", created_at=team.created_at).execute(),
    "insert_many": lambda team: Team.insert_many([{"id": "x", "name": "x"}]).execute(),
    "bulk_create": lambda team: Team.bulk_create([Team(id="x", name="x")]),
    "bulk_update": lambda team: Team.bulk_update([team], fields=[Team.name]),
    "update": lambda team: Team.update(name="x").execute(),
    "delete": lambda team: Team.delete().execute(),
    "delete_instance": lambda team: team.delete_instance(recursive=True),
    "truncate_table": lambda team: Team.truncate_table(),
    "drop_table": lambda team: Team.drop_table(),
}
RAW_SQL = (
    "UPDATE team SET name = 'x'",
    "update\n\t team set name = 'x'",
    "UPDATE \"team\" SET name = 'x'",
    "UPDATE Team SET name = 'x'",
    "DELETE FROM team",
    "DELETE/* quietly */FROM team",
    "DELETE FROM -- quietly\n team",
    "INSERT INTO team (id, name) VALUES ('x', 'x')",
    "WITH t AS (SELECT 1) UPDATE team SET name = 'x'",
    "WITH t AS (SELECT 1) INSERT INTO team (id, name) SELECT 'x', 'x'",
    "SELECT 1; DELETE FROM team",
    "SELECT '--'; DELETE FROM team",
    "DROP TABLE team",
    "DROP TABLE IF EXISTS team",
    "ALTER TABLE team RENAME TO crowd",
)
RAW_SQLITE = (
    "UPDATE OR IGNORE team SET name = 'x'",
    "INSERT OR REPLACE INTO team (id, name) VALUES ('x', 'x')",
    "REPLACE INTO team (id, name) VALUES ('x', 'x')",
    "UPDATE [team] SET name = 'x'",
    "DELETE FROM `team`",
    "DELETE FROM main.team",
    'DELETE FROM "main" . "team"',
)
RAW_POSTGRES = (
    "UPDATE ONLY team SET name = 'x'",
    "DELETE FROM public.team",
    "TRUNCATE team CASCADE",
    "TRUNCATE TABLE ONLY team CASCADE",
    "TRUNCATE seal, team CASCADE",
    "MERGE INTO team USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "COPY team FROM PROGRAM 'true'",
)


@pytest.fixture
def team(any_workspace: Workspace) -> Team:
    """One record to attack."""
    return any_workspace.door.create("team", {"name": "华东一部"}, SYSTEM).record


def _unharmed(ws: Workspace) -> None:
    assert not ws.db.in_transaction()
    assert [row.name for row in Team.select()] == ["华东一部"]


@pytest.mark.parametrize("way", PAST_THE_MODELS)
def test_the_models_refuse_to_write_past_the_door(any_workspace: Workspace, team: Team, way: str) -> None:
    with pytest.raises(DoorClosed, match=r"did not pass the door; use workspace\.door"):
        PAST_THE_MODELS[way](team)
    _unharmed(any_workspace)


@pytest.mark.parametrize("sql", RAW_SQL)
def test_raw_sql_is_refused_on_both_databases(any_workspace: Workspace, team: Team, sql: str) -> None:
    with pytest.raises(DoorClosed):
        any_workspace.db.execute_sql(sql)
    _unharmed(any_workspace)


@pytest.mark.parametrize("sql", RAW_SQLITE)
def test_sqlites_own_spellings_are_refused(workspace: Workspace, sql: str) -> None:
    with pytest.raises(DoorClosed):
        workspace.db.execute_sql(sql)


@pytest.mark.postgres
@pytest.mark.parametrize("sql", RAW_POSTGRES)
def test_postgresqls_own_spellings_are_refused(postgres_workspace: Workspace, sql: str) -> None:
    with pytest.raises(DoorClosed):
        postgres_workspace.db.execute_sql(sql)


def test_every_kind_of_record_stands_behind_the_door(workspace: Workspace) -> None:
    for kind, model in ((one.name, one.model) for one in BUNDLED):
        with pytest.raises(DoorClosed):
            model.update(revision=9).execute()
        assert model._meta.table_name, kind


def test_the_door_shuts_behind_a_transaction_that_failed(any_workspace: Workspace, team: Team) -> None:
    with pytest.raises(RuntimeError), any_workspace.door.transaction(SYSTEM):
        raise RuntimeError("no")
    with pytest.raises(DoorClosed):
        team.save()


def test_reading_needs_no_door(any_workspace: Workspace, team: Team) -> None:
    said = "update of team, delete from team"
    assert any_workspace.db.execute_sql("SELECT count(*) FROM team WHERE name != 'x'").fetchone()[0] == 1
    assert Team.select().where(Team.name == said).count() == 0


def test_a_transaction_that_fails_leaves_nothing(any_workspace: Workspace) -> None:
    def everything() -> list[int]:
        return [model.select().count() for model in (*(one.model for one in BUNDLED), JournalLine, Dispatch)]

    before = everything()
    with pytest.raises(Invalid), any_workspace.door.transaction(SYSTEM) as tx:
        tx.create("customer", {"name": "恒锐精密"}, key="k")
        tx.note("user.exported", "user", "nobody")
        tx.create("customer", {"name": ""})
    assert everything() == before
    again = any_workspace.door.create("customer", {"name": "恒锐精密"}, SYSTEM, "k")
    assert again.new, "the key of a rolled-back call is free"


def test_a_write_is_one_line_with_before_and_after(any_workspace: Workspace) -> None:
    asker = Origin(Actor("import", "i1", "展会名单"), "import", ip="192.0.2.7", reason="更正")
    customer = any_workspace.door.create("customer", {"name": "恒锐精密"}, SYSTEM).record
    any_workspace.door.change("customer", customer.id, {"region": "江苏", "name": "恒锐精密"}, asker)
    line = JournalLine.select().order_by(JournalLine.seq.desc()).first()
    assert (line.kind, line.record_kind, line.record_id) == ("customer.changed", "customer", customer.id)
    assert (line.before, line.after) == ({"region": ""}, {"region": "江苏"})
    assert (line.actor_kind, line.actor_name, line.ip, line.channel, line.reason) == (
        *("import", "展会名单", "192.0.2.7", "import", "更正"),
    )
    assert line.customer_id == customer.id
    assert line.record_revision == Customer.get_by_id(customer.id).revision == 2


def test_a_change_to_what_is_there_already_writes_nothing(any_workspace: Workspace) -> None:
    customer = any_workspace.door.create("customer", {"name": "恒锐精密", "region": "江苏"}, SYSTEM).record
    lines = JournalLine.select().count()
    assert any_workspace.door.change("customer", customer.id, {"region": " 江苏 "}, SYSTEM).revision == 1
    assert JournalLine.select().count() == lines


def test_the_same_key_with_the_same_content_finds_the_first_record(any_workspace: Workspace) -> None:
    first = any_workspace.door.create("customer", {"name": "恒锐精密"}, SYSTEM, "order-1")
    lines = JournalLine.select().count()
    second = any_workspace.door.create("customer", {"name": "恒锐精密"}, SYSTEM, "order-1")
    assert (first.new, second.new) == (True, False)
    assert second.record.id == first.record.id
    assert JournalLine.select().count() == lines


@pytest.mark.parametrize(("kind", "values"), [("customer", {"name": "云织"}), ("task", {"title": "恒锐精密"})])
def test_the_same_key_for_something_else_is_a_conflict(any_workspace: Workspace, kind: str, values: Any) -> None:
    any_workspace.door.create("customer", {"name": "恒锐精密"}, SYSTEM, "order-1")
    with pytest.raises(Conflict, match="'order-1' was used for a call with other content"):
        any_workspace.door.create(kind, values, SYSTEM, "order-1")
    assert (Customer.select().count(), Task.select().count()) == (1, 0)


def test_who_saw_an_older_revision_does_not_overwrite(any_workspace: Workspace) -> None:
    customer = any_workspace.door.create("customer", {"name": "恒锐精密"}, SYSTEM).record
    any_workspace.door.change("customer", customer.id, {"region": "江苏"}, SYSTEM, revision=1)
    with pytest.raises(Conflict, match="revision 2, you saw 1"):
        any_workspace.door.change("customer", customer.id, {"region": "浙江"}, SYSTEM, revision=1)
    assert Customer.get_by_id(customer.id).region == "江苏"


def test_an_unknown_field_is_named_with_the_nearest_one(any_workspace: Workspace) -> None:
    with pytest.raises(Invalid) as refused:
        any_workspace.door.create("customer", {"name": "恒锐精密", "regoin": "江苏"}, SYSTEM)
    assert "did you mean 'region'" in str(refused.value)
    assert "是不是「region」" in refused.value.text.zh


@pytest.mark.parametrize("name", ["id", "revision", "created_at", "updated_at", "extra_"])
def test_what_the_system_sets_nobody_else_sets(workspace: Workspace, name: str) -> None:
    with pytest.raises(Invalid):
        workspace.door.create("customer", {"name": "恒锐精密", name: "1"}, SYSTEM)


def test_every_problem_is_told_at_once(workspace: Workspace) -> None:
    with pytest.raises(Invalid) as refused:
        workspace.door.create("contact", {"phone": "12", "email": "nobody", "customer_id": "x"}, SYSTEM)
    assert {problem.field for problem in refused.value.problems} == {"phone", "email"}


def test_a_change_to_nothing_is_not_found(any_workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        any_workspace.door.change("customer", "01NOBODY", {"region": "江苏"}, SYSTEM)


def test_who_may_not_write_is_refused_before_anything_else(workspace: Workspace, company: Any) -> None:
    seller = Origin(Actor.of(company.user("sales")), "console")
    for kind in ("team", "rule", "plugin", "invoice", "api_token"):
        with pytest.raises(Forbidden):
            workspace.door.create(kind, {"nonsense": 1}, seller)


def test_secrets_never_reach_the_journal(any_workspace: Workspace, found: Any) -> None:
    from clew.core.people.sign_in import issue_token

    company = found(any_workspace)
    user = company.user("admin")
    key = issue_token(any_workspace, user, "erp", SYSTEM)
    switch_plugin(any_workspace, "webhook", True, SYSTEM, {"url": "http://127.0.0.1:1/", "secret": "hush-hush"})
    switch_plugin(any_workspace, "webhook", True, SYSTEM, {"url": "http://127.0.0.1:2/", "secret": "hush-again"})
    any_workspace.door.change("user", user.id, {"password_hash": "argon2-of-something"}, SYSTEM)
    stored = User.get_by_id(user.id).password_hash
    everything = "\n".join(f"{line.before} {line.after}" for line in JournalLine.select())
    for secret in (key, "hush-", stored, "argon2", company.password):
        assert secret not in everything
    assert "[set]" in everything


def test_configuration_is_followed_at_once(workspace: Workspace) -> None:
    workspace.door.create("calendar_day", {"day": "2026-11-25", "working": False, "name": "店庆"}, SYSTEM)
    day = CalendarDay.get(CalendarDay.name == "店庆").day
    assert not workspace.calendar.main.is_working_day(day)


def test_what_is_taken_or_leads_nowhere_is_refused_in_words(any_workspace: Workspace, found: Any) -> None:
    ws = any_workspace
    found(ws)
    with pytest.raises(Conflict, match="another team has the same “Name”"):
        ws.door.create("team", {"name": Team.get().name}, SYSTEM)
    with pytest.raises(Invalid, match="does not exist"):
        ws.door.create("contact", {"customer_id": "nobody", "name": "张三"}, SYSTEM)
    assert not Contact.select().exists()
