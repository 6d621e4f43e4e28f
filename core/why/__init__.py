"""Why something happened, and why not: chains of causes read from the journal, clauses from the rules of then."""
