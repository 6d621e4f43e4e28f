"""Integration plugins: what talks to the outside."""
