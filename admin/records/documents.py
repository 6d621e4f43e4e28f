"""文件: uploaded to a record's page, shown in it, downloaded, removed and put back. Records and rules: `core.documents`."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, jsonify, redirect, request, send_file
from flask_admin import expose
from werkzeug.datastructures import FileStorage

from ...core import documents
from ...core.documents.handing_out import answer_with, is_first_part, protected
from ...core.documents.media_types import SHOWN, TYPES
from ...core.documents.pages import page_as_png
from ...core.errors import ClewError, NotFound
from ...core.kinds import Document, User
from ...core.schema.kind import Kind
from ...core.storage.ids import new_id
from ...core.storage.queries import pairs
from ..addresses import local
from ..base import ConsoleView
from ..session import english, locale, origin, t
from ..undo import flash_act
from .served import is_id, record_path

MOST = 100
"""How many files of a record its page lists, the newest first."""
UPLOADS = "documents.upload"
_AT_ONCE = 20


@dataclass(frozen=True)
class File:
    """A file as a page lists it: `pages` are shown as pictures, an image as itself (`shown`)."""

    row: Document
    size: str
    by: str
    shown: bool
    pages: int


@dataclass(frozen=True)
class Folder:
    """The files of one record: those that are there, and those that were removed."""

    kind: str
    record_id: str
    there: list[File]
    removed: list[File]
    may_add: bool
    may_change: bool
    locked: str
    """Why its files can't be removed; empty if they can."""
    most_mb: int
    endings: str
    key: str


def folder_of(view: ConsoleView, kind: Kind, record: Any) -> Folder | None:
    """Return the files of a record as its page shows them; None for a kind without files, or a viewer who sees none."""
    ws, actor = view.ws, view.actor
    if kind.name not in documents.holders(ws.kinds):
        return None
    rows = list(documents.documents_of(ws.kinds, actor, kind.name, record.id).order_by(Document.id.desc()).limit(MOST))
    may_add = documents.may_attach(ws.kinds, actor, kind.name, record.id)
    if not rows and not may_add:
        return None
    ids = {row.uploader_id for row in rows if row.uploader_id}
    names = dict(pairs(User.select(User.id, User.name).where(User.id.in_(ids)))) if ids else {}
    files = [_file(row, names) for row in rows]
    return Folder(
        kind.name,
        record.id,
        [one for one in files if one.row.retired_at is None],
        [one for one in files if one.row.retired_at is not None],
        may_add,
        may_add,
        record.lock_reason if kind.lockable and record.locked else "",
        ws.settings.max_file_mb,
        ",".join(f".{one}" for one in TYPES),
        new_id(ws.clock.now()),
    )


def _file(row: Document, names: dict[str, str]) -> File:
    return File(
        row,
        size_in_words(row.size),
        names.get(row.uploader_id or "", ""),
        row.media_type in SHOWN and (row.media_type != "application/pdf" or bool(row.pages)),
        row.pages or 0,
    )


def size_in_words(count: int) -> str:
    """Return a number of bytes as people read it: 820 B, 34 KB, 1.2 MB."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024 / 1024:.1f} MB"


class DocumentsView(ConsoleView):
    """Files of records; there is no page of its own."""

    in_rail, first_page = False, "content"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Documents", url="/documents", endpoint="documents")

    @expose("/of/<kind>/<record_id>", methods=["POST"])
    def upload(self, kind: str, record_id: str) -> Any:
        """Take one file or several; each for itself, so that one that is refused keeps none of the others out."""
        given = [one for one in request.files.getlist("file") if one.filename][:_AT_ONCE]
        told = [self._take(kind, record_id, one, number) for number, one in enumerate(given)]
        if not told:
            told = [(False, t("先选一个文件。", "Choose a file first."), 422)]
        if request.accept_mimetypes.best == "application/json":
            said = [{"ok": ok, "text": text} for ok, text, _ in told]
            return jsonify(files=said), max(status for _, _, status in told)
        for ok, text, _ in told:
            flash(text, "message" if ok else "error")
        held = self.ws.kinds.get(kind)
        back = record_path(held, record_id) if held is not None else "/"
        return redirect((local(request.form.get("back")) or back) + "#files")

    def _take(self, kind: str, record_id: str, file: FileStorage, number: int) -> tuple[bool, str, int]:
        key = f"console:{self.actor.id}:{request.form['key'][:40]}:{number}" if request.form.get("key") else None
        if not is_id(record_id):
            raise NotFound("没有这条记录。", "no such record")
        try:
            made = documents.attach(self.ws, kind, record_id, file.filename or "", file.stream, origin(), key)
        except ClewError as error:
            if error.status in (403, 404):
                raise
            return False, error.text.for_locale(locale()), error.status
        said = t(f"「{made.document.name}」已上传", f"“{made.document.name}” uploaded")
        if made.alike:
            other = made.alike[0]
            where = documents.where_it_is(self.ws, self.actor, other).for_locale(locale())
            said += t(f"；内容和{where}的「{other.name}」相同", f"; its content is that of “{other.name}” at {where}")
        return True, said, 200

    @expose("/<document_id>")
    def content(self, document_id: str) -> Response:
        """Hand a file out: to be saved or, with `?show=1`, to be shown if its type is safe to show."""
        shown = request.args.get("show") == "1"
        document = self._document(document_id)
        inline = shown and document.media_type in SHOWN
        path = documents.path_to_read(self.ws, document, origin(), shown=inline, first=is_first_part())
        return answer_with(document, path, inline=inline)

    @expose("/<document_id>/page/<int:number>.png")
    def page(self, document_id: str, number: int) -> Response:
        """Return a page of a PDF as a picture."""
        document = self._document(document_id)
        if not 1 <= number <= (document.pages or 0):
            raise NotFound("没有这一页。", "there is no such page")
        tag = f"{document.sha256}-{number}"
        if tag in request.if_none_match:
            return protected(Response(status=304, headers={"ETag": f'"{tag}"'}))
        picture = page_as_png(documents.path_to_read(self.ws, document, origin(), shown=True), number)
        if picture is None:
            raise NotFound("这一页画不出来；请下载查看。", "this page can't be drawn: download the file")
        answer = send_file(io.BytesIO(picture), mimetype="image/png", etag=tag, max_age=0)
        return protected(answer)

    @expose("/<document_id>/retire", methods=["POST"])
    def retire(self, document_id: str) -> Any:
        """Remove a file from its record; it can be put back."""
        document = self._document(document_id)
        return self._do(document, lambda: documents.retire(self.ws, document, origin()), t("已移除", "Removed"))

    @expose("/<document_id>/restore", methods=["POST"])
    def restore(self, document_id: str) -> Any:
        """Put a file back that was removed."""
        document = self._document(document_id)
        return self._do(document, lambda: documents.restore(self.ws, document, origin()), t("已恢复", "Put back"))

    def _do(self, document: Document, act: Any, said: str) -> Any:
        before = document.revision
        try:
            changed = act()
        except ClewError as error:
            if error.status in (403, 404):
                raise
            flash(error.text.for_locale(locale()), "error")
        else:
            name = f"“{document.name}”" if english() else f"「{document.name}」"
            flash_act(f"{name} {said}" if english() else f"{name}{said}", self.actor, "document", changed, before)
        kind, record_id = documents.holder_of(self.ws.kinds, document)
        return redirect((local(request.form.get("back")) or record_path(kind, record_id)) + "#files")

    def _document(self, document_id: str) -> Document:
        if not is_id(document_id):
            raise NotFound("没有这个文件。", "no such file")
        return documents.find(self.ws, self.actor, document_id)
