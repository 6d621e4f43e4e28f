"""The tables of Clew, and what the database itself holds: append-only journal and seals, partial indexes."""

import peewee as pw
from peewee_migrate import Migrator

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Create the tables, then what keeps the journal and its seals as they were written."""

    @migrator.create_model
    class Team(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=80, unique=True)
        region = pw.CharField(default="", max_length=80)
        manager_id = pw.CharField(max_length=26, null=True, index=True)

        class Meta:
            table_name = "team"

    @migrator.create_model
    class User(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        email = pw.CharField(max_length=254, unique=True)
        staff_no = pw.CharField(max_length=40, null=True, unique=True)
        name = pw.CharField(max_length=80)
        password_hash = pw.CharField(default="", max_length=200)
        roles = pw.TextField(default="[]")
        team = pw.ForeignKeyField(column_name="team_id", field="id", model=migrator.orm["team"], null=True, on_delete="RESTRICT")
        locale = pw.CharField(default="zh", max_length=5)
        active = pw.BooleanField(default=True)
        failed_sign_ins = pw.IntegerField(default=0)
        locked_until = pw.DateTimeField(null=True)

        class Meta:
            table_name = "users"

    @migrator.create_model
    class Customer(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=200)
        name_key = pw.CharField(default="", max_length=200, index=True)
        credit_code = pw.CharField(max_length=18, null=True, index=True)
        industry = pw.CharField(default="", max_length=40)
        region = pw.CharField(default="", max_length=40)
        grade = pw.CharField(default="", max_length=10)
        owner = pw.ForeignKeyField(column_name="owner_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT")
        merged_into = pw.ForeignKeyField(column_name="merged_into_id", field="id", model="self", null=True, on_delete="RESTRICT", index=False)
        extra = pw.TextField(default="{}")

        class Meta:
            table_name = "customer"
            indexes = [(("merged_into", "id"), False)]

    @migrator.create_model
    class Contact(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        name = pw.CharField(default="", max_length=80)
        title = pw.CharField(default="", max_length=80)
        phone = pw.CharField(max_length=20, null=True, index=True)
        email = pw.CharField(max_length=254, null=True, index=True)
        extra = pw.TextField(default="{}")

        class Meta:
            table_name = "contact"

    @migrator.create_model
    class Lead(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        contact = pw.ForeignKeyField(column_name="contact_id", field="id", model=migrator.orm["contact"], null=True, on_delete="RESTRICT")
        company = pw.CharField(max_length=200)
        source = pw.CharField(default="", max_length=40)
        industry = pw.CharField(default="", max_length=40, index=True)
        region = pw.CharField(default="", max_length=40)
        budget = pw.BigIntegerField(null=True)
        note = pw.TextField(default="")
        quality = pw.CharField(default="", max_length=20)
        process = pw.CharField(default="sales", max_length=40)
        stage = pw.CharField(max_length=40)
        outcome = pw.CharField(default="open", max_length=10)
        owner = pw.ForeignKeyField(column_name="owner_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT")
        team = pw.ForeignKeyField(column_name="team_id", field="id", model=migrator.orm["team"], null=True, on_delete="RESTRICT")
        received_at = pw.DateTimeField(index=True)
        assigned_at = pw.DateTimeField(null=True)
        first_response_at = pw.DateTimeField(null=True)
        response_minutes = pw.IntegerField(null=True)
        escalated_at = pw.DateTimeField(null=True)
        escalated_to = pw.ForeignKeyField(column_name="escalated_to_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT")
        stage_since = pw.DateTimeField()
        closed_at = pw.DateTimeField(null=True)
        lost_reason = pw.CharField(default="", max_length=200)
        external_id = pw.CharField(max_length=100, null=True, unique=True)
        locked = pw.BooleanField(default=False)
        lock_reason = pw.CharField(default="", max_length=300)
        lock_rule = pw.CharField(default="", max_length=80)
        lock_version = pw.CharField(default="", max_length=40)
        extra = pw.TextField(default="{}")

        class Meta:
            table_name = "lead"
            indexes = [(("owner", "outcome", "stage"), False), (("team", "received_at"), False), (("customer", "received_at"), False)]

    @migrator.create_model
    class FollowUp(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=migrator.orm["lead"], on_delete="RESTRICT")
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        by = pw.ForeignKeyField(column_name="by_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT")
        way = pw.CharField(default="phone", max_length=20)
        content = pw.TextField(default="")
        effective = pw.BooleanField(default=True)
        at = pw.DateTimeField(index=True)
        next_at = pw.DateTimeField(null=True)
        extra = pw.TextField(default="{}")

        class Meta:
            table_name = "follow_up"

    @migrator.create_model
    class Contract(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        number = pw.CharField(max_length=40, unique=True)
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT")
        amount = pw.BigIntegerField()
        status = pw.CharField(default="draft", max_length=20)
        signed_at = pw.DateTimeField(null=True, index=True)
        locked = pw.BooleanField(default=False)
        lock_reason = pw.CharField(default="", max_length=300)
        lock_rule = pw.CharField(default="", max_length=80)
        lock_version = pw.CharField(default="", max_length=40)
        extra = pw.TextField(default="{}")

        class Meta:
            table_name = "contract"

    @migrator.create_model
    class Task(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        title = pw.CharField(max_length=200)
        kind = pw.CharField(default="task", max_length=20)
        sop = pw.CharField(default="", max_length=80)
        about_kind = pw.CharField(default="", max_length=40)
        about_id = pw.CharField(default="", max_length=26, index=True)
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT")
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], null=True, on_delete="RESTRICT")
        assignee = pw.ForeignKeyField(column_name="assignee_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT")
        state = pw.CharField(default="open", max_length=10)
        due_at = pw.DateTimeField(null=True)
        done_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "task"
            indexes = [(("assignee", "state", "due_at"), False)]

    @migrator.create_model
    class Document(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        contract = pw.ForeignKeyField(column_name="contract_id", field="id", model=migrator.orm["contract"], null=True, on_delete="RESTRICT")
        name = pw.CharField(max_length=200)
        media_type = pw.CharField(max_length=100)
        size = pw.IntegerField()
        sha256 = pw.CharField(max_length=64, index=True)

        class Meta:
            table_name = "document"

    @migrator.create_model
    class Deadline(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=40)
        about_kind = pw.CharField(default="", max_length=40)
        about_id = pw.CharField(default="", max_length=26)
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT")
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], null=True, on_delete="RESTRICT")
        started_at = pw.DateTimeField()
        working_minutes = pw.IntegerField()
        due_at = pw.DateTimeField()
        warn_at = pw.DateTimeField(null=True)
        warned_at = pw.DateTimeField(null=True)
        state = pw.CharField(default="open", max_length=10)
        closed_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "deadline"
            indexes = [(("state", "due_at"), False), (("state", "warned_at", "warn_at"), False), (("about_id", "name", "state"), False), (("lead", "name", "state"), False)]

    @migrator.create_model
    class Invoice(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        number = pw.CharField(max_length=60, unique=True)
        contract = pw.ForeignKeyField(column_name="contract_id", field="id", model=migrator.orm["contract"], null=True, on_delete="RESTRICT")
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        amount = pw.BigIntegerField()
        issued_at = pw.DateTimeField(index=True)

        class Meta:
            table_name = "invoice"

    @migrator.create_model
    class Payment(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        number = pw.CharField(max_length=60, unique=True)
        contract = pw.ForeignKeyField(column_name="contract_id", field="id", model=migrator.orm["contract"], null=True, on_delete="RESTRICT")
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        amount = pw.BigIntegerField()
        paid_at = pw.DateTimeField(index=True)

        class Meta:
            table_name = "payment"

    @migrator.create_model
    class Shipment(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        number = pw.CharField(max_length=60, unique=True)
        contract = pw.ForeignKeyField(column_name="contract_id", field="id", model=migrator.orm["contract"], null=True, on_delete="RESTRICT")
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        shipped_at = pw.DateTimeField(index=True)

        class Meta:
            table_name = "shipment"

    @migrator.create_model
    class Notification(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        user = pw.ForeignKeyField(column_name="user_id", field="id", model=migrator.orm["users"], on_delete="RESTRICT")
        title = pw.CharField(max_length=200)
        body = pw.TextField(default="")
        about_kind = pw.CharField(default="", max_length=40)
        about_id = pw.CharField(default="", max_length=26)
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT")
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], null=True, on_delete="RESTRICT")
        channel = pw.CharField(default="inbox", max_length=40)
        state = pw.CharField(default="sent", max_length=12)
        read_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "notification"
            indexes = [(("user", "state", "created_at"), False)]

    @migrator.create_model
    class PossibleDuplicate(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        other = pw.ForeignKeyField(column_name="other_id", field="id", model=migrator.orm["customer"], on_delete="RESTRICT")
        score = pw.FloatField()
        reason = pw.CharField(max_length=200)
        state = pw.CharField(default="open", max_length=12, index=True)

        class Meta:
            table_name = "possible_duplicate"

    @migrator.create_model
    class Badge(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        user = pw.ForeignKeyField(column_name="user_id", field="id", model=migrator.orm["users"], on_delete="RESTRICT")
        badge = pw.CharField(max_length=80)
        reason = pw.CharField(default="", max_length=300)
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT")
        rule = pw.CharField(default="", max_length=80)
        version = pw.CharField(default="", max_length=40)
        state = pw.CharField(default="given", max_length=10)

        class Meta:
            table_name = "badge"

    @migrator.create_model
    class MetricSuspension(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        metric = pw.CharField(max_length=40, index=True)
        reason = pw.CharField(max_length=300)
        rule = pw.CharField(default="", max_length=80)
        version = pw.CharField(default="", max_length=40)
        state = pw.CharField(default="open", max_length=10)
        lifted_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "metric_suspension"

    @migrator.create_model
    class ApiToken(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        user = pw.ForeignKeyField(column_name="user_id", field="id", model=migrator.orm["users"], on_delete="RESTRICT")
        name = pw.CharField(max_length=80)
        token_hash = pw.CharField(max_length=64, unique=True)
        revoked_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "api_token"

    @migrator.create_model
    class CalendarDay(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        day = pw.DateField(unique=True)
        working = pw.BooleanField()
        name = pw.CharField(default="", max_length=80)
        source = pw.CharField(default="", max_length=80)

        class Meta:
            table_name = "calendar_day"

    @migrator.create_model
    class FieldDefinition(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        kind = pw.CharField(max_length=40)
        name = pw.CharField(max_length=40)
        label_zh = pw.CharField(max_length=80)
        label_en = pw.CharField(max_length=80)
        type = pw.CharField(max_length=12)
        options = pw.TextField(default="[]")
        mask = pw.CharField(default="", max_length=10)
        hint_zh = pw.CharField(default="", max_length=200)
        hint_en = pw.CharField(default="", max_length=200)
        required = pw.BooleanField(default=False)
        target = pw.CharField(default="", max_length=40)
        indexed = pw.BooleanField(default=False)
        position = pw.IntegerField(default=0)
        plugin = pw.CharField(default="", max_length=60)
        active = pw.BooleanField(default=True)

        class Meta:
            table_name = "field_definition"
            indexes = [(("kind", "name"), True)]

    @migrator.create_model
    class ProcessDefinition(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=40, unique=True)
        kind = pw.CharField(default="lead", max_length=40)
        document = pw.TextField()
        plugin = pw.CharField(default="", max_length=60)
        active = pw.BooleanField(default=True)

        class Meta:
            table_name = "process_definition"

    @migrator.create_model
    class KindDefinition(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=40, unique=True)
        title_zh = pw.CharField(max_length=80)
        title_en = pw.CharField(max_length=80)
        plural_en = pw.CharField(default="", max_length=80)
        belongs_to = pw.TextField(default="[]")
        owned = pw.BooleanField(default=True)
        process = pw.CharField(default="", max_length=40)
        icon = pw.CharField(default="file-text", max_length=40)
        plugin = pw.CharField(default="", max_length=60)
        active = pw.BooleanField(default=True)

        class Meta:
            table_name = "kind_definition"

    @migrator.create_model
    class RuleRecord(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        code = pw.CharField(max_length=80, unique=True)
        pack = pw.CharField(max_length=80)
        version = pw.IntegerField()
        document = pw.TextField()
        enabled = pw.BooleanField(default=True)
        plugin = pw.CharField(default="", max_length=60)
        retired_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "rule"

    @migrator.create_model
    class RuleVersion(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        code = pw.CharField(max_length=80)
        pack = pw.CharField(default="", max_length=80)
        number = pw.IntegerField()
        document = pw.TextField()
        state = pw.CharField(default="draft", max_length=10)
        author_id = pw.CharField(default="", max_length=26, index=True)
        author_name = pw.CharField(default="", max_length=80)
        reviewer_id = pw.CharField(default="", max_length=26)
        reviewer_name = pw.CharField(default="", max_length=80)
        note = pw.TextField(default="")
        base = pw.IntegerField(null=True)
        effective_at = pw.DateTimeField(null=True)
        submitted_at = pw.DateTimeField(null=True)
        decided_at = pw.DateTimeField(null=True)
        published_at = pw.DateTimeField(null=True)
        retired_at = pw.DateTimeField(null=True)
        backtest_id = pw.CharField(max_length=26, null=True)

        class Meta:
            table_name = "rule_version"
            indexes = [(("code", "number"), True), (("state", "effective_at"), False)]

    @migrator.create_model
    class RulePack(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        code = pw.CharField(max_length=80, unique=True)
        title = pw.TextField(default="{}")
        rules = pw.TextField(default="[]")

        class Meta:
            table_name = "rule_pack"

    @migrator.create_model
    class PluginRecord(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=60, unique=True)
        enabled = pw.BooleanField(default=False)
        settings = pw.TextField(default="{}")
        actions = pw.TextField(default="[]")

        class Meta:
            table_name = "plugin_record"

    @migrator.create_model
    class DataRecord(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        kind_name = pw.CharField(max_length=40)
        customer = pw.ForeignKeyField(column_name="customer_id", field="id", model=migrator.orm["customer"], null=True, on_delete="RESTRICT")
        lead = pw.ForeignKeyField(column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT")
        owner = pw.ForeignKeyField(column_name="owner_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT")
        team = pw.ForeignKeyField(column_name="team_id", field="id", model=migrator.orm["team"], null=True, on_delete="RESTRICT")
        process = pw.CharField(default="", max_length=40)
        stage = pw.CharField(default="", max_length=40)
        stage_since = pw.DateTimeField(null=True)
        locked = pw.BooleanField(default=False)
        lock_reason = pw.CharField(default="", max_length=300)
        lock_rule = pw.CharField(default="", max_length=80)
        lock_version = pw.CharField(default="", max_length=40)
        extra = pw.TextField(default="{}")

        class Meta:
            table_name = "data_record"
            indexes = [(("kind_name", "id"), False), (("kind_name", "customer"), False), (("kind_name", "lead"), False), (("kind_name", "owner", "stage"), False)]

    @migrator.create_model
    class JournalLine(pw.Model):
        seq = pw.BigAutoField()
        id = pw.CharField(max_length=26, unique=True)
        at = pw.DateTimeField(index=True)
        kind = pw.CharField(max_length=60)
        record_kind = pw.CharField(max_length=40)
        record_id = pw.CharField(max_length=26)
        record_revision = pw.IntegerField(default=0)
        customer_id = pw.CharField(max_length=26, null=True)
        actor_kind = pw.CharField(max_length=12)
        actor_id = pw.CharField(default="", max_length=80)
        actor_name = pw.CharField(default="", max_length=80)
        ip = pw.CharField(default="", max_length=45)
        channel = pw.CharField(max_length=20)
        reason = pw.CharField(default="", max_length=300)
        cause_seq = pw.BigIntegerField(null=True)
        cause_rule = pw.CharField(default="", max_length=80)
        cause_version = pw.CharField(default="", max_length=40)
        cause_plugin = pw.CharField(default="", max_length=60)
        depth = pw.IntegerField(default=0)
        before = pw.TextField(default="{}")
        after = pw.TextField(default="{}")
        digest = pw.CharField(max_length=64)

        class Meta:
            table_name = "journal"
            indexes = [(("record_kind", "record_id", "seq"), False), (("customer_id", "seq"), False), (("kind", "at"), False), (("actor_id", "seq"), False)]

    @migrator.create_model
    class Seal(pw.Model):
        number = pw.BigAutoField()
        at = pw.DateTimeField()
        first_seq = pw.BigIntegerField()
        last_seq = pw.BigIntegerField()
        late = pw.TextField(default="[]")
        missing = pw.TextField(default="[]")
        lines = pw.IntegerField()
        previous = pw.CharField(max_length=64)
        hash = pw.CharField(max_length=64)

        class Meta:
            table_name = "seal"

    @migrator.create_model
    class Dispatch(pw.Model):
        id = pw.BigAutoField()
        seq = pw.BigIntegerField(index=True)
        kind = pw.CharField(max_length=60)
        consumer = pw.CharField(max_length=90)
        record_kind = pw.CharField(max_length=40)
        record_id = pw.CharField(max_length=26)
        state = pw.CharField(default="pending", max_length=10)
        attempts = pw.IntegerField(default=0)
        due_at = pw.DateTimeField()
        claimed_by = pw.CharField(default="", max_length=80)
        error = pw.TextField(default="")
        created_at = pw.DateTimeField()
        done_at = pw.DateTimeField(null=True)
        rules_at = pw.DateTimeField(null=True)
        rules_then = pw.BooleanField(default=False)

        class Meta:
            table_name = "dispatch"
            indexes = [(("state", "due_at"), False), (("consumer", "state"), False)]

    @migrator.create_model
    class Firing(pw.Model):
        id = pw.BigAutoField()
        at = pw.DateTimeField()
        seq = pw.BigIntegerField(index=True)
        rule = pw.CharField(max_length=80)
        version = pw.IntegerField()
        record_kind = pw.CharField(default="", max_length=40)
        record_id = pw.CharField(default="", max_length=26, index=True)
        facts = pw.TextField()
        decisions = pw.TextField()

        class Meta:
            table_name = "firing"
            indexes = [(("rule", "id"), False), (("rule", "at"), False)]

    @migrator.create_model
    class IdempotencyKey(pw.Model):
        key = pw.CharField(max_length=200, primary_key=True)
        record_kind = pw.CharField(max_length=40)
        record_id = pw.CharField(max_length=26)
        fingerprint = pw.CharField(max_length=64)
        at = pw.DateTimeField()

        class Meta:
            table_name = "idempotency_key"

    @migrator.create_model
    class Version(pw.Model):
        name = pw.CharField(max_length=40, primary_key=True)
        number = pw.BigIntegerField(default=1)

        class Meta:
            table_name = "version"

    @migrator.create_model
    class PluginHealth(pw.Model):
        name = pw.CharField(max_length=60, primary_key=True)
        calls = pw.BigIntegerField(default=0)
        failures = pw.BigIntegerField(default=0)
        consecutive = pw.IntegerField(default=0)
        quarantined_at = pw.DateTimeField(null=True)
        retry_at = pw.DateTimeField(null=True)
        last_error = pw.TextField(default="")
        last_error_at = pw.DateTimeField(null=True)
        slowest_ms = pw.IntegerField(default=0)
        probing = pw.BooleanField(default=False)

        class Meta:
            table_name = "plugin_health"

    @migrator.create_model
    class RuleTrouble(pw.Model):
        code = pw.CharField(max_length=80, primary_key=True)
        version = pw.IntegerField(default=0)
        stands_in = pw.IntegerField(null=True)
        zh = pw.TextField()
        en = pw.TextField()
        at = pw.DateTimeField()

        class Meta:
            table_name = "rule_trouble"

    @migrator.create_model
    class Backtest(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        code = pw.CharField(default="", max_length=80, index=True)
        version_id = pw.CharField(max_length=26, null=True)
        documents = pw.TextField(default="[]")
        since = pw.DateTimeField()
        until = pw.DateTimeField()
        state = pw.CharField(default="queued", max_length=10, index=True)
        stop_asked = pw.BooleanField(default=False)
        done = pw.BigIntegerField(default=0)
        total = pw.BigIntegerField(default=0)
        covered_until = pw.DateTimeField(null=True)
        result = pw.TextField(default="{}")
        error = pw.TextField(default="")
        asked_by = pw.CharField(default="", max_length=26)
        asked_name = pw.CharField(default="", max_length=80)
        created_at = pw.DateTimeField(index=True)
        started_at = pw.DateTimeField(null=True)
        done_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "backtest"

    @migrator.create_model
    class BacktestPart(pw.Model):
        id = pw.BigAutoField()
        backtest_id = pw.CharField(max_length=26, index=True)
        run = pw.CharField(max_length=10)
        since = pw.DateTimeField()
        until = pw.DateTimeField()
        state = pw.CharField(default="queued", max_length=10)
        attempts = pw.IntegerField(default=0)
        claimed_by = pw.CharField(default="", max_length=80)
        due_at = pw.DateTimeField()
        done = pw.BigIntegerField(default=0)
        total = pw.BigIntegerField(default=0)
        covered_until = pw.DateTimeField(null=True)
        seconds = pw.FloatField(default=0.0)
        effects = pw.BlobField(null=True)
        error = pw.TextField(default="")

        class Meta:
            table_name = "backtest_part"
            indexes = [(("state", "due_at"), False)]

    @migrator.create_model
    class BacktestDifference(pw.Model):
        id = pw.BigAutoField()
        backtest_id = pw.CharField(max_length=26)
        kind = pw.CharField(max_length=12)
        change = pw.CharField(max_length=8)
        record_kind = pw.CharField(default="", max_length=40)
        record_id = pw.CharField(default="", max_length=26)
        title = pw.CharField(default="", max_length=200)
        team_id = pw.CharField(default="", max_length=26)
        person_id = pw.CharField(default="", max_length=26)
        rule = pw.CharField(default="", max_length=80)
        version = pw.CharField(default="", max_length=40)
        at = pw.DateTimeField()
        before = pw.TextField(default="")
        after = pw.TextField(default="")
        what = pw.TextField(default="")
        event = pw.CharField(default="", max_length=60)
        facts = pw.TextField(default="{}")

        class Meta:
            table_name = "backtest_difference"
            indexes = [(("backtest_id", "kind", "id"), False), (("backtest_id", "team_id"), False), (("backtest_id", "rule"), False), (("backtest_id", "person_id"), False)]

    # What follows from a line, and what a rule did: both are asked for "why" and for undoing.
    migrator.sql("CREATE INDEX journal_cause_seq ON journal (cause_seq) WHERE cause_seq IS NOT NULL")
    migrator.sql("CREATE INDEX journal_cause_rule ON journal (cause_rule, seq)")
    migrator.sql("CREATE INDEX lead_owner_assigned ON lead (owner_id, assigned_at)")
    _keep_as_written(migrator, database)


def _keep_as_written(migrator: Migrator, database: pw.Database) -> None:
    """Make the database refuse to change or drop what the journal and its seals say."""
    if isinstance(database, pw.SqliteDatabase):
        for table in ("journal", "seal"):
            for verb in ("update", "delete"):
                migrator.sql(_SQLITE.format(table=table, verb=verb, VERB=verb.upper()))
        return
    migrator.sql(
        "CREATE FUNCTION clew_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    for table in ("journal", "seal"):
        migrator.sql(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION clew_append_only()"
        )
