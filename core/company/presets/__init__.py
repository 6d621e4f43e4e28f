"""What a company of some size begins with: packs of rules that name no team and no person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from ....hooks.text import Text
from ....rules.packs.reading import Pack, load_pack
from ...errors import Invalid, Problem
from ...journal.origin import Origin
from ...kinds import Company, RuleRecord, RuleVersion
from ...rulebook.documents import same
from ...workspace import Workspace
from ..portable.reading import Folder
from ..portable.rules import put_in_force


@dataclass(frozen=True)
class Preset:
    """A size: what it promises, the packs it brings, and the bundled packs that it leaves off."""

    title: Text
    promise: Text
    packs: tuple[str, ...]
    without: tuple[str, ...] = ()


PRESETS: Mapping[str, Preset] = {
    "small": Preset(
        Text("小 · 20 人以内", "Small, up to 20"),
        Text(
            "线索不漏、跟进不断、回款不拖；没有清单，少打扰",
            "no lead lost, follow-ups go on, payments in time; no checklists",
        ),
        ("follow", "payments"),
        ("sop",),
    ),
    "medium": Preset(
        Text("中 · 20–100 人", "Medium, 20 to 100"),
        Text("再加每个阶段的标准清单", "and a checklist for each stage"),
        ("follow", "payments"),
    ),
    "large": Preset(
        Text("大 · 100 人以上", "Large, over 100"),
        Text("再加停住的商机十个工作日告知主管", "and what stands still for ten working days is told to the manager"),
        ("follow", "payments", "stages"),
    ),
}
_ALL = ("follow", "payments", "stages")


def choose(ws: Workspace, size: str, origin: Origin) -> dict[str, int]:
    """Put the rules of a size in force, and switch off those of another that it leaves out.

    Rules that somebody has changed since stay as they are. Returns how many rules were made, changed, left alone.
    Raises Invalid for a size that there is not.
    """
    if size not in PRESETS:
        known = "、".join(PRESETS)
        raise Invalid([Problem("size", Text(f"规模应为：{known}", f"the size is one of {', '.join(PRESETS)}"))])
    preset = PRESETS[size]
    made, changed, unchanged = Counter[str](), Counter[str](), Counter[str]()
    with ws.door.transaction(origin) as tx:
        brought = {str(one["id"]): one for name in _ALL for one in pack(name).documents}
        own = {
            row.code
            for row in RuleVersion.select().where(RuleVersion.author_id != "")
            if not same(brought.get(row.code, {}), row.document)
        }
        own |= {row.code for row in RuleRecord.select().where(RuleRecord.retired_at.is_null(False))}
        packs = [_without(pack(name), own) for name in preset.packs]
        put_in_force(tx, Folder(packs=[one for one in packs if one.documents]), made, changed, unchanged)
        for row in RuleRecord.select().where(RuleRecord.pack.in_((*_ALL, "sop")) & RuleRecord.retired_at.is_null()):
            on = row.pack in preset.packs or (row.pack == "sop" and "sop" not in preset.without)
            if row.code not in own and row.enabled is not on:
                tx.change("rule", row.id, {"enabled": on})
                changed["rule"] += 1
        present = Company.get_or_none()
        if present is None:
            tx.create("company", {"size": size})
        elif present.size != size:
            tx.change("company", present.id, {"size": size})
    ws.refresh()
    return {"made": made["rule"], "changed": changed["rule"], "own": len(own)}


def pack(name: str) -> Pack:
    """Return a pack that presets bring."""
    file = f"{name}.yaml"
    return load_pack(resources.files(__package__).joinpath(file).read_text("utf-8"), file)


def _without(one: Pack, codes: set[str]) -> Pack:
    documents = tuple(document for document in one.documents if document["id"] not in codes)
    return Pack(one.id, one.title, one.rules, documents)
