"""Somebody at the console, driven as a person would: clicks or keys, and seconds, are counted and printed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

PHONE = 390
_AT = """
const one = document.activeElement, is = one.matches(arguments[0]);
if (one === document.body || one === document.documentElement) return [false, ""];
const shown = (one.labels?.[0] && one.getBoundingClientRect().width < 3 ? one.labels[0] : one), box = shown.getBoundingClientRect();
const within = (at, most) => Math.min(Math.max(at, 1), most - 1);
const x = within(box.left + box.width / 2, innerWidth), y = within(box.top + Math.min(box.height / 2, 20), innerHeight);
const at = document.elementFromPoint(x, y), ring = getComputedStyle(one);
const has = (some) => some.outlineStyle !== "none" && parseFloat(some.outlineWidth) >= 2 || some.boxShadow !== "none";
let fault = "";
if (box.width < 1 || box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) fault = "out of sight";
else if (at && !shown.contains(at) && !at.contains(shown)) fault = `under ${at.outerHTML.slice(0, 80)}`;
else if (!has(ring) && !has(getComputedStyle(shown)) && !has(getComputedStyle(one.parentElement))) fault = "no ring";
return [is, fault && `${fault}: ${one.outerHTML.replace(/\\s+/g, " ").slice(0, 160)}`];
"""


class Walk:
    """One walk through the console, with what it took."""

    def __init__(self, page: Any, await_: Callable[..., Any]) -> None:
        self.page, self.await_ = page, await_
        self.clicks, self.keys, self.begun = 0, 0, time.monotonic()

    def one(self, css: str) -> Any:
        """Return what is at a selector, as soon as it is there."""
        return self.await_(lambda: next(iter(self.page.find_elements(By.CSS_SELECTOR, css)), None), css)

    def click(self, css: str) -> None:
        """Click on it, wherever on the page it is; on a phone, behind what hides it."""
        one = self.one(css)
        if not one.is_displayed() and (more := self.page.find_elements(By.CSS_SELECTOR, "[data-do=more]")):
            self.clicks += 1
            more[0].click()
        self.clicks += 1
        # Not under the bars that stay where they are.
        self.page.execute_script("arguments[0].scrollIntoView({block: 'center'})", one)
        one.click()

    def leave_by(self, css: str) -> None:
        """Click on what leads to another page, and wait until that has come."""
        before = self.page.find_element(By.TAG_NAME, "html")
        self.click(css)
        self.await_(lambda: is_gone(before), "the next page")

    def type(self, css: str, text: str) -> None:
        """Type into a field."""
        self.clicks += 1
        one = self.one(css)
        one.clear()
        one.send_keys(text)

    def date(self, css: str, day: str) -> None:
        """Choose a day (2026-11-30): how one types it into a date field depends on the browser's language."""
        self.clicks += 1
        self.page.execute_script("arguments[0].value = arguments[1]", self.one(css), day)

    def choose(self, css: str, value: str) -> None:
        """Choose from a list."""
        self.clicks += 2
        Select(self.one(css)).select_by_value(value)

    def upload(self, css: str, path: Any) -> None:
        """Give a file, and wait for the page that has it."""
        before = self.page.find_element(By.TAG_NAME, "html")
        self.clicks += 1
        self.one(css).send_keys(str(path))
        self.await_(lambda: is_gone(before), "the page with the file")

    def reads(self, text: str) -> None:
        """Wait until the page says so."""

        def shown() -> bool:
            with suppress(StaleElementReferenceException):  # The next page came between the two.
                return text in self.page.find_element(By.TAG_NAME, "body").text
            return False

        self.await_(shown, text)

    # ---- By keys alone

    def press(self, *keys: str) -> None:
        """Press keys one after the other, wherever the focus is."""
        for key in keys:
            self.keys += 1
            ActionChains(self.page).send_keys(key).perform()

    def write(self, text: str) -> None:
        """Type into what has the focus; letters are not counted."""
        ActionChains(self.page).send_keys(text).perform()

    def reach(self, css: str, key: str = Keys.TAB, most: int = 150) -> None:
        """Press Tab until the focus is there; wherever it comes by, it is to be seen."""
        passed: list[str] = []
        for _ in range(most):
            self.press(key)
            there, fault = self.page.execute_script(_AT, css)
            assert not fault, (fault, passed)
            if there:
                return
            passed.append(self.page.execute_script("return document.activeElement.outerHTML.slice(0, 60)"))
        raise AssertionError(f"{most} keys did not reach {css}; passed {passed}")

    def skip(self) -> None:
        """Go to what the page is about, past the rail; a page that is loaded anew is still there."""
        if not self.page.current_url.endswith("#main"):
            self.reach("a.skip", most=3)
            self.press(Keys.ENTER)

    def go_by(self, *keys: str) -> None:
        """Press keys of which the last leads to another page, and wait until that has come."""
        before = self.page.find_element(By.TAG_NAME, "html")
        self.press(*keys)
        self.await_(lambda: is_gone(before), f"the next page after {keys!r}")

    def focus_is_in(self, css: str) -> None:
        """Wait until the focus is somewhere within."""
        ask = "return Boolean(document.activeElement.closest(arguments[0]))"
        self.await_(lambda: self.page.execute_script(ask, css), f"the focus within {css}")

    def told(self, what: str) -> None:
        """Print what the walk took. Fails if the browser met an error; a refusal (409, 422) may be meant."""
        errors = [one["message"] for one in self.page.get_log("browser") if one["level"] == "SEVERE"]
        assert not [one for one in errors if "409" not in one and "422" not in one]
        took = " and ".join(f"{n} {of}" for n, of in ((self.clicks, "clicks"), (self.keys, "keys")) if n)
        sys.stdout.write(f"\n{what}: {took}, {time.monotonic() - self.begun:.1f} s\n")


def sized(page: Any, width: int) -> None:
    """Make the window as wide as a phone or a desk: a headless window by itself is never narrower than 500 px."""
    size = {"width": width, "height": 844 if width == PHONE else 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def is_gone(element: Any) -> bool:
    """Say whether an element's page has been left."""
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    return False
