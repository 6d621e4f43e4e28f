"""Publishing a change of the company: what it touches is asked about, then all of it is written in one transaction.

What goes (an option, a stage, a field) is a `Gone`; each rule, process and group of records that names it is a `Touch`
with choices, none of which is preselected. `Publication` writes: a `company_change` first, whose journal line is the
cause of every line after it, so that `undoing` finds what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..errors import Conflict, Invalid, Problem
from ..journal.origin import Origin
from ..kinds import RuleRecord
from ..rulebook.named import Named, wanted
from ..rulebook.replacing import replaced
from ..rulebook.versions import next_number, open_draft
from ..workspace import Workspace
from ..write.transaction import Transaction
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

    def check_revision(self, row: Any, zh: str, en: str) -> None:
        """Raise Conflict unless a definition (called so in words) is still as the asker saw it."""
        now = row.revision if row is not None else None
        if self.revision != now:
            raise Conflict(
                f"这个{zh}刚被别人发布过；请刷新后再发布，你填的内容还在。",
                f"this {en} was published meanwhile (revision {now}, you saw {self.revision}): reload it",
            )


def touched(ws: Workspace, goes: Sequence[Gone]) -> list[Touch]:
    """Return everything that names what goes, each with what may be done about it."""
    return [_touch(gone, use) for gone in goes for use in uses(ws, gone.named)]


def _touch(gone: Gone, use: Use) -> Touch:
    key = f"{gone.named.what}:{gone.named.name}:{use.use}:{use.name}"
    return Touch(key, use, gone, tuple(_choices(gone, use)))


def _choices(gone: Gone, use: Use) -> Iterator[tuple[str, Text]]:
    what = gone.named.what
    if use.use in _RULES:
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


@dataclass(frozen=True)
class Publication:
    """A transaction that publishes; every line it writes has the change's own line as its cause."""

    ws: Workspace
    tx: Transaction
    change: Any
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


@contextmanager
def publication(
    ws: Workspace, subject: tuple[str, str], title: Text, found: Sequence[Touch], asked: Asked
) -> Iterator[Publication]:
    """Open the door for one publishing; `subject` says of what: ("fields", kind) or ("process", name).

    Raises Forbidden without the permission `company`, Invalid for questions left open.
    """
    origin, answers = asked.origin, asked.answers
    access.require(origin.actor, "company")
    if problems := unanswered(found, answers):
        raise Invalid(problems)
    with ws.door.transaction(origin) as tx:
        values = {
            "subject": subject[0],
            "name": subject[1],
            "title_zh": title.zh[:200],
            "title_en": title.en[:200],
            "answers": dict(answers),
            "author_name": origin.actor.name[:80],
        }
        change = tx.create("company_change", values).record
        tx.caused_by(replace(origin, cause=replace(origin.cause, seq=tx.last_seq, depth=1), reason=title.zh))
        yield Publication(ws, tx, change, found, answers)
