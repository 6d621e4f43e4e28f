"""The console: Flask-Admin's views with a theme of their own, and sign-in."""

from .console import register

__all__ = ["register"]
