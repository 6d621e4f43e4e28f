"""Sends rows of a list as a file, and journals that somebody took them."""

from __future__ import annotations

from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import quote

from flask import Response, request
from peewee import ModelSelect
from werkzeug.wsgi import wrap_file

from ...core.storage.database import read_snapshot
from ..session import origin
from .export import TYPES, write_file
from .model_view import RecordModelView

_BLOCK = 64 * 1024


def send_list(view: RecordModelView, export_type: str) -> Response:
    """Return all rows that the address of a list asks for as a file. Raises Forbidden, Invalid, TooMany."""
    args = view.whole_args()
    with read_snapshot():
        query = view.exported(view.narrowed(args.search, args.filters))
        file, count = _written(view, export_type, view.ordered(query, args.sort, bool(args.sort_desc)))
    return _sent(view, export_type, file, count, count)


def send_chosen(view: RecordModelView, export_type: str, chosen: Sequence[str]) -> Response:
    """Return chosen rows as a file, as far as the viewer may take them along. Raises Forbidden."""
    with read_snapshot():
        query = view.exported(view.get_query().where(view.model.id.in_(list(chosen))))
        file, count = _written(view, export_type, query.order_by(view.model.id.desc()))
    return _sent(view, export_type, file, count, len(chosen))


def _written(view: RecordModelView, export_type: str, query: ModelSelect) -> tuple[IO[bytes], int]:
    """Write the rows of a query to a file on disk, and return it with how many they are.

    It is whole before any of it is sent: a fault is an answer in words, never half a file.
    """
    heads = [label for _, label in view._export_columns]
    file = TemporaryFile()  # noqa: SIM115 - closed by the response once it is sent
    try:
        count = write_file(file, export_type, view.title(), heads, view.lines_of(query))
    except BaseException:
        file.close()
        raise
    return file, count


def _sent(view: RecordModelView, export_type: str, file: IO[bytes], count: int, of: int) -> Response:
    """Return a file, once the journal says who took how many rows of which kind, and with which columns."""
    names = [name for name, _ in view._export_columns]
    with view.ws.door.transaction(origin()) as tx:
        said = {"kind": view.kind.name, "format": export_type, "rows": count, "of": of, "columns": names}
        tx.note("record.exported", "user", view.actor.id, said)
    size = file.tell()
    file.seek(0)
    day = f"{view.ws.clock.now().astimezone(view.ws.settings.zone):%Y%m%d}"
    name = f"{view.kind.name}-{day}.{export_type}"
    told = quote(f"{view.title()}-{day}.{export_type}")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{told}",
        "Cache-Control": "no-store",
        "Content-Length": str(size),
    }
    response = Response(
        wrap_file(request.environ, file, _BLOCK),
        content_type=TYPES[export_type],
        headers=headers,
        direct_passthrough=True,
    )
    response.call_on_close(file.close)
    return response
