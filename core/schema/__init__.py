"""Fields and their validation: what a value of each type is, and the one validator for forms, imports and the API."""
