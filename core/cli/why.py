"""`clew why` and `clew why-not`: explanations to read in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape

from .. import why as explaining
from ..journal.origin import SYSTEM
from ..why import lead_named
from ..why.format_text import derivation_words, moment_words, who_words
from ..workspace import Workspace

out = Console(highlight=False, soft_wrap=True)
_MARKS = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: "[dim]–[/dim]"}


@click.command("why")
@click.argument("what", nargs=-1, required=True)
@click.option("--field", default="", help="the newest change of one field: owner, stage, budget, …")
@click.pass_obj
def why_command(open_it: Callable[[], Workspace], what: tuple[str, ...], field: str) -> None:
    """Explain a lead (id, external id or company), or a record: KIND ID.

    KIND is lead, task, notification, deadline, contract, customer, …, or owner, stage, escalation,
    outcome, lock, message, badge.
    """
    ws = open_it()
    if len(what) == 2:
        found = explaining.why(ws, what[0], what[1], SYSTEM.actor, field)
    else:
        found = explaining.why(ws, "lead", lead_named(" ".join(what)).id, SYSTEM.actor, field)
    for text in why_lines(found, language(), ws.settings.zone):
        out.print(text)


@click.command("why-not")
@click.argument("code")
@click.argument("lead", required=False)
@click.option("--seq", type=int, help="the event's line of the journal, instead of the record's newest")
@click.option("--kind", default="lead", show_default=True, help="the kind of record that LEAD is the id of")
@click.pass_obj
def why_not_command(open_it: Callable[[], Workspace], code: str, lead: str | None, seq: int | None, kind: str) -> None:
    """Say why the rule CODE did not fire on a LEAD (id, external id or company), or that it did."""
    ws = open_it()
    record_id = lead_named(lead).id if lead and kind == "lead" else lead
    found = explaining.why_not(ws, code, SYSTEM.actor, record_id, seq, kind=kind)
    for text in why_not_lines(found, language(), ws.settings.zone):
        out.print(text)


def language() -> str:
    """Return the language of the terminal."""
    from .terminal import speaks_chinese

    return "zh" if speaks_chinese() else "en"


def why_lines(found: explaining.Why, lang: str, zone: ZoneInfo) -> Iterator[str]:
    """Yield the chain as lines of rich markup, the effect on top."""
    yield f"[bold]{escape(found.title.for_locale(lang))}[/bold]"
    for link in found.links:
        mark = "○" if link.origin else "●"
        seq = f"[dim]{moment_words(link.at, zone)} · {'台账' if lang == 'zh' else 'journal'} #{link.seq}[/dim]"
        yield f"[blue]{mark}[/blue] [bold]{escape(link.what.for_locale(lang))}[/bold]  {seq}"
        side = " " if link is found.links[-1] else "[blue]│[/blue]"
        for text in _details(link, lang, zone):
            yield f"{side}   {text}"
    yield f"[dim]{escape(found.command)}[/dim]"


def why_not_lines(found: explaining.WhyNot, lang: str, zone: ZoneInfo) -> Iterator[str]:
    """Yield the judgement as lines of rich markup."""
    title, version = escape(found.title.for_locale(lang)), f" v{found.version}" if found.version else ""
    fired = found.verdict == "fired"
    if lang == "zh":
        yield f"[bold]「{title}」{version} {'触发了' if fired else '为什么没有触发？'}[/bold]"
    else:
        yield f"[bold]“{title}”{version}: {'it fired' if fired else 'why did it not fire?'}[/bold]"
    if found.at:
        event = f"{found.event.for_locale(lang)} · {'台账' if lang == 'zh' else 'journal'} #{found.line}"
        yield f"[dim]{moment_words(found.at, zone)} · {escape(event)}[/dim]"
    yield escape(found.said.for_locale(lang))
    yield from _clauses(found.clauses, lang)
    if found.change.zh:
        yield f"[cyan]→[/cyan] {escape(found.change.for_locale(lang))}"
    for gap in found.gaps:
        yield f"[yellow]![/yellow] {escape(gap.for_locale(lang))}"


def _details(link: explaining.Link, lang: str, zone: ZoneInfo) -> Iterator[str]:
    yield escape(who_words(link.who, lang, zone))
    for field, before, after in link.changes:
        yield escape(f"{field.for_locale(lang)}: {before.for_locale(lang)} → {after.for_locale(lang)}")
    if link.reason:
        yield escape(link.reason)
    yield from _clauses(link.facts, lang)
    if link.derivation:
        yield escape(derivation_words(link.derivation, lang, zone))
    if link.note.zh:
        yield f"[dim]{escape(link.note.for_locale(lang))}[/dim]"


def _clauses(clauses: tuple[explaining.Seen, ...], lang: str) -> Iterator[str]:
    for one in clauses:
        value = one.value.for_locale(lang)
        said = f"  [dim]{escape(value)}[/dim]" if value else ""
        yield f"{'  ' * (one.depth + 1)}{_MARKS[one.holds]} {escape(one.words.for_locale(lang))}{said}"
