"""Publishing a change of the company: what it touches is asked about, then all of it is written in one transaction.

What goes (an option, a stage, a field) is a `Gone`; each rule, process and group of records that names it is a `Touch`
with choices, none of which is preselected. `Publication` writes: a `company_change` first, whose journal line is the
cause of every line after it, so that `undoing` finds what belongs together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..errors import Conflict, Invalid, Problem
from ..journal.origin import Origin
from ..kinds import CompanyChange, RuleRecord
from ..rulebook.named import Named, wanted
from ..rulebook.replacing import replaced
from ..rulebook.versions import next_number, open_draft
from ..storage.turns import DEFINING, one_at_a_time
from ..workspace import Workspace
from ..write.transaction import Transaction
from .meanwhile import since
from .moving import PART, Move, at_once, count, in_parts
from .use import Use
from .what_breaks import uses

LEAVE, KEEP, DROP = "leave", "keep", "drop"
_TO = "to:"
_RULES = ("rule", "table", "draft")


@dataclass(frozen=True)
class Gone:
    """What goes, what it is called, and what may stand in its place: (name, title) pairs."""

    named: Named
    title: Text
    targets: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True)
class Touch:
    """One thing that a change touches. Without `choices` it is only told; else one of them is the answer to `key`."""

    key: str
    use: Use
    gone: Gone | None
    choices: tuple[tuple[str, Text], ...] = ()


Answers = Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """Who asks to publish, what they saw and what they answered.

    `revision` is that of the definition they saw, None if there was none; `answers` say what becomes of each touched
    thing, by its key; `typed_name` is the name they typed to confirm what shows personal data to more people.
    """

    origin: Origin
    revision: int | None = None
    answers: Answers = field(default_factory=dict)
    typed_name: str = ""


@dataclass(frozen=True)
class Subject:
    """What is published: `what` ("fields", "process", "kind") and `name`, as its change on record says.

    `current` reads its definition as it is now; `words` is what that is called in a sentence.
    """

    what: str
    name: str
    words: Text
    current: Callable[[], Any]

    def check(self, ws: Workspace, asked: Asked) -> Any:
        """Return the definition, None if there is none. Raises Conflict unless it is as the asker saw it."""
        row = self.current()
        now = row.revision if row is not None else None
        if asked.revision != now:
            said = since(ws, row, asked.revision or 0) if row is not None else Text("", "")
            raise Conflict(
                f"这个{self.words.zh}刚被别人发布过{said.zh}；请刷新后再发布，你填的内容还在。",
                f"this {self.words.en} was published meanwhile (revision {now}, you saw {asked.revision})"
                f"{said.en}: reload it",
            )
        return row


def touched(ws: Workspace, goes: Sequence[Gone]) -> list[Touch]:
    """Return everything that names what goes, each with what may be done about it."""
    return [_touch(gone, use) for gone in goes for use in uses(ws, gone.named)]


def _touch(gone: Gone, use: Use) -> Touch:
    key = f"{gone.named.what}:{gone.named.name}:{use.use}:{use.name}"
    return Touch(key, use, gone, tuple(_choices(gone, use)))


def _choices(gone: Gone, use: Use) -> Iterator[tuple[str, Text]]:
    what = gone.named.what
    if what == "kind":
        yield from _choices_of_kind(use)
    elif use.use in _RULES:
        for name, title in gone.targets:
            yield f"{_TO}{name}", Text(f"换成 {title.zh}，起草新版", f"put {title.en} in its place, as a draft")
        yield LEAVE, Text("我自己改这条规则", "I change this rule myself")
    elif use.use == "record" and what == "stage":
        for name, title in gone.targets:
            yield f"{_TO}{name}", Text(f"移到 {title.zh}", f"move them to {title.en}")
    elif use.use == "record":
        yield KEEP, Text("旧记录保留它，只是不能再选", "they keep it; nobody can choose it any more")
        for name, title in gone.targets:
            yield f"{_TO}{name}", Text(f"改为 {title.zh}", f"change them to {title.en}")
    elif use.use == "process":
        yield DROP, Text("这些阶段不再要求它", "those stages no longer need it")
    elif use.use == "plugin":
        yield LEAVE, Text("我去改插件的设置", "I change the plugin's settings")


def _choices_of_kind(use: Use) -> Iterator[tuple[str, Text]]:
    """Yield what may be done about what names a kind that goes: nothing stands in its place, and it may come back."""
    if use.use == "record":
        yield KEEP, Text("都留着；恢复这种记录后还在", "they are kept, and come back with the kind")
    elif use.use in _RULES:
        yield LEAVE, Text("我自己改这条规则", "I change this rule myself")
    elif use.use == "plugin":
        yield LEAVE, Text("我去改插件的设置", "I change the plugin's settings")


def unanswered(found: Sequence[Touch], answers: Answers) -> list[Problem]:
    """Return a problem for each touch that has choices and no valid answer."""
    problems = []
    for one in found:
        known = [value for value, _ in one.choices]
        if not known or answers.get(one.key) in known:
            continue
        zh, en = one.use.title.zh, one.use.title.en
        said = answers.get(one.key)
        listed = ", ".join(known)
        words = Text(f"「{zh}」还没选怎么搬", f"say what becomes of “{en}”; one of {listed}")
        if said:
            words = Text(
                f"「{zh}」不能这样搬：{said}；可选：{listed}", f"“{en}” can't be moved so: {said!r}; one of {listed}"
            )
        problems.append(Problem(f"answers.{one.key}", words))
    stray = sorted(set(answers) - {one.key for one in found if one.choices})
    # What a question was asked of is gone since the page was made, or never was: to drop the answer would be a guess.
    problems += [
        Problem(f"answers.{key}", Text("没有这个问题；请刷新后再发布", "there is no such question: reload"))
        for key in stray
    ]
    return problems


def target_of(answer: str) -> str:
    """Return what an answer puts in the place of what goes; empty if nothing."""
    return answer.removeprefix(_TO) if answer.startswith(_TO) else ""


@dataclass
class Publication:
    """A transaction that publishes; every line it writes has the change's own line as its cause.

    `change` is None in the end if nothing was to be changed: nothing is on record then.
    """

    ws: Workspace
    tx: Transaction
    change: CompanyChange | None
    found: Sequence[Touch]
    answers: Answers

    def draft_rules(self) -> None:
        """Begin a draft, or go on with the open one, of each rule in which something is put in the place of what goes."""
        for code, some in self._replacements().items():
            draft = open_draft(code)
            row = RuleRecord.get_or_none(RuleRecord.code == code)
            source = draft if draft is not None else row
            if source is None:
                continue
            document = source.document
            for gone, new in some:
                document = replaced(document, wanted(self.ws, gone.named), {gone.named.name: new})
            self._save(draft, row, code, document)

    def _replacements(self) -> dict[str, list[tuple[Gone, str]]]:
        found: dict[str, dict[tuple[Named, str], Gone]] = {}
        for one in self.found:
            new = target_of(self.answers.get(one.key, ""))
            if one.use.use in _RULES and one.gone is not None and new:
                found.setdefault(one.use.name, {})[one.gone.named, new] = one.gone
        return {code: [(gone, new) for (_, new), gone in some.items()] for code, some in found.items()}

    def _save(self, draft: Any, row: Any, code: str, document: Mapping[str, Any]) -> None:
        actor = self.tx.origin.actor
        by: dict[str, Any] = {"author_id": actor.id if actor.kind == "user" else "", "author_name": actor.name}
        if draft is not None:
            values = {"document": {**document, "version": draft.number}, "state": "draft", "submitted_at": None, **by}
            self.tx.change("rule_version", draft.id, values)
            return
        number = next_number(code)
        values = {
            "code": code,
            "pack": row.pack,
            "number": number,
            "document": {**document, "version": number},
            "state": "draft",
            "base": row.version,
            **by,
        }
        self.tx.create("rule_version", values)


class _NothingChanged(Exception):
    """Takes back a transaction that wrote nothing but the change itself."""


@contextmanager
def publication(
    ws: Workspace, subject: Subject, title: Text, found: Sequence[Touch], asked: Asked, moves: Sequence[Move] = ()
) -> Iterator[Publication]:
    """Open the door for one publishing; the records of `moves` are moved when the block begins. If nothing is written,
    nothing is recorded.

    Many records are moved beforehand, in transactions of their own: if what follows is refused, they stay where they
    are now, under a change that says so and can be taken back.

    Who publishes takes turns with others, and holds what they saw against what is there then. Raises Forbidden without
    the permission `company`, Invalid for questions left open, Conflict for what was published meanwhile.
    """
    origin, answers = asked.origin, asked.answers
    access.require(origin.actor, "company")
    if problems := unanswered(found, answers):
        raise Invalid(problems)
    begun = _moved_before(ws, subject, title, asked, moves) if count(moves) > PART else None
    made: Publication | None = None
    try:
        with ws.door.transaction(origin) as tx:
            one_at_a_time(DEFINING)
            subject.check(ws, asked)
            if begun is None:
                begun = _begin(tx, subject, title, asked)
            else:
                tx.caused_by(begun.cause)
                begun.change = tx.change("company_change", begun.change.id, _titles(title))
            at_once(tx, moves)
            made = Publication(ws, tx, begun.change, found, answers)
            yield made
            if tx.last_seq == begun.seq:
                raise _NothingChanged
    except _NothingChanged:
        if made is not None:
            made.change = None


@dataclass
class _Begun:
    """A change that is on record: its line, and the origin of what that line causes."""

    change: CompanyChange
    seq: int | None
    cause: Origin


def _titles(title: Text) -> dict[str, str]:
    return {"title_zh": title.zh[:200], "title_en": title.en[:200]}


def _begin(tx: Transaction, subject: Subject, title: Text, asked: Asked) -> _Begun:
    """Put a change on record, as the cause of all that follows in the transaction."""
    origin = asked.origin
    values = {
        "subject": subject.what,
        "name": subject.name,
        **_titles(title),
        "answers": dict(asked.answers),
        "author_name": origin.actor.name[:80],
    }
    change = tx.create("company_change", values).record
    cause = replace(origin, cause=replace(origin.cause, seq=tx.last_seq, depth=1), reason=title.zh)
    begun = _Begun(change, tx.last_seq, cause)
    tx.caused_by(cause)
    return begun


def _moved_before(ws: Workspace, subject: Subject, title: Text, asked: Asked, moves: Sequence[Move]) -> _Begun:
    """Move many records, under a change that says until the end that no more than that was done."""
    unfinished = Text(f"{title.zh[:180]}：只搬了记录", f"{title.en[:170]}: records moved, not published")
    with ws.door.transaction(asked.origin) as tx:
        subject.check(ws, asked)
        begun = _begin(tx, subject, unfinished, asked)
    in_parts(ws, moves, begun.cause)
    return begun
