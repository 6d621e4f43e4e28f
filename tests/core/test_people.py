"""Who may do and see what, what is masked, and how signing in locks."""

from __future__ import annotations

from typing import Any

import argon2
import pytest

from clew.core.access import policy as access
from clew.core.errors import ClewError, ConfigurationError, Forbidden
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import ApiToken, Lead, User
from clew.core.people import sign_in as auth
from clew.core.roles import BUNDLED
from clew.core.running import drain
from clew.core.settings import Settings, load_settings
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

MATRIX = {
    # Permission: who has it.
    "lead": {"sales", "manager", "ops", "admin"},
    "customer": set(BUNDLED.roles),
    "task": set(BUNDLED.roles),
    "contract": {"legal", "finance", "admin"},
    "assign": {"manager", "ops", "admin"},
    "report": {"manager", "ops", "admin"},
    "rules:see": {"manager", "ops", "admin"},
    "rules:edit": {"ops", "admin"},
    "import": {"ops", "admin"},
    "duplicates": {"ops", "admin"},
    "see:all": {"ops", "admin"},
    "plugins": {"admin"},
    "journal": {"admin"},
    "dead_letters": {"admin", "ops"},
    "people": {"admin", "ops"},
    "roles": {"admin"},
}


@pytest.mark.parametrize("permission", MATRIX)
def test_a_permission_belongs_to_these_roles(permission: str) -> None:
    assert {r for r in BUNDLED.roles if access.may(Actor("user", roles=frozenset({r})), permission)} == MATRIX[
        permission
    ]


def test_nobody_may_do_what_nobody_was_given() -> None:
    assert not access.may(Actor("user"), "lead")
    with pytest.raises(Forbidden, match="your role may not do this"):
        access.require(Actor("user", roles=frozenset({"sales"})), "people")


def test_each_sees_their_own(workspace: Workspace, company: Any) -> None:
    for number, region in enumerate(["江苏", "江苏", "江苏", "广东"]):
        values = {"company": f"客户{number}", "industry": "精密加工", "region": region}
        intake.take(workspace, values, SYSTEM)
    drain(workspace)
    one, other = company.sellers["华东一部"]

    def sees(user: User) -> int:
        return access.visible_leads(Actor.of(user)).count()

    assert {sees(one), sees(other)} == {1, 2}
    assert sees(company.managers["华东一部"]) == 3
    assert sees(company.managers["华南部"]) == 1
    assert sees(company.managers["华北部"]) == 0
    assert [sees(company.user(role)) for role in ("ops", "admin", "legal", "finance", "delivery")] == [4, 4, 0, 0, 0]
    lead = Lead.get(Lead.owner == one)
    contract = {"number": "YC-1", "customer_id": lead.customer_id, "lead_id": lead.id, "amount": 1}
    workspace.door.create("contract", contract, Origin(Actor.of(one), "console"))
    assert [sees(company.user(role)) for role in ("legal", "finance", "delivery")] == [1, 1, 1]
    with pytest.raises(Forbidden, match="another team"):
        workspace.door.change("lead", lead.id, {"note": "x"}, Origin(Actor.of(other), "console"))
    assert access.sees_whole(Actor.of(one), lead.owner_id, lead.team_id)
    assert access.sees_whole(Actor.of(company.managers["华东一部"]), lead.owner_id, lead.team_id)
    for stranger in (other, company.managers["华南部"], company.user("ops"), company.user("admin")):
        assert not access.sees_whole(Actor.of(stranger), lead.owner_id, lead.team_id)
    assert not access.sees_whole(Actor("plugin", "webhook"), lead.owner_id, lead.team_id)


@pytest.mark.parametrize(
    ("rule", "whole", "shown"),
    [
        ("phone", "+8613812345678", "138****5678"),
        ("phone", "13812345678", "138****5678"),
        ("phone", "1234567", "****"),
        ("email", "liwei@example.com", "l***@example.com"),
        ("name", "李伟", "李*"),
        ("name", "欧阳修文", "欧*文"),
        ("id", "91320594MA1MY0CP5X", "9132****CP5X"),
        ("id", "123", "****"),
        ("phone", None, None),
        ("email", "", ""),
        ("", "open", "open"),
    ],
)
def test_masking(rule: str, whole: Any, shown: Any) -> None:
    assert access.mask(rule, whole) == shown


def test_added_fields_are_masked_like_the_fixed_ones(workspace: Workspace) -> None:
    values = {"kind": "lead", "name": "backup", "label_zh": "备用电话", "label_en": "Backup", "type": "text"}
    workspace.door.create("field_definition", {**values, "mask": "phone"}, SYSTEM)
    shown = access.masked(workspace.kinds, "lead", {"company": "恒锐", "extra": {"backup": "13812345678"}})
    assert shown == {"company": "恒锐", "extra": {"backup": "138****5678"}}


# ---- Signing in


def _fail(ws: Workspace, user: User) -> str:
    with pytest.raises(auth.SignInRefused) as refused:
        auth.sign_in(ws, user.email, "wrong password", "192.0.2.1")
    return str(refused.value)


def test_five_wrong_passwords_lock_for_fifteen_minutes(workspace: Workspace, company: Any) -> None:
    user = company.user("sales")
    assert [_fail(workspace, user)[:22] for _ in range(4)] == [f"wrong password; {n} more" for n in (4, 3, 2, 1)]
    assert "locked for 15 minutes" in _fail(workspace, user)
    workspace.clock.advance(minutes=14, seconds=59)  # type: ignore[attr-defined]
    with pytest.raises(auth.SignInRefused, match="locked for 1 more minutes"):
        auth.sign_in(workspace, user.email, company.password, "192.0.2.1")
    workspace.clock.advance(seconds=1)  # type: ignore[attr-defined]
    assert auth.sign_in(workspace, user.email, company.password, "192.0.2.1").id == user.id
    assert User.get_by_id(user.id).locked_until is None
    signed_in = JournalLine.get(JournalLine.kind == "user.signed_in")
    assert (signed_in.record_id, signed_in.ip) == (user.id, "192.0.2.1")


def test_a_right_password_forgives_the_wrong_ones(workspace: Workspace, company: Any) -> None:
    user = company.user("sales")
    for _ in range(4):
        _fail(workspace, user)
    auth.sign_in(workspace, f" {user.email.upper()} ", company.password, "")
    assert "4 more tries" in _fail(workspace, user)


def test_who_is_off_or_nobody_hears_the_same(workspace: Workspace, company: Any) -> None:
    user = company.user("legal")
    key = auth.issue_token(workspace, user, "erp", SYSTEM)
    assert auth.user_of_token(key) == user
    workspace.door.change("user", user.id, {"active": False}, SYSTEM)
    assert auth.user_of_token(key) is None
    for name in (user.email, "nobody@test.example"):
        with pytest.raises(auth.SignInRefused, match=r"^wrong name or password$"):
            auth.sign_in(workspace, name, company.password, "")


def test_a_token_is_kept_as_a_hash_and_can_be_revoked(workspace: Workspace, company: Any) -> None:
    key = auth.issue_token(workspace, company.user("ops"), "erp", SYSTEM)
    token = ApiToken.get()
    assert key not in str(token.__data__)
    workspace.door.change("api_token", token.id, {"revoked_at": workspace.clock.now()}, SYSTEM)
    assert auth.user_of_token(key) is None
    assert auth.user_of_token("") is None


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ClewError, match="10 characters or more"):
        auth.hash_password("123456789")


def test_a_kept_password_is_dear_to_guess() -> None:
    cost = argon2.extract_parameters(auth.hash_password("1234567890"))
    least = argon2.profiles.RFC_9106_LOW_MEMORY
    assert cost.type is argon2.Type.ID
    assert (cost.memory_cost, cost.time_cost) >= (least.memory_cost, least.time_cost)
    # For a name nobody has, an answer takes as long.
    assert argon2.extract_parameters(auth._NOBODY) == cost


# ---- Settings


def test_settings_come_from_the_environment_over_the_file(tmp_path: Any) -> None:
    file = tmp_path / "clew.toml"
    file.write_text('company = "远川工业"\nworkers = 4\n', encoding="utf-8")
    settings = load_settings({"CLEW_CONFIG": str(file), "CLEW_WORKERS": "8", "CLEW_DEMO": "yes", "HOME": "/"})
    assert (settings.company, settings.workers, settings.demo) == ("远川工业", 8, True)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"CLEW_DATABSE_URL": "x"}, "did you mean database_url"),
        ({"CLEW_WORKERS": "many"}, "setting workers is 'many'; it takes a number"),
        ({"CLEW_DEMO": "perhaps"}, "it takes a yes/no"),
        ({"CLEW_TIMEZONE": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"CLEW_CONFIG": "/nowhere/clew.toml"}, "no such settings file"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load_settings(environ)


def test_serving_to_others_needs_a_secret_key() -> None:
    Settings().check_for_serving("127.0.0.1")
    Settings(secret_key="x" * 16).check_for_serving("0.0.0.0")
    for settings in (Settings(), Settings(secret_key="short")):
        with pytest.raises(ConfigurationError, match="CLEW_SECRET_KEY"):
            settings.check_for_serving("0.0.0.0")
