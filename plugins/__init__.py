"""Bundled plugins: written like any vendor's, against the public face `clew` only."""
