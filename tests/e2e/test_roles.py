"""A role is narrowed in a real browser: what it takes from whom, the other administrator's word, and then it is so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clew.core.journal.origin import SYSTEM
from clew.core.kinds import RoleChange, User
from clew.core.people.roster import save_person

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def approver(served: Any, company: Any) -> User:
    """A second administrator, with the company's password."""
    first = company.user("admin")
    values = {"email": "second@test.example", "name": "何静", "roles": ["admin"], "password_hash": first.password_hash}
    made: User = served.workspace.door.create("user", values, SYSTEM).record
    return made


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_role_is_narrowed(
    visit: Callable[..., Any], served: Any, company: Any, approver: User, await_: Any, locale: str
) -> None:
    ws, english = served.workspace, locale == "en"
    admin, manager = company.user("admin"), company.user("manager")
    for one in (admin, approver):
        save_person(ws, one.id, {"locale": locale}, SYSTEM)
    seller = company.sellers["华东一部"][0]
    with ws.door.transaction(SYSTEM) as tx:
        for company_name in ("恒锐精密", "云织纺织机"):
            customer = tx.create("customer", {"name": company_name, "owner_id": seller.id}).record
            values = {"company": company_name, "customer_id": customer.id, "owner_id": seller.id}
            lead = tx.create("lead", {**values, "team_id": seller.team_id}).record
    assert _status(visit(manager, f"/leads/{lead.id}")) == 200

    page = visit(admin, "/roles/manager")
    walk = Walk(page, await_)
    button = walk.one("#role button.primary")
    assert button.get_attribute("aria-disabled") == "true"
    # The cell is narrowed; the page says at once, before anything is saved, who would see how many fewer.
    walk.choose("select[name='lead.see']", "own")
    walk.reads(f"{manager.name} -2" if english else f"{manager.name}少看到 2 条")
    walk.choose("#who", manager.id)
    walk.choose("#kind", "lead")
    walk.type("#record", "恒锐")
    walk.click("#role .field ~ button[formaction$='/draft']")
    walk.reads("Not seen, now seen" if english else "看不到，现在看得到")
    assert not RoleChange.select().exists()
    walk.leave_by("#role button.primary")
    walk.reads("Handed in for approval" if english else "已提交审批")
    walk.told(f"a role is narrowed: proposed ({locale})")
    assert _status(visit(manager, f"/leads/{lead.id}")) == 200, "nothing is in force before it is approved"

    page = visit(approver, "/roles/manager")
    walk = Walk(page, await_)
    assert walk.one("td.changed del").text == ("Team and below" if english else "本部门及下级")
    walk.leave_by("button[name=act][value=approve]")
    walk.reads("Approved and in force" if english else "已批准，现在生效")
    walk.told(f"a role is narrowed: approved ({locale})")
    assert _status(visit(manager, f"/leads/{lead.id}")) == 404


def _status(page: Any) -> int:
    return int(page.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus"))
