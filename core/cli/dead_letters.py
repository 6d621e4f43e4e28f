"""`clew dead-letters`: what was set aside, and sending it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import click

from ...hooks.text import n_of
from ..outbox import dispatch
from ..outbox.set_aside import read_error
from ..storage.system_tables import Dispatch
from ..workspace import Workspace
from .terminal import language, out, said, shell_origin


@click.group("dead-letters")
def dead_letters_command() -> None:
    """Events that could not be handled."""


@dead_letters_command.command("list")
@click.pass_obj
def list_them(open_it: Callable[[], Workspace]) -> None:
    """List what was set aside, oldest first."""
    ws = open_it()
    for row in Dispatch.select().where(Dispatch.state == "dead").order_by(Dispatch.id):
        first = f"{row.rules_at.astimezone(ws.settings.zone):%Y-%m-%d %H:%M}" if row.rules_at else "—"
        out.print(
            f"{row.id}  {first}  {row.kind} #{row.seq} → {row.consumer}  {read_error(row.error).for_locale(language())}",
            soft_wrap=True,
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
    done = dispatch.retry_all(ws, list(wanted), shell_origin(), rules)
    out.print(said(f"{done} 个事件重新派发", f"{n_of(done, 'event')} on the way again"))
    _none(len(wanted) - done)


@dead_letters_command.command("close")
@click.argument("ids", type=int, nargs=-1, required=True)
@click.option("--reason", required=True, help="what was done instead; it is journalled")
@click.pass_obj
def close_them(open_it: Callable[[], Workspace], ids: tuple[int, ...], reason: str) -> None:
    """Close dead letters by their numbers: what they stand for was seen to otherwise."""
    done = dispatch.close_all(open_it(), ids, shell_origin(reason[:300]))
    out.print(said(f"关闭了 {done} 封死信", f"{done} dead letters closed"))
    _none(len(ids) - done)


def _none(count: int) -> None:
    """End with an error if so many of the numbers named are no dead letter's."""
    if count > 0:
        raise click.ClickException(
            said(
                f"{count} 个编号不是死信；见 clew dead-letters list",
                f"{count} of them are no dead letters: see the list",
            )
        )
