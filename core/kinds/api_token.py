"""API 令牌 api_token: a key to the API; only its hash is kept, the key itself is shown once."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from ...hooks.text import Text
from ..schema.fields import field, options, reference
from ..schema.kind import Event, Kind
from ..storage.records import JSONText, Record, UTCDateTimeField
from .user import User

SCOPES = options(("read", "只读", "Read only"), ("write", "读和写", "Read and write"))


class ApiToken(Record):
    """A key of one person."""

    user = ForeignKeyField(User, backref="tokens", on_delete="RESTRICT")
    user_id: str
    name = CharField(80)
    token_hash = CharField(64, unique=True)
    ends = CharField(8, default="")
    """The key's last characters, by which its owner tells it from others."""
    scope = CharField(10, default="write")
    kinds = JSONText(default=list)
    """The kinds of record it reaches; none named: all that its person does."""
    expires_at = UTCDateTimeField(null=True)
    revoked_at = UTCDateTimeField(null=True)


API_TOKEN = Kind(
    name="api_token",
    title=Text("API 令牌", "API token"),
    plural=Text("API 令牌", "API tokens"),
    model=ApiToken,
    fields=(
        reference("user_id", "user", "成员", "Person"),
        field("token_hash", "令牌", "Token", form=False, secret=True, longest=64),
        field("name", "名称", "Name", longest=80, form=False),
        field("scope", "权限", "Scope", "choice", options=SCOPES, form=False),
        field("expires_at", "有效期至", "Valid until", "moment", form=False),
        field("revoked_at", "收回时间", "Revoked", "moment", form=False),
    ),
    events=(
        Event("created", Text("生成令牌", "Token made"), icon="lock"),
        Event("revoked", Text("收回令牌", "Token revoked"), field="revoked_at", icon="lock"),
    ),
    owner="user_id",
    setting_up=True,
    icon="lock",
)
