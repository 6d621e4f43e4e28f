"""The ground the other tests stand on: guards hold, workspaces come fresh, the server serves."""

from __future__ import annotations

import smtplib
import socket
from typing import Any

import pytest
import requests

from clew.core.kinds import Lead, User
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace


def test_a_test_can_reach_nothing_outside() -> None:
    with pytest.raises(AssertionError, match="only loopback"), socket.socket() as outside:
        outside.connect(("203.0.113.1", 80))
    with pytest.raises(AssertionError, match="mail"):
        smtplib.SMTP("127.0.0.1")


def test_a_workspace_comes_with_defaults_and_nothing_else(any_workspace: Workspace) -> None:
    assert any_workspace.clock.now().isoformat() == "2026-11-24T01:00:00+00:00"
    assert JournalLine.select().count() > 0
    assert Lead.select().count() == User.select().count() == 0


def test_the_company_has_its_people(company: Any) -> None:
    assert len(company.teams) == 5
    assert all(len(sellers) == 2 for sellers in company.sellers.values())
    assert User.get_by_id(company.teams["华南部"].manager_id).name == "华南部经理"


def test_the_served_workspace_answers(served: Any) -> None:
    assert requests.get(f"{served.url}/readyz", timeout=10).json() == {"status": "ok"}
    assert "clew_dispatch" in requests.get(f"{served.url}/metrics", timeout=10).text


@pytest.mark.browser
def test_the_browser_browses(served: Any, browser: Any) -> None:
    browser.get(f"{served.url}/healthz")
    assert '"ok"' in browser.page_source
