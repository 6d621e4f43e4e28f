"""The rule editor as a newcomer uses it: a rule found, changed, tried, kept and sent; a rule from nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import RuleVersion
from clew.core.rulebook.versions import begin_draft, open_draft, save_draft
from clew.core.running import drain

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CODE = "first-response-start"
MOST_STEPS = 30
MOST_SECONDS = 300


class Walk:
    """A person at the console who is counted: each click, and each group of keys, is a step."""

    def __init__(self, browser: Any, url: str, await_: Callable[..., Any]) -> None:
        self.browser, self.url, self.await_ = browser, url, await_
        self.steps: list[str] = []

    def sign_in(self, email: str, password: str) -> None:
        self.browser.get(self.url + "/sign-in")
        self.keys("name", email, at=self.find("#name"))
        self.keys("password", password + Keys.ENTER, at=self.find("#password"))
        self.await_(lambda: "/sign-in" not in self.browser.current_url, "the first page")

    def find(self, css: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[Any]:
        return list(self.browser.find_elements(By.CSS_SELECTOR, css))

    def text(self, css: str) -> str:
        """Return an element's text in one go, whatever is drawn anew meanwhile."""
        return str(self.browser.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", css))

    def focused(self, name: str = "key") -> str:
        return str(self.browser.execute_script("return document.activeElement.dataset[arguments[0]] ?? ''", name))

    def press(self, element: Any) -> None:
        """Bring it before the eyes, as a person would, and click it."""
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def keys(self, why: str, keys: str, at: Any = None) -> None:
        """Type a group of keys where the focus is."""
        self.steps.append(why)
        if at is not None:
            self.press(at)
        ActionChains(self.browser).send_keys(keys).perform()

    def chord(self, why: str, held: str, key: str) -> None:
        self.steps.append(why)
        ActionChains(self.browser).key_down(held).send_keys(key).key_up(held).perform()

    def click(self, why: str, css: str) -> None:
        self.steps.append(why)
        self.press(self.find(css))

    def tab_to(self, why: str, css: str, *, back: bool = False) -> None:
        """Press Tab until the focus is on what `css` names."""
        self.steps.append(why)
        for _ in range(90):
            if self.browser.execute_script("return document.activeElement.matches(arguments[0])", css):
                return
            chain = ActionChains(self.browser)
            if back:
                chain.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
            else:
                chain.send_keys(Keys.TAB).perform()
        pytest.fail(f"the Tab key does not lead to {css}")

    def part(self, why: str, css: str) -> None:
        """Press F6, which goes from part to part of the editor, until the focus is on what `css` names."""
        self.steps.append(why)
        for _ in range(6):
            ActionChains(self.browser).send_keys(Keys.F6).perform()
            if self.browser.execute_script("return document.activeElement.matches(arguments[0])", css):
                return
        pytest.fail(f"F6 does not lead to {css}")

    def walk_sentence_to(self, why: str, words: str) -> None:
        """Walk the sentence with the arrow until a piece reads `words`, and take it."""
        self.steps.append(why)
        for _ in range(40):
            if words in str(self.browser.execute_script("return document.activeElement.textContent")):
                break
            ActionChains(self.browser).send_keys(Keys.ARROW_RIGHT).perform()
        else:
            pytest.fail(f"no piece of the sentence says {words}")
        ActionChains(self.browser).send_keys(Keys.ENTER).perform()

    def opened(self) -> None:
        """Wait for the editor, and leave a mark that a reload would wipe."""
        self.await_(lambda: self.all("#rule-editor[data-ready]") and self.all(".re-took"), "the editor")
        self.browser.execute_script("window.mark = 1")

    def never_reloaded(self) -> bool:
        return bool(self.browser.execute_script("return window.mark === 1"))

    def no_errors(self) -> bool:
        return not [one for one in self.browser.get_log("browser") if one["level"] == "SEVERE"]


@pytest.fixture
def walk(served: Any, browser: Any, company: Any, await_: Any) -> Callable[..., Walk]:
    """A function that signs somebody in and opens a page."""

    def begin(path: str | None = None, role: str = "ops") -> Walk:
        person = Walk(browser, served.url, await_)
        person.sign_in(company.user(role).email, company.password)
        if path is not None:
            browser.get(served.url + path)
            person.opened()
        return person

    return begin


def test_a_newcomer_changes_tries_keeps_and_sends_a_rule(walk: Any, served: Any, await_: Any) -> None:
    lead = {"company": "苏州恒锐精密机械", "phone": "13812345678", "industry": "电子", "budget": 260000}
    intake.take(served.workspace, lead, SYSTEM)
    drain(served.workspace)
    began = time.monotonic()
    page: Walk = walk()
    page.keys("go to the rules", "gr")
    await_(lambda: "/rules/" in page.browser.current_url and page.all("[data-find]"), "the rules")
    page.keys("find the rule", "/30 个工作分钟" + Keys.ENTER)
    await_(lambda: "q=" in page.browser.current_url and len(page.all("tr[data-href]")) == 1, "the one rule")
    page.keys("open it", "j" + Keys.ENTER)
    await_(lambda: page.browser.current_url.endswith(f"/rules/{CODE}"), "the rule")
    page.click("edit it", f'a[href="/rules/{CODE}/edit"]')
    page.opened()
    page.tab_to("to the sentence", ".re-part")
    page.walk_sentence_to("to its 30 minutes", "30 个工作分钟")
    assert page.focused("path") == "then[0].start_deadline.working_minutes"
    page.keys("20 instead", "20")
    await_(lambda: "20 个工作分钟" in page.text(".re-said"), "the sentence with 20 minutes")
    page.tab_to("to the conditions", '[data-key="when:add"]', back=True)
    page.keys("a condition", Keys.ENTER)
    await_(lambda: page.focused().endswith(":field"), "the new condition's field")
    page.keys("on the budget", "预算" + Keys.ENTER)
    await_(lambda: page.focused().endswith(":op"), "the operator")
    page.keys("of 200,000", Keys.TAB + "20万")
    await_(lambda: "预算 ≥ 20 万元" in page.text(".re-said"), "the sentence with the budget")
    assert "= 20 万元" in page.text('[data-row="when.all[2]"]')
    await_(lambda: "没有问题" in page.text("[data-slot=checks]"), "the checks")
    page.part("to the dry run", '[data-key="trial:record"]')
    page.keys("on a past lead", "恒锐")
    await_(lambda: "恒锐" in page.text("[data-slot=trial] .re-option"), "the lead")
    page.keys("this one", Keys.ENTER)
    await_(lambda: "会触发" in page.text(".re-verdict"), "the verdict")
    assert "没有对外产生任何影响" in page.text(".re-verdict")
    assert page.text(".re-clauses").count("成立") >= 3
    moment = page.find('[data-key="trial:moment"]')
    assert moment.get_attribute("value").isdigit(), "the event that set it off, not now"
    assert "分配给" in moment.text
    page.tab_to("to keeping it", '[data-key="trial:keep"]')
    page.keys("keep it", Keys.ENTER)
    await_(lambda: page.all("dialog[open] textarea"), "the dialog")
    page.chord("as it is", Keys.CONTROL, Keys.ENTER)
    await_(lambda: "1 个用例，1 通过" in page.text("[data-slot=trial]"), "the test case")
    await_(lambda: page.find("[data-act=submit]").get_attribute("aria-disabled") == "false", "leave to send it")
    page.part("to sending it", "[data-act=submit]")
    page.keys("send it", Keys.ENTER)
    await_(lambda: page.all("dialog[open] textarea"), "the dialog")
    page.keys("say why", "大单响应要快")
    page.chord("send", Keys.CONTROL, Keys.ENTER)
    await_(lambda: "待审批" in page.text("[data-slot=tags]"), "the review")
    took = time.monotonic() - began
    assert page.never_reloaded()
    assert page.no_errors()
    sent = RuleVersion.get((RuleVersion.code == CODE) & (RuleVersion.state == "review"))
    assert sent.note == "大单响应要快"
    assert sent.document["then"][0]["start_deadline"]["working_minutes"] == 20
    assert sent.document["when"]["all"][2] == {"field": "lead.budget", "op": ">=", "value": 200000}
    assert [case["expect"]["fires"] for case in sent.document["tests"]] == [True]
    assert len(page.steps) <= MOST_STEPS, page.steps
    assert took < MOST_SECONDS


def test_a_rule_is_made_from_nothing(walk: Any, await_: Any) -> None:
    page: Walk = walk("/rules/new")
    assert page.find("[data-act=submit]").get_attribute("aria-disabled") == "true"
    assert "处要填" in page.text("#submit-reason")
    page.keys("its name", "大单提醒", at=page.find('[data-key="title:zh"]'))
    page.keys("its purpose", "大单要有人看着", at=page.find('[data-key="purpose:zh"]'))
    assert page.find('[data-key="title:en"]').get_attribute("value") == "大单提醒"
    page.browser.refresh()
    page.opened()
    assert page.find('[data-key="title:zh"]').get_attribute("value") == "大单提醒"
    assert "英文还没写" in page.text("[data-english]")
    page.keys("its English", Keys.TAB + "Large deals", at=page.find('[data-key="title:zh"]'))
    page.keys("when it looks", "线索已创建" + Keys.ENTER, at=page.find('[data-key="trigger:0"]'))
    page.click("a condition", '[data-key="when:add"]')
    page.keys("on the budget", "预算" + Keys.ENTER + Keys.TAB + "50万")
    page.click("any of", '[data-key="when:add-any"]')
    page.keys("the source", "来源" + Keys.ENTER)
    await_(lambda: page.all('[data-row="when.all[1].any[0]"] .re-op'), "the group")
    page.click("an action", '[data-key="then:add"]')
    page.keys("a message", "发消息" + Keys.ENTER)
    await_(lambda: page.all('[data-key="then[0]:body"]'), "its arguments")
    page.keys("to whom", "全体运营" + Keys.ENTER, at=page.find('[data-key="then[0]:to"]'))
    page.keys("its title", "大单", at=page.find('[data-key="then[0]:title"]'))
    page.keys("its text", "请看 ", at=page.find('[data-key="then[0]:body"]'))
    page.click("a fact in it", '[data-row="then[0]"] .re-arg:last-child .re-swap')
    page.keys("the company", "公司" + Keys.ENTER)
    await_(lambda: "{lead.company}" in page.find('[data-key="then[0]:body"]').get_attribute("value"), "the fact")
    # A group that was begun and is not wanted goes as a whole.
    page.click("no group after all", '[data-row="when.all[1]"] > .re-tools button:last-child')
    await_(lambda: "预算 ≥ 50 万元" in page.text(".re-said") and "发" in page.text(".re-said"), "the sentence")
    await_(lambda: page.browser.current_url.endswith("/rules/large-deals/edit"), "an address of its own")
    await_(lambda: page.find("[data-act=submit]").get_attribute("aria-disabled") == "false", "leave to send it")
    assert page.never_reloaded()
    document = open_draft("large-deals").document
    assert document["when"] == {"field": "lead.budget", "op": ">=", "value": 500000}
    assert document["then"] == [{"notify": {"to": "role:ops", "title": "大单", "body": "请看 {lead.company}"}}]
    page.browser.refresh()
    page.opened()
    assert "预算 ≥ 50 万元" in page.text(".re-said")
    assert page.no_errors()


def test_rows_move_by_keyboard_and_everything_can_be_undone(walk: Any, await_: Any) -> None:
    page: Walk = walk(f"/rules/{CODE}/edit")
    fields = "return [...document.querySelectorAll('[data-slot=form] .re-field input')].map((el) => el.value)"

    def shown() -> list[str]:
        return list(page.browser.execute_script(fields))

    assert shown() == ["已响应", "结果"]
    page.find('[data-key="when.all[0]:field"]').click()
    page.keys("closed", Keys.ESCAPE)
    page.chord("down", Keys.ALT, Keys.ARROW_DOWN)
    assert shown() == ["结果", "已响应"]
    assert page.focused() == "when.all[1]:field"
    page.chord("back", Keys.CONTROL, "z")
    assert shown() == ["已响应", "结果"]
    page.chord("again", Keys.CONTROL, "y")
    assert shown() == ["结果", "已响应"]
    page.click("any of", '[data-key="when:add-any"]')
    page.find('[data-key="when.all[1]:field"]').click()
    page.keys("closed", Keys.ESCAPE)
    page.chord("into the group", Keys.ALT, Keys.ARROW_RIGHT)
    assert page.focused().startswith("when.all[1].any[0]")
    page.chord("out of it", Keys.ALT, Keys.ARROW_LEFT)
    assert page.focused().startswith("when.all[2]")
    for _ in range(5):
        page.chord("back", Keys.CONTROL, "z")
    assert shown() == ["已响应", "结果"]
    assert page.find("[data-act=undo]").get_attribute("aria-disabled") == "true"
    assert page.never_reloaded()


def test_what_two_people_write_is_never_lost(walk: Any, served: Any, company: Any, await_: Any) -> None:
    page: Walk = walk(f"/rules/{CODE}/edit")
    minutes = '[data-path="then[0].start_deadline.working_minutes"]'
    page.keys("mine", "25", at=page.find(minutes))
    await_(lambda: open_draft(CODE), "the draft")
    await_(lambda: "自动保存" in page.text("[data-slot=meta]"), "the saving")
    draft = open_draft(CODE)
    admin = Origin(Actor.of(company.user("admin")), "console")
    save_draft(served.workspace, draft.id, {**draft.document, "priority": 9}, admin, draft.revision)
    page.keys("mine again", Keys.BACKSPACE + "7", at=page.find(minutes))
    await_(lambda: page.all("dialog[open]"), "the question")
    assert "admin 同事" in page.text("dialog[open]")
    assert "优先级" in page.text("dialog[open]")
    page.find("dialog[open] .button:last-child").click()
    await_(lambda: "priority" not in open_draft(CODE).document, "mine")
    assert page.never_reloaded()


def test_without_a_network_nothing_is_lost(walk: Any, await_: Any) -> None:
    page: Walk = walk(f"/rules/{CODE}/edit")
    net = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.browser.execute_cdp_cmd("Network.enable", {})
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {**net, "offline": True})
    page.keys("35 instead", "35", at=page.find('[data-path="then[0].start_deadline.working_minutes"]'))
    await_(lambda: "网络断了" in page.text("[data-slot=meta]"), "the note")
    kept = page.browser.execute_script("return localStorage.getItem(arguments[0])", f"clew-rule-draft:{CODE}")
    assert "35" in kept
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {**net, "offline": False})
    draft = await_(lambda: open_draft(CODE), "the draft, saved by itself")
    assert draft.document["then"][0]["start_deadline"]["working_minutes"] == 35
    assert page.never_reloaded()


def test_yaml_and_form_are_one(walk: Any, await_: Any) -> None:
    page: Walk = walk(f"/rules/{CODE}/edit")
    page.click("YAML", "#tab-yaml")
    await_(lambda: "working_minutes: 30" in page.find(".re-yaml").get_attribute("value"), "the YAML")
    write = """const box = document.querySelector('.re-yaml');
        box.focus(); box.value = box.value.replace(arguments[0], arguments[1]);
        box.dispatchEvent(new Event('input', {bubbles: true}));"""
    page.browser.execute_script(write, "working_minutes: 30", "working_minutes: 15")
    await_(lambda: "15 个工作分钟" in page.text(".re-said"), "the sentence")
    page.browser.execute_script(write, "trigger: lead.assigned", "trigger: [lead.assigned")
    await_(lambda: page.all(".re-line"), "the line of the mistake")
    page.browser.execute_script(write, "trigger: [lead.assigned", "trigger: lead.assigned\nwhen2: everything")
    await_(lambda: "when2" in page.text("#yaml-note"), "the unknown key")
    page.click("form", "#tab-form")
    assert page.find('[data-path="then[0].start_deadline.working_minutes"]').get_attribute("value") == "15"


@pytest.mark.parametrize("document", [{"when": "x", "then": "y", "match": 3, "trigger": 5, "title": None}])
def test_a_broken_draft_opens_and_can_be_mended(
    walk: Any, served: Any, company: Any, await_: Any, document: dict[str, Any]
) -> None:
    ops = Origin(Actor.of(company.user("ops")), "console")
    draft = begin_draft(served.workspace, CODE, ops)
    save_draft(served.workspace, draft.id, {"id": CODE, **document}, ops)
    page: Walk = walk(f"/rules/{CODE}/edit")
    assert "内容没有丢" in page.text("[data-slot=form]")
    page.click("YAML", "#tab-yaml")
    await_(lambda: "when: x" in page.find(".re-yaml").get_attribute("value"), "the YAML")
    assert page.no_errors()


def test_who_may_only_look_sees_and_tries(walk: Any) -> None:
    page: Walk = walk(f"/rules/{CODE}/edit", "manager")
    assert page.all("[data-act=submit]") == []
    assert page.all(".re-add") == []
    assert all(one.get_attribute("readonly") or not one.is_enabled() for one in page.all("[data-slot=form] .re-input"))
    assert "只读" in page.text("[data-slot=meta]")
    assert page.find('[data-key="trial:record"]').get_attribute("readonly") is None


def test_every_control_has_a_name_and_nothing_runs_off_a_phone(walk: Any, await_: Any) -> None:
    page: Walk = walk(f"/rules/{CODE}/edit")
    unnamed = """return [...document.querySelectorAll('#rule-editor :is(input,select,textarea,button,a,[role=button])')]
        .filter((el) => !(el.ariaLabel || el.labels?.length || el.textContent.trim())).map((el) => el.outerHTML)"""
    wide = "return document.documentElement.scrollWidth - window.innerWidth"
    roles = "return [...document.querySelectorAll('[role=tab]')].every((el) => document.getElementById(el.getAttribute('aria-controls')))"
    for button in ("when:add", "when:add-any", "match:add", "then:add"):
        page.find(f'[data-key="{button}"]').click()
    assert page.browser.execute_script(unnamed) == []
    assert page.browser.execute_script(roles)
    assert len(page.all("h1")) == 1
    assert page.find("[data-slot=live]").get_attribute("aria-live") == "polite"
    for width, height in ((390, 844), (720, 450)):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        assert page.browser.execute_script(wide) <= 0
    page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
