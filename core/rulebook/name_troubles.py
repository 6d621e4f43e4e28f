"""Rules in force that name what is not there any more: found again when something is renamed, retired or switched off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from ...hooks.text import Text
from ..actions import notify
from ..actions.takers import operations
from ..configuration.configuration import Configuration
from ..journal.origin import SYSTEM
from ..kinds import RuleRecord
from ..storage.ids import new_id
from ..storage.statements import insert
from ..storage.system_tables import NameTrouble
from ..storage.turns import NAMES, one_at_a_time
from ..workspace import Workspace
from ..write.transaction import Transaction
from .documents import problems_of, title_of
from .vocabulary import stamp

_MOST_TOLD = 3
_MOST_KEPT = 20
_ORIGIN = replace(SYSTEM, channel="rule")
_seen: WeakKeyDictionary[Workspace, tuple[Configuration, Any]] = WeakKeyDictionary()
"""What this process last held the names against: the rules are looked at again when it changes."""


def watch_names(ws: Workspace) -> int:
    """Hold the rules in force against what is there, if that changed since; return how many rules came into trouble.

    Operations are told of each rule that did, once until it is mended. Safe in any number of processes.
    """
    now = (ws.configuration, stamp())
    if _seen.get(ws) == now:
        return 0
    found = troubles_now(ws)
    with ws.door.transaction(_ORIGIN) as tx:
        one_at_a_time(NAMES)
        fresh = _keep(found, tx.now)
        for code in fresh:
            _tell(tx, code, *found[code])
    _seen[ws] = now
    return len(fresh)


def troubles_now(ws: Workspace) -> dict[str, tuple[Text, list[Text]]]:
    """Return the rules in force with something wrong in their names or values: their titles, and what, in words."""
    on = set(ws.plugins.enabled)
    found = {}
    for row in RuleRecord.select().where(RuleRecord.enabled).order_by(RuleRecord.code):
        if (not row.plugin or row.plugin in on) and (problems := problems_of(ws, row.document)):
            found[row.code] = (title_of(row.document), [one.text for one in problems[:_MOST_KEPT]])
    return found


def _keep(found: dict[str, tuple[Text, list[Text]]], now: datetime) -> list[str]:
    """Bring the table in line with what was found; return the rules that are new in it, or in other trouble."""
    known = {row.code: row for row in NameTrouble.select()}
    gone = sorted(known.keys() - found.keys())
    if gone:
        NameTrouble.delete().where(NameTrouble.code.in_(gone)).execute()
    fresh = []
    for code, (_, problems) in sorted(found.items()):
        zh, en = "\n".join(one.zh for one in problems), "\n".join(one.en for one in problems)
        if code not in known:
            insert(NameTrouble(code=code, zh=zh, en=en, at=now))
        elif known[code].zh != zh:
            NameTrouble.update(zh=zh, en=en, at=now).where(NameTrouble.code == code).execute()
        else:
            continue
        fresh.append(code)
    return fresh


def _tell(tx: Transaction, code: str, title: Text, problems: list[Text]) -> None:
    said = Text(f"规则「{title.zh}」提到的名称不在了", f"The rule “{title.en}” names what is not there")
    more = len(problems) - _MOST_TOLD
    lines = [*problems[:_MOST_TOLD], *([Text(f"还有 {more} 处", f"and {more} more")] if more > 0 else [])]
    hint = Text("请修改规则，或把名称改回来。", "Change the rule, or give the name back.")
    for person in operations(tx.store):
        words = [one.for_locale(person.locale) for one in (*lines, hint)]
        key = f"names:{code}:{person.id}:{new_id(tx.now)}"
        notify(
            tx, person.id, said.for_locale(person.locale), "\n".join(words), None, key, "trouble", link=f"/rules/{code}"
        )


def name_troubles() -> dict[str, Text]:
    """Return what was wrong when the rules were last looked at, by the code of the rule."""
    return {row.code: Text(row.zh, row.en) for row in NameTrouble.select()}
