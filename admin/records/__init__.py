"""Pages of records: lists, one record, its timeline."""
