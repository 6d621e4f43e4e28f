"""One part of a backtest in a process of its own: its number as argument, the settings as JSON on standard input."""

from __future__ import annotations

import json
import sys

from ..backtest.parts import run_part
from ..opening import open_workspace
from ..settings import Settings
from ..time.clock import SystemClock


def main() -> None:
    """Run the part."""
    ws = open_workspace(settings=Settings(**json.load(sys.stdin)), clock=SystemClock())
    try:
        run_part(ws, int(sys.argv[1]))
    finally:
        ws.close()


if __name__ == "__main__":
    main()
