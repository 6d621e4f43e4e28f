"""Setting a company up in the console: roles, people, calendars, fields, processes."""
