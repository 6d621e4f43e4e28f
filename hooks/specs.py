"""Every hook a plugin may implement: when it is called, what it gets, what it may return.

Told hooks (`on_…`) run in a worker after the commit; `validate_record` is asked before a write, in the
asking process; `register_…` hooks are collected when the plugin is switched on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .effects import Effect
from .events import Event
from .markers import hookspec
from .plugin import PluginContext
from .text import Text

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Terms:
    """How long a hook may take, in seconds, and whether a failure lets the write pass ("open") or is retried."""

    timeout: float
    on_failure: str


@dataclass(frozen=True)
class Problem:
    """An objection to a write; `field` is empty when it concerns the whole record."""

    field: str
    message: Text


@dataclass(frozen=True)
class FieldSpec:
    """A field a plugin adds to a kind of record.

    `to` is the kind that a field of type `reference` leads to; `indexed` asks the database for an index, where a
    list or a rule looks its values up often.
    """

    kind: str
    name: str
    label: Text
    type: str = "text"
    options: tuple[tuple[str, Text], ...] = ()
    mask: str = ""
    hint: Text = Text("", "")
    required: bool = False
    to: str = ""
    indexed: bool = False


@dataclass(frozen=True)
class StageSpec:
    """A stage of a plugin's process, with the fields needed to enter it and the role answering for it."""

    name: str
    title: Text
    required_fields: tuple[str, ...] = ()
    role: str = "sales"


@dataclass(frozen=True)
class ProcessSpec:
    """A process: for leads of one trade, or for a kind of record the plugin brings."""

    name: str
    title: Text
    stages: tuple[StageSpec, ...]
    transitions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class KindSpec:
    """A kind of record a plugin brings, its records kept as data.

    `belongs_to` names the kinds it belongs to, the closest first (`"lead"`, `"customer"`, …). With `owned` each
    record has an owner and a team. With a `process` each moves through its stages.
    """

    name: str
    title: Text
    belongs_to: tuple[str, ...]
    fields: tuple[FieldSpec, ...]
    process: ProcessSpec | None = None
    owned: bool = True
    plural_en: str = ""
    icon: str = "file-text"


@dataclass(frozen=True)
class ActionArg:
    """One argument of a plugin's action; `kind` is text or number, `options` are the only texts it takes."""

    name: str
    label: Text
    kind: str = "text"
    required: bool = False
    options: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True)
class ActionSpec:
    """An action that rules may name; its name is unique among all actions, e.g. `call_webhook`."""

    name: str
    title: Text
    args: tuple[ActionArg, ...] = ()


TERMS: dict[str, Terms] = {}


def spec(timeout: float, on_failure: str) -> Callable[[F], F]:
    """Declare a hook's terms beside its signature."""

    def mark(function: F) -> F:
        TERMS[function.__name__] = Terms(timeout, on_failure)
        return hookspec(function)

    return mark


@spec(timeout=5, on_failure="retried")
def on_lead_created(event: Event, context: PluginContext) -> Sequence[Effect] | None:
    """Told of a lead that came in.

    >>> @hookimpl
    ... def on_lead_created(event, context):
    ...     return [CreateTask(f"欢迎 {event.record['company']}", due_working_minutes=60)]
    """


@spec(timeout=5, on_failure="retried")
def on_state_change(event: Event, context: PluginContext) -> Sequence[Effect] | None:
    """Told that a lead changed its stage or outcome, a contract its status, a record of a kind made at run time its stage.

    >>> @hookimpl
    ... def on_state_change(event, context):
    ...     if event.after.get("outcome") == "won":
    ...         return [Notify("owner_manager", "又赢一单")]
    """


@spec(timeout=5, on_failure="retried")
def on_field_saved(event: Event, context: PluginContext) -> Sequence[Effect] | None:
    """Told that other fields of a record changed; `event.after` holds the new values.

    >>> @hookimpl
    ... def on_field_saved(event, context):
    ...     return [AddNote("预算有变")] if "budget" in event.after else []
    """


@spec(timeout=5, on_failure="retried")
def on_follow_up_created(event: Event, context: PluginContext) -> Sequence[Effect] | None:
    """Told that somebody recorded a contact with the customer.

    >>> @hookimpl
    ... def on_follow_up_created(event, context):
    ...     return [StartDeadline("next_step", 480)]
    """


@spec(timeout=5, on_failure="retried")
def on_deadline_missed(event: Event, context: PluginContext) -> Sequence[Effect] | None:
    """Told that a deadline passed without what it waited for.

    >>> @hookimpl
    ... def on_deadline_missed(event, context):
    ...     return [Notify("role:ops", "有时限超时")]
    """


@spec(timeout=1, on_failure="open")
def validate_record(
    record_kind: str, before: Mapping[str, Any], after: Mapping[str, Any], context: PluginContext
) -> Sequence[Problem] | None:
    """Asked before a write; return problems to veto it: their messages are shown to the person.

    >>> @hookimpl
    ... def validate_record(record_kind, before, after, context):
    ...     if record_kind == "lead" and after.get("region") == "火星":
    ...         return [Problem("region", Text("我们不去火星", "We don't go to Mars"))]
    """


@spec(timeout=5, on_failure="open")
def register_fields() -> Sequence[FieldSpec] | None:
    """Collected at switch-on: fields the trade adds.

    >>> @hookimpl
    ... def register_fields():
    ...     return [FieldSpec("lead", "vin", Text("车架号", "VIN"))]
    """


@spec(timeout=5, on_failure="open")
def register_processes() -> Sequence[ProcessSpec] | None:
    """Collected at switch-on: processes for the trade's leads.

    >>> @hookimpl
    ... def register_processes():
    ...     stages = (StageSpec("ask", Text("咨询", "Inquiry")), StageSpec("sign", Text("委托", "Mandate")))
    ...     return [ProcessSpec("law", Text("律所流程", "Law firm"), stages, (("ask", "sign"),))]
    """


@spec(timeout=5, on_failure="open")
def register_kinds() -> Sequence[KindSpec] | None:
    """Collected at switch-on: kinds of record the plugin brings; they get pages, API paths and rules like any other.

    >>> @hookimpl
    ... def register_kinds():
    ...     place = FieldSpec("visit", "place", Text("地点", "Place"))
    ...     return [KindSpec("visit", Text("拜访", "Visit"), ("lead", "customer"), (place,))]
    """


@spec(timeout=5, on_failure="open")
def register_actions() -> Sequence[ActionSpec] | None:
    """Collected at switch-on: actions that rules may then take; `perform_action` does them.

    >>> @hookimpl
    ... def register_actions():
    ...     words = ActionArg("words", Text("祝词", "Words"), required=True)
    ...     return [ActionSpec("ring_bell", Text("敲钟", "Ring the bell"), (words,))]
    """


@spec(timeout=5, on_failure="retried")
def perform_action(
    action: str, args: Mapping[str, Any], event: Event, context: PluginContext
) -> Sequence[Effect] | None:
    """Asked in a worker to do one of the plugin's actions, because a rule decided it on `event`.

    Personal data in `args` is masked. The idempotency key is the same for every try.

    >>> @hookimpl
    ... def perform_action(action, args, event, context):
    ...     if action == "ring_bell":
    ...         return [Notify("role:sales", f"🔔 {args['words']}")]
    """


HOOKS = tuple(TERMS)
ACTION_ASKED = "plugin.action_asked"
"""The kind of the journal line by which a rule asks a plugin for an action."""
