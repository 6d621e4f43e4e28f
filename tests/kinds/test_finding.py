"""Finding: by part of a name or number, in rows that the asker sees, and never a masked text digit by digit."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.finding.find import Found, find, searchable
from clew.core.finding.terms import enter_long, rebuild
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor
from clew.core.kinds import Lead, User
from clew.core.people.tokens import issue_token
from clew.core.process.words import stage_of
from clew.core.storage.database import database
from clew.core.storage.reading import reading
from clew.core.storage.system_tables import SearchTerm

from ..app import app_of


@pytest.fixture
def ws(any_workspace: Any) -> Any:
    return any_workspace


@pytest.fixture
def look(ws: Any) -> Any:
    """A function that returns what somebody finds, as (kind, title)."""

    def asked(user: User, text: str) -> list[tuple[str, str]]:
        return [(one.kind.name, one.title.zh) for one in asked_whole(user, text)]

    def asked_whole(user: User, text: str) -> list[Found]:
        return find(ws.kinds, Actor.of(user), text, searchable(ws.kinds), stage_of(ws.processes))

    asked.whole = asked_whole  # type: ignore[attr-defined]
    return asked


@pytest.mark.parametrize(
    "text", ["恒锐", "锐精", "恒锐精密", "密", "恒锐 精密", "ＨＴ-2026", "ht 2026-0", "2026００9", "13812345678"]
)
def test_a_part_of_a_name_or_number_is_enough_whatever_its_width_and_case(
    ws: Any, made: Any, lead: Lead, look: Any, text: str
) -> None:
    owner = User.get_by_id(lead.owner_id)
    values = {"number": "HT-2026-009", "amount": 5, "lead_id": lead.id, "customer_id": lead.customer_id}
    ws.door.create("contract", values, SYSTEM)

    kinds = {kind for kind, _ in look(owner, text)}
    asked_number = "2026" in text.translate(str.maketrans("２０", "20"))
    expected = {"contract"} if asked_number else {"contact"} if text[0] == "1" else {"lead", "customer"}

    assert expected <= kinds
    assert ("contract" in kinds) == asked_number


@pytest.mark.parametrize("text", ["", " ", "　", "-", "\x00", "\ud800", "%", "_", "'", "恒锐\x00锐", "9" * 5000, "💥"])
def test_what_nobody_is_called_finds_nothing(made: Any, lead: Lead, look: Any, text: str) -> None:
    found = look(made.user("admin"), text)

    assert found == ([] if "恒锐" not in text else found)


def test_nobody_finds_what_they_do_not_see(made: Any, lead: Lead, look: Any) -> None:
    owner = User.get_by_id(lead.owner_id)
    stranger = next(one for team in made.sellers.values() for one in team if one.team_id != owner.team_id)

    assert ("lead", "恒锐精密") in look(owner, "恒锐")
    assert look(stranger, "恒锐") == []
    assert look(stranger, "13812345678") == []


def test_a_masked_number_is_found_by_the_whole_of_it_only(ws: Any, made: Any, lead: Lead, look: Any) -> None:
    owner, legal = User.get_by_id(lead.owner_id), made.user("legal")
    values = {"number": "HT-1", "amount": 5, "lead_id": lead.id, "customer_id": lead.customer_id}
    ws.door.create("contract", values, SYSTEM)  # So that legal sees the customer, and its contact masked.
    ws.door.change("contact", lead.contact_id, {"name": "沈国良", "email": "Shen@Heng.example"}, SYSTEM)

    assert ("contact", "沈国良") in look(owner, "5678")
    assert [one for one in look(legal, "13812345678") if one[0] == "contact"] == [("contact", "沈*良")]
    assert look.whole(legal, "138 1234-5678")[0].detail.zh == "138****5678"
    for part in ("5678", "1381234567", "沈国", "国良", "heng", "shen@"):
        assert not [one for one in look(legal, part) if one[0] == "contact"], part


def test_a_changed_name_is_found_and_the_old_one_is_not(ws: Any, made: Any, lead: Lead, look: Any) -> None:
    admin = made.user("admin")
    ws.door.change("lead", lead.id, {"company": "启明轴承"}, SYSTEM)

    assert ("lead", "启明轴承") in look(admin, "明轴")
    assert ("lead", "启明轴承") not in look(admin, "恒锐")


def test_kinds_made_at_run_time_are_found_and_an_index_made_anew_finds_the_same(
    ws: Any, made: Any, lead: Lead, look: Any
) -> None:
    admin = made.user("admin")
    ws.door.create("visit", {"place": "苏州厂区", "lead_id": lead.id, "customer_id": lead.customer_id}, SYSTEM)
    before = [look(admin, text) for text in ("苏州", "恒锐", "13812345678")]
    entries = SearchTerm.select().count()

    rebuild(ws.kinds)

    assert ("visit", "苏州厂区") in before[0]
    assert [look(admin, text) for text in ("苏州", "恒锐", "13812345678")] == before
    assert SearchTerm.select().count() == entries


def test_a_word_that_very_many_hold_is_met_among_the_newest(
    ws: Any, made: Any, lead: Lead, look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.core.finding.find._MOST_CANDIDATES", 3)
    for number in range(8):
        intake.take(ws, {"company": f"大同机械{number}", "phone": f"1391234000{number}"}, SYSTEM)
    legal = made.user("legal")

    found = [title for kind, title in look(made.user("admin"), "大同") if kind == "lead"]

    assert found == [f"大同机械{number}" for number in (7, 6, 5, 4, 3, 2)]
    assert [title for kind, title in look(made.user("admin"), "大同 械3") if kind == "lead"] == ["大同机械3"]
    assert not [kind for kind, _ in look(legal, "1391234") if kind == "contact"]


def test_old_records_are_found_by_words_that_very_many_hold_and_none_of_the_newest(
    ws: Any, made: Any, lead: Lead, look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.core.finding.find._MOST_CANDIDATES", 4)
    monkeypatch.setattr("clew.core.finding.find._NEWEST", 2)
    for number in range(5):
        intake.take(ws, {"company": f"大同机械{number}", "phone": f"1391234000{number}"}, SYSTEM)
        intake.take(ws, {"company": f"大同贸易{number}", "phone": f"1391234001{number}"}, SYSTEM)
        intake.take(ws, {"company": f"长治机械{number}", "phone": f"1391234002{number}"}, SYSTEM)
    both = [title for kind, title in look(made.user("admin"), "大同 机械") if kind == "lead"]

    assert len(both) == 4
    assert all(title.startswith("大同机械") for title in both)
    # Somebody who sees none of them finds none.
    assert not [title for kind, title in look(made.user("delivery"), "大同 机械") if kind == "lead"]


def test_a_text_is_found_by_its_end_also_one_entered_by_an_earlier_clew(
    ws: Any, made: Any, lead: Lead, look: Any
) -> None:
    title = "请在周五以前把样品寄到苏州工业园区" * 4 + "三号厂房"
    task = ws.door.create("task", {"title": title, "lead_id": lead.id, "assignee_id": lead.owner_id}, SYSTEM).record
    owner = User.get_by_id(lead.owner_id)
    assert [kind for kind, _ in look(owner, "三号厂房")] == ["task"]
    SearchTerm.delete().where((SearchTerm.record_id == task.id) & (SearchTerm.term == "三号厂房")).execute()
    assert enter_long(ws.kinds) == 1
    assert [kind for kind, _ in look(owner, "三号厂房")] == ["task"]


def test_it_takes_one_statement_for_all_kinds_and_two_for_each_that_has_candidates(
    ws: Any, made: Any, lead: Lead, look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    execute = type(database.obj).execute_sql

    def noted(self: Any, sql: str, *more: Any) -> Any:
        statements.append(sql)
        return execute(self, sql, *more)

    admin = made.user("admin")
    with reading():
        look(admin, "恒锐")  # Whose place somebody takes is read once a request.
        monkeypatch.setattr(type(database.obj), "execute_sql", noted)
        look(admin, "恒锐")

    # The candidates; whose leads they are, and which the admin sees; the customers, and whose code they read whole.
    assert len(statements) == 5


def test_the_api_finds_the_same_and_says_what_is_wrong(ws: Any, made: Any, lead: Lead) -> None:
    client, owner = app_of(ws).test_client(), User.get_by_id(lead.owner_id)
    headers = {"Authorization": f"Bearer {issue_token(ws, owner, 'test', SYSTEM)}"}

    def asked(query: dict[str, str]) -> Any:
        return client.get("/api/v1/search", query_string=query, headers=headers)

    found = asked({"q": "恒锐", "kind": "lead"}).json["items"]
    assert [(one["id"], one["title"]["zh"]) for one in found] == [(lead.id, "恒锐精密")]
    assert {one["kind"] for one in asked({"q": "恒锐"}).json["items"]} == {"lead", "customer"}
    assert asked({"q": "恒锐", "kind": "nothing"}).status_code == 422
    assert asked({"q": " "}).status_code == 422
    assert asked({"q": "a\x00"}).status_code == 422
    assert client.get("/api/v1/search?q=恒锐").status_code == 401
