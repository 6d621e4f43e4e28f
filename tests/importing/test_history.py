"""A history is told in order: each row at its own time, with deadlines and rules in between."""

from __future__ import annotations

import csv
import os
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from clew.admin.reports.report import build_report, render_pdf
from clew.core.app import create_app
from clew.core.intake.importing.importer import TooLate, import_origin, run_history
from clew.core.intake.importing.mapping import bundled, parse_mapping, source_for
from clew.core.intake.importing.plan import make_plan
from clew.core.intake.importing.tables import read_table
from clew.core.journal.origin import Actor
from clew.core.kinds import Lead, PossibleDuplicate, RuleRecord, User
from clew.core.metrics import Period, Scope, measure
from clew.core.rulebook.pack_files import install_pack
from clew.core.storage.system_tables import Dispatch, JournalLine
from clew.core.workspace import Workspace

from .conftest import Clew

ORIGIN = import_origin("test", "history")
TWO_SOURCES = {
    "sources": [
        {"match": "leads*", "key": "id", "occurred_at": "at", "columns": {"company": "name"}},
        {
            "match": "deals*",
            "as": "outcome",
            "key": "lead",
            "occurred_at": "won",
            "columns": {"budget": "value"},
            "constants": {"outcome": "won"},
        },
    ]
}


def tell(ws: Workspace, folder: Path, until: datetime | None = None) -> int:
    mapping = parse_mapping(ws, TWO_SOURCES)
    tables = [read_table(path) for path in sorted(folder.glob("*.csv"))]
    plan = make_plan(ws, [(table, source_for(mapping, table)) for table in tables], history=True)
    assert not plan.refused
    return run_history(ws, plan, ORIGIN, until).created


def test_rules_and_deadlines_happen_at_their_own_time(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "leads.csv").write_text(
        "id,name,at\nb,云织,2026-03-03 10:00\na,恒锐,2026-03-02 10:00\n", encoding="utf-8"
    )
    # b was won before it came in: it is won as soon as it is there, with its own date.
    (folder / "deals.csv").write_text("lead,won,value\nb,2026-03-01 09:00,5\n", encoding="utf-8")
    assert tell(ws, folder) == 3
    first, second = Lead.get(Lead.external_id == "a"), Lead.get(Lead.external_id == "b")
    assert first.received_at == first.assigned_at == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert first.escalated_at == datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    assert (second.outcome, second.budget) == ("won", 5)
    assert second.closed_at == datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    won = JournalLine.get(JournalLine.kind == "lead.outcome_changed")
    assert won.at == second.received_at


def test_a_history_can_be_taken_up_again_but_not_told_backwards(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    leads = folder / "leads.csv"
    leads.write_text("id,name,at\na,恒锐,2026-03-02 10:00\n", encoding="utf-8")
    assert tell(ws, folder) == 1
    leads.write_text("id,name,at\na,恒锐,2026-03-02 10:00\nb,云织,2026-03-04 10:00\n", encoding="utf-8")
    assert tell(ws, folder) == 1
    assert tell(ws, folder) == 0
    leads.write_text("id,name,at\nc,听澜,2026-03-01 10:00\n", encoding="utf-8")
    with pytest.raises(TooLate, match="only goes forward"):
        tell(ws, folder)
    assert Lead.select().count() == 2


def test_an_outcome_counts_once_even_after_somebody_changed_it(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "leads.csv").write_text("id,name,at\na,恒锐,2026-03-02 10:00\n", encoding="utf-8")
    (folder / "deals.csv").write_text("lead,won,value\na,2026-03-02 11:00,5\n", encoding="utf-8")
    tell(ws, folder)
    lead = Lead.get()
    ws.door.change("lead", lead.id, {"outcome": "lost", "lost_reason": "反悔"}, ORIGIN)
    assert tell(ws, folder) == 0
    assert Lead.get().outcome == "lost"


def test_rows_without_a_time_or_a_lead_are_refused(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("id,name,at\na,恒锐,\n", encoding="utf-8")
    (tmp_path / "deals.csv").write_text("lead,won,value\na,2026-03-02,5\n", encoding="utf-8")
    mapping = parse_mapping(ws, TWO_SOURCES)
    tables = [read_table(tmp_path / name) for name in ("deals.csv", "leads.csv")]
    plan = make_plan(ws, [(table, source_for(mapping, table)) for table in tables], history=True)
    assert [one.why.en.split("(")[0].strip() for one in plan.refused] == ["has no time", "no lead 'a'"]


def test_the_command_tells_a_history_and_says_what_it_did(ws: Workspace, clew: Clew, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("id,name,at\na,恒锐,2025-03-03 10:00\nb,云织,2025-03-04 10:00\n", "utf-8")
    (tmp_path / "deals.csv").write_text("lead,won,value\na,2025-03-05 11:00,5\n", "utf-8")
    (tmp_path / "map.yaml").write_text(yaml.safe_dump({**TWO_SOURCES, "until": "2025-12-31"}), "utf-8")
    arguments = ("leads.csv", "deals.csv", "--mapping", "map.yaml", "--rules", "olist_rules", "--history")
    done = clew("import", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 rows, 3 imported" in done.stdout
    won, lost = Lead.select().order_by(Lead.external_id)
    assert (won.outcome, lost.outcome, lost.lost_reason) == ("won", "lost", "半年内没有结果")
    assert datetime(2025, 9, 1, tzinfo=UTC) < lost.closed_at < datetime(2025, 10, 1, tzinfo=UTC)
    again = clew("import", *arguments)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "3 rows there already" in again.stdout


def test_a_pack_is_installed_once_and_followed_when_it_changes(ws: Workspace) -> None:
    text = bundled("olist_rules")
    assert install_pack(ws, text, ORIGIN) == 2
    assert install_pack(ws, text, ORIGIN) == 0
    assert install_pack(ws, text.replace("60000", "500"), ORIGIN) == 1
    assert RuleRecord.get(RuleRecord.code == "olist-decision-start").version == 2


def _olist() -> Path:
    given = os.environ.get("CLEW_TEST_OLIST")
    return Path(given) if given else Path(__file__).parents[3] / "shared" / "data" / "olist"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not _olist().is_dir(), reason=f"OLIST DATA MISSING: no {_olist()}; set CLEW_TEST_OLIST")
def test_olist_through_rules_gives_the_files_own_totals(ws: Workspace, clew: Clew, tmp_path: Path) -> None:
    files = sorted(_olist().glob("*.csv"), reverse=True)
    done = clew("import", *files, "--mapping", "olist", "--rules", "olist_rules", "--history", timeout=1700)
    assert done.returncode == 0, done.stdout + done.stderr

    with next(_olist().glob("*qualified*.csv")).open(encoding="utf-8", newline="") as file:
        arrived = list(csv.DictReader(file))
    with next(_olist().glob("*closed*.csv")).open(encoding="utf-8", newline="") as file:
        closed = list(csv.DictReader(file))
    assert (len(arrived), len(closed)) == (8000, 842)
    leads = list(Lead.select())
    assert {lead.external_id for lead in leads} == {row["mql_id"] for row in arrived}
    assert Counter(lead.outcome for lead in leads) == {"won": 842, "lost": 8000 - 842}
    assert all(lead.owner_id and lead.team_id for lead in leads)
    zone = ws.settings.zone
    won = [lead.closed_at.astimezone(zone) for lead in leads if lead.outcome == "won"]
    assert Counter(f"{at:%Y-%m}" for at in won) == Counter(row["won_date"][:7] for row in closed)
    received = Counter(f"{lead.received_at.astimezone(zone):%Y-%m-%d}" for lead in leads)
    assert received == Counter(row["first_contact_date"] for row in arrived)
    merged = {"organic_search": "search", "direct_traffic": "direct", "": "unknown"}
    merged |= dict.fromkeys(("paid_search", "display", "other_publicities"), "advertising")
    assert Counter(lead.source for lead in leads) == Counter(merged.get(r["origin"], r["origin"]) for r in arrived)
    created = Counter(x.record_id for x in JournalLine.select().where(JournalLine.kind == "lead.created"))
    assert created == {lead.id: 1 for lead in leads}
    assert {row.state for row in Dispatch.select(Dispatch.state).distinct()} == {"done"}
    assert PossibleDuplicate.select().count() == 0

    # What the manager reads is what the files say.
    everything = Period(datetime(2017, 6, 1, tzinfo=zone), datetime(2019, 1, 1, tzinfo=zone))
    assert measure("leads_received", Scope(), everything).count == len(arrived)
    assert measure("leads_won", Scope(), everything).count == len(closed)
    assert measure("leads_lost", Scope(), everything).count == len(arrived) - len(closed)
    with create_app(ws).test_request_context():
        viewer = Actor.of(User.get(User.name == "沈可"))
        pdf = tmp_path / "olist.pdf"
        pdf.write_bytes(render_pdf(build_report(ws, viewer, everything, english=False)))
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert "8,000 条" in text
    assert "842 条" in text
    assert "7,158 条" in text
