"""What the rules package raises. Every message stands in Chinese and English, side by side."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class RulesError(Exception):
    """Anything the rules package refuses or fails at; `.zh` and `.en` are for the person who meets it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


_MOST_SHOWN = 40


@dataclass(frozen=True)
class ClewRuleProblem:
    """One thing wrong in a rule document: where, what was found, what is allowed, what was perhaps meant."""

    path: str
    zh: str
    en: str
    found: str = ""
    allowed: tuple[str, ...] = ()
    suggestion: str | None = None

    def text(self, language: str = "en") -> str:
        """Return the whole sentence in "zh" or "en", path first."""
        chinese = language == "zh"
        parts = [f"{self.path}{'：' if chinese else ': '}{self.zh if chinese else self.en}"]
        if self.found:
            parts.append(f"（实际为 {self.found}）" if chinese else f" (found {self.found})")
        if self.suggestion is not None:
            parts.append(f"；是否想写「{self.suggestion}」？" if chinese else f"; did you mean {self.suggestion!r}?")
        elif self.allowed:
            parts.append(self._allowed(chinese))
        return "".join(parts)

    def _allowed(self, chinese: bool) -> str:
        shown, more = self.allowed[:_MOST_SHOWN], len(self.allowed) - _MOST_SHOWN
        if chinese:
            return f"；可用：{'、'.join(shown)}" + (f" 等 {len(self.allowed)} 个" if more > 0 else "")
        return f"; allowed: {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")


class RuleError(RulesError):
    """A rule document with problems; all of them are in `.problems`, in document order."""

    def __init__(self, problems: Sequence[ClewRuleProblem], source: str = "") -> None:
        self.problems = tuple(problems)
        self.source = source
        prefix = f"{source}: " if source else ""
        super().__init__(
            prefix + "\n".join(problem.text("zh") for problem in self.problems),
            prefix + "\n".join(problem.text("en") for problem in self.problems),
        )


class FactError(RulesError):
    """A fact has a value that rules can't read (not text, number, bool, moment or a list of these)."""


class RuleLoop(RulesError):
    """Rules that keep switching each other on and off; `.rule_ids` names them."""

    def __init__(self, rule_ids: Iterable[str]) -> None:
        self.rule_ids = tuple(sorted(rule_ids))
        names = ", ".join(self.rule_ids)
        super().__init__(
            f"规则推导循环不止：{'、'.join(self.rule_ids)}。请检查其 derive 与 derived 条件，去掉一环",
            f"these rules derive facts in a circle and never settle: {names}. "
            "Look at their `derive` and `derived` conditions and break the circle",
        )


class JoinTooLarge(RulesError):
    """A rule's `match` has more combinations of rows than may be looked at; `.rule_id` names the rule."""

    def __init__(self, rule_id: str) -> None:
        self.rule_id = rule_id
        super().__init__(
            f"规则「{rule_id}」的 match 要比较的组合太多。请在 where 里用 == 缩小各项的范围",
            f"the match of rule {rule_id!r} has too many combinations of rows to compare; "
            "narrow its `where` conditions down, best by ==",
        )


class EngineError(RulesError):
    """The engine is missing, or did something it must never do."""


def closest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that `word` was probably meant to be, or None."""
    matches = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return matches[0] if matches else None


_SHORT = reprlib.Repr()
_SHORT.maxlevel = 4
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = 12
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 60


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as it may stand in a message: one line, bounded."""
    # Written out bounded from the start: a value may be nested without end, or fill megabytes.
    text = repr(value[: limit + 1]) if isinstance(value, str) else _SHORT.repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


MOST_PROBLEMS = 500
_LONGEST_PATH = 200


class Problems:
    """Collects problems while a document is read, so that its writer sees them all at once."""

    def __init__(self) -> None:
        self.found: list[ClewRuleProblem] = []

    def add(
        self,
        path: str,
        zh: str,
        en: str,
        *,
        found: object = None,
        allowed: Iterable[str] = (),
        word: str | None = None,
        called: Iterable[str] = (),
    ) -> None:
        """Note a problem. `word` is what did-you-mean is looked up for, among `allowed` and what these are `called`."""
        options = tuple(allowed)
        if len(self.found) > MOST_PROBLEMS:
            word = None  # Nobody will read so far: that something is wrong is enough.
        self.found.append(
            ClewRuleProblem(
                path=path[:_LONGEST_PATH] or "document",
                zh=zh,
                en=en,
                found="" if found is None else shown(found),
                allowed=options,
                suggestion=closest(word[:_LONGEST_PATH], (*options, *called)) if word is not None else None,
            )
        )

    def raise_if_any(self, source: str = "") -> None:
        """Raise one RuleError with everything noted so far, if there is anything."""
        if self.found:
            raise RuleError(self.found[:MOST_PROBLEMS], source)
