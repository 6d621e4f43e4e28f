"""The folder of files: each content once, under its hash; whole or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...hooks.text import Text
from ..errors import ClewError, Unavailable
from ..settings import Settings

SHARDS = 256
_CHUNK = 1 << 18
_HASH = re.compile(r"[0-9a-f]{64}")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_INCOMING = "incoming"


class TooLarge(ClewError):
    """The file is larger than the settings allow."""

    status = 413
    code = "too_large"


class Missing(ClewError):
    """The record is there and its file is not: the folder was not restored with the database, or is not mounted."""

    status = 503
    code = "file_missing"


@dataclass(frozen=True)
class Received:
    """A file that has come in and is not kept yet: where it lies, its size in bytes and its SHA-256."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class Files:
    """The files below one folder, on a file system that all processes share."""

    root: Path
    most: int
    """The largest file that is taken, in bytes."""

    @classmethod
    def of(cls, settings: Settings) -> Files:
        """Return the files of an installation."""
        return cls(Path(settings.files_folder), settings.max_file_mb * 1024 * 1024)

    def too_large(self, name: str = "") -> TooLarge:
        """Return what to say of a file above the limit."""
        most, zh, en = self.most // (1024 * 1024), f"「{name}」" if name else "", f"“{name}”" if name else "it"
        return TooLarge(
            f"文件{zh}太大：一个文件最多 {most} MB。可以分成几份，或者压缩扫描的分辨率。",
            f"{en} is too large: a file may have {most} MB. Split it, or scan at a lower resolution.",
        )

    @contextmanager
    def receive(self, stream: IO[bytes], name: str = "") -> Iterator[Received]:
        """Write a stream into a file of its own for the length of the block, on the disk before the block begins.

        Raises TooLarge as soon as the limit is passed, and Unavailable if the disk is full. What `keep` did not take
        is removed at the end.
        """
        folder = self.root / _INCOMING
        path = folder / os.urandom(16).hex()
        try:
            with full_disk_said():
                folder.mkdir(parents=True, exist_ok=True)
                digest, size = hashlib.sha256(), 0
                with path.open("xb") as file:
                    while chunk := stream.read(_CHUNK):
                        size += len(chunk)
                        if size > self.most:
                            raise self.too_large(name)
                        digest.update(chunk)
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
            yield Received(path, size, digest.hexdigest())
        finally:
            # Where the folder itself is broken, that is what is said.
            with suppress(OSError):
                path.unlink()

    def keep(self, received: Received) -> Path:
        """Put a received file where its hash says, for good, before its record is committed; return where that is."""
        path = self.path_of(received.sha256)
        with full_disk_said():
            path.parent.mkdir(parents=True, exist_ok=True)
            received.path.replace(path)
            _sync_folder(path.parent)
            _sync_folder(path.parent.parent)
        return path

    def path_of(self, sha256: str) -> Path:
        """Return where the content of a hash lies. Raises ValueError for what is no hash."""
        if not _HASH.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256 in hexadecimal")
        return self.root / sha256[:2] / sha256

    def there(self, sha256: str) -> Path:
        """Return where the content of a hash is to be read. Raises Missing."""
        with suppress(OSError):  # A folder that may not be entered has nothing to read, either.
            if _HASH.fullmatch(sha256) and (path := self.path_of(sha256)).is_file():
                return path
        raise Missing(
            "文件的记录还在，文件本身找不到了；请管理员检查文件夹（CLEW_FILES_PATH）和它的备份。",
            "the record of this file is there, its content is not: an administrator should look at the folder of "
            "files (CLEW_FILES_PATH) and its backup",
        )

    def sweep(self, shard: int, before: float, known: Callable[[Iterable[str]], set[str]]) -> Iterator[str]:
        """Yield the hashes of a shard (0 to 255) that nobody knows and that are older than `before`, in epoch seconds.

        What came in and was never kept is removed on the way.
        """
        for path in self._older(self.root / _INCOMING, before):
            with suppress(FileNotFoundError):
                path.unlink()
        found = [one.name for one in self._older(self.root / f"{shard:02x}", before) if _HASH.fullmatch(one.name)]
        yield from sorted(set(found) - known(found)) if found else ()

    @staticmethod
    def _older(folder: Path, before: float) -> Iterator[Path]:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for one in entries:
                with suppress(FileNotFoundError):
                    if one.is_file(follow_symlinks=False) and one.stat(follow_symlinks=False).st_mtime < before:
                        yield Path(one.path)


@contextmanager
def full_disk_said() -> Iterator[None]:
    """Raise Unavailable in words for a disk that is full, or a folder that can't be written to."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable(
                "磁盘满了，文件没有保存，也没有留下半份；请告诉管理员，再试一次。",
                "the disk is full: the file was not saved, nor half of it; tell an administrator and try again",
            ) from error
        words = Text(
            "文件夹写不进去，文件没有保存；请管理员检查 CLEW_FILES_PATH 和它的权限。",
            "the folder of files can't be written to: an administrator should check CLEW_FILES_PATH and its rights",
        )
        raise Unavailable(words.zh, words.en) from error


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
