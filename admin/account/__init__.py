"""Signing in and one's own account: links to set a password, profile, sessions, API tokens."""
