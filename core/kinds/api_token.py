"""API 令牌 api_token: a key to the API; only its hash is kept, the key itself is shown once."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.fields import field, reference
from ..schema.kind import Kind
from ..storage.records import Record, UTCDateTimeField
from .user import User


class ApiToken(Record):
    """A key of one person."""

    user = ForeignKeyField(User, backref="tokens", on_delete="RESTRICT")
    user_id: str
    name = CharField(80)
    token_hash = CharField(64, unique=True)
    revoked_at = UTCDateTimeField(null=True)


API_TOKEN = Kind(
    name="api_token",
    title=Text("API 令牌", "API token"),
    plural=Text("API 令牌", "API tokens"),
    model=ApiToken,
    fields=(
        reference("user_id", "user", "成员", "Person"),
        field("token_hash", "令牌", "Token", form=False, secret=True, longest=64),
    ),
    owner="user_id",
    setting_up=True,
    icon="lock",
)
