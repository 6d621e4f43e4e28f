"""The outbox: events dispatched to rules, plugins and channels at least once, by queue and worker."""
