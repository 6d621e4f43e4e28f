"""Files of records: uploaded as multipart, handed out, removed and put back; listed under /records/document."""

from __future__ import annotations

from typing import Any

from flask import request

from ...hooks.text import Text
from .. import documents
from ..documents.handing_out import answer_with, is_first_part
from ..errors import Invalid, Problem
from . import show
from .blueprint import Blueprint
from .caller import actor, etag, key, origin, revision, token_needed, workspace
from .described import Confirm, Shown, listed, out
from .records import ETAG
from .schemas import OfKind

blueprint = Blueprint("api_documents", "documents", description="Files of records")
UPLOADS = "api_documents.upload_document"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "kind", "record_id"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "the file, with its name"},
                        "kind": {
                            "type": "string",
                            "enum": ["contract", "quote", "lead", "customer"],
                            "description": "the kind of record that it belongs to",
                        },
                        "record_id": {"type": "string", "description": "the id of that record"},
                    },
                }
            }
        },
    }
}


class Alike(Shown):
    """A file of the same content that the caller sees elsewhere."""

    id = out("string")
    name = out("string")


class Uploaded(Shown):
    """A file that is in."""

    id = out("string")
    revision = out("integer")
    name = out("string", description="as it was given, without a path and without signs that can't be seen")
    media_type = out("string")
    size = out("integer", description="in bytes")
    sha256 = out("string")
    pages = out(["integer", "null"], description="of a PDF that can be shown")
    alike = listed(Alike)


@blueprint.post("/documents")
@token_needed
@blueprint.doc(**_BODY)
@blueprint.response(201, Uploaded, headers=ETAG)
@blueprint.alt_response(200, schema=Uploaded, description="Uploaded by this Idempotency-Key before", success=True)
@blueprint.problems(400, 403, 404, 409, 413, 503)
@blueprint.headers("IdempotencyKey")
def upload_document() -> Any:
    """Upload a file of a record, as multipart/form-data.

    The type is told by the content, with which the name's ending has to agree; 413 above the limit of the settings
    (`CLEW_MAX_FILE_MB`); 409 if the record has a file of this content; 503 if the disk is full. Nothing is kept then.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(
            [Problem("file", Text("请把文件放在表单字段 file 里", "send the file as the form's field `file`"))]
        )
    kind, record_id = request.form.get("kind", ""), request.form.get("record_id", "")
    made = documents.attach(workspace(), kind, record_id, file.filename, file.stream, origin(), key())
    row = made.document
    values = {name: getattr(row, name) for name in ("id", "revision", "name", "media_type", "size", "sha256", "pages")}
    alike = [{"id": one.id, "name": one.name} for one in made.alike]
    return {**values, "alike": alike}, 201 if made.new else 200, etag(row)


@blueprint.get("/documents/<document_id>/content")
@token_needed
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},
    content_type="*/*",
    description="The file; `Range` asks for a part of it (206)",
)
@blueprint.problems(404, 503)
def download_document(document_id: str) -> Any:
    """Download a file; the journal says who took it."""
    document = documents.find(workspace(), actor(), document_id)
    path = documents.path_to_read(workspace(), document, origin(), shown=False, first=is_first_part())
    return answer_with(document, path, inline=False)


@blueprint.post("/documents/<document_id>/retire")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, OfKind("record", "document"), headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def retire_document(given: dict[str, Any], document_id: str) -> Any:
    """Remove a file from its record; record and content stay, and it can be put back."""
    document = documents.find(workspace(), actor(), document_id)
    row = documents.retire(workspace(), document, origin(), revision())
    return show.shown(workspace().kinds["document"], row), 200, etag(row)


@blueprint.post("/documents/<document_id>/restore")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, OfKind("record", "document"), headers=ETAG)
@blueprint.problems(403, 404, 409)
def restore_document(given: dict[str, Any], document_id: str) -> Any:
    """Put a file back that was removed."""
    row = documents.restore(workspace(), documents.find(workspace(), actor(), document_id), origin())
    return show.shown(workspace().kinds["document"], row), 200, etag(row)
