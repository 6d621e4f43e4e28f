"""Links to set a password; sessions on the server; what was tried; what API tokens may and when they were used."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Create the tables, and the columns of people and tokens. Who was locked out before this is so no more."""

    @migrator.create_model
    class Invitation(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        user = pw.ForeignKeyField(column_name="user_id", field="id", model=migrator.orm["users"], on_delete="RESTRICT")
        purpose = pw.CharField(default="invite", max_length=10)
        key_hash = pw.CharField(max_length=64, unique=True)
        expires_at = pw.DateTimeField()
        used_at = pw.DateTimeField(null=True)
        revoked_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "invitation"

    @migrator.create_model
    class SignInSession(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        user_id = pw.CharField(max_length=26)
        key_hash = pw.CharField(max_length=64, unique=True)
        device_hash = pw.CharField(default="", max_length=64)
        epoch = pw.IntegerField()
        made_at = pw.DateTimeField()
        seen_at = pw.DateTimeField()
        expires_at = pw.DateTimeField(index=True)
        kept = pw.BooleanField(default=False)
        ip = pw.CharField(default="", max_length=45)
        agent = pw.CharField(default="", max_length=300)
        ended_at = pw.DateTimeField(null=True)
        ended_by = pw.CharField(default="", max_length=26)

        class Meta:
            table_name = "sign_in_session"
            indexes = [(("user_id", "made_at"), False), (("user_id", "device_hash"), False)]

    @migrator.create_model
    class AttemptLimit(pw.Model):
        key = pw.CharField(max_length=80, primary_key=True)
        due = pw.BigIntegerField(index=True)

        class Meta:
            table_name = "attempt_limit"

    @migrator.create_model
    class TokenUse(pw.Model):
        token_id = pw.CharField(max_length=26, primary_key=True)
        at = pw.DateTimeField()
        ip = pw.CharField(default="", max_length=45)

        class Meta:
            table_name = "token_use"

    migrator.add_fields("users", session_epoch=pw.IntegerField(default=0), message_settings=pw.TextField(default="{}"))
    migrator.remove_fields("users", "failed_sign_ins", "locked_until")
    migrator.add_fields(
        "api_token",
        scope=pw.CharField(default="write", max_length=10),
        kinds=pw.TextField(default="[]"),
        ends=pw.CharField(default="", max_length=8),
        expires_at=pw.DateTimeField(null=True),
    )
    migrator.add_fields("notification", topic=pw.CharField(default="rule", max_length=20))
