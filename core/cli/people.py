"""`clew user` and `clew token`: people who sign in, their one-time links and sessions, and keys to the API."""

from __future__ import annotations

from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from ...hooks.text import n_of
from ..kinds import ApiToken, User
from ..kinds.api_token import SCOPES
from ..people import devices, invitations, sessions, tokens
from ..people.passwords import hash_password
from ..workspace import Workspace
from .terminal import language, said, shell_origin, short

out = Console(highlight=False)
Opener = Callable[[], Workspace]


@click.group("user")
def user_group() -> None:
    """People who sign in."""


@user_group.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option(
    "--role", "roles", multiple=True, required=True, help="sales, manager, ops, legal, finance, delivery, admin"
)
@click.option("--password", help="asked for if neither this nor --invite is given")
@click.option("--invite", "by_link", is_flag=True, help="without a password: print a link by which they set one")
@click.pass_obj
def user_create(
    open_it: Opener, email: str, name: str, roles: tuple[str, ...], password: str | None, by_link: bool
) -> None:
    """Create a user."""
    ws = open_it()
    values = {"email": email.lower(), "name": name, "roles": list(roles)}
    if not by_link:
        password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
        values["password_hash"] = hash_password(str(password), (email, name))
    made = ws.door.create("user", values, shell_origin()).record
    out.print(f"Created {made.id}")
    if by_link:
        _print_link(invitations.invite(ws, made.id, shell_origin()), invitations.INVITED_FOR.days)


@user_group.command("list")
@click.pass_obj
def user_list(open_it: Opener) -> None:
    """List people, and when each was last here."""
    ws = open_it()
    people = list(User.select().order_by(User.name))
    seen = sessions.last_seen([one.id for one in people])
    table = Table("E-mail", "Name", "Roles", "Last here", box=None)
    for one in people:
        last = short(seen.get(one.id), ws.settings.zone) if one.active else said("已停用", "switched off")
        table.add_row(one.email, one.name, ", ".join(one.roles), last)
    out.print(table)


@user_group.command("invite")
@click.argument("email")
@click.pass_obj
def user_invite(open_it: Opener, email: str) -> None:
    """Print a link by which somebody without a password sets their first; it works once, for 7 days."""
    ws = open_it()
    _print_link(invitations.invite(ws, _person(email).id, shell_origin()), invitations.INVITED_FOR.days)


@user_group.command("reset")
@click.argument("email")
@click.pass_obj
def user_reset(open_it: Opener, email: str) -> None:
    """Print a link by which somebody sets a new password; it works once, for a day."""
    ws = open_it()
    _print_link(invitations.reset(ws, _person(email).id, shell_origin()), invitations.RESET_FOR.days)


@user_group.command("sessions")
@click.argument("email")
@click.option("--end", "ending", is_flag=True, help="end them all, at once")
@click.pass_obj
def user_sessions(open_it: Opener, email: str, ending: bool) -> None:
    """List where somebody is signed in, or end it."""
    ws, person = open_it(), _person(email)
    if ending:
        count = sessions.end_all(ws, person, shell_origin())
        out.print(said(f"结束了 {count} 处登录", f"{count} sessions ended"))
        return
    table = Table("Device", "Address", "Since", "Last here", box=None)
    for row in sessions.of(ws, person):
        since, last = (short(moment, ws.settings.zone) for moment in (row.made_at, row.seen_at))
        table.add_row(devices.in_words(row.agent).for_locale(language()), row.ip, since, last)
    out.print(table)


@click.group("token")
def token_group() -> None:
    """Keys to the API."""


@token_group.command("create")
@click.argument("email")
@click.option("--name", default="cli", help="where it is used")
@click.option("--scope", type=click.Choice([name for name, _ in SCOPES]), default="write", show_default=True)
@click.option("--kind", "kinds", multiple=True, help="a kind of record it reaches (again for more); none: all")
@click.option("--days", type=click.IntRange(1, tokens.LONGEST_DAYS), help="how long it holds; none: until revoked")
@click.pass_obj
def token_create(open_it: Opener, email: str, name: str, scope: str, kinds: tuple[str, ...], days: int | None) -> None:
    """Create an API token for a user; it is shown once."""
    ws = open_it()
    key = tokens.issue_token(ws, _person(email), name, shell_origin(), scope=scope, kinds=kinds, days=days)
    out.print(key, soft_wrap=True)


@token_group.command("list")
@click.argument("email")
@click.pass_obj
def token_list(open_it: Opener, email: str) -> None:
    """List the tokens of a user that hold."""
    ws = open_it()
    rows = tokens.tokens_of(ws, _person(email))
    used = tokens.last_used(rows)
    table = Table("Id", "Name", "Ends", "Scope", "Kinds", "Valid until", "Last use", box=None)
    for row in rows:
        until, last = (
            short(moment, ws.settings.zone) for moment in (row.expires_at, used[row.id].at if row.id in used else None)
        )
        table.add_row(row.id, row.name, row.ends, row.scope, ", ".join(row.kinds), until, last)
    out.print(table)


@token_group.command("revoke")
@click.argument("token_id", metavar="ID")
@click.pass_obj
def token_revoke(open_it: Opener, token_id: str) -> None:
    """Revoke a token, at once and for good; `clew token list` tells its id."""
    row: ApiToken = tokens.revoke(open_it(), token_id, shell_origin())
    out.print(said(f"已收回令牌「{row.name}」", f"revoked the token {row.name!r}"))


def _person(email: str) -> User:
    person: User | None = User.get_or_none((User.email == email.lower()) | (User.staff_no == email))
    if person is None:
        raise click.ClickException(said(f"没有成员 {email}", f"no user {email}"))
    return person


def _print_link(path: str, days: int) -> None:
    out.print(path, soft_wrap=True)
    out.print(
        said(
            f"前面加上你们的网址，发给本人；{days} 天内有效，只能用一次。",
            f"put your address before it and hand it on; it works once, within {n_of(days, 'day')}",
        ),
        soft_wrap=True,
    )
