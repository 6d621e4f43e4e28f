"""Backtests: a period of the journal lived again under other rules, in memory, with no effect outside."""
