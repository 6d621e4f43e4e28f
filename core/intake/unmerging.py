"""A merge taken back: the journal says what it moved, and that goes back; what changed since is asked about.

Nothing that came since is lost: what belongs to something that goes back goes along, and what came to the survivor
itself goes where the asker says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..access.naming import name_of, names
from ..access.wholeness import whole_ids
from ..errors import Conflict, Invalid, NotFound, Problem
from ..journal.lines import plain
from ..journal.origin import Cause, Origin
from ..kinds import PossibleDuplicate
from ..kinds.merging import MERGED_INTO, pointing
from ..schema.kind import Kind, Move, Typed
from ..schema.registry import Kinds
from ..storage.queries import among
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine
from ..workspace import Workspace
from ..write.taking_back import CHANGED_SINCE, GONE, WITHIN, typed
from ..write.transaction import Transaction
from .hanging import Moving, PreviewOutdated, Row, along_with, closest, grouped, ids_of, read_many, seal, value_of
from .identify import surviving
from .merging import begin, may_change, merge_line, mergeable, visible_one

_AT_ONCE = 500
BACK, STAYS = "back", "stays"
EVERY = "every"
"""`every:<kind>` answers for all records of a kind that are not answered for by name."""
ANSWERS = (BACK, STAYS)


@dataclass(frozen=True)
class Question:
    """Something that changed since the merge: a record that came, or a value that is no longer the merge's.

    `name` is what an answer calls it: `record:<kind>:<id>:<field>` or `value:<field>`. Each is answered with `back` (goes to
    the record that comes back; the value of before) or `stays`; `every` answers for all records of its kind at once.
    """

    name: str
    about: Text
    back: Text
    stays: Text

    @property
    def every(self) -> str:
        """The name of the answer for all records of its kind; empty for a value, which is answered for itself."""
        what, _, rest = self.name.partition(":")
        return f"{EVERY}:{rest.partition(':')[0]}" if what == "record" else ""


@dataclass(frozen=True)
class UnmergePlan:
    """The preview of an un-merge; nothing is written. `stay` are records that stay with the reason."""

    kind: Kind
    source: Any
    into: Any
    line: JournalLine
    moving: tuple[Moving, ...]
    stay: tuple[tuple[str, str, Text, Text], ...]
    questions: tuple[Question, ...]
    token: str
    rows: tuple[Row, ...]
    values: Mapping[str, Any]
    contacts: tuple[str, ...]
    named: tuple[tuple[str, str, str, Any], ...]
    out_of_force: tuple[tuple[str, str], ...]


def plan_unmerge(ws: Workspace, kind: str, source_id: str, origin: Origin) -> UnmergePlan:
    """Return what taking a merge back would move, and what has to be answered first.

    Raises NotFound if there is no such merge or the asker does not see its survivor, Forbidden unless they may change
    that one, Conflict if the merge is too old or its survivor was merged in its turn.
    """
    kinds, actor = ws.kinds, origin.actor
    here = mergeable(kinds, kind)
    source = by_id(here.model, source_id)
    if source is None or not source.merged_into_id:
        raise NotFound("没有这次合并，或者已经撤销了。", "there is no such merge, or it was taken back")
    stands = surviving(source)
    visible_one(kinds, actor, here, stands.id)  # Whoever does not see where it went hears no name on the way there.
    may_change(kinds, actor, here, stands.id)
    whole = stands.id in whole_ids(kinds, actor, kind, [stands.id])
    into = by_id(here.model, source.merged_into_id)
    called = name_of(here, into, whole)
    if into.id != stands.id:
        raise Conflict(
            f"「{called.zh}」后来又并入了别处；请先撤销那一次合并。",
            f"“{called.en}” was itself merged since: take that merge back first",
        )
    line = merge_line(kind, source.id)
    if (why := why_not(ws, line)) is not None or line is None:
        words = why or Text("这次合并不能撤销。", "this merge can't be taken back")
        raise Conflict(words.zh, words.en)
    written = _Written(kinds, here, line, source.id, into.id)
    stay = tuple((*key, name, reason) for key, name, reason in written.stay(kinds, actor))
    back = [*written.rows, *_along(kinds, here, into.id, written.rows)]
    questions = [*_values_asked(here, written, whole)]
    questions += _records_asked(
        kinds, actor, here, (into, called), line, {(one, record_id) for one, record_id, _ in back}
    )
    token = seal(
        "unmerge",
        kind,
        source.id,
        line.seq,
        into.id,
        sorted(back),
        [one.name for one in questions],
        sorted(written.contacts),
    )
    return UnmergePlan(
        here,
        source,
        into,
        line,
        grouped(kinds, actor, back),
        stay,
        tuple(questions),
        token,
        tuple(back),
        written.values,
        tuple(written.contacts),
        tuple(written.named),
        tuple(written.out_of_force),
    )


def why_not(ws: Workspace, line: JournalLine | None) -> Text | None:
    """Say why a merge can't be taken back; None if it can."""
    if line is None:
        return Text("这次合并是旧版本做的，不能撤销。", "an older Clew made this merge: it can't be taken back")
    if line.at < ws.clock.now() - WITHIN:
        return Text("合并超过 30 天，不能撤销。", "the merge is over 30 days old and can't be taken back")
    return None


def unmerge(
    ws: Workspace, kind: str, source_id: str, origin: Origin, token: str, answers: Mapping[str, str] | None = None
) -> Any:
    """Take a merge back as previewed, in one transaction, and return the record that stands again.

    Raises as `plan_unmerge`; Invalid for a question without an answer; PreviewOutdated.
    """
    with ws.door.transaction(origin) as tx:
        found = by_id(mergeable(ws.kinds, kind).model, source_id)
        begin(
            ws.kinds, kind, source_id, *([found.merged_into_id] if found is not None and found.merged_into_id else [])
        )
        plan = plan_unmerge(ws, kind, source_id, origin)
        if plan.token != token:
            raise PreviewOutdated
        _write(tx, plan, _answered(plan, answers or {}))
    return by_id(plan.kind.model, source_id)


def _answered(plan: UnmergePlan, answers: Mapping[str, str]) -> Mapping[str, str]:
    given = {one.name: answers.get(one.name) or answers.get(one.every, "") for one in plan.questions}
    missing = [
        Problem(one.name, Text(f"请选「{one.about.zh}」归哪边", f"say where “{one.about.en}” goes"))
        for one in plan.questions
        if given[one.name] not in ANSWERS
    ]
    if missing:
        raise Invalid(missing)
    return given


def _write(tx: Transaction, plan: UnmergePlan, answers: Mapping[str, str]) -> None:
    kind, source, into = plan.kind, plan.source, plan.into
    customer = into.id if kind.name == "customer" else into.customer_id
    note = tx.note(
        f"{kind.name}.unmerged", kind.name, source.id, {MERGED_INTO: into.id}, heard=False, customer_id=customer
    )
    asked = tx.origin
    system = replace(asked.actor, kind="system") if asked.actor.kind == "user" else asked.actor
    tx.caused_by(replace(asked, actor=system, cause=Cause(seq=note.seq, depth=asked.cause.depth + 1)))
    tx.change(kind.name, source.id, {MERGED_INTO: None})
    for contact in plan.contacts:
        tx.change("contact", contact, {MERGED_INTO: None})
    for name, record_id, field, was in plan.named:
        tx.change(name, record_id, {field: was})
    rows = list(plan.rows)
    for one in plan.questions:
        what, _, rest = one.name.partition(":")
        if what == "record" and answers[one.name] == BACK:
            name, record_id, field = rest.split(":")
            rows.append((name, record_id, field))
            if kind.name == "customer":
                rows += [row for row in along_with(tx.kinds, into.id, [(name, record_id)]) if row not in rows]
    for name, record_id, field in rows:
        tx.change(name, record_id, {field: source.id})
    tx.move(Move(kind.name, into.id, source.id), plan.out_of_force)
    values = {name: was for name, was in plan.values.items() if answers.get(f"value:{name}", BACK) == BACK}
    if values:
        columns = {name: was for name, was in values.items() if name not in kind.added}
        changed: dict[str, Any] = typed(kind.model, columns)
        if extra := {name: was for name, was in values.items() if name in kind.added}:
            changed["extra"] = extra
        tx.change(kind.name, into.id, Typed(changed))
    if kind.name == "customer":
        _keep_apart(tx, source.id, into.id)
    tx.caused_by(asked)
    tx.let_rules_pass()


def _keep_apart(tx: Transaction, one: str, other: str) -> None:
    """Whoever takes a merge back says that the two are not one: nobody is asked again."""
    pair = PossibleDuplicate.customer.in_([one, other]) & PossibleDuplicate.other.in_([one, other])
    for row in PossibleDuplicate.select().where(pair & (PossibleDuplicate.state == "merged")):
        tx.change("possible_duplicate", row.id, {"state": "kept"})


# ---- What the journal says


class _Written:
    """What a merge wrote, as its lines say, held against what stands today."""

    def __init__(self, kinds: Kinds, kind: Kind, line: JournalLine, source_id: str, into_id: str) -> None:
        self.rows: list[Row] = []
        self.values: dict[str, Any] = {}
        self.changed_values: dict[str, tuple[Any, Any]] = {}
        self.contacts: list[str] = []
        self.named: list[tuple[str, str, str, Any]] = []
        self.out_of_force: list[tuple[str, str]] = []
        self._stay: list[tuple[tuple[str, str], Text]] = []
        lines = list(_caused(line))
        now = read_many(kinds, {(one.record_kind, one.record_id) for one in lines})
        fields = {(here.name, field.name) for here, field in pointing(kinds, kind.name)}
        for one in lines:
            key = one.record_kind, one.record_id
            if one.record_kind not in kinds:
                self.out_of_force.append(key)
                continue
            here, record = kinds[one.record_kind], now.get(key)
            for name, was, then in _differences(one):
                stands = plain(value_of(here, record, name)) if record is not None else None
                if name == MERGED_INTO:
                    if stands == then:
                        self.contacts.append(one.record_id)
                elif one.cause_seq != line.seq:  # A contact that was merged along.
                    if stands == then:
                        self.named.append((*key, name, was))
                elif (here.name, name) in fields and was == source_id:
                    self._moved(key, name, record, stands == then)
                elif key == (kind.name, into_id) and name in here.by_name and not here.by_name[name].along:
                    if stands == then:
                        self.values[name] = was
                    else:
                        self.changed_values[name] = was, stands
                elif name not in here.by_name and was == source_id:
                    self.out_of_force.append(key)
        # A field that changed since is put back only if that is chosen.
        self.values |= {name: was for name, (was, _) in self.changed_values.items()}

    def _moved(self, key: tuple[str, str], name: str, record: Any, same: bool) -> None:
        if record is None:
            self._stay.append((key, GONE))
        elif same:
            self.rows.append((*key, name))
        else:
            self._stay.append((key, CHANGED_SINCE))

    def stay(self, kinds: Kinds, actor: Any) -> Iterator[tuple[tuple[str, str], Text, Text]]:
        """Yield the records that stay where they are: kind and id, what they are called, why."""
        by_kind: dict[str, set[str]] = {}
        for (kind, record_id), _ in self._stay:
            by_kind.setdefault(kind, set()).add(record_id)
        called = {kind: names(kinds, actor, kind, ids) for kind, ids in by_kind.items()}
        for (kind, record_id), why in self._stay:
            yield (kind, record_id), called[kind][record_id], why


def _caused(line: JournalLine) -> Iterator[JournalLine]:
    """Yield what a merge wrote, and what merging contacts along with it did; not what rules made of it."""
    causes = [line.seq]
    while causes:
        found: list[JournalLine] = []
        for start in range(0, len(causes), _AT_ONCE):
            query = JournalLine.select().where(among(JournalLine.cause_seq, causes[start : start + _AT_ONCE]))
            by_rules = (JournalLine.cause_rule != "") | (JournalLine.cause_plugin != "")
            found += list(query.where(~by_rules).order_by(JournalLine.seq))
        yield from (one for one in found if one.record_kind != "possible_duplicate")
        causes = [one.seq for one in found if MERGED_INTO in one.after]


def _differences(line: JournalLine) -> Iterator[tuple[str, Any, Any]]:
    """Yield what a line changed, added fields one by one: name, before, after."""
    before, after = dict(line.before), dict(line.after)
    was, then = before.pop("extra", None) or {}, after.pop("extra", None) or {}
    for name, value in after.items():
        yield name, before.get(name), value
    for name in dict.fromkeys([*was, *then]):
        if was.get(name) != then.get(name):
            yield name, was.get(name), then.get(name)


def _along(kinds: Kinds, kind: Kind, into_id: str, rows: list[Row]) -> list[Row]:
    if kind.name != "customer":
        return []
    going = [(name, record_id) for name, record_id, _ in rows]
    known = {(name, record_id) for name, record_id in going}
    return [row for row in along_with(kinds, into_id, going) if row[:2] not in known]


def _values_asked(kind: Kind, written: _Written, whole: bool) -> Iterator[Question]:
    for name, (was, stands) in written.changed_values.items():
        field = kind.by_name[name]
        before, now = ((one if whole else access.masked_value(field, one)) or "—" for one in (was, stands))
        yield Question(
            f"value:{name}",
            field.label,
            Text(f"改回合并前的「{before}」", f"back to “{before}”, as before the merge"),
            Text(f"保留现在的「{now}」", f"keep “{now}”, as it is now"),
        )


def _records_asked(
    kinds: Kinds, actor: Any, kind: Kind, standing: tuple[Any, Text], line: JournalLine, going: set[tuple[str, str]]
) -> Iterator[Question]:
    """Yield what came to the survivor itself since the merge; it is given with what the asker calls it."""
    into, called_into = standing
    for here, field in pointing(kinds, kind.name):
        ids = [one for one in ids_of(here, field, into.id, line.at) if (here.name, one) not in going]
        if not ids:
            continue
        called = names(kinds, actor, here.name, ids)
        for record_id, record in (
            (key[1], row) for key, row in read_many(kinds, [(here.name, one) for one in ids]).items()
        ):
            nearest = closest(here, record)
            if kind.name == "customer" and field.parent and nearest is not field:
                continue  # It goes where that goes, or stays with it.
            label, name = called[record_id], here.title
            yield Question(
                f"record:{here.name}:{record_id}:{field.name}",
                Text(f"{name.zh}「{label.zh}」", f"{name.en.lower()} {label.en}"),
                Text("归撤销后分出去的那一方", "goes to the one that comes back"),
                Text(f"留在「{called_into.zh}」", f"stays with {called_into.en}"),
            )
