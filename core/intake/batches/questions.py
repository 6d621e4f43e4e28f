"""What Clew does not guess: texts that read two ways, or that a field does not take; asked once each, answered by nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ....hooks.text import Text, n_of
from ...errors import Invalid
from ...schema.fields import Field
from ...workspace import Workspace
from ..importing.readings import is_year_last, number_in, read_date, read_number
from ..importing.tables import Table
from ..importing.targets import Target
from .suggesting import Columns

REFUSE, EMPTY = "=refuse", "=empty"
_MOST_OPTIONS = 12
"""So many texts of a column are asked about one by one; rows with others are refused."""
_REACH = ("phone", "email", "credit_code")
Lines = dict[str, list[int]]


@dataclass(frozen=True)
class Choice:
    """One answer that can be given: what it means, and what it does to the other rows."""

    value: str
    words: Text
    effect: Text


@dataclass(frozen=True)
class Question:
    """One thing that has to be said about a column, with the lines that wait for it."""

    id: str
    column: str
    title: Text
    lines: frozenset[int]
    choices: tuple[Choice, ...]
    texts: tuple[str, ...] = ()
    """The cells that an answer is about, where it is not about all."""
    doubtful: int = 0
    """How many of the lines are the reason why it is asked; 0: all of them."""
    answer: str = ""

    @property
    def rows(self) -> int:
        """How many rows it is asked for."""
        return self.doubtful or len(self.lines)

    @property
    def waits(self) -> bool:
        """Say whether nobody answered yet."""
        return not self.answer


@dataclass
class Asked:
    """The questions about a file, and the columns as they are read with the answers given."""

    questions: list[Question] = field(default_factory=list)
    columns: Columns = field(default_factory=dict)

    def refused(self) -> dict[int, Question]:
        """Return the lines that are refused because somebody said so."""
        return {line: one for one in self.questions if one.answer == REFUSE for line in one.lines}

    def waiting(self) -> dict[int, Question]:
        """Return the first open question of each line that waits for one."""
        found: dict[int, Question] = {}
        for one in self.questions:
            for line in one.lines if one.waits else ():
                found.setdefault(line, one)
        return found


def ask(ws: Workspace, goal: Target, table: Table, columns: Columns, answers: Mapping[str, str]) -> Asked:
    """Return what has to be asked about a file with this mapping."""
    fields = dict(goal.labelled()) | {one.name: one for one in ws.kinds.of(goal.kind) if one.name in goal.fields()}
    asked = Asked(columns={name: dict(spec) for name, spec in columns.items()})
    for column, spec in asked.columns.items():
        here = fields.get(spec.get("field", ""))
        if here is None or column not in table.columns:
            continue
        texts = _texts(table, column)
        for question in _questions(ws, here, column, texts, spec):
            answer = answers.get(question.id, "")
            answer = answer if answer in {one.value for one in question.choices} else ""
            asked.questions.append(Question(**{**question.__dict__, "answer": answer}))
            _apply(spec, question, answer)
    return asked


def _texts(table: Table, column: str) -> Lines:
    found: Lines = defaultdict(list)
    for row in table.rows:
        if text := row.cells.get(column, ""):
            found[text].append(row.line)
    return found


def _questions(ws: Workspace, here: Field, column: str, texts: Lines, spec: dict[str, Any]) -> Iterator[Question]:
    if here.type in ("date", "moment"):
        yield from _order(column, texts, spec)
    elif here.type in ("money", "number"):
        yield from _mark(here, column, texts, spec)
    elif here.type in ("choice", "choices"):
        yield from _options(ws, here, column, texts, spec)
    elif here.name in _REACH:
        yield from _unreadable(ws, here, column, texts)


def _order(column: str, texts: Lines, spec: dict[str, Any]) -> Iterator[Question]:
    """Ask which of day and month comes first, unless every such date reads in one order only."""
    if spec.get("date", "ymd") != "ymd":
        return  # A mapping kept before says it.
    dates = [text for text in texts if is_year_last(text)]
    reads = {order: [one for one in dates if read_date(one, order) != one] for order in ("mdy", "dmy")}
    two_ways = [one for one in dates if _differs(one, read_date)]
    alone = [order for order, good in reads.items() if len(good) == len(dates)]
    spec.setdefault("date", "ymd")
    if not dates:
        return
    if not two_ways and alone:
        spec["date"] = alone[0]
        return
    example = (two_ways or dates)[0]
    names = {"mdy": Text("月/日/年", "month/day/year"), "dmy": Text("日/月/年", "day/month/year")}
    choices = []
    for order, words in names.items():
        read = read_date(example, order)
        said = Text(f"{_day_zh(read)} {words.zh}", f"{read} {words.en}") if read != example else words
        others = [one for one in dates if one not in two_ways]
        choices.append(Choice(order, said, _effect(texts, others, reads[order], example)))
    title = Text(f"{example} 是哪一天？", f"Which day is {example}?")
    doubtful = len(_lines(texts, two_ways or dates))
    yield Question(f"date:{column}", column, title, _lines(texts, dates), tuple(choices), doubtful=doubtful)


def _mark(here: Field, column: str, texts: Lines, spec: dict[str, Any]) -> Iterator[Question]:
    """Ask what the point and the comma of an amount are, where they can be either."""
    if "number" in spec:
        return
    numbers = {text: (number_in(text, "point"), number_in(text, "comma")) for text in texts}
    doubtful = [
        text
        for text, (point, comma) in numbers.items()
        if comma is not None
        and comma != point
        and (point is None or (here.type == "money" and _decimals(text, ".") == 3 and "," not in text))
    ]
    if not doubtful:
        if any(number_in(text, "point") is not None for text in texts):
            spec.setdefault("number", "point")
        return
    example = doubtful[0]
    choices = []
    for index, (mark, zh, en) in enumerate(
        (
            ("point", "点是小数点", "the point is the decimal mark"),
            ("comma", "逗号是小数点", "the comma is the decimal mark"),
        )
    ):
        good = [text for text, read in numbers.items() if read[index] is not None and _fits(here, read[index])]
        read = read_number(example, mark, int(spec.get("times", 1)))
        said = Text(f"{read}（{zh}）", f"{read} ({en})") if example in good else Text(zh, en)
        others = [text for text in numbers if text not in doubtful]
        choices.append(Choice(mark, said, _effect(texts, [*others, *doubtful], good, example)))
    yield Question(
        f"number:{column}",
        column,
        Text(f"{example} 是多少？", f"How much is {example}?"),
        _lines(texts, [text for text in texts if "." in text or "," in text]),
        tuple(choices),
        doubtful=len(_lines(texts, doubtful)),
    )


def _options(ws: Workspace, here: Field, column: str, texts: Lines, spec: dict[str, Any]) -> Iterator[Question]:
    """Ask what stands for each text that is no option; a known one asks nothing."""
    unknown = [text for text in texts if text not in spec.get("map", {}) and not _takes(ws, here, text)]
    for text in unknown[:_MOST_OPTIONS]:
        lines = _lines(texts, [text])
        known = [
            Choice(value, Text(f"当作「{words.zh}」", f"take it as “{words.en}”"), Text("", ""))
            for value, words in here.offered
        ]
        yield Question(
            f"option:{column}:{text}",
            column,
            Text(f"「{text}」是哪个{here.label.zh}？", f"Which “{here.label.en}” is “{text}”?"),
            lines,
            (*known, *_without(here, len(lines))),
            (text,),
        )


def _unreadable(ws: Workspace, here: Field, column: str, texts: Lines) -> Iterator[Question]:
    """Ask about cells that the field does not take: numbers which nobody could have among them."""
    bad = [text for text in texts if not _takes(ws, here, text)]
    if not bad:
        return
    lines = _lines(texts, bad)
    yield Question(
        f"unreadable:{column}",
        column,
        Text(
            f"「{bad[0]}」不是完整的{here.label.zh}，怎么办？", f"“{bad[0]}” is no whole “{here.label.en}”: what then?"
        ),
        lines,
        _without(here, len(lines)),
        tuple(bad),
    )


def _without(here: Field, rows: int) -> tuple[Choice, ...]:
    return (
        Choice(
            REFUSE,
            Text("退回这些行", "refuse these rows"),
            Text(f"{rows} 行写进退回文件，改好再传", f"{n_of(rows, 'row')} to the file to mend"),
        ),
        Choice(
            EMPTY,
            Text(f"不带{here.label.zh}导入", f"take them in without “{here.label.en}”"),
            Text(f"{rows} 行照样导入，这一格空着", f"{n_of(rows, 'row')} with this one empty"),
        ),
    )


def _apply(spec: dict[str, Any], question: Question, answer: str) -> None:
    kind = question.id.partition(":")[0]
    if not answer or answer == REFUSE:
        return
    if kind in ("date", "number"):
        spec[kind] = answer
    else:
        meant = "" if answer == EMPTY else answer
        # What was said of one person's number is not kept with the mapping.
        where = "map" if kind == "option" else "once"
        spec[where] = {**spec.get(where, {}), **dict.fromkeys(question.texts, meant)}


def _effect(texts: Lines, others: Sequence[str], good: Sequence[str], example: str) -> Text:
    """Return what an answer does to the other rows: those that read that way, and those that would be refused."""
    fine = len(_lines(texts, [one for one in others if one in set(good) and one != example]))
    bad = [one for one in others if one not in set(good)]
    refused = len(_lines(texts, bad))
    if not fine and not refused:
        return Text("其他行不受影响", "no other row is touched")
    if not refused:
        return Text(f"和另外 {fine} 行一样", f"as {n_of(fine, 'row')} besides")
    zh = f"那样 {refused} 行读不出，会退回，例：{bad[0]}"
    en = f"then {n_of(refused, 'row')} can't be read and would be refused, e.g. {bad[0]}"
    return Text(zh, en)


def _lines(texts: Lines, chosen: Sequence[str]) -> frozenset[int]:
    return frozenset(line for one in chosen for line in texts[one])


def _differs(text: str, read: Callable[[str, str], str]) -> bool:
    one, other = read(text, "mdy"), read(text, "dmy")
    return one not in (text, other) and other != text


def _takes(ws: Workspace, here: Field, text: str) -> bool:
    try:
        value = ws.configuration.validator.typed(here, text)
    except Invalid:
        return False
    given = value if isinstance(value, list) else [value]
    return not any(one in here.retired for one in given)


def _fits(here: Field, number: Any) -> bool:
    return here.type != "money" or (number >= 0 and number == round(number, 2))


def _decimals(text: str, mark: str) -> int:
    return len(text.rpartition(mark)[2]) if mark in text else 0


def _day_zh(iso: str) -> str:
    _, month, day = iso[:10].split("-")
    return f"{int(month)} 月 {int(day)} 日"
