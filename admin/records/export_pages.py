"""Sends rows of a list as a file, and journals that somebody took them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response

from ..session import origin
from .export import TYPES, as_csv, as_xlsx
from .model_view import RecordModelView


def send_file(view: RecordModelView, export_type: str, rows: list[list[Any]], count: int) -> Response:
    """Return rows as a file; the journal says who took how many of which kind, and with which columns."""
    names = [name for name, _ in view._export_columns]
    heads = [label for _, label in view._export_columns]
    with view.ws.door.transaction(origin()) as tx:
        said = {"kind": view.kind.name, "format": export_type, "rows": len(rows), "of": count, "columns": names}
        tx.note("record.exported", "user", view.actor.id, said)
    body = as_csv(heads, rows) if export_type == "csv" else as_xlsx(view.title(), heads, rows)
    day = f"{view.ws.clock.now().astimezone(view.ws.settings.zone):%Y%m%d}"
    name = f"{view.kind.name}-{day}.{export_type}"
    told = quote(f"{view.title()}-{day}.{export_type}")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{told}",
        "Cache-Control": "no-store",
    }
    return Response(body, content_type=TYPES[export_type], headers=headers)
