"""What the document of a process must be, so that a bad one is refused before anything reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...hooks.text import Text
from ...rules.language.conditions import parse_condition
from ...rules.language.errors import Problems
from ...rules.language.mentions import in_condition
from ...rules.language.vocabulary import Vocabulary
from ..errors import Invalid, Problem
from ..roles import book
from ..schema.field_definitions import unknown
from ..schema.kind import Store
from ..schema.registry import Kinds
from .processes import FINALS, Process, Stage

_LONGEST_NAME, _LONGEST_TITLE = 40, 80
_MOST_STAGES = 50
_SHAPE = Text(
    "应含 name、title（zh、en）、stages（name、zh、en，可有 role、required、evidence、skip、final、confirm）"
    "和 transitions（[从, 到]）",
    "holds name, title (zh, en), stages (name, zh, en, perhaps role, required, evidence, skip, final and confirm) "
    "and transitions ([from, to])",
)


def check_process(
    kinds: Kinds,
    store: Store,
    kind: str,
    name: str,
    document: Any,
    vocabulary: Callable[[], Vocabulary] | None = None,
) -> None:
    """Raise Invalid if no process of a kind can be made of this document; `vocabulary` is what evidence may name."""
    try:
        process = Process(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid([Problem("document", _SHAPE)]) from None
    problems = [Problem("kind", text) for text in _kind_problems(kinds, store, kind)]
    problems += [Problem("document", text) for text in _problems(name, process, document)]
    if not problems:
        problems = [Problem("document", text) for text in _needed_problems(kinds, store, kind, process)]
        if vocabulary is not None:
            problems += [Problem("document", text) for text in _evidence_problems(kinds, kind, process, vocabulary())]
    if problems:
        raise Invalid(problems)


def _kind_problems(kinds: Kinds, store: Store, kind: str) -> Iterator[Text]:
    here = kinds.get(kind)
    if here is None or here.data:
        if not store.related("kind_definition", 1, name=kind):
            yield Text(f"没有「{kind}」这类记录；请先建类型", f"there is no kind {kind!r}: make the kind first")
    elif not here.staged:
        staged = ", ".join(one.name for one in kinds.values() if one.staged and not one.data)
        yield Text(
            f"「{kind}」没有阶段；有阶段的是：{staged}", f"{kind!r} has no stages; of Clew's own have them {staged}"
        )


def _problems(name: str, process: Process, document: Mapping[str, Any]) -> Iterator[Text]:
    names = [stage.name for stage in process.stages]
    if process.name != name:
        yield Text(f"name 应为「{name}」", f"its name should be {name!r}")
    if len(names) > _MOST_STAGES:
        yield Text(f"最多 {_MOST_STAGES} 个阶段", f"a process has at most {_MOST_STAGES} stages")
    if not names:
        yield Text("至少要有一个阶段", "a process has at least one stage")
    if not all(_is_text(one, _LONGEST_NAME) for one in names) or len({*names}) < len(names):
        yield Text("阶段的 name 应各不相同，1 至 40 个字", "stages have names of their own, 1 to 40 characters")
    yield from _title_problems("title", process.title)
    for stage in process.stages:
        yield from _stage_problems(stage)
    for pair in document["transitions"]:
        for one in pair:
            if one not in names:
                near = unknown("阶段", "stage", str(one), [str(name) for name in names])
                yield Text(f"transitions 里：{near.zh}", f"transitions: {near.en}")


def _stage_problems(stage: Stage) -> Iterator[Text]:
    yield from _title_problems(str(stage.name)[:_LONGEST_NAME], stage.title)
    for role in (stage.role, *stage.skip):
        if not isinstance(role, str) or role not in book().roles:
            yield unknown("角色", "role", str(role), sorted(book().roles))
    if not isinstance(stage.final, str) or stage.final not in FINALS:
        yield unknown("结束方式", "end", str(stage.final), FINALS[1:])
    if not isinstance(stage.confirm, bool):
        yield Text("confirm 应为 true 或 false", "confirm is true or false")
    for one in stage.evidence:
        yield from _title_problems(f"{stage.name}.evidence", one.words)


def _title_problems(where: str, title: Text) -> Iterator[Text]:
    for locale, words in (("zh", title.zh), ("en", title.en)):
        if not _is_text(words, _LONGEST_TITLE):
            yield Text(
                f"「{where}」的 {locale} 应为 1 至 {_LONGEST_TITLE} 个字",
                f"{locale} of {where!r} is a text of 1 to {_LONGEST_TITLE} characters",
            )


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= longest


def _needed_problems(kinds: Kinds, store: Store, kind: str, process: Process) -> Iterator[Text]:
    known = {field.name for field in kinds.of(kind)}
    known |= {row.name for row in store.related("field_definition", kind=kind) if row.active}
    for row in store.related("kind_definition", 1, name=kind):
        known |= {f"{parent}_id" for parent in row.belongs_to} | ({"owner_id", "team_id"} if row.owned else set())
    for stage in process.stages:
        for name in stage.required:
            if name not in known:
                near = unknown("字段", "field", name, sorted(known))
                yield Text(f"阶段「{stage.title.zh}」要求的：{near.zh}", f"the stage {stage.name!r} needs: {near.en}")


def _evidence_problems(kinds: Kinds, kind: str, process: Process, vocabulary: Vocabulary) -> Iterator[Text]:
    """Yield what the rules' own checks hold against evidence, and facts that a record of the kind does not have."""
    groups = {*kinds.groups(kind), "event"} if kind in kinds else None
    for stage in process.stages:
        for one in stage.evidence:
            problems = Problems()
            parse_condition(one.document["when"], "when", problems, vocabulary)
            for problem in problems.found:
                zh, en = problem.text("zh"), problem.text("en")
                yield Text(f"阶段「{stage.title.zh}」的证据：{zh}", f"evidence of {stage.title.en}: {en}")
            for mention in in_condition(one.when):
                if groups is not None and mention.what == "fact" and mention.name.partition(".")[0] not in groups:
                    yield Text(
                        f"阶段「{stage.title.zh}」的证据：这类记录没有 {mention.name}",
                        f"evidence of {stage.title.en}: a record of this kind has no {mention.name}",
                    )
