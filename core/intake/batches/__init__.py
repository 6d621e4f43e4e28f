"""Imports in the console: a file is kept, asked about, shown before it comes in, brought in by a worker, taken back."""
