"""What calls about saved views and bulk acts send and answer."""

from __future__ import annotations

from .described import Body, PageQuery, QueryShape, Shown, given, listed, moment, nested, out, page_of, param
from .shapes import Words

_TEXT = ["string", "null"]
_ACTIONS = ["assign", "move", "set", "task"]
_SHARES = ["own", "team", "all"]
_QUERY = "what the list's address in the console says: filters, q, sort, desc and cols, as name=value&name=value"


class ViewsQuery(QueryShape):
    """Which views."""

    kind = param("string", "only views of this kind's list")


class NewView(Body):
    """A view to save."""

    kind = given("string", "the kind whose list it is", required=True)
    name = given("string", required=True)
    query = given("string", _QUERY)
    share = given("string", "who sees it beside its owner", enum=_SHARES)


class ViewChange(Body):
    """What of a view changes."""

    name = given("string")
    query = given("string", _QUERY)
    share = given("string", "who sees it beside its owner", enum=_SHARES)


class ViewShown(Shown):
    """A saved view; whoever uses it sees their own rows."""

    id = out("string")
    revision = out("integer")
    kind = out("string")
    name = out("string")
    query = out("string", description=_QUERY)
    share = out("string", enum=_SHARES)
    user_id = out("string")
    team_id = out(_TEXT)
    place = out("integer")


class Views(Shown):
    """Saved views, in their order."""

    items = listed(ViewShown)


class BulkAct(Body):
    """What is to be done with which records."""

    kind = given("string", "whose records", required=True)
    action = given("string", "assign, move, set a field, or a task for whoever owns each", required=True, enum=_ACTIONS)
    target = given(
        "string", "the new owner's id, the stage, the value (∅ empties the field), or the task", required=True
    )
    field = given("string", "the field to set")
    due_at = given("string", "when the task is due", format="date-time")
    ids = given("array", "the records, at most 500", required=True, items={"type": "string"}, maxItems=500)


class BeginBulk(BulkAct):
    """What to begin; the same `id` begins one batch, however often it is sent."""

    id = given("string", "an id of the caller's making: a ULID", pattern="^[0-9A-Z]{26}$")


class BulkForeseen(Shown):
    """What a bulk act would do to a record, as far as can be told without asking the rules."""

    id = out("string")
    same = out("boolean", description="it is so already")
    refused = nested(Words, nullable=True)


class BulkPreview(Shown):
    """What a bulk act would do."""

    items = listed(BulkForeseen)
    can = out("integer", description="so many records would change")


class BulkCounts(Shown):
    """How many records are in each state."""

    waits = out("integer")
    done = out("integer")
    same = out("integer")
    refused = out("integer")
    undone = out("integer")
    kept = out("integer", description="not taken back: changed since")


class BulkShown(Shown):
    """A bulk act, and how far it is."""

    id = out("string")
    kind = out("string")
    action = out("string", enum=_ACTIONS)
    target = out("string")
    state = out("string", enum=["running", "stopped", "ended"])
    total = out("integer")
    left = out("integer", description="still to be done, or to be taken back")
    counts = nested(BulkCounts)
    user_id = out("string")
    created_at = moment()
    undone_at = moment(nullable=True)
    undone_by = out("string")
    why = nested(Words, nullable=True)


class BulkQuery(PageQuery):
    """Which bulk acts of the caller's."""

    kind = param("string", "only those on records of this kind")


class BulkRowShown(Shown):
    """What became of one record."""

    id = out("string", description="the record's id")
    state = out("string", enum=["", "done", "same", "refused", "undone", "kept"], description="empty: not yet")
    why = nested(Words, nullable=True)


BulkPage = page_of(BulkShown)
BulkRowPage = page_of(BulkRowShown)
