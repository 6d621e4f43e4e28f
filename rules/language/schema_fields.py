"""The values that keys of a rule document take, as marshmallow fields that say what is wrong in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from .values import is_scalar, moment

LONGEST_ID = 80
LONGEST_TITLE = 200
LONGEST_TEXT = 5000
HIGHEST = 1_000_000
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a value: the words in both languages, and where inside it."""

    zh: str
    en: str
    found: object = None
    at: str = ""


class Part(fields.Field[Any]):
    """A key's value: `json` describes it to others, `faults_of` says what is wrong with one."""

    json: ClassVar[dict[str, Any]] = {}

    def faults_of(self, value: Any) -> list[Fault]:
        return []

    def read(self, value: Any) -> Any:
        return value

    def description(self) -> dict[str, Any]:
        return dict(self.json)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        faults = self.faults_of(value)
        if faults:
            # marshmallow hands messages through as they are: these keep both languages and the place.
            raise ValidationError(faults)
        return self.read(value)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """Judge null like any other value that does not fit."""
        if value is None and not self.allow_none:
            raise ValidationError(self.faults_of(None) or [Fault("不能为空", "can't be null")])
        return super().deserialize(value, attr, data, **more)


class Anything(Part):
    """What is read elsewhere: conditions, actions, related records."""

    def __init__(self, json_type: str, **more: Any) -> None:
        super().__init__(**more)
        self._json_type = json_type

    def description(self) -> dict[str, Any]:
        return {"type": self._json_type}

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """Hand null on too: whoever reads this part says what is wrong with it."""
        return None if value is None else super().deserialize(value, attr, data, **more)


class Identifier(Part):
    """Lower-case words joined by hyphens."""

    json: ClassVar[dict[str, Any]] = {"type": "string", "pattern": f"^{_ID.pattern}$", "maxLength": LONGEST_ID}

    def faults_of(self, value: Any) -> list[Fault]:
        if isinstance(value, str) and len(value) <= LONGEST_ID and _ID.fullmatch(value):
            return []
        return [
            Fault(
                f"需要小写字母、数字与连字符组成的名称（至多 {LONGEST_ID} 字符），如 assign-key-account",
                f"needs lower-case words joined by hyphens (at most {LONGEST_ID} characters), as in assign-north",
                value,
            )
        ]


class Whole(Part):
    """A whole number from `low` on."""

    def __init__(self, low: int, **more: Any) -> None:
        super().__init__(**more)
        self._low = low

    def description(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self._low, "maximum": HIGHEST}

    def faults_of(self, value: Any) -> list[Fault]:
        if isinstance(value, int) and not isinstance(value, bool) and self._low <= value <= HIGHEST:
            return []
        zh = f"需要 {self._low} 到 {HIGHEST} 之间的整数"
        return [Fault(zh, f"needs a whole number from {self._low} to {HIGHEST}", value)]


class Words(Part):
    """One text."""

    json: ClassVar[dict[str, Any]] = {"type": "string", "maxLength": LONGEST_TITLE}

    def faults_of(self, value: Any) -> list[Fault]:
        if isinstance(value, str) and len(value) <= LONGEST_TITLE:
            return []
        return [
            Fault(f"需要至多 {LONGEST_TITLE} 字的文本", f"needs a text of at most {LONGEST_TITLE} characters", value)
        ]


class BothLanguages(Part):
    """A text in Chinese and English; with `or_one`, a single text too."""

    def __init__(self, longest: int, or_one: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self._longest, self._or_one = longest, or_one

    def description(self) -> dict[str, Any]:
        text = {"type": "string", "minLength": 1, "maxLength": self._longest}
        both = {
            "type": "object",
            "properties": {"zh": text, "en": text},
            "required": ["zh", "en"],
            "additionalProperties": False,
        }
        return {"anyOf": [both, text]} if self._or_one else both

    def faults_of(self, value: Any) -> list[Fault]:
        texts = list(value.values()) if isinstance(value, dict) and set(value) == {"zh", "en"} else None
        if self._or_one and isinstance(value, str):
            texts = [value]
        if texts is None or not all(isinstance(text, str) and text for text in texts):
            return [Fault("需要中英文：{zh: …, en: …}", "needs both languages: {zh: …, en: …}", value)]
        if any(len(text) > self._longest for text in texts):
            return [Fault(f"超过 {self._longest} 字", f"is longer than {self._longest} characters")]
        return []

    def read(self, value: Any) -> Any:
        return {"zh": value["zh"], "en": value["en"]} if isinstance(value, dict) else value


class Events(Part):
    """One event, or a list of them; read as a tuple."""

    json: ClassVar[dict[str, Any]] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
    }

    def faults_of(self, value: Any) -> list[Fault]:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            return [Fault("需要一个或多个触发事件", "needs an event, or a list of events", value)]
        return [Fault("触发事件重复", "names an event twice", names)] if len(set(names)) < len(names) else []

    def read(self, value: Any) -> Any:
        return (value,) if isinstance(value, str) else tuple(value)


class Moment(Part):
    """An ISO date or datetime, kept as written."""

    json: ClassVar[dict[str, Any]] = {"type": "string", "format": "date-time"}

    def faults_of(self, value: Any) -> list[Fault]:
        if moment(value) is not None:
            return []
        zh = "需要 ISO 日期时间，如 2026-01-31 或 2026-01-31T09:00+08:00"
        return [Fault(zh, "needs an ISO date or datetime, such as 2026-01-31", value)]


class Derivations(Part):
    """Names and the scalars derived for them."""

    json: ClassVar[dict[str, Any]] = {
        "type": "object",
        "propertyNames": {"pattern": f"^{_NAME.pattern}$"},
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    }

    def faults_of(self, value: Any) -> list[Fault]:
        if not isinstance(value, dict):
            return [Fault("需要 {名称: 值}", "needs a mapping of names to values", value)]
        faults = []
        for name, derived in value.items():
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                faults.append(
                    Fault("名称须为小写字母与下划线", "needs a name such as customer_grade", name, f".{name}")
                )
            if not is_scalar(derived) or derived == "":
                faults.append(Fault("需要文本、数字或布尔值", "needs a text, number or bool", derived, f".{name}"))
        return faults


class Valid(Part):
    """From when until when a rule is in force."""

    json: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"from": dict(Moment.json), "until": dict(Moment.json)},
        "additionalProperties": False,
    }

    def faults_of(self, value: Any) -> list[Fault]:
        if not isinstance(value, dict) or not value or not set(value) <= {"from", "until"}:
            return [
                Fault("需要 {from: 日期, until: 日期}，可只写其一", "needs {from: date, until: date}, or one", value)
            ]
        faults = [
            Fault(fault.zh, fault.en, fault.found, f".{key}")
            for key, text in value.items()
            for fault in Moment().faults_of(text)
        ]
        if not faults and len(value) == 2:
            since, until = (moment(value[key], datetime(2000, 1, 1, tzinfo=UTC)) for key in ("from", "until"))
            if since is not None and until is not None and since >= until:
                zh, en = "until 须晚于 from：这条规则永远不会生效", "until must come after from: this is never in force"
                faults.append(Fault(zh, en, value))
        return faults
