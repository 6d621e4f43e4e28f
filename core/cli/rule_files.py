"""`clew rules export`, `import`, `check`, `test`: the rulebook and its files in Git."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from ...hooks.text import n_of
from ...rules.checks.check import check
from ...rules.coverage.loss import Loss
from ...rules.language.documents import Rule
from ...rules.packs.reading import load_pack
from ..rulebook.coverage import BROUGHT_BACK, in_force, is_back, taken_away
from ..rulebook.documents import rules_of, vocabulary_of
from ..rulebook.files import export, import_rules, incoming, refuse_unknown
from ..rulebook.overview import entries, names_in
from ..rulebook.testing import run_tests
from ..workspace import Workspace
from .terminal import out, read_text, readable, said, shell_origin

Opener = Callable[[], Workspace]
_PATHS = click.Path(path_type=Path)
_ENDINGS = (".yaml", ".yml")


@click.command("export")
@click.argument("codes", nargs=-1)
@click.argument("to")
@click.option("--all", "everything", is_flag=True, help="all rules in force (so it is without CODES)")
@click.pass_obj
def export_command(open_it: Opener, codes: tuple[str, ...], to: str, everything: bool) -> None:
    """Write rules in force (CODES, or all) as YAML packs into the folder TO, or to the screen for -.

    The order is the packs' own, so that changing one rule changes its lines alone.
    """
    open_it()
    packs = export(None if everything or not codes else codes)
    if to == "-":
        click.echo("---\n".join(packs.values()), nl=False)
        return
    folder = Path(to)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in packs.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(said(f"写不了 {to}：{error}", f"can't write {to}: {error}")) from None
    count = len(packs)
    out.print(said(f"{count} 个规则包写到了 {to}", f"{count} packs written to {to}"))


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=_PATHS)
@click.option("--dry-run", is_flag=True, help="show what would change; write nothing")
@click.pass_obj
def import_command(open_it: Opener, paths: tuple[Path, ...], dry_run: bool) -> None:
    """Make drafts of the rules in PATHS (YAML packs, or folders of them) that are new or changed.

    What is in force stays until a colleague approves. Nothing is written if one file is wrong.
    """
    ws = open_it()
    with readable():
        found = incoming(_texts(paths))
    for one in found:
        if one.change == "same":
            continue
        what = said("新规则", "new") if one.change == "new" else said("有改动", "changed")
        out.print(f"[bold]{escape(one.code)}[/bold] {what}")
        if one.row is not None:
            show_losses(taken_away(ws, in_force(one.row), one.document), is_back(one.row))
        for each in one.differences:
            mark, colour = {"added": ("+", "green"), "removed": ("−", "red"), "changed": ("±", "blue")}[each.kind]
            out.print(f"  [{colour}]{mark}[/{colour}] {escape(said(each.zh, each.en))}", soft_wrap=True)
    same = sum(one.change == "same" for one in found)
    refuse_unknown(ws, found)
    if dry_run:
        fresh = len(found) - same
        out.print(
            said(
                f"试运行：{fresh} 条会成为草稿，{same} 条没有差别",
                f"dry run: {fresh} would be drafts, {same} are the same",
            )
        )
        return
    made = import_rules(ws, found, shell_origin())
    out.print(said(f"{len(made)} 条成为草稿，{same} 条没有差别", f"drafts made: {len(made)}; unchanged: {same}"))


@click.command("check")
@click.argument("paths", nargs=-1, type=_PATHS)
@click.pass_obj
def check_command(open_it: Opener, paths: tuple[Path, ...]) -> None:
    """Check the rules in force, with those of PATHS in their place; exit 1 if there is an error."""
    ws = open_it()
    documents = _documents(ws, paths)
    with readable():
        rules, mine = _together(ws, documents)
        findings = check(rules, vocabulary_of(ws), ws.clock.now())
    shown = [one for one in findings if not documents or mine & set(one.rules)]
    for one in shown:
        mark = {"error": "[red]✗[/red]", "warning": "[yellow]![/yellow]"}.get(one.level, "[dim]·[/dim]")
        where = f"{', '.join(one.rules)} {one.path}".strip()
        out.print(f"{mark} [bold]{escape(where)}[/bold] {escape(said(one.zh, one.en))}", soft_wrap=True)
        if one.witness is not None:
            facts = said("；", "; ").join(f"{name} = {value}" for name, value in one.witness.items())
            out.print(
                f"    {said('例', 'example')}: {escape(f'{one.event}  {facts}'.strip())}", style="dim", soft_wrap=True
            )
        for repair in one.repairs:
            out.print(
                f"    {said('改法', 'repair')}: {escape(said(repair.zh, repair.en))}", style="dim", soft_wrap=True
            )
    errors = sum(one.level == "error" for one in shown)
    out.print(
        said(
            f"{len(rules)} 条规则，{errors} 个错误，{len(shown) - errors} 个提醒",
            f"{n_of(len(rules), 'rule')}, {n_of(errors, 'error')}, {n_of(len(shown) - errors, 'warning')}",
        )
    )
    if errors:
        raise SystemExit(1)


@click.command("test")
@click.argument("paths", nargs=-1, type=_PATHS)
@click.pass_obj
def test_command(open_it: Opener, paths: tuple[Path, ...]) -> None:
    """Run the test cases of the rules in force, or of those in PATHS put in their place; exit 1 if one fails."""
    ws = open_it()
    documents = _documents(ws, paths)
    with readable():
        rules, _ = _together(ws, documents)
        tested = documents or [one.row.document for one in entries(ws) if one.row and "published" in one.states]
        results = run_tests(rules, tested, ws.settings.zone)
    for one in results:
        mark = "[green]✓[/green]" if one.passed else "[red]✗[/red]"
        out.print(f"{mark} {one.code}  {escape(said(one.title.zh, one.title.en))}", soft_wrap=True)
        if not one.passed:
            out.print(f"    {escape(said(one.zh, one.en))}", soft_wrap=True)
    failed = sum(not one.passed for one in results)
    out.print(said(f"{len(results)} 个用例，{failed} 个没有通过", f"{len(results)} cases, {failed} failed"))
    if failed:
        raise SystemExit(1)


def show_losses(found: Iterable[Loss], back: bool = False) -> None:
    """Print what a change takes away, one a line, and whether it brings a retired rule back."""
    if back:
        out.print(f"  [yellow]! {escape(said(BROUGHT_BACK.zh, BROUGHT_BACK.en))}[/yellow]", soft_wrap=True)
    for one in found:
        colour = "yellow" if one.level == "undecided" else "red"
        out.print(f"  [{colour}]! {escape(said(one.zh, one.en))}[/{colour}]", soft_wrap=True)


def _texts(paths: Iterable[Path]) -> dict[str, str]:
    files: list[Path] = []
    for path in paths:
        files += sorted(p for p in path.iterdir() if p.suffix in _ENDINGS) if path.is_dir() else [path]
    if not files:
        raise click.ClickException(said("没有找到 YAML 文件", "no YAML file found"))
    return {str(path): read_text(path) for path in files}


def _documents(ws: Workspace, paths: tuple[Path, ...]) -> list[dict[str, Any]]:
    if not paths:
        return []
    with readable():
        packs = [load_pack(text, name, vocabulary_of(ws)) for name, text in _texts(paths).items()]
    return [document for pack in packs for document in pack.documents]


def _together(ws: Workspace, documents: Iterable[Mapping[str, Any]]) -> tuple[list[Rule], set[str]]:
    """Return all rules in force with `documents` in the place of theirs, and the ids of the latter."""
    found = ws.loader.rules.by_code(ws.configuration.plugins)
    mine: set[str] = set()
    for document in documents:
        found[str(document["id"])] = rules_of(document)
        mine |= {str(document["id"]), *names_in(document)}
    return [rule for _, some in sorted(found.items()) for rule in some], mine
