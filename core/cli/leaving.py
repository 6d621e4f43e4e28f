"""`clew people …`: who works here, and switching somebody off with what they have in hand."""

from __future__ import annotations

from collections.abc import Callable

import click
from rich.console import Console

from ..errors import ClewError
from ..journal.origin import Origin
from ..kinds import User
from ..people import batches, leaving, roster
from ..people.in_hand import count_open
from ..people.tree import Tree
from ..workspace import Workspace
from .terminal import shell_origin, speaks_chinese

out = Console()


@click.group("people")
def people_group() -> None:
    """People and teams."""


@people_group.command("tree")
@click.pass_obj
def tree_command(open_it: Callable[[], Workspace]) -> None:
    """Show the teams as a tree, with how many people are in each."""
    open_it()
    tree = Tree()
    for node in tree.flat:
        out.print(f"{'  ' * node.depth}{node.team.name}  {node.people}", highlight=False)
    if tree.loose:
        out.print(f"—  {tree.loose}", highlight=False)


@people_group.command("list")
@click.option("--off", is_flag=True, help="those who are switched off")
@click.pass_obj
def list_command(open_it: Callable[[], Workspace], off: bool) -> None:
    """List people with their open leads."""
    open_it()
    rows = list(roster.people(roster.Asked(state="off" if off else "active")).order_by(User.name, User.id))
    leads, tree = count_open([row.id for row in rows]), Tree()
    for row in rows:
        where = tree.name(row.team_id) or "—"
        out.print(f"{row.name}  {row.email}  {','.join(row.roles)}  {where}  {leads.get(row.id, 0)}", highlight=False)


@people_group.command("leave")
@click.argument("email")
@click.option(
    "--to", "to", help="e-mail of who takes over the leads and tasks; by load and along with the leads without"
)
@click.option("--reason", default="", help="stands in the journal")
@click.option("--yes", is_flag=True, help="do it; without, only show it")
@click.pass_obj
def leave_command(open_it: Callable[[], Workspace], email: str, to: str | None, reason: str, yes: bool) -> None:
    """Switch a person off and hand over what they have in hand; the batch can be undone for 30 days."""
    ws = open_it()
    user, origin = _person(email), _origin(reason)
    plan = leaving.plan_leave(ws, user.id, origin)
    choices = {}
    if to:
        taker = _person(to)
        able = {one.group.name for one in plan.groups if taker.id in {choice.value for choice in one.choices}}
        choices = {name: taker.id for name in able if name not in ("teams", "deputies")}
        plan = leaving.plan_leave(ws, user.id, origin, choices)
    zh = speaks_chinese()
    for one in plan.groups:
        title = one.group.title.for_locale("zh" if zh else "en")
        takers = sorted({_name(plan, row.to) for row in one.rows})
        out.print(f"{title}  {len(one.rows)}  → {', '.join(takers)}", highlight=False)
    for use in plan.uses:
        out.print(f"[yellow]{'规则提到他' if zh else 'a rule names them'}[/yellow]  {use.code}")
    if not yes:
        out.print("什么都没有改；加 --yes 执行" if zh else "nothing has changed: add --yes to do it")
        return
    takers_by_row = {row.key: row.to for row in plan.rows if row.to}
    change = leaving.leave(ws, user.id, origin, plan.token, choices, takers_by_row)
    out.print(f"{user.name}: {len(plan.rows)}  {change.id}", highlight=False)


@people_group.command("undo")
@click.argument("change_id")
@click.pass_obj
def undo_command(open_it: Callable[[], Workspace], change_id: str) -> None:
    """Undo a batch: a person's leaving, a merge or a split."""
    done = batches.undo(open_it(), change_id, _origin(""))
    out.print(f"{done.undone} undone, {len(done.kept)} kept", highlight=False)
    for kind, record_id, why in done.kept:
        out.print(f"  {kind} {record_id}: {why.for_locale('zh' if speaks_chinese() else 'en')}", highlight=False)


def _name(plan: leaving.LeavePlan, taker: str | None) -> str:
    return plan.people[taker].name if taker is not None and taker in plan.people else taker or "?"


def _person(email: str) -> User:
    found: User | None = User.get_or_none(User.email == email.strip().lower())
    if found is None:
        raise ClewError(f"没有成员 {email}", f"no user {email}")
    return found


def _origin(reason: str) -> Origin:
    return shell_origin().because(reason[:300])
