"""The database: connections, the guard on writes, column types, prepared statements, system tables, ids."""
