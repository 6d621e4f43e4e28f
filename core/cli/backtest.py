"""`clew backtest`: live a period of the journal again under a draft, with a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ...hooks.text import n_of
from ...rules.language.yaml_source import read_yaml
from .. import backtest
from ..kinds import RuleVersion
from ..rulebook.versions import open_draft
from ..storage.system_tables import Backtest
from ..workspace import Workspace
from .terminal import language, moment, out, read_text, readable, said, shell_origin

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("backtest")
@click.argument("code", required=False)
@click.option("--draft", "drafts", type=_FILE, multiple=True, help="a rule document (YAML) to try; several go together")
@click.option("--since", help="from this moment on [default: 30 days ago]")
@click.option("--until", help="up to this moment [default: now]")
@click.pass_obj
def backtest_command(
    open_it: Callable[[], Workspace], code: str | None, drafts: tuple[Path, ...], since: str | None, until: str | None
) -> None:
    """Backtest the open draft of rule CODE, or files; with neither, today's rules against what happened.

    Nothing outside is touched. Ctrl C stops it and keeps what it has.
    """
    ws = open_it()
    # Both runs happen in processes of this machine: no worker has to be there, and none may take them.
    ws.queue.live = False
    zone = ws.settings.zone
    row = backtest.start(
        ws,
        [document for path in drafts for document in _documents(path)],
        version_ids=[_version(code).id] if code else [],
        since=moment(since, zone) if since else ws.clock.now() - timedelta(days=30),
        until=moment(until, zone) if until else None,
        origin=shell_origin(),
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out) as bar:
        task = bar.add_task(said("回放", "Replaying"), total=row.total)
        try:
            row = backtest.run(ws, row.id, lambda done, total: bar.update(task, completed=done, total=total))
        except KeyboardInterrupt:
            backtest.stop(ws, row.id, shell_origin())
            row = backtest.run(ws, row.id)
    _show(ws, row)


def _documents(path: Path) -> list[Mapping[str, Any]]:
    """Return the rule document of a file, or all of a pack's."""
    with readable():
        found = read_yaml(read_text(path), path.name)
    if not isinstance(found, Mapping):
        raise click.ClickException(said(f"{path} 不是规则文档", f"{path} is no rule document"))
    return list(found["rules"]) if isinstance(found.get("rules"), list) else [found]


def _version(code: str) -> RuleVersion:
    found = open_draft(code)
    if found is None:
        raise click.ClickException(said(f"规则「{code}」没有草稿", f"rule {code!r} has no draft"))
    return found


def _show(ws: Workspace, row: Backtest) -> None:
    if not row.result:
        out.print(said("停止时还没有开始。", "Stopped before it began."))
        return
    out.print(f"\n[bold]{escape(backtest.headline(row, ws.settings.zone).for_locale(language()))}[/bold]")
    run, figures = row.result["runs"]["candidate"], row.result["figures"]
    out.print(
        said(
            f"{run['lines']:,} 条台账，{run['rules']:,} 条规则，{run['seconds']:.1f} 秒",
            f"{n_of(run['lines'], 'journal line')}, {n_of(run['rules'], 'rule')}, {run['seconds']:.1f} s",
        ),
        style="dim",
    )
    if row.state == "stopped":
        out.print(
            said(f"已停止，覆盖到 {row.covered_until}", f"Stopped; it reaches to {row.covered_until}"), style="yellow"
        )
    table = Table(box=None, pad_edge=False)
    for words in (said("团队", "team"), said("升级", "escalations"), said("消息", "messages"), said("任务", "tasks")):
        table.add_column(words, justify="left" if not table.columns else "right")
    for team in row.result["teams"]:
        table.add_row(
            escape(team["name"]),
            *(f"{a:,} → {b:,}" for a, b in (team[n] for n in ("escalations", "messages", "tasks"))),
        )
    pairs = [figures[name] for name in ("escalations", "messages", "tasks")]
    table.add_row(said("合计", "all"), *(f"{a:,} → {b:,}" for a, b in pairs), style="bold")
    out.print(table)
    out.print(said(f"明细：控制台 /backtests/{row.id}", f"Records: /backtests/{row.id} in the console"), style="dim")
