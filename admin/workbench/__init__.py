"""Today: what waits for whoever signs in."""
