"""Explanations of one evaluation: each clause with the value it met, and the smallest change that would fire the rule."""
