"""Time, always injected: the clock, working calendars, deadlines."""
