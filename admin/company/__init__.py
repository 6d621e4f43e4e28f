"""The company as data: the pages on which operations set it up."""
