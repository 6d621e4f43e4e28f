"""`clew dead-letters`: what was set aside, and sending it again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

import click
from rich.console import Console

from ..journal.origin import Actor, Origin
from ..outbox import dispatch
from ..outbox.set_aside import read_error
from ..storage.system_tables import Dispatch
from ..workspace import Workspace

out = Console()


@click.group("dead-letters")
def dead_letters_command() -> None:
    """Events that failed too often."""


@dead_letters_command.command("list")
@click.pass_obj
def list_them(open_it: Callable[[], Workspace]) -> None:
    """List what was set aside, oldest first."""
    ws = open_it()
    for row in Dispatch.select().where(Dispatch.state == "dead").order_by(Dispatch.id):
        first = f"{row.rules_at.astimezone(ws.settings.zone):%Y-%m-%d %H:%M}" if row.rules_at else "—"
        out.print(
            f"{row.id}  {first}  {row.kind} #{row.seq} → {row.consumer}  {read_error(row.error).en}", soft_wrap=True
        )


@dead_letters_command.command("retry")
@click.argument("ids", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Send all of them again.")
@click.option(
    "--rules",
    type=click.Choice(["then", "now"]),
    default="now",
    show_default=True,
    help="Who decides: the rules in force at the first try, or today's.",
)
@click.pass_obj
def retry_them(
    open_it: Callable[[], Workspace], ids: tuple[int, ...], everything: bool, rules: Literal["then", "now"]
) -> None:
    """Send dead letters again, by their numbers or all of them."""
    ws = open_it()
    if not ids and not everything:
        raise click.UsageError("name dead letters by their numbers (clew dead-letters list), or give --all")
    wanted = [row.id for row in Dispatch.select(Dispatch.id).where(Dispatch.state == "dead")] if everything else ids
    name = os.environ.get("SUDO_USER") or os.environ.get("USER") or "root"
    done = dispatch.retry_all(ws, list(wanted), Origin(Actor("system", name=name), "cli"), rules)
    out.print(f"{done} events are on their way again")
