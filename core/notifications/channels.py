"""Channels bring a notification to a person; the inbox is always there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ...hooks.text import Text
from ..errors import ClewError
from ..kinds import Notification, User
from ..storage.system_tables import JournalLine


class Channel(Protocol):
    """One way to reach people: `send` returns when the message is handed over, or raises."""

    name: str

    def send(self, message: Any) -> None:
        """Hand one notification over."""
        ...


class Inbox:
    """The inbox in the console: the notification's own record is the message."""

    name = "inbox"
    title = Text("站内信", "Inbox")

    def send(self, message: Notification) -> None:
        """Nothing to hand over: the record is already where it is read."""


class Channels:
    """The channels of a workspace: the inbox, and those registered in code or by plugins."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {"inbox": Inbox()}

    def register(self, channel: Channel) -> None:
        """Add a channel: every notification goes through it, too."""
        self._channels[channel.name] = channel

    def consumers(self, kind: str) -> list[str]:
        """Return the channels (as `channel:<name>`) that must deliver a line of this kind."""
        if kind != "notification.created":
            return []
        return [f"channel:{name}" for name in sorted(self._channels) if name != "inbox"]

    def deliver(self, name: str, line: JournalLine) -> None:
        """Send the notification that `line` created, if its receiver wants it so. Raises what the channel raises."""
        channel = self._channels.get(name)
        if channel is None:
            raise ClewError(f"没有通知渠道「{name}」", f"no notification channel {name!r}")
        message = Notification.get_by_id(line.record_id)
        if wants(message.user, message.topic, name):
            channel.send(message)

    def beside_inbox(self) -> Sequence[Channel]:
        """Return the channels that people may choose, by name; the inbox is no choice."""
        return [channel for name, channel in sorted(self._channels.items()) if name != "inbox"]


def wants(user: User, topic: str, channel: str) -> bool:
    """Say whether messages of a topic go to a person through a channel: as they chose, and never after they left."""
    return bool(user.active) and channel not in (user.message_settings or {}).get(topic, ())


def title_of(channel: Channel) -> Text:
    """Return what people call a channel: its `title` if it has one."""
    return getattr(channel, "title", None) or Text(channel.name, channel.name)
