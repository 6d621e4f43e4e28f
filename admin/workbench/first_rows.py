"""The first few rows of what is broken or waits for operations: each in words, and the address of just that row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...core.kinds import Customer, Lead, PossibleDuplicate, RuleRecord, RuleVersion
from ...core.outbox.decisions import ONE_RULE
from ...core.outbox.set_aside import whose
from ...core.rulebook.documents import code_of, title_of
from ...core.storage.queries import Query
from ...core.storage.system_tables import Dispatch, PluginHealth
from ...core.timeline.describer import Describer
from ...core.timeline.rule_versions import Versions
from ...core.timeline.viewer import Viewer
from ...core.workbench.waiting import Waiting
from .. import words
from ..session import english, locale

if TYPE_CHECKING:
    from ..base import ConsoleView

MOST = 3
Row = tuple[str, str]


def first_rows(view: ConsoleView, thing: Waiting) -> list[Row]:
    """Return at most three rows of a thing that waits, each with its address; none where it has no reader here."""
    reader = _READERS.get(thing.name)
    return list(reader(view, thing.rows)) if reader is not None else []


def _letters(view: ConsoleView, rows: Query) -> Iterator[Row]:
    letters = list(rows.order_by(Dispatch.id.desc()).limit(MOST))
    asked = [one.consumer.removeprefix(ONE_RULE) for one in letters if one.consumer.startswith(ONE_RULE)]
    titles = {row.code: title_of(row.document) for row in RuleRecord.select()} if asked else {}
    describer = Describer(Viewer(view.ws, view.actor), Versions())
    for one in letters:
        code = code_of(one.consumer.removeprefix(ONE_RULE), titles) if one.consumer.startswith(ONE_RULE) else ""
        title = titles.get(code)
        who = whose(one.consumer, {"zh": title.zh, "en": title.en} if title else None)
        at = words.moment(one.created_at, view.ws.clock.now(), view.ws.settings.zone, english())
        said = (describer.words(one.kind).for_locale(locale()), who.for_locale(locale()), at)
        yield " · ".join(said), f"/dead-letters/?letter={one.id}"


def _plugins(view: ConsoleView, rows: Query) -> Iterator[Row]:
    known = view.ws.plugins.catalogue.plugins
    for one in rows.order_by(PluginHealth.quarantined_at, PluginHealth.name).limit(MOST):
        yield known[one.name].title.for_locale(locale()), f"/plugins/?aside=1#plugin-{one.name}"


def _rules(_view: ConsoleView, rows: Query) -> Iterator[Row]:
    # Of a rule that does not load, and of one that names what is not there, the table says the code.
    found = list(rows.order_by(rows.model.code).limit(MOST))
    documents = RuleRecord.select().where(RuleRecord.code.in_([one.code for one in found]))
    titles = {row.code: title_of(row.document) for row in documents} if found else {}
    for one in found:
        title = titles.get(one.code)
        yield title.for_locale(locale()) if title is not None else one.code, f"/rules/{one.code}"


def _versions(_view: ConsoleView, rows: Query) -> Iterator[Row]:
    for one in rows.order_by(RuleVersion.submitted_at, RuleVersion.id).limit(MOST):
        yield title_of(one.document).for_locale(locale()), f"/approvals/{one.id}"


def _leads(_view: ConsoleView, rows: Query) -> Iterator[Row]:
    for one in rows.order_by(Lead.received_at, Lead.id).limit(MOST):
        yield one.company, f"/leads/{one.id}"


def _pairs(_view: ConsoleView, rows: Query) -> Iterator[Row]:
    found = list(rows.order_by(PossibleDuplicate.id.desc()).limit(MOST))
    ids = {one for pair in found for one in (pair.customer_id, pair.other_id)}
    names = {row.id: row.name for row in Customer.select().where(Customer.id.in_(ids))} if ids else {}
    for pair in found:
        yield f"{names.get(pair.customer_id, '')} · {names.get(pair.other_id, '')}", f"/duplicates/#{pair.id}"


_READERS: dict[str, Callable[[ConsoleView, Query], Iterator[Row]]] = {
    "dead_letters": _letters,
    "plugins_aside": _plugins,
    "rule_trouble": _rules,
    "rule_names": _rules,
    "approvals": _versions,
    "approvals_late": _versions,
    "unowned": _leads,
    "duplicates": _pairs,
}
