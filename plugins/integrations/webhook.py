"""A signed outgoing webhook: each chosen event is posted as JSON, signed, with a key that shows repeats."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from clew import ActionArg, ActionSpec, Event, Plugin, PluginContext, Setting, Text, hookimpl

_TIMEOUT_SECONDS = 2.0


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the hex HMAC-SHA256 over `<timestamp>.<body>`."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class Webhook(Plugin):
    """Posts events to an address of yours."""

    name = "webhook"
    title = Text("签名 Webhook", "Signed webhook")
    description = Text("把事件推给外部地址，带签名与重试", "Pushes events to an address, signed and retried")
    vendor = "Clew"
    version = "0.1.0"
    category = "integration"
    icon = "webhook"
    settings = (
        Setting("url", Text("推送地址", "Address"), "url", required=True),
        Setting("secret", Text("签名密钥", "Signing secret"), "secret", required=True),
        Setting(
            "events",
            Text("事件", "Events"),
            hint=Text("用逗号分隔，空着就是全部，例：lead.created", "Comma-separated; empty: all, e.g. lead.created"),
        ),
    )

    @hookimpl
    def on_lead_created(self, event: Event, context: PluginContext) -> None:
        """Push a new lead."""
        _post(event, context)

    @hookimpl
    def on_state_change(self, event: Event, context: PluginContext) -> None:
        """Push a change of stage, outcome or contract status."""
        _post(event, context)

    @hookimpl
    def on_follow_up_created(self, event: Event, context: PluginContext) -> None:
        """Push a follow-up."""
        _post(event, context)

    @hookimpl
    def on_deadline_missed(self, event: Event, context: PluginContext) -> None:
        """Push a missed deadline."""
        _post(event, context)

    @hookimpl
    def register_actions(self) -> list[ActionSpec]:
        """Let rules push an event of their own."""
        args = (
            ActionArg("event", Text("事件名", "Event"), required=True),
            ActionArg("message", Text("内容", "Message")),
        )
        return [ActionSpec("call_webhook", Text("推送 Webhook", "Call the webhook"), args)]

    @hookimpl
    def perform_action(self, args: Mapping[str, Any], event: Event, context: PluginContext) -> None:
        """Push what a rule decided, whatever events the settings choose."""
        _send(str(args["event"]), event, context, message=str(args.get("message", "")))


def _post(event: Event, context: PluginContext) -> None:
    """Post one event if the settings choose it."""
    wanted = {name.strip() for name in str(context.settings.get("events", "")).split(",") if name.strip()}
    if wanted and event.kind not in wanted:
        return
    _send(event.kind, event, context)


def _send(kind: str, event: Event, context: PluginContext, **more: str) -> None:
    """Post one event as `kind`. Raises if the receiver does not answer 2xx in time: Clew then tries again."""
    url = str(context.settings["url"])
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"the webhook's address {url!r} is neither http nor https")
    body = json.dumps(
        {
            "seq": event.seq,
            "kind": kind,
            "at": event.at.isoformat(),
            "actor": event.actor,
            "channel": event.channel,
            "customer_id": event.customer_id,
            "record": {"kind": event.record_kind, "id": event.record_id, **event.record},
            "before": dict(event.before),
            "after": dict(event.after),
            **more,
        },
        ensure_ascii=False,
    ).encode()
    timestamp = int(context.now.timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": context.idempotency_key,
        "X-Clew-Signature": f"t={timestamp},v1={sign(str(context.settings['secret']), timestamp, body)}",
    }
    # Only the status counts: a body is never read, however long it is.
    with requests.post(
        url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True
    ) as answer:
        if not 200 <= answer.status_code < 300:
            raise RuntimeError(f"{url} answered {answer.status_code}")
