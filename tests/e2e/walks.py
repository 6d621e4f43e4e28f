"""Somebody at the console, driven as a person would: clicks and seconds are counted and printed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select


class Walk:
    """One walk through the console, with what it took."""

    def __init__(self, page: Any, await_: Callable[..., Any]) -> None:
        self.page, self.await_ = page, await_
        self.clicks, self.begun = 0, time.monotonic()

    def one(self, css: str) -> Any:
        """Return what is at a selector, as soon as it is there."""
        return self.await_(lambda: next(iter(self.page.find_elements(By.CSS_SELECTOR, css)), None), css)

    def click(self, css: str) -> None:
        """Click on it, wherever on the page it is."""
        self.clicks += 1
        one = self.one(css)
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

    def reads(self, text: str) -> None:
        """Wait until the page says so."""

        def shown() -> bool:
            with suppress(StaleElementReferenceException):  # The next page came between the two.
                return text in self.page.find_element(By.TAG_NAME, "body").text
            return False

        self.await_(shown, text)

    def told(self, what: str) -> None:
        """Print what the walk took. Fails if the browser met an error; a refusal (409, 422) may be meant."""
        errors = [one["message"] for one in self.page.get_log("browser") if one["level"] == "SEVERE"]
        assert not [one for one in errors if "409" not in one and "422" not in one]
        sys.stdout.write(f"\n{what}: {self.clicks} clicks, {time.monotonic() - self.begun:.1f} s\n")


def is_gone(element: Any) -> bool:
    """Say whether an element's page has been left."""
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    return False
