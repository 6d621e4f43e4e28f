"""What a row of a file becomes: a lead with its customer and contact, a lead's outcome, or a record of another kind."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ....hooks.text import Text
from ...errors import ClewError, Invalid, Problem
from ...journal import lines as journal
from ...journal.lines import plain
from ...journal.origin import Origin
from ...kinds import Contact, Lead
from ...schema.fields import Field
from ...schema.kind import Kind
from ...storage.records import canonical
from ...storage.statements import by_id
from ...storage.system_tables import IdempotencyKey
from ...workspace import Workspace
from ...write.transaction import Transaction
from .. import take as intake
from ..duplicates import same_company
from .decisions import Decided, decided_by_people

Values = dict[str, Any]
Known = Mapping[tuple[str, str], Any]
"""The rows of the same import that will be records, by kind and what they are known as."""

OUTCOME = "outcome"
_PART = 400
_OUTCOME_FIELDS = ("outcome", "closed_at", "lost_reason")
_ALONG_WITH_OUTCOME = ("budget", "industry", "region", "source", "note")
_CONTACT_LABELS = {"contact_name": "name", "contact_title": "title", "phone": "phone", "email": "email"}


@dataclass(frozen=True)
class Written:
    """What a row became: whether it is new, the records made (kind and id), and the record that it is about."""

    new: bool
    made: tuple[tuple[str, str], ...]
    record_id: str
    changed: tuple[Mapping[str, Any], ...] = ()
    """What was filled in of records that are there: the kind, the id, and for each field the value before and after."""
    left: tuple[str, ...] = ()
    """The fields, by our names, that a contact has otherwise, and that were left as they are."""


class Target(ABC):
    """What the rows of a file become. Nothing but `write` writes."""

    name: str
    kind: str
    """The kind of record that is written."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws

    @property
    def order(self) -> int:
        """Rows of a lower one go first among those of the same moment: what others refer to."""
        return len(self.ws.kinds.groups(self.kind))

    def known_as(self, values: Values, external: str) -> Iterable[str]:
        """Return how other rows of the same import may refer to this one."""
        names = (str(values.get(name) or "") for name in self.ws.kinds[self.kind].named_by)
        return [text for text in (external, *names) if text]

    @abstractmethod
    def fields(self) -> frozenset[str]:
        """Return the names of the fields that a mapping may fill."""

    def labelled(self) -> Iterable[tuple[str, Field]]:
        """Return the fields whose labels a column's head may bear, by our name."""
        allowed = self.fields()
        return [(one.name, one) for one in self.ws.kinds.of(self.kind) if one.name in allowed]

    def needed(self) -> Iterable[Iterable[str]]:
        """Return the fields without which no row can be read; of each group one is enough."""
        return ()

    def problems(self, key: str, given: Iterable[str]) -> Iterable[tuple[str, Text]]:
        """Return what a mapping of this kind lacks, by its place in the mapping."""
        return ()

    @abstractmethod
    def read(self, values: Values, external: str, at: datetime | None, coming: Known) -> datetime | None:
        """Check a row as the door will, completing `values`; return when its turn comes. Raises Invalid, ClewError."""

    def stands_already(self, values: Values) -> bool:
        """Say whether the record came in by another way."""
        return False

    def prepare(self, externals: Iterable[str]) -> None:
        """Get ready to read rows with these ids of theirs; called once, before any is read."""
        return

    def key(self, key: str, row: Mapping[str, str]) -> str:
        """Return what makes a row count once, of the key of its id."""
        return key

    def objections(self, items: Sequence[tuple[str, str, Values]]) -> dict[int, Text]:
        """Return why rows can't be taken for records that are there, by their place among `items`.

        Each item is the key, the id of theirs and the values of a row that came in before.
        """
        return {}

    def write(self, values: Values, external: str, origin: Origin, key: str) -> Written:
        """Write a row. Raises what the door raises."""
        with self.ws.door.transaction(origin) as tx:
            return self.write_in(tx, values, external, key)

    @abstractmethod
    def write_in(self, tx: Transaction, values: Values, external: str, key: str) -> Written:
        """Write a row within the caller's transaction; see `write`."""


class LeadTarget(Target):
    """A lead; its customer and contact are found again or made."""

    name = kind = "lead"

    def fields(self) -> frozenset[str]:
        return frozenset(intake.field_names(self.ws)) - {*_OUTCOME_FIELDS, "quality"}

    def labelled(self) -> Iterable[tuple[str, Field]]:
        contact, customer = self.ws.kinds.by_name("contact"), self.ws.kinds.by_name("customer")
        theirs = [(ours, contact[name]) for ours, name in _CONTACT_LABELS.items()]
        return [*super().labelled(), *theirs, ("credit_code", customer["credit_code"])]

    def needed(self) -> Iterable[Iterable[str]]:
        return (("company", "contact_name"),)

    def read(self, values: Values, external: str, at: datetime | None, coming: Known) -> datetime | None:
        if external:
            values.setdefault("external_id", external)
        if at is not None:
            values["received_at"] = at
        intake.check(self.ws, values)
        return at

    def stands_already(self, values: Values) -> bool:
        external = values.get("external_id")
        return bool(external) and Lead.select().where(Lead.external_id == external).exists()

    def objections(self, items: Sequence[tuple[str, str, Values]]) -> dict[int, Text]:
        keys = {row.key: row for row in _in_parts(IdempotencyKey, IdempotencyKey.key, (key for key, _, _ in items))}
        by_external = {row.external_id: row for row in _in_parts(Lead, Lead.external_id, (one for _, one, _ in items))}
        by_id = {row.id: row for row in _in_parts(Lead, Lead.id, (row.record_id for row in keys.values()))}
        found: dict[int, Text] = {}
        for place, (key, external, values) in enumerate(items):
            known = keys.get(key)
            lead = by_external.get(external) or (by_id.get(known.record_id) if known is not None else None)
            given = str(values.get("company") or values.get("contact_name") or "")
            if lead is None or (known is not None and known.fingerprint == intake.fingerprint(values)):
                continue
            if given and not same_company(given, lead.company):
                found[place] = Text(
                    f"编号「{external}」先前导入的是「{lead.company}」，这一行是「{given}」；"
                    "若是两份名单各自编号，请换一列作编号，或给编号加前缀",
                    f"the id {external!r} came in before as “{lead.company}”, this row is “{given}”: where two lists "
                    "number their rows each by itself, put something in front of the ids",
                )
        return found

    def write_in(self, tx: Transaction, values: Values, external: str, key: str) -> Written:
        taken = intake.take_in(self.ws, tx, values, key)
        lead = taken.lead
        made = [("lead", lead.id)]
        made += [("contact", lead.contact_id)] if lead.contact_id and taken.new_contact else []
        made += [] if taken.known_customer else [("customer", taken.customer.id)]
        changed, left = self._complete(tx, lead, values) if taken.new and not taken.new_contact else ((), ())
        return Written(taken.new, tuple(made) if taken.new else (), lead.id, changed, left)

    def _complete(
        self, tx: Transaction, lead: Lead, values: Values
    ) -> tuple[tuple[Mapping[str, Any], ...], tuple[str, ...]]:
        """Fill in what a contact found again does not have yet; what they have stays, and is named."""
        contact = by_id(Contact, lead.contact_id) if lead.contact_id else None
        if contact is None:
            return (), ()
        given = {theirs: values[ours] for ours, theirs in _CONTACT_LABELS.items() if values.get(ours)}
        given = self.ws.configuration.validator.read("contact", given, whole=False)
        before = {name: plain(getattr(contact, name)) for name in given}
        empty = {name: value for name, value in given.items() if before[name] in (None, "")}
        left = [ours for ours, theirs in _CONTACT_LABELS.items() if theirs in given and theirs not in empty]
        left = [one for one in left if plain(given[_CONTACT_LABELS[one]]) != before[_CONTACT_LABELS[one]]]
        if not empty:
            return (), tuple(left)
        with tx.automatically():  # Whoever enters the lead need not be one who may change the contact.
            after = tx.change("contact", contact.id, empty)
        pairs = {name: [before[name], plain(getattr(after, name))] for name in empty}
        return ({"kind": "contact", "id": contact.id, "values": pairs},), tuple(left)


class OutcomeTarget(Target):
    """The outcome of a lead that is known by its external id."""

    name, kind = OUTCOME, "lead"

    @property
    def order(self) -> int:
        return super().order + 1

    def known_as(self, values: Values, external: str) -> Iterable[str]:
        return ()

    def fields(self) -> frozenset[str]:
        added = (field.name for field in self.ws.kinds.of("lead") if field.extra)
        return frozenset((*_OUTCOME_FIELDS, *_ALONG_WITH_OUTCOME, *added))

    def problems(self, key: str, given: Iterable[str]) -> Iterable[tuple[str, Text]]:
        if not key:
            yield "key", Text("结果需要 key：线索外部编号所在的列", "outcomes need the column with the lead's id")
        if "outcome" not in given:
            yield "columns.outcome", Text("缺少结果：won 或 lost", "is missing: won or lost")

    def __init__(self, ws: Workspace) -> None:
        super().__init__(ws)
        self._leads: dict[str, Lead] = {}

    def prepare(self, externals: Iterable[str]) -> None:
        self._leads = {row.external_id: row for row in _in_parts(Lead, Lead.external_id, externals)}

    def key(self, key: str, row: Mapping[str, str]) -> str:
        """Return the key of what a row says: a lead's outcome may change, and its next one is another."""
        return f"{key[:100]}:{hashlib.sha256(canonical(dict(row)).encode()).hexdigest()[:40]}"

    def read(self, values: Values, external: str, at: datetime | None, coming: Known) -> datetime | None:
        before = coming.get(("lead", external))
        lead = self._leads.get(external)
        if before is None and lead is None:
            raise ClewError(
                f"没有编号为「{external}」的线索（或它自己被拒绝了）",
                f"no lead {external!r} (or it was refused itself)",
            )
        problems: list[Problem] = []
        if not values.get("outcome"):
            problems.append(Problem("outcome", Text("结果是空的；请填写赢单或输单", "has no outcome: say won or lost")))
        if at is not None:
            values.setdefault("closed_at", at)
        # Read for its problems only: the door reads it again when its turn comes.
        try:
            typed = self.ws.configuration.validator.read("lead", values, whole=False)
        except Invalid as error:
            raise Invalid([*problems, *error.problems]) from None
        if typed.get("outcome") == "lost" and not typed.get("lost_reason") and not (lead and lead.lost_reason):
            problems.append(Problem("lost_reason", Text("请填写输单原因", "say why the lead was lost")))
        if problems:
            raise Invalid(problems)
        return _not_before(at, [before])

    def typed(self, values: Values, lead: Lead) -> Values:
        """Return a row's values as they would be written: when a lead was closed stays where the outcome does."""
        found = dict(self.ws.configuration.validator.read("lead", values, whole=False))
        if found.get("outcome") == lead.outcome and lead.closed_at is not None:
            found.pop("closed_at", None)
        return found

    def objections(self, items: Sequence[tuple[str, str, Values]]) -> dict[int, Text]:
        there = {place: self._leads[one] for place, (_, one, _) in enumerate(items) if one in self._leads}
        wanted = {lead.id: self.typed(items[place][2], lead) for place, lead in there.items()}
        decided = decided_by_people({lead.id: lead for lead in there.values()}, wanted)
        return {place: self._in_words(decided[lead.id]) for place, lead in there.items() if lead.id in decided}

    def _in_words(self, decided: Sequence[Decided]) -> Text:
        fields = self.ws.kinds.by_name("lead")
        said = []
        for one in decided:
            field = fields.get(one.name)
            label = field.label if field is not None else Text(one.name, one.name)
            zh, en = ([_shown(field, value, locale) for value in (one.before, one.after)] for locale in ("zh", "en"))
            said.append(
                Text(
                    f"{label.zh} {zh[0]} → {zh[1]}（{one.who} 定的）",
                    f"{label.en} {en[0]} → {en[1]} (set by {one.who})",
                )
            )
        return Text(
            f"人定的结果不覆盖：{'、'.join(one.zh for one in said)}；要改请在线索页上改",
            f"what people decided is not overwritten: {', '.join(one.en for one in said)}; change it on the lead's page",
        )

    def write_in(self, tx: Transaction, values: Values, external: str, key: str) -> Written:
        """Set the outcome, once: the key stands in the same transaction as the change."""
        lead = _lead(external)
        if IdempotencyKey.get_or_none(IdempotencyKey.key == key):
            return Written(False, (), lead.id if lead else "")
        if lead is None:
            raise ClewError(f"没有编号为「{external}」的线索", f"no lead {external!r}")
        values = self.typed(values, lead)
        if lead.lost_reason and values["outcome"] != "lost":
            values.setdefault("lost_reason", "")
        if why := self._in_force(lead, values):
            raise ClewError(why.zh, why.en)
        tx.change("lead", lead.id, values)
        fingerprint = hashlib.sha256(canonical(journal.plain(values)).encode()).hexdigest()
        IdempotencyKey.insert(
            key=key, record_kind="lead", record_id=lead.id, fingerprint=fingerprint, at=tx.now
        ).execute()
        return Written(True, (), lead.id)

    def _in_force(self, lead: Lead, values: Values) -> Text | None:
        """Return what somebody decided since the row was planned."""
        values = {name: value for name, value in values.items() if value != ""}
        decided = decided_by_people({lead.id: lead}, {lead.id: values})
        return self._in_words(decided[lead.id]) if decided else None


class RecordTarget(Target):
    """A record of any other kind. A reference is given by the record's id, external id, or name."""

    def __init__(self, ws: Workspace, kind: Kind) -> None:
        super().__init__(ws)
        self.name = self.kind = kind.name
        self._kind = kind
        self._found: dict[tuple[str, str], str] = {}

    def fields(self) -> frozenset[str]:
        return frozenset(field.name for field in _given(self._kind))

    def needed(self) -> Iterable[Iterable[str]]:
        return [(field.name,) for field in _given(self._kind) if field.required]

    def read(self, values: Values, external: str, at: datetime | None, coming: Known) -> datetime | None:
        before = {field.name: coming.get((field.to, str(values[field.name]))) for field in self._references(values)}
        here = {name: value for name, value in values.items() if before.get(name) is None}
        # What comes in with the same import has no id yet; its name stands in for it.
        self.ws.configuration.validator.read(self.kind, values | self._resolved(here), whole=True)
        return _not_before(at, before.values())

    def write_in(self, tx: Transaction, values: Values, external: str, key: str) -> Written:
        made = tx.create(self.kind, self._resolved(values), key)
        record_id = str(made.record.id)
        return Written(made.new, ((self.kind, record_id),) if made.new else (), record_id)

    def objections(self, items: Sequence[tuple[str, str, Values]]) -> dict[int, Text]:
        names = [name for name in self._kind.named_by[:1] if getattr(self._kind.model, name, None) is not None]
        if not names:
            return {}
        (name,) = names
        keys = {
            row.key: row.record_id for row in _in_parts(IdempotencyKey, IdempotencyKey.key, (one[0] for one in items))
        }
        records = {row.id: row for row in _in_parts(self._kind.model, self._kind.model.id, keys.values())}
        found: dict[int, Text] = {}
        for place, (key, external, values) in enumerate(items):
            record = records.get(keys.get(key, ""))
            given, there = str(values.get(name) or ""), str(getattr(record, name, "") or "")
            if external and given and there and not same_company(given, there):
                found[place] = Text(
                    f"编号「{external}」先前导入的是「{there}」，这一行是「{given}」",
                    f"the id {external!r} came in before as “{there}”, this row is “{given}”",
                )
        return found

    def _references(self, values: Values) -> list[Field]:
        return [field for field in _given(self._kind) if field.to and values.get(field.name)]

    def _resolved(self, values: Values) -> Values:
        return values | {field.name: self._id_of(field, str(values[field.name])) for field in self._references(values)}

    def _id_of(self, field: Field, text: str) -> str:
        if (field.to, text) not in self._found:
            self._found[field.to, text] = self._looked_up(field, text)
        return self._found[field.to, text]

    def _looked_up(self, field: Field, text: str) -> str:
        kind = self.ws.kinds[field.to]
        text = str(self.ws.configuration.validator.read(self.kind, {field.name: text}, whole=False)[field.name])
        for name in dict.fromkeys(("id", "external_id", *kind.named_by)):
            column = getattr(kind.model, name, None)
            if column is None:
                continue
            ids = [row.id for row in kind.model.select(kind.model.id).where(column == text).limit(2)]
            if len(ids) == 1:
                return str(ids[0])
            if ids:
                zh = f"有不止一条名为「{text}」的{kind.title.zh}；请写编号"
                raise Invalid([Problem(field.name, Text(zh, f"more than one {kind.title.en} {text!r}: give its id"))])
        zh = f"没有名为或编号为「{text}」的{kind.title.zh}"
        raise Invalid([Problem(field.name, Text(zh, f"no {kind.title.en} with the name or id {text!r}"))])


def target_names(ws: Workspace) -> tuple[str, ...]:
    """Return what rows may become: leads, outcomes, and every kind of record that isn't part of the set-up."""
    others = (kind.name for kind in ws.kinds.values() if kind.name != "lead" and not kind.setting_up and _given(kind))
    return ("lead", OUTCOME, *others)


def target(ws: Workspace, name: str) -> Target:
    """Return what rows become, by its name among `target_names`."""
    if name == OUTCOME:
        return OutcomeTarget(ws)
    return LeadTarget(ws) if name == "lead" else RecordTarget(ws, ws.kinds[name])


def moment(ws: Workspace, value: Any) -> datetime | None:
    """Return a moment as files write it, read as that of a lead's coming in; None for an empty one. Raises Invalid."""
    found: datetime | None = ws.configuration.validator.read("lead", {"received_at": value}, whole=False)["received_at"]
    return found


def _given(kind: Kind) -> tuple[Field, ...]:
    """Return the fields that a file may fill: those of the form, what the record belongs to, and its owner."""
    if not any(field.form for field in kind.fields):
        return ()
    return tuple(
        field
        for field in kind.fields
        if not field.secret and not field.along and (field.form or field.parent or field.name == kind.owner)
    )


def _in_parts(model: Any, column: Any, values: Iterable[str]) -> Iterator[Any]:
    """Yield the rows that have one of these values in a column, found in queries of so many at a time."""
    wanted = sorted({value for value in values if value})
    for start in range(0, len(wanted), _PART):
        yield from model.select().where(column.in_(wanted[start : start + _PART]))


def _shown(field: Field | None, value: Any, locale: str) -> str:
    if field is not None and field.options and value:
        return field.words(str(value), locale)
    return str(plain(value)) if value not in (None, "") else "—"


def _lead(external: str) -> Lead | None:
    found: Lead | None = Lead.get_or_none(Lead.external_id == external)
    return found


def _not_before(at: datetime | None, items: Iterable[Any]) -> datetime | None:
    """Return when a row's turn comes: at its time, but never before the rows that it refers to."""
    earlier = [item.when for item in items if item is not None and item.when is not None]
    return max((at, *earlier)) if at is not None else None
