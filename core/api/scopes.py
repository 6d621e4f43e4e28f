"""What an API token may: read or write, all that its person does or some kinds of record alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Request

from ..errors import Forbidden
from ..kinds import ApiToken
from ..people.tokens import WRITE

_READS = ("GET", "HEAD", "OPTIONS")
_READING = frozenset({"check_rules", "try_rule"})
"""Operations that take a body and write nothing."""
KINDS: Mapping[str, str] = {
    "list_leads": "lead",
    "create_lead": "lead",
    "read_lead": "lead",
    "change_lead": "lead",
    "move_lead": "lead",
    "close_lead": "lead",
    "assign_lead": "lead",
    "unlock_lead": "lead",
    "record_follow_up": "follow_up",
    "list_customers": "customer",
    "read_customer": "customer",
    "preview_split_customer": "customer",
    "split_customer": "customer",
    "list_tasks": "task",
    "finish_task": "task",
    "list_contracts": "contract",
    "create_contract": "contract",
    "change_contract": "contract",
    "unlock_contract": "contract",
    "create_invoice": "invoice",
    "create_payment": "payment",
    "create_shipment": "shipment",
    "upload_document": "document",
    "download_document": "document",
    "retire_document": "document",
    "restore_document": "document",
}
"""Whose records an operation is about. One that is not here, nor below /records, is about no kind alone."""
ABOUT_THE_CALLER = frozenset({"read_me"})


class OutOfScope(Forbidden):
    """The token was made for less than this; its person may do more."""

    code = "token_scope"


def check_scope(token: ApiToken, view: Any, request: Request) -> None:
    """Raise OutOfScope unless a token was made for what a view does."""
    name = view.__name__
    if token.scope != WRITE and request.method not in _READS and name not in _READING:
        raise OutOfScope(
            f"令牌「{token.name}」只能读，不能写；需要的话请另建一个能写的。",
            f"the token {token.name!r} reads only: make one that writes if you need it",
        )
    if not token.kinds or name in ABOUT_THE_CALLER:
        return
    kind = kind_of(name, request.view_args or {})
    if kind is None or kind not in token.kinds:
        reached = ", ".join(token.kinds)
        raise OutOfScope(
            f"令牌「{token.name}」只管这些记录：{reached}；这里用不了。",
            f"the token {token.name!r} is for these kinds alone: {reached}",
        )


def kind_of(name: str, view_args: Mapping[str, Any]) -> str | None:
    """Return the kind of record that the view of this name is about; None for one that is about no kind alone."""
    return view_args.get("kind") if name.endswith(("_record", "_records")) else KINDS.get(name)
