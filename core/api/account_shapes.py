"""What the API takes and answers about accounts: sessions, tokens, one-time links."""

from __future__ import annotations

from .described import Body, Shown, given, listed, moment, nested, out

_TEXT = ["string", "null"]
_KINDS = {"type": "array", "items": {"type": "string"}}


class TokenShown(Shown):
    """An API token; of its key only the last characters are known."""

    id = out("string")
    name = out("string", examples=["erp"])
    ends = out("string", description="the key's last characters")
    scope = out("string", enum=["read", "write"])
    kinds = out("array", items={"type": "string"}, description="the kinds of record it reaches; none: all")
    created_at = moment()
    expires_at = moment(nullable=True)
    used_at = moment(nullable=True)
    used_ip = out("string")


class Me(Shown):
    """Who calls, and by which token."""

    id = out("string")
    name = out("string")
    email = out("string")
    locale = out("string")
    roles = out("array", items={"type": "string"})
    token = nested(TokenShown)


class TokensShown(Shown):
    """The tokens of a person that hold, the newest first."""

    items = listed(TokenShown)


class TokenAsked(Body):
    """A new API token."""

    name = given("string", "where it is used", required=True, maxLength=80, examples=["erp"])
    scope = given("string", "read or write", enum=["read", "write"], default="read")
    kinds = given("array", "the kinds of record it reaches; none: all", items={"type": "string"})
    days = given(["integer", "null"], "how long it holds; null: until it is revoked", minimum=1, maximum=3650)


class TokenMade(Shown):
    """A new token with its key, which can't be shown again."""

    key = out("string", description="send it as Authorization: Bearer", examples=["clew_…"])
    token = nested(TokenShown)


class SessionShown(Shown):
    """A session of a person in a browser."""

    id = out("string")
    device = out("string", description="browser and system, in words", examples=["Chrome · Windows"])
    ip = out("string")
    made_at = moment()
    seen_at = moment()
    expires_at = moment()


class SessionsShown(Shown):
    """The sessions of a person that hold, whoever was here last first."""

    items = listed(SessionShown)


class LinkAsked(Body):
    """A one-time link: the first password of somebody invited, or a new one."""

    purpose = given("string", "invite, or reset", enum=["invite", "reset"], default="invite")


class LinkMade(Shown):
    """The path of the link, which can't be shown again."""

    path = out("string", examples=["/join/…"])
    expires_at = moment()
