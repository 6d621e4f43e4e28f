"""Evaluation: the compiled ruleset, its index, chaining, joins (by hash, and by durable-rules), outcome and trace."""
