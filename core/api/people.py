"""People over the API: found, added, changed, switched off with what they have in hand, switched on again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hooks.text import Text
from ..access import policy as access
from ..errors import Invalid, Problem
from ..journal.lines import plain
from ..kinds import PersonnelChange, User
from ..people import batches, invitations, leaving, roster
from ..people.in_hand import count_open
from ..people.tree import Tree
from . import people_shapes as shapes
from .blueprint import Blueprint
from .caller import actor, etag, origin, page, revision, token_needed, workspace
from .described import Confirm, PageQuery, page_of
from .records import ETAG
from .sent import limit_of

blueprint = Blueprint("api_people", "people", description="People, teams, and what changes hands between them")


@blueprint.get("/people")
@token_needed
@blueprint.query(shapes.PeopleQuery)
@blueprint.response(200, shapes.PersonPage)
@blueprint.problems(403)
def list_people(given: dict[str, str]) -> dict[str, Any]:
    """List people by name, for who sees to people and access."""
    access.require(actor(), "people")
    state = given.get("state") or "active"
    if state not in ("active", "off", "invited"):
        words = Text("state 应为 active、off 或 invited", "state is active, off or invited")
        raise Invalid([Problem("state", words)])
    team_id = given.get("team_id") or ""
    loose = team_id == roster.NO_TEAM
    teams = Tree().below(team_id) if team_id and not loose else None
    asked = roster.Asked(teams, loose, (given.get("q") or "").strip(), given.get("role") or "", state)
    rows, after = roster.page(roster.people(asked), given.get("after"), limit_of(given))
    return {"items": _shown(rows), "next": after}


@blueprint.post("/people")
@token_needed
@blueprint.takes(shapes.NewPerson)
@blueprint.response(201, shapes.Person, headers=ETAG)
@blueprint.problems(403, 409)
def add_person(given: dict[str, Any]) -> Any:
    """Add a person. They sign in once they have set a password: see `invite`."""
    user = roster.save_person(workspace(), None, _values(given), origin())
    return _shown([user])[0], 201, etag(user)


@blueprint.get("/people/<user_id>")
@token_needed
@blueprint.response(200, shapes.Person, headers=ETAG)
@blueprint.problems(403, 404)
def read_person(user_id: str) -> Any:
    """Read a person; the ETag is the revision."""
    access.require(actor(), "people")
    user = roster.person_of(user_id)
    return _shown([user])[0], 200, etag(user)


@blueprint.patch("/people/<user_id>")
@token_needed
@blueprint.takes(shapes.PersonChange)
@blueprint.response(200, shapes.Person, headers=ETAG)
@blueprint.problems(403, 404, 409)
@blueprint.headers("IfMatch")
def change_person(given: dict[str, Any], user_id: str) -> Any:
    """Change a person. With If-Match, 409 if they changed meanwhile; 409 for the last administrator's role."""
    user = roster.save_person(workspace(), user_id, _values(given), origin(), revision())
    return _shown([user])[0], 200, etag(user)


@blueprint.post("/people/<user_id>/invite")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(201, shapes.Link)
@blueprint.problems(400, 403, 404, 409)
def invite_person(given: dict[str, Any], user_id: str) -> Any:
    """Make a link by which a person sets their first password, or a new one. Earlier links end."""
    access.require(actor(), "people")
    return {"path": invitations.make_link(workspace(), roster.person_of(user_id), origin())}, 201


@blueprint.post("/people/<user_id>/hand-over/preview")
@token_needed
@blueprint.takes(shapes.HandOver)
@blueprint.response(200, shapes.HandOverPreview)
@blueprint.problems(403, 404, 409)
def preview_hand_over(given: dict[str, Any], user_id: str) -> dict[str, Any]:
    """Show what switching a person off would hand over, row by row. Nothing changes."""
    choices, takers = _texts(given, "choices"), _texts(given, "takers")
    plan = leaving.plan_leave(workspace(), user_id, origin(), choices, takers)
    return {
        "user_id": user_id,
        "open": plan.open,
        "token": plan.token,
        "rules": rules_named(plan.uses),
        "groups": [
            {
                "name": one.group.name,
                "title": words(one.group.title),
                "choice": one.choice,
                "choices": [{"value": way.value, "title": words(way.title)} for way in one.choices],
                "open": one.open,
                "rows": [
                    {
                        "key": row.key,
                        "kind": row.item.kind,
                        "id": row.item.record_id,
                        "title": words(row.title),
                        "due_at": plain(row.item.due),
                        "to": row.to,
                    }
                    for row in one.rows
                ],
            }
            for one in plan.groups
        ],
    }


@blueprint.post("/people/<user_id>/hand-over")
@token_needed
@blueprint.takes(shapes.DoHandOver)
@blueprint.response(200, shapes.Change)
@blueprint.problems(403, 404, 409)
def hand_over(given: dict[str, Any], user_id: str) -> dict[str, Any]:
    """Hand over as previewed and switch the person off: all of it, or nothing (409 if the preview no longer holds)."""
    choices, takers = _texts(given, "choices"), _texts(given, "takers")
    asked = origin().because(str(given.get("reason") or "")[:300])
    return change_shown(leaving.leave(workspace(), user_id, asked, given["token"] or "", choices, takers))


@blueprint.post("/people/<user_id>/reactivate")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.Person, headers=ETAG)
@blueprint.problems(403, 404, 409)
def reactivate_person(given: dict[str, Any], user_id: str) -> Any:
    """Switch a person on again, with nothing in hand."""
    user = leaving.reactivate(workspace(), user_id, origin())
    return _shown([user])[0], 200, etag(user)


@blueprint.get("/personnel-changes")
@token_needed
@blueprint.query(PageQuery)
@blueprint.response(200, page_of(shapes.Change))
@blueprint.problems(403)
def list_personnel_changes(given: dict[str, str]) -> dict[str, Any]:
    """List what changed hands in one go, the newest first."""
    access.require(actor(), "people")
    return page(PersonnelChange.select(), PersonnelChange.id, change_shown)


@blueprint.get("/personnel-changes/<change_id>")
@token_needed
@blueprint.response(200, shapes.Change)
@blueprint.problems(403, 404)
def read_personnel_change(change_id: str) -> dict[str, Any]:
    """Read one batch: everything it wrote, before and after."""
    access.require(actor(), "people")
    return change_shown(batches.change_of(change_id))


@blueprint.post("/personnel-changes/<change_id>/undo")
@token_needed
@blueprint.takes(Confirm)
@blueprint.response(200, shapes.UndoneChange)
@blueprint.problems(403, 404, 409)
def undo_personnel_change(given: dict[str, Any], change_id: str) -> dict[str, Any]:
    """Put back what a batch wrote, within 30 days; what was changed since stays, with the reason."""
    done = batches.undo(workspace(), change_id, origin())
    kept = [{"kind": kind, "id": record_id, "reason": words(why)} for kind, record_id, why in done.kept]
    return {"undone": done.undone, "kept": kept}


# ---- What others here use


def words(text: Text) -> dict[str, str]:
    """Return a text in both languages."""
    return {"zh": text.zh, "en": text.en}


def rules_named(uses: Any) -> list[dict[str, Any]]:
    """Return the rules that name somebody."""
    return [{"code": use.code, "title": words(use.title)} for use in uses]


def change_shown(row: PersonnelChange) -> dict[str, Any]:
    """Return a batch."""
    names = ("id", "what", "user_id", "team_id", "by_name", "reason", "undone_by", "items")
    moments = {name: plain(getattr(row, name)) for name in ("created_at", "undone_at")}
    return {**{name: getattr(row, name) for name in names}, **moments}


def _shown(rows: list[User]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    leads, seen = count_open(ids), roster.last_sign_ins(ids)
    names = ("id", "revision", "name", "email", "staff_no", "title", "phone", "roles", "team_id", "deputy_id", "locale")
    return [
        {
            **{name: getattr(row, name) for name in names},
            **{name: plain(getattr(row, name)) for name in ("created_at", "updated_at", "left_at")},
            "active": bool(row.active),
            "last_sign_in": plain(seen.get(row.id)),
            "open_leads": leads.get(row.id, 0),
        }
        for row in rows
    ]


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(given)
    if "locale" in values and values["locale"] not in ("zh", "en"):
        raise Invalid([Problem("locale", Text("应为 zh 或 en", "takes zh or en"))])
    return values


def _texts(given: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return a mapping of texts that was sent. Raises Invalid."""
    found = given.get(name) or {}
    if not all(isinstance(value, str) for value in found.values()):
        raise Invalid([Problem(name, Text("每一项都应是文字", "every value is a text"))])
    return dict(found)
