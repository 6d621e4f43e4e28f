"""Setting a company up: tables and defaults."""
