"""Files that belong to records: taken in, checked, kept outside the database, handed out again."""

from .attaching import (
    Attached,
    attach,
    documents_of,
    find,
    holder_of,
    holders,
    may_attach,
    note_read,
    path_to_read,
    restore,
    retire,
    sweep,
    where_it_is,
)

__all__ = [
    "Attached",
    "attach",
    "documents_of",
    "find",
    "holder_of",
    "holders",
    "may_attach",
    "note_read",
    "path_to_read",
    "restore",
    "retire",
    "sweep",
    "where_it_is",
]
