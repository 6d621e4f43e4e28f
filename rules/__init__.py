"""Deciding: rule documents and tables, their checks, the compiled index and joins, traces and explanations.

Pure (docs/rules.md): facts and a moment in, decisions out. Imports nothing else of Clew.
"""
