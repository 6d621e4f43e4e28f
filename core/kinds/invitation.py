"""邀请 invitation: a link that lets one person set a password, once; only the hash of its key is kept."""

from __future__ import annotations

from typing import Any

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..journal.origin import Actor
from ..roles import may
from ..schema.fields import field, options, reference
from ..schema.kind import Event, Kind
from ..storage.queries import Query
from ..storage.records import Record, UTCDateTimeField
from .user import User

PURPOSES = options(("invite", "邀请", "Invitation"), ("reset", "重设密码", "Password reset"))


class Invitation(Record):
    """A link to one person's account, open until it is used, revoked or past its time."""

    user = ForeignKeyField(User, backref="invitations", on_delete="RESTRICT")
    user_id: str
    purpose = CharField(10, default="invite")
    key_hash = CharField(64, unique=True)
    expires_at = UTCDateTimeField()
    used_at = UTCDateTimeField(null=True)
    revoked_at = UTCDateTimeField(null=True)


def _visible(actor: Actor, kinds: Any) -> Query:
    query = Invitation.select()
    return query if any(may(actor, one) for one in ("people", "company")) else query.where(Invitation.user == actor.id)


INVITATION = Kind(
    name="invitation",
    title=Text("邀请", "Invitation"),
    plural=Text("邀请", "Invitations"),
    model=Invitation,
    fields=(
        reference("user_id", "user", "成员", "Person"),
        field("purpose", "用途", "Purpose", "choice", options=PURPOSES, form=False),
        field("key_hash", "链接", "Link", form=False, secret=True, longest=64),
        field("expires_at", "有效期至", "Valid until", "moment", form=False),
        field("used_at", "使用时间", "Used", "moment", form=False),
        field("revoked_at", "作废时间", "Revoked", "moment", form=False),
    ),
    events=(
        Event("created", Text("发出链接", "Link made"), icon="lock"),
        Event("used", Text("链接已使用", "Link used"), field="used_at", icon="lock"),
        Event("revoked", Text("链接已作废", "Link revoked"), field="revoked_at", icon="lock"),
    ),
    owner="user_id",
    write="people",
    write_or=("company",),
    visible=_visible,
    setting_up=True,
    named_by=("purpose",),
    icon="lock",
)
