"""The bundled kinds of record: this is the one place that lists them."""

from ..schema.kind import Kind
from ..storage.database import guard
from ..storage.records import Record
from .api_token import API_TOKEN, ApiToken
from .badge import BADGE, Badge
from .calendar import CALENDAR, Calendar
from .calendar_day import CALENDAR_DAY, CalendarDay
from .company import COMPANY, Company
from .company_change import COMPANY_CHANGE, CompanyChange
from .contact import CONTACT, Contact
from .contract import CONTRACT, Contract
from .customer import CUSTOMER, Customer
from .deadline import DEADLINE, Deadline
from .document import DOCUMENT, Document
from .field_definition import FIELD_DEFINITION, FieldDefinition
from .follow_up import FOLLOW_UP, FollowUp
from .invitation import INVITATION, Invitation
from .invoice import INVOICE, Invoice
from .kept_as_data import DataRecord
from .kind_definition import KIND_DEFINITION, KindDefinition
from .layout import LAYOUT, LayoutRecord
from .lead import LEAD, Lead
from .leave import LEAVE, Leave
from .metric_suspension import METRIC_SUSPENSION, MetricSuspension
from .notification import NOTIFICATION, Notification
from .pause import PAUSE, PAUSE_REASON, Pause, PauseReason
from .payment import PAYMENT, Payment
from .personnel_change import PERSONNEL_CHANGE, PersonnelChange
from .plugin import PLUGIN, PluginRecord
from .possible_duplicate import POSSIBLE_DUPLICATE, PossibleDuplicate
from .process_definition import PROCESS_DEFINITION, ProcessDefinition
from .quote import QUOTE, Quote
from .role import ROLE, RoleRecord
from .role_change import ROLE_CHANGE, RoleChange
from .rule import RULE, RuleRecord
from .rule_pack import RULE_PACK, RulePack
from .rule_version import OPEN_STATES, RULE_VERSION, VERSION_STATES, RuleVersion
from .saved_view import SAVED_VIEW, SavedView
from .shipment import SHIPMENT, Shipment
from .task import TASK, Task
from .team import TEAM, Team
from .user import USER, User

BUNDLED: tuple[Kind, ...] = (
    *(LEAD, CONTACT, CUSTOMER, FOLLOW_UP, QUOTE, CONTRACT, TASK, DOCUMENT, DEADLINE, PAUSE, INVOICE, PAYMENT, SHIPMENT),
    *(NOTIFICATION, POSSIBLE_DUPLICATE, BADGE, METRIC_SUSPENSION),
    *(COMPANY, ROLE, ROLE_CHANGE, TEAM, USER, PERSONNEL_CHANGE, INVITATION, API_TOKEN),
    *(CALENDAR, CALENDAR_DAY, LEAVE, PAUSE_REASON, FIELD_DEFINITION, PROCESS_DEFINITION, KIND_DEFINITION),
    *(LAYOUT, COMPANY_CHANGE, SAVED_VIEW),
    *(RULE, RULE_VERSION, RULE_PACK, PLUGIN),
)

_MODELS: tuple[type[Record], ...] = (*(kind.model for kind in BUNDLED), DataRecord)
for _model in _MODELS:
    guard(_model._meta.table_name)

__all__ = [
    "BUNDLED",
    "OPEN_STATES",
    "VERSION_STATES",
    "ApiToken",
    "Badge",
    "Calendar",
    "CalendarDay",
    "Company",
    "CompanyChange",
    "Contact",
    "Contract",
    "Customer",
    "DataRecord",
    "Deadline",
    "Document",
    "FieldDefinition",
    "FollowUp",
    "Invitation",
    "Invoice",
    "KindDefinition",
    "LayoutRecord",
    "Lead",
    "Leave",
    "MetricSuspension",
    "Notification",
    "Pause",
    "PauseReason",
    "Payment",
    "PersonnelChange",
    "PluginRecord",
    "PossibleDuplicate",
    "ProcessDefinition",
    "Quote",
    "RoleChange",
    "RoleRecord",
    "RulePack",
    "RuleRecord",
    "RuleVersion",
    "SavedView",
    "Shipment",
    "Task",
    "Team",
    "User",
]
