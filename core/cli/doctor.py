"""`clew doctor`: what a company still lacks, on the command line."""

from __future__ import annotations

from collections.abc import Callable

import click
from rich.console import Console

from ...hooks.text import n_of
from ..company.readiness import readiness
from ..workspace import Workspace
from .terminal import language, said

out = Console()


@click.command("doctor")
@click.pass_obj
def doctor_command(open_it: Callable[[], Workspace]) -> None:
    """Look at what a lead needs on its way; exit 1 if something is lacking."""
    found = readiness(open_it())
    for one in found:
        mark = "[green]✓[/green]" if one.ok else "[red]✗[/red]"
        out.print(f"{mark} {one.title.for_locale(language())}  ", end="")
        out.print(one.said.for_locale(language()), markup=False, highlight=False, soft_wrap=True)
    lacking = sum(not one.ok for one in found)
    if lacking:
        out.print(said(f"还差 {lacking} 项", f"{n_of(lacking, 'thing')} lacking"))
        raise SystemExit(1)
    out.print(said("都准备好了", "all is ready"))
