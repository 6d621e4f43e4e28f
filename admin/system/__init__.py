"""Pages for administrators: plugins, journal, dead letters."""
