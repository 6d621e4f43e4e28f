"""Installed plugins: their manager, actions, and switching them on and off."""
