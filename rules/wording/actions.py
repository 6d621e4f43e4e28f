"""Actions in words: a phrase of its own for each of Clew's, title and arguments for a plugin's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

from ..language.actions import Action
from ..language.vocabulary import ArgSpec, FieldType
from .conditions import Part, Speaker
from .words import lowered, minutes_words, named, pick, quoted, scalar_words, side_by_side, value_words

_LOWERED = ("The", "All", "Whoever")
_UNITS = {"working_hours": ("个工作小时", "working hours"), "working_days": ("个工作日", "working days")}
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_FACT = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


def action_parts(action: Action, path: str, speaker: Speaker) -> list[Part]:
    """Return one action in words; `path` is that of the action in the document."""
    spec = speaker.vocabulary.actions.get(action.name)
    phrase = pick(spec.phrase, speaker.language) if spec is not None else ""
    if not phrase or not _fits(phrase, action.args):
        return _plain(action, path, speaker)
    template = _OPTIONAL.sub(lambda found: _if_given(found[1], action.args), phrase)
    found: list[Part] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            found.append((literal, path))
        if name:
            found.append((_argument(action, name, speaker), f"{path}.{action.name}.{name}"))
    return found


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def _fits(phrase: str, args: Mapping[str, Any]) -> bool:
    """Say whether the phrase says all arguments there are, and has all it needs."""
    optional = {name for part in _OPTIONAL.findall(phrase) for name in _names(part)}
    needed = set(_names(_OPTIONAL.sub("", phrase)))
    return needed <= set(args) <= needed | optional


def _if_given(part: str, args: Mapping[str, Any]) -> str:
    return part if all(name in args for name in _names(part)) else ""


def _argument(action: Action, name: str, speaker: Speaker) -> str:
    value = action.args[name]
    spec = speaker.vocabulary.actions.get(action.name)
    arg = spec.args.get(name) if spec else None
    if name == "field" and isinstance(value, str):
        return speaker.field(value)
    if name == "value" and isinstance(action.args.get("field"), str) and not is_template(value):
        return value_words(action.args["field"], value, speaker.vocabulary, speaker.language)
    if name in ("working_minutes", "due_working_minutes", "warn") and isinstance(value, int | float):
        return minutes_words(value, speaker.language)
    if name in _UNITS and isinstance(value, int | float):
        return f"{value:g} {pick(_UNITS[name], speaker.language)}"
    timer = speaker.vocabulary.timer
    if timer is not None and spec is not None and spec.timer and name == "name" and not is_template(value):
        return value_words(timer.name, value, speaker.vocabulary, speaker.language)
    return argument_words(value, arg, speaker)


def argument_words(value: Any, arg: ArgSpec | None, speaker: Speaker) -> str:
    """Return an argument in words; facts named in a text appear as what people call them."""
    if isinstance(value, list | tuple):
        return side_by_side([argument_words(one, arg, speaker) for one in value], speaker.language)
    if isinstance(value, Mapping):
        pairs = [
            f"{quoted(str(key), speaker.language)}{argument_words(one, None, speaker)}" for key, one in value.items()
        ]
        return side_by_side(pairs, speaker.language)
    if isinstance(value, str):
        label = pick(arg.labels[value], speaker.language) if arg is not None and value in arg.labels else ""
        if label:
            # "The owner" within a sentence; a stage's or outcome's name stays as it is written.
            return named(lowered(label) if label.split()[0] in _LOWERED else label, speaker.language)
        return quoted(_with_names(value, speaker), speaker.language)
    return scalar_words(value, FieldType("text"), speaker.language)


def is_template(value: object) -> bool:
    """Say whether a value holds facts still to be filled in."""
    return isinstance(value, str) and any(found[1] for found in _FACT.finditer(value))


def _with_names(text: str, speaker: Speaker) -> str:
    """Return a template with each fact under its name for people: {公司} for {lead.company}."""
    return _FACT.sub(lambda found: f"{{{_bare(found[1], speaker)}}}" if found[1] else found[0], text)


def _bare(name: str, speaker: Speaker) -> str:
    words = speaker.field(name)
    return words.removeprefix("the ") if not speaker.zh else words


def _plain(action: Action, path: str, speaker: Speaker) -> list[Part]:
    """Return an action without a phrase of its own: its title, and its arguments in brackets."""
    spec = speaker.vocabulary.actions.get(action.name)
    title = pick(spec.title, speaker.language) if spec else ""
    words = (title if speaker.zh else lowered(title)) if title else quoted(action.name, speaker.language)
    found: list[Part] = [(words, path)]
    colon, semicolon, opening, closing = ("：", "；", "（", "）") if speaker.zh else (": ", "; ", " (", ")")
    for number, name in enumerate(action.args):
        arg = spec.args.get(name) if spec else None
        label = (pick(arg.title, speaker.language) if arg else "") or quoted(name, speaker.language)
        found.append(((semicolon if number else opening) + label + colon, path))
        found.append((_argument(action, name, speaker), f"{path}.{action.name}.{name}"))
    return [*found, (closing, path)] if action.args else found
