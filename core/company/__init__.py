"""Setting a company up: tables and defaults, plugins and rules switched on and off."""
