"""Leads coming in: taken, identified, merged, imported."""
