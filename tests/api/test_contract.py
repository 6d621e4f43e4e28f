"""What the document promises holds: schemathesis calls every operation, as sales and as operations would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi

from clew import FieldSpec, KindSpec, Plugin, ProcessSpec, StageSpec, Text, hookimpl
from clew.core.app import create_app
from clew.core.backtest import start
from clew.core.company.switches import switch_plugin
from clew.core.documents.files import Files
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.people import sign_in as auth
from clew.core.running import drain
from clew.core.storage.system_tables import Dispatch
from clew.core.workspace import Workspace
from clew.hooks.discovery import discover

EXAMPLES = 8
"""Calls of an operation for each role and each way: as the document allows, and as it does not."""
SEED = 20261124
CHECKS = [
    checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
]


class Visits(Plugin):
    """Brings a kind with a field of every type."""

    name = "visits"
    title = Text("拜访", "Visits")
    version = "1.0.0"

    @hookimpl
    def register_kinds(self) -> list[KindSpec]:
        words = (("good", Text("有意向", "Interested")), ("none", Text("没结果", "No result")))
        types = ("text", "number", "money", "date", "moment", "boolean", "json")
        fields = [FieldSpec("visit", f"a_{type_}", Text(type_, type_), type_) for type_ in types]
        fields += [
            FieldSpec("visit", f"a_{type_}", Text(type_, type_), type_, words) for type_ in ("choice", "choices")
        ]
        stages = (StageSpec("planned", Text("已约定", "Planned")), StageSpec("held", Text("已完成", "Held")))
        process = ProcessSpec("visiting", Text("拜访流程", "Visiting"), stages, (("planned", "held"),))
        return [KindSpec("visit", Text("拜访", "Visit"), ("lead", "customer"), tuple(fields), process)]


@dataclass
class Summary:
    """How often which operation answered what."""

    operations: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    good: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        codes = ", ".join(f"{code}: {count}" for code, count in sorted(self.answers.items()))
        never = ", ".join(sorted(self.operations - self.good)) or "none"
        return (
            f"schemathesis {schemathesis.__version__}: {len(self.operations)} operations, "
            f"{sum(self.answers.values())} examples ({codes}); never answered 2xx: {never}"
        )


@pytest.fixture
def ids(workspace: Workspace, found: Callable[[Workspace], Any]) -> dict[str, str]:
    """A company with something of every kind; the ids of one each, and what else calls may name."""
    ws = workspace
    ws.use_plugins(discover([], [Visits()]))
    company = found(ws)
    switch_plugin(ws, "visits", True, SYSTEM)
    given = {"company": "恒锐精密", "phone": "13812345678", "contact_name": "高建明", "industry": "精密加工"}
    lead = intake.take(ws, {**given, "region": "江苏", "budget": 400_000}, SYSTEM).lead
    seller, moment = company.user("sales"), ws.clock.now()
    file = Files.of(ws.settings).path_of("0" * 64)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"%")
    ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    drain(ws)
    whose = {"lead_id": lead.id, "customer_id": lead.customer_id}
    contract = ws.door.create("contract", {"number": "HT-1", "amount": "100", **whose}, SYSTEM).record
    of = {"contract_id": contract.id, "customer_id": lead.customer_id}
    for kind, values in {
        "visit": {
            **whose,
            "owner_id": seller.id,
            "a_money": "1.5",
            "a_moment": "2026-11-24 10:00",
            "a_choices": "good",
        },
        "follow_up": {"lead_id": lead.id, "way": "phone", "content": "聊过"},
        "task": {"title": "打电话", "assignee_id": seller.id, **whose},
        "quote": {"number": "Q-1", "amount": "1", **whose},
        "invoice": {"number": "F-1", "amount": "1", "issued_at": moment, **of},
        "payment": {"number": "P-1", "amount": "1", "paid_at": moment, **of},
        "shipment": {"number": "S-1", "shipped_at": moment, **of},
        "document": {"name": "a.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64, **of},
        "badge": {"user_id": seller.id, "badge": "data_champion"},
        "notification": {"user_id": seller.id, "title": "你好"},
        "metric_suspension": {"metric": "leads", "reason": "在查"},
        "possible_duplicate": {
            "customer_id": lead.customer_id,
            "other_id": lead.customer_id,
            "score": 90,
            "reason": "像",
        },
    }.items():
        ws.door.create(kind, values, SYSTEM)
    drain(ws)
    ws.clock.advance(seconds=60)
    backtest = start(ws, (), version_ids=(), since=moment, until=None, origin=SYSTEM)
    dead = Dispatch.create(
        seq=1,
        kind="lead.created",
        consumer="plugin:visits",
        record_kind="lead",
        record_id=lead.id,
        state="dead",
        due_at=moment,
        created_at=moment,
    )
    known = {kind.name: row.id for kind in ws.kinds.values() if (row := kind.model.select().first()) is not None}
    known |= {"rule": "quality-unreachable", "versions": "1", "contract_number": "HT-1", "number": "HT-1"}
    known |= {"backtests": backtest.id, "dead-letters": str(dead.id), "lead": lead.id, "owner": seller.id}
    return known | {f"by {name}": company.user(name).id for name in ("sales", "ops", "admin")}


GIVEN: dict[str, Any] = {
    "phone": "13812345678",
    "email": "a@a.example",
    "credit_code": None,
    "stage": "diagnosis",
    "rules": "now",
    "outcome": "open",
    "pack": "custom",
    "event": None,
    "at": None,
    "base": 1,
    "version": 1,
    "code": None,
    "since": "2026-11-20T00:00:00+08:00",
    "until": "2026-11-24T00:00:00+08:00",
    "effective_at": None,
    "documents": [],
    "version_ids": [],
    "backtest_id": None,
    "received_at": None,
    "closed_at": None,
}
"""Values that make sense together, in the place of what was generated."""
_counter = count(1)


def _sensible(case: Any, ids: dict[str, str], properties: set[str]) -> None:
    """Put what there is in the place of ids that were made up, and text that can be read where a name is needed."""
    # What was generated may be drawn again: it is replaced, never changed.
    case.path_parameters, case.query = {**(case.path_parameters or {})}, {**(case.query or {})}
    for name in case.path_parameters:
        case.path_parameters[name] = _known(case.operation.path, name, ids) or case.path_parameters[name]
    if "seq" in case.query:
        case.query["seq"] = 1
    for name in {"lead", "record", "field", "a", "b"} & set(case.query):
        case.query[name] = {"lead": ids["lead"], "record": ids["lead"], "field": "owner", "a": 1, "b": 1}[name]
    if not isinstance(case.body, dict):
        return
    case.body = {**case.body}
    if case.operation.path.endswith("/{code}/draft"):
        case.body["document"] = {**RULE, "id": ids["rule"]}
        return
    if case.operation.path.endswith("/visit/{record_id}/transitions"):
        case.body = {"stage": "held"}
        return
    if case.operation.path.endswith("/undo"):
        case.body["token"] = "0" * 32
    for name in properties:
        known = ids.get(name.removesuffix("_id")) if name.endswith("_id") else None
        if name == "number":
            case.body[name] = f"N-{next(_counter)}"
        elif known or name == "contract_number":
            case.body[name] = known or ids[name]
        elif name == "document":
            case.body[name] = {**RULE, "id": f"own-{next(_counter)}"}
        elif name == "facts":
            case.body[name] = {"lead.industry": "精密加工"}
        elif name in GIVEN:
            case.body[name] = GIVEN[name]
        elif name in ("issued_at", "paid_at", "shipped_at", "signed_at", "due_at", "at", "next_at"):
            case.body[name] = "2026-11-24 10:00"
        elif name in ("company", "name", "title", "content", "media_type", "sha256", "note", "reason"):
            case.body[name] = f"一二三 {next(_counter)}"
        elif name in ("amount", "budget", "size"):
            case.body[name] = 1000


RULE = {
    "title": {"zh": "自定", "en": "Own"},
    "purpose": {"zh": "试", "en": "Try"},
    "trigger": "lead.changed",
    "when": {"field": "lead.industry", "op": "==", "value": "精密加工"},
    "then": [{"create_task": {"title": "打电话", "assignee": "owner"}}],
}


def _known(path: str, name: str, ids: dict[str, str]) -> str | None:
    """Return a value that a path's parameter may have: that of a record there is."""
    steps = path.split("/")
    before = steps[steps.index(f"{{{name}}}") - 1]
    names = {"leads": "lead", "customers": "customer", "contracts": "contract", "tasks": "task"}
    names |= {"documents": "document"}
    names |= {"rules": "rule", "why-not": "rule"}
    if name == "kind" or before == "{kind}":
        return "lead" if name == "kind" else ids["lead"]
    return ids.get(names.get(before, before))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", ["sales", "ops", "admin"])
def test_every_operation_answers_as_it_says(
    workspace: Workspace, ids: dict[str, str], role: str, request: pytest.FixtureRequest, capsys: Any
) -> None:
    # schemathesis calls from no address, as a server behind a proxy's socket would.
    workspace.settings = replace(workspace.settings, secret_key="k" * 16)
    app = create_app(workspace)
    user = workspace.kinds["user"].model.get_by_id(ids[f"by {role}"])
    token = auth.issue_token(workspace, user, "test", SYSTEM)
    found = app.test_client().get("/api/v1/openapi.json").json
    del found["security"]  # Else a third of what is sent is without a token: that is 401 each time.
    schema = schemathesis.openapi.from_dict(found)
    schema.app = app
    summary = Summary()
    failures: list[str] = []
    ways = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE][: 1 if role == "admin" else 2]
    for result in schema.get_all_operations():
        operation = result.ok()
        summary.operations.add(operation.label)
        for mode in ways:
            try:
                _hold(operation, mode, token, ids, summary)
            except (Exception, BaseExceptionGroup) as error:
                text = "\n".join(str(one) for one in getattr(error, "exceptions", [error]))
                failures.append(f"{operation.label} ({mode.value}): {text[:700]}")
    with capsys.disabled():
        print(f"\n{role}: {summary}")  # noqa: T201 - what was held is worth seeing
    if request.config.cache is not None:
        request.config.cache.set(f"clew/schemathesis-{role}", str(summary))
    assert not failures, "\n\n".join(failures)
    assert len(summary.good) > {"sales": 50, "ops": 80, "admin": 80}[role], "too little was ever answered well"


def _hold(operation: Any, mode: GenerationMode, token: str, ids: dict[str, str], summary: Summary) -> None:
    cases = operation.as_strategy(generation_mode=mode)
    content = operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    body = operation.schema.raw_schema["components"]["schemas"].get(name, {})
    properties = set(body.get("properties", ())) - {"confirm"}

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, real=st.sampled_from([True, True, False]))
    def hold(case: Any, real: bool) -> None:
        if real and mode is GenerationMode.POSITIVE:
            needed = {one for one in properties if one.endswith("_id") or one in ("contract_number", "company")}
            needed |= set(body.get("required", ()))
            _sensible(case, ids, needed | (properties & set(case.body if isinstance(case.body, dict) else ())))
        head = {"Authorization": f"Bearer {token}"}
        response = case.call(headers=head)
        summary.answers[response.status_code] += 1
        if response.status_code < 300:
            summary.good.add(operation.label)
        case.validate_response(response, checks=CHECKS, headers=head)

    try:
        hold()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, operation.label  # Whatever is sent to it is allowed.
