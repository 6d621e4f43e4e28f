"""Which rule is asked about and which events it listens to; which record is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..actions import Subject, subject_of
from ..errors import NotFound
from ..facts.database_store import DatabaseStore
from ..kinds import Lead, RuleRecord, RuleVersion
from ..storage.system_tables import JournalLine
from ..timeline.rule_versions import described
from ..timeline.who import RuleSeen
from ..workspace import Workspace


def others(kinds: Iterable[str], acted: Iterable[RuleSeen]) -> list[RuleSeen]:
    """Return today's rules that listen to these kinds of event, but for those that acted: "why not?" is asked of them.

    Of a decision table that acted these are its other rows.
    """
    wanted, ids = set(kinds), {one.id for one in acted}
    codes = {one.code for one in acted}
    found, rows = [], []
    for row in RuleRecord.select().where(RuleRecord.retired_at.is_null()).order_by(RuleRecord.pack, RuleRecord.code):
        trigger = row.document.get("trigger")
        heard = {trigger} if isinstance(trigger, str) else set(trigger or ())
        if not heard & wanted:
            continue
        if row.code not in codes:
            found.append(described(row.code, row.document))
            continue
        named = [f"{row.code}-{one.get('id')}" for one in row.document.get("rows") or ()]
        rows += [described(one, row.document) for one in named if one not in ids]
    return [*found, *rows]


def triggers_of(code: str) -> tuple[str, ...]:
    """Return the kinds of event that a rule listens to. Raises NotFound."""
    return triggers_in(asked_about(code))


@dataclass(frozen=True)
class Asked:
    """The rule asked about: its document (today's, the last it had, or a draft), and the one row if one is meant."""

    document: Mapping[str, Any]
    rule_id: str | None


def asked_about(code: str, document: Mapping[str, Any] | None = None) -> Asked:
    """Return the rule, table or table's row that `code` names. Raises NotFound."""
    if document is not None:
        return Asked(document, None if code == document.get("id") else code)
    row = RuleRecord.get_or_none(RuleRecord.code == code)
    if row is not None and row.retired_at is None:
        return Asked(row.document, None)
    # A table's row may carry on the name of the rule it took the place of.
    for table in RuleRecord.select():
        if code in {f"{table.code}-{one.get('id')}" for one in table.document.get("rows") or ()}:
            return Asked(table.document, code)
    last = RuleVersion.select().where(RuleVersion.code == code).order_by(RuleVersion.number.desc()).first()
    if last is not None:
        return Asked(last.document, None)
    raise NotFound(f"没有规则「{code}」。", f"no rule {code!r}")


def triggers_in(mine: Asked) -> tuple[str, ...]:
    """Return the kinds of event it listens to."""
    found = mine.document.get("trigger") or ()
    return (found,) if isinstance(found, str) else tuple(found)


def subject_of_line(ws: Workspace, line: JournalLine) -> Subject:
    """Return the record that a line is about, as rules mean it. Raises NotFound if it is about none."""
    return subject_named(ws, line.record_kind, line.record_id)


def subject_named(ws: Workspace, kind: str, record_id: str) -> Subject:
    """Return a record as rules mean it: for a task the lead it is about. Raises NotFound."""
    store = DatabaseStore(ws.kinds)
    record = store.get(kind, record_id) if kind in ws.kinds and ws.kinds[kind].ruled else None
    if record is None:
        raise NotFound("没有这条记录，或规则不涉及这类记录。", "no such record, or rules hear nothing of its kind")
    return subject_of(ws.kinds, store, kind, record)


def lead_named(text: str) -> Lead:
    """Return the lead of this id, external id or company. Raises NotFound, naming those it could be."""
    for condition in (Lead.id == text, Lead.external_id == text, Lead.company == text, Lead.company.contains(text)):
        some = list(Lead.select().where(condition).order_by(Lead.id.desc()).limit(6))
        if len(some) == 1:
            return some[0]
        if some:
            names = "；".join(f"{one.id} {one.company}" for one in some)
            raise NotFound(
                f"「{text}」不止一条，请给出编号：{names}", f"{text!r} is several leads, give an id: {names}"
            )
    raise NotFound(f"没有线索「{text}」。", f"no lead {text!r}: give its id, external id or company")
