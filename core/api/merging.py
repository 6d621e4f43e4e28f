"""Records of one kind made one, given back, and customers split, over the API: each previewed first."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text
from ..errors import Invalid, Problem
from ..intake import merging, splitting, unmerging
from ..intake.hanging import Moving
from ..journal.lines import plain
from . import people_shapes as shapes
from . import show
from .blueprint import Blueprint
from .caller import actor, origin, token_needed, workspace
from .described import Body, Shown, given, listed, nested, out
from .people import words
from .schemas import OfKind
from .shapes import Words

blueprint = Blueprint("api_merging", "merging", description="Records that are one, and customers that are two")
_TOKEN = "of the preview: 409 if it no longer holds"  # noqa: S105 - what the schema says of it


class Into(Body):
    """Which record stands after the merge."""

    into_id = given("string", "the id of the record that stands", required=True)


class DoMergeRecords(Into):
    """Merge as previewed."""

    token = given("string", _TOKEN, required=True)
    take = given("array", "the fields in which the merged record's value wins", items={"type": "string"})
    contacts = given("boolean", "merge the contacts found to be one person, too")
    reason = given("string", "why; stands in the journal", maxLength=300)


class DoUnmerge(Body):
    """Take a merge back as previewed."""

    token = given("string", _TOKEN, required=True)
    answers = given(
        "object", "an answer to each question by its name, or to all of a kind by `every:<kind>`: `back` or `stays`"
    )
    reason = given("string", "why; stands in the journal", maxLength=300)


class SplitCustomer(Body):
    """The new customer, and what goes there."""

    values = given("object", "the new customer's values; `name` is needed", required=True)
    chosen = given("object", "ids by kind of what belongs to the customer itself: lead, contact, …", required=True)


class DoSplitCustomer(SplitCustomer):
    """Split as previewed."""

    token = given("string", _TOKEN, required=True)
    reason = given("string", "why; stands in the journal", maxLength=300)


class NamedRecord(Shown):
    """A record and what it is called."""

    id = out("string")
    title = nested(Words)


class MovingRecords(Shown):
    """The records of one kind that move: the newest that the caller sees, and how many there are in all."""

    kind = out("string")
    total = out("integer")
    rows = listed(NamedRecord)


class DifferingValue(Shown):
    """A field in which the two differ, as the caller may read it."""

    field = out("string")
    stays = out(["string", "number", "boolean", "array", "object", "null"])
    other = out(["string", "number", "boolean", "array", "object", "null"])
    state = out("string", enum=["filled", "differs"], description="filled: the one that stands has nothing there")


class SamePerson(Shown):
    """Two contacts found to be one person."""

    id = out("string")
    into_id = out("string")
    by = out("string", enum=["phone", "email"])


class MovePreview(Shown):
    """What would move from one record to another, and the token that seals it. Nothing has changed."""

    kind = out("string")
    id = out("string")
    into_id = out("string")
    moving = listed(MovingRecords)
    token = out("string", description="seals what moves")


class MergePreview(MovePreview):
    """What a merge would move, and where values differ. Nothing has changed."""

    values = listed(DifferingValue)
    contacts = listed(SamePerson)


class MergeQuestion(Shown):
    """Something that changed since the merge; answered with `back` or `stays`."""

    name = out("string")
    about = nested(Words)
    back = nested(Words)
    stays = nested(Words)


class UnmergePreview(MovePreview):
    """What taking a merge back would move, what stays and why, and what has to be answered. Nothing has changed."""

    kept = listed(shapes.Kept)
    questions = listed(MergeQuestion)


class SplitPreview(Shown):
    """What a split would move. Nothing has changed."""

    customer_id = out("string")
    name = out("string")
    moving = listed(MovingRecords)
    token = out("string", description="seals what moves")


class Merged(Shown):
    """The record that stands, or stands again."""

    kind = out("string")
    id = out("string")


@blueprint.post("/records/<kind>/<record_id>/merge/preview")
@token_needed
@blueprint.takes(Into)
@blueprint.response(200, MergePreview)
@blueprint.problems(403, 404, 409)
def preview_merge_record(given: dict[str, Any], kind: str, record_id: str) -> dict[str, Any]:
    """Show what merging a customer or a contact into another would move. Nothing changes."""
    plan = merging.plan_merge(workspace().kinds, actor(), kind, record_id, str(given["into_id"]))
    return {
        **_preview(kind, plan),
        "values": [
            {"field": one.field.name, "stays": plain(one.stays), "other": plain(one.other), "state": one.state}
            for one in plan.values
        ],
        "contacts": [{"id": one.id, "into_id": other.id, "by": by} for one, other, by in plan.same],
    }


@blueprint.post("/records/<kind>/<record_id>/merge")
@token_needed
@blueprint.takes(DoMergeRecords)
@blueprint.response(200, Merged)
@blueprint.problems(403, 404, 409)
def merge_record(given: dict[str, Any], kind: str, record_id: str) -> dict[str, Any]:
    """Merge a customer or a contact into another, as previewed: all or nothing. Its address then leads to that one."""
    take = given.get("take") or []
    if not all(isinstance(one, str) for one in take):
        raise Invalid([Problem("take", Text("每一项都应是字段的代号", "every item is a field's name"))])
    asked, into_id = _because(given), str(given["into_id"])
    merging.merge(
        workspace(), kind, record_id, into_id, asked, str(given["token"]), take, contacts=bool(given.get("contacts"))
    )
    return {"kind": kind, "id": into_id}


@blueprint.post("/records/<kind>/<record_id>/unmerge/preview")
@token_needed
@blueprint.response(200, UnmergePreview)
@blueprint.problems(403, 404, 409)
def preview_unmerge_record(kind: str, record_id: str) -> dict[str, Any]:
    """Show what taking back the merge of this record would move, and what changed since. Nothing changes."""
    plan = unmerging.plan_unmerge(workspace(), kind, record_id, origin())
    return {
        **_preview(kind, plan),
        "kept": [{"kind": name, "id": one, "reason": words(why)} for name, one, _, why in plan.stay],
        "questions": [
            {"name": one.name, "about": words(one.about), "back": words(one.back), "stays": words(one.stays)}
            for one in plan.questions
        ],
    }


@blueprint.post("/records/<kind>/<record_id>/unmerge")
@token_needed
@blueprint.takes(DoUnmerge)
@blueprint.response(200, Merged)
@blueprint.problems(403, 404, 409)
def unmerge_record(given: dict[str, Any], kind: str, record_id: str) -> dict[str, Any]:
    """Take back the merge of this record, as previewed: all or nothing."""
    answers = {name: str(value) for name, value in (given.get("answers") or {}).items()}
    record = unmerging.unmerge(workspace(), kind, record_id, _because(given), str(given["token"]), answers)
    return {"kind": kind, "id": record.id}


@blueprint.post("/customers/<customer_id>/split/preview")
@token_needed
@blueprint.takes(SplitCustomer)
@blueprint.response(200, SplitPreview)
@blueprint.problems(403, 404, 409)
def preview_split_customer(given: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Show what a split would move to a new customer. Nothing changes."""
    plan = splitting.plan_split(workspace(), customer_id, _split(given), origin())
    return {
        "customer_id": plan.source.id,
        "name": plan.name,
        "moving": [_moving(one) for one in plan.moving],
        "token": plan.token,
    }


@blueprint.post("/customers/<customer_id>/split")
@token_needed
@blueprint.takes(DoSplitCustomer)
@blueprint.response(200, OfKind("row", "customer"))
@blueprint.problems(403, 404, 409)
def split_customer(given: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Make the new customer and move to it what was previewed: all or nothing. Undone by merging it back."""
    made = splitting.split_customer(workspace(), customer_id, _split(given), _because(given), str(given["token"]))
    return show.customer(type(made).get_by_id(made.id))


def _because(given: dict[str, Any]) -> Any:
    return origin().because(str(given.get("reason") or "")[:300])


def _split(given: dict[str, Any]) -> splitting.Split:
    chosen = {}
    for kind, ids in (given.get("chosen") or {}).items():
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise Invalid([Problem("chosen", Text("每一类下应是编号的列表", "each kind takes a list of ids"))])
        chosen[kind] = tuple(ids)
    return splitting.Split(given.get("values") or {}, chosen)


def _preview(kind: str, plan: merging.MergePlan | unmerging.UnmergePlan) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": plan.source.id,
        "into_id": plan.into.id,
        "moving": [_moving(one) for one in plan.moving],
        "token": plan.token,
    }


def _moving(one: Moving) -> dict[str, Any]:
    rows = [{"id": record_id, "title": words(title)} for record_id, title in one.rows]
    return {"kind": one.kind.name, "total": one.total, "rows": rows}
