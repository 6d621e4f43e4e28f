"""The static checks over all rules together: what can't be right, shown on a record that was really evaluated.

docs/checks.md lists every code. A finding's witness was evaluated with all the rules; "impossible" is said only
where it was proved. What could be neither shown nor proved is said to be so, or not said at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from ..language.documents import Rule
from ..language.vocabulary import Vocabulary
from .conflicts import Pairs
from .deadlines import check_deadlines
from .derived import check_derived
from .finding import Finding
from .last_writer import check_writers
from .loops import check_chains
from .names import check_names
from .owner import check_owner
from .report import Report, name_of
from .single import check_single
from .witnesses import Bench


def check(
    rules: Iterable[Rule],
    vocabulary: Vocabulary,
    now: datetime | None = None,
    about: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong with these rules taken together, errors first.

    `now` (aware) says which validity dates have passed; without it none has. With `about`, only what concerns
    the rules of these ids is looked at, and a finding about two rules is put as one about the rule named:
    among thousands that is quick enough to be done while somebody types.
    """
    unique: dict[str, Rule] = {}
    doubled: list[Rule] = []
    for rule in rules:
        if unique.setdefault(rule.id, rule) is not rule:
            doubled.append(rule)
    bench = Bench(list(unique.values()), vocabulary, now)
    try:
        report = Report(bench, now, None if about is None else frozenset(about))
        for rule in doubled:
            _same_id(rule, report)
        check_names(report)
        check_single(report)
        check_derived(report)
        check_deadlines(report)
        check_owner(report)
        Pairs(report).run()
        check_writers(report)
        check_chains(report)
        return report.findings()
    finally:
        bench.close()


def _same_id(rule: Rule, report: Report) -> None:
    zh, en = name_of(rule)
    report.add(
        "doubled_id",
        "error",
        [rule],
        f"规则{zh}的 id「{rule.id}」已被另一条规则使用；请改名",
        f"the id {rule.id!r} of rule {en} is taken by another rule; rename it",
        path="id",
        event=rule.trigger[0],
    )
