"""The rule language: documents, conditions, operators, values, templates, and the vocabulary they are checked against."""
