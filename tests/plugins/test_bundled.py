"""The bundled plugins at work: a car dealer's whole way, and a webhook against a receiver that checks."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from clew.core.company.switches import switch_plugin
from clew.core.errors import Invalid
from clew.core.intake import take as intake
from clew.core.journal.origin import SYSTEM, Actor, Origin
from clew.core.kinds import Lead, Task
from clew.core.rulebook.documents import problems_of
from clew.core.running import drain, run_until
from clew.core.storage.system_tables import Dispatch, JournalLine
from clew.core.workspace import Workspace
from clew.hooks.plugin import SettingsError

FORM = Origin(Actor("public", name="官网"), "form")
SECRET = "a-secret-nobody-sees"


class Receiver:
    """A real server on loopback that keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.flood = 0
        """So many megabytes it would answer with; `sent` is how many it could get rid of."""
        self.sent = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(receiver.status)
                if 300 <= receiver.status < 400:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", str(receiver.flood << 20))
                self.end_headers()
                with contextlib.suppress(OSError):
                    while receiver.sent < receiver.flood:
                        self.wfile.write(b"x" * (1 << 20))
                        receiver.sent += 1

            def log_message(self, *args: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def receiver(workspace: Workspace, company: Any) -> Iterator[Receiver]:
    """A receiver, with the webhook switched on and pointing at it."""
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,))
    thread.start()
    settings = {"url": receiver.url, "secret": SECRET, "events": "lead.created, follow_up.created"}
    switch_plugin(workspace, "webhook", True, SYSTEM, settings)
    yield receiver
    receiver.server.shutdown()
    thread.join(10)
    receiver.server.server_close()


def _take(ws: Workspace, **more: Any) -> Lead:
    lead = intake.take(ws, {"company": "恒锐精密", "phone": "13812345678", "contact_name": "沈国良", **more}, FORM).lead
    drain(ws)
    return lead


def test_an_event_arrives_signed_and_masked(workspace: Workspace, receiver: Receiver) -> None:
    lead = _take(workspace)
    ((headers, body),) = receiver.got
    parts = dict(part.split("=") for part in headers["X-Clew-Signature"].split(","))
    expected = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert parts["v1"] == expected
    assert int(parts["t"]) == int(workspace.clock.now().timestamp())
    said = json.loads(body)
    assert (said["kind"], said["record"]["id"], said["record"]["company"]) == ("lead.created", lead.id, "恒锐精密")
    assert headers["Idempotency-Key"].endswith(":webhook:on_lead_created")
    assert "13812345678" not in body.decode()


def test_an_answer_is_not_read_however_long_it_is(workspace: Workspace, receiver: Receiver) -> None:
    receiver.status, receiver.flood = 200, 500
    _take(workspace)
    row = Dispatch.get((Dispatch.consumer == "plugin:webhook") & (Dispatch.kind == "lead.created"))
    assert row.state == "done"
    assert receiver.sent < 50, "what fits into the buffers of a connection"


def test_only_the_chosen_events_are_sent(workspace: Workspace, receiver: Receiver) -> None:
    lead = _take(workspace)
    workspace.door.change("lead", lead.id, {"outcome": "lost", "lost_reason": "无预算"}, SYSTEM)
    workspace.door.create("follow_up", {"lead_id": lead.id, "way": "phone", "content": "再约"}, SYSTEM)
    drain(workspace)
    assert [json.loads(body)["kind"] for _, body in receiver.got] == ["lead.created", "follow_up.created"]


@pytest.mark.parametrize("status", [500, 404, 302, 307])
def test_anything_but_2xx_is_tried_again_and_no_redirect_is_followed(
    workspace: Workspace, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    _take(workspace)
    row = Dispatch.get((Dispatch.consumer == "plugin:webhook") & (Dispatch.kind == "lead.created"))
    assert (row.state, row.attempts, len(receiver.got)) == ("pending", 1, 1)
    assert f"answered {status}" in row.error
    receiver.status = 200
    run_until(workspace, workspace.clock.now() + timedelta(seconds=2))
    assert Dispatch.get_by_id(row.id).state == "done"
    first, second = receiver.got
    assert first[0]["Idempotency-Key"] == second[0]["Idempotency-Key"]


def test_a_rule_calls_the_webhook_with_an_event_of_its_own(workspace: Workspace, receiver: Receiver) -> None:
    words = {"zh": "推送大单", "en": "Push large ones"}
    rule = {
        "id": "push-large",
        "title": words,
        "purpose": words,
        "trigger": "lead.assigned",
        "when": {"field": "lead.budget", "op": ">=", "value": 500000},
        "then": [{"call_webhook": {"event": "large.assigned", "message": "{lead.company} {lead.budget} 元"}}],
    }
    assert problems_of(workspace, rule) == []
    workspace.door.create("rule", {"code": "push-large", "pack": "custom", "version": 1, "document": rule}, SYSTEM)
    _take(workspace, budget="860000")
    drain(workspace)
    headers, body = receiver.got[-1]
    said = json.loads(body)
    assert (said["kind"], said["message"]) == ("large.assigned", "恒锐精密 860000 元")
    assert said["record"]["budget"] == "860000.00"
    stamp, signature = (part.partition("=")[2] for part in headers["X-Clew-Signature"].split(","))
    assert hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() == signature


def test_the_secret_stays_where_it_is(workspace: Workspace, receiver: Receiver) -> None:
    receiver.status = 500
    _take(workspace)
    assert workspace.plugins.settings_of("webhook")["secret"] == "••••"
    assert not any(SECRET in f"{line.before}{line.after}" for line in JournalLine.select())
    assert not any(SECRET in row.error for row in Dispatch.select())
    kept = workspace.plugins.configure("webhook", {"url": receiver.url, "secret": ""})
    assert kept["secret"] == SECRET, "an empty secret keeps the one on record"


def test_wrong_settings_are_refused_by_name(workspace: Workspace) -> None:
    with pytest.raises(SettingsError) as refused:
        switch_plugin(workspace, "webhook", True, SYSTEM, {"url": "ftp://x", "sceret": "y"})
    assert set(refused.value.problems) == {"url", "sceret", "secret"}
    assert "did you mean 'secret'" in refused.value.problems["sceret"].en


def test_a_car_is_sold_the_dealers_way(any_workspace: Workspace, found: Any) -> None:
    ws = any_workspace
    found(ws)
    switch_plugin(ws, "car_dealer", True, SYSTEM)
    lead = _take(ws, industry="汽车", region="广东")
    lead = Lead.get_by_id(lead.id)
    assert (lead.process, lead.stage) == ("car_4s", "test_drive")
    assert Task.get(Task.title == "邀约试驾").lead_id == lead.id
    seller = Origin(Actor.of(lead.owner), "console")

    def refused(values: dict[str, Any]) -> set[str]:
        with pytest.raises(Invalid) as error:
            ws.door.change("lead", lead.id, values, seller)
        return {problem.field for problem in error.value.problems}

    assert refused({"stage": "handover"}) == {"stage"}
    assert refused({"stage": "financing"}) == {"car_model"}
    assert refused({"stage": "financing", "car_model": "X", "trade_in": "也许"}) == {"trade_in"}
    ws.door.change("lead", lead.id, {"stage": "financing", "car_model": "小鹏 G6", "trade_in": "是"}, seller)
    drain(ws)
    assert refused({"stage": "handover"}) == {"finance_plan"}
    assert refused({"outcome": "won"}) == {"finance_plan"}
    ws.door.change("lead", lead.id, {"stage": "handover", "finance_plan": "分期贷款"}, seller)
    drain(ws)
    ws.door.change("lead", lead.id, {"outcome": "won"}, seller)
    assert Lead.get_by_id(lead.id).extra == {"car_model": "小鹏 G6", "trade_in": "yes", "finance_plan": "loan"}
    assert Task.select().where(Task.sop == "金融方案").count() == 3
    assert Task.select().where(Task.sop == "交车仪式").count() == 4


def test_other_trades_keep_their_way(workspace: Workspace, company: Any) -> None:
    switch_plugin(workspace, "car_dealer", True, SYSTEM)
    assert Lead.get_by_id(_take(workspace, industry="电子").id).process == "sales"
