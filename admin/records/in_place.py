"""Values edited where they stand, on the pages that have them: one field answered as JSON, or a whole form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import request

from ...core.errors import Conflict, Invalid
from ...core.schema.fields import Field
from ...core.schema.kind import Kind
from ...core.workspace import Workspace
from ...core.write.prewrite import NeedsConfirmation
from ..session import english, origin, t
from ..undo import act_of, flash_act
from .lead_data import Given, changed_meanwhile, refused, sent, values_of
from .wording import RecordWords


def edit(
    ws: Workspace,
    kind: Kind,
    record: Any,
    editable: Sequence[Field],
    page: Callable[[Given], str],
    done: Callable[[], Any],
) -> Any:
    """Change fields of a record as the request's form says, and answer it; a refusal keeps what was typed.

    `page` makes the page with what was refused, `done` leads on. A field that somebody else changed meanwhile is told
    for itself. In place the answer is JSON: how each field stands now or what is wrong with it, and what to undo.
    """
    asked = origin()
    actor = asked.actor
    in_place = request.accept_mimetypes.best == "application/json"
    fields = {one.name: one for one in editable}
    values = sent(request.form, list(fields.values()), record)
    touched = {name: fields[name] for name in values}
    words = RecordWords(ws, actor, kind, [record], english())
    meanwhile = changed_meanwhile(words, record, touched, request.form)
    changed, given, status = record, Given(), 200
    if meanwhile.problems:
        given, status = replace(meanwhile, typed=values), 409
    elif values:
        revision = request.form.get("revision", record.revision, type=int)
        try:
            changed = ws.door.change(kind.name, record.id, values, asked, revision)
        except NeedsConfirmation:
            if in_place:
                return {"confirm": True}, 409  # The form is sent as a whole: the page that asks follows.
            raise
        except (Invalid, Conflict) as error:
            given, status = refused(error, values), error.status
    if in_place:
        undo = act_of(actor, kind.name, changed, record.revision) if status == 200 else None
        return {**_answer(ws, actor, kind, changed, touched, given), "undo": undo}, status
    if status != 200:
        return page(given), status
    flash_act(t("已保存", "Saved"), actor, kind.name, changed, record.revision)
    return done()


def _answer(
    ws: Workspace, actor: Any, kind: Kind, record: Any, fields: dict[str, Field], given: Given
) -> dict[str, Any]:
    words = RecordWords(ws, actor, kind, [record], english())
    values = values_of(words, record, list(fields.values()), given)
    found = {
        name: {
            "shown": one.shown,
            "was": one.was,
            "problem": one.problem,
            "likely": one.likely,
            "likely_words": one.likely_words,
        }
        for name, one in values.items()
    }
    return {"values": found, "others": list(given.others)}
