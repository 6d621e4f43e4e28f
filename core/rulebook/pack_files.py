"""Rule packs from files: checked, then installed through the door as rules that people can see and switch."""

from __future__ import annotations

from ...rules.packs.reading import load_pack
from ..journal.origin import Origin
from ..kinds import RuleRecord
from ..workspace import Workspace


def install_pack(ws: Workspace, text: str, origin: Origin, source: str = "<text>") -> int:
    """Install a pack's rules; those that stand already in the same words stay. Return how many are new or changed.

    Raises RuleError with every problem of the pack; nothing is then installed.
    """
    pack = load_pack(text, source, ws.configuration.vocabulary)
    touched = 0
    with ws.door.transaction(origin) as tx:
        for document in pack.documents:  # A decision table whole, not a rule a row.
            number = int(document.get("version", 1))
            values = {"pack": pack.id, "version": number, "document": document}
            row = RuleRecord.get_or_none(RuleRecord.code == document["id"])
            if row is None:
                tx.create("rule", {"code": document["id"], **values})
            elif row.document != document:
                tx.change("rule", row.id, {**values, "version": max(number, row.version + 1)})
            else:
                continue
            touched += 1
    return touched
