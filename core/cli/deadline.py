"""`clew deadline`: how a deadline came about, step by step, in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.markup import escape

from ..errors import NotFound
from ..kinds import Deadline
from ..timeline.derivation import DeadlineDerivation, derivation_of
from ..workspace import Workspace
from .terminal import language

out = Console(highlight=False, soft_wrap=True)
_MARKS = {"start": "▷", "end": "✓", "night": "☾", "closed": "–", "leave": "–", "pause": "‖", "handed_over": "→"}


@click.command("deadline")
@click.argument("deadline_id")
@click.pass_obj
def deadline_command(open_it: Callable[[], Workspace], deadline_id: str) -> None:
    """Show how the moment at which a deadline is due came about, step by step."""
    ws = open_it()
    row = Deadline.get_or_none(Deadline.id == deadline_id) if deadline_id.isalnum() else None
    if row is None:
        raise NotFound(f"没有时限「{deadline_id[:40]}」。", f"there is no deadline {deadline_id[:40]!r}")
    for line in lines_of(derivation_of(ws, row), language()):
        out.print(line)


def lines_of(found: DeadlineDerivation, lang: str) -> Iterator[str]:
    """Yield a derivation as lines of rich markup."""
    owner = f"{found.owner} · " if found.owner else ""
    yield f"[bold]{escape(owner + found.name)}[/bold]"
    arrow = "→" if found.state != "paused" else ("→ 暂停" if lang == "zh" else "→ paused")
    due = "" if found.state == "paused" else found.due.for_locale(lang)
    yield f"[bold]{escape(f'{found.amount.for_locale(lang)} {arrow} {due}')}[/bold]"
    yield f"[dim]{escape(found.calendar.for_locale(lang))} · {found.zone}[/dim]"
    for step in found.steps:
        counted = "—" if step.counted is None else span(step.counted, found.unit)
        text = f"{_MARKS.get(step.what, '·')} {step.label.for_locale(lang)}"
        note = f"  {step.note.for_locale(lang)}" if step.note.zh else ""
        line = escape(f"{text}{note}  {counted}  {span(step.total, found.unit)}")
        yield f"[dim]{line}[/dim]" if step.counted is None and step.what not in ("start", "end") else line
    for note_ in found.notes:
        yield f"[yellow]![/yellow] {escape(note_.for_locale(lang))}"


def span(count: int, unit: str) -> str:
    """Return what was counted: minutes as 7:30, days as they are."""
    return str(count) if unit == "days" else f"{count // 60}:{count % 60:02d}"
