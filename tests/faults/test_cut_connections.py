"""The database cuts every connection: workers open others and go on, and no log shows what a variable held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.app import create_app
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.people import sign_in as auth
from clew.core.storage.database import database, is_sqlite
from clew.core.storage.system_tables import Dispatch

pytestmark = [pytest.mark.faults, pytest.mark.slow]
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _all_done() -> bool:
    return not Dispatch.select().where(Dispatch.state != "done").exists()


def test_a_worker_goes_on_after_its_connections_were_cut(house: Any, await_: Callable[..., Any]) -> None:
    ws, workers = house
    if is_sqlite():
        pytest.skip("SQLite has no connection that could be cut")
    workers.start()
    intake.take(ws, {"company": "第一家"}, SYSTEM)
    await_(_all_done, "the first lead's events", 60)
    database.execute_sql(CUT)
    intake.take(ws, {"company": "第二家"}, SYSTEM)
    await_(_all_done, "the second lead's events", 60)


def test_an_error_is_logged_without_the_values_of_variables(
    workspace: Any, found: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    company = found(workspace)
    token = auth.issue_token(workspace, company.user("ops"), "test", SYSTEM)

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("clew.core.storage.statements.insert", broken)
    monkeypatch.setattr("clew.core.write.transaction.insert", broken)
    given = {"company": "恒锐", "phone": "13912345678", "contact_name": "欧阳锋利"}
    headers = {"Authorization": f"Bearer {token}"}
    app = create_app(workspace)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().post("/api/v1/leads", json=given, headers=headers)
    assert answer.status_code == 500
    logged = "".join(capsys.readouterr())
    assert "OSError: no space left" in logged
    for secret in (token, "13912345678", "欧阳锋利"):
        assert secret not in logged
