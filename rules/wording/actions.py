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

# What is in [square brackets] is said only if its argument is given.
_PHRASES: dict[str, dict[str, str]] = {
    "zh": {
        "assign": "分配给[团队{team}][{user}][（{strategy}）]",
        "escalate": "升级给{to}（附言{message}）",
        "notify": "给{to}发消息{title}（正文{body}）",
        "create_task": "给{assignee}建任务{title}[（{due_working_minutes}内完成）]",
        "create_tasks": "给{assignee}建清单{sop}（{items}）",
        "set_field": "把{field}改为{value}",
        "start_deadline": "开始{name}计时（{working_minutes}）[（提前 {warn}预警）]",
        "close_deadline": "停止{name}计时",
        "set_outcome": "把结果改为{outcome}（原因{reason}）",
        "move_stage": "把阶段改为{stage}",
        "lock": "锁定这条记录（原因{reason}）",
        "unlock": "解锁这条记录",
        "suspend_metric": "暂停指标{metric}（原因{reason}）",
        "award": "授予{to}标兵{badge}（原因{reason}）",
        "require_confirmation": "要求确认{message}",
        "block": "拦下保存（提示{message}）",
    },
    "en": {
        "assign": "assign it to [the team {team}][{user}][ ({strategy})]",
        "escalate": "escalate to {to} (saying {message})",
        "notify": "send {to} the message {title} (text {body})",
        "create_task": "create the task {title} for {assignee}[ (due within {due_working_minutes})]",
        "create_tasks": "create the checklist {sop} for {assignee} ({items})",
        "set_field": "set {field} to {value}",
        "start_deadline": "start the deadline {name} ({working_minutes})[ (warning {warn} before)]",
        "close_deadline": "close the deadline {name}",
        "set_outcome": "set the outcome to {outcome} (because {reason})",
        "move_stage": "set the stage to {stage}",
        "lock": "lock the record (because {reason})",
        "unlock": "unlock the record",
        "suspend_metric": "suspend the metric {metric} (because {reason})",
        "award": "award {to} the badge {badge} (because {reason})",
        "require_confirmation": "ask for confirmation {message}",
        "block": "stop it from being saved (saying {message})",
    },
}
_LOWERED = ("The", "All", "Whoever")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_FACT = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


def action_parts(action: Action, path: str, speaker: Speaker) -> list[Part]:
    """Return one action in words; `path` is that of the action in the document."""
    phrase = _PHRASES[speaker.language].get(action.name)
    if phrase is None or not _fits(phrase, action.args, speaker, action.name):
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


def _fits(phrase: str, args: Mapping[str, Any], speaker: Speaker, action: str) -> bool:
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
    if action.name in ("start_deadline", "close_deadline") and name == "name" and not is_template(value):
        return value_words("deadline.name", value, speaker.vocabulary, speaker.language)
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
