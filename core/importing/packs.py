"""Rule packs from files: checked, then installed through the door as rules that people can see and switch."""

from __future__ import annotations

from ...rules import default_vocabulary, load_pack
from ..models import RuleRecord
from ..origin import Origin
from ..workspace import Workspace


def install_pack(ws: Workspace, text: str, origin: Origin, source: str = "<text>") -> int:
    """Install a pack's rules; those that stand already in the same words stay. Return how many are new or changed.

    Raises RuleError with every problem of the pack; nothing is then installed.
    """
    pack = load_pack(text, source, default_vocabulary())
    touched = 0
    with ws.door.transaction(origin) as tx:
        for rule in pack.rules:
            values = {"pack": pack.id, "version": rule.version, "document": rule.document}
            row = RuleRecord.get_or_none(RuleRecord.code == rule.id)
            if row is None:
                tx.create("rule", {"code": rule.id, **values})
            elif row.document != rule.document:
                tx.change("rule", row.id, {**values, "version": max(rule.version, row.version + 1)})
            else:
                continue
            touched += 1
    return touched
