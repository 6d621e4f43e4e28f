"""Channels that bring notifications to people."""
