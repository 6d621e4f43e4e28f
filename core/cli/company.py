"""`clew company export`, `import`: the company as a folder of YAML, in Git and from one installation to another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from ...hooks.text import n_of
from ..company.portable.applying import Applied, apply
from ..company.portable.reading import read
from ..company.portable.writing import write
from ..errors import Invalid
from ..workspace import Workspace
from .terminal import language, out, said, shell_origin

Opener = Callable[[], Workspace]
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group("company")
def company_group() -> None:
    """The company as files: teams, people, roles, fields, processes, calendars, plugins, rules."""


@company_group.command("export")
@click.argument("folder", type=_FOLDER)
@click.pass_obj
def export_command(open_it: Opener, folder: Path) -> None:
    """Write the company into FOLDER, a file a kind of record. Passwords, keys and records of customers stay here."""
    try:
        files = write(open_it(), folder)
    except OSError as error:
        raise click.ClickException(said(f"写不了 {folder}：{error}", f"can't write {folder}: {error}")) from None
    out.print(said(f"{len(files)} 个文件写到了 {folder}", f"{n_of(len(files), 'file')} written to {folder}"))


@company_group.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="try everything and keep nothing")
@click.option("--replace", is_flag=True, help="retire what FOLDER does not speak of; asks first")
@click.option("--yes", is_flag=True, help="do not ask")
@click.pass_obj
def import_command(open_it: Opener, folder: Path, dry_run: bool, replace: bool, yes: bool) -> None:
    """Make the company what FOLDER says: all of it, or nothing if one file is wrong.

    What the folder does not speak of stays, but for --replace. Done twice, it changes nothing.
    """
    ws = open_it()
    origin = shell_origin(f"company import {folder.name}")
    try:
        given = read(ws, folder)
        if replace and not dry_run and not yes:
            _ask(apply(ws, given, origin, dry_run=True, replace=True))
        applied = apply(ws, given, origin, dry_run=dry_run, replace=replace)
    except Invalid as error:
        for problem in error.problems:
            where = f"[bold]{escape(problem.field)}[/bold]  " if problem.field else ""
            out.print(f"[red]✗[/red] {where}{escape(problem.text.for_locale(language()))}")
        count = len(error.problems)
        raise click.ClickException(
            said(f"{count} 处有问题，什么都没有写", f"{count} problems, so nothing was written")
        ) from None
    out.print(_table(ws, applied))
    if replace:
        _say_retired(applied)
    for note in applied.notes:
        out.print(f"[yellow]![/yellow] {escape(note.for_locale(language()))}")
    if dry_run:
        out.print(said("试运行：什么都没有写", "a dry run: nothing was written"))
    elif not applied.anything:
        out.print(said("公司已经是这样，没有改动", "the company is like that already: nothing changed"))


def _ask(applied: Applied) -> None:
    """Say what would be retired, and end here unless it is meant."""
    if applied.retired:
        _say_retired(applied)
        count = len(applied.retired)
        click.confirm(said(f"停用这 {count} 条？", f"Retire these {count}?"), abort=True)


def _say_retired(applied: Applied) -> None:
    for kind, name in applied.retired:
        out.print(f"[red]−[/red] {kind}  {escape(name)}  {said('停用', 'retired')}")


def _table(ws: Workspace, applied: Applied) -> Table:
    table = Table(
        said("资料", "Records"), said("新建", "made"), said("修改", "changed"), said("不变", "as it was"), box=None
    )
    for kind in dict.fromkeys((*applied.made, *applied.changed, *applied.same)):
        title = ws.kinds[kind].title if kind in ws.kinds else None
        name = title.for_locale(language()) if title is not None else kind
        counts = (counter[kind] for counter in (applied.made, applied.changed, applied.same))
        table.add_row(name, *(str(count) for count in counts))
    return table
