"""Clew's core: records, the one door, the journal and its dispatch, and all that reads them."""
