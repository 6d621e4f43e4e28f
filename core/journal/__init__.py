"""The journal: lines and their origin, seals, verification."""
