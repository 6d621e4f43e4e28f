"""Which types of file are taken, told by their content; the name's ending has to agree with it."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

import puremagic

from ...hooks.text import Text
from ..errors import Invalid, Problem
from .names import ending_of

TYPES = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "heic": "image/heic",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "txt": "text/plain",
    "csv": "text/csv",
}
"""Endings of what is taken, with the media type it is handed out as. Nothing here runs by being opened."""
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg"})
"""What the console shows in its page; all else is downloaded."""
_ENDINGS = {media: ending for ending, media in reversed(TYPES.items())}
_SAME = {"jpeg": "jpg", "tiff": "tif", "heic": "heif"}
_MEMBERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "ofd": "OFD.xml"}
"""What lies in the archive that such a file is."""
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_TEXTS = ("txt", "csv")
_CHUNK = 1 << 16


def called(media_type: str) -> str:
    """Return what people call a media type, by the ending of its files: PDF, DOCX."""
    ending = _ENDINGS.get(media_type)
    return ending.upper() if ending else media_type


def media_type(path: Path, name: str) -> str:
    """Return the media type of a file that was uploaded as `name`.

    Raises Invalid for an ending that is not taken, for a content that is something else, and for an empty file.
    """
    ending = ending_of(name)
    if path.stat().st_size == 0:
        raise _refused(f"「{name}」是空文件", f"“{name}” is empty")
    if ending not in TYPES:
        known = "、".join(TYPES)
        raise _refused(
            f"「{name}」的类型不收；可以上传：{known}",
            f"files like “{name}” are not taken; there are {', '.join(TYPES)}",
        )
    if not _agrees(path, ending):
        found = _looks_like(path)
        if found == ending:  # It begins as one and is none: broken, or cut off.
            zh, en = "，或者已经损坏", ", or it is broken"
        else:
            zh = f"，看起来是 .{found}" if found else ""
            en = f": it looks like .{found}" if found else ""
        raise _refused(
            f"「{name}」的内容不是 .{ending} 文件{zh}；请确认选对了文件",
            f"the content of “{name}” is no .{ending} file{en}; check that it is the one you mean",
        )
    return TYPES[ending]


def _agrees(path: Path, ending: str) -> bool:
    if ending in _TEXTS:
        return _is_text(path)
    if ending in _MEMBERS:
        return _has_member(path, _MEMBERS[ending])
    if ending in ("doc", "xls", "ppt"):
        with path.open("rb") as file:
            return file.read(len(_OLE)) == _OLE
    wanted = _SAME.get(ending, ending)
    # Only what begins as such a file does: a type found somewhere in the middle is none.
    return any(one.extension.lstrip(".") == wanted and one.confidence >= 0.4 for one in _found(path))


def _found(path: Path) -> list[puremagic.PureMagicWithConfidence]:
    try:
        return list(puremagic.magic_file(path))
    except (puremagic.PureError, ValueError, OSError):
        return []


def _looks_like(path: Path) -> str:
    found = _found(path)
    return found[0].extension.lstrip(".") if found and found[0].confidence >= 0.4 else ""


def _has_member(path: Path, start: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(one.startswith(start) for one in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _is_text(path: Path) -> bool:
    return any(_decodes(path, encoding) for encoding in ("utf-8-sig", "gb18030"))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                if b"\0" in chunk:
                    return False
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refused(zh: str, en: str) -> Invalid:
    return Invalid([Problem("file", Text(zh, en))])
