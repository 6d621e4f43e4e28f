"""`clew user` and `clew token`."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from clew.core.cli.main import main
from clew.core.errors import ClewError
from clew.core.kinds import ApiToken, User
from clew.core.people import sign_in as auth
from clew.core.people import tokens
from clew.core.people.invitations import accept

GOOD = "一句只有我会想到的话"


@pytest.fixture
def clew_(workspace: Any, company: Any, monkeypatch: Any) -> Any:
    """A function that runs a command on the workspace and returns its exit code and what it printed."""
    from clew.core.cli import main as module

    monkeypatch.setattr(module, "opener", lambda: lambda: workspace)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(*arguments: str, typed: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(main, arguments, input=typed)
        assert done.exception is None or isinstance(done.exception, SystemExit | ClewError), done.exception
        return done.exit_code, done.output

    return run


def _new(clew_: Any, *more: str, typed: str = "") -> tuple[int, str]:
    done: tuple[int, str] = clew_(
        "user", "create", "New@test.example", "--name", "新人", "--role", "sales", *more, typed=typed
    )
    return done


def test_somebody_is_made_with_a_password(workspace: Any, clew_: Any) -> None:
    assert _new(clew_, typed=f"{GOOD}\n{GOOD}\n")[0] == 0
    assert auth.sign_in(workspace, "new@test.example", GOOD).name == "新人"


def test_a_poor_password_makes_nobody(clew_: Any) -> None:
    code, told = _new(clew_, "--password", "password123")
    assert code == 1
    assert "a common one" in told
    assert User.get_or_none(User.email == "new@test.example") is None


def test_somebody_is_invited_and_reset(workspace: Any, clew_: Any) -> None:
    code, told = _new(clew_, "--invite")
    assert code == 0
    for _ in range(2):
        key = next(line for line in told.splitlines() if line.startswith("/join/")).removeprefix("/join/")
        assert accept(workspace, key, GOOD, "").email == "new@test.example"
        code, told = clew_("user", "reset", "new@test.example")
        assert code == 0
        assert "within 1 day" in told
    assert clew_("user", "invite", "new@test.example")[0] == 1
    assert clew_("user", "invite", "nobody@test.example") == (1, "Error: no user nobody@test.example\n")


def test_sessions_are_listed_and_ended(clew_: Any, company: Any, signed_in: Any) -> None:
    seller = company.user("sales")
    client = signed_in(seller)
    assert "127.0.0.1" in clew_("user", "sessions", seller.email)[1]
    assert seller.email in clew_("user", "list")[1]
    assert clew_("user", "sessions", seller.email, "--end") == (0, "1 sessions ended\n")
    assert client.get("/").status_code == 302


def test_tokens_are_made_narrow_listed_and_revoked(workspace: Any, clew_: Any, company: Any) -> None:
    email = company.user("ops").email
    code, key = clew_("token", "create", email, "--name", "bi", "--scope", "read", "--kind", "lead", "--days", "30")
    assert code == 0
    token = tokens.find_token(workspace, key.strip())
    assert (token.scope, token.kinds, (token.expires_at - workspace.clock.now()).days) == ("read", ["lead"], 30)
    assert "bi" in clew_("token", "list", email)[1]
    assert clew_("token", "create", email, "--kind", "nothing")[0] == 1
    assert clew_("token", "revoke", token.id) == (0, "revoked the token 'bi'\n")
    assert ApiToken.get_by_id(token.id).revoked_at
