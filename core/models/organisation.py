"""Who works here: users with their roles, teams with their managers, and API tokens."""

from __future__ import annotations

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField

from ..storage.records import JSONText, Record, UTCDateTimeField

ROLES = ("sales", "manager", "ops", "legal", "finance", "delivery", "admin")


class Team(Record):
    """A sales team; its manager is whom its members' overdue leads escalate to."""

    name = CharField(80, unique=True)
    region = CharField(80, default="")
    manager_id = CharField(26, null=True, index=True)


class User(Record):
    """A person who signs in; deactivated, never deleted, so that the journal keeps its names."""

    email = CharField(254, unique=True)
    staff_no = CharField(40, null=True, unique=True)
    name = CharField(80)
    password_hash = CharField(200, default="")
    roles = JSONText(default=list)
    team = ForeignKeyField(Team, null=True, backref="members", on_delete="RESTRICT")
    locale = CharField(5, default="zh")
    active = BooleanField(default=True)
    failed_sign_ins = IntegerField(default=0)
    locked_until = UTCDateTimeField(null=True)

    class Meta:
        table_name = "users"


class ApiToken(Record):
    """A key to the API; only its hash is kept, the key itself is shown once."""

    user = ForeignKeyField(User, backref="tokens", on_delete="RESTRICT")
    name = CharField(80)
    token_hash = CharField(64, unique=True)
    revoked_at = UTCDateTimeField(null=True)
