"""`clew import`: leads, outcomes and records of any kind from CSV and spreadsheet files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text as RichText

from ...hooks.text import Text, n_of
from ...rules.language.errors import RuleError
from ..errors import ClewError
from ..intake.importing.importer import Imported, import_origin, run_history, run_plan
from ..intake.importing.mapping import FileMapping, Source, bundled, guess_mapping, read_mapping, source_for
from ..intake.importing.plan import Plan, make_plan, refuse_doubts
from ..intake.importing.refusals import write_refusals
from ..intake.importing.tables import Table, read_table
from ..journal.origin import Origin
from ..rulebook.pack_files import install_pack
from ..storage.system_tables import Dispatch
from ..workspace import Workspace

out = Console()
_PATH = click.Path(dir_okay=False, path_type=Path)


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> RichText:
        return RichText(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=_PATH)
@click.option(
    "--as",
    "kind",
    default="lead",
    show_default=True,
    help="what each row becomes: a lead, an outcome, or any kind of record",
)
@click.option("--mapping", type=_PATH, help="which column becomes which field: a YAML file, or “olist”")
@click.option("--rules", "pack", type=_PATH, help="a rule pack to install first: a YAML file, or “olist_rules”")
@click.option("--dry-run", is_flag=True, help="check every row; write nothing to the database")
@click.option("--history", is_flag=True, help="each row happens at its own time (stop the workers first)")
@click.option("--errors", "errors", type=_PATH, help="where refused rows go [default: FILE.errors.csv]")
@click.pass_obj
def import_command(  # noqa: PLR0913 - one argument an option of the command
    open_it: Callable[[], Workspace],
    files: tuple[Path, ...],
    kind: str,
    mapping: Path | None,
    pack: Path | None,
    dry_run: bool,
    history: bool,
    errors: Path | None,
) -> None:
    """Import FILES. What can't be imported goes to a file that can be mended and fed again; exit code 1 says so."""
    tables = [read_table(path) for path in files]
    _check_errors_path(errors, files)
    ws = open_it()
    read = read_mapping(ws, mapping, kind) if mapping else None
    parts = [_part(ws, table, read, kind) for table in tables]
    origin = import_origin(os.environ.get("SUDO_USER") or os.environ.get("USER") or "root", ", ".join(map(str, files)))
    if pack and not dry_run:
        _install(ws, pack, origin.because(pack.name))
    plan = make_plan(ws, parts, history)
    refuse_doubts(plan)
    for note in plan.notes:
        _say(note.zh, note.en)
    if dry_run:
        done = Imported(known=plan.known + plan.repeated, refused=plan.refused)
        _say(
            f"试算：{plan.rows} 行，可导入 {len(plan.pending)}",
            f"Dry run: {n_of(plan.rows, 'row')}, {len(plan.pending)} good",
        )
    else:
        before = _dead_letters()
        with _progress() as progress:
            task = progress.add_task(escape(files[0].name), total=len(plan.pending))
            done = _run(ws, plan, origin, history, read, lambda: progress.advance(task))
        _say(f"{plan.rows} 行，导入 {done.created}", f"{n_of(plan.rows, 'row')}, {done.created} imported")
        if dead := _dead_letters() - before:
            _say(f"{dead} 个事件处理不了，见控制台的死信", f"{n_of(dead, 'event')} set aside: see dead letters")
    if done.left:
        item, names = done.left[0]
        labels = {name: one.label for name, one in item.target.labelled()}
        zh, en = "、".join(labels[name].zh for name in names), ", ".join(labels[name].en for name in names)
        _say(
            f"{len(done.left)} 行的联系人已在，和文件不同的没有改，例：第 {item.row.line} 行的{zh}",
            f"{n_of(len(done.left), 'row')} of a contact who is there: left as it is, e.g. line {item.row.line}: {en}",
        )
    if done.known:
        _say(f"{done.known} 行先前已导入，跳过", f"{n_of(done.known, 'row')} there already")
    if done.refused:
        _say(
            f"{len(done.refused)} 行未导入，改好后用同样的命令再导：",
            f"{n_of(len(done.refused), 'row')} refused; mend and feed:",
        )
        for path in write_refusals(done.refused, errors):
            out.print(f"  {path}", highlight=False, markup=False, soft_wrap=True)
        raise SystemExit(1)


def _run(
    ws: Workspace, plan: Plan, origin: Origin, history: bool, read: FileMapping | None, advance: Callable[[], None]
) -> Imported:
    if history:
        return run_history(ws, plan, origin, read.until if read else None, advance)
    return run_plan(plan, origin, advance)


def _part(ws: Workspace, table: Table, read: FileMapping | None, kind: str) -> tuple[Table, Source]:
    source = source_for(read or guess_mapping(ws, table, kind)[0], table)
    used = set(source.used())
    if unknown := [name for name in table.columns if name not in used]:
        zh, en = (
            ("没有用到、未导入的列", "Columns not used and left out")
            if read
            else ("不认识、未导入的列", "Columns not known and left out")
        )
        _say(f"{zh}：{'、'.join(unknown)}", f"{en}: {', '.join(unknown)}")
    return table, source


def _install(ws: Workspace, pack: Path, origin: Origin) -> None:
    try:
        text = pack.read_text(encoding="utf-8") if pack.exists() else bundled(pack.name)
        count = install_pack(ws, text, origin, pack.name)
    except (OSError, UnicodeDecodeError) as error:
        raise ClewError(f"读不了规则包「{pack}」：{error}", f"can't read the rule pack {pack}: {error}") from None
    except RuleError as error:
        raise ClewError(str(error), str(error)) from None
    _say(f"规则包 {pack.name}：{count} 条新增或更新", f"Rule pack {pack.name}: {n_of(count, 'rule')} new or changed")


def _check_errors_path(errors: Path | None, files: tuple[Path, ...]) -> None:
    if errors and len(files) > 1:
        raise click.UsageError("--errors goes with one file; several get their own FILE.errors.csv")
    if errors and errors.resolve() == files[0].resolve():
        raise click.UsageError("--errors must not be the file that is read")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=out,
    )


def _dead_letters() -> int:
    return int(Dispatch.select().where(Dispatch.state == "dead").count())


def _say(zh: str, en: str) -> None:
    # The language is the main command's to tell, and it imports this module.
    from .terminal import speaks_chinese

    out.print(
        Text(zh, en).for_locale("zh" if speaks_chinese() else "en"), highlight=False, markup=False, soft_wrap=True
    )
