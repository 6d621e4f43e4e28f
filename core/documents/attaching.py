"""Files on records: attached, found, handed out, removed and put back. Console and API come here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from ...hooks.text import Text
from ..access import policy as access
from ..access.naming import name_of
from ..access.rows import Rows
from ..errors import Conflict, Invalid, NotFound, Problem
from ..journal.origin import Actor, Origin
from ..kinds import Document
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.database import write_transaction
from ..storage.queries import Query
from ..storage.statements import by_id
from ..storage.system_tables import JournalLine
from ..storage.turns import FILES, one_at_a_time
from ..workspace import Workspace
from .files import SHARDS, Files, Received
from .media_types import media_type
from .names import cleaned
from .pages import count_pages

GRACE = timedelta(days=1)
"""So long a file that no record names stays: its record may be about to come."""
AGAIN = timedelta(hours=1)
"""Looking at a file again within this time is not journalled again."""
_ALIKE = 5


@dataclass(frozen=True)
class Attached:
    """A file with its record; `new` is false where the same call was made before. `alike` are files of the same
    content that the asker sees elsewhere: what each is called, and the record it belongs to."""

    document: Document
    new: bool
    alike: tuple[Document, ...]


def holders(kinds: Kinds) -> dict[str, str]:
    """Return the kinds whose records can have files, each with the field of a document that names the record."""
    return {one.to: one.name for one in kinds["document"].parents if one.to in kinds}


def holder_of(kinds: Kinds, document: Document) -> tuple[Kind, str]:
    """Return the kind and the id of the record that a file hangs on: the closest it belongs to."""
    field = next(one for one in kinds["document"].parents if getattr(document, one.name, None))
    return kinds[field.to], getattr(document, field.name)


def attach(
    ws: Workspace, kind: str, record_id: str, name: str, stream: IO[bytes], origin: Origin, key: str | None = None
) -> Attached:
    """Take a file in and hang it on a record; the file lies on the disk before its record is committed.

    Raises NotFound for a record that the asker does not see, Invalid for a name or a type that is not taken, TooLarge,
    Conflict if the record has a file of this content, Unavailable for a full disk, and what the door raises. Nothing
    is kept then. A process killed on the way leaves at most a file that `sweep` removes.
    """
    field = holders(ws.kinds).get(kind)
    if field is None or not access.sees(ws.kinds, origin.actor, kind, record_id):
        raise NotFound("没有这条记录，或者你看不到它。", "no such record, or you may not see it")
    access.check_write(ws.kinds, origin.actor, "document")  # Before a byte is read.
    called = cleaned(name)
    if not called:
        raise Invalid([Problem("file", Text("文件没有名字", "the file has no name"))])
    here = by_id(ws.kinds[kind].model, record_id)
    values: dict[str, Any] = {field: record_id, "customer_id": ws.kinds[kind].customer_of(here)}
    files = Files.of(ws.settings)
    with files.receive(stream, called) as received:
        of_type = media_type(received.path, called)
        given = {**values, "name": called, "media_type": of_type, "size": received.size, "sha256": received.sha256}
        given["pages"] = count_pages(received.path, of_type)
        with ws.door.transaction(origin) as tx:
            one_at_a_time(FILES)
            if key is None or tx.made_before("document", key, received.sha256) is None:
                _refuse_twice(field, record_id, received, called)
            made = tx.create("document", given, key, received.sha256 if key else None)
            if made.new:
                files.keep(received)
    return Attached(made.record, made.new, _alike(ws.kinds, origin.actor, made.record))


def _refuse_twice(field: str, record_id: str, received: Received, called: str) -> None:
    """Raise Conflict if the record has a file of this content already, and it was not removed."""
    mine = (getattr(Document, field) == record_id) & (Document.sha256 == received.sha256)
    there = Document.select().where(mine & Document.retired_at.is_null()).first()
    if there is not None:
        raise Conflict(
            f"「{called}」没有再存一份：内容和这里的「{there.name}」完全相同。",
            f"“{called}” was not saved again: its content is that of “{there.name}”, which is here",
        )


def _alike(kinds: Kinds, actor: Actor, document: Document) -> tuple[Document, ...]:
    others = access.visible(kinds, actor, "document").where(
        (Document.sha256 == document.sha256) & (Document.id != document.id) & Document.retired_at.is_null()
    )
    return tuple(others.order_by(Document.id.desc()).limit(_ALIKE))


def where_it_is(ws: Workspace, actor: Actor, document: Document) -> Text:
    """Return what the record is called that a file hangs on, as the asker may read it."""
    kind, record_id = holder_of(ws.kinds, document)
    if not access.sees(ws.kinds, actor, kind.name, record_id):
        return kind.title
    named = name_of(kind, by_id(kind.model, record_id), False)
    return Text(f"{kind.title.zh}「{named.zh}」", f"{kind.title.en.lower()} “{named.en}”")


def documents_of(kinds: Kinds, actor: Actor, kind: str, record_id: str) -> Query:
    """Return the files of a record that the asker sees, removed ones among them."""
    column = getattr(Document, holders(kinds)[kind])
    return access.visible(kinds, actor, "document").where(column == record_id)


def find(ws: Workspace, actor: Actor, document_id: str) -> Document:
    """Return a file's record. Raises NotFound for one that the asker may not see, or whose record they may not."""
    query = access.visible(ws.kinds, actor, "document").where(Document.id == document_id)
    found: Document | None = query.first()
    if found is not None:
        kind, record_id = holder_of(ws.kinds, found)
        if access.sees(ws.kinds, actor, kind.name, record_id):
            return found
    raise NotFound("没有这个文件，或者你看不到它。", "no such file, or you may not see it")


def path_to_read(ws: Workspace, document: Document, origin: Origin, *, shown: bool, first: bool = True) -> Path:
    """Return where a file is to be read; the journal says who looked at it (`shown`) or took it along.

    What is not the `first` part of it is no news. Raises Missing if the file is not where its record says.
    """
    path = Files.of(ws.settings).there(document.sha256)
    if first:
        note_read(ws, document, origin, shown=shown)
    return path


def note_read(ws: Workspace, document: Document, origin: Origin, *, shown: bool) -> None:
    """Journal that somebody looked at a file, once an hour, or took it along, each time."""
    kind = "document.viewed" if shown else "document.downloaded"
    mine = (JournalLine.record_kind == "document") & (JournalLine.record_id == document.id)
    lately = (JournalLine.kind == kind) & (JournalLine.at > ws.clock.now() - AGAIN)
    if shown and JournalLine.select().where(mine & lately & (JournalLine.actor_id == origin.actor.id)).exists():
        return
    with ws.door.transaction(origin) as tx:
        tx.note(kind, "document", document.id, {"content": document.sha256[:12]}, heard=False)


def retire(ws: Workspace, document: Document, origin: Origin, revision: int | None = None) -> Document:
    """Remove a file from its record; record and content stay. Raises what the door raises."""
    if document.retired_at is not None:
        return document
    done: Document = ws.door.change("document", document.id, {"retired_at": ws.clock.now()}, origin, revision)
    return done


def restore(ws: Workspace, document: Document, origin: Origin) -> Document:
    """Put a file back that was removed. Raises what the door raises."""
    done: Document = ws.door.change("document", document.id, {"retired_at": None}, origin)
    return done


def may_attach(kinds: Kinds, actor: Actor, kind: str, record_id: str) -> bool:
    """Say whether somebody may hang a file on a record that they see."""
    found = access.scopes(actor, "document", "create")
    return bool(found) and ("all" in found or Rows(kinds, actor).includes(kind, found, record_id))


def sweep(ws: Workspace) -> int:
    """Remove old files that no record names, of one of the 256 folders, another one each time; return how many.

    Called every few minutes, it has been everywhere within a day: what a run costs does not grow with the archive.
    """
    now, files = ws.clock.now(), Files.of(ws.settings)
    removed = 0
    shard = int(now.timestamp() // 300) % SHARDS
    for sha256 in files.sweep(shard, (now - GRACE).timestamp(), _known):
        with write_transaction():
            one_at_a_time(FILES)  # Nobody can be about to name it: asked again within the turn.
            if not _known([sha256]):
                files.path_of(sha256).unlink(missing_ok=True)
                removed += 1
    return removed


def _known(hashes: Iterable[str]) -> set[str]:
    found: set[str] = set()
    wanted = list(hashes)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        found |= {row.sha256 for row in Document.select(Document.sha256).where(Document.sha256.in_(some))}
    return found
