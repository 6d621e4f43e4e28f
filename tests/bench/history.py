"""A long history made fast: journal lines as people's acts would leave them, without a lived-through door."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from clew.core.journal import lines as journal
from clew.core.kinds import Customer, Lead
from clew.core.storage.database import database, door_opened
from clew.core.storage.ids import new_id
from clew.core.storage.system_tables import JournalLine
from clew.core.workspace import Workspace

from .sales_rules import BAND, SHAPES

PUBLIC, USER = ("public", "", "官网"), ("user", "", "销售")
Act = tuple[datetime, str, str, str, dict[str, Any], dict[str, Any], tuple[str, str, str]]


def acts(start: datetime, leads: int, seconds: float, rules: int) -> Iterator[Act]:
    """Yield what people do: each lead comes in, is answered, and moves on three stages."""
    rng = random.Random(7)
    industries, regions, bands = SHAPES[rules]
    agenda: list[Act] = []
    for number in range(leads):
        at = start + timedelta(seconds=number * seconds)
        customer, lead, follow = (f"{kind}{new_id(at)[1:10]}{number:016d}" for kind in "123")
        about = {"industry": f"行业{rng.randrange(industries)}", "region": f"地区{rng.randrange(regions)}"}
        name = f"客户{number}有限公司"
        agenda.append((at, "customer", "created", customer, {}, _customer(name, about), PUBLIC))
        budget = f"{rng.randrange(bands * BAND)}.00"
        agenda.append((at, "lead", "created", lead, {}, _lead(name, about, customer, budget, at), PUBLIC))
        answered = at + timedelta(minutes=rng.randrange(2, 90))
        talk = {"lead_id": lead, "customer_id": customer, "way": "phone", "content": "谈过", "effective": True}
        talk |= {"at": journal.plain(answered), "by_id": None, "next_at": None, "extra": {}}
        agenda.append((answered, "follow_up", "created", follow, {}, talk, USER))
        stages = ("first_contact", "diagnosis", "demo", "negotiation")
        for step, (old, new) in enumerate(pairwise(stages), 1):
            moved = answered + timedelta(hours=step)
            stay = journal.plain(moved)
            agenda.append(
                (moved, "lead", "stage_changed", lead, {"stage": old}, {"stage": new, "stage_since": stay}, USER)
            )
    yield from sorted(agenda, key=lambda act: act[0])


def write(ws: Workspace, happened: Iterator[Act]) -> None:
    """Write acts into the journal, and the records they speak of where a page would show them."""
    rows: list[dict[str, Any]] = []
    with door_opened(), database.atomic():
        for at, kind, what, record_id, before, after, (actor_kind, actor_id, actor_name) in happened:
            line = JournalLine(
                id=new_id(at),
                at=at,
                kind=f"{kind}.{what}",
                record_kind=kind,
                record_id=record_id,
                record_revision=1,
                actor_kind=actor_kind,
                actor_id=actor_id,
                actor_name=actor_name,
                channel="console" if actor_kind == "user" else "form",
                before=before,
                after=after,
                digest="",
            )
            rows.append({name: line.__data__.get(name) for name in JournalLine._meta.fields if name != "seq"})
            rows[-1] = {name: value for name, value in rows[-1].items() if value is not None or name == "cause_seq"}
            if len(rows) == 400:
                JournalLine.insert_many(rows).execute()
                rows.clear()
            if what == "created" and kind in ("customer", "lead"):
                model = Customer if kind == "customer" else Lead
                moments = {"created_at": at, "updated_at": at}
                given = {**after, "received_at": at, "stage_since": at} if kind == "lead" else after
                model.insert(id=record_id, **moments, **given).execute()
        if rows:
            JournalLine.insert_many(rows).execute()


def _customer(name: str, about: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "name_key": name, "credit_code": None, **about, "grade": "", "extra": {}}


def _lead(name: str, about: dict[str, str], customer: str, budget: str, at: datetime) -> dict[str, Any]:
    moment = journal.plain(at)
    return {
        "customer_id": customer,
        "company": name,
        "source": "web_form",
        **about,
        "budget": budget,
        "note": "",
        "quality": "",
        "process": "sales",
        "stage": "first_contact",
        "outcome": "open",
        "received_at": moment,
        "stage_since": moment,
        "lost_reason": "",
        "extra": {},
    }
