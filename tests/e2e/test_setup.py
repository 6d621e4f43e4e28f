"""From `clew init` and a first sign-in to a company in which a lead has an owner, in a real browser, timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from clew.core.company.progress import is_under_way
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Deadline, Lead, Team, User
from clew.core.running import drain, run_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "clew-test-2026"
FIVE_MINUTES = 300
BLOCK = {
    "zh": """姓名\t部门\t岗位\t邮箱
林岚\t华东二部\t部门经理\tlin@a.example
王磊\t华东二部\t销售\twang@a.example
李昊\t华东二部\t销售\twang@a.example
何静\t华东二部\t客户经理\the@a.example
周晨\t华东2部\t销售\tzhou@a.example""",
    "en": """Name\tDepartment\tPosition\tE-mail
Lin Lan\tEast Two\tSales manager\tlin@a.example
Wang Lei\tEast Two\tSales\twang@a.example
Li Hao\tEast Two\tSales\twang@a.example
He Jing\tEast Two\tAccount manager\the@a.example
Zhou Chen\teast two\tSales\tzhou@a.example""",
}
WORDS = {
    "zh": {"bad": "和第 3 行王磊的邮箱相同", "lead": "来自苏州、精密加工的线索", "done": "开通完成"},
    "en": {"bad": "the same as that of Wang Lei in row 3", "lead": "A lead from Suzhou", "done": "All set up"},
}


class Walk:
    """A person at the page: every click is counted, every word is typed."""

    def __init__(self, browser: Any) -> None:
        self.browser, self.clicks, self.began = browser, 0, time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.began

    def one(self, where: str) -> Any:
        """Return what is at a selector, as soon as it is there."""
        return WebDriverWait(self.browser, 20).until(lambda page: page.find_element(By.CSS_SELECTOR, where))

    def click(self, where: str) -> None:
        """Click, and wait until the page has changed for it."""
        self.settled()
        found = self.one(where)
        # Not under the bars that stay where they are.
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()
        self.clicks += 1
        WebDriverWait(self.browser, 20).until(lambda _: _is_gone(found))

    def settled(self) -> None:
        """Wait until a check that is on its way has come back."""
        WebDriverWait(self.browser, 20).until(lambda page: not page.find_elements(By.CSS_SELECTOR, "[aria-busy]"))

    def write(self, where: str, text: str) -> None:
        """Type into a field."""
        self.settled()
        self.one(where).send_keys(Keys.CONTROL, "a", Keys.NULL, text)

    def says(self, words: str) -> None:
        """Wait until the page says so."""
        WebDriverWait(self.browser, 20).until(lambda page: words in page.find_element(By.TAG_NAME, "body").text)


def _is_gone(element: Any) -> bool:
    from selenium.common.exceptions import StaleElementReferenceException

    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    return False


@pytest.fixture
def walk(served: Any, browser: Any) -> Callable[[str], Walk]:
    """A function that signs the first administrator in, by way of the front page, in a language."""
    values = {
        "email": "admin@a.example",
        "name": "韩旭",
        "roles": ["admin"],
        "password_hash": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD),
    }

    def begin(locale: str) -> Walk:
        served.workspace.door.create("user", {**values, "locale": locale}, SYSTEM)
        browser.get(served.url + "/")
        here = Walk(browser)
        here.write("#name", "admin@a.example")
        here.write("#password", PASSWORD)
        here.click("form.sign button[type=submit]")
        return here

    return begin


def errors(page: Any) -> list[str]:
    return [one["message"] for one in page.get_log("browser") if one["level"] == "SEVERE"]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_from_nothing_to_a_company_in_five_minutes(
    walk: Callable[[str], Walk], served: Any, browser: Any, locale: str, capsys: Any
) -> None:
    here, ws = walk(locale), served.workspace
    assert browser.current_url.endswith("/setup/"), "the first sign-in leads here"
    here.write("#company #name", "远川工业")
    here.click("#company .button.primary")
    _paste(browser, BLOCK[locale])
    here.says(WORDS[locale]["bad"])
    assert here.one("#roster button[value=all]").get_attribute("aria-disabled") == "true"
    here.write('[name="email.4"]', "lihao@a.example\t")
    here.click('#roster button[name=answer][value="5:sales"]')
    here.click("#roster tr.question.note button[name=answer]")
    here.click("#roster button[value=all].primary")
    here.one("[data-link]")
    here.click("#people .button.primary")
    here.click("#hours .button.primary")
    here.click("#channels .button.primary")
    here.says(WORDS[locale]["lead"])
    here.click("#ready .button.primary")
    here.says(WORDS[locale]["done"])
    took = here.seconds
    assert not is_under_way()
    assert took < FIVE_MINUTES
    assert (User.select().count(), Team.select().count()) == (6, 1)
    lead = intake.take(ws, {"company": "昆山拓锋模具", "phone": "13800000000", "region": "苏州"}, SYSTEM).lead
    drain(ws)
    lead = Lead.get_by_id(lead.id)
    assert lead.owner is not None
    deadline = Deadline.get(Deadline.lead == lead.id)
    run_until(ws, deadline.due_at)
    assert Lead.get_by_id(lead.id).escalated_to_id == Team.get().manager_id
    assert not errors(browser)
    with capsys.disabled():
        print(f"\nset-up from nothing, {locale}: {here.clicks} clicks, {took:.1f} s of the browser's own")  # noqa: T201 - the note on the walk quotes it


def _paste(browser: Any, text: str) -> None:
    """Press Ctrl V on the page with a block of a spreadsheet on the clipboard."""
    browser.execute_script(
        """
        const data = new DataTransfer();
        data.setData("text/plain", arguments[0]);
        document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));""",
        text,
    )


def test_a_reload_and_another_day_lose_nothing(walk: Callable[[str], Walk], browser: Any) -> None:
    here = walk("zh")
    here.write("#company #name", "远川工业")
    here.click("#company .button.primary")
    _paste(browser, BLOCK["zh"])
    here.write('[name="name.3"]', "王磊磊\t")
    here.says("和第 3 行王磊磊的邮箱相同")
    browser.refresh()
    assert here.one('[name="name.3"]').get_attribute("value") == "王磊磊"
    here.click("#headline button")
    browser.get(browser.current_url.partition("/setup")[0].rstrip("/") + "/setup/")
    here.says("和第 3 行王磊磊的邮箱相同")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off_and_all_is_large_enough(
    walk: Callable[[str], Walk], browser: Any, theme: str
) -> None:
    here = walk("zh")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        browser.execute_script("localStorage.setItem('clew-theme', arguments[0])", theme)
        here.write("#company #name", "远川工业")
        here.click("#company .button.primary")
        _paste(browser, BLOCK["zh"])
        here.says("要你确认")
        base = browser.current_url.partition("?")[0]
        for step in ("company", "people", "hours", "channels", "ready"):
            browser.get(f"{base}?step={step}")
            assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), step
            small = browser.execute_script(
                """
                return [...document.querySelectorAll("main :is(button, summary, .button, select, .roster input, .size label)")]
                  .filter((e) => e.offsetParent && !e.classList.contains("vh") && e.getBoundingClientRect().height < 43.5)
                  .map((e) => `${e.outerHTML.slice(0, 80)} ${e.getBoundingClientRect().height}`)"""
            )
            assert small == [], step
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize(("locale", "theme"), [("zh", "light"), ("en", "dark")])
def test_it_is_accessible(walk: Callable[[str], Walk], browser: Any, locale: str, theme: str) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    here = walk(locale)
    browser.execute_script("localStorage.setItem('clew-theme', arguments[0])", theme)
    here.write("#company #name", "远川工业")
    here.click("#company .button.primary")
    _paste(browser, BLOCK[locale])
    here.says(WORDS[locale]["bad"])
    base = browser.current_url.partition("?")[0]
    for step in ("company", "people", "hours", "channels", "ready"):
        browser.get(f"{base}?step={step}")
        browser.execute_script(AXE_SCRIPT)
        found = browser.execute_async_script(
            "const done = arguments[0]; axe.run().then((r) => done(r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' '))))"
        )
        assert found == [], step
