"""The first step of set-up: what the company is, the rules of its size and its trade, in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..journal.origin import Origin
from ..outbox import dispatch
from ..workspace import Workspace
from . import switches
from .presets.choosing import Step, choose_within
from .progress import company, save_within


@dataclass(frozen=True)
class Description:
    """What is asked about a company. `trade` is the plugin of its trade, None: left as it is."""

    name: str = ""
    size: str = ""
    zone: str = ""
    locale: str = ""
    trade: str | None = None


def describe(ws: Workspace, given: Description, origin: Origin, also: Collection[str] = ()) -> list[Step]:
    """Put on record what a company is, and in force what follows from it; return what became of the rules.

    `also` are rules of the company's own that its size may overwrite. Another trade switches the last one off. All of
    it, or nothing: raises Invalid and Forbidden, and what switching a plugin on raises.
    """
    last = company().trade
    trade = last if given.trade is None else given.trade
    asked = []
    if trade != last:
        asked = [switches.prepared(ws, name, on) for name, on in ((last, False), (trade, True)) if name]
    with ws.door.transaction(origin) as tx:
        done = choose_within(tx, given.size, also)
        for one in asked:
            switches.switch_within(ws, tx, one)
        said = {"name": given.name, "zone": given.zone, "locale": given.locale, "trade": trade}
        save_within(tx, said, "company")
    ws.refresh()
    for one in asked:
        if one.on:
            dispatch.release(ws, one.name)
    return done
