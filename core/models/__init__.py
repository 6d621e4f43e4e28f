"""The tables. Records are written by the door alone; everyone may read them."""

from ..storage.database import guard
from ..storage.records import Base, JSONText, MoneyField, Record, UTCDateTimeField, canonical
from ..storage.system_tables import Dispatch, Firing, IdempotencyKey, JournalLine, PluginHealth, Seal, Version
from .backtest import BACKTEST_STATES, Backtest, BacktestDifference, BacktestPart
from .configuration import CalendarDay, FieldDefinition, PluginRecord, ProcessDefinition, RuleRecord
from .erp import Invoice, Payment, Shipment
from .marks import Badge, MetricSuspension
from .organisation import ROLES, ApiToken, Team, User
from .rulebook import OPEN_STATES, VERSION_STATES, RulePack, RuleTrouble, RuleVersion
from .sales import (
    Contact,
    Contract,
    Customer,
    Deadline,
    Document,
    FollowUp,
    Lead,
    Notification,
    PossibleDuplicate,
    Task,
)

RECORDS: dict[str, type[Record]] = {
    "team": Team,
    "user": User,
    "api_token": ApiToken,
    "customer": Customer,
    "contact": Contact,
    "lead": Lead,
    "follow_up": FollowUp,
    "contract": Contract,
    "task": Task,
    "document": Document,
    "notification": Notification,
    "possible_duplicate": PossibleDuplicate,
    "deadline": Deadline,
    "invoice": Invoice,
    "payment": Payment,
    "shipment": Shipment,
    "field_definition": FieldDefinition,
    "process_definition": ProcessDefinition,
    "rule": RuleRecord,
    "rule_version": RuleVersion,
    "rule_pack": RulePack,
    "plugin": PluginRecord,
    "calendar_day": CalendarDay,
    "badge": Badge,
    "metric_suspension": MetricSuspension,
}
MACHINERY: tuple[type[Base], ...] = (
    JournalLine,
    Seal,
    Dispatch,
    Firing,
    IdempotencyKey,
    Version,
    PluginHealth,
    RuleTrouble,
    Backtest,
    BacktestPart,
    BacktestDifference,
)

for _model in RECORDS.values():
    guard(_model._meta.table_name)

__all__ = [
    "BACKTEST_STATES",
    "MACHINERY",
    "OPEN_STATES",
    "RECORDS",
    "ROLES",
    "VERSION_STATES",
    "ApiToken",
    "Backtest",
    "BacktestDifference",
    "BacktestPart",
    "Badge",
    "Base",
    "CalendarDay",
    "Contact",
    "Contract",
    "Customer",
    "Deadline",
    "Dispatch",
    "Document",
    "FieldDefinition",
    "Firing",
    "FollowUp",
    "IdempotencyKey",
    "Invoice",
    "JSONText",
    "JournalLine",
    "Lead",
    "MetricSuspension",
    "MoneyField",
    "Notification",
    "Payment",
    "PluginHealth",
    "PluginRecord",
    "PossibleDuplicate",
    "ProcessDefinition",
    "Record",
    "RulePack",
    "RuleRecord",
    "RuleTrouble",
    "RuleVersion",
    "Seal",
    "Shipment",
    "Task",
    "Team",
    "UTCDateTimeField",
    "User",
    "Version",
    "canonical",
]
