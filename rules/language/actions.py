"""The `then` of a rule: which actions, with which arguments. Rules only name them; core carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Problems
from .templates import check_template
from .values import is_number, is_scalar, kind_of
from .vocabulary import ActionSpec, ArgSpec, Vocabulary

_MOST_ACTIONS = 50
_DEEPEST = 4
_LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Action:
    """One action with its arguments as written: templates are filled in when the rule fires."""

    name: str
    args: Mapping[str, Any]


def parse_actions(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> tuple[Action, ...]:
    """Read `then`, a list of one-key mappings such as `- assign: {team: 华东一部}`."""
    if not isinstance(document, list) or len(document) > _MOST_ACTIONS:
        problems.add(
            path,
            f"需要至多 {_MOST_ACTIONS} 个动作的列表",
            f"needs a list of at most {_MOST_ACTIONS} actions",
            found=document,
        )
        return ()
    return tuple(_action(item, f"{path}[{index}]", problems, vocabulary) for index, item in enumerate(document))


def _action(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> Action:
    if not isinstance(document, dict) or len(document) != 1:
        problems.add(path, "动作写作 {名称: {参数}}", "an action is {name: {arguments}}", found=document)
        return Action("", {})
    name, args = next(iter(document.items()))
    if not isinstance(name, str) or not isinstance(args, dict):
        problems.add(f"{path}.{name}", "参数必须是一个映射", "takes a mapping of arguments", found=args)
        return Action("", {})
    for key, value in args.items():
        if not isinstance(key, str):
            problems.add(f"{path}.{name}.{key}", "参数名必须是文本", "an argument's name is text", found=key)
        _check_value(value, f"{path}.{name}.{key}", problems, vocabulary, 1)
    if vocabulary is not None:
        spec = vocabulary.actions.get(name)
        if spec is None:
            problems.add(path, "未知的动作", "is no known action", found=name, allowed=vocabulary.actions, word=name)
        else:
            _check_args(spec, args, f"{path}.{name}", problems, vocabulary)
    return Action(name, args)


def check_plain(value: object, path: str, problems: Problems, depth: int = 0) -> None:
    """Check that a value is JSON of bounded depth; its texts may say anything."""
    if isinstance(value, list | dict) and depth < _DEEPEST:
        for key, inner in enumerate(value) if isinstance(value, list) else value.items():
            if isinstance(value, dict) and not isinstance(key, str):
                problems.add(f"{path}.{key}", "键必须是文本", "a key is text", found=key)
            check_plain(inner, f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}", problems, depth + 1)
    elif value is not None and not is_scalar(value):
        problems.add(path, "需要文本、数字或布尔值", "needs a text, number or bool", found=value)


def _check_value(value: object, path: str, problems: Problems, vocabulary: Vocabulary | None, depth: int) -> None:
    """Check that an argument is plain JSON and its templates are sound."""
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT:
            problems.add(
                path, f"超过 {_LONGEST_TEXT} 字", f"is longer than {_LONGEST_TEXT} characters", found=len(value)
            )
        else:
            check_template(value, path, problems, vocabulary)
    elif isinstance(value, list | dict) and depth < _DEEPEST:
        for key, inner in enumerate(value) if isinstance(value, list) else value.items():
            if isinstance(value, dict) and not isinstance(key, str):
                problems.add(f"{path}.{key}", "键必须是文本", "a key is text", found=key)
            where = f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}"
            _check_value(inner, where, problems, vocabulary, depth + 1)
    elif not is_scalar(value):
        problems.add(
            path,
            "需要文本、数字、布尔值或它们的列表",
            "needs a text, number, bool or list of these",
            found=value,
        )


def _check_args(spec: ActionSpec, args: dict[Any, Any], path: str, problems: Problems, vocabulary: Vocabulary) -> None:
    for key, value in args.items():
        arg = spec.args.get(key)
        if arg is None:
            problems.add(
                f"{path}.{key}",
                "未知的参数",
                "is an unknown argument",
                found=key,
                allowed=spec.args,
                word=str(key),
            )
        else:
            _check_arg(arg, value, f"{path}.{key}", problems, vocabulary)
    for key, arg in spec.args.items():
        if arg.required and key not in args:
            problems.add(f"{path}.{key}", "缺少必需的参数", "is needed")
    for names in spec.one_of:
        if sum(name in args for name in names) != 1:
            problems.add(path, "必须且只能给出其中一个", "needs exactly one of these", found=list(args), allowed=names)
    if "field" in args and "value" in args:
        _check_field_value(args["field"], args["value"], f"{path}.value", problems, vocabulary)


def _check_arg(arg: ArgSpec, value: object, path: str, problems: Problems, vocabulary: Vocabulary) -> None:
    if arg.kind == "number":
        _check_number(arg, value, path, problems)
    elif arg.kind == "texts":
        if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
            problems.add(path, "需要文本的列表", "needs a list of texts", found=value)
    elif arg.kind == "scalar":
        if not is_scalar(value):
            problems.add(path, "需要文本、数字或布尔值", "needs a text, number or bool", found=value)
    elif not isinstance(value, str) or not value:
        problems.add(path, "需要一段文本", "needs a text", found=value)
    else:
        _check_name(arg, value, path, problems, vocabulary)


def _check_name(arg: ArgSpec, value: str, path: str, problems: Problems, vocabulary: Vocabulary) -> None:
    """Check that a text is a name that is there, where it has to be one."""
    if arg.kind == "field":
        if not vocabulary.knows(value):
            problems.add(path, "未知的字段", "is no known field", found=value, allowed=vocabulary.fields, word=value)
    elif arg.options and value not in arg.options and not _has_prefix(value, arg.prefixes):
        allowed = (*arg.options, *(f"{prefix}…" for prefix in arg.prefixes))
        problems.add(path, "不在可选范围", "is not among the options", found=value, allowed=allowed, word=value)
    elif value in arg.shared:
        meant = arg.shared[value]
        zh, en = f"有 {len(meant)} 个叫这个名字；请写其中一个", f"is the name of {len(meant)}: write which"
        problems.add(path, zh, en, found=value, allowed=meant)
    elif arg.known is not None and value not in arg.known and "{" not in value:
        problems.add(path, "没有这个名称", "is no name that is there", found=value, allowed=arg.known, word=value)


def _check_number(arg: ArgSpec, value: object, path: str, problems: Problems) -> None:
    if not is_number(value) or value < 0:
        problems.add(path, "需要一个不小于 0 的数字", "needs a number, 0 or more", found=value)
    elif value < arg.least or (arg.most is not None and value > arg.most):
        most = f"{arg.most:,}" if arg.most is not None else "∞"
        problems.add(path, f"应在 {arg.least:g} 到 {most} 之间", f"lies between {arg.least:g} and {most}", found=value)
    elif arg.whole and value != int(value):
        problems.add(path, "需要整数", "needs a whole number", found=value)


def _has_prefix(value: str, prefixes: tuple[str, ...]) -> bool:
    return any(value.startswith(prefix) and len(value) > len(prefix) for prefix in prefixes)


def _check_field_value(name: object, value: object, path: str, problems: Problems, vocabulary: Vocabulary) -> None:
    """Check a value that an action writes into a field; a template is text whose content nobody knows yet."""
    field = vocabulary.fields.get(name) if isinstance(name, str) else None
    if field is None or (isinstance(value, str) and "{" in value):
        return
    wanted = "text" if field.kind == "datetime" else field.kind
    if kind_of(value) != wanted:
        problems.add(path, f"{name} 是 {field.kind}", f"{name} is of type {field.kind}", found=value)
    elif field.options and value not in field.options:
        problems.add(
            path,
            f"不是 {name} 的选项",
            f"is no option of {name}",
            found=value,
            allowed=field.options,
            word=str(value),
        )
