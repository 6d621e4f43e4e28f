"""What the API takes and answers of roles."""

from __future__ import annotations

from .described import Body, Shown, anything, given, listed, moment, out, param


class RoleShown(Shown):
    """A role: `cells` map kinds ("*": every other) to actions to scopes."""

    name = out("string")
    title_zh = out("string")
    title_en = out("string")
    permissions = out("array")
    cells = out("object")
    revision = out("integer")
    active = out("boolean")
    people = out("integer", description="how many active people have it")


class RolesShown(Shown):
    """The roles, and the words that cells and permissions are made of."""

    items = listed(RoleShown)
    actions = out("object")
    scopes = out("object")
    permissions = out("object")


class RoleChangeShown(Shown):
    """A change of a role, and where it stands."""

    id = out("string")
    role = out("string")
    state = out("string", description="open, approved, rejected or withdrawn")
    author = out("string")
    decided_by = out("string")
    decided_at = moment(nullable=True)
    note = out("string")
    cells = out("object")
    permissions = out("array")
    active = out("boolean", description="false: the role is to be retired")


class RoleChangesShown(Shown):
    """The changes that wait."""

    items = listed(RoleChangeShown)


class RoleAsked(Body):
    """What a role is to be; what is not given stays."""

    title_zh = given("string")
    title_en = given("string")
    permissions = given("array")
    cells = given("object")
    active = given("boolean", "false retires the role, true brings it back")
    base = given("integer", "the revision of the role that was read; 0 or absent for a new one")


class Settled(Body):
    """How a change is settled."""

    act = given("string", "approve, or reject (by its author: withdraw)", required=True, enum=["approve", "reject"])
    note = given("string", "why; needed to send a change of somebody else's back")


class CheckQuery(Body):
    """Which person, and which record."""

    user = param("string", "the person's id")
    kind = param("string", "the record's kind")
    record = param("string", "the record's id")


class CheckShown(Shown):
    """What somebody may do with one record."""

    user = out("string")
    answers = anything("action → {may, scopes}")
