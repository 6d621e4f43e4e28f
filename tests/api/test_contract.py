"""What the document promises holds: schemathesis calls every operation, as sales and as operations would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi

from clew import FieldSpec, KindSpec, Plugin, ProcessSpec, StageSpec, Text, hookimpl
from clew.core.app import create_app
from clew.core.company.switches import switch_plugin
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM
from clew.core.kinds import Task
from clew.core.people import sign_in as auth
from clew.core.running import drain
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
    """A company with something of most kinds; an id for each parameter of a path, by what it follows."""
    ws = workspace
    ws.use_plugins(discover([], [Visits()]))
    company = found(ws)
    switch_plugin(ws, "visits", True, SYSTEM)
    given = {"company": "恒锐精密", "phone": "13812345678", "contact_name": "高建明", "industry": "精密加工"}
    lead = intake.take(ws, {**given, "region": "江苏", "budget": 400_000}, SYSTEM).lead
    seller = company.user("sales")
    ws.door.change("lead", lead.id, {"owner_id": seller.id, "team_id": seller.team_id}, SYSTEM)
    whose = {"lead_id": lead.id, "customer_id": lead.customer_id}
    contract = {"number": "HT-1", "amount": "100", **whose}
    rows = {
        "contract": ws.door.create("contract", contract, SYSTEM).record,
        "visit": ws.door.create("visit", {**whose, "owner_id": seller.id}, SYSTEM).record,
        "follow_up": ws.door.create(
            "follow_up", {"lead_id": lead.id, "way": "phone", "content": "聊过"}, SYSTEM
        ).record,
        "task": ws.door.create("task", {"title": "打电话", "assignee_id": seller.id, **whose}, SYSTEM).record,
    }
    drain(ws)
    found_ids = {kind: row.id for kind, row in rows.items()}
    found_ids |= {"lead": lead.id, "customer": lead.customer_id, "contact": lead.contact_id, "user": seller.id}
    found_ids |= {"rule": "quality-unreachable", "number": "1", "task": Task.get().id}
    return found_ids | {name: company.user(name).id for name in ("sales", "ops")}


def _known(path: str, name: str, ids: dict[str, str]) -> str | None:
    """Return a value that a path's parameter may have: that of a record there is."""
    steps = path.split("/")
    before = steps[steps.index(f"{{{name}}}") - 1]
    names = {"leads": "lead", "customers": "customer", "contracts": "contract", "tasks": "task"}
    names |= {"rules": "rule", "why-not": "rule", "versions": "number"}
    if before == "{kind}" or name == "kind":
        return "lead" if name == "kind" else ids["lead"]
    return ids.get(names.get(before, before))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ["sales", "ops"])
def test_every_operation_answers_as_it_says(
    workspace: Workspace, ids: dict[str, str], role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(workspace)
    user = workspace.kinds["user"].model.get_by_id(ids[role])
    head = {"Authorization": f"Bearer {auth.issue_token(workspace, user, 'test', SYSTEM)}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    summary = Summary()
    failures: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        summary.operations.add(operation.label)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                _hold(operation, mode, head, ids, summary)
            except (Exception, BaseExceptionGroup) as error:
                text = "\n".join(str(one) for one in getattr(error, "exceptions", [error]))
                failures.append(f"{operation.label} ({mode.value}): {text[:700]}")
    with capsys.disabled():
        print(f"\n{role}: {summary}")  # noqa: T201 - what was held is worth seeing
    assert not failures, "\n\n".join(failures)


def _hold(operation: Any, mode: GenerationMode, head: dict[str, str], ids: dict[str, str], summary: Summary) -> None:
    try:
        cases = operation.as_strategy(generation_mode=mode)
        cases.validate()
    except Exception as error:
        if mode is GenerationMode.NEGATIVE and "negative" in str(error).lower():
            return  # Whatever is sent to it is allowed.
        raise

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=False,
    )
    @given(case=cases, real=st.sampled_from([True, True, True, False]))
    def hold(case: Any, real: bool) -> None:
        if real:
            for name in case.path_parameters or ():
                case.path_parameters[name] = _known(operation.path, name, ids) or case.path_parameters[name]
        response = case.call(headers=head)
        summary.answers[response.status_code] += 1
        if response.status_code < 300:
            summary.good.add(operation.label)
        case.validate_response(response, checks=CHECKS, headers=head)

    hold()
