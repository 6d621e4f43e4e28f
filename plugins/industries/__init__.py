"""Industry plugins: what differs by trade."""
