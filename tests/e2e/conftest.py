"""What walks of people share: the width they look at, a scan to hand in, a morning with work for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clew.core.demo.scans import contract_as_pdf

from ..conftest import START
from .walks import sized


@pytest.fixture(scope="session")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract of two pages, scanned."""
    path = tmp_path_factory.mktemp("scans") / "合同 扫描件.pdf"
    path.write_bytes(contract_as_pdf("SALES-1", "苏州恒锐精密", Decimal(864_000), START))
    return path


@pytest.fixture
def at_width(browser: Any) -> Iterator[Any]:
    """A function that gives the browser a width in pixels, for this test."""
    yield lambda width: sized(browser, width)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
