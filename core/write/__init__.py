"""The write path: the door, its transaction, pre-write rules, locks."""
