"""The rules as people list them: what is in force, what is on its way, what fired, what does not load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from ...hooks.text import Text, n_of
from ...rules.language.errors import RulesError
from ...rules.tables.model import is_table as rule_is_table
from ...rules.wording.sentences import sentence
from ..errors import NotFound
from ..kinds import OPEN_STATES, RulePack, RuleRecord, RuleVersion
from ..storage.queries import pairs
from ..storage.system_tables import Firing, NameTrouble, RuleTrouble
from ..workspace import Workspace
from .documents import ids_of, rules_of, title_of, vocabulary_of

STATES: dict[str, Text] = {
    "draft": Text("草稿", "Draft"),
    "review": Text("待审批", "In review"),
    "scheduled": Text("待生效", "Scheduled"),
    "published": Text("生效中", "In force"),
    "off": Text("已停用", "Off"),
    "retired": Text("已退役", "Retired"),
}
"""What a rule can be. One that is in force may be on its way to another version at the same time."""
_OPEN = {"draft": "draft", "review": "review", "approved": "scheduled"}
LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Entry:
    """One rule: the version in force (none before its first), the one on its way, and how it fares.

    `missing` says which names it uses that are not there, as the last look at the rules in force found them.
    """

    code: str
    row: RuleRecord | None
    open: RuleVersion | None
    trouble: RuleTrouble | None
    fired: int
    plugin_off: bool = False
    missing: NameTrouble | None = None

    @property
    def document(self) -> Mapping[str, Any]:
        """The document in force, or else the one on its way."""
        found: Mapping[str, Any] = self.row.document if self.row is not None else self.open.document  # type: ignore[union-attr]
        return found

    @property
    def version(self) -> int | None:
        """The number of the version in force or last in force; None for a rule that never was."""
        return self.row.version if self.row is not None else None

    @property
    def pack(self) -> str:
        """The pack it belongs to."""
        return str(self.row.pack if self.row is not None else self.open.pack)  # type: ignore[union-attr]

    @property
    def title(self) -> Text:
        """Its name."""
        return title_of(self.document)

    @property
    def owner(self) -> str:
        """Who answers for it, as its document says."""
        return str(self.document.get("owner") or "")

    @property
    def triggers(self) -> tuple[str, ...]:
        """The events it answers."""
        given = self.document.get("trigger") or ()
        return (given,) if isinstance(given, str) else tuple(str(one) for one in given)

    @property
    def is_table(self) -> bool:
        """Say whether it is a decision table."""
        return rule_is_table(self.document)

    @property
    def states(self) -> tuple[str, ...]:
        """What it is, as names of STATES: in force or not, and what is on its way."""
        found = [] if self.row is None else ["published"]
        if self.row is not None and (not self.row.enabled or self.plugin_off):
            found = ["off"]
        if self.row is not None and self.row.retired_at is not None:
            found = ["retired"]
        return (*found, *([_OPEN[self.open.state]] if self.open is not None else ()))

    @property
    def changed_at(self) -> datetime:
        """When it was last changed: the rule itself, or the version on its way."""
        moments = [one.updated_at for one in (self.row, self.open) if one is not None]
        newest: datetime = max(moments)
        return newest


def entries(ws: Workspace) -> list[Entry]:
    """Return every rule and every new one on its way, by pack and code."""
    rows = {row.code: row for row in RuleRecord.select()}
    opened = {
        row.code: row
        for row in RuleVersion.select().where(RuleVersion.state.in_(OPEN_STATES)).order_by(RuleVersion.number)
    }
    troubles = {row.code: row for row in RuleTrouble.select()}
    missing = {row.code: row for row in NameTrouble.select()}
    fired = _fired(ws)
    on = set(ws.plugins.enabled)
    found = [
        _entry(code, rows.get(code), opened.get(code), (troubles.get(code), missing.get(code)), fired, on)
        for code in {*rows, *opened}
    ]
    return sorted(found, key=lambda entry: (entry.pack, entry.code))


def entry_of(ws: Workspace, code: str) -> Entry:
    """Return one rule. Raises NotFound."""
    row = RuleRecord.get_or_none(RuleRecord.code == code)
    opened = open_version(code)
    if row is None and opened is None:
        raise NotFound(f"没有规则「{code}」。", f"no rule {code!r}")
    trouble = (
        RuleTrouble.get_or_none(RuleTrouble.code == code),
        NameTrouble.get_or_none(NameTrouble.code == code),
    )
    names = _names(code, row)
    return _entry(code, row, opened, trouble, _fired(ws, names), set(ws.plugins.enabled))


def open_version(code: str) -> RuleVersion | None:
    """Return the version on its way, approved ones too; None if there is none."""
    query = RuleVersion.select().where((RuleVersion.code == code) & RuleVersion.state.in_(OPEN_STATES))
    found: RuleVersion | None = query.order_by(RuleVersion.number.desc()).first()
    return found


def names_in(document: Mapping[str, Any]) -> list[str]:
    """Return the ids under which a document's firings and journal lines stand: its rows', for a table."""
    try:
        return sorted({str(document.get("id")), *ids_of(rules_of(document))})
    except RulesError:
        return [str(document.get("id"))]


def in_words(ws: Workspace, document: Mapping[str, Any]) -> Text:
    """Return a document as a sentence in both languages; empty if it can't be read (yet)."""
    if rule_is_table(document):
        rows, inputs = len(document.get("rows") or ()), len(document.get("inputs") or ())
        zh, en = _HITS.get(str(document.get("hit") or "first"), _HITS["first"])
        return Text(
            f"决策表：{inputs} 列条件，{rows} 行；{zh}。",
            f"A decision table of {n_of(rows, 'row')}, {n_of(inputs, 'input')}: {en}.",
        )
    try:
        (rule,) = rules_of(document)
        known = vocabulary_of(ws)
        return Text(sentence(rule, known, "zh"), sentence(rule, known, "en"))
    except (RulesError, ValueError):
        return Text("", "")


_HITS = {
    "first": ("自上而下，第一行成立的生效", "the first row that fits decides"),
    "unique": ("只许一行成立", "only one row may fit"),
    "collect": ("成立的每一行都生效", "every row that fits counts"),
}


def pack_titles() -> dict[str, Text]:
    """Return the titles of the packs that have one, by their code."""
    rows = [(row.code, row.title) for row in RulePack.select() if row.title]
    return {code: Text(str(title.get("zh") or code), str(title.get("en") or code)) for code, title in rows}


def versions_of(code: str) -> list[RuleVersion]:
    """Return every version of a rule, the newest first."""
    return list(RuleVersion.select().where(RuleVersion.code == code).order_by(RuleVersion.number.desc()))


def waiting() -> list[RuleVersion]:
    """Return the versions that wait for approval, the longest first."""
    return list(RuleVersion.select().where(RuleVersion.state == "review").order_by(RuleVersion.submitted_at))


def scheduled() -> list[RuleVersion]:
    """Return the approved versions that are not in force yet, the next first."""
    return list(RuleVersion.select().where(RuleVersion.state == "approved").order_by(RuleVersion.effective_at))


def _fired(ws: Workspace, names: list[str] | None = None) -> Counter[str]:
    recent = Firing.at >= ws.clock.now() - LOOKED_BACK
    if names is not None:
        recent &= Firing.rule.in_(names)
    rows = Firing.select(Firing.rule, fn.COUNT(Firing.id)).where(recent).group_by(Firing.rule)
    return Counter(dict(pairs(rows)))


def _names(code: str, row: RuleRecord | None) -> list[str]:
    """Return the ids under which a rule's firings stand, without reading its document as rules."""
    if row is None or not rule_is_table(row.document):
        return [code]
    return [f"{code}-{one.get('id')}" for one in row.document.get("rows") or () if isinstance(one, Mapping)]


def _entry(
    code: str,
    row: RuleRecord | None,
    opened: RuleVersion | None,
    trouble: tuple[RuleTrouble | None, NameTrouble | None],
    fired: Counter[str],
    on: Iterable[str],
) -> Entry:
    off = bool(row is not None and row.plugin and row.plugin not in on)
    return Entry(code, row, opened, trouble[0], sum(fired[name] for name in _names(code, row)), off, trouble[1])
