"""`clew rules`: read the rulebook, try a rule, submit a draft, roll back, retire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from ...hooks.text import n_of
from ...rules.language.actions import Action
from ...rules.language.dumping import dump_document
from ...rules.wording.sentences import action_words, clause_words, value_words
from ..company.switches import switch_rule
from ..journal.origin import SYSTEM
from ..kinds import RuleRecord, RuleVersion
from ..rulebook.compare import Difference, compare
from ..rulebook.coverage import in_force, is_back, taken_away
from ..rulebook.documents import title_of, vocabulary_of
from ..rulebook.moments import AS_OF_NOW, Moment
from ..rulebook.overview import STATES, Entry, entries, entry_of, in_words, open_version, versions_of
from ..rulebook.publishing import retire, rollback
from ..rulebook.trial import Trial, When, moments_for, trial, trial_for
from ..rulebook.versions import numbered_version, submit
from ..why import lead_named
from ..workspace import Workspace
from .rule_files import check_command, export_command, import_command, show_losses, test_command
from .rule_undo import undo_command
from .terminal import language, moment, out, read_text, readable, said, shell_origin, short

Opener = Callable[[], Workspace]
_COLOURS = {"published": "green", "review": "yellow", "draft": "blue", "scheduled": "blue"}


@click.group("rules")
def rules_group() -> None:
    """The rules: read, check, try, bring from Git and back, roll back, undo."""


@rules_group.command("list")
@click.option("--state", type=click.Choice(list(STATES)), help="only rules that are this")
@click.option("--pack", default="", help="only rules of this pack")
@click.pass_obj
def list_command(open_it: Opener, state: str | None, pack: str) -> None:
    """List the rules with their state, how often they fired in 30 days, and what they say."""
    ws = open_it()
    found = [one for one in entries(ws) if (not state or state in one.states) and (not pack or pack == one.pack)]
    table = Table(box=None, pad_edge=False)
    for zh, en in (("代号", "code"), ("状态", "state"), ("30 天", "30 days"), ("规则", "rule")):
        table.add_column(said(zh, en), justify="right" if en == "30 days" else "left", no_wrap=en == "code")
    for one in found:
        table.add_row(one.code, _states(one), str(one.fired), escape(one.title.for_locale(language())))
    out.print(table)
    on = sum("published" in one.states for one in found)
    out.print(said(f"共 {len(found)} 条，{on} 条生效中", f"{n_of(len(found), 'rule')}, {on} in force"), style="dim")


@rules_group.command("show")
@click.argument("code")
@click.option("--version", "number", type=int, help="this version instead of the one in force")
@click.option("--yaml", "as_yaml", is_flag=True, help="the document alone, as YAML")
@click.pass_obj
def show_command(open_it: Opener, code: str, number: int | None, as_yaml: bool) -> None:
    """Show one rule: its sentence, its state, its document."""
    ws = open_it()
    entry = entry_of(ws, code)
    document = entry.document if number is None else numbered_version(code, number).document
    text = dump_document(document)
    if as_yaml:
        click.echo(text, nl=False)
        return
    chosen = language()
    out.print(f"[bold]{escape(title_of(document).for_locale(chosen))}[/bold]  {_states(entry)}")
    if entry.trouble is not None:
        out.print(f"[red]✗[/red] {escape(said(entry.trouble.zh, entry.trouble.en))}")
    for problem in said(entry.missing.zh, entry.missing.en).splitlines() if entry.missing is not None else ():
        out.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
    if sentence := in_words(ws, document).for_locale(chosen):
        out.print(escape(sentence), soft_wrap=True)
    out.print()
    out.print(escape(text), end="", soft_wrap=True)


@rules_group.command("versions")
@click.argument("code")
@click.pass_obj
def versions_command(open_it: Opener, code: str) -> None:
    """List every version of a rule: who wrote and approved it, and when it was in force."""
    ws = open_it()
    entry_of(ws, code)
    zone = ws.settings.zone
    table = Table(box=None, pad_edge=False)
    for zh, en in (("版本", "version"), ("状态", "state"), ("作者", "author"), ("批准", "approved by")):
        table.add_column(said(zh, en))
    for zh, en in (("生效", "in force"), ("止于", "until"), ("说明", "note")):
        table.add_column(said(zh, en))
    for one in versions_of(code):
        moments = (short(one.published_at, zone), short(one.retired_at, zone))
        table.add_row(
            f"v{one.number}", _version_state(one), one.author_name, one.reviewer_name or "—", *moments, escape(one.note)
        )
    out.print(table)


@rules_group.command("compare")
@click.argument("code")
@click.argument("a", type=int)
@click.argument("b", type=int)
@click.pass_obj
def compare_command(open_it: Opener, code: str, a: int, b: int) -> None:
    """Say what changed from version A to version B."""
    ws = open_it()
    first, second = (numbered_version(code, number) for number in (a, b))
    show_losses(taken_away(ws, first.document, second.document))
    show_differences(compare(first.document, second.document))


@rules_group.command("try")
@click.argument("code")
@click.argument("lead", required=False)
@click.option(
    "--facts", "facts_file", type=click.Path(dir_okay=False, path_type=Path), help="made-up facts: a JSON file"
)
@click.option("--event", help="the event that comes [default: the rule's first trigger]")
@click.option("--seq", type=click.IntRange(1, 2**63 - 1), help="the journal's line that set the rule off")
@click.option("--at", help="as if the event had come at a past moment, such as 2026-11-24T09:00")
@click.option("--now", is_flag=True, help="as if the event came now")
@click.pass_obj
def try_command(
    open_it: Opener, /, code: str, lead: str | None, facts_file: Path | None, event: str | None, **when: Any
) -> None:
    """Try a rule on a LEAD (id, external id or company) or on made-up facts. Writes nothing.

    A lead is tried as the rules met it at the newest event that the rule listens to; the moments there were are
    listed, for --seq to choose another.
    """
    if (lead is None) == (facts_file is None):
        raise click.UsageError(said("请给出一条线索，或 --facts 文件", "give a LEAD, or --facts FILE"))
    ws = open_it()
    entry = entry_of(ws, code)
    document = entry.open.document if entry.open is not None else entry.document
    if sum(map(bool, when.values())) > 1:
        raise click.UsageError(said("--seq、--at、--now 只能给一个", "give one of --seq, --at, --now"))
    then = moment(when["at"], ws.settings.zone) if when["at"] else None
    with readable():
        if lead is None:
            tried = trial(ws, document, None, event, then, _facts(facts_file))
        else:
            lead_id = lead_named(lead).id
            tried = trial_for(ws, SYSTEM.actor, document, lead_id, event, When(when["seq"], then, when["now"]))
            _show_moments(ws, moments_for(ws, SYSTEM.actor, document, lead_id, event), tried)
    name = f"v{document.get('version', 1)}"
    if tried.fired:
        out.print(f"[green]✓[/green] {said(f'{name} 会触发：', f'{name} would fire:')}")
        for one in tried.decisions:
            for action, args in one.items():
                words = action_words(Action(action, args), vocabulary_of(ws), language())
                out.print(f"  → {escape(words)}", soft_wrap=True)
    else:
        out.print(said(f"– {name} 不会触发", f"– {name} would not fire"))
    for clause in _clauses(ws, tried):
        out.print(clause, soft_wrap=True)


@rules_group.command("submit")
@click.argument("code")
@click.option("--note", default="", help="what the reviewer should know")
@click.option("--backtest", help="the id of a backtest to attach")
@click.pass_obj
def submit_command(open_it: Opener, code: str, note: str, backtest: str | None) -> None:
    """Ask for the approval of a rule's draft; a person approves it in the console."""
    ws = open_it()
    draft = open_version(code)
    if draft is None:
        raise click.ClickException(
            said(f"规则「{code}」没有草稿；先编辑或导入。", f"rule {code!r} has no draft: edit it, or import one")
        )
    row = RuleRecord.get_or_none(RuleRecord.code == code)
    show_losses(taken_away(ws, in_force(row), draft.document), is_back(row))
    sent = submit(ws, draft.id, note, shell_origin(), backtest)
    out.print(said(f"第 {sent.number} 版已提交审批", f"version {sent.number} waits for approval"))


@rules_group.command("approve")
@click.argument("code")
def approve_command(code: str) -> None:
    """Refused: a person approves, in the console or with a token of their own over the API."""
    raise click.ClickException(
        said(
            f"批准须由一位成员本人来做（四眼原则）：打开控制台的 /approvals/，或用本人的令牌 "
            f"POST /api/v1/rules/{code}/approve。",
            f"a person has to approve (four eyes): open /approvals/ in the console, or with a token of your own "
            f"POST /api/v1/rules/{code}/approve",
        )
    )


@rules_group.command("rollback")
@click.argument("code")
@click.argument("number", type=int)
@click.option("--reason", default="", help="why; it is journalled")
@click.pass_obj
def rollback_command(open_it: Opener, code: str, number: int, reason: str) -> None:
    """Put version NUMBER of a rule in force again, at once, as a new version."""
    made = rollback(open_it(), code, number, shell_origin(reason[:300]))
    words = said(
        f"第 {number} 版的内容作为第 {made.number} 版生效", f"version {number} is in force as version {made.number}"
    )
    out.print(words)


@rules_group.command("retire")
@click.argument("code")
@click.option("--reason", default="", help="why; it is journalled")
@click.option("--yes", is_flag=True, help="don't ask")
@click.pass_obj
def retire_command(open_it: Opener, code: str, reason: str, yes: bool) -> None:
    """Take a rule out of force for good; only a rollback or a new version brings it back."""
    ws = open_it()
    title = entry_of(ws, code).title.for_locale(language())
    if not yes:
        click.confirm(said(f"让规则「{title}」退役？", f"Retire the rule “{title}”?"), abort=True)
    retire(ws, code, shell_origin(reason[:300]))
    out.print(said(f"「{title}」已退役", f"“{title}” is retired"))


@rules_group.command("on")
@click.argument("code")
@click.pass_obj
def on_command(open_it: Opener, code: str) -> None:
    """Switch a rule on."""
    switch_rule(open_it(), code, True, shell_origin())


@rules_group.command("off")
@click.argument("code")
@click.pass_obj
def off_command(open_it: Opener, code: str) -> None:
    """Switch a rule off."""
    switch_rule(open_it(), code, False, shell_origin())


def show_differences(found: list[Difference]) -> None:
    """Print differences, one a line."""
    if not found:
        out.print(said("没有差别", "no difference"))
    for one in found:
        mark, colour = {"added": ("+", "green"), "removed": ("−", "red"), "changed": ("±", "blue")}[one.kind]
        out.print(f"  [{colour}]{mark}[/{colour}] {escape(said(one.zh, one.en))}", soft_wrap=True)


def _states(entry: Entry) -> str:
    words = []
    for state in entry.states:
        number = entry.open.number if state in ("draft", "review", "scheduled") and entry.open else entry.version
        colour = _COLOURS.get(state, "dim")
        words.append(f"[{colour}]v{number} {STATES[state].for_locale(language())}[/{colour}]")
    if entry.trouble is not None:
        words.append(f"[red]{said('加载不了', 'not loaded')}[/red]")
    if entry.missing is not None:
        words.append(f"[red]{said('名称不在了', 'name gone')}[/red]")
    return " ".join(words)


def _version_state(version: RuleVersion) -> str:
    words = {
        "retired": ("已被替代", "replaced"),
        "discarded": ("已放弃", "discarded"),
        "approved": ("待生效", "scheduled"),
    }
    if version.state in words:
        return said(*words[version.state])
    return STATES[version.state].for_locale(language())


def _facts(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        found = json.loads(read_text(path))
    except ValueError as error:
        raise click.ClickException(said(f"{path} 不是 JSON：{error}", f"{path} is no JSON: {error}")) from None
    if not isinstance(found, dict):
        raise click.ClickException(said(f"{path} 应为 JSON 对象", f"{path} should hold a JSON object"))
    return found


def _show_moments(ws: Workspace, found: list[Moment], tried: Trial) -> None:
    """Print the moments at which the rule's events came to the record, the one tried marked, and what was taken as of then."""
    chosen = language()
    for one in found:
        mark = "→" if one.seq == tried.seq else " "
        who = f" · {one.who}" if one.who else ""
        words = f"{mark} #{one.seq}  {short(one.at, ws.settings.zone)}  {one.what.for_locale(chosen)}{who}"
        out.print(escape(words), style="bold" if one.seq == tried.seq else "dim", soft_wrap=True, highlight=False)
    if not found:
        out.print(said("它等待的事在这条线索上没有发生过", "the event it listens to never came to this lead"))
    if tried.seq is None:
        moment_words = short(tried.at, ws.settings.zone)
        out.print(said(f"按 {moment_words} 的样子试算", f"tried as things stood at {moment_words}"))
    else:
        out.print(escape(AS_OF_NOW.for_locale(chosen)), style="dim", soft_wrap=True)
    for gap in tried.gaps:
        out.print(escape(gap.for_locale(chosen)), style="yellow", soft_wrap=True)


def _clauses(ws: Workspace, tried: Trial) -> Iterator[str]:
    """Yield each clause of a rule's condition: whether it held, and the value it met. A table has too many."""
    if len(tried.explanations) > 1:
        return
    marks = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: "[dim]–[/dim]"}
    known, chosen = vocabulary_of(ws), language()
    for one in tried.explanation.root.walk():
        if one.leaf is None:
            continue
        words = clause_words(one.leaf, known, chosen)
        met = said("没有看到这一条", "not looked at")
        if one.holds is not None:
            value = value_words(one.leaf.name, one.value, known, chosen) if one.value is not None else "—"
            met = said(f"实际是 {value}", f"it was {value}")
        yield f"  {marks[one.holds]} {escape(words)}  [dim]{escape(met)}[/dim]"


for _command in (export_command, import_command, check_command, test_command, undo_command):
    rules_group.add_command(_command)
