"""The log lies on a full disk: a process goes on with what it was about, and answers say what they would have said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
pytestmark = [pytest.mark.faults, pytest.mark.skipif(not FULL.exists(), reason="/dev/full stands for a full disk")]
LOGGING = """
import sys
import structlog
from clew.core.logs import configure_logs

configure_logs()
for _ in range(3):
    structlog.get_logger().error("scheduler failed", duty="seal")
sys.stderr.write("went on")
"""


def test_a_line_that_cant_be_written_stops_nobody() -> None:
    with FULL.open("w") as full:
        ended = subprocess.run([sys.executable, "-c", LOGGING], stdout=full, stderr=subprocess.PIPE, text=True)
    assert "went on" in ended.stderr
    assert "Traceback" not in ended.stderr.partition("went on")[0]
