"""The configuration in force: kinds, processes, calendar, plugins and rules, made whole from one snapshot."""
