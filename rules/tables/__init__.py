"""Decision tables: model, cells, XLSX files, and the report on gaps, overlaps and shadowed rows."""
