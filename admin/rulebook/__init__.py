"""The console pages of the rulebook: rules, editor, decision tables, backtests, why."""
