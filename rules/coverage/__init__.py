"""Comparing two versions of a rule by what they cover: whom the old one reached and the new one does not."""
