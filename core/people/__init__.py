"""People signing in: passwords and API tokens."""
