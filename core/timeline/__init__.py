"""The event centre: every journal line in words, for one viewer, by one describer."""
