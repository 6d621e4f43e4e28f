"""A kind of record made in a browser, drafts of fields and processes that survive a reload, and all of it for everybody."""

# ruff: noqa: F811 - fixtures come by their names

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.company.field_publishing import publish_field
from clew.core.company.kind_publishing import definition_of
from clew.core.company.process_publishing import publish_process
from clew.core.company.publishing import Asked
from clew.core.journal.origin import Actor, Origin
from clew.core.kinds import FieldDefinition, ProcessDefinition

from .test_fields_and_processes import Publisher, errors, walk  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_PAGES = (
    "/fields/lead/",
    "/fields/lead/?new=1",
    "/processes/",
    "/processes/sales/",
    "/processes/new?kind=sample",
    "/kinds/",
)
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@pytest.fixture
def admin(company: Any) -> Origin:
    """Somebody else who may set the company up."""
    return Origin(Actor.of(company.user("admin")), "console")


def make_sample(walk: Publisher) -> None:
    walk.go("/kinds/")
    walk.type("#title_zh", "样品")
    walk.type("#title_en", "Sample")
    assert walk.one("#name").get_property("value") == "sample"
    walk.click("input[name=belongs_to][value=customer] + span")
    walk.click("input[name=staged]")
    walk.publish()


def said(walk: Publisher) -> str:
    found = walk.page.find_elements(By.CSS_SELECTOR, ".draft-note:not([hidden])")
    return found[0].text if found else ""


def test_a_kind_is_made_with_a_field_and_stands_on_the_rail(walk: Publisher, served: Any) -> None:
    ws = served.workspace
    make_sample(walk)
    assert "/fields/sample/?new=1" in walk.page.current_url
    walk.type("#label_zh", "型号")
    walk.type("#label_en", "Model")
    walk.type("#name", "model")
    walk.publish()
    walk.click(".rail a[href='/records/sample/']")
    assert walk.one("h1").text
    assert ws.kinds["sample"].by_name["model"].label.en == "Model"
    walk.go("/kinds/?of=sample")
    walk.click("[data-retire]")
    walk.one("#typed_name").send_keys("Sample")
    walk.publish()
    assert not definition_of("sample").active  # type: ignore[union-attr]
    walk.click("[data-restore]")
    walk.publish()
    assert definition_of("sample").active  # type: ignore[union-attr]
    walk.told("a kind made, filled, retired and brought back")
    assert errors(walk.page) == []


def test_a_field_that_is_edited_survives_a_reload_and_goes_on_top_of_what_was_published(
    walk: Publisher, served: Any, admin: Origin
) -> None:
    ws = served.workspace
    pain = {
        "label_zh": "痛点",
        "label_en": "Pain",
        "type": "choice",
        "options": [{"value": "a", "zh": "甲", "en": "A"}],
    }
    publish_field(ws, "lead", "pain", pain, Asked(admin))
    walk.go("/fields/lead/?field=pain")
    assert said(walk) == ""
    walk.type("#label_zh", "最痛的一点")
    walk.one("#add-option").send_keys("Price")
    walk.click("[data-add-option]")
    walk.click("[data-retire]")
    walk.go("/fields/lead/?field=pain")
    assert walk.one("#label_zh").get_property("value") == "最痛的一点"
    assert len(walk.page.find_elements(By.CSS_SELECTOR, "#options li")) == 2
    assert walk.one("input[name=active]").get_property("value") == ""
    assert "没有发布" in said(walk) or "没发布" in said(walk) or "not published" in said(walk)
    publish_field(ws, "lead", "pain", {"required": True, "label_en": "Worst pain"}, Asked(admin, 1))
    walk.go("/fields/lead/?field=pain")
    assert "有人发布过" in said(walk) or "It was published since" in said(walk)
    assert walk.one("#label_zh").get_property("value") == "最痛的一点"
    assert walk.one("#label_en").get_property("value") == "Worst pain"
    assert walk.one("input[name=required]").is_selected()
    walk.publish()
    row = FieldDefinition.get(FieldDefinition.name == "pain")
    assert (row.label_zh, row.label_en, row.required, row.active) == ("最痛的一点", "Worst pain", True, False)
    walk.go("/fields/lead/?field=pain")
    assert said(walk) == ""
    assert errors(walk.page) == []


def test_a_draft_is_let_go_of(walk: Publisher) -> None:
    walk.go("/fields/lead/?field=source")
    before = walk.one("#label_zh").get_property("value")
    walk.type("#label_zh", "从哪里来")
    walk.go("/fields/lead/?field=source")
    walk.click(".draft-note button")
    walk.await_(lambda: walk.one("#label_zh").get_property("value") == before, "the label in force")
    assert said(walk) == ""


def test_a_process_that_is_edited_survives_a_reload_beside_what_others_publish(
    walk: Publisher, served: Any, admin: Origin
) -> None:
    ws = served.workspace
    walk.go("/processes/sales/")
    walk.click("#add-stage")
    walk.type("#stage-editor .grid2 label:nth-child(1) input", "资料核对")
    walk.type("#stage-editor .grid2 label:nth-child(2) input", "Checked")
    walk.go("/processes/sales/")
    assert walk.page.find_elements(By.CSS_SELECTOR, ".stage-card[data-name=stage_7]")
    assert said(walk)
    row = ProcessDefinition.get(ProcessDefinition.name == "sales")
    document = copy.deepcopy(row.document)
    document["stages"][2]["zh"], document["stages"][2]["en"] = "看方案", "Shown"
    publish_process(ws, "sales", "lead", document, Asked(admin, row.revision))
    walk.go("/processes/sales/")
    assert "有人发布过" in said(walk) or "It was published since" in said(walk)
    walk.publish()
    names = {
        one["name"]: one["zh"] for one in ProcessDefinition.get(ProcessDefinition.name == "sales").document["stages"]
    }
    assert (names["stage_7"], names["demo"]) == ("资料核对", "看方案")
    walk.go("/processes/sales/")
    assert said(walk) == ""
    assert errors(walk.page) == []


def test_columns_that_are_ticked_survive_a_reload_until_they_are_saved(walk: Publisher, served: Any) -> None:
    ws = served.workspace
    walk.go("/fields/lead/")
    walk.click(".columns-of-list summary")
    walk.click("[data-columns] input[value=budget]")
    ticked = walk.one("[data-columns] input[value=budget]").is_selected()
    walk.go("/fields/lead/")
    assert walk.one("[data-columns] input[value=budget]").is_selected() == ticked
    assert said(walk)
    walk.click("[data-save-columns]")
    walk.await_(lambda: said(walk) == "", "the columns saved")
    ws.refresh()
    layout = ws.kinds["lead"].layout
    assert layout is not None
    assert ("budget" in layout.columns) == ticked
    walk.go("/fields/lead/")
    assert said(walk) == ""


def test_a_section_has_a_title_in_both_languages(walk: Publisher, served: Any) -> None:
    ws = served.workspace
    walk.go("/fields/lead/")
    walk.click("[data-add-section]")
    zh, en = walk.page.find_elements(By.CSS_SELECTOR, "[data-title] input")
    for one, words in ((zh, "商机情况"), (en, "Deal")):
        one.send_keys(Keys.CONTROL, "a")  # To clear it would leave it.
        one.send_keys(words)
    en.send_keys(Keys.ENTER)
    walk.await_(lambda: not walk.page.find_elements(By.CSS_SELECTOR, "[data-title] input"), "the title")
    assert walk.page.find_elements(By.CSS_SELECTOR, "[data-section] [data-title]")[-1].text in ("商机情况", "Deal")
    ws.refresh()
    layout = ws.kinds["lead"].layout
    assert layout is not None
    assert (layout.sections[-1].title.zh, layout.sections[-1].title.en) == ("商机情况", "Deal")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_and_in_one_language(walk: Publisher, company: Any, theme: str) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    make_sample(walk)
    walk.page.execute_script("localStorage.setItem('clew-theme', arguments[0])", theme)
    in_english = bool(walk.page.find_elements(By.CSS_SELECTOR, "html[lang=en]"))
    for path in (*_PAGES, "/kinds/?of=sample"):
        walk.go(path)
        walk.await_(lambda: walk.page.find_elements(By.CSS_SELECTOR, "main h1"), "the page")
        walk.page.execute_script(AXE_SCRIPT)
        found = walk.page.execute_async_script(
            "const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' '))))"
        )
        assert found == [], path
        if in_english:
            words = walk.page.find_element(By.TAG_NAME, "main").text.replace(company.user("ops").name, "")
            assert _HAN.findall(words) == [], path
