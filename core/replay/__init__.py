"""Replay: the journal read back: records in memory, and the state at any moment."""
