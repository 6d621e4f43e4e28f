"""Operations mend a customer on its page with the keyboard, merge it into another one, and take that back."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Customer, Lead

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_customer_is_mended_merged_and_given_back(visit: Any, served: Any, company: Any, await_: Any) -> None:
    ws = served.workspace
    one = intake.take(ws, {"company": "苏州恒锐精密机械设备"}, SYSTEM).lead
    other = intake.take(ws, {"company": "苏州恒瑞精密机械设备"}, SYSTEM).lead
    page = visit(company.user("ops"), f"/customers/{other.customer_id}")
    walk = Walk(page, await_)
    region = walk.one('.value[data-name="region"] button.shown')
    region.send_keys(Keys.ENTER)
    page.switch_to.active_element.send_keys("江苏", Keys.ENTER)
    await_(lambda: Customer.get_by_id(other.customer_id).region == "江苏", "the value on record")
    walk.leave_by(".toast .undo")
    walk.reads("已撤销")
    assert Customer.get_by_id(other.customer_id).region == ""
    walk.choose("[data-narrow] select[name=what]", "lead")
    await_(lambda: "what=lead" in page.current_url, "the filter in the address")
    walk.leave_by(f'a[href="/merging/customer/{other.customer_id}"]')
    walk.leave_by(f'a[href$="into_id={one.customer_id}"]')
    walk.reads("并入「苏州恒锐精密机械设备」")
    walk.leave_by("main button.primary")
    assert page.current_url.endswith(f"/customers/{one.customer_id}")
    assert Lead.get_by_id(other.id).customer_id == one.customer_id
    walk.leave_by(".toast a.undo")
    walk.reads("重新独立")
    walk.leave_by("main button.primary")
    walk.reads("合并已撤销")
    assert Lead.get_by_id(other.id).customer_id == other.customer_id
    assert not page.find_elements(By.CSS_SELECTOR, "[onclick]")
    walk.told("a customer mended, merged, given back")
