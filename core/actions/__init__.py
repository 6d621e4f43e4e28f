"""What rules and plugins decide, carried out through the door."""
