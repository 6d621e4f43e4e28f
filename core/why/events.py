"""Which rule is asked about and which events it listens to; which events a lead had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import NotFound
from ..models import Contract, Deadline, FollowUp, JournalLine, Lead, Record, RuleRecord, RuleVersion, Task
from .links import RuleSeen
from .versions import described

_OF_A_LEAD: Mapping[str, type[Record]] = {
    "follow_up": FollowUp,
    "task": Task,
    "contract": Contract,
    "deadline": Deadline,
}


def events_of(lead: Lead, kinds: Iterable[str]) -> list[JournalLine]:
    """Return a lead's lines of these kinds that rules heard of, the newest first."""
    wanted = list(kinds)
    own = (JournalLine.record_kind == "lead") & (JournalLine.record_id == lead.id)
    belonging = [
        (JournalLine.record_kind == kind)
        & JournalLine.record_id.in_([one.id for one in model.select(model.id).where(model.lead == lead.id)])
        for kind, model in _OF_A_LEAD.items()
        if any(name.startswith(f"{kind}.") for name in wanted)
    ]
    found = list(JournalLine.select().where(own & JournalLine.kind.in_(wanted)))
    for condition in belonging:
        found.extend(JournalLine.select().where(condition & JournalLine.kind.in_(wanted)))
    return sorted(found, key=lambda line: -line.seq)


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


def lead_of(lead_id: str | None) -> Lead:
    """Return a lead. Raises NotFound."""
    found = Lead.get_or_none(Lead.id == lead_id) if lead_id else None
    if found is None:
        raise NotFound("没有这条线索，或这一行不属于任何线索。", "no such lead, or the line belongs to none")
    return found


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


def lead_id_of(line: JournalLine) -> str | None:
    """Return the lead that a line is about, None if it is about none."""
    if line.record_kind == "lead":
        return str(line.record_id)
    model = _OF_A_LEAD.get(line.record_kind)
    row: Any = model.get_or_none(model.id == line.record_id) if model else None
    return row.lead_id if row else None
