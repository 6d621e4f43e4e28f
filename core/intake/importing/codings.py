"""Which coding a text file is in: told by what it reads as, and refused where that stays a guess."""

from __future__ import annotations

from pathlib import Path

from .extent import BadFile

_ENOUGH = 0.6
"""So much of what is no ASCII is in frequent characters where a text was written in a Chinese coding."""


def decoded(path: Path, data: bytes) -> str:
    """Return a file's text: UTF-8, UTF-16 with its mark, or GB 18030. Raises BadFile for any other, and for a mixture."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _whole(path, data, "utf-16")
    if not _is(data, "utf-8"):
        _refuse_mixture(path, data)
        text = _whole(path, data, "gb18030")
        if _frequent(text) < _ENOUGH:
            raise _unknown(path)
        return text
    return _whole(path, data, "utf-8-sig")


def _whole(path: Path, data: bytes, coding: str) -> str:
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        raise _unknown(path) from None
    if "\x00" in text:
        raise _unknown(path)
    return text


def _refuse_mixture(path: Path, data: bytes) -> None:
    """Refuse a file of which some lines are UTF-8 and others are not, as when two exports were put together."""
    ours, others = [], []
    for number, line in enumerate(data.splitlines(), 1):
        if line.isascii():
            continue
        if not _is(line, "utf-8"):
            others.append(number)
        elif not _is(line, "gb2312"):  # Else it may as well be a line of the other coding.
            ours.append(number)
    if ours and others:
        first = others[0] if len(others) <= len(ours) else ours[0]
        is_zh, is_en = ("不是", "is not") if len(others) <= len(ours) else ("是", "is")
        raise BadFile(
            f"「{path.name}」混了两种编码：第 {first} 行{is_zh} UTF-8，和别的行不一样；请整份另存为 UTF-8",
            f"{path.name} mixes two codings: line {first} {is_en} UTF-8, unlike the others; save all of it as UTF-8",
        )


def _frequent(text: str) -> float:
    """Return how much of what is no ASCII are frequent Chinese characters and signs; 1 for a text of ASCII alone.

    Western European letters read as Chinese ones are nearly all rare: “Müller” becomes 黮 with an M before it.
    """
    odd = [one for one in text if not one.isascii()]
    return sum(map(_is_frequent, odd)) / len(odd) if odd else 1.0


def _is_frequent(one: str) -> bool:
    for coding, last in (("gb2312", b"\xd7\xff"), ("big5", b"\xc6\x7e")):
        try:
            if one.encode(coding) <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False


def _is(data: bytes, coding: str) -> bool:
    try:
        data.decode(coding)
    except UnicodeDecodeError:
        return False
    return True


def _unknown(path: Path) -> BadFile:
    return BadFile(
        f"认不出「{path.name}」的文字编码；若是 Excel 文件，请用 .xlsx 后缀，否则另存为 UTF-8 的 CSV",
        f"{path.name} holds no text in a coding that can be told: name a workbook .xlsx, or save the table as CSV in UTF-8",
    )
