"""A field and a stage are added, renamed and taken out in a real browser while rules and open records use them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import FieldDefinition, Lead, RuleVersion
from clew.core.running import drain

from .walks import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_WORDS = {"zh": "试", "en": "Try"}


class Publisher(Walk):
    """Somebody who edits fields and processes."""

    def __init__(self, page: Any, url: str, await_: Any) -> None:
        super().__init__(page, await_)
        self.url = url

    def go(self, path: str) -> None:
        self.page.get(self.url + path)

    def publish(self) -> None:
        self.await_(lambda: self.one("#publish").get_attribute("aria-disabled") == "false", "the button to wake up")
        self.leave_by("#publish")

    def answer(self, value: str) -> None:
        """Answer every open question with a value, or with the first choice where it has none such."""

        def none_open() -> bool:
            every = self.page.find_elements(By.CSS_SELECTOR, "#impact [data-answer]")
            with suppress(StaleElementReferenceException):
                open_ = [one for one in every if not one.get_property("value")]
                for one in open_:
                    self.clicks += 1
                    values = [each.get_attribute("value") for each in Select(one).options]
                    Select(one).select_by_value(value if value in values else values[1])
                return bool(every) and not open_
            return False

        self.await_(none_open, "every question answered")

    def note(self) -> str:
        return str(self.one("#publish-note").text)


def keep_rule(ws: Any, code: str, trigger: str, when: dict[str, Any]) -> None:
    document = {
        "id": code,
        "title": _WORDS,
        "purpose": _WORDS,
        "trigger": trigger,
        "priority": 3,
        "when": when,
        "then": [{"create_task": {"title": "问", "assignee": "owner"}}],
    }
    ws.door.create("rule", {"code": code, "pack": "custom", "version": 1, "document": document}, SYSTEM)


@pytest.fixture(params=["zh", "en"])
def walk(request: Any, served: Any, company: Any, visit: Any, await_: Any) -> Publisher:
    """Somebody in operations, in either language."""
    page = visit(company.user("ops"), "/fields/lead/")
    if request.param == "en":
        page.find_element(By.CSS_SELECTOR, "button[name=locale][value=en]").click()
        await_(lambda: page.find_elements(By.CSS_SELECTOR, "html[lang=en]"), "English")
    return Publisher(page, served.url, await_)


def errors(page: Any) -> list[str]:
    return [one["message"] for one in page.get_log("browser") if one["level"] == "SEVERE"]


def test_a_field_is_added_renamed_and_retired(walk: Publisher, served: Any) -> None:
    ws = served.workspace
    walk.go("/fields/lead/?new=1")
    assert walk.one("#publish").get_attribute("aria-disabled") == "true"
    walk.type("#label_zh", "客户痛点二")
    walk.type("#label_en", "Second pain")
    walk.type("#name", "pain_two")
    walk.click("input[name=type][value=choice] + span")
    walk.one("#add-option").send_keys("交付周期急")
    walk.click("[data-add-option]")
    walk.one("#add-option").send_keys("Price")
    walk.click("[data-add-option]")
    walk.publish()
    options = FieldDefinition.get(FieldDefinition.name == "pain_two").options
    assert [one["value"] for one in options] == ["交付周期急", "price"]
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678", "pain_two": "price"}, SYSTEM).lead
    drain(ws)
    keep_rule(ws, "of-pain", "lead.created", {"field": "lead.extra.pain_two", "op": "==", "value": "price"})

    # Renamed: what is kept stays, so rules and records need nothing.
    walk.go("/fields/lead/?field=pain_two")
    walk.type("#label_zh", "最痛的一点")
    walk.await_(lambda: "1" in walk.one("[data-headline]").text, "the headline")
    walk.publish()
    assert ws.kinds.field("lead", "pain_two").label.zh == "最痛的一点"

    # An option retired: the rule and the record that have it are asked about, and nothing is preselected.
    walk.click("#options li:nth-child(2) .button")
    walk.one("#impact [data-answer]")
    assert walk.one("#publish").get_attribute("aria-disabled") == "true"
    assert "2" in walk.note()
    walk.answer("to:交付周期急")
    walk.publish()
    assert Lead.get_by_id(lead.id).extra["pain_two"] == "交付周期急"
    assert RuleVersion.get(RuleVersion.code == "of-pain").document["when"]["value"] == "交付周期急"

    # The field itself retired, then all of it taken back.
    walk.go("/fields/lead/?field=pain_two")
    walk.click("[data-retire]")
    walk.answer("leave")
    walk.publish()
    assert ws.kinds.field("lead", "pain_two") is None
    walk.click("form[action$='/undo'] button")
    walk.await_(lambda: ws.refresh() or ws.kinds.field("lead", "pain_two") is not None, "the field")
    walk.told("a field added, renamed, an option and the field retired, taken back")
    assert errors(walk.page) == []


def test_fields_are_put_in_order_with_the_keyboard(walk: Publisher, served: Any) -> None:
    walk.go("/fields/lead/")
    grip = walk.one("li[data-name=budget] [data-grip]")
    grip.send_keys(Keys.ALT, Keys.ARROW_UP)
    walk.clicks += 1
    ws = served.workspace
    walk.await_(lambda: ws.refresh() or ws.kinds["lead"].layout is not None, "the layout")
    names = [one.name for one in ws.kinds["lead"].arranged if one.form]
    assert names.index("budget") < names.index("region")
    walk.click(".toast form button")
    walk.await_(lambda: ws.refresh() or not ws.kinds["lead"].layout.sections, "the order as it was")
    walk.told("a field moved with the keyboard and moved back")
    assert errors(walk.page) == []


def test_a_stage_is_added_renamed_and_taken_out(walk: Publisher, served: Any) -> None:
    ws = served.workspace
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    drain(ws)
    walk.go("/processes/sales/")
    assert walk.one("#publish").get_attribute("aria-disabled") == "true"
    walk.click("#add-stage")
    walk.type("#stage-editor .grid2 label:nth-child(1) input", "资料核对")
    walk.type("#stage-editor .grid2 label:nth-child(2) input", "Checked")
    walk.one("#stage-editor .body > label.field input").clear()
    walk.type("#stage-editor .body > label.field input", "checked")
    walk.publish()
    assert ws.processes.get("sales").stage("checked").title.zh == "资料核对"
    ws.door.change("lead", lead.id, {"stage": "checked"}, SYSTEM)
    keep_rule(ws, "checks", "lead.stage_changed", {"field": "event.to_stage", "op": "==", "value": "checked"})

    # Renamed: its name stays, so the rule and the lead stay where they are.
    walk.click(".stage-card[data-name=checked] .title button:not(.grip)")
    walk.type("#stage-editor .grid2 label:nth-child(1) input", "资料复核")
    walk.publish()
    assert ws.processes.get("sales").stage("checked").title.zh == "资料复核"
    assert Lead.get_by_id(lead.id).stage == "checked"

    # Taken out: the lead in it and the rule about it are asked about.
    walk.click(".stage-card[data-name=checked] .title button:not(.grip)")
    walk.click("#stage-editor .button.danger")
    walk.one("#impact [data-answer]")
    assert walk.one("#publish").get_attribute("aria-disabled") == "true"
    walk.answer("to:diagnosis")
    walk.publish()
    assert ws.processes.get("sales").stage("checked") is None
    assert Lead.get_by_id(lead.id).stage == "diagnosis"
    draft = RuleVersion.get((RuleVersion.code == "checks") & (RuleVersion.state == "draft"))
    assert draft.document["when"]["value"] == "diagnosis"
    walk.told("a stage added, renamed, and taken out with a lead in it")
    assert errors(walk.page) == []


def test_a_stage_that_needs_a_field_is_grey_and_says_so(walk: Publisher, served: Any, visit: Any) -> None:
    lead = intake.take(served.workspace, {"company": "恒锐精密", "phone": "13812345678"}, SYSTEM).lead
    drain(served.workspace)
    walk.go(f"/leads/{lead.id}")
    button = walk.one("form.move button")
    assert button.get_attribute("aria-disabled") == "true"
    said = walk.one("form.move span").text
    assert said in ("请补充行业，再进入「需求诊断」", "fill in “Industry” before Diagnosis")
    walk.click("form.move button")
    assert walk.page.current_url.endswith(lead.id)
    walk.click(".value[data-name=industry] button.shown")
    walk.type("#f-industry", "汽车")
    walk.one("#f-industry").send_keys(Keys.ENTER)
    walk.await_(lambda: Lead.get_by_id(lead.id).industry == "汽车", "the industry")
    walk.go(f"/leads/{lead.id}")
    walk.click("form.move button:not([aria-disabled])")
    walk.await_(lambda: Lead.get_by_id(lead.id).stage == "diagnosis", "the stage")
    walk.told("a lead moved after its industry was filled in")
