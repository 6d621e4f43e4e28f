"""The one place that may read the system's time; everybody else asks a clock (law 4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the moment, as an aware datetime in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SimulatedClock:
    """A clock that moves only when told: demos, tests and replays run a month in a second."""

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start)

    def now(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to `moment`. Raises ValueError if that lies in the past: time never runs back."""
        moment = _aware(moment)
        if moment < self._now:
            raise ValueError(f"the clock stands at {self._now.isoformat()}; it can't go back to {moment}")
        self._now = moment

    def advance(self, **delta: float) -> None:
        """Move forward by a timedelta given in keywords: `advance(minutes=30)`."""
        self.set(self._now + timedelta(**delta))


_in_force: Clock = SystemClock()


def use(clock: Clock) -> None:
    """Put a clock in force in this process, the workspace's: what somebody may see can depend on the moment."""
    global _in_force
    _in_force = clock


def now() -> datetime:
    """Return the present moment by the clock in force."""
    return _in_force.now()


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; give an aware datetime")
    return moment.astimezone(UTC)
