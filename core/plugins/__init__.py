"""Installed plugins: which are on, how they fare, and every call of their hooks."""
