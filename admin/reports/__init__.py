"""The manager's report: figures, charts, page and PDF."""
