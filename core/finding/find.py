"""What an actor finds: the records of each kind that hold every word, as far as they see them and as they may read them.

One statement asks the index for the candidates of all kinds, then one a kind asks which of them the actor sees. Words
that very many records hold are met among the newest 2,000 that the actor sees, and among the first 20,000 records that
the index has for the longest of them, wherever these lie. So an answer costs by what it returns. A masked text is found by its whole, or by a part in rows that the actor sees whole: nobody gropes
for digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from peewee import SQL, fn

from ...hooks.text import Text
from ..access.masking import masked_value
from ..access.naming import name_of
from ..access.policy import visible
from ..access.rows import Rows
from ..access.wholeness import whole_ids, whole_rows
from ..journal.origin import Actor
from ..roles import TRUSTED, scopes
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.database import database
from ..storage.queries import found_in
from ..storage.system_tables import JournalLine, SearchTerm
from .folding import LONGEST_WORD, fold, wholes, words_of
from .terms import PERSONAL, PLAIN, WHOLE, values_of

EACH = 6
"""So many records of a kind are shown."""
_MOST_CANDIDATES = 1_000
_READ, _WALKED, _NEWEST = 40, 12, 2_000
_WALKED_IN_INDEX = 20_000
_LINES_BACK = 200
_LAST = "\U0010ffff"
_RECENT = 8
_REMOVED = Text("已移除", "Removed")
Stages = Callable[[Kind, Any], Text | None]
"""Says the stage of a record in words; None if it has none."""


@dataclass(frozen=True)
class Found:
    """One record: what it is called, and a word on where it stands, both as the actor may read them."""

    kind: Kind
    id: str
    title: Text
    detail: Text


def searchable(kinds: Kinds) -> list[Kind]:
    """Return the kinds whose records are found, in the order of their declaration."""
    return [kind for kind in kinds.values() if kind.found_by]


def find(kinds: Kinds, actor: Actor, text: str, among: Iterable[Kind], stages: Stages, each: int = EACH) -> list[Found]:
    """Return the records of some kinds that hold every word of a text: the closest first, then the newest."""
    words, here = words_of(text), list(among)
    if not words or not here:
        return []
    candidates = _candidates_of(actor, here, sorted(words, key=len, reverse=True))
    found: list[Found] = []
    for kind in here:
        rows = _rows(kinds, actor, kind, words, candidates)
        whole = _whole(kinds, actor, kind, rows)
        fitting = [(rank, row) for row in rows if (rank := _rank(kind, row, words, row.id in whole)) is not None]
        fitting.sort(key=lambda one: one[0])
        found += [_shown(kind, row, row.id in whole, stages) for _, row in fitting[:each]]
    return found


def recent(kinds: Kinds, actor: Actor, among: Iterable[Kind], stages: Stages) -> list[Found]:
    """Return the records that an actor worked on last."""
    here = {kind.name: kind for kind in among}
    lines = (
        JournalLine.select(JournalLine.record_kind, JournalLine.record_id)
        .where(JournalLine.actor_id == actor.id)
        .order_by(JournalLine.seq.desc())
        .limit(_LINES_BACK)
    )
    order = list(dict.fromkeys((line.record_kind, line.record_id) for line in lines if line.record_kind in here))
    order = order[: _RECENT * 2]
    found: dict[tuple[str, str], Found] = {}
    for name in dict.fromkeys(kind for kind, _ in order):
        query = visible(kinds, actor, name)
        rows = list(query.where(query.model.id.in_([one for kind, one in order if kind == name])))
        whole = _whole(kinds, actor, here[name], rows)
        found |= {(name, row.id): _shown(here[name], row, row.id in whole, stages) for row in rows}
    return [found[one] for one in order if one in found][:_RECENT]


# ---- Inside


def _masks(kind: Kind) -> bool:
    """Say whether something that a record is found by, or called, is masked."""
    return any(kind.by_name[name].mask for name in (*kind.found_by, *kind.named_by) if name in kind.by_name)


def _whole(kinds: Kinds, actor: Actor, kind: Kind, rows: list[Any]) -> set[str]:
    """Return those of some rows whose masked texts the actor reads whole."""
    if not rows or not _masks(kind):
        return {row.id for row in rows}
    if actor.kind in TRUSTED:
        return whole_ids(kinds, actor, kind.name, [row.id for row in rows])
    model = kind.model
    among = Rows(kinds, actor, _customers(kind, rows))
    fits = whole_rows(kinds, actor, kind.name, among)
    return {row.id for row in model.select(model.id).where(model.id.in_([row.id for row in rows]) & fits)}


def _is_of_customer(kind: Kind) -> bool:
    """Say whether every record of a kind belongs to a customer, or is one: access is then asked among those alone."""
    column = getattr(kind.model, "customer", None)
    return kind.name == "customer" or (column is not None and not column.null)


def _customers(kind: Kind, rows: Iterable[Any]) -> list[str] | None:
    if not _is_of_customer(kind):
        return None
    return sorted({row.id if kind.name == "customer" else row.customer_id for row in rows})


def _candidates_of(actor: Actor, kinds: list[Kind], words: list[str]) -> dict[tuple[str, int], list[str]]:
    """Return the candidates of each kind by the first of the words that not very many of its records hold."""
    found: dict[tuple[str, int], list[str]] = {}
    left = kinds
    for word in words:
        here = _candidates(actor, left, word)
        common = {name for (name, _), ids in here.items() if len(ids) > _MOST_CANDIDATES}
        names = {kind.name for kind in left}
        found = {key: ids for key, ids in found.items() if key[0] not in names} | here
        left = [kind for kind in left if kind.name in common]
        if not left:
            break
    return found


def _candidates(actor: Actor, kinds: list[Kind], word: str) -> dict[tuple[str, int], list[str]]:
    """Return the ids of records that may hold a word, by kind and sort of entry; one more than the most if very many do.

    A record that holds it twice is there twice.
    """
    parts, values = [], []
    mark, upper = database.param, word[:LONGEST_WORD] + _LAST
    for kind in kinds:
        sorts = [PLAIN, WHOLE] if _masks(kind) else [PLAIN]
        if _masks(kind) and scopes(actor, kind.name, "personal"):
            sorts.append(PERSONAL)
        for sort in sorts:
            fits = f"term = {mark}" if sort == WHOLE else f"term >= {mark} AND term < {mark}"
            parts.append(
                f"SELECT * FROM (SELECT record_kind, sort, record_id FROM search_term "  # noqa: S608 - names of ours
                f"WHERE record_kind = {mark} AND sort = {mark} AND {fits} LIMIT {_MOST_CANDIDATES + 1}) AS part"
            )
            values += [kind.name, sort, *((word,) if sort == WHOLE else (word[:LONGEST_WORD], upper))]
    found: dict[tuple[str, int], list[str]] = {}
    for name, sort, record_id in database.execute_sql(" UNION ALL ".join(parts), values).fetchall():
        found.setdefault((name, sort), []).append(record_id)
    return found


def _rows(
    kinds: Kinds, actor: Actor, kind: Kind, words: list[str], candidates: dict[tuple[str, int], list[str]]
) -> list[Any]:
    """Return the newest records of a kind that the actor sees and that may hold the words."""
    mine = {sort: ids for (name, sort), ids in candidates.items() if name == kind.name}
    if not mine:
        return []
    if any(len(ids) > _MOST_CANDIDATES for ids in mine.values()):
        model, seen = kind.model, visible(kinds, actor, kind.name)
        newest = seen.select(model.id).order_by(model.id.desc()).limit(_NEWEST)
        query = model.select().where(found_in(model.id, newest))
        for word in words:
            query = query.where(_holds(kinds, actor, kind, model.id, word))
        found = {row.id: row for row in query.order_by(model.id.desc()).limit(_WALKED)}
        if len(found) < _WALKED and (older := _together(kind, words)):
            query = Rows(kinds, actor, _customers_of(kind, older)).visible(kind.name)
            newest_first = fn.COALESCE(query.model.id, SQL("''")).desc()
            query = query.where(query.model.id.in_(older)).order_by(newest_first)
            found |= {row.id: row for row in query.limit(_READ)}
        return sorted(found.values(), key=lambda row: row.id, reverse=True)
    among = Rows(kinds, actor, _customers_of(kind, [one for ids in mine.values() for one in ids]))
    query = among.visible(kind.name)
    key = query.model.id
    fits = key.in_([*mine.get(PLAIN, ()), *mine.get(WHOLE, ())])
    if mine.get(PERSONAL):
        fits = fits | (key.in_(mine[PERSONAL]) & whole_rows(kinds, actor, kind.name, among))
    # Ordered by an expression, so that the few ids are looked up and not the order walked.
    return list(query.where(fits).order_by(fn.COALESCE(key, SQL("''")).desc()).limit(_READ))


def _together(kind: Kind, words: list[str]) -> list[str]:
    """Return ids of records whose plain texts hold all of some words, each of which very many records hold."""
    first, *others = sorted(words, key=len, reverse=True)
    mark, begins = database.param, f"term >= {database.param} AND term < {database.param}"
    ends = [[word[:LONGEST_WORD], word[:LONGEST_WORD] + _LAST] for word in (first, *others)]
    # Of each that is met the other words are asked by its own entries.
    holds = (
        f"EXISTS (SELECT 1 FROM search_term AS o WHERE o.record_id = met.record_id AND o.sort = {PLAIN} AND {begins})"  # noqa: S608
    )
    text = (
        f"SELECT DISTINCT record_id FROM (SELECT record_id FROM search_term WHERE record_kind = {mark} "  # noqa: S608
        f"AND sort = {PLAIN} AND {begins} LIMIT {_WALKED_IN_INDEX}) AS met "
        f"WHERE {' AND '.join([holds] * len(others)) or '1 = 1'} LIMIT {_MOST_CANDIDATES}"
    )
    values = [kind.name, *(one for pair in ends for one in pair)]
    return [row[0] for row in database.execute_sql(text, values).fetchall()]


def _customers_of(kind: Kind, ids: list[str]) -> list[str] | None:
    """Return the customers to whom records of these ids belong; None if some belong to none."""
    if kind.name == "customer":
        return ids
    if not _is_of_customer(kind):
        return None
    model: Any = kind.model
    return [row.customer_id for row in model.select(model.customer).where(model.id.in_(ids)).distinct()]


def _holds(kinds: Kinds, actor: Actor, kind: Kind, key: Any, word: str) -> Any:
    begins = (SearchTerm.term >= word[:LONGEST_WORD]) & (SearchTerm.term < word[:LONGEST_WORD] + _LAST)
    # The offset keeps PostgreSQL from reading all that hold the word: it is asked of each row that is met.
    of_row = SearchTerm.select(SQL("1")).where(SearchTerm.record_id == key).offset(0)
    found: Any = fn.EXISTS(of_row.where((SearchTerm.sort == PLAIN) & begins))
    if _masks(kind):
        found = found | fn.EXISTS(of_row.where((SearchTerm.sort == WHOLE) & (SearchTerm.term == word)))
        personal = fn.EXISTS(of_row.where((SearchTerm.sort == PERSONAL) & begins))
        found = found | (personal & whole_rows(kinds, actor, kind.name))
    return found


def _rank(kind: Kind, record: Any, words: list[str], whole: bool) -> int | None:
    """Return how well a record fits, 0 best; None if it does not: what the index says is held against the record."""
    ranks = []
    for word in words:
        best = None
        for field, value in values_of(kind, record):
            folded = fold(value)
            if word == folded or word in wholes(value):
                rank = 0
            elif (field.mask and not whole) or word not in folded:
                continue
            else:
                rank = 1 if folded.startswith(word) else 2
            best = rank if best is None else min(best, rank)
        if best is None:
            return None
        ranks.append(best)
    return max(ranks)


def _shown(kind: Kind, record: Any, whole: bool, stages: Stages) -> Found:
    return Found(kind, record.id, name_of(kind, record, whole), _detail(kind, record, whole, stages))


def _detail(kind: Kind, record: Any, whole: bool, stages: Stages) -> Text:
    """Return a word on a record beside its name: that it was removed, how it ended, else its stage, else another text."""
    if getattr(record, "retired_at", None) is not None:
        return _REMOVED
    for name in ("outcome", "stage", "status", "state"):
        field, value = kind.by_name.get(name), getattr(record, name, None)
        if field is None or not value or (name, value) == ("outcome", "open"):
            continue
        if name == "stage" and kind.staged:
            return stages(kind, record) or Text(str(value), str(value))
        return Text(field.words(str(value), "zh"), field.words(str(value), "en"))
    for field, value in values_of(kind, record):
        if field.name != kind.named_by[0]:
            shown = str(value if whole else masked_value(field, value))
            return Text(shown.removeprefix("+86"), shown.removeprefix("+86"))
    return Text("", "")
