"""Words for the pieces of a rule: facts, values, events, moments and amounts, in Chinese and English.

Each function gives different words to different things: text stands in quotes, names for people stand bare
only where nothing in them could be taken for the grammar of a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from ..language.values import is_number, moment
from ..language.vocabulary import FieldType, Title, Vocabulary

Language = Literal["zh", "en"]
Rows = Mapping[str, str]
"""Which collection each name of a rule's related records stands for: {"c": "contracts"}."""

_GRAMMAR_ZH = re.compile(r"[或且并就]|之一|不是|为空|^其(?!他)")
_GRAMMAR_EN = re.compile(r"\b(?:and|or|not|is|are|then|but|given|empty|when|from|until)\b", re.I)
_PLAIN_ZH = re.compile(r"(?!\d)[\w·.%+&-]+")
_PLAIN_EN = re.compile(r"(?!\d)[\w·.%+&'-]+(?: [\w·.%+&'-]+)*")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WAN, _YI = 10_000, 100_000_000
_LONGEST = 10**15  # Beyond this many, an amount is written out.
_ALIAS = re.compile(r"([A-Za-z_]\w*)\.(\w+)")


def pick(title: Title, language: str) -> str:
    """Return the title in one language, or what there is of it."""
    zh, en = title
    return (zh or en) if language == "zh" else (en or zh)


def lowered(title: str) -> str:
    """Return an English title as it stands within a sentence; abbreviations and lone capitals stay."""
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] in "- '" else title


def quoted(text: str, language: str) -> str:
    """Return text in quotes, on one line; two different texts never look the same."""
    signs = _SEEN_ZH if language == "zh" else _SEEN_EN
    shown = "".join(signs.get(char) or _visible(char, language) for char in text)
    return f"「{shown}」" if language == "zh" else f"“{shown}”"


# What can't be seen, or would break the line or the quotes, is shown by a sign; the signs by their number.
_SEEN_ZH = {"\n": "⏎", "\t": "⇥", "「": "『", "」": "』"}
_SEEN_EN = {"\n": "⏎", "\t": "⇥", "”": "””"}
_SIGNS = {"zh": frozenset("⏎⇥␛『』"), "en": frozenset("⏎⇥␛")}


@lru_cache(maxsize=4096)
def _visible(char: str, language: str) -> str:
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") or (
        char.isspace() and char != " "
    )
    return f"␛{ord(char):X};" if hidden or char in _SIGNS[language] else char


def named(text: str, language: str) -> str:
    """Return a name for people: bare where it can't be mistaken for grammar, else in quotes."""
    if language == "zh":
        bare = _PLAIN_ZH.fullmatch(text) and not _GRAMMAR_ZH.search(text)
    else:
        bare = _PLAIN_EN.fullmatch(text) and not _GRAMMAR_EN.search(text)
    return text if bare else quoted(text, language)


def field_words(
    name: str, vocabulary: Vocabulary, language: str = "zh", *, derived: bool = False, rows: Rows | None = None
) -> str:
    """Return what people call a fact; a related record's field with the record it is of (`rows`)."""
    if derived:
        return f"事实{quoted(name, language)}" if language == "zh" else f"the fact {quoted(name, language)}"
    row = _row_field(name, vocabulary, rows or {})
    if row is not None:
        return _row_words(name, row, language, alone=len(rows or {}) == 1)
    known = vocabulary.fields.get(name)
    title = pick(known.title, language) if known else ""
    if not title:
        return f"字段{quoted(name, language)}" if language == "zh" else f"the field {quoted(name, language)}"
    words = named(lowered(title) if language == "en" else title, language)
    if title in vocabulary.shared_titles:
        words += f"（{name}）" if language == "zh" else f" ({name})"
    return words if language == "zh" else f"the {words}"


def field_type(name: str, vocabulary: Vocabulary, rows: Rows | None = None) -> FieldType | None:
    """Return the type of a fact or of a related record's field, None when it is not known."""
    return _row_field(name, vocabulary, rows or {}) or vocabulary.fields.get(name)


def value_words(
    name: str, value: Any, vocabulary: Vocabulary, language: str = "zh", *, rows: Rows | None = None
) -> str:
    """Return what people call a value of the fact `name`; values of a list are set side by side."""
    known = field_type(name, vocabulary, rows)
    if isinstance(value, list | tuple):
        return side_by_side([scalar_words(one, known, language) for one in value], language)
    return scalar_words(value, known, language)


def side_by_side(words: list[str], language: str) -> str:
    """Return words as a list; in Chinese nothing stands between quotes."""
    return " / ".join(words) if language == "en" else "、".join(words).replace("」、「", "」「")


def scalar_words(value: Any, known: FieldType | None, language: str) -> str:
    """Return one value in words: an option's name, an amount with its unit, text in quotes."""
    if value is None:
        return "空" if language == "zh" else "empty"
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    if is_number(value):
        return number_words(value, known.unit if known else ("", ""), language)
    text = str(value)
    if known is None or not known.labels:
        return quoted(text, language)
    return _label_words(text, known.labels, language)


def _label_words(value: str, labels: Mapping[str, Title], language: str) -> str:
    titles = [pick(title, language) for title in labels.values()]
    label = pick(labels[value], language) if value in labels else ""
    if not label:
        return quoted(value, language)
    words = named(label, language)
    # A second value of that name, or quotes that a plain text could have too: the value itself tells them apart.
    if titles.count(label) > 1 or words != label:
        words += f"（{value}）" if language == "zh" else f" ({value})"
    return words


def number_words(number: int | float, unit: Title, language: str) -> str:
    """Return an amount exactly: 200000 元 is 20 万元 and ¥200,000."""
    zh, en = unit
    if zh == "元":
        return _yuan_zh(number) if language == "zh" else f"{'-' if number < 0 else ''}¥{_digits(abs(number))}"
    if zh == "工作分钟":
        return minutes_words(number, language)
    word = zh if language == "zh" else en
    return f"{_digits(number)} {word}" if word else _digits(number)


def minutes_words(minutes: int | float, language: str) -> str:
    """Return a span of working time: 30 个工作分钟, 8 个工作小时."""
    whole = minutes >= 60 and minutes % 60 == 0
    count = _digits(minutes // 60 if whole else minutes)
    if language == "zh":
        return f"{count} 个工作{'小时' if whole else '分钟'}"
    one = count == "1"
    return f"{count} working {'hour' if whole else 'minute'}{'' if one else 's'}"


def _yuan_zh(number: int | float) -> str:
    exact = Decimal(str(number)) if abs(number) < _LONGEST else Decimal(0)
    for size, word in ((_YI, "亿"), (_WAN, "万")):
        # At most one decimal, so that nobody has to count digits: 20 万元, 1.5 亿元, but 12,345 元.
        if abs(exact) >= size and (exact * 10) % size == 0:
            return f"{_digits(exact / size)} {word}元"
    return f"{_digits(number)} 元"


def _digits(number: int | float | Decimal) -> str:
    if isinstance(number, float):
        number = int(number) if number.is_integer() and abs(number) < _LONGEST else number
    if isinstance(number, Decimal) and number == number.to_integral_value():
        number = int(number)
    return f"{number:,}"


def moment_words(text: str, language: str, *, bare_date: bool = False) -> str:
    """Return a moment in words; midnight is left unsaid with `bare_date`, where it makes no difference."""
    at = moment(text)
    if at is None:
        return quoted(text, language)
    day = f"{at.year}年{at.month}月{at.day}日" if language == "zh" else f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    clock = _clock(at)
    midnight = clock == "0:00" and at.tzinfo is None
    said = day if midnight and bare_date else f"{day} {clock}"
    return said + _zone(at)


def _clock(at: datetime) -> str:
    if at.microsecond:
        return f"{at.hour}:{at:%M:%S.%f}"
    return f"{at.hour}:{at:%M:%S}" if at.second else f"{at.hour}:{at:%M}"


def _zone(at: datetime) -> str:
    if at.tzinfo is None:
        return ""
    offset = at.strftime("%z")
    return f"（UTC{offset[:3]}:{offset[3:]}）" if offset.strip("+-0") else "（UTC）"


def hours_words(hours: int | float, language: str) -> str:
    """Return a span of hours in words."""
    if language == "zh":
        return f"{_digits(hours)} 小时"
    return f"{_digits(hours)} hour{'' if hours == 1 else 's'}"


def trigger_words(trigger: str | tuple[str, ...], vocabulary: Vocabulary, language: str = "zh") -> str:
    """Return what people call an event, or several: 线索已创建或线索已修改."""
    names = (trigger,) if isinstance(trigger, str) else trigger
    words = []
    for name in names:
        title = pick(vocabulary.trigger_titles.get(name, ("", "")), language)
        words.append((lowered(title) if language == "en" else title) or quoted(name, language))
    return ("或" if language == "zh" else " or ").join(words)


def collection_words(name: str, vocabulary: Vocabulary, language: str) -> str:
    """Return what people call a collection of related records."""
    known = vocabulary.collections.get(name)
    title = pick(known.title, language) if known else ""
    return (lowered(title) if language == "en" else title) or quoted(name, language)


def _row_field(name: str, vocabulary: Vocabulary, rows: Rows) -> FieldType | None:
    found = _ALIAS.fullmatch(name)
    if found is None or found[1] not in rows:
        return None
    collection = vocabulary.collections.get(rows[found[1]])
    return (collection.fields.get(found[2]) if collection else None) or FieldType("text")


def _row_words(name: str, row: FieldType, language: str, *, alone: bool) -> str:
    alias, _, field = name.partition(".")
    title = pick(row.title, language)
    words = named(lowered(title) if language == "en" else title, language) if title else quoted(field, language)
    if language == "zh":
        return f"其{words}" if alone else f"{alias} 的{words}"
    return f"its {words}" if alone else f"{alias}'s {words}"
