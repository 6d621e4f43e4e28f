"""Facts of an event, and the related records rules match against."""
