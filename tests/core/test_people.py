"""Who may do and see what, what is masked, and what can be set."""

from __future__ import annotations

from typing import Any

import pytest

from clew.core.access import policy as access
from clew.core.errors import ConfigurationError, Forbidden
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, User
from clew.core.roles import BUNDLED, trying
from clew.core.running import drain
from clew.core.settings import Settings, load_settings
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
    with trying(BUNDLED):  # Whatever another test's workspace has put in force.
        found = {r for r in BUNDLED.roles if access.may(Actor("user", roles=frozenset({r})), permission)}
    assert found == MATRIX[permission]


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
        for host in ("0.0.0.0", ""):
            with pytest.raises(ConfigurationError, match="CLEW_SECRET_KEY"):
                settings.check_for_serving(host)
