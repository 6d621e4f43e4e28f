"""Processes: stages, transitions, and what each stage demands."""
