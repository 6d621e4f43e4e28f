"""The command line: `clew …`. Errors are one sentence, not a traceback."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import click
import structlog
from rich.console import Console

from ...hooks.text import n_of
from ...version import __version__
from ..company.switches import switch_plugin
from ..errors import ClewError
from ..journal.seals import seal_all
from ..journal.verify import verify
from ..kinds import PluginRecord
from ..opening import open_workspace
from ..storage.faults import unavailable
from ..workspace import Workspace
from .backtest import backtest_command
from .company import company_group
from .dead_letters import dead_letters_command
from .deadline import deadline_command
from .doctor import doctor_command
from .importing import import_command
from .leaving import people_group
from .people import token_group, user_group
from .rules import rules_group
from .serving import demo_command, run_command, web_command, worker_command
from .terminal import shell_origin, speaks_chinese
from .why import why_command, why_not_command

log = structlog.get_logger()
out = Console()


class _Group(click.Group):
    """A group whose known errors end in one sentence in the terminal's language."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClewError as error:
            raise _said(error) from None
        except Exception as error:
            known = unavailable(error)
            if known is None:
                raise
            log.error("database unavailable", error=str(error))
            raise _said(known) from None


def _said(error: ClewError) -> click.ClickException:
    return click.ClickException(error.text.for_locale("zh" if speaks_chinese() else "en"))


def opener() -> Callable[[], Workspace]:
    """Return a function that opens the workspace of this process's settings, with the queue live."""

    def open_it() -> Workspace:
        ws = open_workspace()
        ws.queue.live = True
        return ws

    return open_it


@click.group(cls=_Group)
@click.version_option(
    __version__, prog_name="clew", message=f"%(prog)s %(version)s\nPython {platform.python_version()}"
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Clew 线索: a sales team's way of working as rules that run."""
    ctx.obj = opener()


@main.command()
def init() -> None:
    """Create or upgrade the tables and install the defaults."""
    ws = open_workspace(migrate=True)
    for name, words in ws.plugins.left_aside.items():
        out.print(f"[red]left aside[/red]  {name}: {words.en}")
    out.print(f"Ready: {ws.settings.database_url.rpartition('@')[2]}")
    ws.close()


@main.group()
def audit() -> None:
    """The journal's seals."""


@audit.command("verify")
@click.pass_obj
def audit_verify(open_it: Callable[[], Workspace]) -> None:
    """Hold the whole journal against its seals; exit 1 if anything was changed."""
    open_it()
    found = verify()
    for fault in found.faults:
        where = f"line {fault.seq}" if fault.seq else f"seal {fault.seal}"
        out.print(f"[red]✗[/red] {where} {fault.what}")
    if found.faults:
        out.print(f"{n_of(len(found.faults), 'fault')} in {n_of(found.lines, 'line')} and {n_of(found.seals, 'seal')}")
        raise SystemExit(1)
    out.print(
        f"{n_of(found.lines, 'line')}, {n_of(found.seals, 'seal')}: all as written ({found.unsealed} not sealed yet)"
    )
    out.print(f"head {found.head}")


@audit.command("seal")
@click.pass_obj
def audit_seal(open_it: Callable[[], Workspace]) -> None:
    """Seal the journal up to now (the worker does this by itself)."""
    ws = open_it()
    out.print(f"{n_of(seal_all(ws.clock.now()), 'seal')} made")


@main.group()
def plugins() -> None:
    """Installed plugins."""


@plugins.command("list")
@click.pass_obj
def plugins_list(open_it: Callable[[], Workspace]) -> None:
    """List installed plugins and whether they are on."""
    ws = open_it()
    on = {row.name for row in PluginRecord.select() if row.enabled}
    for name, plugin in sorted(ws.plugins.catalogue.plugins.items()):
        out.print(f"{'on ' if name in on else 'off'}  {name} {plugin.version}  {plugin.title.zh} · {plugin.title.en}")
    for name, reason in sorted(ws.plugins.catalogue.broken.items()):
        out.print(f"[red]broken[/red]  {name}: {reason}")


@plugins.command("on")
@click.argument("name")
@click.option("--set", "pairs", multiple=True, help="setting=value")
@click.pass_obj
def plugins_on(open_it: Callable[[], Workspace], name: str, pairs: tuple[str, ...]) -> None:
    """Switch a plugin on; every process follows within seconds."""
    settings = dict(pair.partition("=")[::2] for pair in pairs) if pairs else None
    switch_plugin(open_it(), name, True, shell_origin(), settings)


@plugins.command("off")
@click.argument("name")
@click.pass_obj
def plugins_off(open_it: Callable[[], Workspace], name: str) -> None:
    """Switch a plugin off; its events wait for it."""
    switch_plugin(open_it(), name, False, shell_origin())


for _command in (
    company_group,
    user_group,
    token_group,
    company_group,
    rules_group,
    people_group,
    backtest_command,
    import_command,
    dead_letters_command,
    deadline_command,
    doctor_command,
    run_command,
    web_command,
    worker_command,
    demo_command,
    why_command,
    why_not_command,
):
    main.add_command(_command)
