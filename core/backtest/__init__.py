"""Backtests: a period of the journal lived again under other rules, in memory, with no effect outside.

`start` asks, `run` runs it here (or workers take its parts), `stop` keeps what there is. A run starts from
today's records with later changes taken back; what people did is given, what rules do is simulated.
"""

from ..replay.lines import moment_of
from .headline import headline
from .parts import due, offer, run_part
from .requests import attach, backtest_of, differences_of, first_moment, is_stale, run, start, stop

__all__ = [
    "attach",
    "backtest_of",
    "differences_of",
    "due",
    "first_moment",
    "headline",
    "is_stale",
    "moment_of",
    "offer",
    "run",
    "run_part",
    "start",
    "stop",
]
