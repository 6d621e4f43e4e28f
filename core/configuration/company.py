"""What the company says of itself, read with the rest of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from ..kinds import Company


@dataclass(frozen=True)
class CompanySays:
    """The company's name, time zone and language; empty: what the installation's settings say."""

    name: str = ""
    zone: str = ""
    locale: str = ""


NOTHING_SAID = CompanySays()


def company_on_record() -> CompanySays:
    """Return what is on record."""
    row = Company.get_or_none()
    return CompanySays(row.name, row.zone, row.locale) if row is not None else NOTHING_SAID
