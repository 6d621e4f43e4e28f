"""Regular expressions that can't hang: `matches` takes only patterns whose cost is bounded.

Python's `re` backtracks, so what makes it explode is refused when a rule is loaded.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_PATTERN = 200
# With at most three places where the matcher may choose, and 200 characters looked at, the worst
# pattern needs some ten million steps: a tenth of a second.
MOST_CHOICES = 3
LONGEST_TEXT = 200

_QUANTIFIER = re.compile(r"[*+?]|\{\d*,?\d*\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def pattern_fault(pattern: str) -> tuple[str, str] | None:
    """Return (zh, en) saying why `pattern` is refused, or None when it is safe to use."""
    if len(pattern) > LONGEST_PATTERN:
        return (
            f"正则表达式超过 {LONGEST_PATTERN} 个字符",
            f"a pattern has at most {LONGEST_PATTERN} characters",
        )
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return (f"正则表达式有误：{error}", f"not a regular expression: {error}")
    return _cost_fault(pattern)


def _cost_fault(pattern: str) -> tuple[str, str] | None:
    """Walk the (valid) pattern once; groups are stacked as [holds a quantifier, holds an alternation]."""
    groups: list[list[bool]] = [[False, False]]
    closed: list[bool] | None = None
    choices = 0
    at = 0
    while at < len(pattern):
        char = pattern[at]
        quantifier = _QUANTIFIER.match(pattern, at)
        if quantifier and at > 0:
            if closed is not None and any(closed):
                return (
                    "不支持重复里再套重复或选择",
                    "a repeat over a group with a repeat or `|` inside can hang",
                )
            fixed = re.fullmatch(r"\{\d+\}", quantifier[0])
            choices += 0 if fixed else 1
            groups[-1][0] = True
            closed = None
            at = quantifier.end()
            continue
        closed = None
        if char == "\\":
            if pattern[at + 1 : at + 2].isdigit() and pattern[at + 1] != "0":
                return ("不支持反向引用", "back-references can hang")
            at += 2
            continue
        if char == "[" and (bracket := _CLASS.match(pattern, at)):
            at = bracket.end()
            continue
        if char == "(":
            if pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
                return (
                    "括号只支持 (…) 与 (?:…)",
                    "only (…) and (?:…) groups are taken, no look-around or flags",
                )
            groups.append([False, False])
            at += 3 if pattern.startswith("(?:", at) else 1
            continue
        if char == ")":
            closed = groups.pop()
            choices += 1 if closed[1] else 0
            groups[-1] = [mine or inner for mine, inner in zip(groups[-1], closed, strict=True)]
        elif char == "|":
            groups[-1][1] = True
        at += 1
    if choices > MOST_CHOICES:
        return (
            f"正则表达式中的重复与分组选择合计不能超过 {MOST_CHOICES} 处",
            f"repeats (* + ? {{m,n}}) and groups with `|` together may be at most {MOST_CHOICES}",
        )
    return None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def pattern_found(pattern: str, text: str) -> bool:
    """Say whether `pattern` occurs in the first 200 characters of `text`."""
    return _compiled(pattern).search(text[:LONGEST_TEXT]) is not None
