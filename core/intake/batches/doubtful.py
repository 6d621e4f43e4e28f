"""Rows of which somebody has to say what is meant: another company's phone, a customer who is in the file twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....hooks.text import Text, n_of
from ..importing.comparing import OTHER, TWICE, Doubt
from .keeping import Draft
from .questions import REFUSE, Choice, Question

SAME, WITHOUT, EACH = "same", "without", "each"


def found(doubts: Sequence[Doubt]) -> dict[str, Any]:
    """Return the doubts of a file as they are kept: by their kind the lines, and the words of the first one."""
    kept: dict[str, Any] = {}
    for one in doubts:
        here = kept.setdefault(one.kind, {"lines": [], "zh": one.why.zh, "en": one.why.en})
        here["lines"].append(one.item.row.line)
    return kept


def questions(draft: Draft, doubts: Mapping[str, Any]) -> list[Question]:
    """Return what has to be asked about them, with the answers given."""
    asked = []
    for kind, choices in ((OTHER, _of_others), (TWICE, _of_twice)):
        if (here := doubts.get(kind)) is not None:
            lines, first = frozenset(here["lines"]), min(here["lines"])
            title = Text(f"第 {first} 行：{here['zh']}。怎么办？", f"Line {first}: {here['en']}. What then?")
            answer = _answer(draft, kind)
            asked.append(Question(kind, "", title, lines, choices(len(lines)), answer=answer))
    return asked


def apply(draft: Draft, doubts: Sequence[Doubt]) -> None:
    """Read the rows as was answered: without the phone and the e-mail of another company."""
    if _answer(draft, OTHER) == WITHOUT:
        for one in doubts:
            if one.kind == OTHER:
                one.item.values.pop("phone", None)
                one.item.values.pop("email", None)


def held(draft: Draft, doubts: Sequence[Doubt]) -> dict[int, Text]:
    """Return the lines that don't come in as they are, refused or not answered yet, with the reason."""
    return {one.item.row.line: one.why for one in doubts if _answer(draft, one.kind) in ("", REFUSE)}


def _answer(draft: Draft, kind: str) -> str:
    said = str(draft.row.document.get("answers", {}).get(kind, ""))
    return said if said in ({REFUSE, SAME, WITHOUT} if kind == OTHER else {REFUSE, EACH}) else ""


def _of_others(rows: int) -> tuple[Choice, ...]:
    many = n_of(rows, "row")
    return (
        Choice(
            REFUSE,
            Text("退回这些行", "refuse these rows"),
            Text(f"{rows} 行写进退回文件，改好再传", f"{many} to the file to mend"),
        ),
        Choice(
            WITHOUT,
            Text("是两家，不带手机和邮箱导入", "two companies: take them in without phone and e-mail"),
            Text(f"{rows} 行各建自己的客户，手机、邮箱空着", f"{many} with customers of their own"),
        ),
        Choice(
            SAME,
            Text("是同一家，挂在已有的客户下", "one company: put them under the customer that is there"),
            Text(f"{rows} 行的线索挂在那家客户下", f"{many} with that customer"),
        ),
    )


def _of_twice(rows: int) -> tuple[Choice, ...]:
    many = n_of(rows, "row")
    return (
        Choice(
            EACH,
            Text("每行各建一条线索", "make a lead of each row"),
            Text(
                f"{rows} 行挂在同一家客户下；联系人空着的补上",
                f"{many} with one customer; what a contact lacks is filled in",
            ),
        ),
        Choice(
            REFUSE,
            Text("只要第一行，后面的退回", "take the first alone, refuse the others"),
            Text(f"{rows} 行写进退回文件", f"{many} to the file to mend"),
        ),
    )
