"""`clew rules undo`: preview what undoing a version's effects would do, and do it."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import click
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from ...hooks.text import n_of
from ..journal.origin import SYSTEM
from ..rulebook.undo import undo
from ..rulebook.undo_plan import UndoPlan, undo_preview
from ..rulebook.version_effects import STANDINGS, meant_of, version_effects
from ..rulebook.versions import numbered_version
from ..timeline.describer import Describer
from ..timeline.rule_versions import Versions
from ..timeline.viewer import Viewer
from ..workspace import Workspace
from .terminal import language, moment, out, said, shell_origin, short

_SHOWN = 40


@click.command("undo")
@click.argument("code")
@click.argument("number", type=int, required=False)
@click.option("--since", help="from this moment on [default: since it was published]")
@click.option("--until", help="up to this moment [default: now]")
@click.option("--reason", default="", help="why; it is journalled")
@click.option("--yes", is_flag=True, help="undo without asking")
@click.pass_obj
def undo_command(
    open_it: Callable[[], Workspace],
    code: str,
    number: int | None,
    since: str | None,
    until: str | None,
    reason: str,
    yes: bool,
) -> None:
    """Undo what version NUMBER of a rule did: owners, tasks, unread messages, deadlines, fields.

    Without NUMBER the versions are listed with what each did, and the one that was rolled back is taken, else the one
    in force. The preview comes first, and writes nothing. What somebody changed since is kept.
    """
    ws = open_it()
    zone = ws.settings.zone
    if number is None:
        number = _chosen(code, zone)
    version = numbered_version(code, number)
    begin = moment(since, zone) if since else version.published_at or version.created_at
    end = moment(until, zone) if until else ws.clock.now()
    plan = undo_preview(ws, code, number, begin, end)
    span = f"{short(begin, zone)} – {short(end, zone)}"
    safe, kept = len(plan.safe), len(plan.items) - len(plan.safe)
    zh = f"第 {number} 版，{span}：可以撤销 {safe} 项，保留 {kept} 项"
    out.print(said(zh, f"version {number}, {span}: {n_of(safe, 'effect')} can be undone, {kept} to stay"))
    if plan.items:
        out.print(_table(plan, Describer(Viewer(ws, SYSTEM.actor), Versions())))
    if not safe:
        return
    if not yes:
        click.confirm(said(f"撤销这 {safe} 项？", f"Undo {n_of(safe, 'effect')}?"), abort=True)
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task(said("撤销", "undoing"), total=None)
        done = undo(
            ws, plan, shell_origin(reason[:300]), lambda far, of: progress.update(task, completed=far, total=of)
        )
    words = said(
        f"已撤销 {done.undone} 项，保留 {len(done.kept)} 项（台账 #{done.seq}）",
        f"{n_of(done.undone, 'effect')} undone, {len(done.kept)} kept (journal #{done.seq})",
    )
    out.print(words)


def _chosen(code: str, zone: ZoneInfo) -> int:
    """Print what each version did; return the one whose effects are meant."""
    found = version_effects(code)
    meant = meant_of(found)
    if meant is None:
        raise click.ClickException(said(f"规则「{code}」还没有生效过", f"rule {code!r} never was in force"))
    table = Table(box=None, pad_edge=False)
    for zh, en in (
        ("", ""),
        ("版本", "version"),
        ("状态", "state"),
        ("从", "from"),
        ("到", "until"),
        ("动过的记录", "records"),
    ):
        table.add_column(said(zh, en), justify="right" if en == "records" else "left")
    for one in found:
        until = short(one.until, zone) if one.until else said("现在", "now")
        state = STANDINGS[one.standing].for_locale(language())
        mark = "→" if one is meant else ""
        table.add_row(mark, f"v{one.number}", state, short(one.since, zone), until, f"{one.records:,}")
    out.print(table)
    return meant.number


def _table(plan: UndoPlan, describer: Describer) -> Table:
    chosen = language()
    table = Table(box=None, pad_edge=False)
    for zh, en in (("哪里", "what"), ("之前", "before"), ("现在", "now"), ("撤销", "undo")):
        table.add_column(said(zh, en))
    for item in plan.items[:_SHOWN]:
        deed = f"[green]{item.deed_words.for_locale(chosen)}[/green]"
        if not item.safe:
            deed = f"[dim]{said('保留', 'kept')}：{escape(item.reason.for_locale(chosen))}[/dim]"
        was, now = (describer.values(item.record_kind, one, True).for_locale(chosen) for one in (item.was, item.now))
        table.add_row(escape(item.label.for_locale(chosen)), escape(was) or "—", escape(now) or "—", deed)
    if len(plan.items) > _SHOWN:
        table.add_row(said(f"……共 {len(plan.items)} 项", f"… {len(plan.items)} in all"))
    return table
