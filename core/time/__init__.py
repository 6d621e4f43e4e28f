"""Time, always injected: the clock and working calendars."""
