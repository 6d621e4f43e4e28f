"""What the API takes and answers about people, teams and what changes hands between them."""

from __future__ import annotations

from typing import Any

from .described import Body, PageQuery, Shown, given, listed, moment, nested, out, page_of, param
from .shapes import Words

_TEXT = ["string", "null"]
_CHOICES: dict[str, Any] = {
    "additionalProperties": {"type": "string"},
    "examples": [{"leads": "load", "tasks": "with_lead", "teams": "deputy"}],
}
_TAKERS: dict[str, Any] = {"additionalProperties": {"type": "string"}}


class Person(Shown):
    """A person; the phone number is whole for who sees to people."""

    id = out("string")
    revision = out("integer")
    created_at = moment()
    updated_at = moment()
    name = out("string")
    email = out("string")
    staff_no = out(_TEXT)
    title = out("string")
    phone = out(_TEXT)
    roles = out("array", items={"type": "string"})
    team_id = out(_TEXT)
    deputy_id = out(_TEXT)
    locale = out("string")
    active = out("boolean")
    left_at = moment(nullable=True)
    last_sign_in = moment(nullable=True)
    open_leads = out("integer")


PersonPage = page_of(Person)


class PeopleQuery(PageQuery):
    """Which people, by name."""

    q = param("string", "looks in name, e-mail, staff number and job title")
    role = param("string", "has this role")
    team_id = param("string", "is in this team or one below it; `none`: in no team")
    state = param("string", "active (if absent), off, or invited: has set no password yet")


class PersonChange(Body):
    """What changes of a person."""

    name = given("string", maxLength=80)
    email = given("string", maxLength=254)
    staff_no = given(_TEXT, maxLength=40)
    title = given("string", maxLength=80)
    phone = given(_TEXT, maxLength=40)
    roles = given("array", items={"type": "string"})
    team_id = given(_TEXT)
    deputy_id = given(_TEXT)
    locale = given("string", "zh or en")


class NewPerson(PersonChange):
    """A person who joins."""

    name = given("string", required=True, maxLength=80)
    email = given("string", required=True, maxLength=254)
    roles = given("array", required=True, items={"type": "string"})


class Link(Shown):
    """A one-time link by which a person sets their password; it is shown once."""

    path = out("string", description="its path on this server", examples=["/join/…"])


class HandOver(Body):
    """How each group is handed over."""

    choices = given(
        "object",
        "by group: load, everyone, manager, with_lead, deputy, none, or a person's id; the first on offer if absent",
        **_CHOICES,
    )
    takers = given("object", "by row key, a person's id: goes before the choice of its group", **_TAKERS)


class DoHandOver(HandOver):
    """Hand over as previewed, and switch the person off."""

    token = given("string", "of the preview: 409 if it no longer holds", required=True)
    reason = given("string", "why; stands in the journal", maxLength=300)


class HandOverRow(Shown):
    """One thing, and who takes it over."""

    key = out("string", description="names it in `takers`")
    kind = out("string")
    id = out("string")
    title = nested(Words)
    due_at = moment(nullable=True)
    to = out(_TEXT, description="a person's id; none: the place is left empty; null: nobody takes it")


class OnOffer(Shown):
    """One way to hand a group over."""

    value = out("string")
    title = nested(Words)


class HandOverGroup(Shown):
    """Things of one sort."""

    name = out("string")
    title = nested(Words)
    choice = out("string")
    choices = listed(OnOffer)
    open = out("integer", description="so many rows nobody takes over")
    rows = listed(HandOverRow)


class RuleNamed(Shown):
    """A rule that names it."""

    code = out("string")
    title = nested(Words)


class HandOverPreview(Shown):
    """What switching a person off would do. Nothing has changed."""

    user_id = out("string")
    groups = listed(HandOverGroup)
    open = out("integer", description="so many rows nobody takes over yet: it can't be done")
    rules = listed(RuleNamed)
    token = out("string", description="seals who takes over what")


class Change(Shown):
    """A batch: what changed hands in one go."""

    id = out("string")
    created_at = moment()
    what = out("string", enum=["leave", "merge", "split", "retire"])
    user_id = out(_TEXT)
    team_id = out(_TEXT)
    by_name = out("string")
    reason = out("string")
    undone_at = moment(nullable=True)
    undone_by = out("string")
    items = out("array", items={}, description="kind, record, values before, values after; in the order written")


class Kept(Shown):
    """What stays as it is, and why."""

    kind = out("string")
    id = out("string")
    reason = nested(Words)


class UndoneChange(Shown):
    """What undoing a batch put back."""

    undone = out("integer")
    kept = listed(Kept)


class TeamShown(Shown):
    """A team, in the tree below `parent_id`."""

    id = out("string")
    revision = out("integer")
    name = out("string")
    region = out("string")
    parent_id = out(_TEXT)
    manager_id = out(_TEXT)
    deputy_id = out(_TEXT)
    retired_at = moment(nullable=True)
    people = out("integer", description="active people in it and below")
    own = out("integer", description="active people directly in it")


class Teams(Shown):
    """All teams, each before those below it; retired ones last."""

    items = listed(TeamShown)


class TeamChange(Body):
    """What changes of a team."""

    name = given("string", maxLength=80)
    region = given("string", maxLength=80)
    parent_id = given(_TEXT)
    manager_id = given(_TEXT)
    deputy_id = given(_TEXT)


class NewTeam(TeamChange):
    """A team to be made."""

    name = given("string", required=True, maxLength=80)


class MergeBody(Body):
    """Which team takes this one over; an empty team needs none."""

    into_id = given(_TEXT)


class DoMerge(MergeBody):
    """Merge or retire as previewed."""

    token = given("string", "of the preview: 409 if it no longer holds", required=True)
    reason = given("string", "why; stands in the journal", maxLength=300)


class SplitBody(Body):
    """The new team, and who goes there."""

    name = given("string", required=True, maxLength=80)
    people = given("array", required=True, items={"type": "string"})
    parent_id = given(_TEXT)
    manager_id = given(_TEXT)


class DoSplit(SplitBody):
    """Split as previewed."""

    token = given("string", "of the preview: 409 if it no longer holds", required=True)
    reason = given("string", "why; stands in the journal", maxLength=300)


class MovingRow(Shown):
    """One record that moves."""

    kind = out("string")
    id = out("string")
    field = out("string")
    title = nested(Words)


class TeamPreview(Shown):
    """What would move. Nothing has changed."""

    what = out("string", enum=["merge", "split", "retire"])
    team_id = out("string")
    into_id = out(_TEXT)
    rows = listed(MovingRow)
    rules = listed(RuleNamed)
    token = out("string", description="seals what moves")
