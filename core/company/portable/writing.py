"""Writing the company out: one file a kind of record, one a pack of rules; stable, so that a change is a small diff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ....rules.packs.bundled import bundled_packs
from ...configuration.vocabulary import bundled_vocabulary
from ...kinds import PluginRecord, RuleRecord
from ...rulebook.files import export as export_rules
from ...workspace import Workspace
from .records import Names, Portable, is_out, portables

HEAD = "company.yaml"
"""The file that says which format this is, which rules are off, and what the company says of itself."""
FORMAT = 1
"""Raised when an older Clew could not read what a newer one writes."""
_WIDTH = 110


def export(ws: Workspace) -> dict[str, str]:
    """Return the company as texts by file name. Passwords, keys and other secrets are never among them."""
    known = portables(ws.kinds)
    names = Names(known)
    head = {"format": FORMAT, "rules": _rules_off()}
    files = {HEAD: _dump(head)}
    for one in known:
        rows = _rows(ws, one, names)
        if not one.kind.listed_by_age:
            rows = sorted(rows, key=lambda row: tuple(str(row.get(name)) for name in one.kind.named_in_files))
        if rows and one.file == HEAD:
            files[HEAD] = _dump({**head, one.kind.name: rows})
        elif rows:
            files[one.file] = _dump({one.kind.name: rows})
    return files | {f"rules/{name}.yaml": text for name, text in export_rules().items()}


def write(ws: Workspace, folder: Path) -> list[str]:
    """Write the company into a folder, in the place of what an earlier export left there; return the files.

    Raises OSError if the folder can't be written.
    """
    files = export(ws)
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    ours = {f"{one.kind.name}.yaml" for one in portables(ws.kinds)}
    for stale in [*folder.glob("*.yaml"), *(folder / "rules").glob("*.yaml")]:
        name = stale.relative_to(folder).as_posix()
        if name not in files and (name in ours or name.startswith("rules/")):
            stale.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(files)


def _rows(ws: Workspace, one: Portable, names: Names) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    model: Any = one.kind.model
    records: list[Any] = list(model.select().order_by(model.id))
    for record in records:
        if one.kind.name != "plugin" and getattr(record, "plugin", None):
            continue  # What a plugin brought comes with the plugin.
        values = names.values(one, record, one.columns)
        keys = set(one.kind.named_in_files) - set(one.refers)
        row = {name: value for name, value in values.items() if name in keys or value != one.default(name)}
        if isinstance(record, PluginRecord):
            row["settings"] = {
                name: value for name, value in record.settings.items() if name not in ws.plugins.secrets(record.name)
            }
        key = one.key_of(values)
        # A folder names each record once: of what was cancelled and made again, what is in force.
        if key not in rows or not is_out(record):
            rows[key] = row
    return list(rows.values())


def _rules_off() -> dict[str, list[str]]:
    """Return the rules that are switched off or retired, where there are any."""
    off = [row.code for row in RuleRecord.select().where(~RuleRecord.enabled & RuleRecord.retired_at.is_null())]
    # Of a retired rule nothing is written out; those that come with Clew have to be retired again where it is read.
    bundled = {str(document["id"]) for pack in bundled_packs(bundled_vocabulary()) for document in pack.documents}
    retired = [
        row.code for row in RuleRecord.select().where(RuleRecord.retired_at.is_null(False)) if row.code in bundled
    ]
    return {name: sorted(codes) for name, codes in (("off", off), ("retired", retired)) if codes}


def _dump(document: Any) -> str:
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=_WIDTH)
    return text
